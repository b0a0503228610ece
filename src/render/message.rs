//! Messages to be rendered: borrowed frames or copies.

use crate::protocol::{Frame, FrameRef};
use jiff::Timestamp;
use std::borrow::Cow;

/// The unescaped headers and the body of a message.
pub trait Message {
    /// The first header of this name.
    fn header(&self, name: &str) -> Option<Cow<'_, [u8]>>;

    /// All headers in order, including repeated ones.
    fn headers(&self) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)>;

    /// The body, or the part of it that was received.
    fn body(&self) -> &[u8];

    /// The size of the whole body in bytes, which may be more than was received.
    fn size(&self) -> u64 {
        self.body().len() as u64
    }
}

impl Message for FrameRef<'_> {
    #[inline]
    fn header(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        FrameRef::header(*self, name)
    }

    #[inline]
    fn headers(&self) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)> {
        FrameRef::headers(*self).map(|header| (header.name(), header.value()))
    }

    #[inline]
    fn body(&self) -> &[u8] {
        FrameRef::body(*self)
    }

    fn size(&self) -> u64 {
        match self.part() {
            crate::protocol::Part::Whole => FrameRef::body(*self).len() as u64,
            _ => self.content_length().unwrap_or(0),
        }
    }
}

impl Message for Frame {
    fn header(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        Frame::header(self, name).map(Cow::Borrowed)
    }

    fn headers(&self) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)> {
        self.headers.iter().map(|(name, value)| (name.into(), value.into()))
    }

    fn body(&self) -> &[u8] {
        &self.body
    }
}

/// What is known of a received message in addition to its frame.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// Counts the messages of this program from 1.
    pub number: u64,
    /// The name of its connection, if there are several.
    pub connection: Option<&'a str>,
    /// The time of arrival; all messages of a batch may have the same.
    pub at: Timestamp,
}

impl Arrival<'_> {
    /// A message that arrives now on the only connection.
    pub fn now(number: u64) -> Self {
        Self { number, connection: None, at: Timestamp::now() }
    }
}

#[cfg(test)]
pub(super) mod example {
    use super::*;
    use crate::protocol::Verb;

    pub(in crate::render) fn message(body: &[u8]) -> Frame {
        Frame::new(Verb::Message)
            .with("subscription", "1")
            .with("message-id", "T_1@@s@@7")
            .with("destination", "/queue/a")
            .with("colour", "red:\nblue")
            .body(body.to_vec())
    }

    pub(in crate::render) fn arrival() -> Arrival<'static> {
        let at = Timestamp::from_millisecond(1_700_000_000_123).unwrap_or_default();
        Arrival { number: 7, connection: None, at }
    }
}
