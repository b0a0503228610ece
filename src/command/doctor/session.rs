//! The steps from CONNECT on: login, version, virtual host, heart-beats, the broker's name, a round trip.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::budget::{Stop, TimeBudget, milliseconds, took};
use super::dial;
use super::report::{DoctorReport, Step};
use crate::client::{Client, ClientError, ClientOptions, Events, Messages, Target};
use crate::command::diagnosis;
use crate::command::exit;
use crate::command::transaction::unique_name;
use crate::protocol::{Frame, Verb, Version};
use crate::session::dialect::{NackEffect, PrivateQueue};
use crate::session::{Confirmation, Connected, Dialect, Failure, RefusalKind, Subscribe};
use crate::transport::{Dialed, Endpoint};

/// A connection after CONNECTED.
pub(super) struct OpenSession {
    client: Client,
    events: Events,
    vhost: String,
    /// A virtual host that the broker refused before it accepted `vhost`.
    refused: Option<&'static str>,
}

/// How long the first receipt may take.
const DOUBT_AFTER: Duration = Duration::from_secs(1);

/// The virtual host if none is given.
const DEFAULT_VHOST: &str = "/";

/// Logs in over the dialled stream. Without a virtual host it tries `/`, then the host's name, as any command does.
pub(super) async fn log_in(
    report: &mut DoctorReport<'_>,
    endpoint: &Endpoint,
    dialed: Dialed,
    options: &ClientOptions,
    budget: &TimeBudget,
) -> Result<OpenSession, Stop> {
    let begun = Instant::now();
    let given = options.vhost.as_deref().or(endpoint.vhost.as_deref());
    let peer = dialed.peer;
    let options_left = || ClientOptions { connect_timeout: budget.left(), ..options.clone() };
    let first = Client::log_in(dialed, endpoint, given.unwrap_or(DEFAULT_VHOST), options_left()).await;
    let (refused, connected) = match first {
        Err(ClientError::Refused { refusal, .. })
            if refusal.kind == RefusalKind::VirtualHost && given.is_none() =>
        {
            let dialed = dial::redial(endpoint, peer, options, budget).await?;
            (Some(DEFAULT_VHOST), Client::log_in(dialed, endpoint, &endpoint.host, options_left()).await)
        }
        first => (None, first),
    };
    let (client, events) =
        connected.map_err(|error| Stop::Failed(failed_step(&error), budget.with_total(error)))?;
    let user = options.connect.login.as_deref().or(endpoint.user.as_deref());
    report.good(Step::Login, &format!("{}{}", login_text(user), took(begun)))?;
    let vhost = match (given, refused) {
        (Some(given), _) => given.to_owned(),
        (None, None) => DEFAULT_VHOST.to_owned(),
        (None, Some(_)) => endpoint.host.clone(),
    };
    Ok(OpenSession { client, events, vhost, refused })
}

/// Connects to the embedded broker, which has no address to dial.
pub(super) async fn log_in_embedded(
    report: &mut DoctorReport<'_>,
    options: &ClientOptions,
    budget: &TimeBudget,
) -> Result<OpenSession, Stop> {
    let begun = Instant::now();
    let connected = Client::connect(options.clone()).await;
    let (client, events) =
        connected.map_err(|error| Stop::Failed(failed_step(&error), budget.with_total(error)))?;
    report.good(Step::Login, &format!("{}{}", login_text(options.connect.login.as_deref()), took(begun)))?;
    let vhost = options.vhost.clone().unwrap_or_else(|| DEFAULT_VHOST.to_owned());
    Ok(OpenSession { client, events, vhost, refused: None })
}

fn login_text(user: Option<&str>) -> String {
    user.map_or("without a login".to_owned(), |user| format!("as {user}"))
}

/// The step that an error of CONNECT belongs to.
fn failed_step(error: &ClientError) -> Step {
    match error {
        // In TLS 1.3 a client completes its handshake before the server has checked the certificate of the client.
        ClientError::Dial(_) => Step::Tls,
        ClientError::UnknownVersion { .. } => Step::Version,
        ClientError::Refused { refusal, .. } => match refusal.kind {
            RefusalKind::VirtualHost => Step::Vhost,
            RefusalKind::Version => Step::Version,
            RefusalKind::Login | RefusalKind::Token | RefusalKind::ClientId | RefusalKind::Other => {
                Step::Login
            }
        },
        _ => Step::Login,
    }
}

pub(super) async fn examine_session(
    report: &mut DoctorReport<'_>,
    session: OpenSession,
    options: &ClientOptions,
    budget: &TimeBudget,
) -> Result<(), Stop> {
    let OpenSession { client, events, vhost, refused } = session;
    let failed = |step| move |error| Stop::Failed(step, error);
    let status = client.status().await.map_err(failed(Step::Login))?;
    let connected = status.connected.ok_or(Stop::Failed(Step::Login, ClientError::NotConnected))?;
    report.good(Step::Version, &versions(&connected, options, budget).await)?;
    report.good(
        Step::Vhost,
        &match refused {
            Some(refused) => format!("{vhost} ({refused} is refused)"),
            None => vhost,
        },
    )?;
    report.good(Step::HeartBeat, &beats(&connected))?;
    report.good(Step::Broker, &broker(&connected, status.dialect))?;
    round_trip(report, &client, &mut Messages::new(events), status.dialect, budget).await?;
    // The answer to DISCONNECT does not matter here, but the broker gets the time to send it.
    let _ = timeout_at(budget.deadline, client.disconnect()).await;
    Ok(())
}

