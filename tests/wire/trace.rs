//! Recorded conversations as text: `C:` what the client said, `S:` what the broker said, one line of a
//! frame a line, bytes escaped as Rust does it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Client,
    Broker,
}

/// A conversation: bytes of one side in turn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    pub turns: Vec<(Side, Vec<u8>)>,
}

impl Trace {
    /// Adds what a side said.
    pub fn add(&mut self, side: Side, bytes: &[u8]) {
        match self.turns.last_mut() {
            Some((last, own)) if *last == side => own.extend_from_slice(bytes),
            _ => self.turns.push((side, bytes.to_vec())),
        }
    }

    /// All that a side said.
    pub fn stream(&self, side: Side) -> Vec<u8> {
        self.turns.iter().filter(|(own, _)| *own == side).flat_map(|(_, bytes)| bytes.clone()).collect()
    }

    /// The conversation in lines, behind a comment.
    pub fn to_text(&self, comment: &str) -> String {
        let mut text = format!("# {comment}\n");
        for (side, bytes) in &self.turns {
            let mark = if *side == Side::Client { 'C' } else { 'S' };
            for line in bytes.split_inclusive(|byte| matches!(byte, b'\n' | 0)) {
                writeln!(text, "{mark}: {}", line.escape_ascii()).unwrap();
            }
        }
        text
    }

    /// Reads what [`Trace::to_text`] wrote.
    pub fn parse(text: &str) -> Self {
        let mut trace = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let side = match line.split_once(": ") {
                Some(("C", _)) => Side::Client,
                Some(("S", _)) => Side::Broker,
                _ => panic!("neither C: nor S: {line}"),
            };
            trace.add(side, &unescape(&line[3..]));
        }
        trace
    }
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        if *byte != b'\\' {
            out.push(*byte);
            rest = tail;
            continue;
        }
        let (meant, tail) = match tail {
            [b'x', tail @ ..] => {
                let digits = std::str::from_utf8(&tail[..2]).unwrap();
                (u8::from_str_radix(digits, 16).unwrap(), &tail[2..])
            }
            [b'n', tail @ ..] => (b'\n', tail),
            [b'r', tail @ ..] => (b'\r', tail),
            [b't', tail @ ..] => (b'\t', tail),
            [other, tail @ ..] => (*other, tail),
            [] => panic!("ends with a backslash: {text}"),
        };
        out.push(meant);
        rest = tail;
    }
    out
}

/// Where the traces are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire/traces")
}

/// All traces there are, by name.
pub fn all() -> Vec<(String, Trace)> {
    let mut traces: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "trace"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, Trace::parse(&std::fs::read_to_string(path).unwrap()))
        })
        .collect();
    traces.sort_by(|(left, _), (right, _)| left.cmp(right));
    assert!(traces.len() >= 6, "RabbitMQ and ActiveMQ in three versions each");
    traces
}

#[test]
fn what_is_written_is_read_again() {
    let mut trace = Trace::default();
    trace.add(Side::Client, b"SEND\nfoo:a\\nb\r\n\n\xff\"'\t\0\n");
    trace.add(Side::Broker, b"RECEIPT\n\n\0");
    trace.add(Side::Broker, b"\n");
    assert_eq!(Trace::parse(&trace.to_text("two lines")), trace);
}
