//! URLs of brokers, `stomp://user:password@host:port/vhost`, and lists of them.

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
    net::{IpAddr, Ipv6Addr},
    ops::Range,
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, percent_decode, utf8_percent_encode};

use super::{Scheme, Secret, UrlError};

/// All but the unreserved characters and the sub-delimiters of RFC 3986, sections 2.2 and 2.3, without the
/// comma, which separates the URLs of a list.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b';')
    .remove(b'=');

/// The address of a broker and the login of its URL. `Display` masks the password and
/// the values of a query.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    pub scheme: Scheme,
    /// An IPv6 address has no brackets.
    pub host: String,
    pub port: u16,
    /// The request path of a WebSocket, percent-encoded as in the URL and from its `/` on. Always `/` for
    /// `stomp` and `stomps`.
    pub path: String,
    /// The virtual host; `None` if the URL has no path, and for WebSocket, whose path names none.
    pub vhost: Option<String>,
    /// The `login` header of CONNECT.
    pub user: Option<String>,
    /// The `passcode` header of CONNECT.
    pub password: Option<Secret>,
}

impl Endpoint {
    pub(crate) fn new(scheme: Scheme, host: impl Into<String>, port: Option<u16>) -> Self {
        Self {
            scheme,
            host: host.into(),
            port: port.unwrap_or(scheme.default_port()),
            path: "/".to_owned(),
            vhost: None,
            user: None,
            password: None,
        }
    }

    /// Reads one URL. A list is an error; see [`parse_list`].
    pub(crate) fn parse(text: &str) -> Result<Self, UrlError> {
        let mut list = parse_list(text)?;
        if list.len() > 1 {
            let comma = text.find(',').unwrap_or_default();
            return Err(UrlError::List { column: column(text, comma) });
        }
        Ok(list.remove(0))
    }

    /// `host:port` with an IPv6 address in brackets, as in a `Host` header and in messages.
    pub(crate) fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host.replace('%', "%25"), self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The request path of a WebSocket without what may be a token.
    pub(crate) fn shown_path(&self) -> Cow<'_, str> {
        mask_path(&self.path)
    }

    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

impl Default for Endpoint {
    /// `stomp://localhost:61613`, for a command line without a URL.
    fn default() -> Self {
        Self::new(Scheme::Stomp, "localhost", None)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        if self.user.is_some() || self.password.is_some() {
            write!(f, "{}", encode(self.user.as_deref().unwrap_or_default()))?;
            if let Some(password) = &self.password {
                write!(f, ":{password}")?;
            }
            f.write_char('@')?;
        }
        f.write_str(&self.authority())?;
        if self.scheme.is_websocket() {
            f.write_str(&self.shown_path())
        } else if let Some(vhost) = &self.vhost {
            f.write_char('/')?;
            if vhost == "/" { Ok(()) } else { write!(f, "{}", encode(vhost)) }
        } else {
            Ok(())
        }
    }
}

/// Replaces what may be a token in a path by asterisks: the values of its query, and segments that look like one.
pub(super) fn mask_path(path: &str) -> Cow<'_, str> {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let mut masked = String::new();
    let mut at = 0;
    for secret in path_tokens(path) {
        masked.extend([&path[at..secret.start], Secret::MASK]);
        at = secret.end;
    }
    let Some(query) = query else {
        return if at == 0 { path.into() } else { (masked + &path[at..]).into() };
    };
    let mask = |parameter: &str| match parameter.split_once('=') {
        Some((name, _)) => format!("{name}={}", Secret::MASK),
        None => Secret::MASK.to_owned(),
    };
    let query = query.split('&').map(mask).collect::<Vec<_>>().join("&");
    format!("{masked}{}?{query}", &path[at..]).into()
}

/// The segments of a URL's path that look like tokens, in order.
pub(crate) fn path_tokens(path: &str) -> Vec<Range<usize>> {
    let mut tokens = Vec::new();
    let (mut at, mut before) = (0, "");
    for segment in path.split('/') {
        if is_path_token(segment, before) && !segment.contains("${") {
            tokens.push(at..at + segment.len());
        }
        at += segment.len() + 1;
        before = segment;
    }
    tokens
}

/// Whether a segment of a path looks like a token: a JSON Web Token, the hexadecimal digits of a key, random letters, or
/// what follows a name such as `token`.
fn is_path_token(segment: &str, before: &str) -> bool {
    let has = |fits: fn(&u8) -> bool| segment.bytes().any(|byte| fits(&byte));
    let hex = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    let mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let before = before.to_ascii_lowercase();
    let named = ["token", "key", "secret", "auth", "jwt", "ticket"].iter().any(|name| before.ends_with(name));
    segment.starts_with("eyJ")
        || (segment.len() >= 20 && mixed)
        || (segment.len() >= 32 && segment.bytes().all(hex))
        || (named && (segment.len() >= 16 || segment.len() >= 8 && has(u8::is_ascii_digit)))
}

