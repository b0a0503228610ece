//! SUBSCRIBE, UNSUBSCRIBE, ACK and NACK in the words of each version.

use super::*;

/// A MESSAGE with the headers that every version has.
fn message(subscription: &str, number: u32, more: &str) -> String {
    format!("MESSAGE\nsubscription:{subscription}\nmessage-id:m{number}\ndestination:/queue/a\n{more}\n^")
}

fn settle(talk: &mut Talk, which: &AckTarget, nack: bool) -> Result<(u64, bool, String), SessionError> {
    let settled = talk.session.settle(which, nack, None)?;
    let said = talk.said();
    // The receipt's number depends on what came before.
    let said = said.lines().filter(|line| !line.starts_with("receipt:")).collect::<Vec<_>>().join("|");
    Ok((settled.messages, settled.cumulative, said))
}

#[test]
fn subscribe_has_an_id_in_every_version() {
    for version in Version::ALL {
        let mut talk = Talk::new(version);
        let options = Subscribe { destination: "/queue/a".into(), ..Subscribe::default() };
        talk.session.subscribe(options).unwrap();
        assert_eq!(talk.said(), "SUBSCRIBE\nid:1\ndestination:/queue/a\nack:auto\nreceipt:1\n\n^");
    }
}

#[test]
fn unsubscribe_names_the_id_and_in_1_0_the_destination_too() {
    for (version, more) in
        [(Version::V1_0, "destination:/queue/a\n"), (Version::V1_1, ""), (Version::V1_2, "")]
    {
        let mut talk = Talk::new(version);
        let id = talk.subscribe("/queue/a", AckMode::Auto);
        talk.session.unsubscribe("/queue/a", false).unwrap();
        assert_eq!(talk.said(), format!("UNSUBSCRIBE\nid:{id}\n{more}receipt:2\n\n^"));
    }
}

/// Trap 15.
#[test]
fn a_duplicate_subscription_id_is_refused_before_the_wire() {
    let mut talk = Talk::new(Version::V1_2);
    let options = Subscribe { destination: "/queue/a".into(), id: Some("x".into()), ..Subscribe::default() };
    talk.session.subscribe(options.clone()).unwrap();
    talk.said();
    let error =
        talk.session.subscribe(Subscribe { destination: "/queue/b".into(), ..options.clone() }).unwrap_err();
    assert_eq!(error.to_string(), "subscription id 'x' is in use, for /queue/a");
    assert_eq!(talk.said(), "");
    talk.session.unsubscribe("x", false).unwrap();
    assert!(talk.session.subscribe(options).is_ok(), "free again");
}

#[test]
fn an_id_that_the_user_chose_is_not_made_again_by_counting() {
    let mut talk = Talk::new(Version::V1_2);
    let options = Subscribe { destination: "/queue/a".into(), id: Some("1".into()), ..Subscribe::default() };
    talk.session.subscribe(options).unwrap();
    assert_eq!(talk.subscribe("/queue/b", AckMode::Auto), "2");
}

/// Trap 11.
#[test]
fn an_ack_names_what_its_version_wants() {
    let more = "ack:a\\c1\n";
    for (version, expected) in [
        (Version::V1_0, "ACK|message-id:m1|subscription:1||^"),
        (Version::V1_1, "ACK|message-id:m1|subscription:1||^"),
        (Version::V1_2, "ACK|id:a\\c1||^"),
    ] {
        let mut talk = Talk::new(version);
        let id = talk.subscribe("/queue/a", AckMode::Client);
        talk.hear(&message(&id, 1, more));
        assert_eq!(settle(&mut talk, &AckTarget::Newest, false), Ok((1, false, expected.to_owned())));
    }
}

#[test]
fn a_nack_is_no_word_of_1_0_and_the_message_still_waits() {
    let mut talk = Talk::new(Version::V1_0);
    let id = talk.subscribe("/queue/a", AckMode::Client);
    talk.hear(&message(&id, 1, ""));
    let error = settle(&mut talk, &AckTarget::Newest, true).unwrap_err();
    assert_eq!(error.to_string(), "STOMP 1.0 has no NACK");
    assert!(settle(&mut talk, &AckTarget::Newest, false).is_ok());
    for (version, expected) in
        [(Version::V1_1, "NACK|message-id:m1|subscription:1||^"), (Version::V1_2, "NACK|id:a1||^")]
    {
        let mut talk = Talk::new(version);
        let id = talk.subscribe("/queue/a", AckMode::ClientIndividual);
        talk.hear(&message(&id, 1, "ack:a1\n"));
        assert_eq!(settle(&mut talk, &AckTarget::Newest, true).unwrap().2, expected);
    }
}

