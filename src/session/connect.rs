//! CONNECT, and its answer: CONNECTED or ERROR.

use std::fmt;

use super::Dialect;
use crate::protocol::{
    Escapes, Frame, FrameRef, Header, Headers, HeartBeat, Negotiated, Verb, Version, escape_into, mask_logins,
};

/// The contents of a CONNECT frame. Its `Debug` form hides the passcode.
#[derive(Clone, Default)]
pub struct ConnectOptions {
    /// The versions to offer; all three if it is empty.
    pub versions: Vec<Version>,
    /// The `host` header.
    pub vhost: String,
    /// The `login` header.
    pub login: Option<String>,
    /// The `passcode` header, which may be any bytes.
    pub passcode: Option<Vec<u8>>,
    /// The `client-id` header, which durable subscriptions need on some brokers.
    pub client_id: Option<String>,
    /// The offered `heart-beat` header.
    pub heart_beat: HeartBeat,
    /// The user's headers, which replace those above.
    pub headers: Headers,
    /// Whether to escape the values as in 1.2, for brokers that decode escapes in CONNECT against the
    /// specification.
    pub escape: bool,
}

impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectOptions")
            .field("vhost", &self.vhost)
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

impl ConnectOptions {
    /// Whether to expect heart-beats from the broker. A client that offers only 1.0, which has none, does not.
    pub(crate) fn wants_heart_beats(&self) -> bool {
        self.heart_beat.wants > 0 && self.versions != [Version::V1_0]
    }

    /// Builds the CONNECT frame.
    pub fn frame(&self) -> Frame {
        let versions = if self.versions.is_empty() { &Version::ALL[..] } else { &self.versions };
        let only_1_0 = versions == [Version::V1_0];
        let mut frame = Frame::new(Verb::Connect);
        let mut add = |name: &str, value: Vec<u8>| frame.headers.push(name, value);
        let list: Vec<&str> = versions.iter().map(|version| version.as_str()).collect();
        add("accept-version", list.join(",").into());
        add("host", self.vhost.clone().into());
        if let Some(login) = &self.login {
            add("login", login.clone().into());
        }
        if let Some(passcode) = &self.passcode {
            add("passcode", passcode.clone());
        }
        if let Some(client_id) = &self.client_id {
            add("client-id", client_id.clone().into());
        }
        if !only_1_0 {
            add("heart-beat", self.heart_beat.to_string().into());
        }
        frame.headers.overlay(&self.headers);
        if self.escape {
            frame.headers = frame.headers.iter().map(|(name, value)| (name, escaped(value))).collect();
        }
        frame
    }

    /// The client-id of the frame: that of the user's headers, or else of the option.
    pub(crate) fn client_id(&self) -> Option<String> {
        let header = self.headers.get("client-id").map(|id| String::from_utf8_lossy(id).into_owned());
        header.or_else(|| self.client_id.clone())
    }

    /// Leaves the client-id out, for a second connection: brokers refuse one with the client-id of another, or close
    /// the other.
    pub(crate) fn remove_client_id(&mut self) {
        self.client_id = None;
        self.headers.remove("client-id");
    }
}

fn escaped(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    escape_into(&mut out, value, Escapes::V1_2);
    out
}

/// The contents of a CONNECTED frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connected {
    /// The negotiated version; a CONNECTED without `version` means 1.0.
    pub version: Version,
    /// The `server` header: name and version of the broker.
    pub server: Option<String>,
    /// The `session` header: the broker's id of the connection.
    pub session: Option<String>,
    /// The negotiated heart-beats; 1.0 has none.
    pub beats: Negotiated,
    /// Whether there is a `user-name` header, which Spring adds for users who logged in at the handshake.
    pub(crate) names_user: bool,
}

/// The size of the messages that pass every server of Spring's. Tomcat closes at one of more than 16 KB, in some
/// configurations 8 KiB.
pub(crate) const SPRING_CHUNK: usize = 8 << 10;

impl Connected {
    /// Reads a CONNECTED frame that answers the offered heart-beats.
    pub fn read(frame: FrameRef<'_>, offered: HeartBeat) -> Result<Self, UnknownVersion> {
        let version = match frame.header("version") {
            None => Version::V1_0,
            Some(text) => Version::parse(&text)
                .ok_or_else(|| UnknownVersion { text: String::from_utf8_lossy(&text).into_owned() })?,
        };
        let theirs =
            frame.header("heart-beat").and_then(|text| HeartBeat::parse(&text).ok()).unwrap_or_default();
        let beats = if version == Version::V1_0 { Negotiated::default() } else { offered.negotiate(theirs) };
        let text = |name| frame.text(name).map(std::borrow::Cow::into_owned);
        let names_user = frame.header("user-name").is_some();
        Ok(Self { version, server: text("server"), session: text("session"), beats, names_user })
    }

