//! The conversations that are recorded: the same requests, whoever the broker is. Traps have the numbers
//! of `checklist.md`.

use bytes::Bytes;
use stomp_shell::protocol::{Frame, HeartBeat, Verb, Version};
use stomp_shell::session::{AckMode, AckTarget, ConnectOptions, Failure, Subscribe};

use crate::talk::Talk;

/// CONNECT as the command line has it.
pub fn options(versions: Vec<Version>) -> ConnectOptions {
    ConnectOptions {
        versions,
        vhost: "/".to_owned(),
        heart_beat: HeartBeat { sends: 10_000, wants: 10_000 },
        ..ConnectOptions::default()
    }
}

fn a_send(destination: &str) -> Frame {
    Frame::new(Verb::Send).with("destination", destination)
}

fn a_subscription(destination: &str, ack: AckMode) -> Subscribe {
    Subscribe { destination: destination.to_owned(), ack, tracked: true, ..Subscribe::default() }
}

/// Connects, subscribes, sends, acks, nacks, commits, aborts, errs and leaves.
pub fn all_there_is(talk: &mut Talk, version: Version, queue: &str, topic: &str) {
    let dialect = talk.connect(&options(vec![version])).expect("connected");
    assert_eq!(talk.version(), version);

    let mode = if version.has_nack() { AckMode::ClientIndividual } else { AckMode::Client };
    let (_, receipt) = talk.session.subscribe(a_subscription(queue, mode)).unwrap();
    talk.answered(receipt).unwrap();

    bodies(talk, queue);
    headers(talk, queue, version);
    acks(talk, queue, version, dialect.name == "ActiveMQ");
    transactions(talk, queue);

    // A topic, in auto mode.
    let before = talk.messages.len();
    let (id, receipt) = talk.session.subscribe(a_subscription(topic, AckMode::Auto)).unwrap();
    talk.answered(receipt).unwrap();
    talk.send(a_send(topic).body("to all who listen"), true).unwrap();
    assert_eq!(&talk.message(before + 1).body[..], b"to all who listen");
    let (_, receipt) = talk.session.unsubscribe(&id, false).unwrap();
    talk.answered(receipt).unwrap();

    // The link stays open after an ERROR on all three of them but the embedded broker.
    let wrong = Frame::new(Verb::Commit).with("transaction", "nobody began it");
    talk.session.send(wrong, true, false).unwrap();
    talk.until(|talk| talk.errors.len() == 1);
    if dialect.name == "embedded broker" {
        talk.until(|talk| talk.closed);
        return;
    }
    talk.send(a_send(topic), false).unwrap();

    talk.disconnected().unwrap();
}

/// Bodies of every kind come back as they were sent (trap 14).
fn bodies(talk: &mut Talk, queue: &str) {
    let bodies: [&[u8]; 5] =
        [b"plain", b"", b"\xef\xbb\xbfa\0b\0\xff\r\n", "zwölf €".as_bytes(), b"\n\nlines\n\n"];
    for body in bodies {
        let before = talk.messages.len();
        talk.send(a_send(queue).body(Bytes::copy_from_slice(body)), false).unwrap();
        assert_eq!(&talk.message(before + 1).body[..], body);
        let settled = talk.session.settle(&AckTarget::Newest, false, None).unwrap();
        talk.answered(settled.receipt).unwrap();
    }
    // Without content-length: a text for JMS.
    let before = talk.messages.len();
    talk.send(a_send(queue).body("a text"), true).unwrap();
    assert_eq!(&talk.message(before + 1).body[..], b"a text");
    let settled = talk.session.settle(&AckTarget::Newest, false, None).unwrap();
    talk.answered(settled.receipt).unwrap();
}

/// Headers of every kind that a version can carry come back as they were sent (traps 2, 4, 5).
fn headers(talk: &mut Talk, queue: &str, version: Version) {
    let mut pairs =
        vec![("x-plain", "value"), ("x-utf8", "grün €"), ("x-raw", r"a\nb\\c"), ("x-colon", "a:b")];
    if version > Version::V1_0 {
        pairs.extend([
            ("x-lines", "a\nb"),
            ("x-all", "a:b\\c\n\\n::\\"),
            ("x:name", "x"),
            ("x-blanks", "  a  "),
        ]);
    }
    if version == Version::V1_2 {
        pairs.push(("x-cr", "a\r\nb"));
    }
    for (name, value) in pairs {
        let before = talk.messages.len();
        talk.send(a_send(queue).with(name, value).body(name), false).unwrap();
        let message = talk.message(before + 1).clone();
        // ActiveMQ unescapes in 1.0 what nobody escaped (trap 2); what it then sends raw is split at
        // its line feed.
        let unescaped = version == Version::V1_0 && name == "x-raw";
        if !unescaped {
            let got = message.header(name).map(|value| value.escape_ascii().to_string());
            assert_eq!(got, Some(value.as_bytes().escape_ascii().to_string()), "{name} of {message:?}");
        }
        let settled = talk.session.settle(&AckTarget::Newest, false, None).unwrap();
        talk.answered(settled.receipt).unwrap();
    }
}

