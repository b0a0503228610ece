//! The options that say where the broker is, and in which order flags, environment and defaults
//! count.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;

use super::config::{Config, StoredContext};
use super::exit::Problem;
use crate::broker::{Broker, BrokerConfig, RunningBroker};
use crate::client::{Client, ClientError, ClientOptions, Events, Reconnect, Target, Tracer};
use crate::protocol::{HeartBeat, Limit, Version};
use crate::render::escape::{Lines, escape_text};
use crate::render::stderr;
use crate::transport::http::HttpUrl;
use crate::transport::{Endpoint, Scheme, Secret, looks_like_url, parse_list};

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
    #[arg(short = 'W', long = "ask-password", global = true)]
    pub ask_password: bool,
    /// The password; other users of this machine can see it, so better -W or --password-file
    #[arg(long, global = true, hide_short_help = true, value_name = "TEXT")]
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
    /// One more header of CONNECT; may be given more than once
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME: VALUE", value_parser = parse_header)]
    pub connect_header: Vec<(String, String)>,
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
    /// Make a lost connection again, and send once more what has no receipt
    #[arg(long, global = true)]
    pub reconnect: bool,
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
    #[arg(long, global = true, conflicts_with_all = ["server", "host", "port"])]
    pub embedded: bool,
    /// Show every frame on standard error, secrets masked
    #[arg(long, global = true)]
    pub trace: bool,
}

/// Reads `name: value`; one blank behind the colon does not count.
pub(crate) fn parse_header(text: &str) -> Result<(String, String), String> {
    let Some((name, value)) = text.split_once(':') else {
        return Err(format!("'{text}' has no colon; a header is 'name: value'"));
    };
    let name = name.trim();
    if name.is_empty() {
        return Err(format!("'{text}' has no name before the colon"));
    }
    Ok((name.to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned()))
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

/// Reads `header-line=131072`.
fn parse_limit(text: &str) -> Result<(Limit, u64), String> {
    let names = "it is verb=N, header-line=N, headers=N, head=N or body=N";
    let (name, most) = text.split_once('=').ok_or(names)?;
    let limit = Limit::ALL.into_iter().find(|limit| limit.name() == name).ok_or(names)?;
    let most = most.parse().map_err(|_| format!("'{most}' is not a number"))?;
    Ok((limit, most))
}

fn parse_version(text: &str) -> Result<Version, String> {
    Version::parse(text.as_bytes()).ok_or_else(|| "it is 1.0, 1.1 or 1.2".to_owned())
}

/// The longest time that may be given: clocks must be able to count it.
const LONGEST: Duration = Duration::from_secs(30 * 366 * 24 * 60 * 60);

/// Reads a time in seconds, or with a unit: `500ms`, `2s`, `5m`, `1h`.
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

fn parse_delays(text: &str) -> Result<(Duration, Duration), String> {
    let (min, max) = text.split_once(',').ok_or("it is two times such as 0.1,30")?;
    let (min, max) = (parse_seconds(min)?, parse_seconds(max)?);
    if min > max { Err("the first pause is longer than the longest".to_owned()) } else { Ok((min, max)) }
}

/// Environment variables that configure this program; a child process inherits none of them.
pub(crate) const VARIABLES: &[&str] = &[
    "STOMP_URL",
    "STOMP_HOST",
    "STOMP_PORT",
    "STOMP_USER",
    "STOMP_PASSWORD",
    "STOMP_LOGIN",
    "STOMP_PASSCODE",
    "STOMP_VHOST",
    "STOMP_CONTEXT",
];

fn variable(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| std::env::var(name).ok()).filter(|value| !value.is_empty())
}

