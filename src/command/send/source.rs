//! Where the body comes from: words, a file or standard input.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{IsTerminal, Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt as _;

use anyhow::Result;
use bytes::Bytes;

use super::Send;
use super::feed::{InputError, LONGEST};
use crate::command::context::Context;
use crate::command::exit::Problem;
use crate::command::tree::{Input, InputBody};
use crate::render::stderr;

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
    pub(super) async fn of(send: &Send, context: &Context, input: &Input) -> Result<Self> {
        let many = send.cut.is_many();
        let words = &send.body[..];
        let read: Box<dyn FnOnce() -> Result<Self> + std::marker::Send> = match (&input.body, words) {
            (Some(InputBody::Bytes(body)), _) if send.template => return Ok(Self::Bytes(body.clone())),
            (Some(InputBody::Bytes(body)), _) => return Ok(Self::Bytes(context.expanded(body)?)),
            (Some(InputBody::File(path)), _) => {
                let path = path.clone();
                Box::new(move || open(path.as_os_str(), many))
            }
            (None, _) if !context.run_options.one_shot && !many => return Ok(Self::Bytes(Bytes::new())),
            (None, _) if !context.run_options.one_shot => {
                let hint = "give the body as @FILE or <<END; standard input is read on the command line";
                return Err(Problem::usage_hint("there is nothing to cut into messages", hint).into());
            }
            (None, _) if many => return Ok(Self::Stdin),
            (None, []) => {
                if std::io::stdin().is_terminal() {
                    stderr::line("reading the body from the terminal; Ctrl-D ends it");
                }
                Box::new(|| spool(std::io::stdin().lock()))
            }
            (None, [word]) if word == "-" && !input.literal => Box::new(|| spool(std::io::stdin().lock())),
            (None, [word]) if word.as_bytes().starts_with(b"@") && !input.literal => {
                let path = OsStr::from_bytes(&word.as_bytes()[1..]).to_owned();
                Box::new(move || open(&path, false))
            }
            (None, _) => return Ok(Self::Bytes(input.body_or(words)?.into())),
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
