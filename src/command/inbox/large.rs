//! A large message that arrives in parts, of which as much is kept as the scrollback may hold.

use super::views::ViewId;
use crate::protocol::{Frame, FrameRef};

/// The longest body that is kept whole, in bytes.
const KEPT_BODY: u64 = 16 << 20;
const KEPT_ALL: usize = 16 << 20;

/// Bytes of a large body that are kept where all do not fit.
const KEPT_HEAD: usize = 64 << 10;

/// A large message whose end has not arrived.
#[derive(Debug)]
pub(super) struct PartialMessage {
    frame: Frame,
    body: Vec<u8>,
    /// The bytes of the whole body according to its head, or 0 if that does not say.
    pub(super) size: u64,
    /// Its number among the messages of its connection, from 1.
    pub(super) number_there: u64,
    pub(super) view: ViewId,
}

impl PartialMessage {
    pub(super) fn begin(head: FrameRef<'_>, number_there: u64, view: ViewId) -> Self {
        let size = head.content_length().unwrap_or(0);
        Self { frame: head.to_frame(), body: Vec::new(), size, number_there, view }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        // A body without a content-length may be as large.
        let most = if self.size > KEPT_BODY { KEPT_HEAD } else { KEPT_ALL };
        let room = most.saturating_sub(self.body.len()).min(bytes.len());
        self.body.extend_from_slice(&bytes[..room]);
    }

    /// The message, its body cut to what is kept.
    pub(super) fn into_frame(self) -> Frame {
        Frame { body: self.body.into(), ..self.frame }
    }
}
