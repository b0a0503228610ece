//! `move` and `copy`: from one queue to another.

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::IDLE;
use crate::client::{Client, ClientError, ClientOptions, Event};
use crate::command::connection::{connect, parse_seconds};
use crate::command::exit::{self, Problem};
use crate::command::inflow::Inflow;
use crate::command::signals::Signals;
use crate::protocol::{Batch, Frame, Part, Verb, Version};
use crate::render::stderr;
use crate::session::{AckMode, Subscribe};

/// Messages that stand in one transaction at most.
const AT_ONCE: u32 = 1_000;

/// What belongs to one delivery, and is not sent on.
const OF_ONE_DELIVERY: &[&str] = &[
    "destination",
    "message-id",
    "subscription",
    "ack",
    "redelivered",
    "receipt",
    "transaction",
    "content-length",
];

/// Whether the source keeps its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It does not.
    Move,
    /// It does.
    Copy,
}

/// Moves or copies the messages of a queue to another one
///
/// A moved message is taken off the source only when the target has it; where the broker can, both in one
/// transaction. The end of the source is no message for --idle.
#[derive(Args, Debug, Clone, Default)]
pub struct Transfer {
    /// From this queue
    #[arg(value_name = "FROM")]
    pub from: String,
    /// To this one
    #[arg(value_name = "TO")]
    pub to: String,
    /// At most so many messages
    #[arg(short = 'c', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// The source counts as empty after so many seconds without a message [default: 2]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub idle: Option<Duration>,
    /// Add or replace a header of each message; may be given more than once
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = crate::command::connection::parse_header)]
    pub header: Vec<(String, String)>,
}

/// One message on its way.
struct Passing {
    frame: Frame,
    /// It came without content-length, and is sent on without one.
    text: bool,
    token: String,
}

impl Transfer {
    /// Does it, on a connection of its own.
    pub async fn run(
        &self,
        options: ClientOptions,
        kind: Kind,
        quiet: bool,
        signals: &mut Signals,
    ) -> Result<u8> {
        if self.from == self.to {
            return Err(Problem::usage("source and target are the same queue").into());
        }
        let (client, events) = connect(options).await?;
        let status = client.status().await?;
        let dialect = status.dialect;
        if kind == Kind::Copy && !dialect.browses {
            let name = if dialect.name == "unknown" { "this broker" } else { dialect.name };
            let message =
                format!("{name} cannot show a queue without taking from it, so it cannot be copied");
            return Err(Problem::usage_hint(
                message,
                "'move' takes the messages; a second 'move' brings them back",
            )
            .into());
        }
        let most = self.count.unwrap_or(u64::MAX);
        let ahead = u32::try_from(most).unwrap_or(AT_ONCE).min(AT_ONCE);
        let mut subscribe = Subscribe { destination: self.from.clone(), ..Subscribe::default() };
        if kind == Kind::Copy {
            subscribe.headers.push((b"browser".to_vec(), b"true".to_vec()));
            subscribe.headers.push((b"browser-end".to_vec(), b"true".to_vec()));
        } else {
            subscribe.ack = AckMode::ClientIndividual;
            subscribe.prefetch = Some(ahead);
            subscribe.tracked = true;
        }
        let work = async {
            let mut inflow = Inflow::new(events);
            inflow.during(client.subscribe(subscribe)).await?;
            self.pass(&client, &mut inflow, kind, dialect.transacts_acks, most).await
        };
        let passed = tokio::select! {
            passed = work => passed?,
            code = signals.first() => {
                // What is in an open transaction stays where it was.
                return Ok(code);
            }
        };
        client.disconnect().await?;
        if !quiet {
            let what = if kind == Kind::Move { "moved" } else { "copied" };
            stderr::line(&format!("{what} {passed} messages from {} to {}", self.from, self.to));
        }
        Ok(exit::OK)
    }

