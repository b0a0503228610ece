//! `--dump`: a file for each message, under names of ours, never the sender's.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::render::Message;

pub(super) struct DumpFolder {
    folder: PathBuf,
    next: u64,
}

impl DumpFolder {
    /// Creates the folder if it is not there.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), next: 1 })
    }

    /// Writes `000001.body` and `000001.headers`, or the next number that is free.
    pub(super) fn message(&mut self, message: &impl Message) -> io::Result<()> {
        self.write(message, &mut message.body())
    }

    /// [`Self::message`] with a body that is read from a file.
    pub(super) fn large(&mut self, head: &impl Message, mut body: impl io::Read) -> io::Result<()> {
        self.write(head, &mut body)
    }

    /// Writes both files. If one cannot be written, removes both.
    fn write(&mut self, message: &impl Message, bytes: &mut impl io::Read) -> io::Result<()> {
        let mut body = loop {
            match self.create("body") {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.next += 1,
                other => break other?,
            }
        };
        let written = io::copy(bytes, &mut body).and_then(|_| self.write_headers(message));
        if written.is_err() {
            let _ = std::fs::remove_file(self.path("body"));
        }
        self.next += 1;
        written
    }

    fn write_headers(&self, message: &impl Message) -> io::Result<()> {
        let mut lines = Vec::new();
        for (name, value) in message.headers() {
            lines.extend_from_slice(name.escape_ascii().to_string().as_bytes());
            lines.extend_from_slice(b": ");
            lines.extend_from_slice(value.escape_ascii().to_string().as_bytes());
            lines.push(b'\n');
        }
        let written = self.create("headers")?.write_all(&lines);
        if written.is_err() {
            let _ = std::fs::remove_file(self.path("headers"));
        }
        written
    }

    fn create(&self, ending: &str) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(self.path(ending))
    }

    fn path(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{:06}.{ending}", self.next))
    }
}
