//! Whole transactions, and received messages that are sent on.

use std::sync::Arc;

use super::*;

/// Sends to `/queue/b`, and leaves out what belongs to one delivery.
fn forward(added: &[(&str, &str)]) -> Arc<Forward> {
    let added = added.iter().copied().collect();
    let drops = |name: &[u8]| matches!(name, b"message-id" | b"subscription" | b"ack");
    Arc::new(Forward::new("/queue/b", added, drops))
}

/// What the broker says last, with all messages in it.
fn received(talk: &mut Talk, bytes: &str) -> Received {
    talk.hear(bytes);
    let batch = Arc::new(std::mem::take(&mut talk.batch));
    let messages = (0..).zip(batch.iter()).filter(|(_, frame)| frame.verb() == Verb::Message);
    let frames = messages.map(|(index, _)| index).collect();
    Received { batch, frames, connection: talk.session.connections() }
}

fn transfer(received: Received, added: &[(&str, &str)]) -> MoveTransaction {
    MoveTransaction { name: "t".into(), received: vec![received], forward: forward(added), last: false }
}

/// A subscribed connection and a message with these headers.
fn with_message(version: Version, headers: &str) -> (Talk, Received) {
    let mut talk = Talk::new(version);
    talk.subscribe("/queue/a", AckMode::Client);
    let message =
        format!("MESSAGE\nsubscription:1\nmessage-id:m\nack:a\ndestination:/queue/a\n{headers}\nx^");
    let received = received(&mut talk, &message);
    (talk, received)
}

#[test]
fn a_whole_transaction_is_written_at_once_and_its_commit_waits_for_the_receipt_of_the_last_ack() {
    let mut talk = Talk::new(Version::V1_2);
    talk.subscribe("/queue/a", AckMode::Client);
    let received = received(
        &mut talk,
        "MESSAGE\nsubscription:1\nmessage-id:m1\nack:a\\c1\ncontent-length:3\n\nx^y^\
         RECEIPT\nreceipt-id:99\n\n^\
         MESSAGE\nsubscription:1\nmessage-id:m2\nack:a\\c2\nk:v\n\ntext^",
    );
    let receipt = talk.session.transact(&transfer(received, &[])).unwrap();
    assert_eq!(
        talk.said(),
        "BEGIN\ntransaction:t\n\n^\
         SEND\ndestination:/queue/b\ntransaction:t\nreceipt:2\ncontent-length:3\n\nx^y^\
         SEND\ndestination:/queue/b\ntransaction:t\nreceipt:3\nk:v\n\ntext^\
         ACK\nid:a\\c2\ntransaction:t\nreceipt:4\n\n^"
    );
    assert_eq!(talk.session.transactions(), ["t"]);
    talk.session.expect(receipt, "complete");
    talk.hear("RECEIPT\nreceipt-id:4\n\n^");
    assert_eq!(talk.outcomes(), [("complete", DONE)]);
}

/// The verbs of what a transaction with the last messages of a subscription says, up to its end.
fn last_transaction(server: &str, commit: bool) -> Vec<String> {
    let mut talk =
        Talk::with(&format!("CONNECTED\nversion:1.2\nserver:{server}\n\n\0"), HeartBeat::default());
    talk.subscribe("/queue/a", AckMode::Client);
    let received = received(&mut talk, "MESSAGE\nsubscription:1\nmessage-id:m\nack:a\n\nx^");
    talk.session.transact(&MoveTransaction { last: true, ..transfer(received, &[]) }).unwrap();
    talk.session.end_transaction("t", commit).unwrap();
    assert!(talk.session.subscriptions().is_empty());
    let said = talk.said();
    let name = |frame: &str| {
        let id = frame.lines().find(|line| line.starts_with("id:")).filter(|_| frame.contains("SUBSCRIBE"));
        [frame.lines().next().unwrap_or_default(), id.unwrap_or_default()].concat()
    };
    said.split_terminator('^').map(name).collect()
}

