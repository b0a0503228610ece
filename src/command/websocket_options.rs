//! The options of a WebSocket: what its handshake says besides what RFC 6455 asks for, and the size of its messages.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;

use super::exit::Problem;
use super::password::read_private;
use crate::client::{ClientOptions, Target};
use crate::transport::{HandshakeLogin, Secret};
use crate::words::is_secret_name;

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

/// What an argument of --ws-header names.
enum HeaderSource {
    Header(String, Secret),
    File(PathBuf),
}

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
    pub(super) fn apply(&self, options: &mut ClientOptions, variable: Option<String>) -> Result<()> {
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
        let headers = self.headers(variable)?;
        if self.ws_basic && headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
            return Err(Problem::usage("--ws-basic and the header 'Authorization' exclude each other").into());
        }
        if self.ws_basic && !has_user {
            let hint = "give the login with -U USER and -W";
            return Err(Problem::usage_hint("--ws-basic needs a user", hint).into());
        }
        set_headers(options, headers);
        if self.ws_header.iter().any(|given| given.expose().starts_with('@')) {
            let again = self.clone();
            options.refresh = Some(Arc::new(move |options| {
                // While a file is being written, the headers stay as they were.
                if let Ok(headers) = again.headers(None) {
                    set_headers(options, headers);
                }
            }));
        }
        options.websocket_chunk = self.ws_chunk;
        options.dial.ws_login = self.ws_basic.then_some(login);
        options.dial.ws_origin.clone_from(&self.origin);
        if let Some(protocols) = self.protocols()? {
            options.dial.ws_protocols = protocols;
        }
        Ok(())
    }

    /// The headers, of these options or else of the lines of STOMP_WS_HEADER. Reads the files that they name.
    fn headers(&self, variable: Option<String>) -> Result<Vec<(String, Secret)>> {
        let mut headers = Vec::new();
        for given in &self.ws_header {
            match read(given.expose(), "--ws-header")? {
                HeaderSource::Header(name, value) => {
                    let value = expand(value.expose(), "--ws-header", str::to_owned)?;
                    headers.push((name, Secret::new(value)));
                }
                HeaderSource::File(file) => {
                    lines(&read_private(&file, "header file")?, &file.display().to_string(), &mut headers)?;
                }
            }
        }
        if let Some(text) = variable.filter(|_| self.ws_header.is_empty()) {
            lines(&text, "STOMP_WS_HEADER", &mut headers)?;
        }
        match headers.iter().find(|(_, value)| !is_printable(value.expose())) {
            Some((name, _)) => {
                let hint = "percent-encode other characters, and write no line end";
                Err(Problem::usage_hint(
                    format!("the WebSocket header '{name}' is not printable ASCII"),
                    hint,
                )
                .into())
            }
            None => Ok(headers),
        }
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
        let mut ws_header = Vec::new();
        for given in &self.ws_header {
            ws_header.push(match read(given.expose(), "--ws-header")? {
                HeaderSource::Header(name, value) => {
                    if is_secret_header(&name) && !value.expose().contains("${") {
                        let message = format!("the value of '{name}' has no place in the config file");
                        let hint = format!(
                            "name an environment variable, --ws-header '{name}: ${{TOKEN}}', or a file of its own \
                             (chmod 600), --ws-header @FILE"
                        );
                        return Err(Problem::usage_hint(message, hint).into());
                    }
                    given.clone()
                }
                HeaderSource::File(file) => {
                    Secret::new(format!("@{}", std::path::absolute(file)?.display()))
                }
            });
        }
        self.protocols()?;
        Ok(Self { ws_header, ..self.clone() })
    }

    /// The names of headers whose secret values stand among the arguments, where other users can read them.
    pub(super) fn exposed(&self) -> impl Iterator<Item = String> {
        let headers = self.ws_header.iter().filter_map(|given| match read(given.expose(), "--ws-header") {
            Ok(HeaderSource::Header(name, value)) => Some((name, value)),
            _ => None,
        });
        headers
            .filter(|(name, value)| is_secret_header(name) && !value.expose().contains("${"))
            .map(|(name, _)| name)
    }
}

fn set_headers(options: &mut ClientOptions, headers: Vec<(String, Secret)>) {
    hide_tokens(options, headers.iter().map(|(name, value)| (&**name, value.expose())));
    options.dial.ws_headers = headers;
}

/// Keeps the secret ones among these headers out of ERRORs. A token stands behind the name of its scheme, as in
/// `Bearer TOKEN`.
pub(super) fn hide_tokens<'a>(
    options: &mut ClientOptions,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
) {
    let secret = headers.filter(|(name, _)| is_secret_header(name));
    options.secrets.extend(secret.map(|(_, value)| Secret::new(value.rsplit(' ').next().unwrap_or(value))));
}

/// Whether the value of a header of this name logs somebody in.
fn is_secret_header(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    is_secret_name(name.as_bytes())
        || ["auth", "cookie", "key", "session", "jwt"].iter().any(|part| lower.contains(part))
}

/// Reads the lines of a file or of the variable. Lines that are empty or begin with `#` are left out.
fn lines(text: &str, source: &str, headers: &mut Vec<(String, Secret)>) -> Result<()> {
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let HeaderSource::Header(name, value) = read(line, source)? {
            headers.push((name, value));
        }
    }
    Ok(())
}

/// Reads `Name: value` or `@FILE`. An error quotes no value, which may be a secret.
fn read(text: &str, source: &str) -> Result<HeaderSource> {
    const FORM: &str =
        "write --ws-header 'Authorization: Bearer ${TOKEN}', or --ws-header @FILE for a file of such lines";
    let refused = |message: String, hint: &str| Err(Problem::usage_hint(message, hint).into());
    if let Some(file) = text.strip_prefix('@') {
        return Ok(HeaderSource::File(file.into()));
    }
    let Some((name, value)) = text.split_once(':') else {
        return refused(format!("a header of {source} has no colon after its name"), FORM);
    };
    let name = name.trim();
    if !is_token(name) {
        return refused(format!("a header of {source} has a name that HTTP does not allow"), FORM);
    }
    let own = |instead: &str| refused(format!("stomp sets the WebSocket header '{name}' itself"), instead);
    match name.to_ascii_lowercase().as_str() {
        "origin" => own("--origin sets it"),
        "sec-websocket-protocol" => own("--ws-protocol sets it"),
        "upgrade" | "connection" | "content-length" | "transfer-encoding" => own("leave it out"),
        lower if lower.starts_with("sec-websocket-") => own("leave it out"),
        _ => Ok(HeaderSource::Header(name.to_owned(), Secret::new(value.trim()))),
    }
}

/// Replaces each `${NAME}` by the environment variable of that name, encoded. `source` is what an error says about where
/// the name stands.
pub(super) fn expand(text: &str, source: &str, encode: fn(&str) -> String) -> Result<String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else { break };
        let variable = std::env::var(name).map_err(|_| {
            let hint = format!("set it for this command: {name}=… stomp …");
            Problem::usage_hint(format!("{source} names the variable {name}, which is not set"), hint)
        })?;
        expanded.push_str(before);
        expanded.push_str(&encode(variable.trim()));
        rest = behind;
    }
    Ok(expanded + rest)
}

fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

/// A token of HTTP (RFC 9110, section 5.6.2).
fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}
