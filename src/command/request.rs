//! `request`: sends a message and waits for the answer.
#![allow(missing_docs)] // on a flattened field, a doc comment would become part of the help

use std::ffi::OsString;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::connection::{parse_seconds, parse_send_header};
use super::connection_events;
use super::connection_options::connect;
use super::delivery::DeliveryReport;
use super::own_connection::{OwnConnection, leave};
use super::prelude::*;
use super::sub::OutputArgs;
use crate::client::{Client, ClientError, Messages};
use crate::protocol::{Frame, FrameRef, Part, Verb, Version};
use crate::render::{Arrival, DataOut, LargeOutput, Renderer, stderr};
use crate::session::dialect::TempQueues;
use crate::session::{AckMode, Confirmation, Failure, ReceiptPolicy, Subscribe, WINDOW};

/// How long to wait for the receipt of the request before answers are printed.
const SENDING: Duration = Duration::from_secs(2);

/// How long to wait for the receipt of the SUBSCRIBE for answers. Where there is none, the request waits as long, since
/// some servers could handle it first.
const SUBSCRIBING: Duration = Duration::from_millis(500);

/// The hint if no answer comes to the temporary queue of a server that is not known to have them.
const NO_TEMPORARY_QUEUES: &str = "this server may have no temporary queues, as Spring, whose answers come to the queues \
    of a user: --reply-to DEST names the queue of the answer, for example --reply-to /user/queue/replies";

/// Sends a message and waits for the answer
///
/// The answer comes to a temporary queue, where the broker has them (Spring has none); --reply-to names another one, of
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
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = parse_send_header)]
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
        let body = context.body_in_memory(&input, &self.body).await?.unwrap_or_default();
        let OwnConnection { options, out, colors, quiet, .. } = &context.own_connection().await?;
        out.require_open()?;
        let terminal = out.is_terminal();
        let renderer = Renderer::new(self.output.format(terminal, colors.stdout)?, terminal);
        let (client, events) = connect(options.clone()).await?;
        let status = client.status().await?;
        let dialect = status.dialect;
        if dialect.temp_queues == TempQueues::No && self.reply_to.is_none() {
            let message = format!("{} has no temporary queue for the answer", dialect.display_name());
            let hint = "--reply-to DEST takes one that is there";
            return Err(Problem::usage_hint(message, hint).into());
        }
        let correlation = uuid::Uuid::new_v4().simple().to_string();
        let reply_to = self.reply_to.clone().unwrap_or_else(|| format!("/temp-queue/{correlation}"));
        // Spring keeps such a queue for each user, and its answers have no correlation-id.
        let private = reply_to.starts_with("/user/");
        let shared = self.reply_to.is_some();
        let frame = self.frame(&reply_to, correlation, body);
        // Without a subscription, the request is not sent.
        let (mut sent, mut answered, mut acked) = (Err(ClientError::NotConnected), 0, false);
        let work = async {
            let mut messages = Messages::new(events).reporting(connection_events::reporter(*quiet));
            let mut confirms = true;
            if shared || dialect.temp_queues == TempQueues::Subscribed {
                let subscribe = Subscribe {
                    destination: reply_to,
                    // The answers to other requests must stay on the shared queue.
                    ack: if shared { AckMode::ClientIndividual } else { AckMode::Auto },
                    prefetch: shared.then_some(WINDOW),
                    ..Subscribe::default()
                };
                // Some servers send no receipt, and some may handle the SEND first.
                let subscribing = messages.during(client.subscribe(subscribe));
                let subscribed = tokio::time::timeout(SUBSCRIBING, subscribing).await;
                confirms = subscribed.is_ok() && status.receipts != ReceiptPolicy::Never;
                subscribed.unwrap_or(Ok(String::new()))?;
                if !status.in_order && status.receipts == ReceiptPolicy::Never {
                    messages.during(tokio::time::sleep(SUBSCRIBING)).await;
                }
            }
            let begun = Instant::now();
            let correlation = frame.header("correlation-id").unwrap_or_default().to_vec();
            let wanted = shared.then(|| correlation.clone());
            let mut receipt = client.send_later(frame, false, true);
            sent = Err(Failure::unknown("no receipt came").into());
            if confirms {
                // Where receipts come, nothing counts as the answer to a request that is refused, unless it names the
                // request.
                if let Some(outcome) = confirmed_or_answered(&mut receipt, &correlation, &mut messages).await
                {
                    sent = outcome;
                    sent.clone()?;
                }
            }
            let waits = sent.is_err();
            let answers = Answers {
                client: &client,
                renderer,
                out,
                large: None,
                wanted,
                private,
                shared,
                begun,
                receipt: waits.then_some(receipt),
                // A relay names the broker behind it, and may not pass its temporary queues on.
                hint: (!(shared || dialect.is_known() && status.in_order)).then_some(NO_TEMPORARY_QUEUES),
                acked: &mut acked,
                sent: &mut sent,
            };
            answers.print_all(self.replies, self.timeout, &mut messages, &mut answered).await
        };
        let ended = work.await;
        if let Err(error) = ended {
            let received = format!("; answers received: {} of {}", answered, self.replies);
            stderr::line(&format!("request: {}", DeliveryReport::of(&sent).line(&received)));
            return Err(error);
        }
        leave(&client, acked).await?;
        Ok(ControlFlow::Continue)
    }
}

