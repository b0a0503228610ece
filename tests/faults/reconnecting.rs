//! Rows: broker restarts under a client that stays; failover lists; pauses.

use std::time::Duration;

use stomp_shell::client::{Client, ClientError, ClientOptions, Delivery, Event, Events, Reconnect, Target};
use stomp_shell::protocol::{Frame, Verb};
use stomp_shell::session::{AckMode, AckTarget, Failure, SessionError, Subscribe};
use stomp_shell::transport::parse_list;

use crate::embedded::Embedded;
use crate::peer::{ClosedPort, Peer};
use crate::proxy::Proxy;
use crate::stomp::{DEADLINE, Stomp};
use crate::tape::{count, frames, verbs};

const PAUSES: Reconnect =
    Reconnect { min: Duration::from_millis(1), max: Duration::from_millis(4), resend: false };

fn options(url: &str, reconnect: Reconnect) -> ClientOptions {
    let mut options = ClientOptions::new(Target::Remote(parse_list(url).unwrap()));
    options.reconnect = Some(reconnect);
    options
}

/// The next event; a test that waits for ever says so.
async fn next(events: &mut Events) -> Event {
    tokio::time::timeout(DEADLINE, events.recv())
        .await
        .expect("no event comes")
        .expect("there are no more events")
}

/// The next event that is no further try.
async fn next_but_tries(events: &mut Events) -> Event {
    loop {
        match next(events).await {
            Event::Retry { .. } => {}
            event => return event,
        }
    }
}

