//! What a connection's options come to, together with the environment and the config file: where the broker is, how to
//! log in, and what to warn of.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::config::Config;
use super::connection::{CONNECT_HEADERS, ConnectionArgs};
use super::exit::Problem;
use super::header_source::{HeaderOption, expand};
use super::password::{self, read_secret};
use super::websocket_options::hide_tokens;
use crate::broker::{Broker, BrokerConfig, RunningBroker};
use crate::client::{Client, ClientError, ClientOptions, Events, Reconnect, Target, Tracer};
use crate::render::escape::{Lines, escape_text};
use crate::render::secrets::{url_token, url_tokens};
use crate::render::stderr;
use crate::session::ReceiptPolicy;
use crate::transport::http::segment;
use crate::transport::{Endpoint, Scheme, Secret, looks_like_url, parse_list};

/// Environment variables that configure this program. They are removed from the environment of child processes.
pub(crate) const VARIABLES: &[&str] = &[
    "STOMP_URL",
    "STOMP_HOST",
    "STOMP_PORT",
    "STOMP_USER",
    "STOMP_PASSWORD",
    "STOMP_LOGIN",
    "STOMP_PASSCODE",
    "STOMP_VHOST",
    "STOMP_WS_HEADER",
    "STOMP_CONTEXT",
    "STOMP_RECEIPTS",
];

/// How long `--reconnect` waits for a broker that is not up yet.
const WAIT: Duration = Duration::from_secs(30);

/// The first of these environment variables that is set, unless it is empty.
fn variable(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| std::env::var(name).ok()).filter(|value| !value.is_empty())
}

fn port_of_environment() -> Result<Option<u16>> {
    let parse = |text: String| {
        text.parse().map_err(|_| Problem::usage(format!("STOMP_PORT is '{text}', which is no port")))
    };
    Ok(variable(&["STOMP_PORT"]).map(parse).transpose()?)
}

impl ConnectionArgs {
    /// Fills in the named or the current context, over which options and environment take precedence. Returns the
    /// context's name and whether it is a production broker.
    pub fn with_context(self) -> Result<(Self, Option<(String, bool)>)> {
        // A broker of the command line is another one than that of the environment, with another login.
        let elsewhere = self.server.is_some() || self.host.is_some() || self.embedded;
        let in_environment = variable(&["STOMP_URL"]).is_some() || variable(&["STOMP_HOST"]).is_some();
        let name = match &self.context {
            Some(name) => Some(name.clone()),
            None if elsewhere => return Ok((self, None)),
            None => variable(&["STOMP_CONTEXT"]),
        };
        if name.is_none() && in_environment {
            return Ok((self, None));
        }
        // A file that cannot be read is an error: it may name another broker than the default one.
        let config = Config::read()?;
        let Some((name, stored)) = config.find(name.as_deref())? else { return Ok((self, None)) };
        let production = stored.production;
        let mut filled = Self::from(stored);
        filled.user = variable(&["STOMP_USER", "STOMP_LOGIN"]).or(filled.user);
        filled.vhost = variable(&["STOMP_VHOST"]).or(filled.vhost);
        if variable(&["STOMP_PASSWORD", "STOMP_PASSCODE"]).is_some() {
            filled.password_file = None;
        }
        // Beside STOMP_URL and STOMP_HOST, STOMP_PORT belongs to their broker.
        if !in_environment {
            filled.port = port_of_environment()?;
        }
        if variable(&["STOMP_RECEIPTS"]).is_some() {
            filled.receipts = None;
        }
        if variable(&["STOMP_WS_HEADER"]).is_some() {
            filled.websocket.ws_header.clear();
        }
        let mut args = self;
        if args.host.is_some() {
            // It replaces the host in the context's URL.
            args.server = args.server.or_else(|| filled.server.clone());
            args.port = args.port.or(filled.port);
        }
        Ok((args.over(&filled), Some((name, production))))
    }

    /// Refuses options of TLS where nothing is encrypted: what they were given for does not happen.
    pub(crate) fn refuse_idle_tls_options(&self, target: &Target) -> Result<()> {
        let encrypts = match target {
            Target::Remote(endpoints) => endpoints.iter().any(|endpoint| endpoint.scheme.is_tls()),
            Target::Local(_) => false,
        };
        let manages = self.management.as_ref().is_some_and(|url| url.tls);
        let given = [
            ("--cert", self.cert.is_some()),
            ("--key", self.key.is_some()),
            ("--cafile", self.cafile.is_some() && !manages),
            ("--insecure", self.insecure && !manages),
        ];
        let Some((option, _)) = given.into_iter().find(|(_, given)| *given && !encrypts) else {
            return Ok(());
        };
        let message = format!("{option} has no effect: the connection to {target} is not encrypted");
        Err(Problem::usage_hint(message, "the URL of an encrypted one begins with stomps:// or wss://")
            .into())
    }

