//! From an endpoint to CONNECTED, under one deadline.

use std::sync::Arc;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Duration, Instant, sleep_until, timeout_at};

use super::backoff::Backoff;
use super::framed_stream::{ERROR_GRACE, FramedStream, MessageSize, OutgoingTrace, piece};
use super::options::{ClientOptions, Direction, Target};
use super::{ClientError, Reconnect};
use crate::protocol::{Batch, Decoder, Encoder, Escapes, Verb, Version, escape_into, mask_logins};
use crate::session::{ConnectOptions, Connected, Refusal, RefusalKind};
use crate::transport::{
    BoxedStream, DialError, Dialed, Endpoint, PeerProtocol, Scheme, Secret, look_up, reach, secure, upgrade,
};

/// A connection on which the broker has answered CONNECT with CONNECTED.
pub(super) struct Established {
    pub(super) stream: FramedStream,
    pub(super) connected: Connected,
    /// The broker's URL without secrets, or the name of the embedded broker.
    pub(super) endpoint: String,
    /// The URL with the user and the virtual host that CONNECT named. `None` for the embedded broker.
    pub(super) at: Option<Endpoint>,
}

/// Tries the endpoints in order. An endpoint that refused the connection ends the search.
pub(super) async fn establish(options: &ClientOptions) -> Result<Established, ClientError> {
    let endpoints = match &options.target {
        Target::Local(connector) => {
            let vhost = options.vhost.as_deref().unwrap_or("/");
            return Attempt::new(options, None).log_in(connector(), vhost).await;
        }
        Target::Remote(endpoints) => endpoints,
    };
    let mut last = ClientError::NotConnected;
    for endpoint in endpoints {
        match Attempt::new(options, Some(endpoint)).run(endpoint).await {
            Err(error) if error.may_retry() => last = error,
            result => return result,
        }
    }
    Err(last)
}

/// The longest pause between two attempts to reach a broker that is not up yet.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Like [`establish`], and tries again for `options.wait` while the broker cannot be reached. The error is then that of
/// the last attempt that was not cut short.
pub(super) async fn establish_at_first(options: &ClientOptions) -> Result<Established, ClientError> {
    let start = Instant::now();
    let until = start + options.wait;
    let mut error = match establish(options).await {
        Err(error) if error.may_retry() && !options.wait.is_zero() => error,
        result => return result,
    };
    if let Some(on_wait) = &options.on_wait {
        on_wait(&error);
    }
    let policy = options.reconnect.unwrap_or_default();
    let policy =
        Reconnect { max: policy.max.min(LONGEST_PAUSE), min: policy.min.min(LONGEST_PAUSE), ..policy };
    let mut backoff = Backoff::new(policy, start.into_std());
    while Instant::now() < until {
        sleep_until(until.min(Instant::now() + backoff.pause())).await;
        match timeout_at(until + LONGEST_PAUSE, establish(options)).await {
            Ok(Err(failed)) if failed.may_retry() => error = failed,
            Ok(result) => return result,
            Err(_) => break,
        }
    }
    Err(error)
}

/// Sends CONNECT for `vhost` on a connection that the caller has dialled.
pub(super) async fn log_in(
    dialed: Dialed,
    endpoint: &Endpoint,
    vhost: &str,
    options: &ClientOptions,
) -> Result<Established, ClientError> {
    Attempt::new(options, Some(endpoint)).log_in(dialed.stream, vhost).await
}

struct Attempt<'a> {
    options: &'a ClientOptions,
    /// `None` for the embedded broker.
    endpoint: Option<&'a Endpoint>,
    authority: String,
    deadline: Instant,
}

impl<'a> Attempt<'a> {
    fn new(options: &'a ClientOptions, endpoint: Option<&'a Endpoint>) -> Self {
        let authority = endpoint.map_or_else(|| "the embedded broker".to_owned(), Endpoint::authority);
        Self { options, endpoint, authority, deadline: Instant::now() + options.connect_timeout }
    }