impl From<&StoredContext> for ConnectionArgs {
    /// What a context says of a connection; flags and environment count before it.
    fn from(stored: &StoredContext) -> Self {
        Self {
            server: Some(stored.url.clone()),
            user: stored.user.clone(),
            password_file: stored.password_file.clone(),
            vhost: stored.vhost.clone(),
            client_id: stored.client_id.clone(),
            cafile: stored.cafile.clone(),
            cert: stored.cert.clone(),
            key: stored.key.clone(),
            management: stored.management.clone(),
            ..Self::default()
        }
    }
}

impl ConnectionArgs {
    /// Puts the options of a command behind those of the command line: the former count first.
    pub fn over(mut self, base: &Self) -> Self {
        macro_rules! fall_back {
            ($($field:ident),*) => { $( self.$field = self.$field.or_else(|| base.$field.clone()); )* };
        }
        let elsewhere = self.server.is_some() || self.host.is_some() || self.embedded;
        if !elsewhere {
            fall_back!(server, host, port, management);
            self.embedded = base.embedded;
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
        fall_back!(user, vhost, client_id, protocol, heartbeat, connect_timeout, receipt_timeout);
        fall_back!(reconnect_delay, cafile, cert, key, max_body);
        self.reconnect |= base.reconnect;
        self.insecure |= base.insecure;
        self.escape_connect |= base.escape_connect;
        self
    }

    /// Fills in what the context says, the one that is named or the current one: flags and
    /// environment count before it. Returns the context's name and whether it is a production's.
    pub fn with_context(self) -> Result<(Self, Option<(String, bool)>)> {
        let name = self.context.clone().or_else(|| variable(&["STOMP_CONTEXT"]));
        let elsewhere = self.server.is_some() || self.host.is_some() || self.port.is_some() || self.embedded;
        let in_environment = || variable(&["STOMP_URL"]).is_some() || variable(&["STOMP_HOST"]).is_some();
        if name.is_none() && (elsewhere || in_environment()) {
            return Ok((self, None));
        }
        // Where it cannot be read, nobody knows which broker is meant: that is not for us to guess.
        let config = Config::read()?;
        let Some((name, stored)) = config.find(name.as_deref())? else { return Ok((self, None)) };
        let production = stored.production;
        let mut filled = Self::from(stored);
        if variable(&["STOMP_USER", "STOMP_LOGIN"]).is_some() {
            filled.user = None;
        }
        if variable(&["STOMP_PASSWORD", "STOMP_PASSCODE"]).is_some() {
            filled.password_file = None;
        }
        if variable(&["STOMP_VHOST"]).is_some() {
            filled.vhost = None;
        }
        Ok((self.over(&filled), Some((name, production))))
    }

    /// What may be wrong with the way secrets are given, one sentence each.
    pub fn warnings(&self, target: &Target) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.password.is_some() {
            warnings.push("--password can be seen by other users of this machine; -W asks for it".to_owned());
        }
        // A context's URL has none.
        let in_url = |endpoint: &Endpoint| endpoint.password.is_some();
        if let (Some(_), Target::Remote(endpoints)) = (&self.server, target)
            && endpoints.iter().any(in_url)
        {
            warnings.push(
                "the password in the URL can be seen by other users of this machine; -W asks for it"
                    .to_owned(),
            );
        }
        if self.insecure {
            warnings.push("--insecure: the broker's certificate is not verified".to_owned());
        }
        if let Target::Remote(endpoints) = target {
            let secret = |endpoint: &Endpoint| {
                let given = self.password.is_some() || self.password_file.is_some() || self.ask_password;
                given
                    || endpoint.password.is_some()
                    || variable(&["STOMP_PASSWORD", "STOMP_PASSCODE"]).is_some()
            };
            let open = |endpoint: &&Endpoint| {
                !endpoint.scheme.is_tls() && !endpoint.is_loopback() && secret(endpoint)
            };
            if let Some(endpoint) = endpoints.iter().find(open) {
                let authority = endpoint.authority();
                warnings
                    .push(format!("the password goes to {authority} in clear text; stomps:// encrypts it"));
            }
        }
        warnings
    }

