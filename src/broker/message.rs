//! A message between SEND and MESSAGE: encoded header lines and the body.
//!
//! The lines are kept as STOMP 1.2 encodes them. A message without escapes, as nearly all are, is copied
//! for peers of 1.1 and 1.2; the others, and all for 1.0, are encoded anew.

use std::borrow::Cow;

use bytes::Bytes;

use crate::protocol::{Escapes, FrameRef, Version, escape_into, push_decimal, unescape};

use super::keys::{MessageId, SubscriptionKey};

/// The memory of a stored message in addition to its bytes.
const OVERHEAD: usize = 96;

/// A message that waits or is unsettled, independent of the read buffer.
#[derive(Debug, Clone)]
pub(super) struct OwnedMessage {
    /// Header lines, an empty line and the body, in one allocation of the exact size.
    data: Bytes,
    head: u32,
    plain: bool,
    /// Whether it may have been delivered before.
    pub(super) redelivered: bool,
    /// The number in its `message-id`.
    pub(super) id: MessageId,
    /// The subscription of the last NACK, which gets the message only if no other can.
    pub(super) refused_by: Option<SubscriptionKey>,
}

impl OwnedMessage {
    /// The bytes that count against a queue's limit.
    pub(super) fn size(&self) -> usize {
        self.data.len() + OVERHEAD
    }

    pub(super) fn view(&self) -> MessageRef<'_> {
        let (head, body) = self.data.split_at(self.head as usize);
        MessageRef { head, body, plain: self.plain, id: self.id, redelivered: self.redelivered }
    }
}

/// A borrowed message, in a frame or an [`OwnedMessage`].
#[derive(Debug, Clone, Copy)]
pub(super) struct MessageRef<'a> {
    /// Header lines and the empty line.
    pub(super) head: &'a [u8],
    pub(super) body: &'a [u8],
    /// Whether no header needs escapes in any version.
    pub(super) plain: bool,
    pub(super) id: MessageId,
    pub(super) redelivered: bool,
}

impl MessageRef<'_> {
    pub(super) fn keep(self) -> OwnedMessage {
        let mut data = Vec::with_capacity(self.head.len() + self.body.len());
        data.extend_from_slice(self.head);
        data.extend_from_slice(self.body);
        OwnedMessage {
            data: data.into(),
            // A head has its limit, far below 4 GiB.
            head: u32::try_from(self.head.len()).unwrap_or(u32::MAX),
            plain: self.plain,
            redelivered: self.redelivered,
            id: self.id,
            refused_by: None,
        }
    }

    /// Appends the header lines, the empty line and the body, escaped for this version.
    #[inline]
    pub(super) fn write(self, out: &mut Vec<u8>, version: Version) {
        if self.plain && version != Version::V1_0 {
            out.extend_from_slice(self.head);
        } else {
            self.translate(out, version);
        }
        out.extend_from_slice(self.body);
    }

    #[cold]
    fn translate(self, out: &mut Vec<u8>, version: Version) {
        let mut seen: Vec<&[u8]> = Vec::new();
        for line in self.head.split_inclusive(|&byte| byte == b'\n') {
            let Some(colon) = memchr::memchr(b':', line) else {
                continue;
            };
            let (name, value) = (&line[..colon], &line[colon + 1..line.len() - 1]);
            match version {
                Version::V1_2 => out.extend_from_slice(line),
                Version::V1_1 => {
                    escape_into(out, &unescape(name, Escapes::V1_2), Escapes::V1_1);
                    out.push(b':');
                    escape_into(out, &unescape(value, Escapes::V1_2), Escapes::V1_1);
                    out.push(b'\n');
                }
                Version::V1_0 => {
                    // 1.0 does not know repeated headers: a client of it may take the last. Empty
                    // values it forbids, and there is a client that dies of one.
                    let trimmed = name.trim_ascii();
                    if value.trim_ascii().is_empty() || seen.contains(&trimmed) || is_forged(name) {
                        continue;
                    }
                    seen.push(trimmed);
                    unescape_for_1_0(out, name, true);
                    out.push(b':');
                    unescape_for_1_0(out, value, false);
                    out.push(b'\n');
                }
            }
        }
        out.push(b'\n');
    }
}