#[test]
fn client_mode_settles_all_before_it_in_its_subscription_alone() {
    let mut talk = Talk::new(Version::V1_2);
    let (a, b) = (talk.subscribe("/queue/a", AckMode::Client), talk.subscribe("/queue/b", AckMode::Client));
    for number in 1..=3 {
        talk.hear(&message(&a, number, &format!("ack:a{number}\n")));
        talk.hear(&message(&b, number, &format!("ack:b{number}\n")));
    }
    let (messages, cumulative, said) = settle(&mut talk, &AckTarget::Id("a2".into()), false).unwrap();
    assert_eq!((messages, cumulative, &said[..]), (2, true, "ACK|id:a2||^"));
    let left: Vec<_> = talk.session.subscriptions().iter().map(Subscription::unacked).collect();
    assert_eq!(left, [1, 3]);
}

#[test]
fn client_individual_settles_one_message() {
    let mut talk = Talk::new(Version::V1_2);
    let id = talk.subscribe("/queue/a", AckMode::ClientIndividual);
    for number in 1..=3 {
        talk.hear(&message(&id, number, &format!("ack:a{number}\n")));
    }
    assert_eq!(settle(&mut talk, &AckTarget::Number(2), false), Ok((1, false, "ACK|id:a2||^".to_owned())));
    let left: Vec<_> = talk.session.subscriptions()[0].unacked_numbers().collect();
    assert_eq!(left, [1, 3]);
    assert!(settle(&mut talk, &AckTarget::Number(2), false).is_err(), "once");
}

#[test]
fn there_is_nothing_to_settle_in_auto_mode() {
    let mut talk = Talk::new(Version::V1_2);
    let id = talk.subscribe("/queue/a", AckMode::Auto);
    talk.hear(&message(&id, 1, ""));
    assert_eq!(settle(&mut talk, &AckTarget::Newest, false), Err(SessionError::NothingUnacked));
    assert_eq!(talk.said(), "");
}

#[test]
fn a_message_is_settled_by_the_id_that_people_see_and_named_as_it_came() {
    for (version, expected) in [
        (Version::V1_1, "ACK|message-id:ID\\cvm-1\\c2|subscription:1||^"),
        (Version::V1_2, "ACK|id:tag\\c7||^"),
    ] {
        for name in ["ID:vm-1:2", if version == Version::V1_2 { "tag:7" } else { "ID\\cvm-1\\c2" }] {
            let mut talk = Talk::new(version);
            talk.subscribe("/queue/a", AckMode::ClientIndividual);
            talk.hear("MESSAGE\nsubscription:1\nmessage-id:ID\\cvm-1\\c2\nack:tag\\c7\n\n^");
            let said = settle(&mut talk, &AckTarget::Id(name.to_owned()), false).unwrap().2;
            assert_eq!(said, expected, "{name}");
        }
    }
}

#[test]
fn a_message_without_an_ack_header_is_not_acked_in_1_2() {
    let mut talk = Talk::new(Version::V1_2);
    let id = talk.subscribe("/queue/a", AckMode::Client);
    talk.hear(&message(&id, 1, ""));
    assert_eq!(settle(&mut talk, &AckTarget::Newest, false), Err(SessionError::NothingUnacked));
    assert_eq!(talk.said(), "");
}

#[test]
fn a_1_0_message_without_subscription_belongs_to_its_destination() {
    let mut talk = Talk::new(Version::V1_0);
    talk.subscribe("/queue/b", AckMode::Client);
    talk.subscribe("/queue/a", AckMode::Client);
    talk.hear("MESSAGE\nmessage-id:7\ndestination:/queue/a\n\n^");
    let waits: Vec<_> = talk.session.subscriptions().iter().map(Subscription::unacked).collect();
    assert_eq!(waits, [0, 1]);
}