fn send(body: &'static str) -> Frame {
    Frame::new(Verb::Send).with("destination", "/queue/b").body(body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_restarts_finds_the_subscriptions_again_and_nothing_that_was_sent() {
    let peer = Peer::start(|mut talk, number| {
        talk.login();
        let came = talk.hear_of("SUBSCRIBE").unwrap();
        talk.receipt(&came);
        talk.say(&format!(
            "MESSAGE\nsubscription:mine\nmessage-id:m\nack:{number}\ndestination:/queue/a\n\nx^"
        ));
        // SENDs get no receipt.
        while let Some(came) = talk.hear() {
            if came.verb != "SEND" {
                talk.receipt(&came);
            }
        }
    });
    let proxy = Proxy::harmless(peer.port());
    let (client, mut events) = Client::connect(options(&proxy.url(), PAUSES)).await.unwrap();
    let subscribe = Subscribe {
        destination: "/queue/a".to_owned(),
        id: Some("mine".to_owned()),
        ack: AckMode::ClientIndividual,
        tracked: true,
        ..Subscribe::default()
    };
    client.subscribe(subscribe).await.unwrap();
    assert!(matches!(next(&mut events).await, Event::Messages(Delivery { connection: 1, .. })));
    client.begin("open").await.unwrap();
    let answer = client.send_later(send("1"), false, true);
    let other = client.send_later(send("2"), false, true);
    proxy.wait("both SENDs", |tapes| (count(&tapes[0].up, "SEND") == 2).then_some(()));
    proxy.reset_all();

    // What was sent is unknown, the transaction is gone, and it is said.
    for answer in [answer, other] {
        let answer = answer.await.unwrap();
        assert!(matches!(answer, Err(ClientError::Failure(Failure::Unknown { .. }))), "{answer:?}");
    }
    match next(&mut events).await {
        Event::Lost { aborted, again: true, .. } => assert_eq!(aborted, ["open"]),
        event => panic!("{event:?}"),
    }
    assert!(matches!(next_but_tries(&mut events).await, Event::Connected(_)));
    assert!(matches!(next(&mut events).await, Event::Messages(Delivery { connection: 2, .. })));
    // Deliveries of the first connection cannot be acked any more; those of the second one can.
    assert_eq!(client.status().await.unwrap().subscriptions[0].unacked(), 1);
    let old = client.settle(AckTarget::Number(1), false, None).await;
    match old {
        Err(ClientError::Session(error @ SessionError::NotUnacked { .. })) => {
            assert!(error.to_string().contains("earlier connection"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    client.ack_token(&"mine".into(), b"0", false, 1);
    client.settle(AckTarget::Number(2), false, None).await.unwrap();
    assert!(matches!(
        client.commit("open").await,
        Err(ClientError::Session(SessionError::LostTransaction { .. }))
    ));
    client.disconnect().await.unwrap();
    let tapes = proxy.ended();
    // SUBSCRIBE first of all, and nothing again that had been sent.
    assert_eq!(verbs(&tapes[1].up), ["CONNECT", "SUBSCRIBE", "ACK", "DISCONNECT"]);
    let again = frames(&tapes[1].up).nth(1).unwrap();
    assert_eq!((again.header("id"), again.header("ack")), (Some("mine"), Some("client-individual")));
    assert_eq!(frames(&tapes[1].up).nth(2).unwrap().header("id"), Some("1"));
}

#[test]
fn a_sub_goes_on_after_a_restart_and_acks_nothing_of_the_time_before() {
    let peer = Peer::start(|mut talk, number| {
        talk.login();
        let came = talk.hear().unwrap();
        assert_eq!(came.verb, "SUBSCRIBE");
        // The first connection is lost before the receipt of SUBSCRIBE.
        if number == 0 {
            return;
        }
        talk.receipt(&came);
        talk.say(&format!(
            "MESSAGE\nsubscription:1\nmessage-id:m\nack:{number}\ndestination:/queue/a\n\nbody {number}^"
        ));
        if number == 1 {
            assert_eq!(talk.hear_of("ACK").unwrap().header("id"), "1");
            return;
        }
        let verbs: Vec<_> = talk.confirm_all().into_iter().map(|came| came.verb).collect();
        assert_eq!(verbs, ["ACK", "DISCONNECT"]);
    });
    let again = ["--reconnect", "--reconnect-delay", "0.001,0.01"];
    let sub = Stomp::new(["-s", &peer.url(), "sub", "-c", "2", "/queue/a"]).args(again).run().code(0);
    assert_eq!(peer.connections(), 3);
    let sub = sub.stdout("body 1\nbody 2\n");
    assert_eq!(sub.stderr.matches("connected again").count(), 2, "{}", sub.stderr);
}

#[test]
fn part_of_a_transaction_is_never_sent_again() {
    let peer = Peer::start(|mut talk, number| {
        talk.login();
        if number > 0 {
            // It may be made again before the program has seen that the transaction is lost.
            talk.confirm_all();
            return;
        }
        let begin = talk.hear().unwrap();
        assert_eq!(begin.verb, "BEGIN");
        talk.receipt(&begin);
        talk.hear_of("SEND");
    });
    let proxy = Proxy::harmless(peer.port());
    let again = ["--reconnect", "--reconnect-delay", "0.001,0.01"];
    let sent = Stomp::new(["-s", &proxy.url(), "send", "--tx", "t", "-l", "/queue/a"]).args(again);
    let sent = sent.input("a\nb\nc\n").run().code(6);
    sent.stderr_has(&["confirmed 0, unknown "]);
    assert!(proxy.ended().iter().skip(1).all(|tape| count(&tape.up, "SEND") == 0));
}

#[test]
fn the_second_of_a_list_is_used_where_the_first_is_down() {
    let (closed, broker) = (ClosedPort::new(), Embedded::start());
    let silent = Peer::start(|mut talk, _| drop(talk.be_silent()));
    for first in [closed.url(), silent.url()] {
        let list = format!("{first},{}", broker.url());
        Stomp::new(["-s", &list, "--connect-timeout", "0.3", "send", "/queue/a", "x"]).run().done("");
    }
    assert_eq!(broker.depth("/queue/a"), 2);
    let list = format!("{},{}", closed.url(), closed.url());
    Stomp::new(["-s", &list, "send", "/queue/a", "x"]).run().code(3);
}

#[test]
fn a_list_is_gone_through_on_reconnect_too() {
    let first = Peer::start(|mut talk, number| {
        // It is there once.
        if number == 0 {
            talk.login();
            let came = talk.hear_of("SEND").unwrap();
            talk.receipt(&came);
        }
    });
    let second = Embedded::start();
    let list = format!("{},{}", first.url(), second.url());
    let again = ["--reconnect", "--reconnect-delay", "0.001,0.01"];
    let sent =
        Stomp::new(["-s", &list, "send", "-l", "/queue/a"]).args(again).input("a\nb\nc\n").run().code(0);
    assert_eq!(second.depth("/queue/a"), 2, "{}", sent.stderr);
}

#[test]
fn a_broker_that_comes_back_late_is_waited_for() {
    let (closed, broker) = (ClosedPort::new(), Embedded::start());
    let proxy = Proxy::harmless(broker.port());
    let again = ["--reconnect", "--reconnect-delay", "0.001,0.002"];
    let mut send =
        Stomp::new(["-s", &proxy.url(), "send", "-l", "/queue/a"]).args(again).open_input().start();
    send.write("a\n");
    proxy.wait("the first receipt", |tapes| (count(&tapes.first()?.down, "RECEIPT") == 1).then_some(()));
    // It is gone, and what comes to its port is sent away at once.
    proxy.target(closed.port());
    proxy.reset_all();
    send.wait_for_stderr("next try in", 5);
    send.write("b\n");
    proxy.target(broker.port());
    send.close_input();
    send.finish().code(0);
    assert_eq!(broker.depth("/queue/a"), 2);
}

#[tokio::test]
async fn pauses_grow_while_connections_are_good_for_nothing() {
    let peer = Peer::start(|mut talk, number| {
        // Each third connection comes as far as CONNECTED.
        if number % 3 == 0 {
            talk.login();
        }
    });
    let (min, max) = (Duration::from_millis(2), Duration::from_millis(64));
    let reconnect = Reconnect { min, max, resend: false };
    let (_client, mut events) = Client::connect(options(&peer.url(), reconnect)).await.unwrap();
    // The pause of each retry, by the number of pauses before it.
    let (mut tries, mut seen) = (0_u32, 0);
    while seen < 8 {
        match next(&mut events).await {
            Event::Lost { again: true, .. } => tries += 1,
            Event::Retry { pause, .. } => {
                let whole = (min * 2_u32.pow(tries)).min(max);
                assert!(
                    pause >= whole / 2 && pause <= whole,
                    "pause {tries} is {pause:?}, not {whole:?} less jitter"
                );
                tries += 1;
                seen += 1;
            }
            Event::Connected(_) => {}
            event => panic!("{event:?}"),
        }
    }
}

#[tokio::test]
async fn a_client_that_stays_is_told_of_missing_receipts_and_keeps_its_connection() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        // The first message gets no receipt, the second one does.
        talk.hear_of("SEND").unwrap();
        let came = talk.hear_of("SEND").unwrap();
        talk.receipt(&came);
        talk.confirm_all();
    });
    let mut options = options(&peer.url(), PAUSES);
    options.receipt_timeout = Duration::from_millis(100);
    let (client, mut events) = Client::connect(options).await.unwrap();
    let unknown = client.send(send("1"), false, true).await;
    assert!(matches!(unknown, Err(ClientError::Failure(Failure::Unknown { .. }))), "{unknown:?}");
    assert!(matches!(next(&mut events).await, Event::NoReceipts { reported: true, .. }));
    client.send(send("2"), false, true).await.unwrap();
    assert!(client.disconnect().await.unwrap());
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn an_error_leaves_a_client_that_stays_with_what_it_refused_and_its_words() {
    let peer = Peer::start(|mut talk, number| {
        talk.login();
        if number == 0 {
            let refused = talk.hear_of("SEND").unwrap();
            let receipt = refused.header("receipt");
            talk.say(&format!("ERROR\nmessage:no such queue\nreceipt-id:{receipt}\n\nit is gone^"));
        } else {
            talk.confirm_all();
        }
    });
    let (client, mut events) = Client::connect(options(&peer.url(), PAUSES)).await.unwrap();
    match client.send(send("1"), false, true).await {
        Err(ClientError::Failure(Failure::Refused { message, .. })) => {
            assert_eq!(message, "no such queue: it is gone");
        }
        other => panic!("{other:?}"),
    }
    match next(&mut events).await {
        Event::Error(error) => assert_eq!(error.frame.header("message"), Some(&b"no such queue"[..])),
        event => panic!("{event:?}"),
    }
    // The broker closed the connection; it is made again, and works.
    assert!(matches!(next(&mut events).await, Event::Lost { again: true, .. }));
    assert!(matches!(next_but_tries(&mut events).await, Event::Connected(_)));
    client.send(send("2"), false, true).await.unwrap();
    client.disconnect().await.unwrap();
}