    /// Dials and logs in. If the user named no virtual host, it asks for `/`, and once more for the host's name if
    /// the broker rejects that.
    async fn run(&self, endpoint: &Endpoint) -> Result<Established, ClientError> {
        let vhost = self.options.vhost.as_deref().or(endpoint.vhost.as_deref());
        let stream = self.dial(endpoint).await?;
        match self.log_in(stream, vhost.unwrap_or("/")).await {
            Err(ClientError::Refused { refusal, .. })
                if refusal.kind == RefusalKind::VirtualHost && vhost.is_none() =>
            {
                let stream = self.dial(endpoint).await?;
                self.log_in(stream, &endpoint.host).await
            }
            result => result,
        }
    }

    fn late(&self, step: &'static str) -> ClientError {
        let (authority, after) = (self.authority.clone(), self.options.connect_timeout);
        ClientError::ConnectTimeout { authority, step, after }
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

    /// Awaits one step under the deadline that all steps share.
    async fn step<T>(
        &self,
        step: &'static str,
        work: impl Future<Output = Result<T, DialError>>,
    ) -> Result<T, ClientError> {
        Ok(timeout_at(self.deadline, work).await.map_err(|_| self.late(step))??)
    }

    async fn log_in(&self, stream: BoxedStream, vhost: &str) -> Result<Established, ClientError> {
        let answer = timeout_at(self.deadline, self.exchange(stream, vhost)).await;
        answer.map_err(|_| self.late("CONNECTED"))?
    }

    /// Sends CONNECT and reads the answer.
    async fn exchange(&self, mut stream: BoxedStream, vhost: &str) -> Result<Established, ClientError> {
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
        let tracer = self.options.tracer.as_ref().filter(|tracer| tracer.is_on());
        if let Some(tracer) = tracer {
            OutgoingTrace::new(Version::V1_2).trace(tracer.as_ref(), &out);
        }
        let is_websocket = self.endpoint.is_some_and(|endpoint| endpoint.scheme.is_websocket());
        let messages = |most| if is_websocket { MessageSize::WebSocket(most) } else { MessageSize::Any };
        let given = self.options.websocket_chunk;
        let write = async {
            let most = messages(given.unwrap_or_default()).most();
            let mut rest = &out[..];
            while !rest.is_empty() {
                let piece = piece(rest, most);
                stream.write_all(piece).await?;
                rest = &rest[piece.len()..];
            }
            stream.flush().await
        };
        let secrets = secrets(&connect, &self.options.secrets);
        write.await.map_err(|error| self.broken(error, &secrets))?;
        let mut input = BytesMut::with_capacity(8 << 10);
        let mut decoder = Decoder::new(self.options.limits.before_connected());
        let mut batch = Batch::default();
        loop {
            let reading = stream.read_buf(&mut input);
            let read = if decoder.is_inside_error() {
                let until = self.deadline.min(Instant::now() + ERROR_GRACE);
                timeout_at(until, reading).await.unwrap_or(Ok(0))
            } else {
                reading.await
            };
            // Nothing more comes of an ERROR whose content-length is too large.
            let ended = !matches!(read, Ok(1..)) && decoder.end_error(&mut input, &mut batch);
            let read = read.map_err(|error| self.broken(error, &secrets));
            if !ended {
                self.decode(read, &mut decoder, &mut input, &mut batch)?;
            }
            batch.mask_errors(&secrets);
            let Some(frame) = batch.get(0) else {
                if greets_in_another_protocol(&input) {
                    return Err(self.not_stomp(&input, None));
                }
                continue;
            };
            if let Some(tracer) = tracer {
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
                    let messages =
                        messages(given.or_else(|| connected.websocket_chunk()).unwrap_or_default());
                    Ok(Established {
                        stream: FramedStream::new(stream, decoder, input, messages, secrets),
                        connected,
                        endpoint: self.endpoint.map_or_else(|| self.authority.clone(), Endpoint::to_string),
                        at: self.endpoint.map(|endpoint| Endpoint {
                            vhost: Some(vhost.to_owned()),
                            user: connect.login,
                            ..endpoint.clone()
                        }),
                    })
                }
                Verb::Error => Err(ClientError::Refused {
                    authority: self.authority.clone(),
                    refusal: Refusal::read(frame),
                }),
                _ => Err(self.not_stomp(frame.bytes(), None)),
            };
        }
    }

