//! The thread that reads standard input or a file and cuts it into messages. It passes on whole chunks, so that no message
//! costs an allocation or a channel hop.

use std::io::Read;
use std::ops::Range;
use std::sync::atomic::Ordering;

use bytes::{Bytes, BytesMut};
use tokio::sync::oneshot;

use super::feed::{EmptyLines, Feed, InputError, LONGEST, range, repeat};
use super::source::BodySource;
use super::{Cut, Send};
use crate::protocol::{Frame, Headers, Verb};
use crate::render::Envelope;
use crate::session::{Chunk, Dialect};

/// Some systems begin a text file with it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The number of bytes of one read.
const READ: usize = 256 << 10;

/// Where messages end in the input.
#[derive(Debug, Clone)]
pub(crate) enum Cutter {
    /// Before each of these bytes, which are dropped.
    Byte(u8),
    /// Before each of these texts, which are dropped.
    Text(Vec<u8>),
    /// Each message follows its length, 32 bits in network byte order.
    Length,
    /// Each line is an envelope, whose headers those of the command line replace.
    Envelopes {
        /// Headers for each message, the destination first if it is known.
        headers: Headers,
        /// Leave out content-length even if the envelope has it.
        text: bool,
        /// Add content-length even if the envelope has none.
        bytes: bool,
        /// The lines that hold no envelope.
        empty: EmptyLines,
    },
}

impl Cutter {
    /// `None` if the input is one body.
    pub(crate) fn of(cut: &Cut, send: &Send, dialect: &Dialect, empty: &EmptyLines) -> Option<Self> {
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
            let (headers, text, bytes) = (send.headers(dialect), send.text, send.bytes);
            Some(Self::Envelopes { headers, text, bytes, empty: empty.clone() })
        } else {
            None
        }
    }
}

/// Reads all of `input`. `more` says, without blocking, whether the next read would return at once: then a chunk is held
/// until it is known whether it is the last.
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
            // The messages before the wrong one are sent.
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

/// The messages that could be cut, and the error that ended them.
type CutChunk = (Option<Chunk>, Option<InputError>);

/// Cuts the complete messages off the front of the buffer.
fn next_chunk(buffer: &mut BytesMut, cutter: &Cutter, number: &mut u64, scanned: &mut usize) -> CutChunk {
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

/// The ranges between the bytes, and the start of the rest.
fn byte_ranges(data: &[u8], byte: u8, scanned: usize) -> (Vec<Range<u32>>, usize) {
    // A guess for messages of a hundred bytes; a wrong one costs a few doublings.
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

/// The rest at the end of the input: a last message without its terminator.
fn last_chunk(data: Bytes, cutter: &Cutter, number: &mut u64) -> CutChunk {
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

fn chunk(data: Bytes, ranges: Vec<Range<u32>>, cutter: &Cutter, number: &mut u64) -> CutChunk {
    let Cutter::Envelopes { headers, text, bytes, empty } = cutter else {
        *number += ranges.len() as u64;
        return (Some(Chunk::Bodies(data, ranges)), None);
    };
    let mut frames = Vec::with_capacity(ranges.len());
    let mut wrong = None;
    for range in ranges {
        *number += 1;
        let mut line = &data[range.start as usize..range.end as usize];
        if *number == 1 {
            line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        }
        if line.trim_ascii().is_empty() {
            empty.add(*number);
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

/// The message of an envelope, and whether the envelope had a content-length, if it says so.
fn envelope(line: &[u8], headers: &Headers) -> Result<(Frame, Option<bool>), String> {
    let envelope = Envelope::parse(line).map_err(|error| error.to_string())?;
    let mut all = Headers::new();
    if headers.get("destination").is_none() {
        let destination = envelope.destination.filter(|destination| !destination.is_empty());
        all.push("destination", destination.ok_or("it has no destination")?);
    }
    all.extend(envelope.headers.iter());
    all.overlay(headers);
    Ok((Frame { verb: Verb::Send, headers: all, body: envelope.body.into() }, envelope.content_length))
}

/// Starts a thread that reads the messages; its result arrives when it has read all of them.
pub(super) fn start_reading(
    send: &Send,
    dialect: &Dialect,
    source: BodySource,
    feed: Feed,
    empty: &EmptyLines,
) -> oneshot::Receiver<Result<(), InputError>> {
    let cutter = Cutter::of(&send.cut, send, dialect, empty);
    let repeats = send.repeat.unwrap_or(1);
    let (done, input) = oneshot::channel();
    std::thread::spawn(move || {
        let result = match (cutter, source) {
            (Some(cutter), BodySource::Bytes(body)) => read_all(&*body, &cutter, &feed, || true),
            (Some(cutter), BodySource::File { file, .. }) => read_all(file, &cutter, &feed, || true),
            (Some(cutter), BodySource::Stdin) => {
                read_all(std::io::stdin().lock(), &cutter, &feed, stdin_has_more)
            }
            (None, source) => source.whole().and_then(|body| repeat(&body, repeats, &feed)),
        };
        // The receiver is dropped after a signal.
        let _ = done.send(result);
    });
    input
}

/// Whether a read of standard input would return data, or the end, at once.
fn stdin_has_more() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdin = std::io::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    matches!(poll(&mut fds, Some(&at_once)), Ok(count) if count > 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use std::sync::Arc;

    use tokio::sync::mpsc;

    use super::*;
    use crate::command::send::template::Template;

    /// The body of each message.
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
        let cutter = Cutter::Envelopes {
            headers: Headers::new(),
            text: false,
            bytes: false,
            empty: EmptyLines::default(),
        };
        let good = br#"{"destination":"/queue/a","headers":[["k","v"]],"body":"x"}"#;
        assert_eq!(cut(good, 7, &cutter).unwrap(), [b"x"]);
        assert_eq!(cut(&[BYTE_ORDER_MARK, good].concat(), 2, &cutter).unwrap(), [b"x"]);
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

    #[test]
    fn the_line_of_a_message_counts_the_empty_lines_before_it() {
        let empty = EmptyLines::default();
        let cutter =
            Cutter::Envelopes { headers: Headers::new(), text: false, bytes: false, empty: empty.clone() };
        let message = "{\"destination\":\"/q\",\"body\":\"x\"}\n";
        let input = format!("\n{message}{message}\n \n{message}{message}\r\n\n{{}}\n");
        let (good, error) = cut(input.as_bytes(), 10, &cutter).unwrap_err();
        assert_eq!(good.len(), 4);
        assert_eq!(error, "message 10 of the input: it has no destination");
        assert_eq!([0, 1, 2, 3, 4].map(|index| empty.line_of(index)), [2, 3, 6, 7, 10]);
    }
}
