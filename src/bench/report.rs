//! The result of a run, as text and as JSON.

use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use super::consumer::{Latencies, Seen, latencies};
use super::destination::Destination;
use super::plan::Plan;
use super::producer::Sent;
use super::tally::Tally;
use crate::render::grouped;
use crate::session::AckMode;

/// Throughput of sending or of receiving.
#[derive(Debug, Clone, Copy, Serialize, PartialEq)]
pub(crate) struct Side {
    pub messages: u64,
    /// From the start of the run to the last message.
    pub seconds: f64,
    pub messages_per_second: f64,
    /// Bodies only, without headers.
    pub bytes_per_second: f64,
}

impl Side {
    #[allow(clippy::cast_precision_loss)] // figures for people, and below 2^53
    fn new(messages: u64, size: usize, time: Duration) -> Self {
        let seconds = time.as_secs_f64();
        let rate = if messages == 0 || seconds == 0.0 { 0.0 } else { messages as f64 / seconds };
        Self { messages, seconds, messages_per_second: rate, bytes_per_second: rate * size as f64 }
    }
}

/// Outcomes of sent messages.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
pub(crate) struct Fates {
    /// Confirmed by a receipt.
    pub confirmed: u64,
    /// Written to the connection, but not confirmed.
    pub unknown: u64,
    /// Sent again after a reconnect, each time counted; the messages themselves are counted above.
    pub sent_again: u64,
}

/// Outcomes of received messages.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
pub(crate) struct Arrived {
    /// Acknowledged messages; `None` in ack mode auto.
    pub acked: Option<u64>,
    /// Whether the broker has read all acknowledgements: it answered a DISCONNECT that was sent after them.
    pub acks_proven: bool,
    pub lost: u64,
    /// Deliveries after the first of the same message.
    pub duplicated: u64,
    /// Messages of another run or another program.
    pub foreign: u64,
}

/// Latencies in milliseconds, from when a message was to be sent to when it was read.
#[derive(Debug, Clone, Copy, Serialize, PartialEq)]
#[allow(missing_docs)] // their names say it
pub(crate) struct Latency {
    pub min: f64,
    pub mean: f64,
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    #[serde(rename = "p99.9")]
    pub p999: f64,
    pub max: f64,
}

#[derive(Debug, Clone, Serialize, PartialEq)]
pub(crate) struct Report {
    /// CONNECTED's `server` header.
    pub broker: String,
    pub destination: String,
    pub producers: u16,
    pub consumers: u16,
    /// The size of each body in bytes.
    pub size: usize,
    /// The requested messages per second.
    pub rate: Option<f64>,
    pub receipts: bool,
    pub persistent: bool,
    pub ack: String,
    /// A signal or a failure ended the run.
    pub stopped_early: bool,
    pub sent: Side,
    pub fates: Fates,
    /// `None` without consumers.
    pub received: Option<Side>,
    pub arrived: Option<Arrived>,
    /// `None` if no message came.
    pub latency_ms: Option<Latency>,
}

impl Report {
    pub(super) fn of(
        plan: &Plan,
        broker: String,
        destination: &Destination,
        sent: &[Sent],
        seen: &[Seen],
        early: bool,
    ) -> Result<Self> {
        let fates = Fates {
            confirmed: sent.iter().map(|sent| sent.report.confirmed).sum(),
            unknown: sent.iter().map(|sent| sent.report.unknown).sum(),
            sent_again: sent.iter().map(|sent| sent.report.resent).sum(),
        };
        let given = fates.confirmed + fates.unknown;
        let ended = sent.iter().map(|sent| sent.end).max().unwrap_or_default();
        // On a topic each consumer gets all, in a queue each message goes to one of them.
        let mut all = Tally::default();
        let mut distinct = 0;
        for seen in seen {
            if destination.copies > 1 {
                distinct += seen.tally.distinct();
            }
            all.join(&seen.tally);
        }
        if destination.copies <= 1 {
            distinct = all.distinct();
        }
        let mut under_way = latencies()?;
        for seen in seen {
            under_way.add(&seen.latencies)?;
        }
        let last = seen.iter().filter_map(|seen| seen.last).max().unwrap_or_default();
        let arrived = Arrived {
            acked: (plan.ack != AckMode::Auto).then(|| seen.iter().map(|seen| seen.acked).sum()),
            acks_proven: seen.iter().all(|seen| seen.proven),
            lost: (given * destination.copies).saturating_sub(distinct),
            duplicated: all.received - distinct,
            foreign: seen.iter().map(|seen| seen.foreign).sum(),
        };
        let receives = plan.consumers > 0;
        Ok(Self {
            broker,
            destination: destination.name.clone(),
            producers: plan.producers,
            consumers: plan.consumers,
            size: plan.size,
            rate: plan.rate,
            receipts: plan.receipts,
            persistent: plan.persistent,
            ack: plan.ack.to_string(),
            stopped_early: early,
            sent: Side::new(given, plan.size, ended),
            fates,
            received: receives.then(|| Side::new(all.received, plan.size, last)),
            arrived: receives.then_some(arrived),
            latency_ms: (!under_way.is_empty()).then(|| Latency::of(&under_way)),
        })
    }

    pub(crate) fn lost(&self) -> u64 {
        self.arrived.map_or(0, |arrived| arrived.lost)
    }