/// Whether the first word of a command line is a URL: it has a `:` or a `/`, which no command has.
pub(crate) fn looks_like_url(word: &str) -> bool {
    word.contains([':', '/'])
}

/// Parses a failover list: URLs separated by commas. An entry without a scheme, as in
/// `stomps://u:p@a,b:61615/vhost`, inherits the scheme of the entry before it (there is no fall-back from
/// TLS to plain TCP), the login if it has none, and the path of the nearest entry that has one.
pub fn parse_list(text: &str) -> Result<Vec<Endpoint>, UrlError> {
    let mut list: Vec<Endpoint> = Vec::new();
    // The index at which the entries under the current scheme begin, and which entries have paths.
    let mut run = 0;
    let mut paths: Vec<bool> = Vec::new();
    let mut at = 0;
    for entry in text.split(',') {
        let trimmed = entry.trim();
        let start = at + (entry.len() - entry.trim_start().len());
        at += entry.len() + 1;
        let read = UrlParser { text, start }.entry(trimmed, list.last().map(|before| before.scheme))?;
        if read.has_scheme || list.is_empty() {
            run = list.len();
        }
        let mut endpoint = read.endpoint;
        if let (Some(before), false) = (list[run..].last(), read.has_login) {
            endpoint.user.clone_from(&before.user);
            endpoint.password.clone_from(&before.password);
        }
        if read.has_path {
            // The path at the end of `a,b,c/vhost` also applies to the hosts before it without one.
            if !paths[run..].contains(&true) {
                for before in &mut list[run..] {
                    copy_path(&endpoint, before);
                }
            }
        } else if let Some(before) = list[run..].last() {
            copy_path(before, &mut endpoint);
        }
        paths.push(read.has_path);
        list.push(endpoint);
    }
    Ok(list)
}

fn copy_path(from: &Endpoint, to: &mut Endpoint) {
    to.path.clone_from(&from.path);
    to.vhost.clone_from(&from.vhost);
}

/// One entry of a list before it inherits from its neighbours.
struct ListEntry {
    endpoint: Endpoint,
    has_scheme: bool,
    has_login: bool,
    has_path: bool,
}

/// Parses parts of a URL and names columns of the whole text in its errors. No error quotes more than the
/// scheme: with an unescaped `/` or `,` in a password, a part of that password looks like a port or a host.
#[derive(Clone, Copy)]
struct UrlParser<'a> {
    text: &'a str,
    /// The byte offset in `text` of the part that is parsed.
    start: usize,
}

