//! `doctor`: what works on the way to a broker, one line each, and what to try where it does not.

use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use tokio::net::{TcpStream, lookup_host};

use super::exit;
use crate::client::{Client, ClientError, ClientOptions, Target};
use crate::protocol::Version;
use crate::render::escape::{Lines, escape_text};
use crate::render::{Paint, Role, stdout};
use crate::session::dialect::Nacked;
use crate::session::{Connected, Dialect};
use crate::transport::{Endpoint, dial};

/// Looks at each step of the way to a broker
///
/// Name, TCP, TLS or WebSocket, login, versions, heart-beats, broker, round trip. Nothing is sent to any destination.
#[derive(Args, Debug, Clone, Default)]
pub struct Doctor {
    /// The broker's URL
    #[arg(value_name = "URL")]
    pub url: Option<String>,
}

/// Prints one line for each step.
struct Report {
    paint: Paint,
    failed: Option<u8>,
}

impl Report {
    fn line(&self, good: bool, step: &str, text: &str) -> Result<()> {
        let text = escape_text(text, Lines::One);
        let mark =
            if good { self.paint.paint(Role::Text, "ok  ") } else { self.paint.paint(Role::Error, "FAIL") };
        Ok(stdout::write(format!("{mark}  {step:<10}  {text}\n").as_bytes())?)
    }

    fn good(&self, step: &str, text: &str) -> Result<()> {
        self.line(true, step, text)
    }

    fn bad(&mut self, step: &str, error: &ClientError) -> Result<()> {
        self.failed.get_or_insert(exit::client_code(error));
        self.line(false, step, &error.to_string())?;
        for hint in exit::client_hints(error) {
            stdout::write(format!("{:18}try: {}\n", "", escape_text(&hint, Lines::One)).as_bytes())?;
        }
        Ok(())
    }
}

impl Doctor {
    /// Looks at every endpoint; the exit code is that of the first failure.
    pub async fn run(&self, options: ClientOptions, paint: Paint) -> Result<u8> {
        let mut report = Report { paint, failed: None };
        match options.target.clone() {
            Target::Local(_) => login(&mut report, &options, None).await?,
            Target::Remote(endpoints) => {
                for (index, endpoint) in endpoints.iter().enumerate() {
                    if endpoints.len() > 1 {
                        let gap = if index == 0 { "" } else { "\n" };
                        stdout::write(format!("{gap}{endpoint}\n").as_bytes())?;
                    }
                    let one =
                        ClientOptions { target: Target::Remote(vec![endpoint.clone()]), ..options.clone() };
                    way(&mut report, endpoint, &one).await?;
                }
            }
        }
        Ok(report.failed.unwrap_or(exit::OK))
    }
}

/// The way to an endpoint, and then the login.
async fn way(report: &mut Report, endpoint: &Endpoint, options: &ClientOptions) -> Result<()> {
    let patience = options.connect_timeout;
    let late = |step: &'static str| ClientError::ConnectTimeout {
        authority: endpoint.authority(),
        step,
        after: patience,
    };
    let begun = Instant::now();
    let name = (endpoint.host.as_str(), endpoint.port);
    let addresses = match tokio::time::timeout(patience, lookup_host(name)).await {
        Ok(Ok(addresses)) => addresses.collect::<Vec<_>>(),
        Ok(Err(error)) => {
            let error = crate::transport::DialError::NameLookup { host: endpoint.host.clone(), error };
            return report.bad("name", &error.into());
        }
        Err(_) => return report.bad("name", &late("address")),
    };
    let list: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    report.good("name", &format!("{} is {}{}", endpoint.host, list.join(", "), took(begun)))?;

    let mut reached = 0;
    for address in &addresses {
        let begun = Instant::now();
        match tokio::time::timeout(patience, TcpStream::connect(address)).await {
            Ok(Ok(_)) => {
                reached += 1;
                report.good("tcp", &format!("{address} answers{}", took(begun)))?;
            }
            // One address of several that answers will do.
            Ok(Err(error)) => report.line(false, "tcp", &format!("{address}: {error}"))?,
            Err(_) => report.line(
                false,
                "tcp",
                &format!("{address}: no answer within {} s", patience.as_secs_f64()),
            )?,
        }
    }
    let step = match (endpoint.scheme.is_websocket(), endpoint.scheme.is_tls()) {
        (true, _) => "websocket",
        (false, true) => "tls",
        (false, false) => "tcp",
    };
    let begun = Instant::now();
    match tokio::time::timeout(patience, dial(endpoint, &options.dial)).await {
        Ok(Ok(dialed)) => {
            if let Some(tls) = &dialed.tls {
                let verified = if tls.verified { "verified" } else { "NOT verified (--insecure)" };
                report.good(
                    "tls",
                    &format!("{} {}, {} {verified}{}", tls.version, tls.cipher, tls.peer_name, took(begun)),
                )?;
            }
            if endpoint.scheme.is_websocket() {
                report.good("websocket", &format!("{} shook hands{}", endpoint.authority(), took(begun)))?;
            }
        }
        Ok(Err(error)) => return report.bad(step, &error.into()),
        Err(_) => return report.bad(step, &late("connection")),
    }
    if reached == 0 {
        return Ok(());
    }
    login(report, options, Some(endpoint)).await
}