/// The negotiated version and those that the broker accepts, each tried on a connection of its own.
async fn versions(connected: &Connected, options: &ClientOptions, budget: &TimeBudget) -> String {
    let mut accepted = Vec::new();
    let mut untried = Vec::new();
    // Leaves half of the time to the round trip.
    let until = Instant::now() + budget.left() / 2;
    for version in Version::ALL {
        if version == connected.version {
            accepted.push(version.as_str());
            continue;
        }
        let mut options = options.clone();
        options.connect.versions = vec![version];
        options.connect.remove_client_id();
        let trying = async {
            let (client, _) = Client::connect(options).await?;
            let status = client.status().await?;
            Ok::<_, ClientError>((
                client,
                status.connected.is_some_and(|connected| connected.version == version),
            ))
        };
        match timeout_at(until, trying).await {
            Ok(Ok((client, is_accepted))) => {
                accepted.extend(is_accepted.then_some(version.as_str()));
                let _ = timeout_at(until, client.disconnect()).await;
            }
            Ok(Err(ClientError::Refused { .. } | ClientError::ClosedAtConnect { .. })) => {}
            Ok(Err(_)) | Err(_) => untried.push(version.as_str()),
        }
    }
    let mut text = format!("{} in force; it takes {}", connected.version, accepted.join(", "));
    if !untried.is_empty() {
        text.push_str(&format!("; no answer to {}", untried.join(", ")));
    }
    text
}

fn beats(connected: &Connected) -> String {
    if connected.version == Version::V1_0 {
        return "none: STOMP 1.0 has no heart-beats".to_owned();
    }
    let direction = |interval: Option<Duration>| {
        interval.map_or("none".to_owned(), |interval| format!("every {} s", interval.as_secs_f64()))
    };
    format!(
        "to the broker {}, from it {}",
        direction(connected.beats.outgoing),
        direction(connected.beats.incoming)
    )
}

/// The broker's name, and where it differs from others.
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

/// What a server that answers DISCONNECT and nothing else means for the user.
const NO_RECEIPTS: &str = "this server sends no receipts: it answered DISCONNECT, but not BEGIN; what is sent to it may \
                          not be confirmed either, and --receipts never does not wait for that";

/// Waits for a receipt and, if the broker has queues that only this connection can use, for a message sent to one. No
/// destination that others can see is used.
async fn round_trip(
    report: &mut DoctorReport<'_>,
    client: &Client,
    messages: &mut Messages,
    dialect: &Dialect,
    budget: &TimeBudget,
) -> Result<(), Stop> {
    let transaction = unique_name("doctor");
    let begun = Instant::now();
    let late = || {
        let text = format!("no receipt within {} s", budget.total.as_secs_f64());
        let advice = "is the broker blocked, by an alarm over memory or disk? Its log says so";
        Stop::Late(Step::RoundTrip, text, advice)
    };
    let answered = timeout_at(budget.deadline, client.begin(&transaction)).await.map_err(|_| late())?;
    let time = milliseconds(begun.elapsed());
    let nothing_asked = "no receipts are asked for, because of --receipts never";
    match answered {
        Ok(Confirmation::Confirmed) if begun.elapsed() >= DOUBT_AFTER && !dialect.is_known() => {
            let text = format!("a receipt came late{time}; commands wait for those with --receipts always");
            return Ok(report.note(Step::RoundTrip, &text)?);
        }
        Ok(Confirmation::Confirmed) => {}
        Ok(Confirmation::Unconfirmed) => return Ok(report.note(Step::RoundTrip, nothing_asked)?),
        Err(ClientError::Failure(Failure::NoReceipts)) => {
            return Ok(report.note(Step::RoundTrip, NO_RECEIPTS)?);
        }
        // Small servers have no transactions.
        Err(ClientError::Failure(Failure::Refused { message, .. })) if !dialect.is_known() => {
            let text = format!("it refuses BEGIN, by which a receipt is asked for here: {message}");
            return Ok(report.note(Step::RoundTrip, &text)?);
        }
        Err(error) => return Err(Stop::Failed(Step::RoundTrip, error)),
    }
    let answered = timeout_at(budget.deadline, client.abort(&transaction)).await.map_err(|_| late())?;
    answered.map_err(|error| Stop::Failed(Step::RoundTrip, error))?;
    let receipt = format!("a receipt{time}");
    let Some(queue) = dialect.private_queue else {
        return Ok(report.good(Step::RoundTrip, &receipt)?);
    };
    match timeout_at(budget.deadline, message_round_trip(client, messages, queue)).await {
        Ok(Ok(time)) => {
            let text = format!("{receipt}, a message there and back{}", milliseconds(time));
            Ok(report.good(Step::RoundTrip, &text)?)
        }
        Ok(Err(error)) if diagnosis::client_code(&error) == exit::REFUSED => {
            report.good(Step::RoundTrip, &receipt)?;
            let text = format!("no message through a queue of its own: {error}");
            Ok(report.note(Step::RoundTrip, &text)?)
        }
        Ok(Err(error)) => Err(Stop::Failed(Step::RoundTrip, error)),
        Err(_) => {
            let text =
                format!("{receipt}, but a message did not come back within {} s", budget.total.as_secs_f64());
            Err(Stop::Late(Step::RoundTrip, text, "is the broker blocked, by an alarm over memory or disk?"))
        }
    }
}

/// Sends a message to a queue that only this connection can use, and waits for it.
async fn message_round_trip(
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

/// The options for one endpoint of a list.
pub(super) fn options_for(endpoint: &Endpoint, options: &ClientOptions) -> ClientOptions {
    ClientOptions {
        target: Target::Remote(vec![endpoint.clone()]),
        reconnect: None,
        doubt_receipts_after: DOUBT_AFTER,
        disconnects_in_doubt: true,
        wait: Duration::ZERO,
        ..options.clone()
    }
}
