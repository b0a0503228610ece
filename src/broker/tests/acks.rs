//! The ack modes, ACK, NACK and what goes back to a queue.

use super::*;

#[test]
fn auto_messages_are_taken_when_they_are_with_the_socket() {
    let mut desk = Desk::new();
    let (producer, consumer) = (desk.login("1.2"), desk.login("1.2"));
    desk.subscribe(consumer, "/queue/a", "1", "");
    desk.send(producer, "/queue/a", "one");
    assert_eq!(desk.router.queue_figures()[0].unsettled, 1);
    let heard = desk.hear(consumer);
    assert_eq!(bodies(&heard), ["one"]);
    assert!(headers(&heard, "ack").is_empty());
    assert_eq!(desk.router.queue_figures()[0].unsettled, 0);
}

#[test]
fn auto_messages_that_never_reached_the_socket_go_back() {
    let mut desk = Desk::new();
    let (producer, first) = (desk.login("1.2"), desk.login("1.2"));
    desk.subscribe(first, "/queue/a", "1", "");
    desk.send(producer, "/queue/a", "one");
    desk.leave(first);
    let second = desk.login("1.2");
    desk.tell(second, "SUBSCRIBE\ndestination:/queue/a\nid:1\n\n\0");
    let heard = desk.hear(second);
    assert_eq!(bodies(&heard), ["one"]);
    assert_eq!(headers(&heard, "redelivered"), ["false"]);
}

#[test]
fn unacked_messages_go_back_in_order_at_unsubscribe_and_close() {
    for by_close in [false, true] {
        let mut desk = Desk::new();
        let (producer, first) = (desk.login("1.2"), desk.login("1.2"));
        desk.subscribe(first, "/queue/a", "1", "ack:client-individual\n");
        for body in ["one", "two", "three"] {
            desk.send(producer, "/queue/a", body);
        }
        let heard = desk.hear(first);
        let acks = headers(&heard, "ack");
        desk.tell(first, &format!("ACK\nid:{}\n\n\0", acks[1]));
        if by_close {
            desk.leave(first);
        } else {
            desk.tell(first, "UNSUBSCRIBE\nid:1\n\n\0");
        }
        desk.send(producer, "/queue/a", "four");
        let second = desk.login("1.2");
        desk.tell(second, "SUBSCRIBE\ndestination:/queue/a\nid:9\nack:client\n\n\0");
        let again = desk.hear(second);
        assert_eq!(bodies(&again), ["one", "three", "four"]);
        assert_eq!(headers(&again, "redelivered"), ["true", "true", "false"]);
        assert_eq!(headers(&again, "message-id")[0], headers(&heard, "message-id")[0]);
    }
}

#[test]
fn what_was_never_sent_is_not_marked_redelivered() {
    let mut desk = Desk::new();
    let (producer, first) = (desk.login("1.2"), desk.login("1.2"));
    desk.subscribe(first, "/queue/a", "1", "ack:client\n");
    desk.send(producer, "/queue/a", "sent");
    desk.hear(first);
    desk.send(producer, "/queue/a", "not sent");
    desk.leave(first);
    let second = desk.login("1.2");
    desk.tell(second, "SUBSCRIBE\ndestination:/queue/a\nid:1\n\n\0");
    let heard = desk.hear(second);
    assert_eq!(bodies(&heard), ["sent", "not sent"]);
    assert_eq!(headers(&heard, "redelivered"), ["true", "false"]);
}

#[test]
fn client_acks_are_cumulative_within_their_subscription() {
    let mut desk = Desk::new();
    let (producer, consumer) = (desk.login("1.2"), desk.login("1.2"));
    desk.subscribe(consumer, "/queue/a", "a", "ack:client\n");
    desk.subscribe(consumer, "/queue/b", "b", "ack:client\n");
    for destination in ["/queue/a", "/queue/b", "/queue/a", "/queue/b", "/queue/a"] {
        desk.send(producer, destination, "x");
    }
    let heard = desk.hear(consumer);
    let acks = headers(&heard, "ack");
    desk.tell(consumer, &format!("ACK\nid:{}\n\n\0", acks[2]));
    let figures = desk.router.queue_figures();
    assert_eq!((figures[0].unsettled, figures[1].unsettled), (1, 2));
}

#[test]
fn individual_acks_settle_one_message() {
    let mut desk = Desk::new();
    let (producer, consumer) = (desk.login("1.1"), desk.login("1.1"));
    desk.subscribe(consumer, "/queue/a", "1", "ack:client-individual\n");
    for body in ["one", "two", "three"] {
        desk.send(producer, "/queue/a", body);
    }
    let heard = desk.hear(consumer);
    let ids = headers(&heard, "message-id");
    let got = desk.ask(consumer, &format!("ACK\nmessage-id:{}\nsubscription:1\nreceipt:7\n\n\0", ids[2]));
    assert_eq!(got, "RECEIPT\nreceipt-id:7\n\n^");
    assert_eq!(desk.router.queue_figures()[0].unsettled, 2);
}

#[test]
fn acks_never_cross_subscriptions() {
    let mut desk = Desk::new();
    let (producer, consumer) = (desk.login("1.1"), desk.login("1.1"));
    desk.subscribe(consumer, "/queue/a", "a", "ack:client-individual\n");
    desk.subscribe(consumer, "/queue/b", "b", "ack:client-individual\n");
    desk.send(producer, "/queue/a", "x");
    let heard = desk.hear(consumer);
    let id = headers(&heard, "message-id")[0];
    let got = desk.ask(consumer, &format!("ACK\nmessage-id:{id}\nsubscription:b\n\n\0"));
    assert!(got.starts_with("ERROR\nmessage:ACK of "), "{got}");
    assert!(desk.is_closing(consumer));
    assert_eq!(desk.router.depth(b"/queue/a"), 1);
}

