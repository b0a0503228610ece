//! What the handle asks of the task.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::ClientError;
use super::status::Status;
use crate::protocol::Frame;
use crate::session::{Bulk, BulkReport, Chunk, Received, Settled, Subscribe, Transfer, Which};

/// Where an answer goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T, ClientError>>;

/// A body that comes in pieces.
#[derive(Debug)]
pub struct StreamedBody {
    /// Its bytes in all.
    pub length: u64,
    /// Whether it goes without content-length, which a body without a NUL may.
    pub text: bool,
    /// The pieces. An error, or an end before `length`, ends the connection: the frame that was begun
    /// cannot be ended any more.
    pub pieces: mpsc::Receiver<std::io::Result<Bytes>>,
}

impl StreamedBody {
    /// The content-length that is written.
    pub(super) fn content_length(&self) -> Option<u64> {
        (!self.text).then_some(self.length)
    }
}

/// A request to the owner task.
pub(super) enum Request {
    Send {
        frame: Frame,
        text: bool,
        receipt: bool,
        reply: Reply<()>,
    },
    SendStream {
        frame: Frame,
        body: StreamedBody,
        receipt: bool,
        reply: Reply<()>,
    },
    Transact {
        transfer: Transfer,
        /// The body of the only message, where that is large.
        body: Option<StreamedBody>,
        reply: Reply<()>,
    },
    Subscribe {
        options: Subscribe,
        reply: Reply<String>,
    },
    Unsubscribe {
        name: String,
        durable: bool,
        reply: Reply<String>,
    },
    Settle {
        which: Which,
        nack: bool,
        transaction: Option<String>,
        reply: Reply<Settled>,
    },
    Ack {
        subscription: Arc<str>,
        token: Box<[u8]>,
        nack: bool,
        connection: u64,
    },
    AckFrames(Received),
    Begin {
        name: String,
        reply: Reply<()>,
    },
    EndTransaction {
        name: String,
        commit: bool,
        reply: Reply<()>,
    },
    Bulk {
        bulk: Box<Bulk>,
        chunks: mpsc::Receiver<(Chunk, bool)>,
        confirmed: Arc<AtomicU64>,
        reply: oneshot::Sender<BulkReport>,
    },
    StopBulk {
        now: bool,
    },
    Status {
        reply: Reply<Status>,
    },
    Disconnect {
        reply: Reply<bool>,
    },
}

impl Request {
    /// Answers with an error, whatever it asked for.
    pub(super) fn fail(self, error: ClientError) {
        match self {
            Self::Send { reply, .. }
            | Self::SendStream { reply, .. }
            | Self::Transact { reply, .. }
            | Self::Begin { reply, .. }
            | Self::EndTransaction { reply, .. } => drop(reply.send(Err(error))),
            Self::Disconnect { reply } => drop(reply.send(Err(error))),
            Self::Subscribe { reply, .. } | Self::Unsubscribe { reply, .. } => drop(reply.send(Err(error))),
            Self::Settle { reply, .. } => drop(reply.send(Err(error))),
            Self::Status { reply } => drop(reply.send(Err(error))),
            Self::Bulk { mut bulk, reply, .. } => {
                bulk.stop(crate::session::Failure::NotSent { reason: error.to_string() });
                drop(reply.send(bulk.report()));
            }
            Self::Ack { .. } | Self::AckFrames(_) | Self::StopBulk { .. } => {}
        }
    }
}

/// Who waits for a receipt.
#[derive(Debug)]
pub(super) enum Waiting {
    /// The task itself, for DISCONNECT's receipt.
    Goodbye,
    Done(Reply<()>),
    Subscribed(Reply<String>, String),
    Unsubscribed(Reply<String>, String),
    Settled(Reply<Settled>, Settled),
}

impl Waiting {
    /// The id of the subscription that is waited for.
    pub(super) fn subscription(&self) -> Option<&str> {
        match self {
            Self::Subscribed(_, id) => Some(id),
            _ => None,
        }
    }

    /// Answers; whether somebody still waits for it.
    pub(super) fn answer(self, result: Result<(), ClientError>) -> bool {
        match self {
            Self::Goodbye => false,
            Self::Done(reply) => reply.send(result).is_ok(),
            Self::Subscribed(reply, id) | Self::Unsubscribed(reply, id) => {
                reply.send(result.map(|()| id)).is_ok()
            }
            Self::Settled(reply, settled) => reply.send(result.map(|()| settled)).is_ok(),
        }
    }
}
