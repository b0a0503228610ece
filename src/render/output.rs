//! The formats of messages. Those for pipes append to the caller's buffer and allocate nothing.

use super::envelope::{self, push_envelope};
use super::escape::{Lines, escape};
use super::format::Format;
use super::hex;
use super::message::{Arrival, Message};
use super::terminal::{BodyStyle, Terminal, is_binary};

/// How messages are printed.
#[derive(Debug, Clone)]
pub enum Output {
    /// A head line, optional headers, and the body in a readable form.
    Terminal(Box<Terminal>),
    /// Each body with a line feed.
    Lines,
    /// Bodies with nothing between them.
    Raw,
    /// Each body with a NUL.
    Nul,
    /// One JSON object per line (`--jsonl`).
    Envelopes,
    /// Each body in hexadecimal digits with a line feed.
    Hex,
    /// `name: value` lines, an empty line, the body and a line feed.
    Headers,
    /// `name: value` lines and an empty line.
    HeadersOnly,
    /// `-F FORMAT`.
    Format(Format),
}

/// Writes messages in one format, each whole ([`Renderer::render`]) or, for a large body, as
/// [`Renderer::head`], [`Renderer::chunk`]s and [`Renderer::end`].
#[derive(Debug)]
pub struct Renderer {
    output: Output,
    /// Whether the output is a terminal, so that control characters are escaped.
    safe: bool,
    scratch: Vec<u8>,
    chunked: ChunkedMessage,
}

/// The state of a message that is written in chunks.
#[derive(Debug, Default)]
struct ChunkedMessage {
    number: u64,
    size: u64,
    envelope: envelope::Stream,
    /// The text after the body.
    behind: Vec<u8>,
    /// Chunks are counted but not written.
    hides_body: bool,
    content_type: Option<Vec<u8>>,
    seen: u64,
    /// The beginning of a character that the last chunk cut.
    cut: Vec<u8>,
}

impl Renderer {
    /// With `terminal`, control characters are escaped in all formats.
    pub fn new(output: Output, terminal: bool) -> Self {
        Self { output, safe: terminal, scratch: Vec::new(), chunked: ChunkedMessage::default() }
    }

    pub(crate) fn output(&self) -> &Output {
        &self.output
    }

    /// For settings that change while the renderer is used, such as the width.
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

    /// Appends the part before the body, for a body in chunks.
    pub fn head(&mut self, message: &impl Message, arrival: &Arrival<'_>, out: &mut Vec<u8>) {
        let chunked = &mut self.chunked;
        chunked.number = arrival.number;
        chunked.size = message.size();
        chunked.seen = 0;
        chunked.cut.clear();
        chunked.behind.clear();
        chunked.hides_body = false;
        chunked.content_type = message.header("content-type").map(std::borrow::Cow::into_owned);
        let start = out.len();
        match &self.output {
            Output::Lines | Output::Hex => chunked.behind.push(b'\n'),
            Output::Raw => {}
            Output::Nul => chunked.behind.push(0),
            Output::Envelopes => chunked.envelope.head(message, out),
            Output::Headers => {
                push_headers(message, out);
                chunked.behind.push(b'\n');
            }
            Output::HeadersOnly => {
                push_headers(message, out);
                chunked.hides_body = true;
            }
            Output::Format(format) => {
                chunked.hides_body = !format.render_around(message, arrival, out, &mut chunked.behind);
            }
            Output::Terminal(terminal) => {
                let mut text = String::new();
                terminal.push_head(message, arrival, &mut text);
                out.extend_from_slice(text.as_bytes());
                chunked.hides_body = terminal.bodies == BodyStyle::Hidden;
            }
        }
        self.make_safe(start, out);
    }

    /// Appends a chunk of the body.
    pub fn chunk(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let chunked = &mut self.chunked;
        let first = chunked.seen == 0;
        chunked.seen += bytes.len() as u64;
        if chunked.hides_body {
            return;
        }
        match &self.output {
            Output::Envelopes => chunked.envelope.chunk(bytes, out),
            Output::Hex => hex::push_digits(bytes, out),
            Output::Terminal(terminal) => {
                // Only the first chunk is shown of a body that is cut or binary.
                let content_type = chunked.content_type.as_deref();
                if first
                    && (terminal.limit.is_some()
                        || terminal.bodies == BodyStyle::Hex
                        || is_binary(bytes, false, content_type))
                {
                    let limit = terminal.limit.unwrap_or_default();
                    let shown = Terminal { limit: Some(limit), ..(**terminal).clone() };
                    let mut text = String::new();
                    shown.push_body(bytes, chunked.size, content_type, chunked.number, &mut text);
                    out.extend_from_slice(text.as_bytes());
                    chunked.hides_body = true;
                } else {
                    push_whole_characters(&mut chunked.cut, bytes, out);
                }
            }
            _ if self.safe => push_whole_characters(&mut chunked.cut, bytes, out),
            _ => out.extend_from_slice(bytes),
        }
    }

    /// Appends the part after the body.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        let chunked = &mut self.chunked;
        if !chunked.cut.is_empty() {
            out.extend_from_slice(escape(&chunked.cut, Lines::Many).as_bytes());
            chunked.cut.clear();
        }
        let start = out.len();
        match &self.output {
            Output::Envelopes => chunked.envelope.end(out),
            Output::Terminal(_) if out.last() == Some(&b'\n') => {}
            Output::Terminal(_) => out.push(b'\n'),
            _ => out.extend_from_slice(&chunked.behind),
        }
        self.make_safe(start, out);
    }

    /// Escapes the output since `start` if it is for a terminal.
    fn make_safe(&self, start: usize, out: &mut Vec<u8>) {
        if self.safe && !matches!(self.output, Output::Terminal(_)) {
            let safe = escape(&out[start..], Lines::Many).into_owned();
            out.truncate(start);
            out.extend_from_slice(safe.as_bytes());
        }
    }
}

/// Escapes and appends text in chunks. A character that a chunk cuts is kept in `cut`.
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

/// The number of bytes at the end that are an incomplete character.
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

/// Appends a line per header and an empty line. Line feeds, carriage returns and backslashes are escaped as
/// in STOMP.
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