    /// Decodes what a read before CONNECTED brought.
    fn decode(
        &self,
        read: Result<usize, ClientError>,
        decoder: &mut Decoder,
        input: &mut BytesMut,
        batch: &mut Batch,
    ) -> Result<(), ClientError> {
        let count = read?;
        if let Some(speaks @ (PeerProtocol::Tls | PeerProtocol::Http | PeerProtocol::SockJs)) =
            PeerProtocol::from_first_bytes(input)
        {
            return Err(self.not_stomp(input, Some(speaks)));
        }
        if count == 0 {
            return Err(ClientError::ClosedAtConnect {
                authority: self.authority.clone(),
                reason: String::new(),
            });
        }
        decoder.decode(input, batch).map_err(|error| match error.verb {
            Verb::Unknown | Verb::Connect | Verb::Stomp => self.not_stomp(&error.excerpt, None),
            _ => ClientError::Protocol(Arc::new(error)),
        })
    }

    /// The error for a read or write that failed before CONNECTED. TLS reports some handshake errors only then.
    fn broken(&self, error: std::io::Error, secrets: &[Vec<u8>]) -> ClientError {
        if let ClientError::WebSocketClosed(close) = ClientError::of_read(&error, secrets) {
            return ClientError::WebSocketClosedAtConnect { authority: self.authority.clone(), close };
        }
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
        // An echo service sends our own CONNECT back, with the passcode in it.
        let bytes = mask_logins(bytes);
        let excerpt = bytes[..bytes.len().min(SHOWN)].escape_ascii().to_string();
        let scheme = self.endpoint.map_or(Scheme::Stomp, |endpoint| endpoint.scheme);
        let advice = speaks.map(|speaks| speaks.advice(scheme));
        ClientError::NotStomp { authority: self.authority.clone(), excerpt, advice }
    }
}

/// The texts that no ERROR may show: passcode, tokens, and the same as a broker escapes them. Short ones and those that
/// equal the user name are left alone: they may be ordinary words of the message.
fn secrets(connect: &ConnectOptions, others: &[Secret]) -> Vec<Vec<u8>> {
    const SHORTEST: usize = 4;
    let others = others.iter().map(|secret| secret.expose().as_bytes().to_vec());
    let mut secrets: Vec<Vec<u8>> = connect.passcode.iter().cloned().chain(others).collect();
    let escaped = secrets.iter().map(|secret| {
        let mut escaped = Vec::new();
        escape_into(&mut escaped, secret, Escapes::V1_2);
        escaped
    });
    secrets.extend(escaped.collect::<Vec<_>>());
    let login = connect.login.as_deref().unwrap_or_default().as_bytes();
    secrets.retain(|secret| secret.len() >= SHORTEST && secret != login);
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.dedup();
    secrets
}

/// Whether the first line is complete and no verb of STOMP: the greeting of another protocol, which the decoder would
/// take for the beginning of a frame that never ends.
fn greets_in_another_protocol(input: &[u8]) -> bool {
    let start = input.iter().take_while(|byte| matches!(byte, b'\n' | b'\r' | 0)).count();
    let Some(lf) = memchr::memchr(b'\n', &input[start..]) else { return false };
    let line = &input[start..start + lf];
    Verb::parse(line.strip_suffix(b"\r").unwrap_or(line)) == Verb::Unknown
}
