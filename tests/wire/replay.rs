//! Conversations with real brokers, recorded, and held again: with the recordings, with the embedded
//! broker, and with the real ones where they are there.

use std::net::TcpStream;

use bytes::BytesMut;
use stomp_shell::broker::{Broker as Embedded, BrokerConfig};
use stomp_shell::protocol::{Batch, Decoder, Encoder, Limits, Version};

use crate::conversation;
use crate::cuts::version_of;
use crate::talk::{Broker, Talk};
use crate::trace::{self, Side, Trace};

/// A conversation, by the end of its trace's name.
type Conversation = fn(&mut Talk, &str);

const CONVERSATIONS: [(&str, Conversation); 7] = [
    ("1.0", |talk, queue| all(talk, Version::V1_0, queue)),
    ("1.1", |talk, queue| all(talk, Version::V1_1, queue)),
    ("1.2", |talk, queue| all(talk, Version::V1_2, queue)),
    ("no-such-version", |talk, _| conversation::no_such_version(talk)),
    ("wrong-login", |talk, _| conversation::wrong_login(talk)),
    ("no-such-host", |talk, _| conversation::no_such_host(talk)),
    ("message-id", conversation::a_message_id_on_send),
];

fn all(talk: &mut Talk, version: Version, queue: &str) {
    let topic = queue.replace("/queue/", "/topic/");
    conversation::all_there_is(talk, version, queue, &topic);
}

/// The conversations that a broker has a part in.
fn of(broker: &str) -> impl Iterator<Item = &'static (&'static str, Conversation)> {
    let all = broker == "rabbitmq";
    CONVERSATIONS.iter().filter(move |(name, _)| all || name.starts_with("1.") || *name == "no-such-version")
}

/// The queue of a recorded conversation.
fn queue(name: &str) -> String {
    format!("/queue/trace-{name}")
}

fn held_again(broker: &str) {
    for (name, conversation) in of(broker) {
        let path = trace::folder().join(format!("{broker}-{name}.trace"));
        let recorded = Trace::parse(&std::fs::read_to_string(&path).unwrap());
        let mut talk = Talk::new(Broker::Recording(recorded.turns.clone().into()));
        conversation(&mut talk, &queue(name));
        assert_eq!(talk.trace.stream(Side::Client), recorded.stream(Side::Client), "{broker} {name}");
    }
}

#[test]
fn the_client_says_the_same_to_the_recording_of_rabbitmq_and_understands_the_answers() {
    held_again("rabbitmq");
}

#[test]
fn the_client_says_the_same_to_the_recording_of_activemq_and_understands_the_answers() {
    held_again("activemq");
}

#[test]
fn the_embedded_broker_holds_the_same_conversations() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listen = vec!["127.0.0.1:0".parse().unwrap()];
    let broker =
        runtime.block_on(Embedded::bind(BrokerConfig { listen, ..BrokerConfig::default() })).unwrap();
    let url = broker.url().unwrap();
    let _running = runtime.block_on(async { broker.spawn() });
    let authority = url.strip_prefix("stomp://").unwrap().trim_end_matches('/').to_owned();
    for (name, conversation) in of("embedded") {
        let socket = TcpStream::connect(&authority).unwrap();
        conversation(&mut Talk::new(Broker::Socket(socket)), &queue(name));
    }
}

/// Where a real broker is, if it is there.
fn real(broker: &str) -> Option<String> {
    let variable = format!("STOMP_TEST_{}", broker.to_uppercase());
    let url = std::env::var(&variable).ok();
    let required = std::env::var("STOMP_TEST_BROKERS").is_ok_and(|wish| wish == "required");
    assert!(url.is_some() || !required, "{variable} is not set");
    url.map(|url| url.trim_start_matches("stomp://").to_owned())
}

/// Holds the conversations with a real broker; with `record`, writes them down.
fn hold(broker: &str, record: bool) {
    let Some(authority) = real(broker) else { return };
    // ActiveMQ's ids hold the name of its machine.
    let ids = regex::Regex::new(r"(ID(?::|\\\\c))[A-Za-z0-9.-]+?(-\d+-\d+-\d)").unwrap();
    for (name, conversation) in of(broker) {
        // Two runs at once must not get each other's messages.
        let own = if record { queue(name) } else { format!("{}-{}", queue(name), std::process::id()) };
        let mut talk = Talk::new(Broker::Socket(TcpStream::connect(&authority).unwrap()));
        conversation(&mut talk, &own);
        if record {
            let text = talk.trace.to_text(&format!("{broker}: {name}"));
            let text = ids.replace_all(&text, "${1}broker$2");
            std::fs::create_dir_all(trace::folder()).unwrap();
            std::fs::write(trace::folder().join(format!("{broker}-{name}.trace")), &*text).unwrap();
        }
    }
}

#[test]
fn rabbitmq_holds_the_conversations_as_they_were_recorded() {
    hold("rabbitmq", false);
}

#[test]
fn activemq_holds_the_conversations_as_they_were_recorded() {
    hold("activemq", false);
}

/// Writes the traces anew: `cargo test --test wire -- --ignored`, with both brokers running.
#[test]
#[ignore = "writes into the source tree"]
fn record_the_conversations() {
    for broker in ["rabbitmq", "activemq"] {
        assert!(real(broker).is_some());
        hold(broker, true);
    }
}

#[test]
fn what_the_client_said_decodes_for_a_broker_and_encodes_to_the_same_bytes() {
    for (name, trace) in trace::all() {
        let stream = trace.stream(Side::Client);
        let version = version_of(&name);
        let mut decoder = Decoder::new(Limits::BROKER);
        decoder.set_version(version);
        let (mut input, mut batch) = (BytesMut::from(&stream[..]), Batch::default());
        let mut again = Vec::new();
        while !input.is_empty() {
            decoder.decode(&mut input, &mut batch).unwrap();
            for frame in batch.iter() {
                let mut bytes = Vec::new();
                Encoder::new(version).frame(&mut bytes, &frame.to_frame()).unwrap();
                // A content-length stands last, and not at all in what is sent as text.
                if frame.header("content-length").is_none() {
                    let text = String::from_utf8(bytes).unwrap();
                    bytes = text.replacen(&format!("content-length:{}\n", frame.body().len()), "", 1).into();
                }
                let own = frame.headers().last().is_some_and(|header| header.is("content-length"));
                assert!(own || frame.header("content-length").is_none(), "{name}");
                again.extend(bytes);
            }
        }
        assert_eq!(again.escape_ascii().to_string(), stream.escape_ascii().to_string(), "{name}");
    }
}
