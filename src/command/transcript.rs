//! A transcript that `source` can replay: lines as they were typed, all else as comments.

use std::fs::File;
use std::io::Write as _;

use crate::words::mask_secrets_in_bytes;

/// The file that `log` named. Without one, additions are dropped.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    file: Option<File>,
}

impl Transcript {
    pub(crate) fn is_on(&self) -> bool {
        self.file.is_some()
    }

    /// Continues in this file, or ends the transcript.
    pub(crate) fn set(&mut self, file: Option<File>) {
        self.file = file;
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(file) = &mut self.file
            && file.write_all(bytes).is_err()
        {
            // A full disk must not stop the shell; the transcript ends there.
            self.file = None;
        }
    }

    /// Adds a line that was typed, with its secrets masked.
    pub(crate) fn line(&mut self, line: &[u8]) {
        if self.is_on() {
            let mut line = mask_secrets_in_bytes(line).into_owned();
            line.push(b'\n');
            self.write(&line);
        }
    }

    /// Adds text as comments, each line behind a `#`.
    pub(crate) fn comment(&mut self, text: &[u8]) {
        if !self.is_on() || text.is_empty() {
            return;
        }
        let mut out = Vec::with_capacity(text.len() + 64);
        for line in text.strip_suffix(b"\n").unwrap_or(text).split(|byte| *byte == b'\n') {
            out.extend_from_slice(b"# ");
            out.extend_from_slice(line);
            out.push(b'\n');
        }
        self.write(&out);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;

    #[test]
    fn a_transcript_is_a_script() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut transcript = Transcript::default();
        transcript.line(b"lost: there is no file yet");
        transcript.set(Some(file.reopen().unwrap()));
        transcript.line(b"connect stomp://a:hush@b");
        transcript.comment(b"one\ntwo\n");
        transcript.line(b"send /queue/a <<E\nx\nE");
        transcript.set(None);
        transcript.line(b"lost too");
        let text = std::fs::read_to_string(file.path()).unwrap();
        assert_eq!(text, "connect stomp://a:***@b\n# one\n# two\nsend /queue/a <<E\nx\nE\n");
    }
}
