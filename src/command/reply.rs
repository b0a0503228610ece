//! `reply`: answers requests.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::Stdio;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::connection::parse_send_header;
use super::connection_events;
use super::connection_options::connect;
use super::delivery::DeliveryReport;
use super::exit;
use super::own_connection::{OwnConnection, control_flow, leave};
use super::prelude::*;
use super::send::Send;
use super::show;
use super::sub::exec;
use super::system::shell;
use super::transaction::unique_name;
use super::tree::InputBody;
use crate::client::{Client, ClientError, Delivery, Messages};
use crate::protocol::{Batch, Frame, Part, Verb, Version};
use crate::render::stderr;
use crate::session::{AckMode, Confirmation, Failure, LastAcks, Subscribe};

/// The prefetch, and so the largest number of answers that are confirmed together.
const MAX_AHEAD: u32 = 100;

/// Answers requests
///
/// Each answer goes where the request's reply-to says, with its correlation-id. A request is acked after the broker has
/// confirmed the answer.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Reply {
    /// Where requests come
    #[arg(value_name = "DEST")]
    pub destination: String,
    /// The answer, always the same
    #[arg(value_name = "BODY", conflicts_with_all = ["exec", "echo"])]
    pub body: Vec<OsString>,
    /// Run this command for each request, the body on its standard input; what it prints is the answer
    #[arg(long, value_name = "CMD", conflicts_with = "echo")]
    pub exec: Option<String>,
    /// Answer with the request's own body
    #[arg(long)]
    pub echo: bool,
    /// One more header of each answer; may be given more than once
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = parse_send_header)]
    pub header: Vec<(String, String)>,
    /// End after so many answers
    #[arg(short = 'c', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
}

impl Command for Reply {
    const FACTS: Facts = Facts::new("reply", Group::Send)
        .aliases(&["sendreply"])
        .without_connection()
        .stops_itself()
        .examples(&[Example::shown(
            "# answers with what a program prints\nreply --exec 'jq .item' /queue/prices\n",
        )]);

    async fn run(&self, context: &mut Context, input: Input) -> Result<ControlFlow> {
        if !context.run_options.one_shot
            && let Some(which) = self.message_number()
        {
            return self.answer_one(context, &input, which).await;
        }
        let body = context.body_in_memory(&input, &self.body).await?;
        if body.is_none() && self.exec.is_none() && !self.echo {
            let hint = "give a BODY, --exec CMD or --echo";
            return Err(Problem::usage_hint("there is no answer to give", hint).into());
        }
        let body = body.unwrap_or_default();
        let OwnConnection { options, quiet, mut signals, .. } = context.own_connection().await?;
        let reconnects = options.reconnect.is_some();
        let (client, events) = tokio::select! {
            connected = connect(options) => connected?,
            code = signals.first() => return control_flow(code),
        };
        // While a command works on one request, another consumer can receive the next.
        let wanted = self.count.unwrap_or(if self.exec.is_some() { 1 } else { MAX_AHEAD.into() });
        let ahead = u32::try_from(wanted).unwrap_or(MAX_AHEAD).min(MAX_AHEAD);
        let subscribe = Subscribe {
            destination: self.destination.clone(),
            ack: AckMode::ClientIndividual,
            prefetch: Some(ahead),
            ..Subscribe::default()
        };
        let mut answers = DeliveryReport::default();
        let work = async {
            let status = client.status().await?;
            let ends_with_acks =
                self.count.is_some() && !reconnects && status.ends_with_acks(&self.destination);
            let mut messages = Messages::new(events).across_losses(connection_events::reporter(quiet));
            messages.during(client.subscribe(subscribe)).await?;
            let answered = VecDeque::new();
            let mut answering =
                Answering { reply: self, body, client: &client, quiet, reconnects, ends_with_acks, answered };
            answering.answer_all(&mut messages, &mut answers).await
        };
        let ended = tokio::select! {
            done = work => done.map(|()| exit::OK),
            // A request that was being answered stays unacked.
            code = signals.first() => Ok(code),
        };
        let parting = leave(&client, answers.done() > 0).await;
        if !quiet && (ended.is_err() || parting.is_err() || answers.done() < answers.all()) {
            let perhaps = answers.unknown - answers.unasked - answers.refused;
            let remark = match perhaps {
                1.. if reconnects => format!(
                    "; up to {perhaps} may have been answered twice: a connection was lost before a receipt came"
                ),
                _ => String::new(),
            };
            stderr::line(&format!("answers: {}", answers.line(&remark)));
        }
        let code = ended?;
        parting?;
        control_flow(code)
    }
}

