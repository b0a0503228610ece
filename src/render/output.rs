//! Which of the formats a message is written in. The formats for pipes append to a buffer of the
//! caller's and allocate nothing.

use super::envelope::{self, push_envelope};
use super::escape::{Lines, escape};
use super::format::Format;
use super::hex;
use super::message::{Arrival, Message};
use super::terminal::{Bodies, Terminal, is_binary};

/// How messages are written.
#[derive(Debug, Clone)]
pub enum Output {
    /// A head line, headers where asked for, and the body, readable and safe for a terminal.
    Terminal(Box<Terminal>),
    /// Each body, followed by a line feed.
    Lines,
    /// Bodies without anything between them.
    Raw,
    /// Each body, followed by a NUL.
    Nul,
    /// One JSON object per line: headers and body (`--jsonl`).
    Envelopes,
    /// Each body in hexadecimal digits, and a line feed.
    Hex,
    /// `name: value` lines, an empty line, the body and a line feed.
    Headers,
    /// `name: value` lines and an empty line.
    HeadersOnly,
    /// `-F FORMAT`; nothing is added to it.
    Format(Format),
}

/// Writes messages in one format. A message comes whole ([`Renderer::render`]), or, where its body is
/// large, as [`Renderer::head`], [`Renderer::chunk`]s and [`Renderer::end`].
#[derive(Debug)]
pub struct Renderer {
    output: Output,
    /// Whether the bytes go to a terminal, which gets none of the network's control characters.
    safe: bool,
    scratch: Vec<u8>,
    stream: Stream,
}

/// What is kept of a message that comes in pieces.
#[derive(Debug, Default)]
struct Stream {
    number: u64,
    size: u64,
    envelope: envelope::Stream,
    /// What is written after the body, once the last chunk has come.
    behind: Vec<u8>,
    body: BodyPart,
    content_type: Option<Vec<u8>>,
    seen: u64,
    /// The bytes of a character that is not whole.
    cut: Vec<u8>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum BodyPart {
    #[default]
    Shown,
    /// Chunks are counted, for the size, but not written.
    Hidden,
}

impl Renderer {
    /// With `terminal`, control characters are escaped in formats that pass them on to a pipe.
    pub fn new(output: Output, terminal: bool) -> Self {
        Self { output, safe: terminal, scratch: Vec::new(), stream: Stream::default() }
    }

    /// The format it writes.
    pub(crate) fn output(&self) -> &Output {
        &self.output
    }

    /// For settings that change while the renderer is in use, such as the width of the terminal.
    pub(crate) fn output_mut(&mut self) -> &mut Output {
        &mut self.output
    }

    /// Appends a message whose body is complete.
    #[inline]
    pub fn render(&mut self, message: &impl Message, arrival: &Arrival<'_>, out: &mut Vec<u8>) {
        if self.safe && !matches!(self.output, Output::Terminal(_)) {
            let mut scratch = std::mem::take(&mut self.scratch);
            self.push(message, arrival, &mut scratch);
            out.extend_from_slice(escape(&scratch, Lines::Many).as_bytes());
            scratch.clear();
            self.scratch = scratch;
        } else {
            self.push(message, arrival, out);
        }
    }

    #[inline]
    fn push(&self, message: &impl Message, arrival: &Arrival<'_>, out: &mut Vec<u8>) {
        match &self.output {
            Output::Lines => {
                out.extend_from_slice(message.body());
                out.push(b'\n');
            }
            Output::Raw => out.extend_from_slice(message.body()),
            Output::Nul => {
                out.extend_from_slice(message.body());
                out.push(0);
            }
            Output::Envelopes => push_envelope(message, out),
            Output::Hex => {
                hex::push_digits(message.body(), out);
                out.push(b'\n');
            }
            Output::Headers => {
                push_headers(message, out);
                out.extend_from_slice(message.body());
                out.push(b'\n');
            }
            Output::HeadersOnly => push_headers(message, out),
            Output::Format(format) => format.render(message, arrival, out),
            Output::Terminal(terminal) => {
                let mut text = String::new();
                terminal.push(message, arrival, &mut text);
                out.extend_from_slice(text.as_bytes());
            }
        }
    }

