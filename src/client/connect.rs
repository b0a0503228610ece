//! From an endpoint to CONNECTED, under one deadline.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::options::{ClientOptions, Direction, Target};
use super::{ClientError, link::Link};
use crate::protocol::{Batch, Decoder, Encoder, Escapes, FrameRef, Limits, Verb, Version, mask_passcodes};
use crate::session::{ConnectOptions, Connected, Refusal, RefusalKind};
use crate::transport::{
    BoxedStream, DialError, Dialed, Endpoint, PeerProtocol, Scheme, look_up, reach, secure, upgrade,
};

/// A connection that is logged in.
pub(super) struct Established {
    pub(super) link: Link,
    pub(super) connected: Connected,
    /// Where the broker is, without secrets.
    pub(super) endpoint: String,
    /// The same with the vhost in force; `None` inside of this process.
    pub(super) at: Option<Endpoint>,
}

/// Tries the endpoints in order. What was refused is not tried elsewhere.
pub(super) async fn establish(options: &ClientOptions) -> Result<Established, ClientError> {
    let deadline = Instant::now() + options.connect_timeout;
    match &options.target {
        Target::Local(connector) => {
            let name = "the embedded broker".to_owned();
            let attempt = Attempt { options, endpoint: None, authority: name.clone(), deadline };
            let (link, connected) =
                attempt.log_in(connector(), options.vhost.as_deref().unwrap_or("/"), false).await?;
            Ok(Established { link, connected, endpoint: name, at: None })
        }
        Target::Remote(endpoints) => {
            let mut last = ClientError::NotConnected;
            for endpoint in endpoints {
                let deadline = Instant::now() + options.connect_timeout;
                let attempt =
                    Attempt { options, endpoint: Some(endpoint), authority: endpoint.authority(), deadline };
                match attempt.run(endpoint).await {
                    Ok((link, connected, vhost)) => {
                        return Ok(attempt.established(link, connected, endpoint, vhost));
                    }
                    Err(error) if !error.may_retry() => return Err(error),
                    Err(error) => last = error,
                }
            }
            Err(last)
        }
    }
}

/// Logs in to this vhost on a connection that was made elsewhere.
pub(super) async fn log_in(
    dialed: Dialed,
    endpoint: &Endpoint,
    vhost: &str,
    options: &ClientOptions,
) -> Result<Established, ClientError> {
    let deadline = Instant::now() + options.connect_timeout;
    let attempt = Attempt { options, endpoint: Some(endpoint), authority: endpoint.authority(), deadline };
    let whole_frames = dialed.wants_whole_frames();
    let (link, connected) = attempt.log_in(dialed.stream, vhost, whole_frames).await?;
    Ok(attempt.established(link, connected, endpoint, vhost.to_owned()))
}

struct Attempt<'a> {
    options: &'a ClientOptions,
    endpoint: Option<&'a Endpoint>,
    authority: String,
    deadline: Instant,
}