/// From CONNECT on.
async fn login(report: &mut Report, options: &ClientOptions, endpoint: Option<&Endpoint>) -> Result<()> {
    let begun = Instant::now();
    let (client, events) = match Client::connect(options.clone()).await {
        Ok(connected) => connected,
        Err(error) => return report.bad("login", &error),
    };
    drop(events);
    let status = client.status().await?;
    let Some(connected) = status.connected else { return Ok(()) };
    let who =
        options.connect.login.as_deref().map_or("without a login".to_owned(), |user| format!("as {user}"));
    report.good("login", &format!("{who}{}", took(begun)))?;
    let vhost =
        options.vhost.as_deref().or(endpoint.and_then(|endpoint| endpoint.vhost.as_deref())).unwrap_or("/");
    report.good("vhost", vhost)?;
    versions(report, options, &connected).await?;
    report.good("heart-beat", &beats(&connected))?;
    report.good("broker", &broker(&connected, status.dialect))?;
    let begun = Instant::now();
    let trip = async {
        client.begin("doctor").await?;
        client.abort("doctor").await
    };
    match trip.await {
        Ok(()) => report.good("round trip", &format!("a transaction begun and aborted{}", took(begun)))?,
        Err(error) => report.bad("round trip", &error)?,
    }
    // What it answers to DISCONNECT does not matter here.
    let _ = client.disconnect().await;
    Ok(())
}

/// Which versions the broker takes, each tried by itself.
async fn versions(report: &mut Report, options: &ClientOptions, connected: &Connected) -> Result<()> {
    let mut taken = Vec::new();
    for version in Version::ALL {
        let mut one = options.clone();
        one.connect.versions = vec![version];
        if let Ok((client, _)) = Client::connect(one).await {
            if client
                .status()
                .await
                .is_ok_and(|status| status.connected.is_some_and(|c| c.version == version))
            {
                taken.push(version.as_str());
            }
            let _ = client.disconnect().await;
        }
    }
    report.good("version", &format!("{} in force; it takes {}", connected.version, taken.join(", ")))
}

fn beats(connected: &Connected) -> String {
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
    if dialect.name == "unknown" {
        return text;
    }
    if !dialect.browses {
        add("cannot browse");
    }
    match dialect.nacked {
        Nacked::GivenBack => add("a nacked message comes again"),
        Nacked::Discarded => add("a nacked message is discarded or goes to a dead-letter queue"),
        Nacked::Acked => add("a nack counts as an ack"),
        Nacked::Refused => add("nack is not known"),
        Nacked::Unknown => {}
    }
    if dialect.receipt_is_not_stored {
        add("confirms messages that nobody keeps: send with -H 'destination-type: ANYCAST'");
    }
    text
}

fn took(begun: Instant) -> String {
    format!(" ({:.1} ms)", begun.elapsed().as_secs_f64() * 1_000.0)
}
