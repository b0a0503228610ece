//! Ack modes, ACK and NACK.

use stomp_shell::client::ClientError;
use stomp_shell::protocol::{Frame, Version};
use stomp_shell::session::dialect::NackEffect;
use stomp_shell::session::{AckMode, AckTarget, SessionError};

use crate::brokers::Need;
use crate::case;
use crate::harness::Case;
use crate::on::{Destination, On};
use crate::talk::Talk;

pub fn cases() -> Vec<Case> {
    vec![
        case!(async a_subscription_is_acked_and_ended_with_receipts)
            .needs(&[Need::Receipts])
            .in_each_version(),
        case!(async in_auto_mode_nothing_is_to_be_acked).needs(&[Need::Queues]).in_each_version(),
        case!(async an_ack_in_client_mode_settles_all_before_it)
            .needs(&[Need::Queues, Need::Acks, Need::Order])
            .in_each_version(),
        case!(async an_ack_in_client_individual_mode_settles_one)
            .needs(&[Need::Queues, Need::Acks, Need::Individual, Need::Order])
            .in_each_version()
            .since(Version::V1_1),
        case!(async what_nobody_acked_comes_again_marked_redelivered)
            .needs(&[Need::Queues, Need::Acks, Need::Order])
            .in_each_version(),
        case!(async a_nack_does_what_this_broker_makes_of_it)
            .needs(&[Need::Queues, Need::Nack])
            .in_each_version()
            .since(Version::V1_1),
        case!(async there_is_no_nack_in_1_0).needs(&[Need::Queues, Need::Acks]),
        case!(async the_client_itself_refuses_a_second_subscription_of_the_same_id)
            .needs(&[Need::Several, Need::Receipts]),
    ]
}

/// Sends bodies 1 to `count`, subscribes, and has them all arrive.
async fn with_messages(on: &On, queue: &Destination<'_>, count: usize, ack: AckMode) -> Talk {
    let mut talk = on.client().await;
    for number in 1..=count {
        talk.send(queue.message(number.to_string())).await;
    }
    talk.subscribe(&queue.name, ack).await;
    let expected: Vec<String> = (1..=count).map(|number| number.to_string()).collect();
    assert_eq!(talk.bodies(count).await, expected);
    talk
}

async fn rest(queue: &Destination<'_>) -> Vec<String> {
    queue.rest().await.iter().map(|message| String::from_utf8_lossy(&message.body).into_owned()).collect()
}

async fn a_subscription_is_acked_and_ended_with_receipts(on: &On) {
    let queue = on.queue();
    let mut talk = on.client().await;
    let id = talk.subscribe(&queue.name, AckMode::Client).await;
    talk.send(queue.message("hello")).await;
    assert_eq!(talk.bodies(1).await, ["hello"]);
    assert_eq!(talk.ack(AckTarget::Newest).await.messages, 1);
    assert_eq!(talk.client.unsubscribe(&id, false).await.unwrap(), id);
    talk.leave().await;
}

async fn in_auto_mode_nothing_is_to_be_acked(on: &On) {
    let queue = on.queue();
    let talk = with_messages(on, &queue, 3, AckMode::Auto).await;
    let error = talk.client.settle(AckTarget::Newest, false, None).await.unwrap_err();
    assert!(matches!(error, ClientError::Session(SessionError::NothingUnacked)), "{error}");
    talk.leave().await;
    assert_eq!(rest(&queue).await, [""; 0]);
}

async fn an_ack_in_client_mode_settles_all_before_it(on: &On) {
    let queue = on.queue();
    let talk = with_messages(on, &queue, 5, AckMode::Client).await;
    if on.spoken() == Version::V1_0 {
        // 1.0 does not say whether it is cumulative, and brokers differ: each is acked.
        for number in 1..=3 {
            talk.client.settle(AckTarget::Number(number), false, None).await.ok();
        }
    } else {
        let settled = talk.ack(AckTarget::Number(3)).await;
        assert_eq!((settled.messages, settled.cumulative), (3, true));
    }
    talk.leave().await;
    queue.settles_at(2).await;
    assert_eq!(rest(&queue).await, ["4", "5"]);
}

async fn an_ack_in_client_individual_mode_settles_one(on: &On) {
    let queue = on.queue();
    let talk = with_messages(on, &queue, 4, AckMode::ClientIndividual).await;
    for number in [2, 4] {
        let settled = talk.ack(AckTarget::Number(number)).await;
        assert_eq!((settled.messages, settled.cumulative), (1, false));
    }
    talk.leave().await;
    queue.settles_at(2).await;
    assert_eq!(rest(&queue).await, ["1", "3"]);
}

fn is_redelivered(on: &On, message: &Frame) {
    if on.broker.lacks(Need::Redelivered).is_none() {
        assert_eq!(message.header("redelivered"), Some(&b"true"[..]));
    }
}

async fn what_nobody_acked_comes_again_marked_redelivered(on: &On) {
    let queue = on.queue();
    let talk = with_messages(on, &queue, 2, AckMode::Client).await;
    talk.leave().await;
    queue.settles_at(2).await;
    let mut again = on.client().await;
    again.subscribe(&queue.name, AckMode::Client).await;
    for body in ["1", "2"] {
        let message = again.message().await;
        assert_eq!(message.body, body);
        is_redelivered(on, &message);
    }
    again.ack(AckTarget::All).await;
    again.leave().await;
    queue.settles_at(0).await;
}

async fn a_nack_does_what_this_broker_makes_of_it(on: &On) {
    let queue = on.queue();
    let mut talk = with_messages(on, &queue, 1, AckMode::ClientIndividual).await;
    talk.nack(AckTarget::Newest).await.unwrap();
    match on.broker.nacked {
        NackEffect::Requeued => {
            let again = talk.message().await;
            assert_eq!(again.body, "1");
            is_redelivered(on, &again);
            talk.ack(AckTarget::Newest).await;
        }
        NackEffect::Discarded | NackEffect::Acked => {}
        NackEffect::Refused | NackEffect::Unknown => panic!("the table says that it lacks NACK"),
    }
    talk.leave().await;
    queue.settles_at(0).await;
}

async fn there_is_no_nack_in_1_0(on: &On) {
    let queue = on.queue();
    let mut options = on.options();
    options.connect.versions = vec![Version::V1_0];
    let mut talk = Talk::connect(on, options).await;
    talk.subscribe(&queue.name, AckMode::Client).await;
    talk.send(queue.message("1")).await;
    talk.message().await;
    let error = talk.nack(AckTarget::Newest).await.unwrap_err();
    assert_eq!(error.to_string(), "STOMP 1.0 has no NACK");
    // The connection and the message are as they were.
    talk.ack(AckTarget::Newest).await;
    talk.leave().await;
    queue.settles_at(0).await;
}

async fn the_client_itself_refuses_a_second_subscription_of_the_same_id(on: &On) {
    let (first, second) = (on.topic(), on.topic());
    let mut talk = on.client().await;
    let named = |destination: &str| stomp_shell::session::Subscribe {
        destination: destination.to_owned(),
        id: Some("mine".to_owned()),
        ..Default::default()
    };
    talk.client.subscribe(named(&first.name)).await.unwrap();
    let error = talk.client.subscribe(named(&second.name)).await.unwrap_err();
    assert_eq!(error.to_string(), format!("subscription id 'mine' is in use, for {}", first.name));
    // Nothing of it reached the broker, which would have closed the connection or sent all twice.
    talk.send(second.message("nobody")).await;
    talk.send(first.message("somebody")).await;
    assert_eq!(talk.bodies(1).await, ["somebody"]);
    talk.is_calm();
    talk.leave().await;
}
