//! From CONNECT on: login, version, virtual host, heart-beats, who the broker is, a round trip.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::patience::{Patience, Stop, lasted, took};
use super::report::{Report, Step};
use super::way;
use crate::client::{Client, ClientError, ClientOptions, Events, Messages, Target};
use crate::command::diagnosis;
use crate::command::exit;
use crate::protocol::{Frame, Verb, Version};
use crate::session::dialect::{NackEffect, PrivateQueue};
use crate::session::{Connected, Dialect, RefusalKind, Subscribe};
use crate::transport::{Dialed, Endpoint};

/// A connection that is logged in, and the virtual host that took it.
pub(super) struct Session {
    client: Client,
    events: Events,
    vhost: String,
    /// The one that was refused before.
    refused: Option<&'static str>,
}

/// Where no vhost is given, it is this one.
const ROOT: &str = "/";

/// Logs in on what was dialled; where no vhost was given, as any command does.
pub(super) async fn log_in(
    report: &mut Report<'_>,
    endpoint: &Endpoint,
    dialed: Dialed,
    options: &ClientOptions,
    patience: &Patience,
) -> Result<Session, Stop> {
    let begun = Instant::now();
    let given = options.vhost.as_deref().or(endpoint.vhost.as_deref());
    let peer = dialed.peer;
    let one = || ClientOptions { connect_timeout: patience.left(), ..options.clone() };
    let first = Client::log_in(dialed, endpoint, given.unwrap_or(ROOT), one()).await;
    let (refused, made) = match first {
        Err(ClientError::Refused { refusal, .. })
            if refusal.kind == RefusalKind::VirtualHost && given.is_none() =>
        {
            let dialed = way::again(endpoint, peer, options, patience).await?;
            (Some(ROOT), Client::log_in(dialed, endpoint, &endpoint.host, one()).await)
        }
        first => (None, first),
    };
    let (client, events) = made.map_err(|error| Stop::Failed(failed_at(&error), patience.own(error)))?;
    let user = options.connect.login.as_deref().or(endpoint.user.as_deref());
    report.good(Step::Login, &format!("{}{}", who(user), took(begun)))?;
    let vhost = match (given, refused) {
        (Some(given), _) => given.to_owned(),
        (None, None) => ROOT.to_owned(),
        (None, Some(_)) => endpoint.host.clone(),
    };
    Ok(Session { client, events, vhost, refused })
}

/// Logs in to the broker inside of this process.
pub(super) async fn log_in_here(
    report: &mut Report<'_>,
    options: &ClientOptions,
    patience: &Patience,
) -> Result<Session, Stop> {
    let begun = Instant::now();
    let made = Client::connect(options.clone()).await;
    let (client, events) = made.map_err(|error| Stop::Failed(failed_at(&error), patience.own(error)))?;
    report.good(Step::Login, &format!("{}{}", who(options.connect.login.as_deref()), took(begun)))?;
    let vhost = options.vhost.clone().unwrap_or_else(|| ROOT.to_owned());
    Ok(Session { client, events, vhost, refused: None })
}

fn who(user: Option<&str>) -> String {
    user.map_or("without a login".to_owned(), |user| format!("as {user}"))
}

/// The step that an answer to CONNECT belongs to.
fn failed_at(error: &ClientError) -> Step {
    match error {
        // In TLS 1.3 the broker's word on our certificate comes after the handshake.
        ClientError::Dial(_) => Step::Tls,
        ClientError::UnknownVersion { .. } => Step::Version,
        ClientError::Refused { refusal, .. } => match refusal.kind {
            RefusalKind::VirtualHost => Step::Vhost,
            RefusalKind::Version => Step::Version,
            RefusalKind::Login | RefusalKind::Other => Step::Login,
        },
        _ => Step::Login,
    }
}

pub(super) async fn go_on(
    report: &mut Report<'_>,
    session: Session,
    options: &ClientOptions,
    patience: &Patience,
) -> Result<(), Stop> {
    let Session { client, events, vhost, refused } = session;
    let failed = |step| move |error| Stop::Failed(step, error);
    let status = client.status().await.map_err(failed(Step::Login))?;
    let connected = status.connected.ok_or(Stop::Failed(Step::Login, ClientError::NotConnected))?;
    report.good(Step::Version, &versions(&connected, options, patience).await)?;
    report.good(
        Step::Vhost,
        &match refused {
            Some(refused) => format!("{vhost} ({refused} is refused)"),
            None => vhost,
        },
    )?;
    report.good(Step::HeartBeat, &beats(&connected))?;
    report.good(Step::Broker, &broker(&connected, status.dialect))?;
    round_trip(report, &client, &mut Messages::new(events), status.dialect, patience).await?;
    // What it answers to DISCONNECT does not matter here, but it is given the time to answer.
    let _ = timeout_at(patience.until, client.disconnect()).await;
    Ok(())
}