impl Attempt<'_> {
    /// Dials and logs in. Where no vhost was given it is `/`, and an ERROR about that brings one
    /// second try with the host's name.
    async fn run(&self, endpoint: &Endpoint) -> Result<(Link, Connected, String), ClientError> {
        let vhost = self.options.vhost.as_deref().or(endpoint.vhost.as_deref());
        let stream = self.dial(endpoint).await?;
        let asked = vhost.unwrap_or("/");
        let first = self.log_in(stream, asked, endpoint.scheme.is_websocket()).await;
        match first {
            Err(ClientError::Refused { refusal, .. })
                if refusal.kind == RefusalKind::VirtualHost && vhost.is_none() =>
            {
                let stream = self.dial(endpoint).await?;
                let second = self.log_in(stream, &endpoint.host, endpoint.scheme.is_websocket()).await;
                second.map(|(link, connected)| (link, connected, endpoint.host.clone()))
            }
            other => other.map(|(link, connected)| (link, connected, asked.to_owned())),
        }
    }

    fn established(
        &self,
        link: Link,
        connected: Connected,
        endpoint: &Endpoint,
        vhost: String,
    ) -> Established {
        let user = self.options.connect.login.clone().or_else(|| endpoint.user.clone());
        let at = Some(Endpoint { vhost: Some(vhost), user, ..endpoint.clone() });
        Established { link, connected, endpoint: endpoint.to_string(), at }
    }

    fn late(&self, step: &'static str) -> ClientError {
        let after: Duration = self.options.connect_timeout;
        ClientError::ConnectTimeout { authority: self.authority.clone(), step, after }
    }

    async fn dial(&self, endpoint: &Endpoint) -> Result<BoxedStream, ClientError> {
        let dial = &self.options.dial;
        let addresses = self.step("address", look_up(endpoint)).await?;
        let reached = self.step("connection", reach(endpoint, addresses)).await?;
        let dialed = if endpoint.scheme.is_tls() {
            self.step("TLS handshake", secure(reached, endpoint, dial)).await?
        } else {
            reached.into()
        };
        if !endpoint.scheme.is_websocket() {
            return Ok(dialed.stream);
        }
        Ok(self.step("WebSocket handshake", upgrade(dialed, endpoint, dial)).await?.stream)
    }

    /// A step of the way, by the one deadline over all of them.
    async fn step<T>(
        &self,
        step: &'static str,
        doing: impl Future<Output = Result<T, DialError>>,
    ) -> Result<T, ClientError> {
        Ok(timeout_at(self.deadline, doing).await.map_err(|_| self.late(step))??)
    }

    /// Sends CONNECT and waits for the answer.
    async fn log_in(
        &self,
        stream: BoxedStream,
        vhost: &str,
        whole_frames: bool,
    ) -> Result<(Link, Connected), ClientError> {
        let answer = timeout_at(self.deadline, self.exchange(stream, vhost, whole_frames)).await;
        answer.map_err(|_| self.late("CONNECTED"))?
    }

    async fn exchange(
        &self,
        mut stream: BoxedStream,
        vhost: &str,
        whole_frames: bool,
    ) -> Result<(Link, Connected), ClientError> {
        let mut connect = self.options.connect.clone();
        vhost.clone_into(&mut connect.vhost);
        if let Some(endpoint) = self.endpoint {
            connect.login = connect.login.or_else(|| endpoint.user.clone());
            connect.passcode = connect
                .passcode
                .or_else(|| endpoint.password.as_ref().map(|secret| secret.expose().as_bytes().to_vec()));
        }
        let mut out = Vec::new();
        let encoded = Encoder::new(Version::V1_2).frame(&mut out, &connect.frame());
        encoded.map_err(crate::session::SessionError::from)?;
        self.trace_out(&out);
        let write = async {
            stream.write_all(&out).await?;
            stream.flush().await
        };
        write.await.map_err(|error| self.broken(error))?;
        let mut input = BytesMut::with_capacity(8 << 10);
        let mut decoder = Decoder::new(self.options.limits.before_connected());
        let mut batch = Batch::default();
        loop {
            let count = stream.read_buf(&mut input).await.map_err(|error| self.broken(error))?;
            if let Some(speaks @ (PeerProtocol::Tls | PeerProtocol::Http)) =
                PeerProtocol::from_first_bytes(&input)
            {
                return Err(self.not_stomp(&input, Some(speaks)));
            }
            if count == 0 {
                return Err(ClientError::ClosedAtConnect {
                    authority: self.authority.clone(),
                    reason: String::new(),
                });
            }
            if let Err(error) = decoder.decode(&mut input, &mut batch) {
                return Err(match error.verb {
                    Verb::Unknown | Verb::Connect | Verb::Stomp => self.not_stomp(&error.excerpt, None),
                    _ => ClientError::Protocol(Arc::new(error)),
                });
            }
            let Some(frame) = batch.get(0) else {
                if begins_otherwise(&input) {
                    return Err(self.not_stomp(&input, None));
                }
                continue;
            };
            // A broker may say in its ERROR what the password was that it did not like.
            let hidden = hide(frame, &connect, self.options.limits.before_connected());
            let frame = hidden.as_ref().and_then(|batch| batch.get(0)).unwrap_or(frame);
            if let Some(tracer) = self.options.tracer.as_ref().filter(|tracer| tracer.is_on()) {
                tracer.frame(Direction::In, frame);
            }
            return match frame.verb() {
                Verb::Connected => {
                    let connected = Connected::read(frame, connect.heart_beat).map_err(|error| {
                        ClientError::UnknownVersion { authority: self.authority.clone(), error }
                    })?;
                    decoder.set_version(connected.version);
                    decoder.set_limits(self.options.limits_connected());
                    if connected.version == Version::V1_0 && connected.dialect().escapes_in_1_0 {
                        decoder.set_escapes(Escapes::Lenient);
                    }
                    Ok((Link::new(stream, decoder, input, whole_frames), connected))
                }
                Verb::Error => Err(ClientError::Refused {
                    authority: self.authority.clone(),
                    refusal: Refusal::read(frame),
                }),
                _ => Err(self.not_stomp(frame.bytes(), None)),
            };
        }
    }

    fn trace_out(&self, out: &[u8]) {
        if let Some(tracer) = self.options.tracer.as_ref().filter(|tracer| tracer.is_on()) {
            super::link::Tap::new(Version::V1_2).bytes(tracer.as_ref(), out);
        }
    }

    /// A read or write that failed before CONNECTED: a close, or TLS saying what it does not like.
    fn broken(&self, error: std::io::Error) -> ClientError {
        let reason = error.to_string();
        if let Some(endpoint) = self.endpoint
            && let error @ DialError::Tls { .. } = DialError::from_stream(endpoint, "logging in", error)
        {
            return error.into();
        }
        ClientError::ClosedAtConnect { authority: self.authority.clone(), reason }
    }

    fn not_stomp(&self, bytes: &[u8], speaks: Option<PeerProtocol>) -> ClientError {
        const SHOWN: usize = 60;
        // An echo sends our own CONNECT back.
        let mut bytes = bytes.to_vec();
        mask_passcodes(&mut bytes);
        let excerpt = bytes[..bytes.len().min(SHOWN)].escape_ascii().to_string();
        let scheme = self.endpoint.map_or(Scheme::Stomp, |endpoint| endpoint.scheme);
        let advice = speaks.map(|speaks| speaks.advice(scheme));
        ClientError::NotStomp { authority: self.authority.clone(), excerpt, advice }
    }
}

