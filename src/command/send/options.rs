//! The options of `send`, and the headers that they make.
#![allow(missing_docs)] // on a flattened field, a doc comment would become part of the help

use std::ffi::OsString;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};

use crate::command::connection::{parse_seconds, parse_send_header};
use crate::command::exit::Problem;
use crate::protocol::{Frame, Headers, Verb};
use crate::session::{Confirm, Dialect, SendHead};

/// Which messages ask for a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ReceiptChoice {
    /// Each, many in flight
    #[default]
    All,
    /// The last one; it proves that the broker read them all
    Last,
    /// None
    None,
}

impl From<ReceiptChoice> for Confirm {
    fn from(choice: ReceiptChoice) -> Self {
        match choice {
            ReceiptChoice::All => Self::All,
            ReceiptChoice::Last => Self::Last,
            ReceiptChoice::None => Self::None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expires {
    /// A number of milliseconds after SEND.
    After(u64),
    /// A time in milliseconds since 1970.
    At(u64),
}

fn parse_expires(text: &str) -> Result<Expires, String> {
    if text.chars().all(|c| c.is_ascii_digit()) && text.len() >= 12 {
        return text.parse().map(Expires::At).map_err(|_| "not a time in milliseconds".to_owned());
    }
    let after = parse_seconds(text)?;
    u64::try_from(after.as_millis()).map(Expires::After).map_err(|_| "too far away".to_owned())
}

/// Reads `10` or `10/s`.
pub(crate) fn parse_rate(text: &str) -> Result<u32, String> {
    let rate = text.strip_suffix("/s").unwrap_or(text).parse().ok().filter(|rate| *rate > 0);
    rate.ok_or_else(|| "it is a number of messages a second, from 1".to_owned())
}

fn now_millis() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

impl Expires {
    fn header(self, dialect: &Dialect) -> (&'static str, String) {
        let (at, after) = match self {
            Self::At(at) => (at, at.saturating_sub(now_millis())),
            Self::After(after) => (now_millis().saturating_add(after), after),
        };
        match dialect.expiration {
            crate::session::dialect::Expiration::At(name) => (name, at.to_string()),
            crate::session::dialect::Expiration::After(name) => (name, after.to_string()),
        }
    }
}

/// Sends a message, or many from standard input
///
/// The body is the rest of the line; without one, or as '-', standard input is the body. @FILE is a file's bytes.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Send {
    /// Where to, such as /queue/a or /topic/b
    #[arg(value_name = "DEST", required_unless_present = "jsonl")]
    pub destination: Option<String>,
    /// The body, @FILE, or - for standard input
    #[arg(value_name = "BODY")]
    pub body: Vec<OsString>,
    /// One more header; may be given more than once
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = parse_send_header)]
    pub header: Vec<(String, String)>,
    /// The body's MIME type
    #[arg(long, value_name = "TYPE")]
    pub content_type: Option<String>,
    /// The broker keeps the message over its own restart
    #[arg(long)]
    pub persistent: bool,
    /// The priority, from 0 to 9
    #[arg(long, value_name = "0-9", value_parser = clap::value_parser!(u8).range(0..=9))]
    pub priority: Option<u8>,
    /// When it expires: a time from now (30s, 5m), or milliseconds since 1970
    #[arg(long, value_name = "TIME", value_parser = parse_expires)]
    pub expires: Option<Expires>,
    /// Where answers go
    #[arg(long, value_name = "DEST")]
    pub reply_to: Option<String>,
    /// What answers repeat
    #[arg(long, value_name = "ID")]
    pub correlation_id: Option<String>,
    /// Send inside of this transaction
    #[arg(long = "tx", value_name = "NAME")]
    pub transaction: Option<String>,
    /// Leave content-length out, which makes a JMS broker take the body for text
    #[arg(long, conflicts_with = "bytes")]
    pub text: bool,
    /// Put content-length in, which makes a JMS broker take the body for bytes [default]
    #[arg(long)]
    pub bytes: bool,
    /// Which messages ask for a receipt [default: all]
    #[arg(long, value_enum, value_name = "WHICH", conflicts_with = "transaction")]
    pub receipt: Option<ReceiptChoice>,
    /// Send the same body so many times
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub repeat: Option<u64>,
    /// At most so many messages a second, as 10 or 10/s
    #[arg(long, value_name = "N", value_parser = parse_rate)]
    pub rate: Option<u32>,
    /// Fill in $counter, $uuid, $now, $random and the shell's variables in each body; $$ is a dollar
    #[arg(long)]
    pub template: bool,
    #[command(flatten)]
    pub cut: Cut,
    /// Whether to add the header that the broker needs to store messages for which there is no queue yet.
    #[arg(skip)]
    pub kept: bool,
}

