//! How deep a queue is: asked of the broker's own management, since STOMP cannot tell.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use stomp_shell::protocol::{Frame, Verb};
use stomp_shell::session::Subscribe;

use crate::brokers::Need;
use crate::harness;
use crate::on::On;
use crate::talk::Talk;

/// The time between two questions.
pub const PAUSE: Duration = Duration::from_millis(20);

/// How a queue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that are given out and not acked.
    pub unsettled: u64,
}

/// The figures of a queue; `None`: the table says that this broker does not tell.
pub async fn of(on: &On, queue: &str) -> Option<Figures> {
    if on.broker.lacks(Need::Figures).is_some() {
        return None;
    }
    Some(match on.broker.name {
        "embedded" => of_embedded(queue),
        _ if are_of_rabbitmq(on) => of_rabbitmq(queue),
        "activemq" | "activemq6" => of_activemq(on, queue).await,
        name => panic!("nobody knows how to ask {name} how deep a queue is"),
    })
}

/// Deletes a queue, where that is more than letting go of an empty name.
pub fn delete(on: &On, queue: &str) {
    if let (true, Some(name)) = (are_of_rabbitmq(on), queue.strip_prefix("/queue/")) {
        http("DELETE", &format!("/api/queues/%2F/{name}"));
    }
}

/// Whether the queues are RabbitMQ's, which has the same management behind the relay.
pub fn are_of_rabbitmq(on: &On) -> bool {
    matches!(on.broker.name, "rabbitmq" | "spring-relay")
}

fn of_embedded(queue: &str) -> Figures {
    let queues = harness::embedded().queues();
    let found = queues.iter().find(|figures| figures.destination == queue);
    found.map_or(Figures { waiting: 0, unsettled: 0 }, |figures| Figures {
        waiting: figures.waiting as u64,
        unsettled: figures.unsettled as u64,
    })
}

fn of_rabbitmq(queue: &str) -> Figures {
    // Asked in this way it looks at the queues themselves, and not at figures of five seconds ago.
    let text = http("GET", "/api/queues?disable_stats=true&enable_queue_totals=true");
    let queues: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut queues = queues.as_array().unwrap().iter();
    let name = queue.strip_prefix("/queue/").unwrap();
    let found = queues.find(|figures| figures["name"] == name);
    let figure = |name: &str| found.and_then(|figures| figures[name].as_u64()).unwrap_or_default();
    Figures { waiting: figure("messages_ready"), unsettled: figure("messages_unacknowledged") }
}

/// Asks RabbitMQ's management; returns the body of the answer.
pub fn http(method: &str, path: &str) -> String {
    let variable = std::env::var("STOMP_TEST_RABBITMQ_MANAGEMENT");
    let url = variable.expect("STOMP_TEST_RABBITMQ_MANAGEMENT goes with STOMP_TEST_RABBITMQ");
    let authority = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(authority).unwrap();
    // guest:guest, the login of a stock RabbitMQ.
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: {authority}\r\nAuthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
}

/// ActiveMQ's statistics plugin answers a message.
async fn of_activemq(on: &On, queue: &str) -> Figures {
    let mut talk = Talk::connect(on, on.options()).await;
    let replies = format!("/queue/test-replies-{}", uuid::Uuid::new_v4());
    let subscribe = Subscribe {
        destination: replies.clone(),
        headers: [("transformation", "jms-map-json")].into(),
        ..Subscribe::default()
    };
    talk.client.subscribe(subscribe).await.unwrap();
    let name = queue.strip_prefix("/queue/").unwrap();
    let question = Frame::new(Verb::Send)
        .with("destination", format!("/queue/ActiveMQ.Statistics.Destination.{name}"))
        .with("reply-to", replies);
    // While it settles messages, a figure of it may be below zero for a moment.
    let figures = loop {
        talk.send(question.clone()).await;
        if let Some(figures) = read(&talk.message().await.body) {
            break figures;
        }
        tokio::time::sleep(PAUSE).await;
    };
    talk.leave().await;
    figures
}

/// Reads an answer of ActiveMQ's; `None` where a figure cannot be.
fn read(answer: &[u8]) -> Option<Figures> {
    let answer: serde_json::Value = serde_json::from_slice(answer).unwrap();
    let entries = answer["map"]["entry"].as_array().unwrap();
    let figure = |name: &str| {
        let entry = entries.iter().find(|entry| entry["string"] == name).unwrap();
        u64::try_from(entry["long"].as_i64().unwrap()).ok()
    };
    let unsettled = figure("inflightCount")?;
    Some(Figures { waiting: figure("size")?.checked_sub(unsettled)?, unsettled })
}
