//! The way to an endpoint: its name, TCP at each of its addresses, TLS, WebSocket.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::patience::{Patience, Stop, lasted, took};
use super::report::{Report, Step};
use crate::client::{ClientError, ClientOptions};
use crate::transport::{DialError, Dialed, Endpoint, Reached, look_up, reach, secure, upgrade};

/// How long the other addresses of a name have once one has answered.
const OTHERS: Duration = Duration::from_millis(500);

/// Goes it, and says how it was.
pub(super) async fn go(
    report: &mut Report<'_>,
    endpoint: &Endpoint,
    options: &ClientOptions,
    patience: &Patience,
) -> Result<Dialed, Stop> {
    let addresses = name(report, endpoint, patience).await?;
    let reached = tcp(report, endpoint, addresses, patience).await?;
    rest(Some(report), endpoint, options, reached, patience).await
}

/// The same again without a word: it has been gone before.
pub(super) async fn again(
    endpoint: &Endpoint,
    peer: SocketAddr,
    options: &ClientOptions,
    patience: &Patience,
) -> Result<Dialed, Stop> {
    let reached = step(Step::Tcp, patience, "connection", reach(endpoint, vec![peer])).await?;
    rest(None, endpoint, options, reached, patience).await
}

async fn step<T>(
    step: Step,
    patience: &Patience,
    what: &'static str,
    doing: impl Future<Output = Result<T, DialError>>,
) -> Result<T, Stop> {
    match timeout_at(patience.until, doing).await {
        Ok(done) => done.map_err(|error| Stop::Failed(step, error.into())),
        Err(_) => Err(Stop::Failed(step, patience.late(what))),
    }
}

async fn name(
    report: &mut Report<'_>,
    endpoint: &Endpoint,
    patience: &Patience,
) -> Result<Vec<SocketAddr>, Stop> {
    let begun = Instant::now();
    let addresses = step(Step::Name, patience, "address", look_up(endpoint)).await?;
    let list: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    let host = &endpoint.host;
    let text = if list == [host.as_str()] {
        format!("{host} is an address")
    } else {
        format!("{host} is {}{}", list.join(", "), took(begun))
    };
    report.good(Step::Name, &text)?;
    Ok(addresses)
}

/// Tries every address at once; goes on with the first of them that answers.
async fn tcp(
    report: &mut Report<'_>,
    endpoint: &Endpoint,
    addresses: Vec<SocketAddr>,
    patience: &Patience,
) -> Result<Reached, Stop> {
    let begun = Instant::now();
    let mut attempts = JoinSet::new();
    for (index, address) in addresses.iter().copied().enumerate() {
        let endpoint = endpoint.clone();
        attempts.spawn(async move {
            let reached = reach(&endpoint, vec![address]).await;
            (index, begun.elapsed(), reached)
        });
    }
    let mut until = patience.until;
    let mut answers: Vec<_> = addresses.iter().map(|_| None).collect();
    while let Ok(Some(done)) = timeout_at(until, attempts.join_next()).await {
        // A task that is gone without an answer counts as silent.
        let Ok((index, time, reached)) = done else { continue };
        if reached.is_ok() {
            until = until.min(Instant::now() + OTHERS);
        }
        answers[index] = Some((time, reached));
    }
    let any = answers.iter().flatten().any(|(_, reached)| reached.is_ok());
    let mut chosen = None;
    let mut worst: Option<ClientError> = None;
    let last = addresses.len() - 1;
    for (index, (address, answer)) in addresses.iter().zip(answers).enumerate() {
        let (text, error) = match answer {
            Some((time, Ok(reached))) => {
                report.good(Step::Tcp, &format!("{address} answers{}", lasted(time)))?;
                chosen.get_or_insert(reached);
                continue;
            }
            Some((_, Err(error))) => (unreached(*address, &error), ClientError::from(error)),
            None if any => (format!("{address} has not answered yet"), patience.late("connection")),
            None => {
                let seconds = patience.time.as_secs_f64();
                (format!("no answer from {address} within {seconds} s"), patience.late("connection"))
            }
        };
        if any {
            report.note(Step::Tcp, &text)?;
            continue;
        }
        // A machine that refuses says more than one that is silent.
        if worst.is_none()
            || matches!(&error, ClientError::Dial(own) if matches!(**own, DialError::Refused { .. }))
        {
            worst = Some(error);
        }
        if index < last {
            report.bad(Step::Tcp, &text, &[], crate::command::exit::UNREACHABLE)?;
        } else if let Some(worst) = worst.take() {
            return Err(Stop::Told(Step::Tcp, text, worst));
        }
    }
    chosen.ok_or_else(|| Stop::Failed(Step::Tcp, patience.late("connection")))
}

