//! Creates messages at the requested rate, on a thread of its own, and passes them to a connection.

use std::ops::Range;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::plan::{BenchAmount, BenchPlan};
use super::stamp::Stamp;
use crate::client::ClientError;
use crate::session::{BulkReport, Chunk};

/// The largest number of messages in a chunk, and about the number of bytes. Larger chunks would add to the
/// latency, which counts while a chunk waits for the one before it.
const CHUNK_MESSAGES: usize = 64;
const CHUNK_BYTES: usize = 64 << 10;

pub(super) struct ProducerResult {
    pub(super) report: BulkReport,
    /// When the last receipt was received, measured from the start of the run.
    pub(super) end: Duration,
    pub(super) failure: Option<ClientError>,
}

#[derive(Debug)]
pub(super) struct Producer {
    pub(super) run: u32,
    pub(super) number: u16,
    pub(super) begun: Instant,
    size: usize,
    /// The number of messages to send, or `None` to send until `end`.
    count: Option<u64>,
    /// Measured from the start of the run.
    end: Option<Duration>,
    /// Seconds between two messages, and before the first one; `None` sends as fast as possible.
    interval: Option<(f64, f64)>,
}

impl Producer {
    pub(super) fn new(plan: &BenchPlan, run: u32, number: u16, begun: Instant) -> Self {
        let end = match plan.amount {
            BenchAmount::Duration(end) => Some(end),
            BenchAmount::Count(_) => None,
        };
        let interval = plan.rate.map(|rate| (f64::from(plan.producers) / rate, f64::from(number) / rate));
        Self { run, number, begun, size: plan.size, count: plan.share(number), end, interval }
    }

    /// When message `number` is due, measured from the start of the run; `None` without a rate.
    fn due(&self, number: u64) -> Option<Duration> {
        let (interval, first) = self.interval?;
        // Exact up to 2^53 messages.
        #[allow(clippy::cast_precision_loss)]
        Some(Duration::from_secs_f64(first + interval * number as f64))
    }

    /// Passes on chunks of messages until the count or the end is reached, or the receiver is dropped. Blocks. The
    /// flag marks the last chunk.
    pub(super) fn run(&self, chunks: &mpsc::Sender<(Chunk, bool)>) {
        let most = (CHUNK_BYTES / self.size).clamp(1, CHUNK_MESSAGES);
        let mut next = 0;
        while let Some(dues) = self.wait(next, most) {
            if dues.is_empty() {
                break;
            }
            let last = self.count.is_some_and(|count| next + dues.len() as u64 == count);
            let chunk = self.chunk(next, &dues);
            next += dues.len() as u64;
            if chunks.blocking_send((chunk, last)).is_err() || last {
                return;
            }
        }
        // The receiver may have been dropped.
        let _ = chunks.blocking_send((Chunk::Frames(Vec::new()), true));
    }

    /// Blocks until message `next` is due. Returns its due time and those of the following messages that are due
    /// by then, at most `most`; `None` or an empty list if there are no more.
    fn wait(&self, next: u64, most: usize) -> Option<Vec<Duration>> {
        let left = self.count.map_or(u64::MAX, |count| count - next);
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(most);
        let Some(first) = self.due(next).filter(|_| most > 0) else {
            let now = self.begun.elapsed();
            return (most > 0 && self.end.is_none_or(|end| now < end)).then(|| vec![now; most]);
        };
        if self.end.is_some_and(|end| first >= end) {
            return None;
        }
        std::thread::sleep(first.saturating_sub(self.begun.elapsed()));
        let now = self.begun.elapsed();
        let dues = (next..next + most as u64).filter_map(|number| self.due(number));
        let dues = dues.take_while(|due| *due == first || *due <= now);
        Some(dues.take_while(|due| self.end.is_none_or(|end| *due < end)).collect())
    }

    fn chunk(&self, next: u64, dues: &[Duration]) -> Chunk {
        let mut bodies = vec![b'.'; self.size * dues.len()];
        let mut ranges: Vec<Range<u32>> = Vec::with_capacity(dues.len());
        for ((number, due), body) in (next..).zip(dues).zip(bodies.chunks_exact_mut(self.size)) {
            Stamp { run: self.run, producer: self.number, number, due: *due }.write(body);
            let start = ranges.last().map_or(0, |range| range.end);
            // A chunk is one body, or 64 KiB.
            ranges.push(start..start + u32::try_from(self.size).unwrap_or(u32::MAX));
        }
        Chunk::Bodies(Bytes::from(bodies), ranges)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;

    fn producer(count: Option<u64>, end: Option<Duration>, interval: Option<(f64, f64)>) -> Producer {
        Producer { run: 1, number: 2, begun: Instant::now(), size: 40, count, end, interval }
    }

    /// The stamps of all messages that the producer sends; `take` runs after each chunk is received.
    fn stamps(producer: &Producer, take: impl Fn()) -> Vec<Stamp> {
        let (sender, mut chunks) = mpsc::channel(1);
        let mut stamps = Vec::new();
        std::thread::scope(|scope| {
            scope.spawn(move || producer.run(&sender));
            let mut lasts = 0;
            while let Some((chunk, last)) = chunks.blocking_recv() {
                lasts += u32::from(last);
                if let Chunk::Bodies(bodies, ranges) = chunk {
                    let read = |range: &Range<u32>| {
                        Stamp::read(&bodies[range.start as usize..range.end as usize]).unwrap()
                    };
                    stamps.extend(ranges.iter().map(read));
                }
                take();
            }
            assert_eq!(lasts, 1);
        });
        stamps
    }

    #[test]
    fn a_count_is_sent_to_the_message_each_with_its_number() {
        for count in [0, 1, 63, 64, 65, 1_000] {
            let stamps = stamps(&producer(Some(count), None, None), || {});
            assert!(stamps.iter().map(|stamp| stamp.number).eq(0..count), "{count}");
        }
    }

    #[test]
    fn a_time_ends_it() {
        let end = Duration::from_millis(50);
        let stamps = stamps(&producer(None, Some(end), Some((0.01, 0.005))), || {});
        let dues: Vec<_> = stamps.iter().map(|stamp| stamp.due.as_millis()).collect();
        assert_eq!(dues, [5, 15, 25, 35, 45]);
    }

    #[test]
    fn messages_that_go_late_say_when_they_were_due() {
        // The receiver is ten times as slow as the rate.
        let producer = producer(Some(40), None, Some((0.001, 0.0)));
        let stamps = stamps(&producer, || std::thread::sleep(Duration::from_millis(10)));
        assert!(stamps.iter().all(|stamp| stamp.due == producer.due(stamp.number).unwrap()));
        assert_eq!(stamps.len(), 40);
    }
}
