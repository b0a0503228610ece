//! What is rendered: a borrowed frame or a kept copy of one.

use crate::protocol::{Frame, FrameRef};
use jiff::Timestamp;
use std::borrow::Cow;

/// A message's headers and body, unescaped.
pub trait Message {
    /// The first header of that name.
    fn header(&self, name: &str) -> Option<Cow<'_, [u8]>>;

    /// All headers in order, repeated ones too.
    fn headers(&self) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)>;

    /// The body, or as much of it as is there.
    fn body(&self) -> &[u8];

    /// The bytes of the whole body, where its head comes before it.
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

/// What is known of a message that does not stand in it.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// Its number, from 1, in this program's life.
    pub number: u64,
    /// The connection it came on, where there are several.
    pub connection: Option<&'a str>,
    /// When it came. One time for a whole batch will do.
    pub at: Timestamp,
}

impl Arrival<'_> {
    /// A message that came now on the only connection.
    pub fn now(number: u64) -> Self {
        Self { number, connection: None, at: Timestamp::now() }
    }
}

#[cfg(test)]
pub(super) mod example {
    //! Messages for the tests of the formats.
    use super::*;
    use crate::protocol::Verb;

    /// A message with a body and some headers.
    pub(in crate::render) fn message(body: &[u8]) -> Frame {
        Frame::new(Verb::Message)
            .with("subscription", "1")
            .with("message-id", "T_1@@s@@7")
            .with("destination", "/queue/a")
            .with("colour", "red:\nblue")
            .body(body.to_vec())
    }

    /// The seventh message, at a fixed time.
    pub(in crate::render) fn arrival() -> Arrival<'static> {
        let at = Timestamp::from_millisecond(1_700_000_000_123).unwrap_or_default();
        Arrival { number: 7, connection: None, at }
    }
}
