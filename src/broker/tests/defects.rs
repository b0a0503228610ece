//! Frames that are refused: an ERROR that says why, and the end of the connection.

use super::*;

/// Says this after a login, and gives back the ERROR.
fn refused(version: &str, text: &str) -> String {
    let mut harness = Harness::new();
    let peer = harness.login(version);
    let got = harness.ask(peer, text);
    assert!(harness.is_closing(peer) && got.starts_with("ERROR\nmessage:"), "{text:?}: {got}");
    assert_eq!(harness.ask(peer, "BEGIN\ntransaction:t\nreceipt:later\n\n\0"), "", "nothing after an ERROR");
    got
}

#[test]
fn no_frame_is_taken_before_connect() {
    let mut harness = Harness::new();
    let peer = harness.connect();
    let got = harness.ask(peer, "SEND\ndestination:/queue/a\nreceipt:1\n\nx\0");
    assert!(got.starts_with("ERROR\nmessage:SEND before CONNECT\nreceipt-id:1\n"), "{got}");
    assert_eq!(harness.router.depth(b"/queue/a"), 0);
}

#[test]
fn a_second_connect_is_an_error() {
    assert!(refused("1.2", "CONNECT\naccept-version:1.2\nhost:/\n\n\0").contains("a second CONNECT"));
}

#[test]
fn a_second_connect_is_named_as_its_version_escapes_though_it_is_not_escaped_itself() {
    for (version, came, expected) in [
        ("1.0", "x:1\\r\\", "x:1\\r\\"),
        ("1.1", "x:1\\r\\", "x\\c1\\\\r\\\\"),
        ("1.1", "1\r", "1\r"),
        ("1.2", "x:1\\r\\", "x\\c1\\\\r\\\\"),
        ("1.2", "a\rb", "a\\rb"),
    ] {
        for verb in ["CONNECT", "STOMP"] {
            let got = refused(version, &format!("{verb}\nreceipt:{came}\n\n\0"));
            let id = got.split('\n').find_map(|line| line.strip_prefix("receipt-id:"));
            assert_eq!(id, Some(expected), "{version}: {got}");
        }
    }
}

#[test]
fn an_error_names_the_frame_explains_itself_and_is_the_last() {
    let got = refused("1.2", "SEND\nreceipt:7\n\nx\0");
    assert_eq!(headers(&got, "receipt-id"), ["7"]);
    assert_eq!(headers(&got, "content-type"), ["text/plain"]);
    let body = got.split("\n\n").nth(1).unwrap().trim_end_matches('^');
    assert_eq!(headers(&got, "content-length"), [body.len().to_string()]);
    assert!(body.contains("SEND lacks the header 'destination'\n'destination' must be there"), "{body}");
}

#[test]
fn what_only_a_broker_sends_and_what_nobody_sends_is_refused() {
    for (frame, why) in [
        ("MESSAGE\n\n\0", "MESSAGE is a broker's frame"),
        ("RECEIPT\n\n\0", "RECEIPT is a broker's frame"),
        ("send\ndestination:/queue/a\n\nx\0", "unknown verb 'send'"),
        ("SUBSCRIBE\nid:1\n\n\0", "SUBSCRIBE lacks the header 'destination'"),
        ("SUBSCRIBE\nid:1\ndestination:/queue/a\nack:sometimes\n\n\0", "unknown ack mode 'sometimes'"),
        ("SUBSCRIBE\nid:1\ndestination:/queue/a\nselector:a = 1\n\n\0", "no selectors here"),
        ("SUBSCRIBE\nid:1\ndestination:/queue/a.>\n\n\0", "no wildcards in queues"),
        ("SUBSCRIBE\nid:1\ndestination:/queue/a\nprefetch-count:many\n\n\0", "prefetch-count 'many'"),
        ("UNSUBSCRIBE\nid:1\n\n\0", "no subscription '1'"),
        ("UNSUBSCRIBE\n\n\0", "UNSUBSCRIBE lacks the header 'id'"),
        ("ACK\n\n\0", "ACK lacks the header 'id'"),
        ("NACK\nid:1-1-0\n\n\0", "NACK of '1-1-0', which is not waiting for it"),
    ] {
        let got = refused("1.2", frame);
        assert!(headers(&got, "message")[0].starts_with(why), "{frame}: {got}");
    }
}