/// What is wrong with one address, named once.
fn unreached(address: SocketAddr, error: &DialError) -> String {
    match error {
        DialError::Refused { .. } => format!("nothing is listening on {address}"),
        DialError::Unreachable { error, .. } | DialError::Io { error, .. } => {
            if error.kind() == ErrorKind::TimedOut {
                format!("no answer from {address}")
            } else {
                format!("cannot reach {address}: {error}")
            }
        }
        other => format!("{address}: {other}"),
    }
}

/// TLS and WebSocket, as far as the scheme has them.
async fn rest(
    mut report: Option<&mut Report<'_>>,
    endpoint: &Endpoint,
    options: &ClientOptions,
    reached: Reached,
    patience: &Patience,
) -> Result<Dialed, Stop> {
    let scheme = endpoint.scheme;
    let mut begun = Instant::now();
    let mut dialed = if scheme.is_tls() {
        step(Step::Tls, patience, "TLS handshake", secure(reached, endpoint, &options.dial)).await?
    } else {
        reached.into()
    };
    if let (Some(report), Some(tls)) = (&mut report, &dialed.tls) {
        let verified = if tls.verified {
            format!("certificate for {} verified", tls.peer_name)
        } else {
            "certificate NOT verified (--insecure)".to_owned()
        };
        let cipher = tls.cipher.trim_start_matches("TLS13_").trim_start_matches("TLS_");
        report.good(Step::Tls, &format!("{} {cipher}, {verified}{}", tls.version, took(begun)))?;
    }
    if scheme.is_websocket() {
        begun = Instant::now();
        let doing = upgrade(dialed, endpoint, &options.dial);
        dialed = step(Step::WebSocket, patience, "WebSocket handshake", doing).await?;
    }
    if let (Some(report), Some(websocket)) = (&mut report, &dialed.websocket) {
        let protocol = match &websocket.protocol {
            Some(protocol) => format!("subprotocol {protocol}"),
            None => "it names no subprotocol".to_owned(),
        };
        report.good(Step::WebSocket, &format!("{} opens one, {protocol}{}", endpoint.path, took(begun)))?;
    }
    Ok(dialed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;
    use crate::render::Paint;

    /// What is said of the addresses, and whether one of them answered.
    async fn tried(addresses: Vec<SocketAddr>) -> (String, Result<SocketAddr, Stop>) {
        let mut text = String::new();
        let mut out = |line: &str| {
            text.push_str(line);
            Ok(())
        };
        let mut report = Report::new(&mut out, Paint::PLAIN, None);
        let endpoint = Endpoint::default();
        let patience = Patience::new(Duration::from_secs(20), endpoint.authority());
        let reached = tcp(&mut report, &endpoint, addresses, &patience).await;
        (text, reached.map(|reached| reached.peer))
    }

    #[tokio::test]
    async fn each_address_has_a_line_and_one_that_answers_will_do() {
        // Bound, so that nobody else takes it; nothing listens there.
        let bound = TcpSocket::new_v4().unwrap();
        bound.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let closed = bound.local_addr().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();

        let (text, reached) = tried(vec![closed, open]).await;
        assert!(text.starts_with(&format!("--    tcp         nothing is listening on {closed}\n")), "{text}");
        assert!(text.contains(&format!("\nok    tcp         {open} answers (")), "{text}");
        assert!(reached.is_ok_and(|peer| peer == open));

        let (text, reached) = tried(vec![closed, closed]).await;
        assert_eq!(text, format!("FAIL  tcp         nothing is listening on {closed}\n"));
        let Err(Stop::Told(Step::Tcp, last, ClientError::Dial(error))) = reached else {
            panic!("it answers")
        };
        assert_eq!(last, format!("nothing is listening on {closed}"));
        assert!(matches!(*error, DialError::Refused { .. }));
    }
}