/// The ERROR with asterisks in place of the passcode, where that stands in it and is no word that anybody
/// may say.
fn hide(frame: FrameRef<'_>, connect: &ConnectOptions, limits: Limits) -> Option<Batch> {
    const SHORTEST: usize = 4;
    let secret = connect.passcode.as_deref().filter(|secret| secret.len() >= SHORTEST)?;
    if frame.verb() != Verb::Error || connect.login.as_deref().is_some_and(|login| login.as_bytes() == secret)
    {
        return None;
    }
    let mut bytes = frame.bytes().to_vec();
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, secret).collect();
    for place in &places {
        bytes[*place..place + secret.len()].fill(b'*');
    }
    bytes.push(0);
    let mut batch = Batch::default();
    let decoded = Decoder::new(limits).decode(&mut BytesMut::from(&bytes[..]), &mut batch);
    (!places.is_empty() && decoded.is_ok()).then_some(batch)
}

/// Whether the first line of what came is complete, and no verb of a broker's: a greeting of another
/// protocol, behind which nothing would ever come that ends a frame.
fn begins_otherwise(input: &[u8]) -> bool {
    let start = input.iter().take_while(|byte| matches!(byte, b'\n' | b'\r' | 0)).count();
    let Some(lf) = memchr::memchr(b'\n', &input[start..]) else { return false };
    let line = &input[start..start + lf];
    Verb::parse(line.strip_suffix(b"\r").unwrap_or(line)) == Verb::Unknown
}
