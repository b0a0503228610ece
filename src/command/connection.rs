//! The options that say where the broker is, which a command's own options, the command line and a context fill in.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::exit::Problem;
use super::header_source::HeaderOption;
use super::websocket_options::WebSocketArgs;
use crate::protocol::{HeartBeat, Limit, Version};
use crate::session::ReceiptPolicy;
use crate::transport::Secret;
use crate::transport::http::HttpUrl;
use crate::words::mask_secrets;

/// How `--connect-header` is read.
pub(super) const CONNECT_HEADERS: HeaderOption =
    HeaderOption { option: "--connect-header", check: check_connect_header };

fn check_connect_header(name: &str, source: &str) -> Result<()> {
    if !name.is_empty() {
        return Ok(());
    }
    Err(Problem::usage(format!("a header of {source} has no name before its colon")).into())
}

/// Where the broker is and who we are.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Connection")]
pub struct ConnectionArgs {
    /// The broker's URL, or a comma list of them to try in order [default: stomp://localhost:61613]
    #[arg(short, long, global = true, value_name = "URL")]
    pub server: Option<String>,
    /// The broker's host
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME", conflicts_with = "server")]
    pub host: Option<String>,
    /// The broker's port
    #[arg(long, global = true, hide_short_help = true, value_name = "PORT", conflicts_with = "server")]
    pub port: Option<u16>,
    /// The user's name
    #[arg(short = 'U', long, global = true, value_name = "NAME")]
    pub user: Option<String>,
    /// Ask for the password
    #[arg(short = 'W', long = "ask-password", global = true, conflicts_with_all = ["password", "password_file"])]
    pub ask_password: bool,
    /// The password; other users of this machine can see it, so better -W or --password-file
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "TEXT",
        conflicts_with = "password_file"
    )]
    pub password: Option<Secret>,
    /// A file that holds the password and that nobody else can read
    #[arg(long, global = true, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// The virtual host
    #[arg(long, global = true, value_name = "NAME")]
    pub vhost: Option<String>,
    /// The client-id, which durable subscriptions need on some brokers
    #[arg(long, global = true, hide_short_help = true, value_name = "ID")]
    pub client_id: Option<String>,
    /// Add a header to CONNECT: 'name: value', where ${NAME} stands for an environment variable, or @FILE for a file of
    /// such lines that nobody else can read; may be given more than once
    #[arg(long, global = true, hide_short_help = true, value_name = "HEADER|@FILE")]
    pub connect_header: Vec<Secret>,
    /// Write CONNECT's values with header escapes, for brokers that decode them there
    #[arg(long, global = true, hide_short_help = true)]
    pub escape_connect: bool,
    /// Offer this version of STOMP alone: 1.0, 1.1 or 1.2
    #[arg(long, global = true, hide_short_help = true, value_name = "VERSION", value_parser = parse_version)]
    pub protocol: Option<Version>,
    /// Heart-beats to send and to wish for, in milliseconds; 0: none [default: 10000,10000]
    #[arg(long, global = true, hide_short_help = true, value_name = "OUT,IN")]
    pub heartbeat: Option<HeartBeat>,
    /// The longest time from name look-up to CONNECTED, in seconds [default: 10]
    #[arg(long, global = true, hide_short_help = true, value_name = "SECONDS", value_parser = parse_seconds)]
    pub connect_timeout: Option<Duration>,
    /// The longest time without a receipt and other progress, in seconds [default: 30]
    #[arg(long, global = true, hide_short_help = true, value_name = "SECONDS", value_parser = parse_seconds)]
    pub receipt_timeout: Option<Duration>,
    /// When to ask the server for receipts, which confirm what is sent: auto asks until the server turns out to send none,
    /// always waits for each up to --receipt-timeout, never sends without them [default: auto]
    #[arg(long, global = true, hide_short_help = true, hide_possible_values = true, value_name = "MODE", value_parser = receipt_modes())]
    pub receipts: Option<ReceiptPolicy>,
    /// Reconnect when the connection is lost, and resend what has no receipt; also wait for the broker at the start
    #[arg(long, global = true)]
    pub reconnect: bool,
    /// Wait up to SECONDS for a broker that cannot be reached yet [default: 30 with --reconnect, else 0]
    #[arg(long, global = true, hide_short_help = true, value_name = "SECONDS", value_parser = parse_seconds)]
    pub wait: Option<Duration>,
    /// The first and the longest pause between tries, in seconds [default: 0.1,30]
    #[arg(long, global = true, hide_short_help = true, value_name = "MIN,MAX", value_parser = parse_delays)]
    pub reconnect_delay: Option<(Duration, Duration)>,
    /// Trust the certificates of this file (PEM) too
    #[arg(long, global = true, value_name = "FILE")]
    pub cafile: Option<PathBuf>,
    /// The client's certificate (PEM)
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE")]
    pub cert: Option<PathBuf>,
    /// The key of the client's certificate (PEM)
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Do not verify the broker's certificate
    #[arg(long, global = true)]
    pub insecure: bool,
    /// The longest body to take, in bytes [default: 256 MiB; none where it goes to a file or a pipe]
    #[arg(long, global = true, hide_short_help = true, value_name = "BYTES")]
    pub max_body: Option<u64>,
    /// Bear more from a broker: bytes of a verb, a header-line or a head, or a number of headers
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME=N", value_parser = parse_limit)]
    pub limit: Vec<(Limit, u64)>,
    /// The broker of this name in the config file ('stomp ctx')
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// RabbitMQ's management, for 'queues' and 'depth' [default: http://HOST:15672]
    #[arg(long, global = true, value_name = "URL")]
    pub management: Option<HttpUrl>,
    /// Bring a private broker inside this process
    #[arg(long, global = true, conflicts_with_all = ["server", "host", "port", "context"])]
    pub embedded: bool,
    /// Show every frame on standard error, secrets masked
    #[arg(long, global = true)]
    pub trace: bool,
    #[command(flatten)]
    #[allow(missing_docs)] // a doc comment would become part of the help
    pub websocket: WebSocketArgs,
}