impl Reply {
    /// The destination, if it is the number of a message that arrived.
    fn message_number(&self) -> Option<&str> {
        let text = self.destination.as_str();
        let digits = text.strip_prefix('#').unwrap_or(text);
        (text == "." || digits.parse::<u64>().is_ok()).then_some(text)
    }

    /// Sends one answer to the message's reply-to, with its correlation-id.
    async fn answer_one(&self, context: &mut Context, input: &Input, which: &str) -> Result<ControlFlow> {
        let number = show::number(context, which)?;
        let Some(message) = context.inbox.message(number).await else {
            return Err(show::unavailable(context, number).await);
        };
        let text = |name: &str| message.header(name).map(|value| String::from_utf8_lossy(value).into_owned());
        let Some(reply_to) = text("reply-to") else {
            let hint = "'send DEST BODY' sends it where you say";
            return Err(
                Problem::usage_hint(format!("message {number} does not say where answers go"), hint).into()
            );
        };
        let body = match &input.body {
            _ if self.echo => Some(InputBody::Bytes(message.body.clone())),
            Some(body) => Some(body.clone()),
            None => return Err(Problem::usage("there is no answer to give").into()),
        };
        let send = Send {
            destination: Some(reply_to.clone()),
            header: self.header.clone(),
            correlation_id: text("correlation-id").or_else(|| text("message-id")),
            ..Send::default()
        };
        let flow = send.run(context, Input { body, ..Input::default() }).await?;
        context.note(&format!("answered message {number} at {reply_to}"));
        Ok(flow)
    }
}

struct Answering<'a> {
    reply: &'a Reply,
    /// The answer, unless a command or the request makes it.
    body: Vec<u8>,
    client: &'a Client,
    quiet: bool,
    reconnects: bool,
    /// Whether the subscription ends with the last acks.
    ends_with_acks: bool,
    /// The requests whose answers were confirmed last, with the number of the connection. After a loss, the broker delivers
    /// those again whose acks it has not processed: no more than the prefetch.
    answered: VecDeque<(u64, Frame)>,
}

