//! Queues, topics, and what a MESSAGE carries.

use super::*;

#[test]
fn idle_subscribers_of_a_queue_get_one_message_each() {
    let mut harness = Harness::new();
    let (producer, first, second) = (harness.login("1.2"), harness.login("1.2"), harness.login("1.2"));
    harness.subscribe(first, "/queue/a", "1", "");
    harness.subscribe(second, "/queue/a", "1", "");
    for body in ["one", "two", "three", "four"] {
        harness.send(producer, "/queue/a", body);
    }
    assert_eq!(bodies(&harness.hear(first)), ["one", "three"]);
    assert_eq!(bodies(&harness.hear(second)), ["two", "four"]);
}

#[test]
fn a_queue_keeps_messages_in_order_until_somebody_comes() {
    let mut harness = Harness::new();
    let producer = harness.login("1.2");
    for body in ["one", "two", "three"] {
        harness.send(producer, "/queue/a", body);
    }
    assert_eq!(harness.router.depth(b"/queue/a"), 3);
    let consumer = harness.login("1.2");
    harness.tell(consumer, "SUBSCRIBE\ndestination:/queue/a\nid:1\n\n\0");
    assert_eq!(bodies(&harness.hear(consumer)), ["one", "two", "three"]);
}

#[test]
fn a_topic_reaches_all_who_listen_and_keeps_nothing() {
    let mut harness = Harness::new();
    let (producer, first, second) = (harness.login("1.2"), harness.login("1.1"), harness.login("1.2"));
    harness.send(producer, "/topic/a.b", "early");
    harness.subscribe(first, "/topic/a.b", "1", "");
    harness.subscribe(second, "/topic/a.*", "1", "ack:client\n");
    harness.send(producer, "/topic/a.b", "one");
    assert_eq!(bodies(&harness.hear(first)), ["one"]);
    assert_eq!(bodies(&harness.hear(second)), ["one"]);
    assert!(harness.router.queue_figures().is_empty());
}

#[test]
fn a_destination_with_an_unknown_prefix_is_a_topic() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    harness.subscribe(peer, "jms.topic.x", "1", "");
    harness.subscribe(peer, "/exchange/amq.topic/x", "2", "");
    harness.send(peer, "jms.topic.x", "one");
    harness.send(peer, "/exchange/amq.topic/x", "two");
    assert_eq!(bodies(&harness.hear(peer)), ["one", "two"]);
}

#[test]
fn a_message_has_its_sender_s_headers_and_the_broker_s_own() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    harness.subscribe(peer, "/queue/a", "s:1".replace(':', "\\c").as_str(), "ack:client\n");
    let got = harness.ask(
        peer,
        "SEND\ndestination:/queue/a\nx:1\nreceipt:9\nx:2\ncontent-length:2\nmessage-id:mine\nredelivered:no\n\nhi\0",
    );
    let id = headers(&got, "message-id")[0];
    let ack = headers(&got, "ack")[0];
    assert_eq!(
        got,
        format!(
            "RECEIPT\nreceipt-id:9\n\n^MESSAGE\nsubscription:s\\c1\nmessage-id:{id}\nack:{ack}\nredelivered:false\n\
             destination:/queue/a\nx:1\nx:2\ncontent-length:2\n\nhi^"
        )
    );
}

#[test]
fn content_length_comes_back_only_where_it_was_sent() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    harness.subscribe(peer, "/topic/a", "1", "");
    let got = harness.ask(
        peer,
        "SEND\ndestination:/topic/a\n\ntext\0SEND\ndestination:/topic/a\ncontent-length:3\n\na\0b\0",
    );
    assert_eq!(headers(&got, "content-length"), ["3"]);
    assert!(got.ends_with("content-length:3\n\na^b^"), "{got}");
}

#[test]
fn a_slow_peer_leaves_the_rest_in_the_queue() {
    let mut harness = Harness::new();
    let (producer, consumer) = (harness.login("1.2"), harness.login("1.2"));
    harness.subscribe(consumer, "/queue/a", "1", "");
    let body = "x".repeat(64 << 10);
    for _ in 0..20 {
        harness.send(producer, "/queue/a", &body);
    }
    assert_eq!(harness.router.depth(b"/queue/a"), 16);
    assert_eq!(bodies(&harness.hear(consumer)).len(), 20);
}

#[test]
fn a_slow_listener_of_a_topic_loses_nothing() {
    let mut harness = Harness::new();
    let (producer, consumer) = (harness.login("1.2"), harness.login("1.2"));
    harness.subscribe(consumer, "/topic/a", "1", "");
    for n in 0..10 {
        harness.send(producer, "/topic/a", &format!("{n}{}", "x".repeat(64 << 10)));
    }
    let heard = harness.hear(consumer);
    let firsts: String = bodies(&heard).iter().filter_map(|body| body.chars().next()).collect();
    assert_eq!(firsts, "0123456789");
}

#[test]
fn a_browser_sees_all_and_takes_nothing() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    harness.send(peer, "/queue/a", "one");
    harness.send(peer, "/queue/a", "two");
    let got = harness.ask(peer, "SUBSCRIBE\ndestination:/queue/a\nid:b\nbrowser:true\nack:client\n\n\0");
    assert_eq!(bodies(&got), ["one", "two", ""]);
    assert_eq!(headers(&got, "browser"), ["end"]);
    assert!(got.contains("browser:end\ndestination:/queue/a\n\n^"), "{got}");
    assert_eq!(harness.router.depth(b"/queue/a"), 2);
}