    /// One JSON object and a line feed.
    pub(crate) fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// A table for people, at most 80 columns wide.
    pub(crate) fn to_text(&self) -> String {
        let mut out = String::from("            messages    seconds   messages/s    MB/s of bodies\n");
        let mut row = |name: &str, side: &Side| {
            out.push_str(&format!(
                "{name:<9}{:>11}{:>11.2}{:>13}{:>18.2}\n",
                grouped(side.messages),
                side.seconds,
                grouped(rounded(side.messages_per_second)),
                side.bytes_per_second / 1e6
            ));
        };
        row("sent", &self.sent);
        if let Some(received) = &self.received {
            row("received", received);
        }
        out.push('\n');
        let Fates { confirmed, unknown, sent_again } = self.fates;
        if self.receipts {
            out.push_str(&format!(
                "sent      confirmed {}, unknown {}",
                grouped(confirmed),
                grouped(unknown)
            ));
        } else {
            out.push_str(&format!("sent      {} without receipts", grouped(unknown)));
        }
        if sent_again > 0 {
            out.push_str(&format!(", {} of them again after a reconnect", grouped(sent_again)));
        }
        out.push('\n');
        if let Some(arrived) = self.arrived {
            out.push_str("received  ");
            if let Some(acked) = arrived.acked {
                let proof = if arrived.acks_proven { "" } else { " (not all proven)" };
                out.push_str(&format!("acked {}{proof}, ", grouped(acked)));
            }
            let lost = if self.stopped_early { "not come yet" } else { "lost" };
            out.push_str(&format!(
                "{lost} {}, duplicated {}\n",
                grouped(arrived.lost),
                grouped(arrived.duplicated)
            ));
        }
        if let Some(latency) = self.latency_ms {
            let Latency { min, mean, p50, p90, p99, p999, max } = latency;
            out.push_str("\nlatency         min     mean      50%      90%      99%    99.9%      max\n");
            out.push_str("milliseconds");
            for figure in [min, mean, p50, p90, p99, p999, max] {
                out.push_str(&format!("{:>9}", milliseconds(figure)));
            }
            out.push('\n');
            let how = match self.rate {
                Some(_) => "from when each was to be sent by the rate",
                None => "from when each was made; as fast as it goes, most of it is waiting in line",
            };
            out.push_str(&format!("({how})\n"));
        }
        out
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a rate, rounded
fn rounded(rate: f64) -> u64 {
    rate.round() as u64
}

/// A number with about three significant digits.
fn milliseconds(figure: f64) -> String {
    match figure {
        small if small < 10.0 => format!("{small:.2}"),
        middle if middle < 100.0 => format!("{middle:.1}"),
        large => grouped(rounded(large)),
    }
}

impl Latency {
    fn of(latencies: &Latencies) -> Self {
        #[allow(clippy::cast_precision_loss)] // below an hour in nanoseconds
        let ms = |nanoseconds: u64| nanoseconds as f64 / 1e6;
        let at = |quantile: f64| ms(latencies.value_at_quantile(quantile));
        Self {
            min: ms(latencies.min()),
            mean: latencies.mean() / 1e6,
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: ms(latencies.max()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        Report {
            broker: "RabbitMQ/3.10.8".to_owned(),
            destination: "/queue/a".to_owned(),
            producers: 2,
            consumers: 1,
            size: 100,
            rate: Some(1_000.0),
            receipts: true,
            persistent: false,
            ack: "client".to_owned(),
            stopped_early: false,
            sent: Side::new(20_000, 100, Duration::from_secs(2)),
            fates: Fates { confirmed: 19_999, unknown: 1, sent_again: 0 },
            received: Some(Side::new(20_001, 100, Duration::from_secs(4))),
            arrived: Some(Arrived {
                acked: Some(20_001),
                acks_proven: true,
                lost: 0,
                duplicated: 1,
                foreign: 0,
            }),
            latency_ms: Some(Latency {
                min: 0.123,
                mean: 1.5,
                p50: 1.25,
                p90: 12.34,
                p99: 99.9,
                p999: 123.4,
                max: 1_234.5,
            }),
        }
    }

    #[test]
    fn people_get_a_table_that_fits_the_screen() {
        let expected = "            messages    seconds   messages/s    MB/s of bodies\n\
                        sent          20,000       2.00       10,000              1.00\n\
                        received      20,001       4.00        5,000              0.50\n\
                        \n\
                        sent      confirmed 19,999, unknown 1\n\
                        received  acked 20,001, lost 0, duplicated 1\n\
                        \n\
                        latency         min     mean      50%      90%      99%    99.9%      max\n\
                        milliseconds     0.12     1.50     1.25     12.3     99.9      123    1,235\n\
                        (from when each was to be sent by the rate)\n";
        assert_eq!(report().to_text(), expected);
        assert!(report().to_text().lines().all(|line| line.len() <= 80));
    }

    #[test]
    fn programs_get_all_figures() -> Result<()> {
        let json: serde_json::Value = serde_json::from_str(&report().to_json()?)?;
        assert_eq!(json["sent"]["messages"], 20_000);
        assert_eq!(json["fates"]["confirmed"], 19_999);
        assert_eq!(json["arrived"]["duplicated"], 1);
        assert_eq!(json["latency_ms"]["p99.9"], 123.4);
        Ok(())
    }

    #[test]
    fn nothing_at_all_has_no_rate() {
        let side = Side::new(0, 100, Duration::ZERO);
        assert_eq!((side.messages_per_second, side.bytes_per_second), (0.0, 0.0));
    }
}