/// Waits until the outcome of the request is known; `None` if an answer with its correlation-id has come before, or none of
/// both in time: some servers confirm subscriptions and no messages. What arrives stays in `messages`.
async fn confirmed_or_answered(
    receipt: &mut oneshot::Receiver<Result<Confirmation, ClientError>>,
    correlation: &[u8],
    messages: &mut Messages,
) -> Option<Result<Confirmation, ClientError>> {
    let sent = |answer: Result<_, _>| answer.unwrap_or(Err(ClientError::NotConnected));
    let names = |frame: FrameRef<'_>| frame.header("correlation-id").is_some_and(|id| *id == *correlation);
    let mut patience = pin!(tokio::time::sleep(SENDING));
    let mut arrived = Vec::new();
    let outcome = loop {
        tokio::select! {
            biased;
            delivery = messages.next() => match delivery {
                Ok(delivery) => {
                    let answered = delivery.messages().any(|(_, frame)| names(frame));
                    arrived.push(delivery);
                    if answered {
                        break None;
                    }
                }
                // What ended the connection is the outcome of the request, too.
                Err(_) => break tokio::time::timeout(SENDING, messages.during(receipt)).await.ok().map(sent),
            },
            answer = &mut *receipt => break Some(sent(answer)),
            () = &mut patience => break None,
        }
    };
    arrived.into_iter().rev().for_each(|delivery| messages.put_back(delivery));
    outcome
}

/// Waits for the outcome of a send; for ever if there is none to wait for.
async fn outcome(
    receipt: &mut Option<oneshot::Receiver<Result<Confirmation, ClientError>>>,
) -> Result<Result<Confirmation, ClientError>, oneshot::error::RecvError> {
    match receipt {
        Some(receipt) => receipt.await,
        None => std::future::pending().await,
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
        frame.headers.overlay(&self.header.iter().cloned().collect());
        frame.body(body)
    }
}

/// Receives the answers of a request and prints them.
struct Answers<'a> {
    client: &'a Client,
    renderer: Renderer,
    out: &'a DataOut,
    /// The answer that is arriving in parts, if there is one.
    large: Option<LargeOutput>,
    /// The correlation-id of our answers, if the queue also receives answers to others.
    wanted: Option<Vec<u8>>,
    /// Whether the queue only receives answers to this user.
    private: bool,
    shared: bool,
    begun: Instant,
    /// `None` once its outcome is known.
    receipt: Option<oneshot::Receiver<Result<Confirmation, ClientError>>>,
    /// What to try if no answer comes.
    hint: Option<&'static str>,
    /// Whether an answer was acked.
    acked: &'a mut bool,
    /// What is known of the request.
    sent: &'a mut Result<Confirmation, ClientError>,
}