    /// The endpoints: flags, then environment, then the default.
    pub fn endpoints(&self) -> Result<Vec<Endpoint>> {
        if let Some(server) = &self.server {
            return parse_list(server).with_context(|| "the broker's URL".to_owned());
        }
        let from_environment = self.host.is_none() && self.port.is_none();
        if from_environment && let Some(url) = variable(&["STOMP_URL"]) {
            return parse_list(&url).with_context(|| "the URL in STOMP_URL".to_owned());
        }
        let host =
            self.host.clone().or_else(|| variable(&["STOMP_HOST"])).unwrap_or_else(|| "localhost".to_owned());
        let port = match (self.port, variable(&["STOMP_PORT"])) {
            (Some(port), _) => Some(port),
            (None, Some(text)) => {
                let parsed = text
                    .parse()
                    .map_err(|_| Problem::usage(format!("STOMP_PORT is '{text}', which is no port")));
                Some(parsed?)
            }
            (None, None) => None,
        };
        Ok(vec![Endpoint::new(Scheme::Stomp, host, port)])
    }

    /// Where the broker is; starts the embedded one where it is wanted.
    pub async fn target(&self) -> Result<(Option<Arc<RunningBroker>>, Target)> {
        if !self.embedded {
            return Ok((None, Target::Remote(self.endpoints()?)));
        }
        let config = BrokerConfig { listen: Vec::new(), ..BrokerConfig::default() };
        let broker = Arc::new(Broker::bind(config).await?.spawn());
        let target = embedded_target(&broker);
        Ok((Some(broker), target))
    }

    /// The password: asked for, given, from a file, from the environment.
    fn secret(&self) -> Result<Option<Secret>> {
        if self.ask_password {
            return super::password::ask().map(Some);
        }
        if let Some(password) = &self.password {
            return Ok(Some(password.clone()));
        }
        if let Some(file) = &self.password_file {
            return read_secret(file).map(Some);
        }
        Ok(None)
    }

    /// Everything about the connection. `local` makes streams to the embedded broker, if that is
    /// wanted.
    pub(crate) fn client_options(
        &self,
        target: Target,
        tracer: Option<Arc<dyn Tracer>>,
    ) -> Result<ClientOptions> {
        self.options_with(variable, target, tracer)
    }

    /// The options for another broker, by its URL or the name of its context. What says how patiently and
    /// how trustfully is as here; the login is its own, since nobody else is to learn ours.
    pub(crate) fn elsewhere(
        &self,
        place: &str,
        tracer: Option<Arc<dyn Tracer>>,
    ) -> Result<(ClientOptions, Vec<String>)> {
        let mut other = if looks_like_url(place) {
            Self { server: Some(place.to_owned()), ..Self::default() }
        } else {
            let config = Config::read()?;
            let found = config.find(Some(place))?;
            found.map(|(_, stored)| Self::from(stored)).unwrap_or_default()
        };
        let by_url = looks_like_url(place);
        other.cafile = other.cafile.or_else(|| self.cafile.clone());
        other.heartbeat = self.heartbeat;
        other.connect_timeout = self.connect_timeout;
        other.receipt_timeout = self.receipt_timeout;
        other.reconnect = self.reconnect;
        other.reconnect_delay = self.reconnect_delay;
        other.insecure = self.insecure;
        other.limit.clone_from(&self.limit);
        let target = Target::Remote(other.endpoints()?);
        let mut warnings = if by_url { other.warnings(&target) } else { Vec::new() };
        // Of this one has been warned already.
        warnings.retain(|warning| !warning.starts_with("--insecure"));
        Ok((other.options_with(|_| None, target, tracer)?, warnings))
    }