    /// Appends what stands before the body of a message whose body comes in chunks.
    pub fn head(&mut self, message: &impl Message, arrival: &Arrival<'_>, out: &mut Vec<u8>) {
        let stream = &mut self.stream;
        stream.number = arrival.number;
        stream.size = message.size();
        stream.seen = 0;
        stream.cut.clear();
        stream.behind.clear();
        stream.body = BodyPart::Shown;
        stream.content_type = message.header("content-type").map(std::borrow::Cow::into_owned);
        let start = out.len();
        match &self.output {
            Output::Lines | Output::Hex => stream.behind.push(b'\n'),
            Output::Raw => {}
            Output::Nul => stream.behind.push(0),
            Output::Envelopes => stream.envelope.head(message, out),
            Output::Headers => {
                push_headers(message, out);
                stream.behind.push(b'\n');
            }
            Output::HeadersOnly => {
                push_headers(message, out);
                stream.body = BodyPart::Hidden;
            }
            Output::Format(format) => {
                if !format.render_around(message, arrival, out, &mut stream.behind) {
                    stream.body = BodyPart::Hidden;
                }
            }
            Output::Terminal(terminal) => {
                let mut text = String::new();
                terminal.push_head(message, arrival, &mut text);
                out.extend_from_slice(text.as_bytes());
                if terminal.bodies == Bodies::Hidden {
                    stream.body = BodyPart::Hidden;
                }
            }
        }
        self.make_safe(start, out);
    }

    /// Appends a piece of the body.
    pub fn chunk(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let stream = &mut self.stream;
        let first = stream.seen == 0;
        stream.seen += bytes.len() as u64;
        if stream.body == BodyPart::Hidden {
            return;
        }
        match &self.output {
            Output::Envelopes => stream.envelope.chunk(bytes, out),
            Output::Hex => hex::push_digits(bytes, out),
            Output::Terminal(terminal) => {
                // Of what is cut or binary the first chunk shows enough.
                let content_type = stream.content_type.as_deref();
                if first
                    && (terminal.limit.is_some()
                        || terminal.bodies == Bodies::Hex
                        || is_binary(bytes, false, content_type))
                {
                    let limit = terminal.limit.unwrap_or_default();
                    let shown = Terminal { limit: Some(limit), ..(**terminal).clone() };
                    let mut text = String::new();
                    shown.push_body(bytes, stream.size, content_type, stream.number, &mut text);
                    out.extend_from_slice(text.as_bytes());
                    stream.body = BodyPart::Hidden;
                } else {
                    push_whole_characters(&mut stream.cut, bytes, out);
                }
            }
            _ if self.safe => push_whole_characters(&mut stream.cut, bytes, out),
            _ => out.extend_from_slice(bytes),
        }
    }

    /// Appends what stands behind the body.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        let stream = &mut self.stream;
        if !stream.cut.is_empty() {
            out.extend_from_slice(escape(&stream.cut, Lines::Many).as_bytes());
            stream.cut.clear();
        }
        let start = out.len();
        match &self.output {
            Output::Envelopes => stream.envelope.end(out),
            Output::Terminal(_) => {
                if out.last() != Some(&b'\n') {
                    out.push(b'\n');
                }
            }
            _ => out.extend_from_slice(&stream.behind),
        }
        self.make_safe(start, out);
    }

    /// Escapes what was appended since `start`, where a terminal reads it.
    fn make_safe(&self, start: usize, out: &mut Vec<u8>) {
        if self.safe && !matches!(self.output, Output::Terminal(_)) {
            let safe = escape(&out[start..], Lines::Many).into_owned();
            out.truncate(start);
            out.extend_from_slice(safe.as_bytes());
        }
    }
}

/// Appends text that comes in pieces, escaped; a character that is cut waits in `cut` for its rest.
fn push_whole_characters(cut: &mut Vec<u8>, bytes: &[u8], out: &mut Vec<u8>) {
    cut.extend_from_slice(bytes);
    let waiting = match std::str::from_utf8(cut).err().filter(|error| error.error_len().is_none()) {
        Some(error) => cut.len() - error.valid_up_to(),
        None => trailing_part(cut),
    };
    let whole = cut.len() - waiting;
    out.extend_from_slice(escape(&cut[..whole], Lines::Many).as_bytes());
    cut.drain(..whole);
}

/// How many bytes at the end begin a character and do not end it.
fn trailing_part(bytes: &[u8]) -> usize {
    let tail = &bytes[bytes.len().saturating_sub(3)..];
    (1..=tail.len())
        .find(|length| {
            let part = &tail[tail.len() - length..];
            std::str::from_utf8(part)
                .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
        })
        .unwrap_or(0)
}

/// Appends a line a header and an empty line. A line feed, carriage return or backslash in a name or
/// value is escaped as in STOMP, so that a line stays a line.
fn push_headers(message: &impl Message, out: &mut Vec<u8>) {
    for (name, value) in message.headers() {
        push_line_safe(&name, out);
        out.extend_from_slice(b": ");
        push_line_safe(&value, out);
        out.push(b'\n');
    }
    out.push(b'\n');
}

fn push_line_safe(bytes: &[u8], out: &mut Vec<u8>) {
    let mut rest = bytes;
    while let Some(special) = memchr::memchr3(b'\n', b'\r', b'\\', rest) {
        out.extend_from_slice(&rest[..special]);
        out.extend_from_slice(match rest[special] {
            b'\n' => br"\n",
            b'\r' => br"\r",
            _ => br"\\",
        });
        rest = &rest[special + 1..];
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
#[path = "output_tests.rs"]
mod tests;
