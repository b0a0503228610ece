//! What is sent arrives: headers, bodies, order, on queues and topics.

use stomp_shell::protocol::Version::{V1_1, V1_2};
use stomp_shell::protocol::{Frame, Verb};

use crate::brokers::Need;
use crate::case;
use crate::harness::Case;
use crate::on::{Destination, On};

pub fn cases() -> Vec<Case> {
    vec![
        case!(async a_message_arrives_with_its_headers_and_its_body)
            .needs(&[Need::OwnHeaders])
            .in_each_version(),
        case!(async a_body_of_every_byte_arrives).needs(&[Need::Binary]).in_each_version(),
        case!(the_program_sends_and_prints_every_byte).needs(&[Need::Binary, Need::Queues]).in_each_version(),
        case!(async an_empty_body_arrives_empty).needs(&[Need::EmptyBodies]).in_each_version(),
        case!(the_program_sends_and_prints_utf_8).needs(&[Need::Queues]).in_each_version(),
        case!(async header_values_that_need_escaping_arrive).needs(&[Need::AnyHeader]).in_each_version(),
        case!(the_program_sends_and_prints_headers_that_need_escaping)
            .needs(&[Need::AnyHeader, Need::Queues])
            .in_each_version(),
        case!(async a_text_comes_without_content_length_and_bytes_with_it).needs(&[Need::ContentLength]),
        case!(async each_of_many_sends_in_flight_has_its_receipt).needs(&[Need::Receipts]).in_each_version(),
        case!(async a_topic_brings_each_message_to_each_subscriber).in_each_version(),
        case!(the_program_prints_what_comes_while_it_listens).needs(&[Need::Receipts]).in_each_version(),
        case!(async an_ended_subscription_brings_nothing_more)
            .needs(&[Need::Several, Need::Receipts])
            .in_each_version(),
    ]
}

/// All bytes there are, NUL, CR and LF among them.
fn every_byte() -> Vec<u8> {
    (0..=255).chain((0..=255).rev()).collect()
}

/// Header values that the version of this case can carry and that are hard on brokers.
fn hard_values(on: &On) -> Vec<(&'static str, &'static str)> {
    let mut all = vec![("umlaut", "Grüße, 世界 🦀"), ("inner", "a  b\tc")];
    if on.spoken() >= V1_1 || on.broker.lacks(Need::ColonIn1_0).is_none() {
        all.push(("colon", "a:b::c"));
    }
    if on.spoken() >= V1_1 {
        all.extend([
            ("newline", "one\ntwo\n"),
            ("backslash", r"C:\new\\colon \c \n"),
            ("blank", " padded "),
            ("empty", ""),
        ]);
    }
    if on.spoken() >= V1_2 {
        all.extend([("carriage-return", "one\r\ntwo\r"), ("na:me", "a colon in a name")]);
    }
    all
}

async fn a_message_arrives_with_its_headers_and_its_body(on: &On) {
    let queue = on.queue();
    let mut talk = on.client().await;
    let id = talk.subscribe_auto(&queue.name).await;
    talk.send(queue.message("hello").with("content-type", "text/plain").with("color", "red")).await;
    let message = talk.message().await;
    assert_eq!(message.verb, Verb::Message);
    assert_eq!(message.body, "hello");
    let header = |name| message.header(name).map(String::from_utf8_lossy);
    assert_eq!(header("destination").as_deref(), Some(queue.name.as_str()));
    if on.broker.lacks(Need::Subscription).is_none() {
        assert_eq!(header("subscription"), Some(id.into()));
        assert!(header("message-id").is_some_and(|id| !id.is_empty()));
    }
    assert_eq!(header("content-type").as_deref(), Some("text/plain"));
    assert_eq!(header("color").as_deref(), Some("red"));
    talk.leave().await;
}

async fn a_body_of_every_byte_arrives(on: &On) {
    let queue = on.queue();
    let mut talk = on.client().await;
    talk.subscribe_auto(&queue.name).await;
    talk.send(queue.message(every_byte())).await;
    talk.send(queue.message("\0")).await;
    talk.send(queue.message("\n\n\0\n")).await;
    assert_eq!(talk.message().await.body, every_byte());
    assert_eq!(talk.bodies(2).await, ["\0", "\n\n\0\n"]);
    talk.leave().await;
}

fn the_program_sends_and_prints_every_byte(on: &On) {
    let queue = on.queue();
    on.stomp(["send", &queue.name]).input(every_byte()).run().done("");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bytes"), every_byte()).unwrap();
    on.stomp(["send", &queue.name, "@bytes"]).folder(folder.path()).run().done("");
    on.stomp(["sub", &queue.name, "-c", "2", "--raw"]).run().done(every_byte().repeat(2));
}