/// Whether a name becomes one of the broker's own in 1.0, where the blanks around it are dropped.
fn is_forged(name: &[u8]) -> bool {
    let trimmed = name.trim_ascii();
    trimmed != name && (!is_relayed(trimmed) || trimmed == b"destination")
}

/// 1.0 has no escapes; but a byte that would end the line or the name stays escaped, since it would forge a
/// header.
fn unescape_for_1_0(out: &mut Vec<u8>, text: &[u8], is_name: bool) {
    for &byte in unescape(text, Escapes::V1_2).iter() {
        match byte {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b':' if is_name => out.extend_from_slice(b"\\c"),
            _ => out.push(byte),
        }
    }
}

/// The headers of a SEND that the broker acts on.
#[derive(Debug)]
pub(super) struct SendHeaders<'a> {
    pub(super) destination: Option<Cow<'a, [u8]>>,
    /// Still escaped.
    pub(super) receipt: Option<&'a [u8]>,
    pub(super) transaction: Option<Cow<'a, [u8]>>,
    pub(super) plain: bool,
}

/// Whether a header of a SEND is copied into the MESSAGE. The others are the broker's own in a MESSAGE, or
/// belong to the SEND.
fn is_relayed(name: &[u8]) -> bool {
    !matches!(
        name,
        b"receipt"
            | b"transaction"
            | b"content-length"
            | b"message-id"
            | b"subscription"
            | b"ack"
            | b"redelivered"
    )
}

/// Writes a SEND's headers as those of its MESSAGE into `head`, which is cleared first. `rename` returns
/// the public names of the sender's temporary destinations.
pub(super) fn compose<'a>(
    frame: FrameRef<'a>,
    version: Version,
    head: &mut Vec<u8>,
    mut rename: impl FnMut(&[u8]) -> Option<Vec<u8>>,
) -> SendHeaders<'a> {
    head.clear();
    let mut headers = SendHeaders { destination: None, receipt: None, transaction: None, plain: true };
    let is_plain_head = is_plain(frame, version);
    for header in frame.headers() {
        let (raw_name, raw_value) = (header.raw_name(), header.raw_value());
        let (name, value) = if is_plain_head {
            (Cow::Borrowed(raw_name), Cow::Borrowed(raw_value))
        } else {
            (header.name(), header.value())
        };
        match &*name {
            b"receipt" => {
                headers.receipt.get_or_insert(raw_value);
            }
            b"transaction" => {
                headers.transaction.get_or_insert(value);
            }
            dropped if !is_relayed(dropped) => {}
            relayed => {
                let is_destination = relayed == b"destination";
                let renamed = if is_destination || relayed == b"reply-to" { rename(&value) } else { None };
                let value = renamed.map_or(value, Cow::Owned);
                push_header(head, &name, &value, is_plain_head, &mut headers.plain);
                if is_destination {
                    headers.destination.get_or_insert(value);
                }
            }
        }
    }
    if frame.content_length().is_some() {
        head.extend_from_slice(b"content-length:");
        push_decimal(head, frame.body().len() as u64);
        head.push(b'\n');
    }
    head.push(b'\n');
    headers
}

#[inline]
fn push_header(head: &mut Vec<u8>, name: &[u8], value: &[u8], is_plain_head: bool, plain: &mut bool) {
    if is_plain_head {
        head.extend_from_slice(name);
        head.push(b':');
        head.extend_from_slice(value);
    } else {
        let before = head.len();
        escape_into(head, name, Escapes::V1_2);
        head.push(b':');
        escape_into(head, value, Escapes::V1_2);
        *plain &= memchr::memchr(b'\\', &head[before..]).is_none();
    }
    head.push(b'\n');
}

/// Whether no header needs escapes in any version, judged by one pass over the head. False if each header
/// must be checked.
#[inline]
fn is_plain(frame: FrameRef<'_>, version: Version) -> bool {
    let bytes = frame.bytes();
    let head = &bytes[..bytes.len() - frame.body().len()];
    version != Version::V1_0
        && memchr::memchr2(b'\\', b'\r', head).is_none()
        && memchr::memchr_iter(b':', head).count() == frame.headers().len()
}
