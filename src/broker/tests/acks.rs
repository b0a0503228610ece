//! The ack modes, ACK, NACK and what goes back to a queue.

use super::*;

#[test]
fn auto_messages_are_taken_when_they_are_with_the_socket() {
    let mut harness = Harness::new();
    let (producer, consumer) = (harness.login("1.2"), harness.login("1.2"));
    harness.subscribe(consumer, "/queue/a", "1", "");
    harness.send(producer, "/queue/a", "one");
    assert_eq!(harness.router.queue_figures()[0].unsettled, 1);
    let heard = harness.hear(consumer);
    assert_eq!(bodies(&heard), ["one"]);
    assert!(headers(&heard, "ack").is_empty());
    assert_eq!(harness.router.queue_figures()[0].unsettled, 0);
}

#[test]
fn auto_messages_that_never_reached_the_socket_go_back() {
    let mut harness = Harness::new();
    let (producer, first) = (harness.login("1.2"), harness.login("1.2"));
    harness.subscribe(first, "/queue/a", "1", "");
    harness.send(producer, "/queue/a", "one");
    harness.leave(first);
    let second = harness.login("1.2");
    harness.tell(second, "SUBSCRIBE\ndestination:/queue/a\nid:1\n\n\0");
    let heard = harness.hear(second);
    assert_eq!(bodies(&heard), ["one"]);
    assert_eq!(headers(&heard, "redelivered"), ["false"]);
}

#[test]
fn unacked_messages_go_back_in_order_at_unsubscribe_and_close() {
    for by_close in [false, true] {
        let mut harness = Harness::new();
        let (producer, first) = (harness.login("1.2"), harness.login("1.2"));
        harness.subscribe(first, "/queue/a", "1", "ack:client-individual\n");
        for body in ["one", "two", "three"] {
            harness.send(producer, "/queue/a", body);
        }
        let heard = harness.hear(first);
        let acks = headers(&heard, "ack");
        harness.tell(first, &format!("ACK\nid:{}\n\n\0", acks[1]));
        if by_close {
            harness.leave(first);
        } else {
            harness.tell(first, "UNSUBSCRIBE\nid:1\n\n\0");
        }
        harness.send(producer, "/queue/a", "four");
        let second = harness.login("1.2");
        harness.tell(second, "SUBSCRIBE\ndestination:/queue/a\nid:9\nack:client\n\n\0");
        let again = harness.hear(second);
        assert_eq!(bodies(&again), ["one", "three", "four"]);
        assert_eq!(headers(&again, "redelivered"), ["true", "true", "false"]);
        assert_eq!(headers(&again, "message-id")[0], headers(&heard, "message-id")[0]);
    }
}

#[test]
fn what_was_never_sent_is_not_marked_redelivered() {
    let mut harness = Harness::new();
    let (producer, first) = (harness.login("1.2"), harness.login("1.2"));
    harness.subscribe(first, "/queue/a", "1", "ack:client\n");
    harness.send(producer, "/queue/a", "sent");
    harness.hear(first);
    harness.send(producer, "/queue/a", "not sent");
    harness.leave(first);
    let second = harness.login("1.2");
    harness.tell(second, "SUBSCRIBE\ndestination:/queue/a\nid:1\n\n\0");
    let heard = harness.hear(second);
    assert_eq!(bodies(&heard), ["sent", "not sent"]);
    assert_eq!(headers(&heard, "redelivered"), ["true", "false"]);
}

#[test]
fn client_acks_are_cumulative_within_their_subscription() {
    let mut harness = Harness::new();
    let (producer, consumer) = (harness.login("1.2"), harness.login("1.2"));
    harness.subscribe(consumer, "/queue/a", "a", "ack:client\n");
    harness.subscribe(consumer, "/queue/b", "b", "ack:client\n");
    for destination in ["/queue/a", "/queue/b", "/queue/a", "/queue/b", "/queue/a"] {
        harness.send(producer, destination, "x");
    }
    let heard = harness.hear(consumer);
    let acks = headers(&heard, "ack");
    harness.tell(consumer, &format!("ACK\nid:{}\n\n\0", acks[2]));
    let figures = harness.router.queue_figures();
    assert_eq!((figures[0].unsettled, figures[1].unsettled), (1, 2));
}

#[test]
fn individual_acks_settle_one_message() {
    let mut harness = Harness::new();
    let (producer, consumer) = (harness.login("1.1"), harness.login("1.1"));
    harness.subscribe(consumer, "/queue/a", "1", "ack:client-individual\n");
    for body in ["one", "two", "three"] {
        harness.send(producer, "/queue/a", body);
    }
    let heard = harness.hear(consumer);
    let ids = headers(&heard, "message-id");
    let got = harness.ask(consumer, &format!("ACK\nmessage-id:{}\nsubscription:1\nreceipt:7\n\n\0", ids[2]));
    assert_eq!(got, "RECEIPT\nreceipt-id:7\n\n^");
    assert_eq!(harness.router.queue_figures()[0].unsettled, 2);
}

