//! What the handle asks of the task.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::ClientError;
use super::handle::Status;
use crate::protocol::{Batch, Frame};
use crate::session::{Bulk, BulkReport, Chunk, Settled, Subscribe, Which};

/// Where an answer goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T, ClientError>>;

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
        length: u64,
        receipt: bool,
        body: mpsc::Receiver<std::io::Result<Bytes>>,
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
    AckFrames {
        batch: Batch,
        frames: Vec<u32>,
        connection: u64,
    },
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
            Self::Ack { .. } | Self::AckFrames { .. } | Self::StopBulk { .. } => {}
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