async fn an_empty_body_arrives_empty(on: &On) {
    let queue = on.queue();
    let mut talk = on.client().await;
    talk.subscribe_auto(&queue.name).await;
    talk.send(queue.message("")).await;
    talk.send(queue.message("full")).await;
    assert_eq!(talk.bodies(2).await, ["", "full"]);
    talk.leave().await;
}

fn the_program_sends_and_prints_utf_8(on: &On) {
    let queue = on.queue();
    on.stomp(["send", &queue.name, "Grüße,", "世界", "🦀"]).run().done("");
    on.stomp(["sub", &queue.name, "-c", "1"]).run().done("Grüße, 世界 🦀\n");
}

async fn header_values_that_need_escaping_arrive(on: &On) {
    let queue = on.queue();
    let mut talk = on.client().await;
    talk.subscribe_auto(&queue.name).await;
    for (name, value) in hard_values(on) {
        talk.send(queue.message(name).with(name, value)).await;
        let message = talk.message().await;
        assert_eq!(message.body, name);
        let came = message.header(name).map(String::from_utf8_lossy);
        assert_eq!(came.as_deref(), Some(value), "{name}");
    }
    talk.leave().await;
}

fn the_program_sends_and_prints_headers_that_need_escaping(on: &On) {
    let queue = on.queue();
    for (name, value) in hard_values(on).into_iter().filter(|(name, _)| !name.contains(':')) {
        let header = format!("{name}: {value}");
        on.stomp(["send", &queue.name, "-H", &header, "body"]).run().done("");
        let format = format!("%h{{{name}}}|%b");
        on.stomp(["sub", &queue.name, "-c", "1", "-F", &format]).run().done(format!("{value}|body"));
    }
}

async fn a_text_comes_without_content_length_and_bytes_with_it(on: &On) {
    let queue = on.queue();
    let mut talk = on.client().await;
    talk.subscribe_auto(&queue.name).await;
    talk.client.send(queue.message("text"), true, true).await.unwrap();
    talk.client.send(queue.message("bytes"), false, true).await.unwrap();
    let length = |message: Frame| message.header("content-length").map(<[u8]>::to_vec);
    assert_eq!(length(talk.message().await), None);
    assert_eq!(length(talk.message().await), Some(b"5".to_vec()));
    talk.leave().await;
}

async fn each_of_many_sends_in_flight_has_its_receipt(on: &On) {
    let queue = on.queue();
    let mut talk = on.client().await;
    talk.subscribe_auto(&queue.name).await;
    let bodies: Vec<String> = (0..500).map(|number| format!("message {number}")).collect();
    let receipts: Vec<_> =
        bodies.iter().map(|body| talk.client.send_later(queue.message(body.clone()), false, true)).collect();
    for receipt in receipts {
        receipt.await.unwrap().unwrap();
    }
    assert_eq!(talk.bodies(bodies.len()).await, on.as_sent(bodies));
    talk.leave().await;
}

async fn a_topic_brings_each_message_to_each_subscriber(on: &On) {
    let topic = on.topic();
    let (mut first, mut second) = (on.client().await, on.client().await);
    let sender = on.client().await;
    first.subscribe_auto(&topic.name).await;
    second.subscribe_auto(&topic.name).await;
    for body in ["one", "two"] {
        sender.send(topic.message(body)).await;
    }
    assert_eq!(first.bodies(2).await, ["one", "two"]);
    assert_eq!(second.bodies(2).await, ["one", "two"]);
    for talk in [first, second, sender] {
        talk.leave().await;
    }
}

fn the_program_prints_what_comes_while_it_listens(on: &On) {
    let topic = on.topic();
    let mut sub = on.stomp(["--trace", "sub", &topic.name, "-c2"]).start();
    // Its SUBSCRIBE is confirmed.
    sub.wait_for_stderr("<<< ", 2);
    for body in ["one", "two"] {
        on.stomp(["send", &topic.name, body]).run().done("");
    }
    sub.finish().code(0).stdout("one\ntwo\n");
}

async fn an_ended_subscription_brings_nothing_more(on: &On) {
    let (ended, other) = (on.topic(), on.topic());
    let mut talk = on.client().await;
    talk.subscribe_auto(&ended.name).await;
    talk.subscribe_auto(&other.name).await;
    let send =
        |topic: &Destination<'_>, body: &'static str| talk.client.send(topic.message(body), false, true);
    send(&ended, "before").await.unwrap();
    talk.client.unsubscribe(&ended.name, false).await.unwrap();
    send(&ended, "after").await.unwrap();
    send(&other, "last").await.unwrap();
    let mut came = Vec::new();
    while came.last().is_none_or(|body| body != "last") {
        came.extend(talk.bodies(1).await);
    }
    // The first may have been on its way still, or not.
    assert!(came.iter().all(|body| body != "after"), "{came:?}");
    let subscriptions = talk.client.status().await.unwrap().subscriptions;
    assert_eq!(subscriptions.len(), 1);
    talk.leave().await;
}