#[test]
fn a_full_queue_stops_its_producer_until_there_is_room() {
    let mut harness = Harness::with(BrokerConfig { queue_bytes: 1_000, ..BrokerConfig::default() });
    let (producer, consumer) = (harness.login("1.2"), harness.login("1.2"));
    for _ in 0..10 {
        harness.send(producer, "/queue/a", &"x".repeat(200));
    }
    let key = harness.peers[producer.0].key;
    assert!(harness.router.status(key).blocked);
    assert_eq!(harness.router.depth(b"/queue/a"), 4);
    assert!(harness.router.log.iter().any(|line| line.contains("not read from until there is room")));
    harness.tell(consumer, "SUBSCRIBE\ndestination:/queue/a\nid:1\n\n\0");
    assert_eq!(bodies(&harness.hear(consumer)).len(), 4);
    assert!(!harness.router.status(key).blocked);
}

#[test]
fn a_producer_goes_on_when_the_temporary_queue_that_it_filled_is_deleted() {
    let mut harness = Harness::with(BrokerConfig { queue_bytes: 1_000, ..BrokerConfig::default() });
    let (owner, producer) = (harness.login("1.2"), harness.login("1.2"));
    harness.subscribe(owner, "/temp-queue/r", "r", "ack:client\n");
    harness.subscribe(producer, "/queue/a", "1", "");
    harness.tell(owner, "SEND\ndestination:/queue/a\nreply-to:/temp-queue/r\n\nx\0");
    let reply_to = headers(&harness.hear(producer), "reply-to")[0].to_owned();
    for _ in 0..10 {
        harness.send(producer, &reply_to, &"x".repeat(200));
    }
    let key = harness.peers[producer.0].key;
    assert!(harness.router.status(key).blocked);
    harness.leave(owner);
    assert!(!harness.router.status(key).blocked);
}

#[test]
fn a_topic_s_subscription_that_acks_nothing_stops_the_producer_at_the_limit() {
    let mut harness = Harness::with(BrokerConfig { queue_bytes: 1_000, ..BrokerConfig::default() });
    let (producer, consumer) = (harness.login("1.2"), harness.login("1.2"));
    harness.subscribe(consumer, "/topic/a", "1", "ack:client\n");
    for _ in 0..10 {
        harness.send(producer, "/topic/a", &"x".repeat(200));
    }
    let key = harness.peers[producer.0].key;
    assert!(harness.router.status(key).blocked);
    let heard = harness.hear(consumer);
    let acks = headers(&heard, "ack");
    assert_eq!(acks.len(), 4);
    harness.tell(consumer, &format!("ACK\nid:{}\n\n\0", acks[3]));
    assert!(!harness.router.status(key).blocked);
}

#[test]
fn a_temporary_queue_is_its_connection_s_own() {
    let mut harness = Harness::new();
    let (asker, answerer) = (harness.login("1.2"), harness.login("1.2"));
    harness.subscribe(asker, "/temp-queue/r", "r", "");
    harness.subscribe(answerer, "/queue/a", "1", "");
    harness.tell(asker, "SEND\ndestination:/queue/a\nreply-to:/temp-queue/r\n\nwhat?\0");
    let heard = harness.hear(answerer);
    let reply_to = headers(&heard, "reply-to")[0].to_owned();
    assert!(reply_to.starts_with("/remote-temp-queue/"), "{heard}");
    harness.send(answerer, &reply_to, "that");
    let heard = harness.hear(asker);
    assert_eq!((bodies(&heard), headers(&heard, "subscription")), (vec!["that"], vec!["r"]));
    let got = harness.ask(answerer, &format!("SUBSCRIBE\ndestination:{reply_to}\nid:2\n\n\0"));
    assert!(got.starts_with("ERROR\n"), "{got}");
    harness.leave(asker);
    assert!(harness.router.queue_figures().iter().all(|queue| queue.destination == "/queue/a"));
}

#[test]
fn figures_are_sent_to_who_asks_as_on_activemq() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    harness.send(peer, "/queue/a", "x");
    harness.subscribe(peer, "/temp-queue/r", "r", "");
    let ask =
        "SEND\nreply-to:/temp-queue/r\ncorrelation-id:7\ndestination:/queue/ActiveMQ.Statistics.Destination.";
    let got = harness.ask(peer, &format!("{ask}a\n\n\0"));
    assert_eq!((headers(&got, "correlation-id"), headers(&got, "content-type").len()), (vec!["7"], 1));
    let figures: serde_json::Value = serde_json::from_str(bodies(&got)[0]).unwrap();
    assert_eq!((&figures["destinationName"], &figures["size"]), (&"/queue/a".into(), &1.into()));
    let got = harness.ask(peer, &format!("{ask}>\n\n\0"));
    let figures: serde_json::Value = serde_json::from_str(bodies(&got)[0]).unwrap();
    assert_eq!(figures[0]["size"], 1);
    let got = harness.ask(peer, &format!("{ask}none\nreceipt:1\n\n\0"));
    assert!(got.contains("\"size\":0") && got.starts_with("RECEIPT\nreceipt-id:1\n\n^"), "{got}");
}
