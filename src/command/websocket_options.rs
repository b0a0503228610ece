//! The options of a WebSocket: what its handshake says besides what RFC 6455 asks for, and the size of its messages.

use anyhow::Result;
use clap::Args;

use super::exit::Problem;
use super::header_source::{HeaderOption, is_secret_header};
use crate::client::{ClientOptions, Target};
use crate::transport::{HandshakeLogin, Secret};

/// What a WebSocket needs besides its URL.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "WebSocket")]
pub struct WebSocketArgs {
    /// Add a header to the handshake: 'Name: value', where ${NAME} stands for an environment variable, or @FILE for a
    /// file of such lines that nobody else can read; may be given more than once
    #[arg(long, global = true, hide_short_help = true, value_name = "HEADER|@FILE")]
    pub ws_header: Vec<Secret>,
    /// Send this Origin with the handshake, as a browser on a page of that site does
    #[arg(long, global = true, hide_short_help = true, value_name = "ORIGIN")]
    pub origin: Option<String>,
    /// Offer these subprotocols, separated by commas, or 'none' [default: v12.stomp,v11.stomp,v10.stomp]
    #[arg(long, global = true, hide_short_help = true, value_name = "NAMES")]
    pub ws_protocol: Option<String>,
    /// Send user and password with the handshake as well, as HTTP Basic
    #[arg(long, global = true, hide_short_help = true)]
    pub ws_basic: bool,
    /// Send a longer frame in several messages of at most BYTES; 0: never [default: 8192 for Spring, else 0]
    #[arg(long, global = true, hide_short_help = true, value_name = "BYTES")]
    pub ws_chunk: Option<usize>,
}

const HEADERS: HeaderOption = HeaderOption { option: "--ws-header", check: check_name };

/// The variable with lines as --ws-header takes them.
const VARIABLE: &str = "STOMP_WS_HEADER";

impl WebSocketArgs {
    /// Whether anything is set.
    fn is_set(&self) -> bool {
        let value = self.origin.is_some() || self.ws_protocol.is_some() || self.ws_chunk.is_some();
        value || self.ws_basic || !self.ws_header.is_empty()
    }

    /// Fills in what is not set from `base`.
    pub(super) fn over(self, base: &Self) -> Self {
        Self {
            ws_header: if self.ws_header.is_empty() { base.ws_header.clone() } else { self.ws_header },
            origin: self.origin.or_else(|| base.origin.clone()),
            ws_protocol: self.ws_protocol.or_else(|| base.ws_protocol.clone()),
            ws_basic: self.ws_basic || base.ws_basic,
            ws_chunk: self.ws_chunk.or(base.ws_chunk),
        }
    }