/// How the input is cut into messages.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Many messages from standard input or @FILE")]
#[group(id = "cut", multiple = false)]
pub(crate) struct Cut {
    /// One message a line, without its end of line
    #[arg(short, long)]
    pub lines: bool,
    /// One message up to each NUL
    #[arg(short = '0', long)]
    pub null: bool,
    /// One message up to each of this text
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub delimiter: Option<String>,
    /// Each message behind its length, 32 bits, big-endian
    #[arg(long)]
    pub length_prefixed: bool,
    /// One envelope a line, as 'sub --jsonl' writes them
    #[arg(long)]
    pub jsonl: bool,
}

impl Cut {
    /// Whether standard input holds many messages.
    pub(crate) fn is_many(&self) -> bool {
        self.lines || self.null || self.delimiter.is_some() || self.length_prefixed || self.jsonl
    }
}

impl Send {
    pub(super) fn is_many(&self) -> bool {
        self.cut.is_many() || self.repeat.is_some()
    }

    /// Which messages ask for a receipt, of those that no transaction confirms.
    pub(super) fn receipts(&self) -> ReceiptChoice {
        self.receipt.unwrap_or_default()
    }

    /// Refuses a choice of receipts over a connection that asks for none.
    pub(super) fn check_receipts(&self, never: bool) -> Result<()> {
        if never && matches!(self.receipt, Some(ReceiptChoice::All | ReceiptChoice::Last)) {
            let message = "--receipt has no effect: this connection asks for no receipts (--receipts never)";
            return Err(Problem::usage_hint(message, "leave it out, or ask with --receipts auto").into());
        }
        Ok(())
    }

    /// The headers of each message: the destination first; those of `-H` replace others of the same name.
    pub(crate) fn headers(&self, dialect: &Dialect) -> Headers {
        let mut headers = Headers::new();
        let mut add = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                headers.push(name, value);
            }
        };
        add("destination", self.destination.as_deref());
        add("content-type", self.content_type.as_deref());
        add("persistent", self.persistent.then_some("true"));
        add("priority", self.priority.map(|priority| priority.to_string()).as_deref());
        add("reply-to", self.reply_to.as_deref());
        add("correlation-id", self.correlation_id.as_deref());
        add("transaction", self.transaction.as_deref());
        headers.extend(self.expires.map(|expires| expires.header(dialect)));
        if let Some((name, value)) = dialect.queue_creation_header.filter(|_| self.kept) {
            headers.push(name, value);
        }
        headers.overlay(&self.header.iter().cloned().collect());
        headers
    }

    pub(crate) fn head(&self, dialect: &Dialect) -> SendHead {
        SendHead { headers: self.headers(dialect), text: self.text }
    }

    pub(crate) fn frame(&self, dialect: &Dialect, body: impl Into<bytes::Bytes>) -> Frame {
        Frame { verb: Verb::Send, headers: self.headers(dialect), body: body.into() }
    }

    /// Refuses options that make no sense together.
    pub(crate) fn check(&self) -> Result<()> {
        if self.cut.is_many() && self.repeat.is_some() {
            return Err(Problem::usage("--repeat is for one body, and this input is cut into many").into());
        }
        if self.cut.jsonl && self.template {
            let hint = "cut bodies with --lines, -0, --delimiter or --length-prefixed";
            return Err(Problem::usage_hint("--template does not reach into envelopes", hint).into());
        }
        if self.rate.is_some() && !self.is_many() {
            let hint = "--repeat N, or an input that is cut into messages, makes them many";
            return Err(Problem::usage_hint("--rate is for many messages", hint).into());
        }
        Ok(())
    }
}