/// Acks by number, all at once, and a nack.
fn acks(talk: &mut Talk, queue: &str, version: Version, discards: bool) {
    let before = talk.messages.len();
    for number in 1..=4 {
        talk.send(a_send(queue).body(format!("message {number}")), false).unwrap();
    }
    talk.message(before + 4);
    let first = talk.session.received() - 3;
    let settled = talk.session.settle(&AckTarget::Number(first + 1), false, None).unwrap();
    assert_eq!(settled.messages, if version.has_nack() { 1 } else { 2 });
    talk.answered(settled.receipt).unwrap();
    let settled = talk.session.settle(&AckTarget::All, false, None).unwrap();
    assert_eq!(settled.messages, if version.has_nack() { 3 } else { 2 });
    talk.answered(settled.receipt).unwrap();
    if !version.has_nack() {
        assert!(talk.session.settle(&AckTarget::Newest, true, None).is_err());
        return;
    }
    talk.send(a_send(queue).body("once more"), false).unwrap();
    talk.message(before + 5);
    let settled = talk.session.settle(&AckTarget::Newest, true, None).unwrap();
    talk.answered(settled.receipt).unwrap();
    if discards {
        return;
    }
    let again = talk.message(before + 6);
    assert_eq!((&again.body[..], again.header("redelivered")), (&b"once more"[..], Some(&b"true"[..])));
    let settled = talk.session.settle(&AckTarget::Newest, false, None).unwrap();
    talk.answered(settled.receipt).unwrap();
}

/// What is committed comes, what is aborted does not; an ack in a transaction too.
fn transactions(talk: &mut Talk, queue: &str) {
    let before = talk.messages.len();
    let begun = talk.session.begin("one").unwrap();
    talk.answered(begun).unwrap();
    for body in ["first", "second"] {
        assert_eq!(
            talk.session.send(a_send(queue).with("transaction", "one").body(body), false, true),
            Ok(None)
        );
    }
    let ended = talk.session.end_transaction("one", true).unwrap();
    talk.answered(ended).unwrap();
    talk.message(before + 2);
    let begun = talk.session.begin("two").unwrap();
    talk.answered(begun).unwrap();
    talk.session.settle(&AckTarget::All, false, Some("two")).unwrap();
    let ended = talk.session.end_transaction("two", true).unwrap();
    talk.answered(ended).unwrap();
    let begun = talk.session.begin("three").unwrap();
    talk.answered(begun).unwrap();
    talk.session.send(a_send(queue).with("transaction", "three").body("never"), false, true).unwrap();
    let ended = talk.session.end_transaction("three", false).unwrap();
    talk.answered(ended).unwrap();
    assert_eq!(talk.messages.len(), before + 2);
}

/// Offers a version that nobody speaks.
pub fn no_such_version(talk: &mut Talk) {
    let mut wrong = options(Vec::new());
    wrong.headers.push("accept-version", "9.9");
    assert_eq!(talk.connect(&wrong), None);
    assert_eq!(talk.errors.len(), 1);
}

/// A login that is not right.
pub fn wrong_login(talk: &mut Talk) {
    let mut wrong = options(Vec::new());
    wrong.login = Some("nobody".to_owned());
    wrong.passcode = Some(b"canary".to_vec());
    assert_eq!(talk.connect(&wrong), None);
    assert_eq!(talk.errors.len(), 1);
}

/// A virtual host that is not there.
pub fn no_such_host(talk: &mut Talk) {
    let mut wrong = options(Vec::new());
    "nowhere".clone_into(&mut wrong.vhost);
    assert_eq!(talk.connect(&wrong), None);
    assert_eq!(talk.errors.len(), 1);
}

/// A header that RabbitMQ refuses on SEND (trap 16).
pub fn a_message_id_on_send(talk: &mut Talk, queue: &str) {
    talk.connect(&options(vec![Version::V1_2])).expect("connected");
    let refused = talk.send(a_send(queue).with("message-id", "1"), false);
    assert!(matches!(refused, Err(Failure::Refused { .. })), "{refused:?}");
    talk.disconnected().unwrap();
}