    fn options_with(
        &self,
        variable: impl Fn(&[&str]) -> Option<String>,
        target: Target,
        tracer: Option<Arc<dyn Tracer>>,
    ) -> Result<ClientOptions> {
        let url_has = |what: fn(&Endpoint) -> bool| match &target {
            Target::Remote(endpoints) => endpoints.iter().any(what),
            Target::Local(_) => true,
        };
        let url_user = url_has(|endpoint| endpoint.user.is_some());
        let url_password = url_has(|endpoint| endpoint.password.is_some());
        let mut options = ClientOptions::new(target);
        options.connect.login = self.user.clone();
        options.connect.passcode = self.secret()?.map(|secret| secret.expose().as_bytes().to_vec());
        if options.connect.login.is_none() && !url_user {
            options.connect.login = variable(&["STOMP_USER", "STOMP_LOGIN"]);
        }
        if options.connect.passcode.is_none() && !url_password {
            options.connect.passcode =
                variable(&["STOMP_PASSWORD", "STOMP_PASSCODE"]).map(String::into_bytes);
        }
        options.connect.versions = self.protocol.into_iter().collect();
        options.connect.client_id = self.client_id.clone();
        options.connect.escape = self.escape_connect;
        options.connect.headers = self.connect_header.iter().cloned().collect();
        if let Some(heart_beat) = self.heartbeat {
            options.connect.heart_beat = heart_beat;
        }
        options.vhost = self.vhost.clone();
        if let Target::Remote(endpoints) = &options.target
            && options.vhost.is_none()
            && endpoints.iter().all(|endpoint| endpoint.vhost.is_none())
        {
            options.vhost = variable(&["STOMP_VHOST"]);
        }
        if let Some(after) = self.connect_timeout {
            options.connect_timeout = after;
        }
        if let Some(after) = self.receipt_timeout {
            options.receipt_timeout = after;
        }
        for (limit, most) in &self.limit {
            options.limits.set(*limit, *most);
        }
        if let Some(body) = self.max_body {
            options.limits.body = body;
        }
        options.reconnect = self.reconnect.then(|| self.reconnect_policy(true));
        options.dial.cafile.clone_from(&self.cafile);
        options.dial.cert.clone_from(&self.cert);
        options.dial.key.clone_from(&self.key);
        options.dial.insecure = self.insecure;
        options.tracer = tracer;
        Ok(options)
    }

    /// How a lost connection is made again.
    pub fn reconnect_policy(&self, resend: bool) -> Reconnect {
        let mut policy = Reconnect { resend, ..Reconnect::default() };
        if let Some((min, max)) = self.reconnect_delay {
            (policy.min, policy.max) = (min, max);
        }
        policy
    }
}

/// A target that connects to the embedded broker in memory.
pub(super) fn embedded_target(broker: &Arc<RunningBroker>) -> Target {
    let broker = Arc::clone(broker);
    Target::Local(Arc::new(move || Box::new(broker.connect())))
}

/// Opens a command's own connection; with `-v`, reports the broker on standard error.
pub(crate) async fn connect(options: ClientOptions) -> Result<(Client, Events), ClientError> {
    let (client, events) = Client::connect(options).await?;
    if stderr::is_verbose() {
        let status = client.status().await?;
        if let Some(connected) = &status.connected {
            let server = connected.server.as_deref().unwrap_or("a broker that does not say who it is");
            let text = format!("connected to {}: {server}, STOMP {}", status.endpoint, connected.version);
            stderr::line(&escape_text(&text, Lines::One));
        }
    }
    Ok((client, events))
}

/// The first line of a file that nobody else can read.
pub(crate) fn read_secret(file: &Path) -> Result<Secret> {
    use std::os::unix::fs::PermissionsExt as _;
    let shown = file.display();
    let failed = |error| Problem::local(format!("cannot read the password file {shown}"), error);
    let mode = std::fs::metadata(file).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        let message = format!("the password file {shown} can be read by others");
        return Err(Problem::usage_hint(message, format!("chmod 600 {shown}")).into());
    }
    let text = std::fs::read_to_string(file).map_err(failed)?;
    Ok(Secret::new(text.lines().next().unwrap_or_default()))
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
