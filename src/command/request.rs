//! `request`: sends a message and waits for the answer.
#![allow(missing_docs)] // on a flattened field, a doc comment would become part of the help

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::os::unix::ffi::OsStrExt as _;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;

use super::connection::{connect, parse_header, parse_seconds};
use super::exit::{self, Problem};
use super::signals::Signals;
use super::sub::OutputArgs;
use crate::client::{ClientError, ClientOptions, Event, Events};
use crate::protocol::{Frame, Part, Verb};
use crate::render::{Arrival, Colors, Renderer, stderr, stdout};
use crate::session::Subscribe;

/// Sends a message and waits for the answer
///
/// The answer comes to a temporary queue, where the broker has them; --reply-to names another one.
#[derive(Args, Debug, Clone, Default)]
pub struct Request {
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

impl Request {
    /// Asks, on a connection of its own; the answers go to standard output, the round trip to
    /// standard error.
    pub async fn run(&self, options: ClientOptions, colors: Colors, signals: &mut Signals) -> Result<u8> {
        let (client, mut events) = connect(options).await?;
        let dialect = client.status().await?.dialect;
        let correlation = uuid::Uuid::new_v4().simple().to_string();
        let reply_to = self.reply_to.clone().unwrap_or_else(|| format!("/temp-queue/{correlation}"));
        // RabbitMQ's temporary queues come with the SEND that names them.
        if self.reply_to.is_some() || !dialect.temp_queue_is_implicit {
            client.subscribe(Subscribe { destination: reply_to.clone(), ..Subscribe::default() }).await?;
        }
        let words: Vec<&[u8]> = self.body.iter().map(|word| word.as_bytes()).collect();
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
        let begun = Instant::now();
        client.send(frame.body(words.join(&b' ')), false, true).await?;
        let terminal = std::io::stdout().is_terminal();
        let mut renderer = Renderer::new(self.output.format(terminal, colors.stdout)?, terminal);
        for number in 1..=self.replies {
            let waiting = tokio::time::timeout(self.timeout, answer(&mut events, &mut renderer, number));
            tokio::select! {
                answered = waiting => answered.map_err(|_| {
                    Problem::TimedOut(format!("no answer within {} s", self.timeout.as_secs_f64()))
                })??,
                code = signals.first() => return Ok(code),
            }
            stderr::line(&format!("answered after {:.1} ms", begun.elapsed().as_secs_f64() * 1_000.0));
        }
        client.disconnect().await?;
        Ok(exit::OK)
    }
}

/// Waits for one answer and prints it.
async fn answer(events: &mut Events, renderer: &mut Renderer, number: u64) -> Result<()> {
    while let Some(event) = events.recv().await {
        match event {
            Event::Messages { batch, .. } => {
                let mut out = Vec::new();
                for frame in batch.iter().filter(|frame| frame.verb() == Verb::Message) {
                    match frame.part() {
                        Part::Whole => renderer.render(&frame, &Arrival::now(number), &mut out),
                        Part::Head => renderer.head(&frame, &Arrival::now(number), &mut out),
                        Part::Chunk => renderer.chunk(frame.body(), &mut out),
                        Part::End => renderer.end(&mut out),
                    }
                    stdout::write(&out)?;
                    out.clear();
                    if matches!(frame.part(), Part::Whole | Part::End) {
                        return Ok(());
                    }
                }
            }
            Event::Error(error) => return Err(Problem::BrokerError(error.line).into()),
            Event::Lost { error, .. } => return Err(error.into()),
            _ => {}
        }
    }
    Err(ClientError::NotConnected.into())
}
