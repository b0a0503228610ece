//! CONNECT, what answers it, and what comes of it.

use super::*;
use crate::protocol::Encoder;

fn connect_of(options: &ConnectOptions) -> String {
    let mut out = Vec::new();
    Encoder::new(Version::V1_2).frame(&mut out, &options.frame()).unwrap();
    String::from_utf8(out).unwrap().replace('\0', "^")
}

fn read(frame: &str) -> Result<Connected, UnknownVersion> {
    with_frame(frame, |frame| Connected::read(frame, HeartBeat { sends: 10_000, wants: 10_000 }))
}

fn refusal(frame: &str) -> Refusal {
    with_frame(frame, Refusal::read)
}

fn with_frame<T>(bytes: &str, read: impl FnOnce(crate::protocol::FrameRef<'_>) -> T) -> T {
    let mut batch = Batch::default();
    let mut input = BytesMut::from(bytes.replace('^', "\0").as_bytes());
    Decoder::new(Limits::CLIENT_BEFORE_CONNECTED).decode(&mut input, &mut batch).unwrap();
    read(batch.get(0).unwrap())
}

#[test]
fn connect_offers_all_versions_and_names_the_host() {
    let options = ConnectOptions {
        vhost: "/".into(),
        login: Some("guest".into()),
        passcode: Some(b"guest".to_vec()),
        client_id: Some("me".into()),
        heart_beat: HeartBeat { sends: 10_000, wants: 5_000 },
        ..ConnectOptions::default()
    };
    // `CONNECT`, never `STOMP`: 1.0 brokers know no other.
    assert_eq!(
        connect_of(&options),
        "CONNECT\naccept-version:1.0,1.1,1.2\nhost:/\nlogin:guest\npasscode:guest\nclient-id:me\n\
         heart-beat:10000,5000\n\n^"
    );
}

#[test]
fn connect_offers_only_the_version_that_was_asked_for_and_no_heart_beats_in_1_0() {
    let heart_beat = HeartBeat { sends: 1, wants: 1 };
    let of = |versions| connect_of(&ConnectOptions { versions, heart_beat, ..ConnectOptions::default() });
    assert_eq!(of(vec![Version::V1_0]), "CONNECT\naccept-version:1.0\nhost:\n\n^");
    assert_eq!(of(vec![Version::V1_1]), "CONNECT\naccept-version:1.1\nhost:\nheart-beat:1,1\n\n^");
}

/// Trap 1.
#[test]
fn a_passcode_goes_raw_unless_the_broker_is_said_to_decode_it() {
    let raw = ConnectOptions { passcode: Some(br"a\b:c".to_vec()), ..ConnectOptions::default() };
    assert!(connect_of(&raw).contains("\npasscode:a\\b:c\n"));
    let escaped = ConnectOptions { escape: true, ..raw };
    assert!(connect_of(&escaped).contains("\npasscode:a\\\\b\\cc\n"));
}

#[test]
fn a_header_of_the_user_s_stands_in_place_of_ours() {
    let options = ConnectOptions {
        vhost: "/".into(),
        headers: [("host", "other"), ("foo", "bar")].into(),
        ..ConnectOptions::default()
    };
    assert_eq!(
        connect_of(&options),
        "CONNECT\naccept-version:1.0,1.1,1.2\nheart-beat:0,0\nhost:other\nfoo:bar\n\n^"
    );
}

#[test]
fn connect_options_do_not_print_their_secrets() {
    let options = ConnectOptions { passcode: Some(b"canary".to_vec()), ..ConnectOptions::default() };
    assert!(!format!("{options:?} {:?}", options.frame()).contains("canary"));
}

#[test]
fn a_connected_without_version_means_1_0() {
    let connected = read("CONNECTED\nsession:wow\nheart-beat:1000,1000\n\n^").unwrap();
    assert_eq!((connected.version, connected.session.as_deref()), (Version::V1_0, Some("wow")));
    assert_eq!(
        connected.beats,
        crate::protocol::Negotiated::default(),
        "1.0 has no heart-beats, whatever a header says"
    );
}

#[test]
fn a_connected_in_a_version_that_nobody_knows_is_an_error() {
    let error = read("CONNECTED\nversion:1.3\n\n^").unwrap_err();
    assert_eq!(error.to_string(), "its CONNECTED says version '1.3', which is not 1.0, 1.1 or 1.2");
    assert!(read("CONNECTED\nversion: 1.1 \n\n^").is_ok(), "blanks as in the examples of 1.0 are borne");
}

/// Trap 3.
#[test]
fn what_connected_says_may_hold_colons_and_backslashes() {
    let connected = read("CONNECTED\nversion:1.2\nserver:A/1:2\nsession:ID:vm-1:\\c\n\n^").unwrap();
    assert_eq!(connected.server.as_deref(), Some("A/1:2"));
    assert_eq!(connected.session.as_deref(), Some("ID:vm-1:\\c"));
}

#[test]
fn an_error_about_the_version_tells_what_the_broker_speaks() {
    let said = refusal("ERROR\nversion:1.0,1.1\nmessage:no such version\n\n^");
    assert_eq!((said.kind, &said.message[..]), (RefusalKind::Version, "no such version (it speaks 1.0,1.1)"));
    let said = refusal(
        "ERROR\nmessage:Version mismatch\nversion:1.0,1.1,1.2\n\nSupported versions are 1.0,1.1,1.2\n^",
    );
    assert_eq!(said.message, "Version mismatch: Supported versions are 1.0,1.1,1.2");
}

#[test]
fn refusals_are_told_apart_by_their_words() {
    for (text, kind) in [
        ("message:Bad CONNECT\n\nVirtual host 'localhost' access denied", RefusalKind::VirtualHost),
        ("message:Bad CONNECT\n\nAccess refused for user 'guest'", RefusalKind::Login),
        ("message:User name [x] or password is invalid.\n\n", RefusalKind::Login),
        ("message:Invalid virtual host\n\n", RefusalKind::VirtualHost),
        ("message:Invalid authentication token\n\n", RefusalKind::Token),
        (
            "message:Failed to send message to ExecutorSubscribableChannel[clientInboundChannel]\n\n",
            RefusalKind::Token,
        ),
        ("message:Supported protocol versions are 1.2\n\n", RefusalKind::Version),
        (
            "message:Broker: localhost - Client: a already connected from tcp://[::1]:5\n\n",
            RefusalKind::ClientId,
        ),
        ("message:out of cheese\n\n", RefusalKind::Other),
    ] {
        assert_eq!(refusal(&format!("ERROR\n{text}^")).kind, kind, "{text}");
    }
}

#[test]
fn subscriptions_are_asked_for_again_first_of_all() {
    let mut talk = Talk::new(Version::V1_2);
    talk.subscribe("/queue/a", AckMode::Client);
    talk.subscribe("/topic/b", AckMode::Auto);
    talk.session.lost("gone");
    talk.connect("CONNECTED\nversion:1.1\n\n\0", HeartBeat::default()).unwrap();
    assert_eq!(
        talk.said(),
        "SUBSCRIBE\nid:1\ndestination:/queue/a\nack:client\n\n^SUBSCRIBE\nid:2\ndestination:/topic/b\nack:auto\n\n^"
    );
}

#[test]
fn the_version_is_that_of_the_latest_connected() {
    let mut talk = Talk::new(Version::V1_2);
    talk.session.lost("gone");
    talk.connect("CONNECTED\n\n\0", HeartBeat::default()).unwrap();
    assert!(talk.session.send(a_send("foo", "a\nb"), false, false).is_err(), "1.0 cannot carry it");
    assert_eq!(talk.said(), "");
}
