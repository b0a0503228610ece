//! `depth` and `queues`: how many messages wait, where the broker tells.

use std::io::Read as _;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::client::large::Assembler;
use crate::client::{Client, ClientOptions, Events, Messages};
use crate::command::connection_options::connect;
use crate::command::context::{Command, Context, ControlFlow};
use crate::command::exit::{self, Problem};
use crate::command::facts::{Example, Facts, Group};
use crate::command::management::{Figures, Management, count};
use crate::command::own_connection::require_queue;
use crate::command::tree::Input;
use crate::protocol::{Frame, Part, Verb};
use crate::render::escape::{Lines, escape_text};
use crate::session::Subscribe;
use crate::transport::http::HttpUrl;

#[derive(Debug, Clone, Copy)]
struct Patience {
    first: Duration,
    more: Duration,
    all: Duration,
}

const CALM: Patience = Patience {
    first: Duration::from_secs(5),
    more: Duration::from_millis(500),
    all: Duration::from_secs(3_600),
};

/// The name that stands for all queues.
const ALL: &str = ">";

/// Says how many messages wait in a queue, where the broker tells
///
/// The embedded broker does, and ActiveMQ where its statistics plugin is on. RabbitMQ is asked by its management, at
/// port 15672 of the same host or where --management says, with the login of the connection. STOMP itself has no word
/// for it.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Depth {
    /// The queue
    #[arg(value_name = "DEST")]
    pub destination: String,
}

/// Lists the queues, where the broker tells
///
/// The messages that wait, the subscribers, the name. The embedded broker tells, and ActiveMQ where its statistics
/// plugin is on. RabbitMQ is asked by its management, at port 15672 of the same host or where --management says, with
/// the login of the connection.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Queues {}

impl Command for Depth {
    const FACTS: Facts = Facts::new("depth", Group::Queues).row("queues, depth DEST", "what there is; how many messages wait").without_connection().examples(&[Example::shown(
        "# how many messages wait\ndepth /queue/orders\n# every two seconds\nwatch 2 depth /queue/orders\n",
    )]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let (options, args) = context.own_options().await?;
        let figures = ask(options, Some(&self.destination), args.management.as_ref(), CALM).await?;
        let Some(one) = figures.first() else {
            let reason = format!("the broker knows no queue '{}'", self.destination);
            return Err(Problem::Sending { reason, code: exit::FAILED }.into());
        };
        let Some(size) = one.size else {
            let reason = format!("the broker does not say how many messages wait in '{}'", self.destination);
            return Err(Problem::Sending { reason, code: exit::FAILED }.into());
        };
        context.out(format!("{size}\n").as_bytes())?;
        Ok(ControlFlow::Continue)
    }
}

impl Command for Queues {
    const FACTS: Facts = Facts::new("queues", Group::Queues).without_connection();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let (options, args) = context.own_options().await?;
        let mut figures = ask(options, None, args.management.as_ref(), CALM).await?;
        figures.sort_by(|one, other| one.name.cmp(&other.name));
        let destination = |queue: &Figures| {
            if queue.name.starts_with('/') { queue.name.clone() } else { format!("/queue/{}", queue.name) }
        };
        context.listed = figures.iter().map(destination).collect();
        let mut out = String::new();
        for Figures { name, size, consumers } in &figures {
            let name = escape_text(name, Lines::One);
            let plural = if *consumers == Some(1) { " " } else { "s" };
            let shown = |count: Option<u64>| count.map_or("?".to_owned(), |count| count.to_string());
            let (size, consumers) = (shown(*size), shown(*consumers));
            out.push_str(&format!("{size:>10} waiting  {consumers:>4} subscriber{plural}  {name}\n"));
        }
        context.out(out.as_bytes())?;
        if figures.is_empty() && !context.run_options.quiet {
            context.screen.say("there are no queues");
        }
        Ok(ControlFlow::Continue)
    }
}

/// The names of the queues, as far as the broker tells them in this time, the connection counted; none where it
/// does not tell.
pub(crate) async fn names(
    options: ClientOptions,
    management: Option<&HttpUrl>,
    within: Duration,
) -> Vec<String> {
    let patience = Patience { first: within, more: within / 8, all: within * 4 / 5 };
    // A broker that answers nothing at all must not keep anybody either.
    let asked = tokio::time::timeout(within, ask(options, None, management, patience)).await;
    let figures = asked.ok().and_then(Result::ok).unwrap_or_default();
    let mut names: Vec<String> = figures.into_iter().map(|one| one.name).collect();
    names.sort();
    names
}

/// Asks for the figures of a queue, or of all.
async fn ask(
    options: ClientOptions,
    queue: Option<&str>,
    management: Option<&HttpUrl>,
    wait: Patience,
) -> Result<Vec<Figures>> {
    let until = Instant::now() + wait.all;
    let (client, events) = connect(options.clone()).await?;
    let status = client.status().await?;
    let dialect = status.dialect;
    if let Some(queue) = queue {
        require_queue(dialect, queue)?;
    }
    let answer = if let Some(statistics) = dialect.statistics {
        ask_statistics(&client, events, statistics, queue, (wait, until)).await
    } else if dialect.has_management {
        let management = Management::of(options, &status, management)?;
        match queue {
            Some(queue) => management.queue(queue).await.map(|found| found.into_iter().collect()),
            None => management.queues().await,
        }
    } else {
        let hint = "its own management interface does; 'peek' or 'sub' count what comes";
        let message = format!("{} does not tell over STOMP what is in its queues", dialect.display_name());
        return Err(Problem::usage_hint(message, hint).into());
    };
    // What it answers to DISCONNECT does not matter here.
    let _ = timeout_at(until, client.disconnect()).await;
    answer
}