    /// Passes messages on until the source is empty or enough have passed.
    async fn pass(
        &self,
        client: &Client,
        inflow: &mut Inflow,
        kind: Kind,
        in_transactions: bool,
        most: u64,
    ) -> Result<u64> {
        let idle = self.idle.unwrap_or(IDLE);
        let mut passed = 0;
        loop {
            let event = match tokio::time::timeout(idle, inflow.next()).await {
                Err(_) => return Ok(passed),
                Ok(None) => return Err(ClientError::NotConnected.into()),
                Ok(Some(event)) => event,
            };
            match event {
                Event::Messages { batch, version, .. } => {
                    let mut messages = Vec::new();
                    let mut ended = self.take(&batch, version, most - passed, &mut messages)?;
                    // What has come meanwhile goes along: a COMMIT may cost a broker a write to its disk.
                    while !ended && messages.len() < AT_ONCE as usize {
                        let next = inflow.next_if(|event| matches!(event, Event::Messages { .. }));
                        let Some(Event::Messages { batch, version, .. }) = next else { break };
                        ended = self.take(&batch, version, most - passed, &mut messages)?;
                    }
                    let count = messages.len() as u64;
                    let passing = async {
                        match kind {
                            Kind::Move if in_transactions => commit(client, messages).await,
                            Kind::Move | Kind::Copy => confirm(client, messages, kind).await,
                        }
                    };
                    inflow.during(passing).await?;
                    passed += count;
                    if ended || passed >= most {
                        return Ok(passed);
                    }
                }
                Event::Error(error) => return Err(Problem::BrokerError(error.line).into()),
                Event::Lost { error, .. } => return Err(error.into()),
                _ => {}
            }
        }
    }

    /// Takes the messages of a batch, until there are `most`; whether the source has ended.
    fn take(&self, batch: &Batch, version: Version, most: u64, messages: &mut Vec<Passing>) -> Result<bool> {
        for frame in batch.iter().filter(|frame| frame.verb() == Verb::Message) {
            if frame.part() != Part::Whole {
                let message = "a message above 1 MiB is in the queue; move and copy cannot pass it on";
                return Err(Problem::Input(message.to_owned()).into());
            }
            if frame.header("browser").as_deref() == Some(b"end") {
                return Ok(true);
            }
            if messages.len() as u64 >= most {
                break;
            }
            let token = crate::session::Session::<()>::ack_token(version, frame).unwrap_or_default();
            messages.push(Passing {
                frame: self.readdress(&frame.to_frame()),
                text: frame.content_length().is_none(),
                token: String::from_utf8_lossy(token).into_owned(),
            });
        }
        Ok(false)
    }

    /// The message as it is sent to the target.
    fn readdress(&self, message: &Frame) -> Frame {
        let mut headers = vec![(b"destination".to_vec(), self.to.clone().into_bytes())];
        let replaced = |name: &[u8]| self.header.iter().any(|(own, _)| own.as_bytes() == name);
        let own =
            |name: &[u8]| OF_ONE_DELIVERY.iter().any(|dropped| dropped.as_bytes() == name) || replaced(name);
        headers.extend(message.headers.iter().filter(|(name, _)| !own(name)).cloned());
        headers.extend(self.header.iter().map(|(name, value)| (name.clone().into(), value.clone().into())));
        let body = message.body.clone();
        Frame { verb: Verb::Send, headers, body }
    }
}

/// Sends and acks in one transaction, so that no message is lost or doubled.
async fn commit(client: &Client, messages: Vec<Passing>) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let name = format!("move-{}", uuid::Uuid::new_v4().simple());
    client.begin(&name).await?;
    for message in messages {
        let which = crate::session::Which::Id(message.token);
        client.settle(which, false, Some(name.clone())).await?;
        client.send(message.frame.with("transaction", name.clone()), message.text, false).await?;
    }
    Ok(client.commit(&name).await?)
}

/// Sends, waits for the receipts, and only then takes the messages off the source.
async fn confirm(client: &Client, messages: Vec<Passing>, kind: Kind) -> Result<()> {
    let mut passing = Vec::new();
    for Passing { frame, text, token } in messages {
        passing.push((client.send_later(frame, text, true), token));
    }
    for (answer, token) in passing {
        answer.await.unwrap_or(Err(ClientError::NotConnected))?;
        if kind == Kind::Move {
            client.settle(crate::session::Which::Id(token), false, None).await?;
        }
    }
    Ok(())
}