#[test]
fn a_subscription_id_in_use_is_an_error() {
    let got = refused(
        "1.2",
        "SUBSCRIBE\nid:1\ndestination:/queue/a\n\n\0SUBSCRIBE\nid:1\ndestination:/queue/b\nreceipt:2\n\n\0",
    );
    assert!(got.contains("subscription id '1' is in use") && got.contains("receipt-id:2"), "{got}");
}

#[test]
fn malformed_bytes_are_shown_where_they_are() {
    let got = refused("1.2", "SEND\ndestination:/queue/a\nx:\\t\n\nx\0");
    assert!(got.contains("no escape of this version"), "{got}");
    assert!(got.contains("The frame begins: SEND\\ndestination:/queue/a"), "{got}");
    assert!(refused("1.2", "SEND\nno colon\n\n\0").contains("a header line without a colon"));
    assert!(refused("1.1", "SEND\n:x\n\n\0").contains("empty name"));
    assert!(refused("1.2", "SEND\nx:a\rb\n\n\0").contains("a carriage return inside"));
    assert!(refused("1.2", "SEND\ncontent-length:-1\n\n\0").contains("is not a number of bytes"));
}

#[test]
fn frames_before_a_malformed_one_are_carried_out() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    let got = harness.ask(peer, "SEND\ndestination:/queue/a\nreceipt:1\n\nx\0SEND\nno colon\n\n\0");
    assert!(got.starts_with("RECEIPT\nreceipt-id:1\n\n^ERROR\n"), "{got}");
    assert_eq!(harness.router.depth(b"/queue/a"), 1);
}

#[test]
fn a_passcode_comes_back_in_no_error_and_in_no_log() {
    let config =
        BrokerConfig { user: Some("u".into()), password: Some(Secret::new("p")), ..BrokerConfig::default() };
    for connect in [
        "CONNECT\nlogin:u\npasscode:canary\n\n\0",
        "CONNECT\nlogin:u\npasscode:canary\nno colon\n\n\0",
        "CONNECT\naccept-version:9\npasscode:canary\n\n\0",
        "passcode:canary\n\n\0",
    ] {
        let mut harness = Harness::with(config.clone());
        let peer = harness.connect();
        let got = harness.ask(peer, connect);
        assert!(got.starts_with("ERROR\n"), "{got}");
        assert!(!got.contains("canary") && !harness.router.log.concat().contains("canary"), "{got}");
    }
    assert!(!format!("{config:?}").contains("\"p\""));
}

#[test]
fn a_client_s_text_cannot_forge_a_header_of_the_error() {
    let got = refused("1.2", "SUBSCRIBE\nid:1\ndestination:/queue/a\nack:x\\nreceipt-id\\c9\n\n\0");
    assert!(headers(&got, "receipt-id").is_empty(), "{got}");
}

#[test]
fn what_an_erring_peer_held_goes_to_others() {
    let mut harness = Harness::new();
    let (first, second) = (harness.login("1.2"), harness.login("1.2"));
    harness.subscribe(first, "/queue/a", "1", "ack:client\n");
    harness.send(first, "/queue/a", "x");
    harness.hear(first);
    harness.tell(first, "BOGUS\n\n\0");
    harness.tell(second, "SUBSCRIBE\nid:1\ndestination:/queue/a\n\n\0");
    assert_eq!(bodies(&harness.hear(second)), ["x"]);
}

#[test]
fn a_wrong_login_is_refused_and_a_right_one_is_not() {
    let config =
        BrokerConfig { user: Some("u".into()), password: Some(Secret::new("p")), ..BrokerConfig::default() };
    for (login, right) in [
        ("login:u\npasscode:p\n", true),
        ("login:u\npasscode:q\n", false),
        ("login:v\npasscode:p\n", false),
        ("", false),
    ] {
        let mut harness = Harness::with(config.clone());
        let peer = harness.connect();
        let got = harness.ask(peer, &format!("CONNECT\naccept-version:1.2\nhost:/\n{login}\n\0"));
        assert_eq!(got.starts_with("CONNECTED\n"), right, "{got}");
        assert_eq!(got.starts_with("ERROR\nmessage:login refused\n"), !right, "{got}");
    }
}