    /// The most bytes of a frame that go into one WebSocket message, where the server is known to need that: Spring,
    /// which refuses long messages and puts pieces together. Its own broker has neither a name nor a session; its relay
    /// passes on the name of the broker behind. Other servers may expect a whole frame in each message.
    pub(crate) fn websocket_chunk(&self) -> Option<usize> {
        let nameless = self.server.is_none() && self.session.is_none();
        (nameless || self.names_user || self.dialect().joins_websocket_messages).then_some(SPRING_CHUNK)
    }

    /// The dialect that `server` and `session` identify.
    pub fn dialect(&self) -> &'static Dialect {
        Dialect::of(self.server.as_deref(), self.session.as_deref())
    }
}

/// A CONNECTED with an unknown version, in which the following frames cannot be decoded reliably.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its CONNECTED says version '{text}', which is not 1.0, 1.1 or 1.2")]
pub struct UnknownVersion {
    /// The value of the `version` header.
    pub text: String,
}

/// Why a broker answered CONNECT with an ERROR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum RefusalKind {
    /// Login, passcode, or the permission to connect.
    Login,
    /// A token in a header of CONNECT.
    Token,
    VirtualHost,
    /// The broker supports none of the offered versions.
    Version,
    /// Another connection has the same client-id.
    ClientId,
    Other,
}

/// The ERROR with which a broker answers CONNECT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// [`RefusalKind::Other`] if the text does not show it.
    pub kind: RefusalKind,
    /// The broker's message in one line.
    pub message: String,
}

impl Refusal {
    /// Reads an ERROR frame that answers a CONNECT. The kind is guessed from its text, since brokers send no
    /// error codes.
    pub(crate) fn read(frame: FrameRef<'_>) -> Self {
        let mut message = error_line(frame);
        let lower = message.to_lowercase();
        let any = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        // Before the others, since ActiveMQ's text names its host too.
        let kind = if lower.contains("client") && lower.contains("already") {
            RefusalKind::ClientId
        } else if any(&["virtual host", "vhost", "virtualhost"]) {
            RefusalKind::VirtualHost
        // The last is all that Spring says of an exception in an interceptor, which is where its applications look at tokens.
        } else if any(&["token", "jwt", "clientinboundchannel"]) {
            RefusalKind::Token
        } else if any(&[
            "access refused",
            "login",
            "password",
            "passcode",
            "authenticat",
            "credential",
            "authoriz",
            "not allowed",
            "denied",
        ]) {
            RefusalKind::Login
        } else if any(&["version"]) {
            RefusalKind::Version
        } else if any(&["host"]) {
            RefusalKind::VirtualHost
        } else {
            RefusalKind::Other
        };
        if kind == RefusalKind::Version
            && let Some(theirs) = frame.text("version").filter(|theirs| !message.contains(&**theirs))
        {
            message = format!("{message} (it speaks {theirs})");
        }
        Self { kind, message }
    }
}

/// An ERROR's `message` header, with the lines that follow it if they cannot be headers: ActiveMQ does not escape the
/// line feeds in the text of an exception.
fn message_of(frame: FrameRef<'_>) -> Vec<u8> {
    let mut headers = frame.headers().skip_while(|header| !header.is("message"));
    let mut message = headers.next().map_or_else(Vec::new, |header| header.value().into_owned());
    let is_header = |line: &[u8]| {
        let mut name = line.iter().take_while(|byte| **byte != b':');
        line.contains(&b':')
            && name.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(byte))
    };
    for line in headers.map(Header::raw_line).take_while(|line| !is_header(line)) {
        message.push(b'\n');
        message.extend_from_slice(line);
    }
    message
}

/// An ERROR's `message` and the first line of its body, unless that repeats it, in one line. Passcodes are
/// masked, since a broker may quote the frame that it refuses.
pub(super) fn error_line(frame: FrameRef<'_>) -> String {
    let message = message_of(frame);
    let lines = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(&mask_logins(bytes)).into_owned();
        let lines = text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty());
        lines.collect::<Vec<_>>()
    };
    let message = lines(&message).join(" ");
    let first = lines(frame.body()).into_iter().next().unwrap_or_default();
    match (message.is_empty(), first.is_empty() || message.contains(&first) || first.starts_with("at ")) {
        (true, true) => "an ERROR without words".to_owned(),
        (true, false) => first,
        (false, true) => message,
        (false, false) => format!("{message}: {first}"),
    }
}