#[test]
fn acks_never_cross_connections() {
    let mut desk = Desk::new();
    let (producer, consumer, other) = (desk.login("1.2"), desk.login("1.2"), desk.login("1.2"));
    desk.subscribe(consumer, "/queue/a", "1", "ack:client-individual\n");
    desk.send(producer, "/queue/a", "x");
    let heard = desk.hear(consumer);
    let id = headers(&heard, "ack")[0];
    assert!(desk.ask(other, &format!("ACK\nid:{id}\n\n\0")).starts_with("ERROR\n"));
    assert_eq!(desk.router.queue_figures()[0].unsettled, 1);
}

#[test]
fn a_nacked_message_goes_to_another_subscriber_first() {
    let mut desk = Desk::new();
    let (producer, first, second) = (desk.login("1.2"), desk.login("1.2"), desk.login("1.2"));
    desk.subscribe(first, "/queue/a", "1", "ack:client-individual\n");
    desk.subscribe(second, "/queue/a", "1", "ack:client-individual\n");
    desk.send(producer, "/queue/a", "x");
    let heard = desk.hear(first);
    desk.tell(first, &format!("NACK\nid:{}\n\n\0", headers(&heard, "ack")[0]));
    assert_eq!(desk.hear(first), "");
    let again = desk.hear(second);
    assert_eq!(headers(&again, "redelivered"), ["true"]);
    assert_eq!(headers(&again, "message-id"), headers(&heard, "message-id"));
}

#[test]
fn a_nacked_message_comes_back_to_the_only_subscriber_with_a_new_ack() {
    let mut desk = Desk::new();
    let peer = desk.login("1.2");
    desk.subscribe(peer, "/queue/a", "1", "ack:client-individual\n");
    desk.send(peer, "/queue/a", "x");
    let heard = desk.hear(peer);
    let again = desk.ask(peer, &format!("NACK\nid:{}\n\n\0", headers(&heard, "ack")[0]));
    assert_eq!(headers(&again, "message-id"), headers(&heard, "message-id"));
    assert_ne!(headers(&again, "ack"), headers(&heard, "ack"));
}

#[test]
fn prefetch_bounds_what_is_unsettled() {
    for header in ["prefetch-count:2\n", "activemq.prefetchSize:2\n"] {
        let mut desk = Desk::new();
        let (producer, consumer) = (desk.login("1.2"), desk.login("1.2"));
        desk.subscribe(consumer, "/queue/a", "1", &format!("ack:client\n{header}"));
        for body in ["one", "two", "three", "four", "five"] {
            desk.send(producer, "/queue/a", body);
        }
        let heard = desk.hear(consumer);
        assert_eq!(bodies(&heard), ["one", "two"]);
        let more = desk.ask(consumer, &format!("ACK\nid:{}\n\n\0", headers(&heard, "ack")[1]));
        assert_eq!(bodies(&more), ["three", "four"]);
        assert_eq!(desk.router.depth(b"/queue/a"), 1);
    }
}

#[test]
fn a_second_ack_of_a_message_is_an_error() {
    let mut desk = Desk::new();
    let peer = desk.login("1.2");
    desk.subscribe(peer, "/queue/a", "1", "ack:client-individual\n");
    desk.send(peer, "/queue/a", "x");
    let heard = desk.hear(peer);
    let ack = format!("ACK\nid:{}\nreceipt:9\n\n\0", headers(&heard, "ack")[0]);
    assert_eq!(desk.ask(peer, &ack), "RECEIPT\nreceipt-id:9\n\n^");
    let got = desk.ask(peer, &ack);
    assert!(got.starts_with("ERROR\n"), "{got}");
    assert_eq!(headers(&got, "receipt-id"), ["9"]);
}

#[test]
fn an_ack_id_does_not_return_with_a_later_subscription() {
    let mut desk = Desk::new();
    let peer = desk.login("1.2");
    desk.subscribe(peer, "/queue/a", "1", "ack:client\n");
    desk.send(peer, "/queue/a", "x");
    let heard = desk.hear(peer);
    desk.tell(peer, "UNSUBSCRIBE\nid:1\n\n\0");
    desk.tell(peer, "SUBSCRIBE\nid:1\ndestination:/queue/a\nack:client\n\n\0");
    let again = desk.hear(peer);
    assert_ne!(headers(&heard, "ack"), headers(&again, "ack"));
    let got = desk.ask(peer, &format!("ACK\nid:{}\n\n\0", headers(&heard, "ack")[0]));
    assert!(got.starts_with("ERROR\n"), "{got}");
}

#[test]
fn an_ack_in_auto_mode_does_no_harm_unless_strict() {
    for strict in [false, true] {
        let mut desk = Desk::with(BrokerConfig { strict, ..BrokerConfig::default() });
        let peer = desk.login("1.1");
        desk.subscribe(peer, "/queue/a", "1", "");
        desk.send(peer, "/queue/a", "x");
        let heard = desk.hear(peer);
        let id = headers(&heard, "message-id")[0];
        let got = desk.ask(peer, &format!("ACK\nmessage-id:{id}\nsubscription:1\nreceipt:1\n\n\0"));
        assert_eq!(got.starts_with("RECEIPT"), !strict, "{got}");
    }
}
