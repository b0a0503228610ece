//! The thread that reads standard input or a file and cuts it into messages, in whole chunks: no
//! allocation or channel hop is paid per message.

use std::io::Read;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use thiserror::Error;
use tokio::sync::mpsc;

use super::template::Template;
use super::{Cut, Send};
use crate::command::exit::Problem;
use crate::protocol::{Frame, Headers, Verb};
use crate::render::Envelope;
use crate::session::{Chunk, Dialect};

/// Bytes asked for in one read.
const READ: usize = 256 << 10;

/// The longest message that is kept in memory: one cut from standard input, or one that is sent many times.
pub(super) const LONGEST: usize = 256 << 20;

/// Why reading ended before the input did.
#[derive(Debug, Error)]
pub(crate) enum InputError {
    /// The system refused.
    #[error("cannot read the input: {0}")]
    Read(#[from] std::io::Error),
    /// A message that cannot be read.
    #[error("message {number} of the input: {what}")]
    Message {
        /// Counted from 1.
        number: u64,
        /// What is wrong.
        what: String,
    },
}

/// How input is cut.
#[derive(Debug, Clone)]
pub(crate) enum Cutter {
    /// At each of these bytes; without the byte.
    Byte(u8),
    /// At each of these texts.
    Text(Vec<u8>),
    /// Behind each 32-bit length.
    Length,
    /// At line feeds, each line an envelope. Headers of the command line come behind its own.
    Envelopes {
        /// Headers for each message, the destination first where it is given.
        headers: Headers,
        /// Whether content-length is left out even where the envelope had it.
        text: bool,
        /// Whether content-length is put in even where the envelope had none.
        bytes: bool,
    },
}

impl Cutter {
    /// As the options say; `None`: the input is one body.
    pub(crate) fn of(cut: &Cut, send: &Send, dialect: &Dialect) -> Option<Self> {
        if cut.lines {
            Some(Self::Byte(b'\n'))
        } else if cut.null {
            Some(Self::Byte(0))
        } else if let Some(text) = &cut.delimiter {
            match text.as_bytes() {
                [byte] => Some(Self::Byte(*byte)),
                text => Some(Self::Text(text.to_vec())),
            }
        } else if cut.length_prefixed {
            Some(Self::Length)
        } else if cut.jsonl {
            Some(Self::Envelopes { headers: send.headers(dialect), text: send.text, bytes: send.bytes })
        } else {
            None
        }
    }
}

/// Where chunks go, and what has been read.
pub(crate) struct Feed {
    /// Takes chunks; `true` with the last one.
    pub chunks: mpsc::Sender<(Chunk, bool)>,
    /// How many messages were read so far.
    pub read: Arc<AtomicU64>,
    /// How many bytes were read so far.
    pub bytes: Arc<AtomicU64>,
    /// At most so many messages a second.
    pub rate: Option<u32>,
    /// What each message has of its own.
    pub template: Option<Template>,
}

impl Feed {
    /// Hands a chunk on; `false`: nobody takes it any more.
    fn push(&self, chunk: Chunk, last: bool) -> Result<bool, InputError> {
        let before = self.read.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        let Some(template) = &self.template else { return Ok(self.hand_on(chunk, last)) };
        let (filled, wrong) = template.fill_chunk(chunk);
        let Some(what) = wrong else { return Ok(self.hand_on(filled, last)) };
        let number = before + filled.len() as u64 + 1;
        self.read.store(number, Ordering::Relaxed);
        self.hand_on(filled, false);
        Err(InputError::Message { number, what })
    }

    /// Hands on what came before a message that cannot be read, which counts as read too.
    fn push_before(&self, good: Option<Chunk>, wrong: InputError) -> InputError {
        let pushed = good.map_or(Ok(true), |chunk| self.push(chunk, false));
        self.read.fetch_add(u64::from(pushed.is_ok()), Ordering::Relaxed);
        pushed.err().unwrap_or(wrong)
    }

