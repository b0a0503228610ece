//! BEGIN, COMMIT and ABORT.

use stomp_shell::session::{AckMode, AckTarget};

use crate::brokers::Need;
use crate::case;
use crate::harness::Case;
use crate::on::On;

pub fn cases() -> Vec<Case> {
    let sends = [Need::Transactions];
    let acks = [Need::Transactions, Need::AckInTransaction, Need::Queues, Need::Acks];
    vec![
        case!(async what_is_sent_in_a_transaction_comes_at_commit).needs(&sends).in_each_version(),
        case!(async what_is_sent_in_an_aborted_transaction_never_comes).needs(&sends).in_each_version(),
        case!(async transactions_of_two_names_are_open_side_by_side).needs(&sends),
        case!(async a_lost_connection_aborts).needs(&sends),
        case!(async an_ack_counts_at_commit).needs(&acks).in_each_version(),
        case!(async an_aborted_ack_has_not_happened).needs(&acks).in_each_version(),
        case!(the_program_sends_in_a_transaction).needs(&sends).needs(&[Need::Queues]).in_each_version(),
    ]
}

async fn what_is_sent_in_a_transaction_comes_at_commit(on: &On) {
    let queue = on.queue();
    let mut talk = on.client().await;
    talk.subscribe_auto(&queue.name).await;
    talk.client.begin("t").await.unwrap();
    talk.send_in("t", queue.message("inside 1")).await;
    talk.send_in("t", queue.message("inside 2")).await;
    talk.send(queue.message("outside")).await;
    // The one outside comes first: those inside wait.
    assert_eq!(talk.bodies(1).await, ["outside"]);
    talk.client.commit("t").await.unwrap();
    assert_eq!(on.in_order(talk.bodies(2).await), ["inside 1", "inside 2"]);
    assert!(talk.client.status().await.unwrap().transactions.is_empty());
    talk.leave().await;
}

async fn what_is_sent_in_an_aborted_transaction_never_comes(on: &On) {
    let queue = on.queue();
    let mut talk = on.client().await;
    talk.subscribe_auto(&queue.name).await;
    talk.client.begin("t").await.unwrap();
    talk.send_in("t", queue.message("inside")).await;
    talk.client.abort("t").await.unwrap();
    // The name is free again.
    talk.client.begin("t").await.unwrap();
    talk.send_in("t", queue.message("second")).await;
    talk.client.commit("t").await.unwrap();
    assert_eq!(talk.bodies(1).await, ["second"]);
    talk.leave().await;
}

async fn transactions_of_two_names_are_open_side_by_side(on: &On) {
    let queue = on.queue();
    let mut talk = on.client().await;
    talk.subscribe_auto(&queue.name).await;
    for name in ["one", "two"] {
        talk.client.begin(name).await.unwrap();
        talk.send_in(name, queue.message(name)).await;
    }
    assert_eq!(talk.client.status().await.unwrap().transactions, ["one", "two"]);
    talk.client.commit("two").await.unwrap();
    assert_eq!(talk.bodies(1).await, ["two"]);
    talk.client.commit("one").await.unwrap();
    assert_eq!(talk.bodies(1).await, ["one"]);
    talk.leave().await;
}

async fn a_lost_connection_aborts(on: &On) {
    let queue = on.queue();
    let lost = on.client().await;
    lost.client.begin("t").await.unwrap();
    lost.send_in("t", queue.message("lost")).await;
    lost.leave().await;
    let mut talk = on.client().await;
    talk.subscribe_auto(&queue.name).await;
    talk.send(queue.message("kept")).await;
    assert_eq!(talk.bodies(1).await, ["kept"]);
    talk.leave().await;
}

async fn an_ack_counts_at_commit(on: &On) {
    let queue = on.queue();
    let mut talk = on.client().await;
    talk.send(queue.message("acked")).await;
    talk.subscribe(&queue.name, AckMode::Client).await;
    talk.message().await;
    talk.client.begin("t").await.unwrap();
    talk.client.settle(AckTarget::Newest, false, Some("t".to_owned())).await.unwrap();
    talk.client.commit("t").await.unwrap();
    talk.leave().await;
    queue.settles_at(0).await;
}

async fn an_aborted_ack_has_not_happened(on: &On) {
    let queue = on.queue();
    let mut talk = on.client().await;
    talk.send(queue.message("kept")).await;
    talk.subscribe(&queue.name, AckMode::Client).await;
    talk.message().await;
    talk.client.begin("t").await.unwrap();
    talk.client.settle(AckTarget::Newest, false, Some("t".to_owned())).await.unwrap();
    talk.client.abort("t").await.unwrap();
    talk.leave().await;
    queue.settles_at(1).await;
    let rest = queue.rest().await;
    assert_eq!(rest.iter().map(|message| &message.body[..]).collect::<Vec<_>>(), [b"kept"]);
}

fn the_program_sends_in_a_transaction(on: &On) {
    let queue = on.queue();
    on.stomp(["send", &queue.name, "--tx", "t", "-l"]).input("one\ntwo\nthree").run().done("");
    // RabbitMQ publishes at COMMIT and gives the receipt before the queue has them: another connection's
    // message may come first.
    on.block_on(queue.settles_at(3));
    on.stomp(["send", &queue.name, "--tx", "t", "four"]).run().done("");
    let sub = on.stomp(["sub", &queue.name, "-c", "4"]).run().code(0).stderr("");
    let came = String::from_utf8(sub.stdout).unwrap();
    let came: Vec<_> = came.lines().map(str::to_owned).collect();
    assert_eq!(on.in_order(came), on.in_order(["one", "two", "three", "four"].map(str::to_owned).into()));
}
