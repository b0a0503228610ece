//! The thread that writes messages and acks what was written: standard output may be slow or stand
//! still, and heart-beats must not.

use std::sync::atomic::Ordering;

use tokio::sync::mpsc;

use super::large::PartialMessage;
use super::sink::{Printer, PrinterEnd, Sink, pause_after_nack, taken};
use crate::client::Delivery;
use crate::protocol::{FrameRef, Part};
use crate::render::Arrival;
use crate::session::AckMode;

/// A message that may be acked.
struct Due {
    index: u32,
    /// How many bytes of `out` must be written before.
    end: usize,
    /// Whether it was printed, or a filter hides it.
    counts: bool,
}

/// Output that is not written yet, and which messages may be acked once it is.
#[derive(Default)]
struct PendingOutput {
    out: Vec<u8>,
    due: Vec<Due>,
    /// Indexes of messages that were written.
    written: Vec<u32>,
    /// Messages in `out`, without those that a filter hides.
    messages: u64,
}

impl Printer {
    pub(super) fn run(mut self, mut deliveries: mpsc::Receiver<Delivery>) -> PrinterEnd {
        let mut page = PendingOutput::default();
        let mut large: Option<PartialMessage> = None;
        loop {
            let Some(delivery) = deliveries.blocking_recv() else { return PrinterEnd::NoMore };
            // Its connection was lost in the middle of it.
            large.take_if(|large| large.connection != delivery.connection);
            let printed = self.print(delivery, &deliveries, &mut page, &mut large);
            self.done.deliveries.fetch_add(1, Ordering::Release);
            self.done.changed.notify_one();
            match printed {
                Ok(false) => {}
                Ok(true) => return PrinterEnd::Enough,
                Err(ended) => return ended,
            }
        }
    }

    fn enough(&self, page: &PendingOutput) -> bool {
        self.printed.load(Ordering::Relaxed) + page.messages >= self.most
    }

    /// Prints a batch and acks what was written of it; `true`: enough has come.
    fn print(
        &mut self,
        delivery: Delivery,
        deliveries: &mpsc::Receiver<Delivery>,
        page: &mut PendingOutput,
        large: &mut Option<PartialMessage>,
    ) -> Result<bool, PrinterEnd> {
        let printed = self.print_each(&delivery, deliveries, page, large);
        let written = self.write(page);
        if !page.written.is_empty() {
            let written = page.written.drain(..);
            let frames = self.ack.to_ack(delivery.version, &delivery.batch, written, self.subscriptions);
            self.client.ack_frames(delivery.batch, frames, delivery.connection);
        }
        let ended = printed?;
        written.map(|()| ended || self.enough(page))
    }

    /// Prints the messages of a batch; `true`: the broker has shown all.
    fn print_each(
        &mut self,
        delivery: &Delivery,
        deliveries: &mpsc::Receiver<Delivery>,
        page: &mut PendingOutput,
        large: &mut Option<PartialMessage>,
    ) -> Result<bool, PrinterEnd> {
        let mut arrival = Arrival::now(delivery.first);
        for (index, frame) in delivery.messages() {
            // A command may take long; nobody waits for those of the messages behind it.
            if self.acks_at_once() && deliveries.is_closed() {
                break;
            }
            if self.browses.is_some_and(|dialect| dialect.is_browser_end(frame)) {
                return Ok(true);
            }
            if frame.part() == Part::Whole {
                self.whole(frame, index, delivery, &arrival, page)?;
            } else {
                // What came before goes out first.
                self.write(page)?;
                self.part(frame, &arrival, delivery, large)?;
            }
            arrival.number += u64::from(matches!(frame.part(), Part::Whole | Part::Head));
            if self.enough(page) {
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
        page: &mut PendingOutput,
    ) -> Result<(), PrinterEnd> {
        let passes = self.filter.is_empty() || self.filter.matches(&frame);
        if !passes && !self.discard_others {
            return Ok(());
        }
        if passes {
            match &mut self.sink {
                Sink::Stdout(renderer) => renderer.render(&frame, arrival, &mut page.out),
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
            page.messages += u64::from(passes);
            page.due.push(Due { index, end: page.out.len(), counts: passes });
        }
        Ok(())
    }

    fn settle_one(&self, message: FrameRef<'_>, delivery: &Delivery, nack: bool) {
        let token = message.ack_token(delivery.version);
        if self.ack != AckMode::Auto
            && let (Some(subscription), Some(token)) = (message.text("subscription"), token)
        {
            self.client.ack_token(&subscription.as_ref().into(), token, nack, delivery.connection);
        }
    }

    /// Writes `out`. A message of which the output took only a part is not acked.
    fn write(&mut self, page: &mut PendingOutput) -> Result<(), PrinterEnd> {
        let result = self.out.write(&page.out);
        if let Err(error) = &result {
            page.due.retain(|due| due.end <= error.written);
            page.messages = page.due.iter().filter(|due| due.counts).count() as u64;
            // A full disk: what was written of a message that is not whole is taken back.
            let whole = page.due.last().map_or(0, |due| due.end);
            if let Some(length) = self.out.file_length() {
                self.out.cut_back(length - (error.written - whole) as u64);
            }
        }
        page.out.clear();
        page.written.extend(page.due.drain(..).map(|due| due.index));
        self.printed.fetch_add(std::mem::take(&mut page.messages), Ordering::Relaxed);
        result.map_err(PrinterEnd::Stdout)
    }
}
