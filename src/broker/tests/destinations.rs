//! Queues, topics, and what a MESSAGE carries.

use super::*;

#[test]
fn idle_subscribers_of_a_queue_get_one_message_each() {
    let mut desk = Desk::new();
    let (producer, first, second) = (desk.login("1.2"), desk.login("1.2"), desk.login("1.2"));
    desk.subscribe(first, "/queue/a", "1", "");
    desk.subscribe(second, "/queue/a", "1", "");
    for body in ["one", "two", "three", "four"] {
        desk.send(producer, "/queue/a", body);
    }
    assert_eq!(bodies(&desk.hear(first)), ["one", "three"]);
    assert_eq!(bodies(&desk.hear(second)), ["two", "four"]);
}

#[test]
fn a_queue_keeps_messages_in_order_until_somebody_comes() {
    let mut desk = Desk::new();
    let producer = desk.login("1.2");
    for body in ["one", "two", "three"] {
        desk.send(producer, "/queue/a", body);
    }
    assert_eq!(desk.router.depth(b"/queue/a"), 3);
    let consumer = desk.login("1.2");
    desk.tell(consumer, "SUBSCRIBE\ndestination:/queue/a\nid:1\n\n\0");
    assert_eq!(bodies(&desk.hear(consumer)), ["one", "two", "three"]);
}

#[test]
fn a_topic_reaches_all_who_listen_and_keeps_nothing() {
    let mut desk = Desk::new();
    let (producer, first, second) = (desk.login("1.2"), desk.login("1.1"), desk.login("1.2"));
    desk.send(producer, "/topic/a.b", "early");
    desk.subscribe(first, "/topic/a.b", "1", "");
    desk.subscribe(second, "/topic/a.*", "1", "ack:client\n");
    desk.send(producer, "/topic/a.b", "one");
    assert_eq!(bodies(&desk.hear(first)), ["one"]);
    assert_eq!(bodies(&desk.hear(second)), ["one"]);
    assert!(desk.router.queue_figures().is_empty());
}

#[test]
fn a_destination_with_an_unknown_prefix_is_a_topic() {
    let mut desk = Desk::new();
    let peer = desk.login("1.2");
    desk.subscribe(peer, "jms.topic.x", "1", "");
    desk.subscribe(peer, "/exchange/amq.topic/x", "2", "");
    desk.send(peer, "jms.topic.x", "one");
    desk.send(peer, "/exchange/amq.topic/x", "two");
    assert_eq!(bodies(&desk.hear(peer)), ["one", "two"]);
}

