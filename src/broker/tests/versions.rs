//! What differs by version.

use super::*;

#[test]
fn a_connect_without_accept_version_is_1_0_without_heart_beats() {
    let mut harness = Harness::new();
    let peer = harness.connect();
    let got = harness.ask(peer, "CONNECT\nheart-beat:1000,1000\n\n\0");
    assert!(got.starts_with("CONNECTED\nversion:1.0\nsession:"), "{got}");
    assert_eq!(headers(&got, "heart-beat"), ["0,0"]);
    assert!(got.ends_with("\n\n^\n"), "NUL and LF: {got}");
    assert_eq!(
        harness.router.status(harness.peers[peer.0].key).heart,
        crate::protocol::Negotiated::default()
    );
}

#[test]
fn the_highest_common_version_wins_and_every_connected_tells_heart_beats() {
    for (accept, version, beat) in
        [("1.0,1.1,1.2", "1.2", "500,500"), ("1.1,2.0", "1.1", "500,500"), ("1.0", "1.0", "0,0")]
    {
        let mut harness = Harness::new();
        let peer = harness.connect();
        let got = harness.ask(peer, &format!("STOMP\naccept-version:{accept}\nhost:\n\n\0"));
        assert_eq!((headers(&got, "version"), headers(&got, "heart-beat")), (vec![version], vec![beat]));
    }
}

#[test]
fn no_version_in_common_is_an_error_that_names_ours() {
    let mut harness = Harness::new();
    let peer = harness.connect();
    let got = harness.ask(peer, "CONNECT\naccept-version:2.0,3\nhost:/\n\n\0");
    assert!(got.starts_with("ERROR\nmessage:no version in common\n"), "{got}");
    assert_eq!(headers(&got, "version"), ["1.0,1.1,1.2"]);
    assert!(harness.is_closing(peer));
}

#[test]
fn connect_is_never_unescaped() {
    let config = BrokerConfig {
        user: Some(r"a\cb".into()),
        password: Some(Secret::new(r"x\ny:z")),
        ..BrokerConfig::default()
    };
    let mut harness = Harness::with(config);
    let peer = harness.connect();
    let got = harness.ask(peer, "CONNECT\naccept-version:1.2\nhost:/\nlogin:a\\cb\npasscode:x\\ny:z\n\n\0");
    assert!(got.starts_with("CONNECTED\n"), "{got}");
}

#[test]
fn a_1_0_subscription_needs_no_id_and_a_message_names_only_an_id_that_was_given() {
    let mut harness = Harness::new();
    let peer = harness.login("1.0");
    let got = harness.ask(peer, "SUBSCRIBE\ndestination: /queue/a \nreceipt: 1 \n\n\0");
    assert_eq!(got, "RECEIPT\nreceipt-id:1\n\n^\n");
    let got = harness.ask(peer, "SEND\ndestination:/queue/a\n\none\0\n");
    assert!(headers(&got, "subscription").is_empty() && got.ends_with("\n\none^\n"), "{got}");
    let got = harness.ask(peer, "UNSUBSCRIBE\ndestination:/queue/a\nreceipt:2\n\n\0\n");
    assert_eq!(headers(&got, "receipt-id"), ["2"]);
    harness.tell(peer, "SUBSCRIBE\ndestination:/queue/a\nid:x\n\n\0\n");
    let got = harness.ask(peer, "SEND\ndestination:/queue/a\n\ntwo\0\n");
    assert_eq!(headers(&got, "subscription"), ["x"]);
}

#[test]
fn a_second_unnamed_1_0_subscription_to_a_destination_is_the_first() {
    let mut harness = Harness::new();
    let peer = harness.login("1.0");
    harness.tell(peer, "SUBSCRIBE\ndestination:/topic/a\n\n\0SUBSCRIBE\ndestination:/topic/a\n\n\0");
    let got = harness.ask(peer, "SEND\ndestination:/topic/a\n\nx\0");
    assert_eq!(bodies(&got), ["x"]);
}

