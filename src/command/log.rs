//! `log`: a transcript that can be replayed: lines as they were typed, all else as comments.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use clap::Args;

use super::context::{Command, Context, Flow};
use super::exit::Problem;
use super::facts::{Example, Facts, Group, Typed};
use super::tree::Input;
use crate::words::mask_secrets_in_octets;

/// Keeps a transcript in a file: lines as typed, messages and output as comments, so that 'source' replays it
#[derive(Args, Debug, Clone)]
pub struct Log {
    /// The file, which is appended to; 'off' ends the transcript
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// A transcript, where there is one.
#[derive(Debug, Default)]
pub struct Transcript {
    on: AtomicBool,
    file: Mutex<Option<File>>,
}

impl Transcript {
    /// Whether there is one.
    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    fn set(&self, file: Option<File>) {
        self.on.store(file.is_some(), Ordering::Relaxed);
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = file;
    }

    fn write(&self, octets: &[u8]) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = file.as_mut()
            && own.write_all(octets).is_err()
        {
            // A disk that is full must not stop a shell; the file's end shows it.
            *file = None;
            self.on.store(false, Ordering::Relaxed);
        }
    }

    /// Adds a line that was typed.
    pub fn line(&self, line: &[u8]) {
        if self.is_on() {
            let mut line = mask_secrets_in_octets(line).into_owned();
            line.push(b'\n');
            self.write(&line);
        }
    }

    /// Adds what is no command.
    pub fn comment(&self, text: &[u8]) {
        if !self.is_on() || text.is_empty() {
            return;
        }
        let mut out = Vec::with_capacity(text.len() + 64);
        for line in text.strip_suffix(b"\n").unwrap_or(text).split(|octet| *octet == b'\n') {
            out.extend_from_slice(b"# ");
            out.extend_from_slice(line);
            out.push(b'\n');
        }
        self.write(&out);
    }
}

impl Command for Log {
    const FACTS: Facts = Facts::new("log", Group::Shell).typed(Typed::InShell).without_connection().examples(&[Example::run("",
        "# what is typed and what comes, as a script that can be replayed\nlog today.stomp\nsend /queue/a hello\nlog off\n")]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<Flow> {
        if self.file.as_os_str() == "off" {
            context.inbox.transcript().set(None);
            return Ok(Flow::Continue);
        }
        let shown = self.file.display();
        // What was sent and what came is nobody else's matter.
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&self.file);
        let file = file.map_err(|error| Problem::local(format!("cannot write {shown}"), error))?;
        context.inbox.transcript().set(Some(file));
        context.note(&format!("what is typed and what comes is kept in {shown}; 'log off' ends that"));
        Ok(Flow::Continue)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;

    #[test]
    fn a_transcript_is_a_script() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let transcript = Transcript::default();
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
