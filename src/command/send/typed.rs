//! `send` at the prompt and in scripts, where sends are pipelined.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use anyhow::Result;
use bytes::Bytes;

use super::input::{Cutter, Feed, read_all, repeat};
use super::one::stream;
use super::source::{Source, open};
use super::template::Template;
use super::{ReceiptChoice, Send};
use crate::command::context::{Context, Flow};
use crate::command::exit::{self, Problem};
use crate::command::figures::Figures;
use crate::command::language::{Given, GivenBody};
use crate::protocol::{Frame, Verb};
use crate::session::{Confirm, Dialect, Failure};

/// Sends a body to a destination, without options.
pub async fn plain(context: &mut Context, destination: &[u8], body: Bytes) -> Result<()> {
    let mut headers = vec![(b"destination".to_vec(), destination.to_vec())];
    if let Some(transaction) = context.transaction() {
        headers.push((b"transaction".to_vec(), transaction.into()));
    }
    if context.manner.interactive {
        context.remember(&String::from_utf8_lossy(destination));
    }
    hand_over(context, Frame { verb: Verb::Send, headers, body }, false, true).await
}

/// Says, once for each connection, what a receipt does not mean on this broker.
fn advise(context: &mut Context, frame: &Told) {
    if !context.manner.interactive || frame.inside {
        return;
    }
    let Ok(connection) = context.connection() else { return };
    let dialect = connection.dialect;
    if frame.topic {
        context.note_once("topic", "confirmed; a topic keeps nothing: it goes to whoever is subscribed now");
    } else if dialect.receipt_is_not_stored && !frame.anycast {
        context.note_once(
            "kept",
            "confirmed, but kept only where there is a queue: -H 'destination-type: ANYCAST' makes one",
        );
    } else if !frame.persistent && dialect.name != "unknown" {
        let text = if dialect.name == "embedded broker" {
            "confirmed; this broker keeps messages in memory, until it ends"
        } else {
            "confirmed, but not persistent: gone where the broker restarts; --persistent keeps it"
        };
        context.note_once("persistent", text);
    }
}

/// What an advice depends on.
struct Told {
    topic: bool,
    persistent: bool,
    anycast: bool,
    /// Inside of a transaction, or without a receipt.
    inside: bool,
}

impl Told {
    fn of(frame: &Frame, receipt: bool, dialect: &Dialect) -> Self {
        let destination = String::from_utf8_lossy(frame.header("destination").unwrap_or_default());
        Self {
            topic: dialect.is_topic(&destination),
            persistent: frame.header("persistent") == Some(b"true"),
            anycast: frame.header("destination-type").is_some(),
            inside: !receipt || frame.header("transaction").is_some(),
        }
    }
}

/// Sends a frame: into the window of a script, or waiting for its receipt.
async fn hand_over(context: &mut Context, frame: Frame, text: bool, receipt: bool) -> Result<()> {
    let place = context.place.clone();
    let connection = context.connection()?;
    let told = Told::of(&frame, receipt, connection.dialect);
    let answer = connection.client.send_later(frame, text, receipt);
    if let Some(pipeline) = &mut context.pipeline {
        pipeline.push(place, answer).await;
        return Ok(());
    }
    answer.await.unwrap_or(Err(crate::client::ClientError::NotConnected))?;
    advise(context, &told);
    Ok(())
}

impl Send {
    /// Runs it at the prompt or in a script.
    pub async fn run(&self, context: &mut Context, given: &Given) -> Result<Flow> {
        self.check()?;
        let mut send = self.clone();
        send.transaction = send.transaction.or_else(|| context.transaction());
        if let Some(destination) = &send.destination {
            context.remember(destination);
        }
        let dialect = context.connection()?.dialect;
        let source = match &given.body {
            None => Source::Octets(Bytes::new()),
            Some(GivenBody::Octets(octets)) if send.template => Source::Octets(octets.clone()),
            Some(GivenBody::Octets(octets)) => Source::Octets(context.expanded(octets)?),
            Some(GivenBody::File(path)) => open(path.as_os_str())?,
        };
        if send.cut.is_many() || send.repeat.is_some() {
            context.settle_sends().await?;
            if send.cut.is_many() && given.body.is_none() {
                let hint = "give the body as @FILE or <<END; standard input is read on the command line";
                return Err(Problem::usage_hint("there is nothing to cut into messages", hint).into());
            }
            return many(&send, context, source).await;
        }
        let receipt = send.receipt != ReceiptChoice::None;
        source.check_stream(&send)?;
        match source {
            Source::Octets(mut body) => {
                if send.template {
                    body = context.template.fill(&body).map_err(Problem::Input)?.into();
                }
                let frame = send.frame(dialect, body);
                hand_over(context, frame, send.text, receipt).await?;
            }
            Source::File { file, length } => {
                context.settle_sends().await?;
                let head = send.frame(dialect, Bytes::new());
                let receipt = receipt && send.transaction.is_none();
                let sent = stream(&context.client()?, head, file, length, receipt).await;
                if let Some(pipeline) = &mut context.pipeline {
                    pipeline.add(Figures::of(&sent));
                }
                sent?;
            }
        }
        Ok(Flow::Continue)
    }
}

/// Sends many messages: a body again and again, or one that is cut.
async fn many(send: &Send, context: &mut Context, source: Source) -> Result<Flow> {
    let dialect = context.connection()?.dialect;
    let cutter = Cutter::of(&send.cut, send, dialect);
    let confirm = if send.transaction.is_some() { Confirm::None } else { send.receipt.into() };
    let sender = context.client()?.bulk(send.head(dialect), confirm, false);
    let feed = Feed {
        chunks: sender.chunks(),
        read: Arc::new(AtomicU64::new(0)),
        octets: Arc::new(AtomicU64::new(0)),
        rate: send.rate,
        template: send.template.then(Template::default),
    };
    let count = send.repeat.unwrap_or(1);
    let (done, input) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let result = match (cutter, source) {
            (Some(cutter), Source::Octets(body)) => read_all(&*body, &cutter, &feed, || true),
            (Some(cutter), Source::File { file, .. }) => read_all(file, &cutter, &feed, || true),
            (None, source) => source.whole().and_then(|body| repeat(&body, count, &feed)),
        };
        // Whoever waited may have been cancelled.
        let _ = done.send(result);
    });
    let report = sender.report().await;
    let wrong = input.await.ok().and_then(Result::err);
    if let Some(pipeline) = &mut context.pipeline {
        pipeline.add(Figures::from(&report));
    }
    let figures = Figures::from(&report);
    let counts = format!("{figures}{}", figures.refusals());
    if let Some(wrong) = wrong {
        return Err(Problem::Input(format!("{wrong}; {counts}")).into());
    }
    if let Some(failure) = report.failure {
        let code = match &failure {
            Failure::Refused { .. } => exit::REFUSED,
            Failure::NotSent { .. } => exit::FAILED,
            Failure::Unknown { .. } => exit::UNKNOWN,
        };
        return Err(Problem::Sending { reason: format!("{failure}; {counts}"), code }.into());
    }
    let sent = report.confirmed + report.unknown;
    let how = if confirm == Confirm::None { "sent" } else { "confirmed" };
    context.note(&format!("{how} {sent} messages"));
    Ok(Flow::Continue)
}
