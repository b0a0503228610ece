//! `ping`: measures a receipt's round trip.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::connection_options::connect;
use super::exit::UNKNOWN;
use super::own_connection::leave;
use super::prelude::*;
use super::transaction::unique_name;
use crate::client::{Client, ClientError};
use crate::session::{Failure, ReceiptPolicy};

/// How long to wait for a receipt. The client finds out before whether an unknown server sends receipts at all.
const PATIENCE: Duration = Duration::from_secs(5);

/// Measure the round trip of a receipt
///
/// Opens a connection like the current one, begins and aborts an empty transaction for each measurement, and prints the
/// time until the receipt of its BEGIN arrived. No destination is touched. A server that sends no receipts is reported
/// as such, with exit status 6.
#[derive(Args, Debug, Clone)]
pub(crate) struct Ping {
    /// Measure N times
    #[arg(short = 'c', long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub count: u32,
}

impl Command for Ping {
    const FACTS: Facts = Facts::new("ping", Group::Connect).without_connection().examples(&[Example::run(
        "",
        "# the time until the broker has confirmed something, five times\nping\n# once\nping -c 1\n",
    )]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let (mut options, _) = context.own_options().await?;
        // It asks for receipts whatever the other commands do.
        options.receipts = ReceiptPolicy::Auto;
        options.disconnects_in_doubt = true;
        let (client, _events) = connect(options).await?;
        let endpoint = client.status().await?.endpoint;
        let mut times = Vec::new();
        for _ in 0..self.count {
            let time = round_trip(&client, &unique_name("ping")).await?;
            context.out(format!("receipt from {endpoint}: {}\n", milliseconds(time)).as_bytes())?;
            times.push(time);
        }
        leave(&client, false).await?;
        context.out(summary(&mut times).as_bytes())?;
        Ok(ControlFlow::Continue)
    }
}

/// The time between an empty transaction's BEGIN and its receipt.
async fn round_trip(client: &Client, transaction: &str) -> Result<Duration> {
    let started = Instant::now();
    let mut begin = std::pin::pin!(client.begin(transaction));
    let Ok(begun) = timeout(PATIENCE, &mut begin).await else {
        let waited = PATIENCE.as_secs();
        let reason = format!("no receipt for BEGIN within {waited} s: the server does not respond");
        return Err(Problem::Sending { reason, code: UNKNOWN }.into());
    };
    begun.map_err(|error| match error {
        ClientError::Failure(Failure::NoReceipts) => {
            let reason = "this server sends no receipts: it answered DISCONNECT, but not BEGIN".to_owned();
            anyhow::Error::from(Problem::Sending { reason, code: UNKNOWN })
        }
        error => error.into(),
    })?;
    let time = started.elapsed();
    client.abort(transaction).await?;
    Ok(time)
}

fn milliseconds(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1_000.0)
}

/// The last line: minimum, median and maximum. The times are left sorted; there is at least one.
fn summary(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let middle = times.len() / 2;
    let median = match times {
        [] => Duration::ZERO,
        _ if times.len() % 2 == 1 => times[middle],
        _ => (times[middle - 1] + times[middle]) / 2,
    };
    let [min, max] = [times.first(), times.last()].map(|time| time.copied().unwrap_or_default());
    let receipts = if times.len() == 1 { "receipt" } else { "receipts" };
    format!(
        "{} {receipts}: minimum {}, median {}, maximum {}\n",
        times.len(),
        milliseconds(min),
        milliseconds(median),
        milliseconds(max)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        let mut times = [4, 1, 3, 10].map(Duration::from_millis);
        let expected = "4 receipts: minimum 1.000 ms, median 3.500 ms, maximum 10.000 ms\n";
        assert_eq!(summary(&mut times), expected);
        let mut one = [Duration::from_micros(250)];
        assert_eq!(summary(&mut one), "1 receipt: minimum 0.250 ms, median 0.250 ms, maximum 0.250 ms\n");
    }
}