impl UrlParser<'_> {
    fn column(self, offset: usize) -> usize {
        column(self.text, self.start + offset)
    }

    fn skip(self, bytes: usize) -> Self {
        Self { start: self.start + bytes, ..self }
    }

    fn entry(self, entry: &str, inherited: Option<Scheme>) -> Result<ListEntry, UrlError> {
        if entry.is_empty() {
            return Err(UrlError::Empty { column: self.column(0) });
        }
        let (scheme, after) = match entry.find("://") {
            // A `://` further on belongs to a path or a password.
            Some(end) if !entry[..end].contains(['/', '@', ':']) => {
                let name = &entry[..end];
                let scheme = Scheme::named(name).ok_or_else(|| UrlError::Scheme {
                    scheme: name.escape_default().to_string(),
                    column: self.column(0),
                    hint: scheme_hint(name),
                })?;
                (Some(scheme), end + 3)
            }
            _ => (None, 0),
        };
        let has_scheme = scheme.is_some();
        let scheme = scheme.or(inherited).unwrap_or(Scheme::Stomp);
        let rest = &entry[after..];
        let here = self.skip(after);

        let slash = rest.find('/').unwrap_or(rest.len());
        let login_end = rest[..slash].rfind('@');
        let host_start = login_end.map_or(0, |end| end + 1);
        // A query without a path is good HTTP; in a login `?` and `#` are refused instead.
        let path_start = rest[host_start..].find(['/', '?', '#']).map_or(rest.len(), |at| host_start + at);
        let (host, port) = here.skip(host_start).host_and_port(&rest[host_start..path_start], scheme)?;
        let mut endpoint = Endpoint::new(scheme, host, Some(port));
        if let Some(end) = login_end {
            (endpoint.user, endpoint.password) = here.login(&rest[..end])?;
        }
        let path = &rest[path_start..];
        if scheme.is_websocket() {
            endpoint.path = here.skip(path_start).request_path(path)?;
        } else {
            endpoint.vhost = here.skip(path_start).vhost(path)?;
        }
        Ok(ListEntry { endpoint, has_scheme, has_login: login_end.is_some(), has_path: !path.is_empty() })
    }

    fn login(self, login: &str) -> Result<(Option<String>, Option<Secret>), UrlError> {
        if let Some(at) = login.find(['?', '#']) {
            return Err(UrlError::LoginCharacter { column: self.column(at) });
        }
        let (user, password) = match login.find(':') {
            Some(colon) => (&login[..colon], Some(self.skip(colon + 1).decode(&login[colon + 1..])?)),
            None => (login, None),
        };
        let user = Some(self.decode(user)?).filter(|user| !user.is_empty());
        Ok((user, password.map(Secret::from)))
    }

    fn host_and_port(self, text: &str, scheme: Scheme) -> Result<(String, u16), UrlError> {
        let (host, after) = if let Some(inner) = text.strip_prefix('[') {
            let end = inner.find(']').ok_or(UrlError::Bracket { column: self.column(0) })?;
            let host = inner[..end].replacen("%25", "%", 1);
            let (address, zone) = host.split_once('%').unwrap_or((&host, "0"));
            if address.parse::<Ipv6Addr>().is_err() || zone.is_empty() {
                return Err(UrlError::Ipv6 { column: self.column(1) });
            }
            (host, end + 2)
        } else {
            if text.matches(':').count() > 1 {
                return Err(UrlError::BareIpv6 { column: self.column(0) });
            }
            let end = text.find(':').unwrap_or(text.len());
            self.check_name(&text[..end])?;
            (text[..end].to_owned(), end)
        };
        let port = &text[after..];
        if port.is_empty() {
            return Ok((host, scheme.default_port()));
        }
        let bad = UrlError::Port { column: self.column(after + 1) };
        match port.strip_prefix(':').filter(|port| port.bytes().all(|byte| byte.is_ascii_digit())) {
            Some(digits) => match digits.parse::<u16>() {
                Ok(port) if port > 0 => Ok((host, port)),
                _ => Err(bad),
            },
            None => Err(bad),
        }
    }

    fn check_name(self, name: &str) -> Result<(), UrlError> {
        if name.is_empty() {
            return Err(UrlError::NoHost { column: self.column(0) });
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+;=".contains(c);
        match name.char_indices().find(|&(_, c)| !allowed(c)) {
            Some((at, c)) if !c.is_ascii() => Err(UrlError::NotAscii { column: self.column(at) }),
            Some((at, _)) => Err(UrlError::HostCharacter { column: self.column(at) }),
            None => Ok(()),
        }
    }

    fn request_path(self, path: &str) -> Result<String, UrlError> {
        match path.char_indices().find(|&(_, c)| c == '#' || !c.is_ascii_graphic()) {
            Some((at, _)) => Err(UrlError::PathCharacter { column: self.column(at) }),
            None if path.starts_with('/') => Ok(path.to_owned()),
            None => Ok(format!("/{path}")),
        }
    }

    fn vhost(self, path: &str) -> Result<Option<String>, UrlError> {
        if let Some(at) = path.find(['?', '#']) {
            return Err(UrlError::VhostCharacter { column: self.column(at) });
        }
        match path.strip_prefix('/') {
            None => Ok(None),
            Some("") => Ok(Some("/".to_owned())),
            Some(name) => self.skip(1).decode(name).map(Some),
        }
    }

    /// Decodes percent-encoding. NUL, CR and LF are errors: CONNECT has no escapes, so a line end in a
    /// password would begin another header.
    fn decode(self, text: &str) -> Result<String, UrlError> {
        let bytes = text.as_bytes();
        for (at, byte) in text.bytes().enumerate() {
            let digits = bytes.get(at + 1..at + 3).unwrap_or_default();
            if byte == b'%' && (digits.len() < 2 || !digits.iter().all(u8::is_ascii_hexdigit)) {
                return Err(UrlError::Percent { column: self.column(at) });
            }
            if let Some(b'\0' | b'\r' | b'\n') = percent_decode(&bytes[at..]).next() {
                return Err(UrlError::Control { column: self.column(at) });
            }
        }
        let decoded = percent_decode(bytes).decode_utf8();
        Ok(decoded.map_err(|_| UrlError::NotUtf8 { column: self.column(0) })?.into_owned())
    }
}

/// The column of a byte offset: characters, counted from 1.
fn column(text: &str, byte: usize) -> usize {
    text[..byte].chars().count() + 1
}

/// Whether a host is `localhost` or a loopback address.
pub(super) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn encode(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, ENCODED)
}

fn scheme_hint(name: &str) -> &'static str {
    match name.to_ascii_lowercase().as_str() {
        "http" => "a WebSocket is ws://",
        "https" => "a WebSocket on TLS is wss://",
        "amqp" | "amqps" | "mqtt" | "mqtts" => "this program speaks STOMP; its port is usually 61613",
        _ => "write stomp://, stomps://, ws:// or wss://",
    }
}

#[cfg(test)]
mod tests;
