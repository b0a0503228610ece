//! Reads frames on a tape. It shares nothing with the library, so that it can be an oracle.

/// A frame on a tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen<'a> {
    pub(crate) verb: &'a str,
    head: &'a str,
    pub(crate) body: &'a [u8],
    /// How many bytes from the beginning of the tape this frame ends behind.
    pub(crate) end: usize,
}

impl<'a> Seen<'a> {
    /// The value of a header, as it stands on the wire.
    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    }
}

/// The whole frames among these bytes; what is cut at the end is left out, and so are heart-beats.
pub(crate) fn frames(bytes: &[u8]) -> Frames<'_> {
    Frames { bytes, at: 0 }
}

pub(crate) struct Frames<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Frames<'_> {
    /// The bytes behind the last whole frame.
    pub(crate) fn rest(mut self) -> usize {
        while self.next().is_some() {}
        let rest = &self.bytes[self.at..];
        rest.iter().skip_while(|byte| **byte == b'\n').count()
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Seen<'a>;

    fn next(&mut self) -> Option<Seen<'a>> {
        let rest = &self.bytes[self.at..];
        let start = rest.iter().position(|byte| *byte != b'\n')?;
        let rest = &rest[start..];
        let head = memchr::memmem::find(rest, b"\n\n")?;
        let text = std::str::from_utf8(&rest[..head]).unwrap();
        let (verb, head_lines) = text.split_once('\n').unwrap_or((text, ""));
        let behind = &rest[head + 2..];
        let mut seen = Seen { verb, head: head_lines, body: b"", end: 0 };
        let length = match seen.header("content-length") {
            Some(length) => length.parse().unwrap(),
            None => memchr::memchr(0, behind)?,
        };
        if behind.len() <= length {
            return None;
        }
        assert_eq!(behind[length], 0, "no NUL at the end of {text}");
        seen.body = &behind[..length];
        self.at += start + head + 2 + length + 1;
        seen.end = self.at;
        Some(seen)
    }
}

/// How many frames with this verb there are.
pub(crate) fn count(bytes: &[u8], verb: &str) -> usize {
    frames(bytes).filter(|frame| frame.verb == verb).count()
}

/// The verbs in order.
pub(crate) fn verbs(bytes: &[u8]) -> Vec<&str> {
    frames(bytes).map(|frame| frame.verb).collect()
}

/// How many heart-beats stand behind the last whole frame.
pub(crate) fn beats_at_end(bytes: &[u8]) -> usize {
    bytes.iter().rev().take_while(|byte| **byte == b'\n').count()
}
