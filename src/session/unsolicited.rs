//! Messages of subscriptions that were never made.

use std::collections::HashSet;

use crate::protocol::{FrameRef, Part, Version};

/// The first message of a subscription that was never made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsolicited {
    /// The `subscription` header.
    pub subscription: String,
    /// The `destination` header.
    pub destination: String,
}

/// Tells whether a message belongs to a subscription that was made, which may have ended since.
#[derive(Debug, Default)]
pub(super) struct SubscriptionIds {
    made: HashSet<Vec<u8>>,
    /// The header of the last message that belonged to one, as received.
    last: Vec<u8>,
    /// How that message began, up to the end of that header, if it was the first; else empty.
    beginning: Vec<u8>,
    reported: HashSet<Vec<u8>>,
    /// Whether the parts of a large message that belongs to none are arriving.
    inside: bool,
}

impl SubscriptionIds {
    pub(super) fn made(&mut self, id: &str) {
        self.made.insert(id.into());
    }

    /// Whether a MESSAGE, or a part of one, belongs to a subscription that was made.
    #[inline]
    pub(super) fn belongs(&mut self, message: FrameRef<'_>, version: Version) -> bool {
        // Most brokers write the header first.
        if !self.inside && !self.beginning.is_empty() && message.begins_with(&self.beginning) {
            return true;
        }
        self.find(message, version)
    }

    fn find(&mut self, message: FrameRef<'_>, version: Version) -> bool {
        match message.part() {
            Part::Chunk => !self.inside,
            Part::End => !std::mem::take(&mut self.inside),
            Part::Whole | Part::Head => {
                let id = message.raw_header("subscription");
                let belongs = id.is_none_or(|id| id == self.last || self.is_known(id, message, version));
                self.inside = !belongs && message.part() == Part::Head;
                self.beginning.clear();
                if belongs
                    && let Some(first) = message.headers().next()
                    && first.raw_name() == b"subscription"
                {
                    for part in [&b"MESSAGE\n"[..], first.raw_line(), b"\n"] {
                        self.beginning.extend_from_slice(part);
                    }
                }
                belongs
            }
        }
    }

    fn is_known(&mut self, raw: &[u8], message: FrameRef<'_>, version: Version) -> bool {
        let id = message.header("subscription").unwrap_or_default();
        // Brokers of 1.0 have ids of their own, and RabbitMQ has for a temporary queue, which nobody subscribes to.
        let is_known =
            version == Version::V1_0 || id.starts_with(b"/temp-queue/") || self.made.contains(&*id);
        if is_known {
            self.last.clear();
            self.last.extend_from_slice(raw);
        }
        is_known
    }

    /// What to report of a message that belongs to none; `None` if an earlier one was reported.
    pub(super) fn report(&mut self, message: FrameRef<'_>) -> Option<Unsolicited> {
        let id = message.header("subscription")?;
        let text = |name| message.text(name).unwrap_or_default().into_owned();
        self.reported
            .insert(id.into_owned())
            .then(|| Unsolicited { subscription: text("subscription"), destination: text("destination") })
    }
}