/// The version in force and those that the broker takes, each tried on a connection of its own.
async fn versions(connected: &Connected, options: &ClientOptions, patience: &Patience) -> String {
    let mut taken = Vec::new();
    let mut untried = Vec::new();
    // The round trip is to have its share of the time.
    let until = Instant::now() + patience.left() / 2;
    for version in Version::ALL {
        if version == connected.version {
            taken.push(version.as_str());
            continue;
        }
        let mut one = options.clone();
        one.connect.versions = vec![version];
        // A second connection of one client-id is one too many for some brokers.
        one.connect.client_id = None;
        let trying = async {
            let (client, _) = Client::connect(one).await?;
            let status = client.status().await?;
            Ok::<_, ClientError>((client, status.connected.is_some_and(|own| own.version == version)))
        };
        match timeout_at(until, trying).await {
            Ok(Ok((client, is_taken))) => {
                taken.extend(is_taken.then_some(version.as_str()));
                let _ = timeout_at(until, client.disconnect()).await;
            }
            Ok(Err(ClientError::Refused { .. } | ClientError::ClosedAtConnect { .. })) => {}
            Ok(Err(_)) | Err(_) => untried.push(version.as_str()),
        }
    }
    let mut text = format!("{} in force; it takes {}", connected.version, taken.join(", "));
    if !untried.is_empty() {
        text.push_str(&format!("; no answer to {}", untried.join(", ")));
    }
    text
}

fn beats(connected: &Connected) -> String {
    if connected.version == Version::V1_0 {
        return "none: STOMP 1.0 has no heart-beats".to_owned();
    }
    let way = |interval: Option<Duration>| {
        interval.map_or("none".to_owned(), |interval| format!("every {} s", interval.as_secs_f64()))
    };
    format!("to the broker {}, from it {}", way(connected.beats.outgoing), way(connected.beats.incoming))
}

/// Who the broker is and what to know of it.
fn broker(connected: &Connected, dialect: &Dialect) -> String {
    let mut text = connected.server.clone().unwrap_or_else(|| "it does not say who it is".to_owned());
    let mut add = |what: &str| {
        text.push_str("; ");
        text.push_str(what);
    };
    if !dialect.is_known() {
        return text;
    }
    if dialect.browses.is_none() {
        add("cannot browse");
    }
    match dialect.nacked {
        NackEffect::Requeued => add("a nacked message comes again"),
        NackEffect::Discarded => add("a nacked message is discarded or goes to a dead-letter queue"),
        NackEffect::Acked => add("a nack counts as an ack"),
        NackEffect::Refused => add("nack is not known"),
        NackEffect::Unknown => {}
    }
    if let Some((name, value)) = dialect.queue_creation_header {
        add(&format!("confirms messages that nobody keeps: send with -H '{name}: {value}'"));
    }
    if dialect.loses_in_transactions {
        add("may lose messages of a transaction");
    }
    text
}

/// A receipt, and where the broker has queues for one connection alone, a message there and back. No
/// destination of anybody else is touched.
async fn round_trip(
    report: &mut Report<'_>,
    client: &Client,
    messages: &mut Messages,
    dialect: &Dialect,
    patience: &Patience,
) -> Result<(), Stop> {
    const TRANSACTION: &str = "stomp-doctor";
    let begun = Instant::now();
    let late = || {
        let text = format!("no receipt within {} s", patience.time.as_secs_f64());
        let advice = "is the broker blocked, by an alarm over memory or disk? Its log says so";
        Stop::Late(Step::RoundTrip, text, advice)
    };
    let answered = timeout_at(patience.until, client.begin(TRANSACTION)).await.map_err(|_| late())?;
    let time = lasted(begun.elapsed());
    answered.map_err(|error| Stop::Failed(Step::RoundTrip, error))?;
    let answered = timeout_at(patience.until, client.abort(TRANSACTION)).await.map_err(|_| late())?;
    answered.map_err(|error| Stop::Failed(Step::RoundTrip, error))?;
    let receipt = format!("a receipt{time}");
    let Some(queue) = dialect.private_queue else {
        return Ok(report.good(Step::RoundTrip, &receipt)?);
    };
    match timeout_at(patience.until, message(client, messages, queue)).await {
        Ok(Ok(time)) => {
            let text = format!("{receipt}, a message there and back{}", lasted(time));
            Ok(report.good(Step::RoundTrip, &text)?)
        }
        Ok(Err(error)) if diagnosis::client_code(&error) == exit::REFUSED => {
            report.good(Step::RoundTrip, &receipt)?;
            let text = format!("no message through a queue of its own: {error}");
            Ok(report.note(Step::RoundTrip, &text)?)
        }
        Ok(Err(error)) => Err(Stop::Failed(Step::RoundTrip, error)),
        Err(_) => {
            let text = format!(
                "{receipt}, but a message did not come back within {} s",
                patience.time.as_secs_f64()
            );
            Err(Stop::Late(Step::RoundTrip, text, "is the broker blocked, by an alarm over memory or disk?"))
        }
    }
}

/// Sends a message to a queue that only this connection has, and waits for it.
async fn message(
    client: &Client,
    messages: &mut Messages,
    queue: PrivateQueue,
) -> Result<Duration, ClientError> {
    let token = uuid::Uuid::new_v4().simple().to_string();
    let fill = |form: &str| form.replace("{}", &format!("stomp.doctor.{token}"));
    let headers = queue.headers.iter().copied().collect();
    let id = client
        .subscribe(Subscribe { destination: fill(queue.subscribe), headers, ..Subscribe::default() })
        .await?;
    let begun = Instant::now();
    let frame = Frame::new(Verb::Send).with("destination", fill(queue.send)).body(token.clone());
    client.send(frame, false, false).await?;
    while !messages.next().await?.messages().any(|(_, frame)| frame.body() == token.as_bytes()) {}
    let time = begun.elapsed();
    client.unsubscribe(&id, false).await?;
    Ok(time)
}

/// The options for one endpoint of several.
pub(super) fn options_for(endpoint: &Endpoint, options: &ClientOptions) -> ClientOptions {
    ClientOptions { target: Target::Remote(vec![endpoint.clone()]), reconnect: None, ..options.clone() }
}