impl Answering<'_> {
    /// Answers requests until `--count` answers are confirmed.
    async fn answer_all(&mut self, messages: &mut Messages, answers: &mut DeliveryReport) -> Result<()> {
        let most = self.reply.count.unwrap_or(u64::MAX);
        while answers.done() < most {
            let delivery = messages.next().await?;
            let connection = delivery.connection;
            let answering = self.answer(delivery, most - answers.done(), answers);
            match messages.during(answering).await {
                // The broker delivers the request again.
                Err(error) if is_loss(&error) && self.reconnects && self.is_lost(connection).await => {}
                answered => answered?,
            }
        }
        Ok(())
    }

    /// Whether this connection has ended, so that its messages come again.
    async fn is_lost(&self, connection: u64) -> bool {
        let status = self.client.status().await;
        status.is_ok_and(|status| status.connected.is_none() || status.connections != connection)
    }

    /// Answers at most `most` requests of a batch. The answers are confirmed together, those of a command one by one,
    /// since it may take long.
    async fn answer(&mut self, delivery: Delivery, most: u64, answers: &mut DeliveryReport) -> Result<()> {
        let (client, connection) = (self.client, delivery.connection);
        let batch = Arc::new(delivery.batch);
        let mut answered = 0;
        let mut open: Vec<(u32, Option<PendingReceipt>)> = Vec::new();
        for (index, frame) in (0_u32..).zip(batch.iter()) {
            if frame.verb() != Verb::Message {
                continue;
            }
            if answered == most {
                break;
            }
            if frame.part() != Part::Whole {
                let error = Problem::Input("a request above 1 MiB cannot be answered".to_owned());
                self.confirm(&batch, connection, &mut open, answers).await?;
                return Err(error.into());
            }
            let text = self.reply.echo && frame.content_length().is_none();
            let request = frame.to_frame();
            let Some(reply_to) = request.header("reply-to") else {
                if !self.quiet {
                    stderr::line("a message without a reply-to was taken and not answered");
                }
                open.push((index, None));
                continue;
            };
            if self
                .answered
                .iter()
                .any(|(number, answered)| *number != connection && is_same(answered, &request))
            {
                open.push((index, None));
                continue;
            }
            let mut answer = Frame::new(Verb::Send).with("destination", reply_to);
            if let Some(id) = request.header("correlation-id") {
                answer = answer.with("correlation-id", id);
            }
            answer.headers.overlay(&self.reply.header.iter().cloned().collect());
            let body = self.body_for(request).await?;
            open.push((index, Some(client.send_later(answer.body(body), text, true))));
            answered += 1;
            if self.reply.exec.is_some() {
                self.confirm(&batch, connection, &mut open, answers).await?;
            }
        }
        Ok(self.confirm(&batch, connection, &mut open, answers).await?)
    }

    /// Waits until the answers are confirmed, and acks the requests of those that are. Returns the first failure.
    async fn confirm(
        &mut self,
        batch: &Arc<Batch>,
        connection: u64,
        open: &mut Vec<(u32, Option<PendingReceipt>)>,
        answers: &mut DeliveryReport,
    ) -> Result<(), ClientError> {
        let mut done = Vec::new();
        let mut result = Ok(Confirmation::Confirmed);
        for (index, sent) in open.drain(..) {
            if let Some(sent) = sent {
                let sent = sent.await.unwrap_or(Err(ClientError::NotConnected));
                answers.count(&sent);
                if sent.is_err() {
                    result = result.and(sent);
                    continue;
                }
                let confirmed = self.reconnects && matches!(sent, Ok(Confirmation::Confirmed));
                if let Some(request) = batch.get(index as usize).filter(|_| confirmed) {
                    self.answered.push_back((connection, request.to_frame()));
                    while self.answered.len() as u64 > u64::from(MAX_AHEAD) {
                        self.answered.pop_front();
                    }
                }
            }
            done.push(index);
        }
        if self.ends_with_acks && self.reply.count == Some(answers.done()) && !done.is_empty() {
            self.ack_last(batch, &done, connection).await?;
        } else if !done.is_empty() {
            self.client.ack_frames(Arc::clone(batch), done, connection, true);
        }
        result.map(|_| ())
    }

    /// Acks the last requests so that the broker delivers no others in their place.
    async fn ack_last(&self, batch: &Batch, done: &[u32], connection: u64) -> Result<(), ClientError> {
        let version =
            self.client.status().await?.connected.map_or(Version::V1_2, |connected| connected.version);
        let mut acks = LastAcks::new(unique_name("reply"));
        acks.add(batch, done, version, connection);
        self.client.ack_last(acks).await.map(drop)
    }

    async fn body_for(&self, request: Frame) -> Result<Vec<u8>> {
        if self.reply.echo {
            return Ok(request.body.to_vec());
        }
        let Some(line) = self.reply.exec.clone() else { return Ok(self.body.clone()) };
        // A thread of its own, so that heart-beats and signals are served while the command runs.
        match tokio::task::spawn_blocking(move || run(&line, &request)).await {
            Ok(answer) => answer,
            Err(error) => Err(Problem::local("cannot run the command", std::io::Error::other(error)).into()),
        }
    }
}

/// Whether an answer has no receipt because the connection was lost, or for an unknown reason.
fn is_loss(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(
            ClientError::Failure(Failure::Unknown { .. } | Failure::NotSent { .. })
                | ClientError::NotConnected
                | ClientError::LostBefore(_)
        )
    )
}

type PendingReceipt = oneshot::Receiver<Result<Confirmation, ClientError>>;

/// Whether a request is one that was answered over an earlier connection. A `message-id` alone does not tell: RabbitMQ
/// gives another one with each delivery, and other brokers may count anew.
fn is_same(answered: &Frame, request: &Frame) -> bool {
    let same = |name: &str| answered.header(name) == request.header(name);
    let signs = [
        request.header("redelivered") == Some(b"true"),
        request.header("message-id").is_some() && same("message-id"),
        request.header("correlation-id").is_some(),
    ];
    let signs = signs.into_iter().filter(|sign| *sign).count();
    same("reply-to") && same("correlation-id") && answered.body == request.body && signs >= 2
}

/// Runs a command with the request on its standard input; its output is the answer.
fn run(line: &str, request: &Frame) -> Result<Vec<u8>> {
    let failed = |error| Problem::local(format!("cannot run '{line}'"), error);
    let mut command = shell(line.as_bytes());
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    exec::environment(&mut command, request);
    let mut child = command.spawn().map_err(failed)?;
    let input = child.stdin.take();
    let body = request.body.clone();
    // A thread writes, since the command may write before it has read everything. It may also close its input early,
    // which is no error.
    let writer = std::thread::spawn(move || input.map(|mut input| input.write_all(&body)));
    let output = child.wait_with_output().map_err(failed)?;
    let _ = writer.join();
    if !output.status.success() {
        let reason = format!("'{line}' ended with {}; the request stays unacked", output.status);
        return Err(Problem::Sending { reason, code: exit::FAILED }.into());
    }
    Ok(output.stdout)
}