#[test]
fn a_subscription_ends_with_its_last_messages_where_the_broker_would_deliver_others() {
    for end in ["COMMIT", "ABORT"] {
        let commit = end == "COMMIT";
        let committed_last = ["BEGIN", "SEND", "ACK", "UNSUBSCRIBEid:1", end];
        assert_eq!(last_transaction("RabbitMQ/3.10.8", commit), committed_last);
        let shielded = ["BEGIN", "SUBSCRIBEid:t", "SEND", "ACK", end, "UNSUBSCRIBEid:1", "UNSUBSCRIBEid:t"];
        assert_eq!(last_transaction("ActiveMQ/6.1.7", commit), shielded);
    }
}

#[test]
fn acks_of_a_transaction_name_what_their_version_wants() {
    for (version, expected) in [
        (Version::V1_0, "ACK\nmessage-id:m\nsubscription:1\ntransaction:t\nreceipt:3\n\n^"),
        (Version::V1_1, "ACK\nmessage-id:m\nsubscription:1\ntransaction:t\nreceipt:3\n\n^"),
        (Version::V1_2, "ACK\nid:a\ntransaction:t\nreceipt:3\n\n^"),
    ] {
        let (mut talk, received) = with_message(version, "");
        talk.session.transact(&transfer(received, &[])).unwrap();
        let said = talk.said();
        assert!(said.contains(expected), "{said}");
    }
}

/// The headers of the only SEND, without those that are always there.
fn sent(version: Version, headers: &str, added: &[(&str, &str)]) -> Result<String, SessionError> {
    let (mut talk, received) = with_message(version, headers);
    talk.session.transact(&transfer(received, added))?;
    let said = talk.said();
    let send = said.split('^').find_map(|frame| frame.strip_prefix("SEND\ndestination:/queue/b\n")).unwrap();
    let lines: Vec<&str> = send.split("\n\n").next().unwrap().lines().collect();
    Ok(lines
        .into_iter()
        .filter(|line| !matches!(*line, "transaction:t" | "receipt:2"))
        .collect::<Vec<_>>()
        .join("|"))
}

#[test]
fn of_repeated_headers_those_with_the_same_value_are_sent_once() {
    let headers = "k:1\nk:2\nk:1\nother:1\nk:2\n";
    assert_eq!(sent(Version::V1_2, headers, &[]).unwrap(), "k:1|k:2|other:1");
}

#[test]
fn added_headers_replace_all_others_of_their_name() {
    let headers = "k:1\nother:x\nk:2\n";
    assert_eq!(sent(Version::V1_2, headers, &[("k", "3"), ("new", "a:b")]).unwrap(), "k:3|new:a\\cb|other:x");
    // Neither the message nor an added header names another transaction or length.
    assert_eq!(sent(Version::V1_2, "transaction:u\n", &[]).unwrap(), "");
    let added = [("transaction", "u"), ("content-length", "7")];
    assert_eq!(sent(Version::V1_2, "content-length:1\n", &added).unwrap(), "content-length:1");
}

#[test]
fn headers_are_escaped_as_the_version_wants() {
    assert_eq!(sent(Version::V1_2, "a\\cb:c\\nd:e\n", &[]).unwrap(), "a\\cb:c\\nd\\ce");
    assert_eq!(sent(Version::V1_0, " k : a:b \n", &[]).unwrap(), "k:a:b");
    assert_eq!(sent(Version::V1_0, "k:a\\nb\n", &[]).unwrap(), "k:a\\nb");
}

#[test]
fn a_transaction_that_cannot_be_written_leaves_nothing_behind() {
    let (mut talk, received) = with_message(Version::V1_0, "");
    let error = talk.session.transact(&transfer(received.clone(), &[("k", "a\nb")])).unwrap_err();
    assert!(error.to_string().contains("header 'k' holds a line feed"), "{error}");
    assert_eq!((talk.said().as_str(), talk.session.open_receipts()), ("", 0));
    assert!(talk.session.transactions().is_empty());
    talk.session.transact(&transfer(received, &[])).unwrap();
    assert!(talk.said().starts_with("BEGIN\n"));
}