    /// Warnings about secrets that others can read and certificates that are not verified.
    pub fn warnings(&self, target: &Target) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut warn = |text: &str| warnings.push(text.to_owned());
        let endpoints = match target {
            Target::Remote(endpoints) => &endpoints[..],
            Target::Local(_) => &[],
        };
        if self.password.is_some() {
            warn("--password can be seen by other users of this machine; -W asks for it");
        }
        // The URL of a context has no password.
        if self.server.is_some() && endpoints.iter().any(|endpoint| endpoint.password.is_some()) {
            warn("the password in the URL can be seen by other users of this machine; -W asks for it");
        }
        if self.server.as_deref().and_then(url_token).is_some() {
            warn(
                "the token in the URL can be seen by other users of this machine; ${VARIABLE} in single quotes hides it",
            );
        }
        let connect_headers = CONNECT_HEADERS.exposed(&self.connect_header);
        let connect_headers = connect_headers.map(|name| ("--connect-header", name));
        let headers = self.websocket.exposed().map(|name| ("--ws-header", name));
        for (option, name) in headers.chain(connect_headers) {
            warn(&format!(
                "the value of {option} '{name}' can be seen by other users of this machine; @FILE and ${{VARIABLE}} \
                 hide it"
            ));
        }
        if self.insecure {
            warn("--insecure: the broker's certificate is not verified");
        }
        let has_secret = self.password.is_some()
            || self.password_file.is_some()
            || self.ask_password
            || variable(&["STOMP_PASSWORD", "STOMP_PASSCODE"]).is_some();
        let has_headers = !self.websocket.ws_header.is_empty() || variable(&["STOMP_WS_HEADER"]).is_some();
        let is_exposed = |endpoint: &&Endpoint| {
            let is_open = !endpoint.scheme.is_tls() && !endpoint.is_loopback();
            let has_token =
                endpoint.scheme.is_websocket() && (has_headers || url_token(&endpoint.path).is_some());
            is_open && (has_secret || has_token || endpoint.password.is_some())
        };
        if let Some(endpoint) = endpoints.iter().find(is_exposed) {
            let authority = endpoint.authority();
            let encrypted = if endpoint.scheme.is_websocket() { Scheme::Wss } else { Scheme::Stomps };
            warn(&format!("the login goes to {authority} in clear text; {encrypted}:// encrypts it"));
        }
        warnings
    }

    /// The broker's endpoints: from the options, else the environment, else the default.
    pub fn endpoints(&self) -> Result<Vec<Endpoint>> {
        let mut endpoints = self.named_endpoints()?;
        for endpoint in endpoints.iter_mut().filter(|endpoint| endpoint.scheme.is_websocket()) {
            endpoint.path = expand(&endpoint.path, "the broker's URL", segment)?;
        }
        Ok(endpoints)
    }

    fn named_endpoints(&self) -> Result<Vec<Endpoint>> {
        if let Some(server) = &self.server {
            let endpoints = parse_list(server).with_context(|| "the broker's URL".to_owned())?;
            return self.replace_parts(endpoints, self.port);
        }
        let port = self.port.map_or_else(port_of_environment, |port| Ok(Some(port)))?;
        if self.host.is_none()
            && let Some(url) = variable(&["STOMP_URL"])
        {
            let endpoints = parse_list(&url).with_context(|| "the URL in STOMP_URL".to_owned())?;
            return self.replace_parts(endpoints, port);
        }
        let host =
            self.host.clone().or_else(|| variable(&["STOMP_HOST"])).unwrap_or_else(|| "localhost".to_owned());
        Ok(vec![Endpoint::new(Scheme::Stomp, host, port)])
    }

    /// Puts `--host` and a port into a URL of a context or of the environment.
    fn replace_parts(&self, mut endpoints: Vec<Endpoint>, port: Option<u16>) -> Result<Vec<Endpoint>> {
        if let Some(host) = &self.host {
            let [endpoint] = endpoints.as_mut_slice() else {
                let hint = "-s URL names another broker";
                return Err(
                    Problem::usage_hint("--host cannot replace the hosts of several URLs", hint).into()
                );
            };
            endpoint.host.clone_from(host);
        }
        for endpoint in &mut endpoints {
            endpoint.port = port.unwrap_or(endpoint.port);
        }
        Ok(endpoints)
    }

    /// Where the broker is; starts the embedded broker for `--embedded`.
    pub async fn target(&self) -> Result<(Option<Arc<RunningBroker>>, Target)> {
        if !self.embedded {
            return Ok((None, Target::Remote(self.endpoints()?)));
        }
        let config = BrokerConfig { listen: Vec::new(), ..BrokerConfig::default() };
        let broker = Arc::new(Broker::bind(config).await?.spawn());
        let target = embedded_target(&broker);
        Ok((Some(broker), target))
    }

    /// The password, without the environment's. Blocks while it asks at the terminal.
    fn secret(&self) -> Result<Option<Secret>> {
        match (&self.password, &self.password_file) {
            _ if self.ask_password => password::ask().map(Some),
            (Some(password), _) => Ok(Some(password.clone())),
            (None, Some(file)) => read_secret(file).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// All options of the client. May ask for the password.
    pub(crate) fn client_options(
        &self,
        target: Target,
        tracer: Option<Arc<dyn Tracer>>,
    ) -> Result<ClientOptions> {
        self.options_with(variable, target, tracer)
    }

    /// The options for another broker, `place` being its URL or the name of its context, and warnings about them. Time
    /// limits and verification are as here where its context does not set them. The login is not: it must not be sent
    /// to another broker.
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
        let inherited = Self {
            cafile: self.cafile.clone(),
            heartbeat: self.heartbeat,
            connect_timeout: self.connect_timeout,
            receipt_timeout: self.receipt_timeout,
            reconnect: self.reconnect,
            wait: self.wait,
            reconnect_delay: self.reconnect_delay,
            insecure: self.insecure,
            limit: self.limit.clone(),
            ..Self::default()
        };
        other = other.over(&inherited);
        let target = Target::Remote(other.endpoints()?);
        let mut warnings = if by_url { other.warnings(&target) } else { Vec::new() };
        // The current connection has warned of this one.
        warnings.retain(|warning| !warning.starts_with("--insecure"));
        let mut options = other.options_with(|_| None, target, tracer)?;
        if options.connect.client_id() == self.client_id() {
            options.connect.remove_client_id();
        }
        Ok((options, warnings))
    }

    fn options_with(
        &self,
        variable: impl Fn(&[&str]) -> Option<String>,
        target: Target,
        tracer: Option<Arc<dyn Tracer>>,
    ) -> Result<ClientOptions> {
        let url_has = |what: fn(&Endpoint) -> bool| match &target {
            // A variable of its own comes before a part of STOMP_URL.
            Target::Remote(endpoints) => self.server.is_some() && endpoints.iter().any(what),
            Target::Local(_) => true,
        };
        let url_user = url_has(|endpoint| endpoint.user.is_some());
        let url_password = url_has(|endpoint| endpoint.password.is_some());
        let url_vhost = url_has(|endpoint| endpoint.vhost.is_some());
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
        if let Some(heart_beat) = self.heartbeat {
            options.connect.heart_beat = heart_beat;
        }
        options.vhost = self.vhost.clone();
        if options.vhost.is_none() && !url_vhost {
            options.vhost = variable(&["STOMP_VHOST"]);
        }
        if let Some(after) = self.connect_timeout {
            options.connect_timeout = after;
        }
        if let Some(after) = self.receipt_timeout {
            options.receipt_timeout = after;
        }
        options.receipts = match (self.receipts, variable(&["STOMP_RECEIPTS"])) {
            (Some(mode), _) => mode,
            (None, Some(text)) => {
                text.parse().map_err(|error| Problem::usage(format!("STOMP_RECEIPTS: {error}")))?
            }
            (None, None) => ReceiptPolicy::default(),
        };
        for (limit, most) in &self.limit {
            options.limits.set(*limit, *most);
        }
        if let Some(body) = self.max_body {
            options.limits.body = body;
        }
        options.reconnect = self.reconnect.then(|| self.reconnect_policy(true));
        options.wait = self.wait.unwrap_or(if self.reconnect { WAIT } else { Duration::ZERO });
        options.dial.cafile.clone_from(&self.cafile);
        options.dial.cert.clone_from(&self.cert);
        options.dial.key.clone_from(&self.key);
        options.dial.insecure = self.insecure;
        let ws_header = variable(&["STOMP_WS_HEADER"]);
        self.set_connect_headers(&mut options)?;
        self.websocket.apply(&mut options, ws_header.as_deref())?;
        if HeaderOption::has_files(&self.connect_header, None)
            || self.websocket.has_header_files(ws_header.as_deref())
        {
            let again = self.clone();
            options.refresh = Some(Arc::new(move |options| {
                // While a file is being written, the headers stay as they were.
                let _ = again.set_connect_headers(options);
                let _ = again.websocket.set_headers(options, ws_header.as_deref());
            }));
        }
        if let Target::Remote(endpoints) = &options.target {
            let tokens = endpoints.iter().flat_map(|endpoint| url_tokens(&endpoint.path));
            options.secrets.extend(tokens.map(|(_, value)| Secret::new(value)));
        }
        options.tracer = tracer;
        Ok(options)
    }

    /// Sets the user's headers of CONNECT. Reads the files that they name.
    fn set_connect_headers(&self, options: &mut ClientOptions) -> Result<()> {
        let headers = CONNECT_HEADERS.resolve(&self.connect_header, None)?;
        hide_tokens(options, &headers);
        options.connect.headers =
            headers.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
        Ok(())
    }

    /// The client-id that CONNECT has.
    pub(super) fn client_id(&self) -> Option<String> {
        // Headers that cannot be read are an error of connecting.
        let headers = CONNECT_HEADERS.resolve(&self.connect_header, None).unwrap_or_default();
        let header = headers.into_iter().rev().find(|(name, _)| name == "client-id");
        header.map(|(_, id)| id.expose().to_owned()).or_else(|| self.client_id.clone())
    }

    /// How to reconnect, and whether to resend what is not confirmed.
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
