//! Where the body comes from: words, a file or standard input.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use anyhow::Result;
use bytes::Bytes;

use super::Send;
use super::feed::{InputError, LONGEST};
use crate::command::context::Context;
use crate::command::exit::Problem;
use crate::command::tree::{Input, InputBody};

/// A body up to this length is read into memory. A longer one is sent in pieces from its file, or from a temporary file if
/// it came from a pipe.
const IN_MEMORY: usize = 1 << 20;

/// Where the body is, or the input that is cut into bodies.
pub(super) enum BodySource {
    Bytes(Bytes),
    File {
        file: File,
        length: u64,
    },
    /// Standard input, to be cut into messages while it is read.
    Stdin,
}

impl BodySource {
    /// The body of a line or of the command line. A file or standard input is read on a thread of its own, so that
    /// signals are served meanwhile.
    pub(super) async fn of(send: &Send, context: &mut Context, input: &Input) -> Result<Self> {
        let many = send.cut.is_many();
        let read: Box<dyn FnOnce() -> Result<Self> + std::marker::Send> = match input.body(&send.body)? {
            // Of the bodies in a line, a heredoc has lines to cut.
            Some(InputBody::Bytes(body)) if many && !body.contains(&b'\n') => {
                let message =
                    "a BODY and --lines, -0, --delimiter, --length-prefixed or --jsonl exclude each other";
                let hint = "those cut standard input, @FILE or a heredoc into messages; leave the BODY out";
                return Err(Problem::usage_hint(message, hint).into());
            }
            Some(InputBody::Bytes(body)) if send.template => return Ok(Self::Bytes(body)),
            Some(InputBody::Bytes(body)) => return Ok(Self::Bytes(context.expanded(&body)?)),
            Some(InputBody::File(path)) => Box::new(move || open(path.as_os_str(), many)),
            // Where no input can follow, no body is an empty one.
            None if !many && !context.can_read_stdin() => return Ok(Self::Bytes(Bytes::new())),
            Some(InputBody::StandardInput) | None => {
                context.take_stdin()?;
                if many {
                    return Ok(Self::Stdin);
                }
                Box::new(|| spool(std::io::stdin().lock()))
            }
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(source) => source,
            Err(error) => Err(Problem::local("cannot read the body", std::io::Error::other(error)).into()),
        }
    }

    /// The number of bytes to cut into messages, if it is known.
    pub(super) fn length(&self) -> Option<u64> {
        match self {
            Self::Bytes(_) => None,
            Self::File { length, .. } => Some(*length).filter(|length| *length > 0),
            Self::Stdin => {
                let status = rustix::fs::fstat(std::io::stdin()).ok()?;
                let kind = rustix::fs::FileType::from_raw_mode(status.st_mode);
                let is_file = kind == rustix::fs::FileType::RegularFile;
                u64::try_from(status.st_size).ok().filter(|_| is_file)
            }
        }
    }

    /// Reads all of it into memory.
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
            Self::Stdin => Ok(Bytes::new()),
        }
    }

    /// Refuses options that a body in pieces cannot have.
    pub(super) fn check_stream(&self, send: &Send) -> Result<()> {
        if matches!(self, Self::File { .. }) && send.text {
            let message = "--text: a body above 1 MiB always goes with its content-length";
            return Err(Problem::usage(message).into());
        }
        Ok(())
    }
}

/// Opens a file. One without a length, such as a pipe, is read to its end unless it is to be cut.
fn open(path: &OsStr, cut: bool) -> Result<BodySource> {
    let failed = |error| Problem::local(format!("cannot read {}", path.display()), error);
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(failed(std::io::ErrorKind::IsADirectory.into()).into());
    }
    let length = metadata.len();
    if !cut && !metadata.is_file() {
        return spool(file);
    }
    if cut || length > IN_MEMORY as u64 {
        return Ok(BodySource::File { file, length });
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed)?;
    Ok(BodySource::Bytes(bytes.into()))
}

/// Reads a body of unknown length, since content-length precedes it: into memory or, past a limit, into a temporary
/// file.
fn spool(mut input: impl Read) -> Result<BodySource> {
    let failed = |error| Problem::local("cannot read the body from standard input", error);
    let mut bytes = Vec::new();
    input.by_ref().take(IN_MEMORY as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() <= IN_MEMORY {
        return Ok(BodySource::Bytes(bytes.into()));
    }
    let failed = |error| Problem::local("cannot keep the body in a temporary file", error);
    let mut file = tempfile::tempfile().map_err(failed)?;
    let first = std::io::copy(&mut &bytes[..], &mut file).map_err(failed)?;
    drop(bytes);
    let rest = std::io::copy(&mut input, &mut file).map_err(failed)?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    Ok(BodySource::File { file, length: first + rest })
}
