//! The result of a run, as text and as JSON.

use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use super::consumer::{ConsumerResult, Latencies, latencies};
use super::destination::Destination;
use super::plan::BenchPlan;
use super::producer::ProducerResult;
use super::tally::DeliveryTally;
use crate::render::grouped;
use crate::session::AckMode;

/// Throughput of sending or of receiving.
#[derive(Debug, Clone, Copy, Serialize, PartialEq)]
pub(crate) struct Throughput {
    pub messages: u64,
    /// From the start of the run to the last message.
    pub seconds: f64,
    pub messages_per_second: f64,
    /// Bodies only, without headers.
    pub bytes_per_second: f64,
}

impl Throughput {
    #[allow(clippy::cast_precision_loss)] // figures for people, and below 2^53
    fn new(messages: u64, size: usize, time: Duration) -> Self {
        let seconds = time.as_secs_f64();
        let rate = if messages == 0 || seconds == 0.0 { 0.0 } else { messages as f64 / seconds };
        Self { messages, seconds, messages_per_second: rate, bytes_per_second: rate * size as f64 }
    }
}

/// How many sent messages had each outcome.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
pub(crate) struct SendOutcomes {
    /// Confirmed by a receipt.
    pub confirmed: u64,
    /// Written to the connection, but not confirmed.
    pub unknown: u64,
    /// Sent again after a reconnect, each time counted, in addition to the counts above.
    pub sent_again: u64,
}

/// How many received messages had each outcome.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
pub(crate) struct DeliveryOutcomes {
    /// Acknowledged messages; `None` in ack mode auto.
    pub acked: Option<u64>,
    /// Whether the broker answered a DISCONNECT that was sent after all acknowledgements.
    pub acks_proven: bool,
    pub lost: u64,
    /// Deliveries after the first of the same message.
    pub duplicated: u64,
    /// Messages of another run or another program.
    pub foreign: u64,
}

/// Latencies in milliseconds, from when a message was due to when it was received.
#[derive(Debug, Clone, Copy, Serialize, PartialEq)]
pub(crate) struct LatencySummary {
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
pub(crate) struct BenchReport {
    /// CONNECTED's `server` header.
    pub broker: String,
    pub destination: String,
    pub producers: u16,
    pub consumers: u16,
    /// The size of each body in bytes.
    pub size: usize,
    /// The requested messages per second, or `None` if there was no limit.
    pub rate: Option<f64>,
    pub receipts: bool,
    pub persistent: bool,
    pub ack: String,
    /// A signal or a failure ended the run.
    pub stopped_early: bool,
    pub sent: Throughput,
    #[serde(rename = "fates")]
    pub outcomes: SendOutcomes,
    /// `None` without consumers.
    pub received: Option<Throughput>,
    #[serde(rename = "arrived")]
    pub deliveries: Option<DeliveryOutcomes>,
    /// `None` if no message was received.
    pub latency_ms: Option<LatencySummary>,
}

impl BenchReport {
    pub(super) fn of(
        plan: &BenchPlan,
        broker: String,
        destination: &Destination,
        produced: &[ProducerResult],
        consumed: &[ConsumerResult],
        stopped_early: bool,
    ) -> Result<Self> {
        let outcomes = SendOutcomes {
            confirmed: produced.iter().map(|producer| producer.report.confirmed).sum(),
            unknown: produced.iter().map(|producer| producer.report.unknown).sum(),
            sent_again: produced.iter().map(|producer| producer.report.resent).sum(),
        };
        let sent = outcomes.confirmed + outcomes.unknown;
        let ended = produced.iter().map(|producer| producer.end).max().unwrap_or_default();
        // A topic delivers each message to all consumers, a queue to one of them.
        let mut all = DeliveryTally::default();
        let mut distinct = 0;
        for consumer in consumed {
            if destination.copies > 1 {
                distinct += consumer.tally.distinct();
            }
            all.merge(&consumer.tally);
        }
        if destination.copies <= 1 {
            distinct = all.distinct();
        }
        let mut all_latencies = latencies()?;
        for consumer in consumed {
            all_latencies.add(&consumer.latencies)?;
        }
        let last = consumed.iter().filter_map(|consumer| consumer.last_received).max().unwrap_or_default();
        let acked = || consumed.iter().map(|consumer| consumer.acked).sum();
        let deliveries = DeliveryOutcomes {
            acked: (plan.ack != AckMode::Auto).then(acked),
            acks_proven: consumed.iter().all(|consumer| consumer.acks_confirmed),
            lost: (sent * destination.copies).saturating_sub(distinct),
            duplicated: all.received - distinct,
            foreign: consumed.iter().map(|consumer| consumer.foreign).sum(),
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
            stopped_early,
            sent: Throughput::new(sent, plan.size, ended),
            outcomes,
            received: receives.then(|| Throughput::new(all.received, plan.size, last)),
            deliveries: receives.then_some(deliveries),
            latency_ms: (!all_latencies.is_empty()).then(|| LatencySummary::of(&all_latencies)),
        })
    }

    pub(crate) fn lost(&self) -> u64 {
        self.deliveries.map_or(0, |deliveries| deliveries.lost)
    }

    /// One indented JSON object and a line feed.
    pub(crate) fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// A table for people, at most 80 columns wide.
    pub(crate) fn to_text(&self) -> String {
        let mut out = String::from("            messages    seconds   messages/s    MB/s of bodies\n");
        let mut row = |name: &str, throughput: &Throughput| {
            out.push_str(&format!(
                "{name:<9}{:>11}{:>11.2}{:>13}{:>18.2}\n",
                grouped(throughput.messages),
                throughput.seconds,
                grouped(rounded(throughput.messages_per_second)),
                throughput.bytes_per_second / 1e6
            ));
        };
        row("sent", &self.sent);
        if let Some(received) = &self.received {
            row("received", received);
        }
        out.push('\n');
        let SendOutcomes { confirmed, unknown, sent_again } = self.outcomes;
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
        if let Some(deliveries) = self.deliveries {
            out.push_str("received  ");
            if let Some(acked) = deliveries.acked {
                let proof = if deliveries.acks_proven { "" } else { " (not all proven)" };
                out.push_str(&format!("acked {}{proof}, ", grouped(acked)));
            }
            let lost = if self.stopped_early { "not come yet" } else { "lost" };
            out.push_str(&format!(
                "{lost} {}, duplicated {}\n",
                grouped(deliveries.lost),
                grouped(deliveries.duplicated)
            ));
        }
        if let Some(latency) = self.latency_ms {
            let LatencySummary { min, mean, p50, p90, p99, p999, max } = latency;
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

impl LatencySummary {
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

    fn report() -> BenchReport {
        BenchReport {
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
            sent: Throughput::new(20_000, 100, Duration::from_secs(2)),
            outcomes: SendOutcomes { confirmed: 19_999, unknown: 1, sent_again: 0 },
            received: Some(Throughput::new(20_001, 100, Duration::from_secs(4))),
            deliveries: Some(DeliveryOutcomes {
                acked: Some(20_001),
                acks_proven: true,
                lost: 0,
                duplicated: 1,
                foreign: 0,
            }),
            latency_ms: Some(LatencySummary {
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
        let throughput = Throughput::new(0, 100, Duration::ZERO);
        assert_eq!((throughput.messages_per_second, throughput.bytes_per_second), (0.0, 0.0));
    }
}