#[test]
fn a_subscription_without_id_is_an_error_from_1_1_on() {
    for version in ["1.1", "1.2"] {
        let mut harness = Harness::new();
        let peer = harness.login(version);
        let got = harness.ask(peer, "SUBSCRIBE\ndestination:/queue/a\n\n\0");
        assert!(got.starts_with("ERROR\nmessage:SUBSCRIBE lacks the header 'id'\n"), "{got}");
    }
}

#[test]
fn nack_is_no_verb_of_1_0() {
    let mut harness = Harness::new();
    let peer = harness.login("1.0");
    let got = harness.ask(peer, "NACK\nmessage-id:1\n\n\0");
    assert!(got.starts_with("ERROR\nmessage:NACK is no verb of 1.0\n"), "{got}");
}

#[test]
fn headers_are_escaped_as_each_receiver_s_version_has_it() {
    let mut harness = Harness::new();
    let peers = [harness.login("1.0"), harness.login("1.1"), harness.login("1.2")];
    for peer in peers {
        harness.tell(peer, "SUBSCRIBE\nid:s\ndestination:/topic/a\n\n\0");
        harness.hear(peer);
    }
    harness.tell(peers[2], "SEND\r\ndestination:/topic/a\r\nk\\c1:a\\cb\\\\c\r\nk:\\n\\r\r\n\r\nx\0");
    let heard = peers.map(|peer| harness.hear(peer));
    assert!(heard[0].contains("\nk\\c1:a:b\\c\nk:\\n\\r\n"), "{}", heard[0]);
    assert!(heard[1].contains("\nk\\c1:a\\cb\\\\c\nk:\\n\r\n"), "{}", heard[1]);
    assert!(heard[2].contains("\nk\\c1:a\\cb\\\\c\nk:\\n\\r\n"), "{}", heard[2]);
    // From 1.0, where a backslash is itself and a value may hold a colon.
    harness.tell(peers[0], "SEND\ndestination:/topic/a\n id : a:\\n \n\nx\0");
    let heard = peers.map(|peer| harness.hear(peer));
    assert!(heard[0].contains("\nid:a:\\n\n"), "{}", heard[0]);
    assert!(heard[2].contains("\nid:a\\c\\\\n\n"), "{}", heard[2]);
}

#[test]
fn a_raw_colon_in_a_value_is_relayed_escaped() {
    let mut harness = Harness::new();
    let peer = harness.login("1.2");
    harness.subscribe(peer, "/topic/a", "1", "");
    let got = harness.ask(peer, "SEND\ndestination:/topic/a\ntime:12:30\n\nx\0");
    assert_eq!(headers(&got, "time"), ["12\\c30"]);
}

#[test]
fn repeated_and_empty_headers_reach_1_1_and_1_2_whole_and_1_0_the_first_that_says_something() {
    let mut harness = Harness::new();
    let (old, new) = (harness.login("1.0"), harness.login("1.1"));
    for peer in [old, new] {
        harness.tell(peer, "SUBSCRIBE\nid:s\ndestination:/topic/a\n\n\0");
    }
    harness.tell(new, "SEND\ndestination:/topic/a\nk:1\nk:2\nempty:\n\nx\0");
    let (heard, all) = (harness.hear(old), harness.hear(new));
    assert!(heard.contains("\nk:1\n") && !heard.contains("\nk:2\n"), "{heard}");
    assert!(all.contains("\nempty:\n") && !heard.contains("\nempty:"), "{heard}");
    assert!(all.contains("\nk:1\nk:2\n"), "{all}");
}

#[test]
fn a_carriage_return_is_data_in_1_1() {
    let mut harness = Harness::new();
    let peer = harness.login("1.1");
    let got = harness.ask(peer, "BEGIN\ntransaction:t\nreceipt:1\r\n\n\0");
    assert_eq!(got, "RECEIPT\nreceipt-id:1\r\n\n^");
}