    /// Sets what the handshake says; `variable` holds the lines of STOMP_WS_HEADER.
    pub(super) fn apply(&self, options: &mut ClientOptions, variable: Option<&str>) -> Result<()> {
        let endpoints = match &options.target {
            Target::Remote(endpoints) => &endpoints[..],
            Target::Local(_) => &[],
        };
        if !endpoints.iter().any(|endpoint| endpoint.scheme.is_websocket()) {
            if !self.is_set() {
                return Ok(());
            }
            let message =
                "--ws-header, --ws-protocol, --ws-basic, --ws-chunk and --origin are for WebSocket URLs";
            return Err(Problem::usage_hint(message, "a WebSocket's URL begins with ws:// or wss://").into());
        }
        let connect = &options.connect;
        let has_user = connect.login.is_some() || endpoints.iter().all(|endpoint| endpoint.user.is_some());
        let password = connect.passcode.as_deref().map(String::from_utf8_lossy).map(Secret::new);
        let login = HandshakeLogin { user: connect.login.clone(), password };
        self.set_headers(options, variable)?;
        let headers = &options.dial.ws_headers;
        if self.ws_basic && headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
            return Err(Problem::usage("--ws-basic and the header 'Authorization' exclude each other").into());
        }
        if self.ws_basic && !has_user {
            let hint = "give the login with -U USER and -W";
            return Err(Problem::usage_hint("--ws-basic needs a user", hint).into());
        }
        options.websocket_chunk = self.ws_chunk;
        options.dial.ws_login = self.ws_basic.then_some(login);
        options.dial.ws_origin.clone_from(&self.origin);
        if let Some(protocols) = self.protocols()? {
            options.dial.ws_protocols = protocols;
        }
        Ok(())
    }

    /// Sets the headers, of these options or else of the lines of STOMP_WS_HEADER. Reads the files that they name.
    pub(super) fn set_headers(&self, options: &mut ClientOptions, variable: Option<&str>) -> Result<()> {
        let variable = variable.map(|text| (VARIABLE, text));
        let headers = HEADERS.resolve(&self.ws_header, variable)?.into_iter();
        let headers: Vec<_> =
            headers.map(|(name, value)| (name, Secret::new(value.expose().trim()))).collect();
        if let Some((name, _)) = headers.iter().find(|(_, value)| !is_printable(value.expose())) {
            let hint = "percent-encode other characters, and write no line end";
            let message = format!("the WebSocket header '{name}' is not printable ASCII");
            return Err(Problem::usage_hint(message, hint).into());
        }
        hide_tokens(options, &headers);
        options.dial.ws_headers = headers;
        Ok(())
    }

    /// Whether a file has headers; `variable` as in [`Self::apply`].
    pub(super) fn has_header_files(&self, variable: Option<&str>) -> bool {
        HeaderOption::has_files(&self.ws_header, variable)
    }

    /// The subprotocols to offer; `None` for those of STOMP.
    fn protocols(&self) -> Result<Option<Vec<String>>> {
        let Some(list) = &self.ws_protocol else { return Ok(None) };
        if list == "none" {
            return Ok(Some(Vec::new()));
        }
        let names: Vec<String> = list.split(',').map(|name| name.trim().to_owned()).collect();
        if names.iter().all(|name| is_token(name)) {
            return Ok(Some(names));
        }
        let hint = "--ws-protocol v12.stomp,v11.stomp, or 'none'";
        Err(Problem::usage_hint(format!("'{list}' is not a list of subprotocols"), hint).into())
    }

    /// The options as a context keeps them: paths are absolute, and a secret must stand in a file or a variable.
    pub(super) fn for_context(&self) -> Result<Self> {
        self.protocols()?;
        Ok(Self { ws_header: HEADERS.for_context(&self.ws_header)?, ..self.clone() })
    }

    /// The names of headers whose secret values stand among the arguments, where other users can read them.
    pub(super) fn exposed(&self) -> impl Iterator<Item = String> {
        HEADERS.exposed(&self.ws_header)
    }
}

/// Keeps the secret ones among these headers out of ERRORs. A token stands behind the name of its scheme, as in
/// `Bearer TOKEN`.
pub(super) fn hide_tokens(options: &mut ClientOptions, headers: &[(String, Secret)]) {
    let secret = headers.iter().filter(|(name, _)| is_secret_header(name)).map(|(_, value)| value.expose());
    options.secrets.extend(secret.map(|value| Secret::new(value.rsplit(' ').next().unwrap_or(value))));
}

/// Refuses names of headers that HTTP does not allow, or that the handshake sets itself.
fn check_name(name: &str, source: &str) -> Result<()> {
    if !is_token(name) {
        let message = format!("a header of {source} has a name that HTTP does not allow");
        return Err(Problem::usage_hint(message, "write 'Authorization: Bearer ${TOKEN}'").into());
    }
    let instead = match name.to_ascii_lowercase().as_str() {
        "origin" => "--origin sets it",
        "sec-websocket-protocol" => "--ws-protocol sets it",
        "upgrade" | "connection" | "content-length" | "transfer-encoding" => "leave it out",
        lower if lower.starts_with("sec-websocket-") => "leave it out",
        _ => return Ok(()),
    };
    Err(Problem::usage_hint(format!("stomp sets the WebSocket header '{name}' itself"), instead).into())
}

fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

/// A token of HTTP (RFC 9110, section 5.6.2).
fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}