impl Answers<'_> {
    /// Prints `count` answers, of which each must arrive within this time after the one before.
    /// Counts them in `answered`.
    async fn print_all(
        mut self,
        count: u64,
        within: Duration,
        messages: &mut Messages,
        answered: &mut u64,
    ) -> Result<()> {
        let mut deadline = tokio::time::Instant::now() + within;
        // Subscription and ack token of the message whose parts are arriving, if it is one of our answers.
        let mut ours = None;
        while *answered < count {
            let delivery = tokio::select! {
                biased;
                delivery = messages.next() => delivery?,
                sent = outcome(&mut self.receipt), if self.receipt.is_some() => {
                    self.receipt = None;
                    *self.sent = sent.unwrap_or(Err(ClientError::NotConnected));
                    self.sent.clone()?;
                    continue;
                }
                () = tokio::time::sleep_until(deadline) => {
                    let has = match self.sent {
                        Ok(Confirmation::Confirmed) => "the broker has the request",
                        _ => "the request is not confirmed either",
                    };
                    let seconds = within.as_secs_f64();
                    let message = format!("no answer within {seconds} s; {has}");
                    return Err(match self.hint {
                        Some(hint) => Problem::NoAnswer { message, hint: hint.to_owned() },
                        None => Problem::TimedOut(message),
                    }.into());
                }
            };
            for (_, frame) in delivery.messages() {
                if matches!(frame.part(), Part::Whole | Part::Head) {
                    ours = self.is_ours(frame).then(|| ack_key(frame, delivery.version));
                }
                let Some(key) = &ours else { continue };
                if *answered < count && self.print(frame, *answered + 1)? {
                    if let Some((subscription, token)) = key.as_ref().filter(|_| self.shared) {
                        self.client.ack_token(subscription, token, false, delivery.connection);
                        *self.acked = true;
                    }
                    *answered += 1;
                    let after = self.begun.elapsed().as_secs_f64() * 1_000.0;
                    stderr::line(&format!("answered after {after:.1} ms"));
                    deadline = tokio::time::Instant::now() + within;
                }
            }
        }
        Ok(())
    }

    fn is_ours(&self, message: FrameRef<'_>) -> bool {
        let Some(wanted) = self.wanted.as_deref() else { return true };
        message.header("correlation-id").map_or(self.private, |id| *id == *wanted)
    }

    /// Prints a message or a part of one, and returns whether it is complete.
    fn print(&mut self, frame: FrameRef<'_>, number: u64) -> Result<bool> {
        let (renderer, arrival) = (&mut self.renderer, Arrival::now(number));
        match frame.part() {
            Part::Whole => {
                let mut text = Vec::new();
                renderer.render(&frame, &arrival, &mut text);
                self.out.write(&text)?;
            }
            Part::Head => self.large = Some(LargeOutput::begin(renderer, &frame, &arrival, self.out)?),
            Part::Chunk => {
                if let Some(large) = &mut self.large {
                    large.chunk(renderer, frame.body())?;
                }
            }
            Part::End => {
                if let Some(large) = self.large.take() {
                    large.finish(renderer)?;
                }
            }
        }
        Ok(matches!(frame.part(), Part::Whole | Part::End))
    }
}

/// The subscription and the token to ack a message with; `None` if it is not to be acked.
fn ack_key(message: FrameRef<'_>, version: Version) -> Option<(Arc<str>, Vec<u8>)> {
    let token = message.ack_token(version)?;
    let subscription = message.text("subscription").unwrap_or_default();
    Some((subscription.as_ref().into(), token.to_vec()))
}
