//! The thread that writes messages and acks what was written: standard output may be slow or stand
//! still, and heart-beats must not.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc;

use super::sink::{Due, Printer, PrinterEnd, Sink, pause_after_nack, taken};
use crate::client::Delivery;
use crate::protocol::{FrameRef, Part};
use crate::render::Arrival;
use crate::session::AckMode;

impl Printer {
    /// Whether it neither waits for a reader or a command nor searches bodies, which may be large: then the task that
    /// receives can print without keeping heart-beats waiting.
    pub(super) fn never_waits(&self) -> bool {
        let prints = matches!(self.sink, Sink::Stdout(_) | Sink::Nowhere);
        prints && !self.filter.needs_body() && self.out.never_waits()
    }

    /// Prints deliveries on this thread until enough was printed, or no more comes.
    pub(super) fn run(mut self, mut deliveries: mpsc::Receiver<Delivery>) -> PrinterEnd {
        loop {
            let Some(delivery) = deliveries.blocking_recv() else { return PrinterEnd::NoMore };
            let end = self.take(delivery, || deliveries.is_closed());
            self.done.deliveries.fetch_add(1, Ordering::Release);
            self.done.changed.notify_one();
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// Prints a delivery and acks what was written of it. `stopped`: nobody waits for what is not printed yet.
    pub(super) fn take(&mut self, delivery: Delivery, stopped: impl Fn() -> bool) -> Option<PrinterEnd> {
        // Its connection was lost in the middle of it.
        self.large.take_if(|large| large.connection != delivery.connection);
        let printed = self.print_each(&delivery, stopped);
        let written = self.write();
        if !self.pending.written.is_empty() {
            let mut written = std::mem::take(&mut self.pending.written);
            self.count_unackable(&delivery, &written);
            if let Some(held) = &self.held {
                held.hold(&delivery, &mut written);
            }
            let to_ack = written.iter().copied();
            let frames = self.ack.to_ack(delivery.version, &delivery.batch, to_ack, self.subscriptions);
            written.clear();
            self.pending.written = written;
            if !frames.is_empty() {
                self.client.ack_frames(delivery.batch, frames, delivery.connection, self.has_enough());
            }
        }
        match (printed, written) {
            (Err(end), _) | (_, Err(end)) => Some(end),
            (Ok(shown), _) => (shown || self.has_enough()).then_some(PrinterEnd::Enough),
        }
    }

    /// Counts the messages that are to be acked and have no ack header, which 1.2 needs for that.
    fn count_unackable(&self, delivery: &Delivery, written: &[u32]) {
        if self.ack == AckMode::Auto {
            return;
        }
        let unackable = delivery.batch.count_unackable(written, delivery.version);
        self.unackable.fetch_add(unackable as u64, Ordering::Relaxed);
    }

    fn has_enough(&self) -> bool {
        self.printed.load(Ordering::Relaxed) + self.pending.messages >= self.most
    }

    /// Prints the messages of a batch; `true`: the broker has shown all.
    fn print_each(&mut self, delivery: &Delivery, stopped: impl Fn() -> bool) -> Result<bool, PrinterEnd> {
        let mut arrival = Arrival::now(delivery.first);
        for (index, frame) in delivery.messages() {
            // A command may take long; nobody waits for those of the messages behind it.
            if self.acks_at_once() && stopped() {
                break;
            }
            if self.browses.is_some_and(|dialect| dialect.is_browser_end(frame)) {
                return Ok(true);
            }
            if frame.part() == Part::Whole {
                self.whole(frame, index, delivery, &arrival)?;
            } else {
                // What came before goes out first.
                self.write()?;
                self.part(frame, &arrival, delivery)?;
            }
            arrival.number += u64::from(matches!(frame.part(), Part::Whole | Part::Head));
            if self.has_enough() {
                break;
            }
        }
        Ok(false)
    }

    /// Whether each message is acked by itself: a command has done its work when it has ended.
    fn acks_at_once(&self) -> bool {
        matches!(self.sink, Sink::Exec(..))
    }

    #[inline]
    fn whole(
        &mut self,
        frame: FrameRef<'_>,
        index: u32,
        delivery: &Delivery,
        arrival: &Arrival<'_>,
    ) -> Result<(), PrinterEnd> {
        let passes = self.filter.is_empty() || self.filter.matches(&frame);
        if !passes && !self.discard_others {
            return Ok(());
        }
        if passes {
            match &mut self.sink {
                Sink::Stdout(renderer) => renderer.render(&frame, arrival, &mut self.pending.out),
                Sink::Nowhere => {}
                Sink::Dump(dump) => dump.message(&frame).map_err(PrinterEnd::File)?,
                Sink::Exec(exec, on_fail) => {
                    if !taken(exec.run(&frame), *on_fail, &self.failures)? {
                        self.settle_one(frame, delivery, true);
                        pause_after_nack();
                        return Ok(());
                    }
                }
            }
        }
        if self.acks_at_once() {
            self.printed.fetch_add(u64::from(passes), Ordering::Relaxed);
            self.settle_one(frame, delivery, false);
        } else {
            self.pending.messages += u64::from(passes);
            self.pending.due.push(Due { index, end: self.pending.out.len(), counts: passes });
        }
        Ok(())
    }

    fn settle_one(&self, message: FrameRef<'_>, delivery: &Delivery, nack: bool) {
        if self.ack == AckMode::Auto {
            return;
        }
        let Some(token) = message.ack_token(delivery.version) else {
            self.unackable.fetch_add(1, Ordering::Relaxed);
            return;
        };
        if let Some(subscription) = message.text("subscription") {
            self.settle_token(&subscription.as_ref().into(), token, nack, delivery.connection);
        }
    }

    pub(super) fn settle_token(&self, subscription: &Arc<str>, token: &[u8], nack: bool, connection: u64) {
        let held = self.held.as_ref().filter(|_| !nack);
        if !held.is_some_and(|held| held.hold_one(subscription, token, connection)) {
            self.client.ack_token(subscription, token, nack, connection);
        }
    }

    /// Writes `out`. A message of which the output took only a part is not acked.
    fn write(&mut self) -> Result<(), PrinterEnd> {
        let pending = &mut self.pending;
        let result = self.out.write(&pending.out);
        if let Err(error) = &result {
            pending.due.retain(|due| due.end <= error.written);
            pending.messages = pending.due.iter().filter(|due| due.counts).count() as u64;
            // A full disk: what was written of a message that is not whole is taken back.
            let whole = pending.due.last().map_or(0, |due| due.end);
            if let Some(length) = self.out.file_length() {
                self.out.cut_back(length - (error.written - whole) as u64);
            }
        }
        pending.out.clear();
        pending.written.extend(pending.due.drain(..).map(|due| due.index));
        self.printed.fetch_add(std::mem::take(&mut pending.messages), Ordering::Relaxed);
        result.map_err(PrinterEnd::Stdout)
    }
}