#[test]
fn a_message_has_its_sender_s_headers_and_the_broker_s_own() {
    let mut desk = Desk::new();
    let peer = desk.login("1.2");
    desk.subscribe(peer, "/queue/a", "s:1".replace(':', "\\c").as_str(), "ack:client\n");
    let got = desk.ask(
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
    let mut desk = Desk::new();
    let peer = desk.login("1.2");
    desk.subscribe(peer, "/topic/a", "1", "");
    let got = desk.ask(
        peer,
        "SEND\ndestination:/topic/a\n\ntext\0SEND\ndestination:/topic/a\ncontent-length:3\n\na\0b\0",
    );
    assert_eq!(headers(&got, "content-length"), ["3"]);
    assert!(got.ends_with("content-length:3\n\na^b^"), "{got}");
}

#[test]
fn a_slow_peer_leaves_the_rest_in_the_queue() {
    let mut desk = Desk::new();
    let (producer, consumer) = (desk.login("1.2"), desk.login("1.2"));
    desk.subscribe(consumer, "/queue/a", "1", "");
    let body = "x".repeat(64 << 10);
    for _ in 0..20 {
        desk.send(producer, "/queue/a", &body);
    }
    assert_eq!(desk.router.depth(b"/queue/a"), 16);
    assert_eq!(bodies(&desk.hear(consumer)).len(), 20);
}

#[test]
fn a_slow_listener_of_a_topic_loses_nothing() {
    let mut desk = Desk::new();
    let (producer, consumer) = (desk.login("1.2"), desk.login("1.2"));
    desk.subscribe(consumer, "/topic/a", "1", "");
    for n in 0..10 {
        desk.send(producer, "/topic/a", &format!("{n}{}", "x".repeat(64 << 10)));
    }
    let heard = desk.hear(consumer);
    let firsts: String = bodies(&heard).iter().filter_map(|body| body.chars().next()).collect();
    assert_eq!(firsts, "0123456789");
}

#[test]
fn a_browser_sees_all_and_takes_nothing() {
    let mut desk = Desk::new();
    let peer = desk.login("1.2");
    desk.send(peer, "/queue/a", "one");
    desk.send(peer, "/queue/a", "two");
    let got = desk.ask(peer, "SUBSCRIBE\ndestination:/queue/a\nid:b\nbrowser:true\nack:client\n\n\0");
    assert_eq!(bodies(&got), ["one", "two", ""]);
    assert_eq!(headers(&got, "browser"), ["end"]);
    assert!(got.contains("browser:end\ndestination:/queue/a\n\n^"), "{got}");
    assert_eq!(desk.router.depth(b"/queue/a"), 2);
}

#[test]
fn a_full_queue_stops_its_producer_until_there_is_room() {
    let mut desk = Desk::with(BrokerConfig { queue_bytes: 1_000, ..BrokerConfig::default() });
    let (producer, consumer) = (desk.login("1.2"), desk.login("1.2"));
    for _ in 0..10 {
        desk.send(producer, "/queue/a", &"x".repeat(200));
    }
    let key = desk.peers[producer.0].key;
    assert!(desk.router.status(key).blocked);
    assert_eq!(desk.router.depth(b"/queue/a"), 4);
    assert!(desk.router.log.iter().any(|line| line.contains("not read from until there is room")));
    desk.tell(consumer, "SUBSCRIBE\ndestination:/queue/a\nid:1\n\n\0");
    assert_eq!(bodies(&desk.hear(consumer)).len(), 4);
    assert!(!desk.router.status(key).blocked);
}

#[test]
fn a_producer_goes_on_when_the_temporary_queue_that_it_filled_is_deleted() {
    let mut desk = Desk::with(BrokerConfig { queue_bytes: 1_000, ..BrokerConfig::default() });
    let (owner, producer) = (desk.login("1.2"), desk.login("1.2"));
    desk.subscribe(owner, "/temp-queue/r", "r", "ack:client\n");
    desk.subscribe(producer, "/queue/a", "1", "");
    desk.tell(owner, "SEND\ndestination:/queue/a\nreply-to:/temp-queue/r\n\nx\0");
    let reply_to = headers(&desk.hear(producer), "reply-to")[0].to_owned();
    for _ in 0..10 {
        desk.send(producer, &reply_to, &"x".repeat(200));
    }
    let key = desk.peers[producer.0].key;
    assert!(desk.router.status(key).blocked);
    desk.leave(owner);
    assert!(!desk.router.status(key).blocked);
}

#[test]
fn a_topic_s_subscription_that_acks_nothing_stops_the_producer_at_the_limit() {
    let mut desk = Desk::with(BrokerConfig { queue_bytes: 1_000, ..BrokerConfig::default() });
    let (producer, consumer) = (desk.login("1.2"), desk.login("1.2"));
    desk.subscribe(consumer, "/topic/a", "1", "ack:client\n");
    for _ in 0..10 {
        desk.send(producer, "/topic/a", &"x".repeat(200));
    }
    let key = desk.peers[producer.0].key;
    assert!(desk.router.status(key).blocked);
    let heard = desk.hear(consumer);
    let acks = headers(&heard, "ack");
    assert_eq!(acks.len(), 4);
    desk.tell(consumer, &format!("ACK\nid:{}\n\n\0", acks[3]));
    assert!(!desk.router.status(key).blocked);
}

#[test]
fn a_temporary_queue_is_its_connection_s_own() {
    let mut desk = Desk::new();
    let (asker, answerer) = (desk.login("1.2"), desk.login("1.2"));
    desk.subscribe(asker, "/temp-queue/r", "r", "");
    desk.subscribe(answerer, "/queue/a", "1", "");
    desk.tell(asker, "SEND\ndestination:/queue/a\nreply-to:/temp-queue/r\n\nwhat?\0");
    let heard = desk.hear(answerer);
    let reply_to = headers(&heard, "reply-to")[0].to_owned();
    assert!(reply_to.starts_with("/remote-temp-queue/"), "{heard}");
    desk.send(answerer, &reply_to, "that");
    let heard = desk.hear(asker);
    assert_eq!((bodies(&heard), headers(&heard, "subscription")), (vec!["that"], vec!["r"]));
    let got = desk.ask(answerer, &format!("SUBSCRIBE\ndestination:{reply_to}\nid:2\n\n\0"));
    assert!(got.starts_with("ERROR\n"), "{got}");
    desk.leave(asker);
    assert!(desk.router.queue_figures().iter().all(|queue| queue.destination == "/queue/a"));
}

#[test]
fn figures_are_sent_to_who_asks_as_on_activemq() {
    let mut desk = Desk::new();
    let peer = desk.login("1.2");
    desk.send(peer, "/queue/a", "x");
    desk.subscribe(peer, "/temp-queue/r", "r", "");
    let ask =
        "SEND\nreply-to:/temp-queue/r\ncorrelation-id:7\ndestination:/queue/ActiveMQ.Statistics.Destination.";
    let got = desk.ask(peer, &format!("{ask}a\n\n\0"));
    assert_eq!((headers(&got, "correlation-id"), headers(&got, "content-type").len()), (vec!["7"], 1));
    let figures: serde_json::Value = serde_json::from_str(bodies(&got)[0]).unwrap();
    assert_eq!((&figures["destinationName"], &figures["size"]), (&"/queue/a".into(), &1.into()));
    let got = desk.ask(peer, &format!("{ask}>\n\n\0"));
    let figures: serde_json::Value = serde_json::from_str(bodies(&got)[0]).unwrap();
    assert_eq!(figures[0]["size"], 1);
    let got = desk.ask(peer, &format!("{ask}none\nreceipt:1\n\n\0"));
    assert!(got.contains("\"size\":0") && got.starts_with("RECEIPT\nreceipt-id:1\n\n^"), "{got}");
}