/// Asks by a message that is answered by messages.
async fn ask_statistics(
    client: &Client,
    events: Events,
    statistics: &str,
    queue: Option<&str>,
    (wait, until): (Patience, Instant),
) -> Result<Vec<Figures>> {
    let wanted = queue.map_or(ALL, |queue| queue.strip_prefix("/queue/").unwrap_or(queue));
    let reply = "/temp-queue/figures";
    client.subscribe(Subscribe { destination: reply.to_owned(), ..Subscribe::default() }).await?;
    let ask =
        Frame::new(Verb::Send).with("destination", statistics.replace("{}", wanted)).with("reply-to", reply);
    client.send(ask, true, false).await?;
    let mut figures = Vec::new();
    let mut patience = wait.first;
    let mut messages = Messages::new(events);
    // A list of many thousand queues is a message above 1 MiB, which comes in parts.
    let (mut answered, mut unfinished) = (false, false);
    let mut assembler = Assembler::default();
    while let Ok(answer) = timeout_at(until.min(Instant::now() + patience), messages.next()).await {
        let answer = answer?;
        for (_, frame) in answer.messages() {
            if frame.part() == Part::Whole {
                figures.extend(read(frame.body())?);
                answered = true;
            } else if let Some(large) = assembler.part(frame, answer.connection)? {
                let mut body = Vec::new();
                large.body().read_to_end(&mut body)?;
                figures.extend(read(&body)?);
                (answered, unfinished) = (true, false);
            } else {
                unfinished = true;
            }
        }
        if answered && queue.is_some() {
            break;
        }
        patience = if answered && !unfinished { wait.more } else { wait.first };
    }
    if unfinished {
        let message = "time ran out in the middle of the broker's list of queues";
        return Err(Problem::TimedOut(message.to_owned()).into());
    }
    if !answered {
        let message = match queue {
            Some(queue) => {
                format!("no answer: there is no queue '{queue}', or the broker's statistics plugin is off")
            }
            None => "no answer: the broker's statistics plugin is off".to_owned(),
        };
        return Err(Problem::TimedOut(message).into());
    }
    // A broker of this kind makes queues for the asking itself.
    let ours = |name: &str| name.contains("temp-queue/") && name.ends_with("figures");
    figures.retain(|one| !one.name.contains("ActiveMQ.Statistics") && !ours(&one.name));
    Ok(figures)
}

/// A queue in an answer in JSON.
#[derive(Deserialize)]
struct QueueAnswer {
    #[serde(rename = "destinationName")]
    name: String,
    #[serde(default)]
    size: Value,
    #[serde(rename = "consumerCount", default)]
    consumers: Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    One(QueueAnswer),
    All(Vec<Value>),
}

/// Reads an answer in JSON, one queue or a list, or in the XML that ActiveMQ makes of a map.
fn read(body: &[u8]) -> Result<Vec<Figures>, Problem> {
    let text = String::from_utf8_lossy(body);
    if let Ok(answer) = serde_json::from_str(&text) {
        let list = match answer {
            // One that cannot be read does not hide the others.
            Answer::All(list) => {
                let length = list.len();
                let read: Vec<_> = list.into_iter().flat_map(serde_json::from_value).collect();
                if read.is_empty() && length > 0 { None } else { Some(read) }
            }
            Answer::One(one) => Some(vec![one]),
        };
        let figures = |one: QueueAnswer| Figures {
            name: one.name,
            size: count(&one.size),
            consumers: count(&one.consumers),
        };
        if let Some(list) = list {
            return Ok(list.into_iter().map(figures).collect());
        }
    }
    // <string>size</string> <long>5</long>
    let value = |name: &str| {
        let at = text.find(&format!("<string>{name}</string>"))?;
        let behind = &text[at..].split_once("</string>")?.1;
        Some(behind.split_once('>')?.1.split_once('<')?.0.to_owned())
    };
    // While ActiveMQ settles messages, a figure may be below zero for a moment.
    let number = |name: &str| value(name)?.parse().map(|number: i64| number.max(0).unsigned_abs()).ok();
    match value("destinationName") {
        Some(name) => {
            let (size, consumers) = (number("size"), number("consumerCount"));
            Ok(vec![Figures { name: name.replacen("queue://", "/queue/", 1), size, consumers }])
        }
        None => Err(Problem::Unexpected {
            message: "the broker's answer about its queues is neither a list in JSON nor a map in XML"
                .to_owned(),
            hint: "--trace shows the answer".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;

    #[test]
    fn answers_are_read_in_json_and_in_xml() {
        let expected = Figures { name: "/queue/a".to_owned(), size: Some(5), consumers: Some(1) };
        let json = br#"[{"destinationName":"/queue/a","size":5,"consumerCount":1}]"#;
        assert_eq!(read(json).unwrap(), std::slice::from_ref(&expected));
        let xml = b"<map>\n <entry>\n <string>size</string>\n <long>5</long>\n </entry>\n <entry>\n\
            <string>destinationName</string>\n <string>queue://a</string>\n </entry>\n <entry>\n\
            <string>consumerCount</string>\n <long>1</long>\n </entry></map>";
        assert_eq!(read(xml).unwrap(), std::slice::from_ref(&expected));
        let odd = br#"[{"size":5},{"destinationName":"/queue/a","size":5,"consumerCount":1},{"destinationName":"/queue/b"}]"#;
        let unknown = Figures { name: "/queue/b".to_owned(), size: None, consumers: None };
        assert_eq!(read(odd).unwrap(), [expected, unknown]);
        for wrong in ["hello", "", "{}", "[{\"size\":5}]", "[{\"destinationName\":\"/queue/a\""] {
            assert!(read(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
