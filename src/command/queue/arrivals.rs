//! Messages as they arrive from a queue: small ones in the read buffer, large ones in a file.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::client::large::{Assembler, LargeMessage};
use crate::client::{ClientError, Delivery, Events, Messages};
use crate::command::send::FileBody;
use crate::protocol::{FrameRef, Part, Verb};
use crate::session::{Dialect, Received};

pub(super) enum SourceItem {
    Messages(Received),
    /// The head of a large message, and its body in a file.
    Large(Received, FileBody),
    /// A browser has shown the whole queue.
    Shown,
}

pub(super) type SourceMessages = Messages<SourceItem>;

/// Takes the messages of a connection. Where a queue is only looked at, `browsed` says by which broker.
pub(super) fn arrivals(events: Events, browsed: Option<&'static Dialect>) -> SourceMessages {
    let mut spool = Assembler::default();
    Messages::converted(events, move |delivery, arrived| sort(delivery, browsed, &mut spool, arrived))
}

fn sort(
    delivery: Delivery,
    browsed: Option<&Dialect>,
    spool: &mut Assembler,
    arrived: &mut VecDeque<SourceItem>,
) -> Result<(), ClientError> {
    let shown = |frame: FrameRef<'_>| browsed.is_some_and(|dialect| dialect.is_browser_end(frame));
    let Delivery { batch, connection, .. } = delivery;
    let batch = Arc::new(batch);
    let mut small = Received { batch: Arc::clone(&batch), frames: Vec::new(), connection };
    for (index, frame) in (0_u32..).zip(batch.iter()) {
        if frame.verb() != Verb::Message {
            continue;
        }
        if frame.part() == Part::Whole && !shown(frame) {
            small.frames.push(index);
            continue;
        }
        arrived.extend(flush(&mut small));
        if shown(frame) {
            arrived.push_back(SourceItem::Shown);
            return Ok(());
        }
        arrived.extend(spool.part(frame, connection)?.map(large));
    }
    arrived.extend(flush(&mut small));
    Ok(())
}

fn large(large: LargeMessage) -> SourceItem {
    let LargeMessage { head, connection, file, start, length } = large;
    let text = head.get(0).is_some_and(|head| head.content_length().is_none());
    let received = Received { batch: head, frames: vec![0], connection };
    SourceItem::Large(received, FileBody::new(file, start, length, text))
}

/// The small messages so far, if there are any.
fn flush(small: &mut Received) -> Option<SourceItem> {
    if small.frames.is_empty() {
        return None;
    }
    let rest = Received { frames: Vec::new(), ..small.clone() };
    Some(SourceItem::Messages(std::mem::replace(small, rest)))
}

/// Messages that are passed on together: small ones, or a large one.
#[derive(Default)]
pub(super) struct Window {
    pub(super) received: Vec<Received>,
    pub(super) count: u64,
    pub(super) body: Option<FileBody>,
    bytes: usize,
}

impl Window {
    pub(super) fn large(head: Received, body: FileBody) -> Self {
        Self { received: vec![head], count: 1, body: Some(body), bytes: 0 }
    }

    /// As many of these as fit, of at most `messages` messages and `bytes` bytes of bodies. The rest
    /// is returned.
    pub(super) fn add(&mut self, mut received: Received, messages: u64, bytes: usize) -> Option<Received> {
        let mut taken = 0;
        for frame in received.iter() {
            if self.count >= messages || self.bytes >= bytes {
                break;
            }
            self.bytes += frame.body().len();
            self.count += 1;
            taken += 1;
        }
        let rest = received.frames.split_off(taken);
        let rest = (!rest.is_empty()).then(|| Received { frames: rest, ..received.clone() });
        if taken > 0 {
            self.received.push(received);
        }
        rest
    }

    pub(super) fn connection(&self) -> Option<u64> {
        self.received.first().map(|received| received.connection)
    }
}