/// Parses the name of a receipt mode, and lists all of them for completion and help.
pub(crate) fn receipt_modes() -> impl TypedValueParser<Value = ReceiptPolicy> {
    PossibleValuesParser::new(RECEIPT_MODES).try_map(|mode| mode.parse())
}

/// The values of `--receipts`.
pub(crate) const RECEIPT_MODES: [&str; 3] = ["auto", "always", "never"];

/// Parses `name: value`; one space after the colon is not part of the value.
pub(crate) fn parse_header(text: &str) -> Result<(String, String), String> {
    let Some((name, value)) = text.split_once(':') else {
        return Err("it has no colon; a header is 'name: value'".to_owned());
    };
    let name = name.trim();
    if name.is_empty() {
        return Err("it has no name before the colon".to_owned());
    }
    Ok((name.to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned()))
}

/// Reads a header of SEND. What was confirmed is known only by receipts and transactions of this program.
pub(crate) fn parse_send_header(text: &str) -> Result<(String, String), String> {
    match parse_header(text)? {
        (name, _) if name == "receipt" => {
            Err(reserved("receipt", "'send --receipt' says which messages ask for one"))
        }
        (name, _) if name == "transaction" => {
            Err(reserved("transaction", "'send --tx NAME' sends in a transaction"))
        }
        header => Ok(header),
    }
}

/// Reads a header of SUBSCRIBE. With other values than this program knows of, its acks would settle other messages than
/// those that were printed.
pub(crate) fn parse_subscribe_header(text: &str) -> Result<(String, String), String> {
    match parse_header(text)? {
        (name, _) if name == "id" => Err(reserved("id", "--id sets it")),
        (name, _) if name == "ack" => Err(reserved("ack", "--ack sets it")),
        (name, _) if name == "destination" => Err(reserved("destination", "it is DEST")),
        (name, _) if name == "receipt" => Err(reserved("receipt", "each subscription asks for one")),
        header => Ok(header),
    }
}

