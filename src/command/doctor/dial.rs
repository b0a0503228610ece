//! The steps before CONNECT: name lookup, TCP at each of the addresses, TLS, WebSocket.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::budget::{Stop, TimeBudget, milliseconds, took};
use super::report::{DoctorReport, Step};
use crate::client::{ClientError, ClientOptions};
use crate::transport::{DialError, Dialed, Endpoint, Reached, look_up, reach, secure, upgrade};

/// How long the doctor waits for the other addresses of a name once one has answered.
const GRACE: Duration = Duration::from_millis(500);

/// Dials the endpoint and reports each step.
pub(super) async fn dial(
    report: &mut DoctorReport<'_>,
    endpoint: &Endpoint,
    options: &ClientOptions,
    budget: &TimeBudget,
) -> Result<Dialed, Stop> {
    let addresses = look_up_name(report, endpoint, budget).await?;
    let reached = tcp(report, endpoint, addresses, budget).await?;
    secure_and_upgrade(Some(report), endpoint, options, reached, budget).await
}

/// Dials the address that answered before, without a report.
pub(super) async fn redial(
    endpoint: &Endpoint,
    peer: SocketAddr,
    options: &ClientOptions,
    budget: &TimeBudget,
) -> Result<Dialed, Stop> {
    let reached = timed(Step::Tcp, budget, "connection", reach(endpoint, vec![peer])).await?;
    secure_and_upgrade(None, endpoint, options, reached, budget).await
}

async fn timed<T>(
    step: Step,
    budget: &TimeBudget,
    what: &'static str,
    work: impl Future<Output = Result<T, DialError>>,
) -> Result<T, Stop> {
    match timeout_at(budget.deadline, work).await {
        Ok(done) => done.map_err(|error| Stop::Failed(step, error.into())),
        Err(_) => Err(Stop::Failed(step, budget.late(what))),
    }
}

async fn look_up_name(
    report: &mut DoctorReport<'_>,
    endpoint: &Endpoint,
    budget: &TimeBudget,
) -> Result<Vec<SocketAddr>, Stop> {
    let begun = Instant::now();
    let addresses = timed(Step::Name, budget, "address", look_up(endpoint)).await?;
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

/// Dials every address at once and returns the first connection, in the order of the addresses.
async fn tcp(
    report: &mut DoctorReport<'_>,
    endpoint: &Endpoint,
    addresses: Vec<SocketAddr>,
    budget: &TimeBudget,
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
    let mut until = budget.deadline;
    let mut answers: Vec<_> = addresses.iter().map(|_| None).collect();
    while let Ok(Some(done)) = timeout_at(until, attempts.join_next()).await {
        // A task that panicked counts as an address that did not answer.
        let Ok((index, time, reached)) = done else { continue };
        if reached.is_ok() {
            until = until.min(Instant::now() + GRACE);
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
                report.good(Step::Tcp, &format!("{address} answers{}", milliseconds(time)))?;
                chosen.get_or_insert(reached);
                continue;
            }
            Some((_, Err(error))) => (unreached(*address, &error), ClientError::from(error)),
            None if any => (format!("{address} has not answered yet"), budget.late("connection")),
            None => {
                let seconds = budget.total.as_secs_f64();
                (format!("no answer from {address} within {seconds} s"), budget.late("connection"))
            }
        };
        if any {
            report.note(Step::Tcp, &text)?;
            continue;
        }
        // A refused connection says more than one that timed out.
        if worst.is_none()
            || matches!(&error, ClientError::Dial(dial) if matches!(**dial, DialError::Refused { .. }))
        {
            worst = Some(error);
        }
        if index < last {
            report.bad(Step::Tcp, &text, &[], crate::command::exit::UNREACHABLE)?;
        } else if let Some(worst) = worst.take() {
            return Err(Stop::Explained(Step::Tcp, text, worst));
        }
    }
    chosen.ok_or_else(|| Stop::Failed(Step::Tcp, budget.late("connection")))
}

/// Names the address once, though the error may name it as well.
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

/// Does the TLS and WebSocket handshakes that the scheme asks for.
async fn secure_and_upgrade(
    mut report: Option<&mut DoctorReport<'_>>,
    endpoint: &Endpoint,
    options: &ClientOptions,
    reached: Reached,
    budget: &TimeBudget,
) -> Result<Dialed, Stop> {
    let scheme = endpoint.scheme;
    let mut begun = Instant::now();
    let mut dialed = if scheme.is_tls() {
        timed(Step::Tls, budget, "TLS handshake", secure(reached, endpoint, &options.dial)).await?
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
        let upgrading = upgrade(dialed, endpoint, &options.dial);
        dialed = timed(Step::WebSocket, budget, "WebSocket handshake", upgrading).await?;
    }
    if let (Some(report), Some(websocket)) = (&mut report, &dialed.websocket) {
        let protocol = match &websocket.protocol {
            Some(protocol) => format!("subprotocol {protocol}"),
            None => "it names no subprotocol".to_owned(),
        };
        report.good(
            Step::WebSocket,
            &format!("{} opens one, {protocol}{}", endpoint.shown_path(), took(begun)),
        )?;
    }
    Ok(dialed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;
    use crate::render::Paint;

    /// The report on the addresses, and the address that was connected to.
    async fn tried(addresses: Vec<SocketAddr>) -> (String, Result<SocketAddr, Stop>) {
        let mut text = String::new();
        let mut out = |line: &str| {
            text.push_str(line);
            Ok(())
        };
        let mut report = DoctorReport::new(&mut out, Paint::PLAIN, None);
        let endpoint = Endpoint::default();
        let budget = TimeBudget::new(Duration::from_secs(20), endpoint.authority());
        let reached = tcp(&mut report, &endpoint, addresses, &budget).await;
        (text, reached.map(|reached| reached.peer))
    }

    #[tokio::test]
    async fn each_address_has_a_line_and_one_that_answers_will_do() {
        // Bound, so that no other program takes the port; nothing listens there.
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
        let Err(Stop::Explained(Step::Tcp, last, ClientError::Dial(error))) = reached else {
            panic!("it answers")
        };
        assert_eq!(last, format!("nothing is listening on {closed}"));
        assert!(matches!(*error, DialError::Refused { .. }));
    }
}
