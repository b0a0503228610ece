//! Where a single body comes from: words, a file or standard input.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{IsTerminal, Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt as _;

use anyhow::Result;
use bytes::Bytes;

use super::Send;
use super::input::{InputError, LONGEST};
use crate::command::exit::Problem;
use crate::render::stderr;

/// A body of standard input, or of a file, up to this length is read into memory; a longer one goes
/// by in pieces, from a temporary file where it came from a pipe.
const IN_MEMORY: usize = 1 << 20;

/// A body.
pub(super) enum Source {
    /// In memory.
    Bytes(Bytes),
    /// In a file, or a temporary one.
    File {
        /// The file.
        file: File,
        /// How much of it is the body.
        length: u64,
    },
}

/// What the command line says about the body.
enum BodyOrigin {
    Words(Bytes),
    Path(OsString),
    Stdin,
}

impl Source {
    /// The body that the command line asks for. A pipe or a terminal is waited for on a thread of its
    /// own, so that signals are heard meanwhile.
    pub(super) async fn of(send: &Send, literal: bool) -> Result<Self> {
        let place = match place(send, literal) {
            BodyOrigin::Words(words) => return Ok(Self::Bytes(words)),
            other => other,
        };
        let read = move || match place {
            BodyOrigin::Words(words) => Ok(Self::Bytes(words)),
            BodyOrigin::Path(path) => open(&path),
            BodyOrigin::Stdin => spool(std::io::stdin().lock()),
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(source) => source,
            Err(gone) => Err(Problem::local("cannot read the body", std::io::Error::other(gone)).into()),
        }
    }
}

impl Source {
    /// All of it in memory, as it must be to be sent many times.
    pub(super) fn whole(self) -> Result<Bytes, InputError> {
        match self {
            Self::Bytes(body) => Ok(body),
            Self::File { length, .. } if length > LONGEST as u64 => {
                let what = format!("it is longer than {LONGEST} bytes, and would be kept in memory");
                Err(InputError::Message { number: 1, what })
            }
            Self::File { mut file, .. } => {
                let mut body = Vec::new();
                file.read_to_end(&mut body)?;
                Ok(body.into())
            }
        }
    }

    /// Refuses what cannot be done with a body that goes by in pieces.
    pub(super) fn check_stream(&self, send: &Send) -> Result<()> {
        if self.is_file() && send.text {
            let message = "--text: a body above 1 MiB always goes with its content-length";
            return Err(Problem::usage(message).into());
        }
        Ok(())
    }

    /// Whether it is in a file.
    pub(super) fn is_file(&self) -> bool {
        matches!(self, Self::File { .. })
    }
}

fn place(send: &Send, literal: bool) -> BodyOrigin {
    let first = send.body.first().map(OsString::as_os_str);
    let alone = send.body.len() == 1;
    if first.is_none() || (alone && !literal && first == Some(OsStr::new("-"))) {
        if first.is_none() && std::io::stdin().is_terminal() && !send.cut.is_many() {
            stderr::line("reading the body from the terminal; Ctrl-D ends it");
        }
        return BodyOrigin::Stdin;
    }
    let path = first.and_then(|word| word.as_bytes().strip_prefix(b"@")).filter(|_| alone && !literal);
    if let Some(path) = path {
        return BodyOrigin::Path(OsStr::from_bytes(path).to_owned());
    }
    let words: Vec<&[u8]> = send.body.iter().map(|word| word.as_bytes()).collect();
    BodyOrigin::Words(words.join(&b' ').into())
}

/// Opens a file; what has no length of its own, such as a pipe, is read through.
pub(super) fn open(path: &OsStr) -> Result<Source> {
    let failed = |error| Problem::local(format!("cannot read {}", path.display()), error);
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(failed(std::io::ErrorKind::IsADirectory.into()).into());
    }
    if !metadata.is_file() {
        return spool(file);
    }
    let length = metadata.len();
    if length > IN_MEMORY as u64 {
        return Ok(Source::File { file, length });
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed)?;
    Ok(Source::Bytes(bytes.into()))
}

/// Opens a file that holds many messages, however long it is.
pub(super) fn open_whole(path: &OsStr) -> Result<Source> {
    let failed = |error| Problem::local(format!("cannot read {}", path.display()), error);
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(failed(std::io::ErrorKind::IsADirectory.into()).into());
    }
    Ok(Source::File { file, length: metadata.len() })
}

/// Reads a body whose length nobody knows: into memory, or past a limit into a temporary file, since
/// its length has to be written before it.
fn spool(mut input: impl Read) -> Result<Source> {
    let failed = |error| Problem::local("cannot read the body from standard input", error);
    let mut bytes = Vec::new();
    input.by_ref().take(IN_MEMORY as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() <= IN_MEMORY {
        return Ok(Source::Bytes(bytes.into()));
    }
    let failed = |error| Problem::local("cannot keep the body in a temporary file", error);
    let mut file = tempfile::tempfile().map_err(failed)?;
    let first = std::io::copy(&mut &bytes[..], &mut file).map_err(failed)?;
    drop(bytes);
    let rest = std::io::copy(&mut input, &mut file).map_err(failed)?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    Ok(Source::File { file, length: first + rest })
}