#[test]
fn the_first_of_repeated_subscription_headers_counts() {
    let mut talk = Talk::new(Version::V1_2);
    talk.subscribe("/queue/a", AckMode::Client);
    talk.subscribe("/queue/b", AckMode::Client);
    talk.hear("MESSAGE\nsubscription:2\nsubscription:1\nmessage-id:7\nack:x\n\n^");
    let waits: Vec<_> = talk.session.subscriptions().iter().map(Subscription::unacked).collect();
    assert_eq!(waits, [0, 1]);
}

#[test]
fn what_came_over_an_earlier_connection_cannot_be_acked() {
    let mut talk = Talk::new(Version::V1_2);
    let id = talk.subscribe("/queue/a", AckMode::Client);
    talk.hear(&message(&id, 1, "ack:a1\n"));
    talk.session.lost("gone");
    talk.connect("CONNECTED\nversion:1.2\n\n\0", HeartBeat::default()).unwrap();
    talk.said();
    let error = settle(&mut talk, &AckTarget::Number(1), false).unwrap_err();
    assert!(error.to_string().contains("came over an earlier connection"), "{error}");
    assert_eq!(talk.said(), "");
}

#[test]
fn no_ack_follows_an_unsubscribe() {
    let mut talk = Talk::new(Version::V1_2);
    let id = talk.subscribe("/queue/a", AckMode::Client);
    talk.hear(&message(&id, 1, "ack:a1\n"));
    talk.session.unsubscribe(&id, false).unwrap();
    talk.said();
    let batch = std::mem::take(&mut talk.batch);
    talk.session.ack_frames(&batch, &[0], true, false).unwrap();
    talk.session.settle_token(&id, b"a1", false).unwrap();
    assert!(settle(&mut talk, &AckTarget::Newest, false).is_err());
    assert_eq!(talk.said(), "");
}

#[test]
fn an_ack_that_cannot_be_written_leaves_the_wire_and_the_message_alone() {
    let mut talk = Talk::new(Version::V1_0);
    let id = talk.subscribe("/queue/a", AckMode::Client);
    talk.hear(&message(&id, 1, ""));
    assert!(talk.session.settle(&AckTarget::Newest, false, Some("a\nb")).is_err());
    assert_eq!((talk.said(), talk.session.open_receipts()), (String::new(), 0));
    assert!(settle(&mut talk, &AckTarget::Newest, false).is_ok());
}

#[test]
fn what_was_settled_in_an_aborted_transaction_is_unacked_again() {
    for (mode, settled) in [(AckMode::Client, 2), (AckMode::ClientIndividual, 1)] {
        for commit in [false, true] {
            let mut talk = Talk::new(Version::V1_2);
            talk.subscribe("/queue/a", mode);
            for id in ["a", "b", "c"] {
                talk.hear(&format!("MESSAGE\nsubscription:1\nmessage-id:{id}\nack:{id}\n\nx^"));
            }
            talk.session.begin("t").unwrap();
            let acked = talk.session.settle(&AckTarget::Id("b".to_owned()), false, Some("t")).unwrap();
            assert_eq!(acked.messages, settled);
            talk.said();
            talk.session.end_transaction("t", commit).unwrap();
            let unacked: Vec<u64> = talk.session.subscriptions()[0].unacked_numbers().collect();
            let left: &[u64] = match (commit, mode) {
                (false, _) => &[1, 2, 3],
                (true, AckMode::Client) => &[3],
                (true, _) => &[1, 3],
            };
            assert_eq!(unacked, left);
            talk.said();
            // 'all' settles them, in their order.
            let all = talk.session.settle(&AckTarget::All, false, None).unwrap();
            assert_eq!(all.messages, left.len() as u64);
        }
    }
}

#[test]
fn a_broker_that_acks_at_once_brings_nothing_back() {
    let connected = "CONNECTED\nversion:1.2\nserver:ActiveMQ-Artemis/2.40.0\n\n\0";
    let mut talk = Talk::with(connected, HeartBeat::default());
    talk.subscribe("/queue/a", AckMode::ClientIndividual);
    talk.hear("MESSAGE\nsubscription:1\nmessage-id:a\nack:a\n\nx^");
    talk.session.begin("t").unwrap();
    talk.session.settle(&AckTarget::Newest, false, Some("t")).unwrap();
    talk.session.end_transaction("t", false).unwrap();
    assert_eq!(talk.session.subscriptions()[0].unacked(), 0);
}