/// Reads a header of ACK and NACK.
pub(crate) fn parse_settle_header(text: &str) -> Result<(String, String), String> {
    match parse_header(text)? {
        (name, _) if matches!(&*name, "id" | "message-id" | "subscription") => {
            Err(reserved(&name, "ID says which message is meant"))
        }
        header => parse_control_header(header),
    }
}

/// Reads a header of BEGIN, COMMIT and ABORT.
pub(crate) fn parse_transaction_header(text: &str) -> Result<(String, String), String> {
    parse_control_header(parse_header(text)?)
}

fn parse_control_header(header: (String, String)) -> Result<(String, String), String> {
    match &*header.0 {
        "transaction" => Err(reserved("transaction", "'begin NAME' opens one, and makes it the current one")),
        "receipt" => Err(reserved("receipt", "each frame of this command asks for one")),
        _ => Ok(header),
    }
}

fn reserved(name: &str, instead: &str) -> String {
    format!("stomp sets the header '{name}' itself; {instead}")
}

/// Refuses a name of a `kind` of thing that could not be typed behind `@` or as an option's value.
pub(super) fn check_name(kind: &str, name: &str, reserved: &[&str]) -> Result<()> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && name.chars().all(fits) && !reserved.contains(&name) {
        return Ok(());
    }
    let hint = "letters, digits, '-', '_' and '.' make one";
    Err(Problem::usage_hint(format!("'{name}' cannot be the name of a {kind}"), hint).into())
}

/// Parses a limit such as `header-line=131072`: a name of [`Limit`] and a number.
pub(super) fn parse_limit(text: &str) -> Result<(Limit, u64), String> {
    let names = "it is verb=N, header-line=N, headers=N, head=N or body=N";
    let (name, most) = text.split_once('=').ok_or(names)?;
    let limit = Limit::ALL.into_iter().find(|limit| limit.name() == name).ok_or(names)?;
    let most = most.parse().map_err(|_| format!("'{most}' is not a number"))?;
    Ok((limit, most))
}

pub(super) fn parse_version(text: &str) -> Result<Version, String> {
    Version::parse(text.as_bytes()).ok_or_else(|| "it is 1.0, 1.1 or 1.2".to_owned())
}

/// The longest time that an option may name: adding it to an `Instant` must not overflow.
const LONGEST: Duration = Duration::from_secs(30 * 366 * 24 * 60 * 60);

/// Parses a time in seconds, or with a unit: `500ms`, `2s`, `5m`, `1h`.
pub(crate) fn parse_seconds(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (figure, unit) = text.split_at(split);
    let scale = match unit.trim() {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("'{unit}' is not ms, s, m or h")),
    };
    let seconds: f64 = figure.parse().map_err(|_| format!("'{text}' is not a time such as 2.5 or 500ms"))?;
    let time = Duration::try_from_secs_f64(seconds * scale).map_err(|error| error.to_string())?;
    if time > LONGEST { Err("it is more than 30 years".to_owned()) } else { Ok(time) }
}

pub(super) fn parse_delays(text: &str) -> Result<(Duration, Duration), String> {
    let (min, max) = text.split_once(',').ok_or("it is two times such as 0.1,30")?;
    let (min, max) = (parse_seconds(min)?, parse_seconds(max)?);
    if min > max { Err("the first pause is longer than the longest".to_owned()) } else { Ok((min, max)) }
}