#[test]
fn a_message_that_cannot_be_acked_is_not_sent_on() {
    let mut talk = Talk::new(Version::V1_2);
    talk.subscribe("/queue/a", AckMode::Client);
    let received = received(&mut talk, "MESSAGE\nsubscription:2\nmessage-id:m\nack:a\n\n^");
    let error = talk.session.transact(&transfer(received, &[])).unwrap_err();
    assert_eq!(error, SessionError::NotUnacked { which: "m".into() });
    assert_eq!(talk.said(), "");
}

#[test]
fn a_loss_before_commit_leaves_a_transaction_not_sent_and_after_it_unknown() {
    // The socket took all but COMMIT, or one byte of that as well.
    for (begun, expected) in [(0, Failure::NotSent { reason: "gone".into() }), (1, Failure::unknown("gone"))]
    {
        let (mut talk, received) = with_message(Version::V1_2, "");
        talk.session.transact(&transfer(received, &[])).unwrap();
        talk.hear("RECEIPT\nreceipt-id:3\n\n^");
        let receipt = talk.session.end_transaction("t", true).unwrap();
        talk.session.expect(receipt, "moved");
        let commit = "COMMIT\ntransaction:t\nreceipt:4\n\n^".len();
        talk.session.note_written(talk.session.outbox.len() - commit + begun, talk.now);
        talk.session.lost("gone");
        assert_eq!(failure(&mut talk), expected);
    }
}

#[test]
fn an_error_fails_a_transaction() {
    let (mut talk, received) = with_message(Version::V1_2, "");
    let receipt = talk.session.transact(&transfer(received, &[])).unwrap();
    talk.session.expect(receipt, "moved");
    talk.said();
    talk.hear("ERROR\nmessage:no such queue\n\n^");
    assert_eq!(talk.outcomes(), [("moved", Err(refused("no such queue")))]);
}

#[test]
fn a_large_message_is_sent_in_pieces_inside_its_transaction() {
    for (length, line) in [(Some(4), "content-length:4\n"), (None, "")] {
        let (mut talk, received) = with_message(Version::V1_2, "k:v\n");
        let transaction = transfer(received, &[]);
        talk.session.transact_head(&transaction, length).unwrap();
        assert_eq!(talk.session.transactions(), ["t"]);
        talk.session.send_piece(b"ab");
        talk.session.send_piece(b"cd");
        talk.session.send_end();
        talk.session.ack_in(&transaction).unwrap();
        let expected = format!(
            "BEGIN\ntransaction:t\n\n^\
             SEND\ndestination:/queue/b\ntransaction:t\nreceipt:2\nk:v\n{line}\nabcd^\
             ACK\nid:a\ntransaction:t\nreceipt:3\n\n^"
        );
        assert_eq!(talk.said(), expected);
    }
}

#[test]
fn a_bulk_sends_received_messages_on_and_keeps_them_for_another_connection() {
    let (mut talk, received) = with_message(Version::V1_2, "k:v\nreceipt:theirs\n");
    talk.session.begin_bulk(Bulk::new(SendHead::default(), Confirm::All, 10, true)).unwrap();
    talk.session.push_bulk(Chunk::Received(received, forward(&[])), true);
    talk.session.pump(1 << 10);
    assert_eq!(talk.said(), "SEND\ndestination:/queue/b\nk:v\nreceipt:2\n\nx^");
    talk.session.lost("gone");
    talk.connect("CONNECTED\nversion:1.1\n\n\0", HeartBeat::default()).unwrap();
    talk.said();
    talk.session.pump(1 << 10);
    assert_eq!(talk.said(), "SEND\ndestination:/queue/b\nk:v\nreceipt:3\n\nx^");
    talk.hear("RECEIPT\nreceipt-id:3\n\n^");
    let report = talk.session.finish_bulk().unwrap();
    assert_eq!((report.confirmed, report.resent, report.perhaps_twice), (1, 1, 1));
}
