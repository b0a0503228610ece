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
use crate::session::{Caveat, Confirm, Failure};

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

/// What is to be said of a send that is confirmed, once for each connection. A script is told only of
/// what it may lose.
fn caveat(context: &Context, frame: &Frame, receipt: bool) -> Option<Caveat> {
    if !receipt || frame.header("transaction").is_some() {
        return None;
    }
    let dialect = context.connection().ok()?.dialect;
    let told = context.manner.interactive || dialect.may_drop(frame);
    told.then(|| dialect.caveat(frame)).flatten()
}

/// Says it.
fn advise(context: &mut Context, caveat: Option<Caveat>) {
    let Some(Caveat { about, text }) = caveat else { return };
    if context.manner.interactive {
        context.note_once(about, &text);
    } else {
        context.warn_once(about, &text);
    }
}

/// Sends a frame: into the window of a script, or waiting for its receipt.
async fn hand_over(context: &mut Context, frame: Frame, text: bool, receipt: bool) -> Result<()> {
    let place = context.place.clone();
    let caveat = caveat(context, &frame, receipt);
    let client = &context.connection()?.client;
    let answer = client.send_later(frame, text, receipt);
    if let Some(pipeline) = &mut context.pipeline {
        pipeline.push(place, answer).await;
    } else {
        answer.await.unwrap_or(Err(crate::client::ClientError::NotConnected))?;
    }
    advise(context, caveat);
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
                let caveat = caveat(context, &head, receipt);
                let sent = stream(&context.client()?, head, file, length, receipt).await;
                if let Some(pipeline) = &mut context.pipeline {
                    pipeline.add(Figures::of(&sent));
                }
                sent?;
                advise(context, caveat);
            }
        }
        Ok(Flow::Continue)
    }
}

/// Sends many messages: a body again and again, or one that is cut.
async fn many(send: &Send, context: &mut Context, source: Source) -> Result<Flow> {
    let dialect = context.connection()?.dialect;
    let cutter = Cutter::of(&send.cut, send, dialect);
    let caveat = send.destination.is_some().then(|| send.frame(dialect, Bytes::new()));
    let caveat = caveat.and_then(|frame| self::caveat(context, &frame, send.receipt != ReceiptChoice::None));
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
        if let Some(number) = failure.error() {
            context.inbox.error_reported(number);
        }
        return Err(Problem::Sending { reason: format!("{failure}; {counts}"), code }.into());
    }
    let sent = report.confirmed + report.unknown;
    let how = if confirm == Confirm::None { "sent" } else { "confirmed" };
    context.note(&format!("{how} {sent} messages"));
    advise(context, caveat);
    Ok(Flow::Continue)
}