impl ConnectionArgs {
    /// Sets the URL that stands by itself, which options for its parts exclude as they exclude `--server`.
    pub(crate) fn set_url(&mut self, url: String) -> Result<()> {
        let other = ["--server", "--host", "--port", "--embedded"];
        if let Some(option) = self.given().find(|option| other.contains(option)) {
            let message = format!("{option} and the URL '{}' exclude each other", mask_secrets(&url));
            let hint = "the URL says it all: stomp://host:port";
            return Err(Problem::usage_hint(message, hint).into());
        }
        self.server = Some(url);
        Ok(())
    }

    /// The options that are set, for commands that make no use of most of them.
    pub(crate) fn given(&self) -> impl Iterator<Item = &'static str> {
        let all = [
            ("--server", self.server.is_some()),
            ("--host", self.host.is_some()),
            ("--port", self.port.is_some()),
            ("--user", self.user.is_some()),
            ("--ask-password", self.ask_password),
            ("--password", self.password.is_some()),
            ("--password-file", self.password_file.is_some()),
            ("--vhost", self.vhost.is_some()),
            ("--client-id", self.client_id.is_some()),
            ("--connect-header", !self.connect_header.is_empty()),
            ("--escape-connect", self.escape_connect),
            ("--protocol", self.protocol.is_some()),
            ("--heartbeat", self.heartbeat.is_some()),
            ("--connect-timeout", self.connect_timeout.is_some()),
            ("--receipt-timeout", self.receipt_timeout.is_some()),
            ("--receipts", self.receipts.is_some()),
            ("--reconnect", self.reconnect),
            ("--wait", self.wait.is_some()),
            ("--reconnect-delay", self.reconnect_delay.is_some()),
            ("--cafile", self.cafile.is_some()),
            ("--cert", self.cert.is_some()),
            ("--key", self.key.is_some()),
            ("--insecure", self.insecure),
            ("--limit", !self.limit.is_empty()),
            ("--context", self.context.is_some()),
            ("--management", self.management.is_some()),
            ("--embedded", self.embedded),
            ("--ws-header", !self.websocket.ws_header.is_empty()),
            ("--origin", self.websocket.origin.is_some()),
            ("--ws-protocol", self.websocket.ws_protocol.is_some()),
            ("--ws-basic", self.websocket.ws_basic),
            ("--ws-chunk", self.websocket.ws_chunk.is_some()),
        ];
        all.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name)
    }

    /// The options without those that belong to one broker: where it is, and tokens that are meant for it.
    pub(super) fn without_broker(&self) -> Self {
        Self {
            server: None,
            host: None,
            port: None,
            embedded: false,
            management: None,
            websocket: WebSocketArgs::default(),
            ..self.clone()
        }
    }

    /// Fills in the options that are not set from `base`. If the broker is set here, `base` does not add another.
    pub fn over(mut self, base: &Self) -> Self {
        macro_rules! fall_back {
            ($($field:ident),*) => { $( self.$field = self.$field.or_else(|| base.$field.clone()); )* };
        }
        let elsewhere = self.server.is_some() || self.host.is_some() || self.embedded;
        if !elsewhere {
            fall_back!(server, host, port, management);
            self.embedded = base.embedded;
        }
        // Tokens that are meant for one server must not be sent to another.
        if !elsewhere || (base.server.is_none() && base.host.is_none() && !base.embedded) {
            self.websocket = self.websocket.over(&base.websocket);
        }
        if self.connect_header.is_empty() {
            self.connect_header.clone_from(&base.connect_header);
        }
        if self.limit.is_empty() {
            self.limit.clone_from(&base.limit);
        }
        if !self.ask_password {
            self.ask_password = base.ask_password && self.password.is_none() && self.password_file.is_none();
            fall_back!(password, password_file);
        }
        fall_back!(user, vhost, client_id, protocol, heartbeat, connect_timeout, receipt_timeout, receipts);
        fall_back!(wait, reconnect_delay, cafile, cert, key, max_body);
        self.reconnect |= base.reconnect;
        self.insecure |= base.insecure;
        self.escape_connect |= base.escape_connect;
        self
    }
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