    /// Hands a chunk on, no faster than the rate; `false`: nobody takes it any more.
    fn hand_on(&self, chunk: Chunk, last: bool) -> bool {
        let Some(rate) = self.rate else { return self.chunks.blocking_send((chunk, last)).is_ok() };
        // One message a tick: a rate is for people who watch.
        let start = Instant::now();
        let mut sent = 0_u32;
        let mut one = |chunk: Chunk| {
            let due = start + Duration::from_secs_f64(f64::from(sent) / f64::from(rate));
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            sent += 1;
            self.chunks.blocking_send((chunk, false)).is_ok()
        };
        let alive = match chunk {
            Chunk::Bodies(data, ranges) => {
                ranges.into_iter().all(|range| one(Chunk::Bodies(data.clone(), vec![range])))
            }
            Chunk::Frames(frames) => frames.into_iter().all(|frame| one(Chunk::Frames(vec![frame]))),
            // What is read from an input was not received.
            received @ Chunk::Received(..) => one(received),
        };
        if sent > 0 {
            std::thread::sleep(Duration::from_secs_f64(1.0 / f64::from(rate)));
        }
        alive && (!last || self.chunks.blocking_send((Chunk::Frames(Vec::new()), true)).is_ok())
    }
}

impl From<InputError> for Problem {
    fn from(error: InputError) -> Self {
        match error {
            InputError::Read(error) => Self::local("cannot read the input", error),
            InputError::Message { .. } => Self::Input(error.to_string()),
        }
    }
}

/// Reads all of `input`, cut as said. `more` tells, without waiting, whether the next read would
/// bring something at once: then a chunk is kept until it is known whether it is the last.
pub(crate) fn read_all(
    mut input: impl Read,
    cutter: &Cutter,
    feed: &Feed,
    more: impl Fn() -> bool,
) -> Result<(), InputError> {
    let mut buffer = BytesMut::new();
    let mut held: Option<Chunk> = None;
    let mut number = 0;
    let mut scanned = 0;
    loop {
        let start = buffer.len();
        buffer.resize(start + READ, 0);
        let count = loop {
            match input.read(&mut buffer[start..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        buffer.truncate(start + count);
        feed.bytes.fetch_add(count as u64, Ordering::Relaxed);
        if count == 0 {
            let (rest, wrong) = last_chunk(buffer.freeze(), cutter, &mut number);
            if let Some(wrong) = wrong {
                return Err(feed.push_before(held, wrong));
            }
            let Some(rest) = rest else {
                feed.push(held.unwrap_or_else(|| Chunk::Frames(Vec::new())), true)?;
                return Ok(());
            };
            if held.map_or(Ok(true), |chunk| feed.push(chunk, false))? {
                feed.push(rest, true)?;
            }
            return Ok(());
        }
        let (chunk, wrong) = next_chunk(&mut buffer, cutter, &mut number, &mut scanned);
        if let Some(wrong) = wrong {
            // Those before it are sent all the same.
            if let Some(before) = held.take() {
                feed.push(before, false)?;
            }
            return Err(feed.push_before(chunk, wrong));
        }
        let Some(chunk) = chunk else { continue };
        if let Some(before) = held.replace(chunk)
            && !feed.push(before, false)?
        {
            return Ok(());
        }
        if !more()
            && let Some(chunk) = held.take()
            && !feed.push(chunk, false)?
        {
            return Ok(());
        }
    }
}

/// What could be read, and why no more could.
type Readable = (Option<Chunk>, Option<InputError>);

/// Cuts what is complete off the front of the buffer; `None`: no message is.
fn next_chunk(buffer: &mut BytesMut, cutter: &Cutter, number: &mut u64, scanned: &mut usize) -> Readable {
    let (ranges, end) = match cutter {
        Cutter::Byte(byte) => byte_ranges(buffer, *byte, *scanned),
        Cutter::Envelopes { .. } => byte_ranges(buffer, b'\n', *scanned),
        Cutter::Text(text) => text_ranges(buffer, text),
        Cutter::Length => length_ranges(buffer),
    };
    if ranges.is_empty() && end == 0 {
        *scanned = buffer.len();
        if buffer.len() > LONGEST {
            let what = format!("it is longer than {LONGEST} bytes; is the right cut chosen?");
            return (None, Some(InputError::Message { number: *number + 1, what }));
        }
        return (None, None);
    }
    *scanned = 0;
    let rest = buffer.split_off(end);
    let data = std::mem::replace(buffer, rest).freeze();
    chunk(data, ranges, cutter, number)
}

/// The ranges between bytes, and where the last one ends.
fn byte_ranges(data: &[u8], byte: u8, scanned: usize) -> (Vec<Range<u32>>, usize) {
    // Messages of a hundred bytes are usual; a wrong guess costs a few doublings.
    let mut ranges = Vec::with_capacity(data.len() / 96 + 1);
    let mut start = 0;
    for end in memchr::memchr_iter(byte, &data[scanned..]).map(|at| scanned + at) {
        ranges.push(range(start, end));
        start = end + 1;
    }
    (ranges, start)
}

fn text_ranges(data: &[u8], text: &[u8]) -> (Vec<Range<u32>>, usize) {
    let mut ranges = Vec::new();
    let mut start = 0;
    for end in memchr::memmem::find_iter(data, text) {
        ranges.push(range(start, end));
        start = end + text.len();
    }
    (ranges, start)
}

fn length_ranges(data: &[u8]) -> (Vec<Range<u32>>, usize) {
    let mut ranges = Vec::new();
    let mut start = 0;
    while let Some(prefix) = data[start..].first_chunk::<4>() {
        let end = start + 4 + u32::from_be_bytes(*prefix) as usize;
        if end > data.len() {
            break;
        }
        ranges.push(range(start + 4, end));
        start = end;
    }
    (ranges, start)
}

/// A range inside of a buffer, whose length [`LONGEST`] bounds.
#[allow(clippy::cast_possible_truncation)]
fn range(start: usize, end: usize) -> Range<u32> {
    start as u32..end as u32
}

/// What is left at the end of the input: an unterminated last message.
fn last_chunk(data: Bytes, cutter: &Cutter, number: &mut u64) -> Readable {
    if data.is_empty() {
        return (None, None);
    }
    if matches!(cutter, Cutter::Length) {
        let what = format!("the input ends inside of it, {} bytes after its beginning", data.len());
        return (None, Some(InputError::Message { number: *number + 1, what }));
    }
    let whole = range(0, data.len());
    chunk(data, vec![whole], cutter, number)
}

fn chunk(data: Bytes, ranges: Vec<Range<u32>>, cutter: &Cutter, number: &mut u64) -> Readable {
    let Cutter::Envelopes { headers, text, bytes } = cutter else {
        *number += ranges.len() as u64;
        return (Some(Chunk::Bodies(data, ranges)), None);
    };
    let mut frames = Vec::with_capacity(ranges.len());
    let mut wrong = None;
    for range in ranges {
        *number += 1;
        let line = &data[range.start as usize..range.end as usize];
        if line.trim_ascii().is_empty() {
            continue;
        }
        match envelope(line, headers) {
            Ok((frame, length)) => frames.push((frame, *text || (!bytes && length == Some(false)))),
            Err(what) => {
                wrong = Some(InputError::Message { number: *number, what });
                break;
            }
        }
    }
    (Some(Chunk::Frames(frames)), wrong)
}

/// The message of an envelope, and whether that had a content-length, where it says so.
fn envelope(line: &[u8], headers: &Headers) -> Result<(Frame, Option<bool>), String> {
    let envelope = Envelope::parse(line).map_err(|error| error.to_string())?;
    let mut all = Headers::new();
    if headers.get("destination").is_none() {
        all.push("destination", envelope.destination.ok_or("it has no destination")?);
    }
    all.extend(envelope.headers.iter());
    all.overlay(headers);
    Ok((Frame { verb: Verb::Send, headers: all, body: envelope.body.into() }, envelope.content_length))
}

/// Sends the same body so many times.
pub(crate) fn repeat(body: &Bytes, count: u64, feed: &Feed) -> Result<(), InputError> {
    const AT_ONCE: u64 = 1_000;
    let all = range(0, body.len());
    let mut left = count;
    while left > 0 {
        let now = left.min(AT_ONCE);
        left -= now;
        let ranges = (0..now).map(|_| all.clone()).collect();
        if !feed.push(Chunk::Bodies(body.clone(), ranges), left == 0)? {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;

    /// What the messages hold.
    type Bodies = Vec<Vec<u8>>;

    /// Cuts an input that comes in pieces of so many bytes; with an error, what came before it.
    fn cut(input: &[u8], piece: usize, cutter: &Cutter) -> Result<Bodies, (Bodies, String)> {
        struct Pieces<'a>(&'a [u8], usize);
        impl Read for Pieces<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                let count = self.1.min(self.0.len()).min(buffer.len());
                buffer[..count].copy_from_slice(&self.0[..count]);
                self.0 = &self.0[count..];
                Ok(count)
            }
        }
        let (chunks, mut received) = mpsc::channel(1_000);
        let feed = Feed { chunks, read: Arc::default(), bytes: Arc::default(), rate: None, template: None };
        let result = read_all(Pieces(input, piece), cutter, &feed, || piece.is_multiple_of(2));
        let read = feed.read.load(Ordering::Relaxed);
        drop(feed);
        let (mut bodies, mut lasts) = (Vec::new(), 0);
        while let Ok((chunk, last)) = received.try_recv() {
            lasts += u32::from(last);
            match chunk {
                Chunk::Bodies(data, ranges) => {
                    bodies.extend(ranges.iter().map(|r| data[r.start as usize..r.end as usize].to_vec()));
                }
                Chunk::Frames(frames) => bodies.extend(frames.iter().map(|(frame, _)| frame.body.to_vec())),
                Chunk::Received(..) => panic!("nothing was received"),
            }
        }
        match result {
            Ok(()) => assert_eq!((lasts, read), (1, bodies.len() as u64)),
            // The wrong one was read too.
            Err(_) => assert_eq!((lasts, read), (0, bodies.len() as u64 + 1)),
        }
        result.map(|()| bodies.clone()).map_err(|error| (bodies, error.to_string()))
    }

    #[test]
    fn lines_lose_their_end_and_the_unterminated_last_one_counts() {
        for piece in [1, 2, 3, 100] {
            let lines = cut(b"one\n\ntwo \r\n\xffthree", piece, &Cutter::Byte(b'\n')).unwrap();
            assert_eq!(lines, [&b"one"[..], b"", b"two \r", b"\xffthree"]);
            assert_eq!(cut(b"", piece, &Cutter::Byte(b'\n')).unwrap(), Vec::<Vec<u8>>::new());
            assert_eq!(cut(b"a\n", piece, &Cutter::Byte(b'\n')).unwrap(), [b"a"]);
        }
    }

    #[test]
    fn texts_and_lengths_cut_wherever_the_reads_end() {
        for piece in [1, 2, 5, 100] {
            assert_eq!(
                cut(b"a--b---c", piece, &Cutter::Text(b"--".to_vec())).unwrap(),
                [&b"a"[..], b"b", b"-c"]
            );
            let prefixed = b"\0\0\0\x02ab\0\0\0\0\0\0\0\x01c";
            assert_eq!(cut(prefixed, piece, &Cutter::Length).unwrap(), [&b"ab"[..], b"", b"c"]);
            let (good, error) = cut(b"\0\0\0\x01c\0\0\0\x05ab", piece, &Cutter::Length).unwrap_err();
            assert_eq!(good, [b"c"]);
            assert!(error.contains("ends inside"), "{error}");
        }
    }

    #[test]
    fn envelopes_bring_their_own_heads_and_errors_name_the_line() {
        let cutter = Cutter::Envelopes { headers: Headers::new(), text: false, bytes: false };
        let good = br#"{"destination":"/queue/a","headers":[["k","v"]],"body":"x"}"#;
        assert_eq!(cut(good, 7, &cutter).unwrap(), [b"x"]);
        let line = "{\"destination\":\"/q\",\"body\":\"x\"}\n";
        for (piece, before) in [(1_000, 3), (7, 3), (40, 5)] {
            let input = [line.repeat(before), "{}\n".to_owned(), line.to_owned()].concat();
            let (good, error) = cut(input.as_bytes(), piece, &cutter).unwrap_err();
            assert_eq!(good.len(), before);
            assert_eq!(error, format!("message {} of the input: it has no destination", before + 1));
        }
    }

    #[test]
    fn a_template_that_does_not_fit_leaves_the_messages_before_it() {
        let (chunks, mut received) = mpsc::channel(10);
        let template = Some(Template::default());
        let feed = Feed { chunks, read: Arc::default(), bytes: Arc::default(), rate: None, template };
        let input: &[u8] = b"a $counter\nb $counter\nc $nothing\nd\n";
        let error = read_all(input, &Cutter::Byte(b'\n'), &feed, || true).unwrap_err().to_string();
        assert!(error.starts_with("message 3 of the input: "), "{error}");
        assert_eq!(feed.read.load(Ordering::Relaxed), 3);
        let Ok((Chunk::Bodies(data, ranges), false)) = received.try_recv() else {
            panic!("nothing was sent")
        };
        assert_eq!((&data[..], ranges.len()), (&b"a 1b 2"[..], 2));
    }
}
