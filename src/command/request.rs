//! `request`: sends a message and waits for the answer.
#![allow(missing_docs)] // on a flattened field, a doc comment would become part of the help

use std::ffi::OsString;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;

use super::connection::{connect, parse_header, parse_seconds};
use super::context::{Command, Context, ControlFlow};
use super::exit::Problem;
use super::facts::{Example, Facts, Group};
use super::inflow::Inflow;
use super::own_connection::OwnConnection;
use super::sub::OutputArgs;
use super::tree::Input;
use crate::client::{Client, ClientError, Event};
use crate::protocol::{Frame, FrameRef, Part, Verb, Version};
use crate::render::{Arrival, DataOut, Renderer, Spool, stderr};
use crate::session::dialect::TempQueues;
use crate::session::{AckMode, Subscribe, WINDOW};

/// Sends a message and waits for the answer
///
/// The answer comes to a temporary queue, where the broker has them; --reply-to names another one, of
/// which only what has the request's correlation-id is taken.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Request {
    /// Where to
    #[arg(value_name = "DEST")]
    pub destination: String,
    /// The body
    #[arg(value_name = "BODY")]
    pub body: Vec<OsString>,
    /// One more header; may be given more than once
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = parse_header)]
    pub header: Vec<(String, String)>,
    /// The body's MIME type
    #[arg(long, value_name = "TYPE")]
    pub content_type: Option<String>,
    /// Where the answer goes
    #[arg(long, value_name = "DEST")]
    pub reply_to: Option<String>,
    /// The longest time to wait for each answer, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds, default_value = "10")]
    pub timeout: Duration,
    /// How many answers to wait for
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub replies: u64,
    #[command(flatten)]
    pub output: OutputArgs,
}

impl Command for Request {
    const FACTS: Facts = Facts::new("request", Group::Send)
        .row("request, reply", "ask and wait for the answer; answer")
        .aliases(&["sendrec"])
        .without_connection()
        .examples(&[Example::shown(
            "# asks, and prints the answer and how long it took\nrequest /queue/prices {\"item\": 7}\n",
        )]);

    async fn run(&self, context: &mut Context, input: Input) -> Result<ControlFlow> {
        let body = input.body_or(&self.body)?;
        let OwnConnection { options, out, colors, .. } = &context.own().await?;
        let terminal = out.is_terminal();
        let renderer = Renderer::new(self.output.format(terminal, colors.stdout)?, terminal);
        let (client, events) = connect(options.clone()).await?;
        let dialect = client.status().await?.dialect;
        if dialect.temp_queues == TempQueues::No && self.reply_to.is_none() {
            let message = format!("{} has no temporary queue for the answer", dialect.called());
            let hint = "--reply-to DEST takes one that is there";
            return Err(Problem::usage_hint(message, hint).into());
        }
        let correlation = uuid::Uuid::new_v4().simple().to_string();
        let reply_to = self.reply_to.clone().unwrap_or_else(|| format!("/temp-queue/{correlation}"));
        let shared = self.reply_to.is_some();
        let frame = self.frame(&reply_to, correlation, body);
        let work = async {
            let mut inflow = Inflow::new(events);
            if shared || dialect.temp_queues == TempQueues::Subscribed {
                let subscribe = Subscribe {
                    destination: reply_to,
                    // Answers to others go back to where they were.
                    ack: if shared { AckMode::ClientIndividual } else { AckMode::Auto },
                    prefetch: shared.then_some(WINDOW),
                    ..Subscribe::default()
                };
                inflow.during(client.subscribe(subscribe)).await?;
            }
            let begun = Instant::now();
            let wanted = shared.then(|| frame.header("correlation-id").map(<[u8]>::to_vec)).flatten();
            inflow.during(client.send(frame, false, true)).await?;
            let answers = Answers { client: &client, renderer, out, spool: None, wanted, shared, begun };
            answers.take(self.replies, self.timeout, &mut inflow).await
        };
        work.await?;
        client.disconnect().await?;
        Ok(ControlFlow::Continue)
    }
}