#[test]
fn acks_never_cross_subscriptions() {
    let mut harness = Harness::new();
    let (producer, consumer) = (harness.login("1.1"), harness.login("1.1"));
    harness.subscribe(consumer, "/queue/a", "a", "ack:client-individual\n");
    harness.subscribe(consumer, "/queue/b", "b", "ack:client-individual\n");
    harness.send(producer, "/queue/a", "x");
    let heard = harness.hear(consumer);
    let id = headers(&heard, "message-id")[0];
    let got = harness.ask(consumer, &format!("ACK\nmessage-id:{id}\nsubscription:b\n\n\0"));
    assert!(got.starts_with("ERROR\nmessage:ACK of "), "{got}");
    assert!(harness.is_closing(consumer));
    assert_eq!(harness.router.depth(b"/queue/a"), 1);
}

#[test]
fn acks_never_cross_connections() {
    let mut harness = Harness::new();
    let (producer, consumer, other) = (harness.login("1.2"), harness.login("1.2"), harness.login("1.2"));
    harness.subscribe(consumer, "/queue/a", "1", "ack:client-individual\n");
    harness.send(producer, "/queue/a", "x");
    let heard = harness.hear(consumer);
    let id = headers(&heard, "ack")[0];
    assert!(harness.ask(other, &format!("ACK\nid:{id}\n\n\0")).starts_with("ERROR\n"));
    assert_eq!(harness.router.queue_figures()[0].unsettled, 1);
}

#[test]
fn a_nacked_message_goes_to_another_subscriber_first() {
    let mut harness = Harness::new();
    let (producer, first, second) = (harness.login("1.2"), harness.login("1.2"), harness.login("1.2"));
    harness.subscribe(first, "/queue/a", "1", "ack:client-individual\n");
    harness.subscribe(second, "/queue/a", "1", "ack:client-individual\n");
    harness.send(producer, "/queue/a", "x");
    let heard = harness.hear(first);
    harness.tell(first, &format!("NACK\nid:{}\n\n\0", headers(&heard, "ack")[0]));
    assert_eq!(harness.hear(first), "");
    let again = harness.hear(second);
    assert_eq!(headers(&again, "redelivered"), ["true"]);
    assert_eq!(headers(&again, "message-id"), headers(&heard, "message-id"));
}

#[test]
fn a_nacked_message_comes_back_to_the_only_subscriber_with_a_new_ack() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    harness.subscribe(peer, "/queue/a", "1", "ack:client-individual\n");
    harness.send(peer, "/queue/a", "x");
    let heard = harness.hear(peer);
    let again = harness.ask(peer, &format!("NACK\nid:{}\n\n\0", headers(&heard, "ack")[0]));
    assert_eq!(headers(&again, "message-id"), headers(&heard, "message-id"));
    assert_ne!(headers(&again, "ack"), headers(&heard, "ack"));
}

#[test]
fn prefetch_bounds_what_is_unsettled() {
    for header in ["prefetch-count:2\n", "activemq.prefetchSize:2\n"] {
        let mut harness = Harness::new();
        let (producer, consumer) = (harness.login("1.2"), harness.login("1.2"));
        harness.subscribe(consumer, "/queue/a", "1", &format!("ack:client\n{header}"));
        for body in ["one", "two", "three", "four", "five"] {
            harness.send(producer, "/queue/a", body);
        }
        let heard = harness.hear(consumer);
        assert_eq!(bodies(&heard), ["one", "two"]);
        let more = harness.ask(consumer, &format!("ACK\nid:{}\n\n\0", headers(&heard, "ack")[1]));
        assert_eq!(bodies(&more), ["three", "four"]);
        assert_eq!(harness.router.depth(b"/queue/a"), 1);
    }
}

#[test]
fn a_second_ack_of_a_message_is_an_error() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    harness.subscribe(peer, "/queue/a", "1", "ack:client-individual\n");
    harness.send(peer, "/queue/a", "x");
    let heard = harness.hear(peer);
    let ack = format!("ACK\nid:{}\nreceipt:9\n\n\0", headers(&heard, "ack")[0]);
    assert_eq!(harness.ask(peer, &ack), "RECEIPT\nreceipt-id:9\n\n^");
    let got = harness.ask(peer, &ack);
    assert!(got.starts_with("ERROR\n"), "{got}");
    assert_eq!(headers(&got, "receipt-id"), ["9"]);
}

#[test]
fn an_ack_id_does_not_return_with_a_later_subscription() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    harness.subscribe(peer, "/queue/a", "1", "ack:client\n");
    harness.send(peer, "/queue/a", "x");
    let heard = harness.hear(peer);
    harness.tell(peer, "UNSUBSCRIBE\nid:1\n\n\0");
    harness.tell(peer, "SUBSCRIBE\nid:1\ndestination:/queue/a\nack:client\n\n\0");
    let again = harness.hear(peer);
    assert_ne!(headers(&heard, "ack"), headers(&again, "ack"));
    let got = harness.ask(peer, &format!("ACK\nid:{}\n\n\0", headers(&heard, "ack")[0]));
    assert!(got.starts_with("ERROR\n"), "{got}");
}

#[test]
fn an_ack_in_auto_mode_does_no_harm_unless_strict() {
    for strict in [false, true] {
        let mut harness = Harness::with(BrokerConfig { strict, ..BrokerConfig::default() });
        let peer = harness.login("1.1");
        harness.subscribe(peer, "/queue/a", "1", "");
        harness.send(peer, "/queue/a", "x");
        let heard = harness.hear(peer);
        let id = headers(&heard, "message-id")[0];
        let got = harness.ask(peer, &format!("ACK\nmessage-id:{id}\nsubscription:1\nreceipt:1\n\n\0"));
        assert_eq!(got.starts_with("RECEIPT"), !strict, "{got}");
    }
}
