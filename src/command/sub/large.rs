//! Messages above 1 MiB, which come in parts: half of one is neither shown nor acked.

use std::io::Read as _;
use std::sync::atomic::Ordering;

use super::sink::{PartTarget, Printer, PrinterEnd, Sink, StreamedMessage, taken};
use crate::client::Delivery;
use crate::client::large::{Assembler, LargeMessage};
use crate::protocol::{FrameRef, Part};
use crate::render::{Arrival, LargeOutput, stderr};
use crate::session::AckMode;

/// The longest body that is searched, in bytes: it has to be in memory for that.
const SEARCHED: u64 = 256 << 20;

impl Printer {
    /// Takes a part of a large message, which is acked when its end has come and was written.
    pub(super) fn part(
        &mut self,
        frame: FrameRef<'_>,
        arrival: &Arrival<'static>,
        delivery: &Delivery,
    ) -> Result<(), PrinterEnd> {
        if frame.part() == Part::Head {
            self.large = None;
            self.large = Some(self.begin(frame, arrival, delivery)?);
        }
        let Some(now) = &mut self.large else { return Ok(()) };
        let mut whole = None;
        match (&mut now.target, &mut self.sink) {
            (PartTarget::Spool(spool), _) => {
                whole = spool.part(frame, now.connection).map_err(PrinterEnd::Spool)?;
            }
            (PartTarget::Output(output), Sink::Stdout(renderer)) if frame.part() == Part::Chunk => {
                output.chunk(renderer, frame.body()).map_err(PrinterEnd::Stdout)?;
            }
            _ => {}
        }
        match self.large.take_if(|_| frame.part() == Part::End) {
            Some(large) => self.end(large, whole.as_ref()),
            None => Ok(()),
        }
    }

    fn begin(
        &mut self,
        head: FrameRef<'_>,
        arrival: &Arrival<'static>,
        delivery: &Delivery,
    ) -> Result<StreamedMessage, PrinterEnd> {
        let passes = self.filter.headers_match(&head);
        let target = match &mut self.sink {
            _ if !passes => PartTarget::Hidden,
            _ if self.filter.needs_body() => PartTarget::Spool(Assembler::default()),
            Sink::Stdout(renderer) => {
                let begun = LargeOutput::begin(renderer, &head, arrival, &self.out);
                PartTarget::Output(begun.map_err(PrinterEnd::Stdout)?)
            }
            Sink::Nowhere => PartTarget::Counted,
            Sink::Dump(_) | Sink::Exec(..) => PartTarget::Spool(Assembler::default()),
        };
        Ok(StreamedMessage {
            subscription: head.text("subscription").unwrap_or_default().as_ref().into(),
            token: head.ack_token(delivery.version).map(<[u8]>::to_vec),
            arrival: *arrival,
            connection: delivery.connection,
            target,
        })
    }

    fn end(&mut self, large: StreamedMessage, whole: Option<&LargeMessage>) -> Result<(), PrinterEnd> {
        let StreamedMessage { subscription, token, arrival, connection, target } = large;
        let settle = |printer: &Self, nack| match &token {
            _ if printer.ack == AckMode::Auto => {}
            Some(token) => printer.settle_token(&subscription, token, nack, connection),
            None => _ = printer.unackable.fetch_add(1, Ordering::Relaxed),
        };
        let passes = match whole {
            Some(whole) if self.filter.needs_body() => match self.search(whole)? {
                // What was not searched stays where it was.
                None => return Ok(()),
                Some(passes) => passes,
            },
            _ => !matches!(target, PartTarget::Hidden),
        };
        if !passes {
            if self.discard_others {
                settle(self, false);
            }
            return Ok(());
        }
        if let (PartTarget::Output(output), Sink::Stdout(renderer)) = (target, &mut self.sink) {
            output.finish(renderer).map_err(PrinterEnd::Stdout)?;
        }
        if let Some(whole) = whole
            && let Some(head) = whole.head.get(0)
        {
            match &mut self.sink {
                Sink::Stdout(renderer) => {
                    LargeOutput::copy(renderer, &head, &arrival, whole.body(), &self.out)
                        .map_err(PrinterEnd::Stdout)?;
                }
                Sink::Nowhere => {}
                Sink::Dump(dump) => dump.large(&head, whole.body()).map_err(PrinterEnd::File)?,
                Sink::Exec(exec, on_fail) => {
                    if !taken(exec.large(&head, whole.body()), *on_fail, &self.failures)? {
                        settle(self, true);
                        super::sink::pause_after_nack();
                        return Ok(());
                    }
                }
            }
        }
        self.printed.fetch_add(1, Ordering::Relaxed);
        settle(self, false);
        Ok(())
    }

    /// Whether its body matches; `None`: it is too long to be searched.
    fn search(&self, large: &LargeMessage) -> Result<Option<bool>, PrinterEnd> {
        let length = large.length;
        if length > SEARCHED {
            let what = format!("a message of {length} bytes is too long to be searched");
            if self.ack == AckMode::Client {
                // The next ack would take it.
                return Err(PrinterEnd::File(std::io::Error::other(what)));
            }
            stderr::line(&format!("{what}; it stays where it was"));
            return Ok(None);
        }
        let mut body = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        large.body().read_to_end(&mut body).map_err(PrinterEnd::File)?;
        Ok(Some(self.filter.body_matches(&body)))
    }
}