#[test]
fn a_strict_broker_wants_a_host_from_1_1_on_and_connect_in_1_0() {
    for (connect, taken) in [
        ("CONNECT\naccept-version:1.0\n", true),
        ("CONNECT\naccept-version:1.1\n", false),
        ("CONNECT\naccept-version:1.2\n", false),
        ("STOMP\naccept-version:1.2\nhost:/\n", true),
        ("STOMP\naccept-version:1.1\nhost:/\n", true),
        ("STOMP\naccept-version:1.0\nhost:/\n", false),
    ] {
        for strict in [false, true] {
            let mut harness = Harness::with(BrokerConfig { strict, ..BrokerConfig::default() });
            let peer = harness.connect();
            let got = harness.ask(peer, &format!("{connect}\n\0"));
            assert_eq!(got.starts_with("CONNECTED\n"), taken || !strict, "{connect}: {got}");
        }
    }
}

#[test]
fn blanks_around_a_value_count_but_in_1_0() {
    for (version, expected) in [("1.0", "/queue/a|b"), ("1.1", " /queue/a | b "), ("1.2", " /queue/a | b ")] {
        let mut harness = Harness::new();
        let (sender, reader) = (harness.login(version), harness.login("1.2"));
        harness.subscribe(reader, "/queue/a", "1", "");
        harness.subscribe(reader, " /queue/a ", "2", "");
        harness.tell(sender, "SEND\ndestination: /queue/a \nfoo: b \n\nx\0");
        let heard = harness.hear(reader);
        let got = format!("{}|{}", headers(&heard, "destination")[0], headers(&heard, "foo")[0]);
        assert_eq!(got, expected, "{version}");
    }
}

#[test]
fn unsubscribe_goes_by_destination_or_id_in_1_0_and_by_id_later_unless_it_is_plain_what_is_meant() {
    for version in ["1.0", "1.1", "1.2"] {
        for (strict, by) in
            [(false, "id:1"), (true, "id:1"), (false, "destination:/queue/a"), (true, "destination:/queue/a")]
        {
            let mut harness = Harness::with(BrokerConfig { strict, ..BrokerConfig::default() });
            let peer = harness.login(version);
            harness.subscribe(peer, "/queue/a", "1", "");
            let got = harness.ask(peer, &format!("UNSUBSCRIBE\n{by}\nreceipt:2\n\n\0"));
            let taken = version == "1.0" || !strict || by == "id:1";
            assert_eq!(
                got.starts_with("RECEIPT\nreceipt-id:2\n\n^"),
                taken,
                "{version} {by} {strict}: {got}"
            );
            harness.tell(peer, "SEND\ndestination:/queue/a\n\nx\0");
            assert_eq!(bodies(&harness.hear(peer)).len(), 0);
        }
    }
}

#[test]
fn every_message_has_its_id_its_subscription_and_redelivered_in_every_version() {
    for version in ["1.0", "1.1", "1.2"] {
        for mode in ["auto", "client"] {
            let mut harness = Harness::new();
            let peer = harness.login(version);
            harness.subscribe(peer, "/queue/a", "s", &format!("ack:{mode}\n"));
            harness.subscribe(peer, "/topic/a", "t", &format!("ack:{mode}\n"));
            harness.tell(peer, "SEND\ndestination:/queue/a\n\nx\0SEND\ndestination:/topic/a\n\nx\0");
            let heard = harness.hear(peer);
            assert_eq!(headers(&heard, "subscription"), ["s", "t"], "{version}");
            assert_eq!(headers(&heard, "redelivered"), ["false", "false"], "{version}");
            assert_eq!(headers(&heard, "destination"), ["/queue/a", "/topic/a"], "{version}");
            let ids = headers(&heard, "message-id");
            assert!(ids.len() == 2 && ids[0] != ids[1], "{heard}");
            assert!(ids.iter().all(|id| !id.contains([':', '\\'])), "needs no escaping: {heard}");
        }
    }
}

#[test]
fn a_malformed_heart_beat_header_is_an_error_that_says_so() {
    for text in ["often", "1", "-1,5", "1,2,3"] {
        let mut harness = Harness::new();
        let peer = harness.connect();
        let got = harness.ask(peer, &format!("CONNECT\naccept-version:1.2\nhost:/\nheart-beat:{text}\n\n\0"));
        assert!(got.starts_with("ERROR\nmessage:malformed heart-beat header\n"), "{got}");
    }
}
