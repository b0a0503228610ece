//! `stomp move` and `stomp reply`: from one queue to another.

use crate::brokers::Need;
use crate::case;
use crate::harness::Case;
use crate::on::{On, lines};

pub fn cases() -> Vec<Case> {
    vec![
        case!(a_queue_longer_than_a_read_moves).needs(&[
            Need::Queues,
            Need::Several,
            Need::Acks,
            Need::Individual,
        ]),
        case!(async a_text_that_is_moved_stays_a_text).needs(&[
            Need::Queues,
            Need::Several,
            Need::Individual,
            Need::ContentLength,
        ]),
        case!(a_queue_full_of_requests_is_answered).needs(&[
            Need::Queues,
            Need::Several,
            Need::Acks,
            Need::Individual,
        ]),
    ]
}

fn a_queue_longer_than_a_read_moves(on: &On) {
    const COUNT: u32 = 3_000;
    let (from, to) = (on.queue(), on.queue());
    let all = lines(1..=COUNT, |number| format!("{number:02000}"));
    on.stomp(["send", "-l", &from.name]).input(&all).run().done("");
    let moved = on.stomp(["move", &from.name, &to.name]).run().code(0).stdout("");
    moved.stderr(&format!("moved {COUNT} messages from {} to {}\n", from.name, to.name));
    on.stomp(["sub", &to.name, "-c", &COUNT.to_string()]).run().done(&all);
    assert_eq!(on.block_on(from.rest()).len(), 0);
}

async fn a_text_that_is_moved_stays_a_text(on: &On) {
    let (from, to) = (on.queue(), on.queue());
    let mut talk = on.client().await;
    talk.client.send(from.message("text"), true, true).await.unwrap();
    talk.send(from.message("bytes")).await;
    let call = on.stomp(["-q", "move", &from.name, &to.name, "-c", "2"]);
    tokio::task::spawn_blocking(|| call.run().done("")).await.unwrap();
    talk.subscribe_auto(&to.name).await;
    for (body, length) in [(&b"text"[..], None), (b"bytes", Some(&b"5"[..]))] {
        let message = talk.message().await;
        assert_eq!((&message.body[..], message.header("content-length")), (body, length));
    }
    talk.leave().await;
}

fn a_queue_full_of_requests_is_answered(on: &On) {
    let (requests, answers) = (on.queue(), on.queue());
    let all = lines(1..=100, |number| format!("{number:020000}"));
    on.stomp(["send", "-l", &requests.name, "--reply-to", &answers.name]).input(&all).run().done("");
    on.stomp(["reply", &requests.name, "-c", "100", "--echo"]).run().done("");
    on.stomp(["sub", &answers.name, "-c", "100"]).run().done(&all);
    assert_eq!(on.block_on(requests.rest()).len(), 0);
}
