//! `depth` and `queues`: how many messages wait, where the broker tells.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use serde_json::Value;

use crate::client::{ClientError, ClientOptions, Event};
use crate::command::connection::connect;
use crate::command::exit::{self, Problem};
use crate::command::signals::Signals;
use crate::protocol::{Frame, Verb};
use crate::render::escape::{Lines, escape_text};
use crate::render::stdout;
use crate::session::Subscribe;

/// How long to wait for one more answer.
const QUIET: Duration = Duration::from_millis(500);

/// The name that stands for all queues.
const ALL: &str = ">";

/// Says how many messages wait in a queue, where the broker tells
///
/// ActiveMQ's statistics plugin and the embedded broker do; STOMP itself has no word for it.
#[derive(Args, Debug, Clone, Default)]
pub struct Depth {
    /// The queue
    #[arg(value_name = "DEST")]
    pub destination: String,
}

/// Lists the queues, where the broker tells
///
/// The messages that wait, the subscribers, the name. ActiveMQ's statistics plugin and the embedded broker tell.
#[derive(Args, Debug, Clone, Default)]
pub struct Queues {}

/// A queue's figures, as a broker tells them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Figures {
    name: String,
    size: u64,
    consumers: u64,
}

impl Depth {
    /// Asks, on a connection of its own.
    pub async fn run(&self, options: ClientOptions, signals: &mut Signals) -> Result<u8> {
        let queue = self.destination.strip_prefix("/queue/").unwrap_or(&self.destination);
        let figures = tokio::select! {
            figures = ask(options, queue) => figures?,
            code = signals.first() => return Ok(code),
        };
        let Some(one) = figures.first() else {
            let message = "the broker did not answer; is its statistics plugin on, and the queue there?";
            return Err(Problem::TimedOut(message.to_owned()).into());
        };
        stdout::write(format!("{}\n", one.size).as_bytes())?;
        Ok(exit::OK)
    }
}

impl Queues {
    /// Asks, on a connection of its own.
    pub async fn run(&self, options: ClientOptions, signals: &mut Signals) -> Result<u8> {
        let mut figures = tokio::select! {
            figures = ask(options, ALL) => figures?,
            code = signals.first() => return Ok(code),
        };
        figures.sort_by(|one, other| one.name.cmp(&other.name));
        let mut out = String::new();
        for Figures { name, size, consumers } in &figures {
            let name = escape_text(name, Lines::One);
            out.push_str(&format!("{size:>10} waiting  {consumers:>4} subscribers  {name}\n"));
        }
        stdout::write(out.as_bytes())?;
        Ok(exit::OK)
    }
}

/// Asks for the figures of a queue, or of all.
async fn ask(options: ClientOptions, queue: &str) -> Result<Vec<Figures>> {
    let (client, mut events) = connect(options).await?;
    let dialect = client.status().await?.dialect;
    let Some(statistics) = dialect.statistics else {
        let name = if dialect.name == "unknown" { "this broker" } else { dialect.name };
        let hint = "its own management interface does; 'peek' or 'sub' count what comes";
        let message = format!("{name} does not tell over STOMP what is in its queues");
        return Err(Problem::usage_hint(message, hint).into());
    };
    let reply = "/temp-queue/figures";
    client.subscribe(Subscribe { destination: reply.to_owned(), ..Subscribe::default() }).await?;
    let ask =
        Frame::new(Verb::Send).with("destination", statistics.replace("{}", queue)).with("reply-to", reply);
    client.send(ask, true, false).await?;
    let mut figures = Vec::new();
    let mut patience = Duration::from_secs(5);
    while let Ok(event) = tokio::time::timeout(patience, events.recv()).await {
        match event {
            Some(Event::Messages { batch, .. }) => {
                for frame in batch.iter().filter(|frame| frame.verb() == Verb::Message) {
                    figures.extend(read(frame.body()));
                }
                if queue != ALL {
                    break;
                }
                patience = QUIET;
            }
            Some(Event::Error(error)) => return Err(Problem::BrokerError(error.line).into()),
            Some(Event::Lost { error, .. }) => return Err(error.into()),
            Some(_) => {}
            None => return Err(ClientError::NotConnected.into()),
        }
    }
    client.disconnect().await?;
    // A broker of this kind makes queues for the asking itself.
    figures.retain(|one| !one.name.contains("ActiveMQ.Statistics") && !one.name.starts_with("/temp-queue/"));
    Ok(figures)
}

/// Reads an answer in JSON, one queue or a list, or in the XML that ActiveMQ makes of a map.
fn read(body: &[u8]) -> Vec<Figures> {
    if let Ok(json) = serde_json::from_slice::<Value>(body) {
        let list = match json {
            Value::Array(list) => list,
            one => vec![one],
        };
        let number = |one: &Value, name: &str| one.get(name).and_then(Value::as_u64).unwrap_or_default();
        let figures = |one: &Value| Figures {
            name: one.get("destinationName").and_then(Value::as_str).unwrap_or_default().to_owned(),
            size: number(one, "size"),
            consumers: number(one, "consumerCount"),
        };
        return list.iter().map(figures).collect();
    }
    let text = String::from_utf8_lossy(body);
    // <string>size</string> <long>5</long>
    let value = |name: &str| {
        let at = text.find(&format!("<string>{name}</string>"))?;
        let behind = &text[at..].split_once("</string>")?.1;
        Some(behind.split_once('>')?.1.split_once('<')?.0.to_owned())
    };
    let number = |name: &str| value(name).and_then(|text| text.parse().ok());
    match (number("size"), value("destinationName")) {
        (Some(size), Some(name)) => {
            let consumers = number("consumerCount").unwrap_or_default();
            vec![Figures { name: name.replacen("queue://", "/queue/", 1), size, consumers }]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_in_json_and_in_xml() {
        let expected = Figures { name: "/queue/a".to_owned(), size: 5, consumers: 1 };
        let json = br#"[{"destinationName":"/queue/a","size":5,"consumerCount":1}]"#;
        assert_eq!(read(json), std::slice::from_ref(&expected));
        let xml = b"<map>\n <entry>\n <string>size</string>\n <long>5</long>\n </entry>\n <entry>\n\
            <string>destinationName</string>\n <string>queue://a</string>\n </entry>\n <entry>\n\
            <string>consumerCount</string>\n <long>1</long>\n </entry></map>";
        assert_eq!(read(xml), [expected]);
        assert_eq!(read(b"hello"), []);
    }
}