impl Request {
    fn frame(&self, reply_to: &str, correlation: String, body: Vec<u8>) -> Frame {
        let mut frame = Frame::new(Verb::Send)
            .with("destination", self.destination.clone())
            .with("reply-to", reply_to)
            .with("correlation-id", correlation);
        if let Some(content_type) = &self.content_type {
            frame = frame.with("content-type", content_type.clone());
        }
        frame.headers.retain(|(own, _)| !self.header.iter().any(|(name, _)| name.as_bytes() == own));
        for (name, value) in &self.header {
            frame = frame.with(name.clone(), value.clone());
        }
        frame.body(body)
    }
}

/// Answers, as they come.
struct Answers<'a> {
    client: &'a Client,
    renderer: Renderer,
    out: &'a DataOut,
    /// What has come so far of an answer that is large.
    spool: Option<Spool>,
    /// The correlation-id of our answers, where those to others come to the same place.
    wanted: Option<Vec<u8>>,
    /// Whether answers are to be acked.
    shared: bool,
    begun: Instant,
}

impl Answers<'_> {
    /// Prints so many answers, each within this time after the one before.
    async fn take(mut self, count: u64, within: Duration, inflow: &mut Inflow) -> Result<()> {
        let mut answered = 0;
        // How the message whose pieces come is acked, where it is for us.
        let mut ours = None;
        while answered < count {
            let deadline = tokio::time::Instant::now() + within;
            let before = answered;
            while answered == before {
                let event = tokio::time::timeout_at(deadline, inflow.next()).await;
                let late = |_| {
                    Problem::TimedOut(format!(
                        "no answer within {} s; the broker has the request",
                        within.as_secs_f64()
                    ))
                };
                let (batch, version, connection) = match event.map_err(late)? {
                    Some(Event::Messages { batch, version, connection, .. }) => (batch, version, connection),
                    Some(Event::Error(error)) => return Err(Problem::BrokerError(error.line).into()),
                    Some(Event::Lost { error, .. }) => return Err(error.into()),
                    Some(_) => continue,
                    None => return Err(ClientError::NotConnected.into()),
                };
                for frame in batch.iter().filter(|frame| frame.verb() == Verb::Message) {
                    if matches!(frame.part(), Part::Whole | Part::Head) {
                        ours = self.is_ours(frame).then(|| name(frame, version));
                    }
                    let Some((subscription, token)) = &ours else { continue };
                    if self.print(frame, answered + 1)? {
                        if self.shared {
                            self.client.ack_token(subscription, token, false, connection);
                        }
                        answered += 1;
                        let after = self.begun.elapsed().as_secs_f64() * 1_000.0;
                        stderr::line(&format!("answered after {after:.1} ms"));
                        if answered == count {
                            return Ok(());
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn is_ours(&self, message: FrameRef<'_>) -> bool {
        self.wanted.as_deref().is_none_or(|id| message.header("correlation-id").as_deref() == Some(id))
    }

    /// Prints a message or a part of one; whether it was the last part.
    fn print(&mut self, frame: FrameRef<'_>, number: u64) -> Result<bool> {
        let mut out = Vec::new();
        match frame.part() {
            Part::Whole => {
                self.renderer.render(&frame, &Arrival::now(number), &mut out);
                self.out.write(&out)?;
                return Ok(true);
            }
            Part::Head => {
                self.spool = Some(Spool::new()?);
                self.renderer.head(&frame, &Arrival::now(number), &mut out);
            }
            Part::Chunk => self.renderer.chunk(frame.body(), &mut out),
            Part::End => self.renderer.end(&mut out),
        }
        if let Some(spool) = &mut self.spool {
            spool.write(&out)?;
        }
        match self.spool.take_if(|_| frame.part() == Part::End) {
            Some(spool) => Ok(spool.finish(self.out).map(|()| true)?),
            None => Ok(false),
        }
    }
}

/// By what a message is acked: its subscription and its token.
fn name(message: FrameRef<'_>, version: Version) -> (Arc<str>, Vec<u8>) {
    let subscription = message.text("subscription").unwrap_or_default();
    let token = message.ack_token(version).unwrap_or_default();
    (subscription.as_ref().into(), token.to_vec())
}
