//! Requests of the handle to the task.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::ClientError;
use super::status::Status;
use crate::protocol::{Frame, Headers};
use crate::session::{
    AckTarget, Bulk, BulkReport, Chunk, Confirmation, Failure, LastAcks, MoveTransaction, ReceiptPolicy,
    Received, Settled, Subscribe,
};

pub(super) type ReplySender<T> = oneshot::Sender<Result<T, ClientError>>;

/// How a connection ended after DISCONNECT.
#[derive(Debug, Clone)]
pub(crate) enum Parting {
    /// Its receipt came.
    Receipt,
    /// The broker closed the connection in order, which proves as much (STOMP 1.2, "DISCONNECT").
    Closed,
    /// It did neither, for this reason: what asked for no receipt may not have been read.
    Unproven(ClientError),
}

/// A body that is sent while it is read.
#[derive(Debug)]
pub struct StreamedBody {
    /// The size of the body in bytes.
    pub length: u64,
    /// Whether to omit content-length. Such a body must not contain a NUL.
    pub text: bool,
    /// Parts of the body. An error, or the end before `length` bytes, closes the connection, because only that can end
    /// a frame that has begun.
    pub pieces: mpsc::Receiver<std::io::Result<Bytes>>,
}

impl StreamedBody {
    pub(super) fn content_length(&self) -> Option<u64> {
        (!self.text).then_some(self.length)
    }
}

pub(super) enum ClientRequest {
    Send {
        frame: Frame,
        text: bool,
        receipt: bool,
        reply: ReplySender<Confirmation>,
    },
    SendStream {
        frame: Frame,
        body: StreamedBody,
        receipt: bool,
        reply: ReplySender<Confirmation>,
    },
    Transact {
        transaction: MoveTransaction,
        /// The body of the only message, if that is large.
        body: Option<StreamedBody>,
        reply: ReplySender<Confirmation>,
    },
    Subscribe {
        options: Subscribe,
        reply: ReplySender<String>,
    },
    Unsubscribe {
        name: String,
        durable: bool,
        reply: ReplySender<String>,
    },
    Settle {
        which: AckTarget,
        nack: bool,
        transaction: Option<String>,
        headers: Headers,
        reply: ReplySender<Settled>,
    },
    Ack {
        subscription: Arc<str>,
        token: Box<[u8]>,
        nack: bool,
        connection: u64,
    },
    /// The flag: whether DISCONNECT is to wait for the receipts of these acks. The reply is the outcome of the last one.
    AckFrames(Received, bool, Option<ReplySender<Confirmation>>),
    AckLast {
        acks: LastAcks,
        reply: ReplySender<Confirmation>,
    },
    Begin {
        name: String,
        headers: Headers,
        reply: ReplySender<Confirmation>,
    },
    EndTransaction {
        name: String,
        commit: bool,
        headers: Headers,
        reply: ReplySender<Confirmation>,
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
    SetReceipts(ReceiptPolicy),
    Status {
        reply: ReplySender<Status>,
    },
    Disconnect {
        reply: ReplySender<Parting>,
    },
    /// Ends the connection at once.
    Cut,
}

impl ClientRequest {
    /// Fails a request after the end of the connection. To DISCONNECT, the reply is the reason of that end.
    pub(super) fn fail_at_end(self, error: &ClientError, disconnect: &Result<Parting, ClientError>) {
        match (self, disconnect) {
            (Self::Disconnect { reply }, Err(failure)) => drop(reply.send(Err(failure.clone()))),
            (request, _) => request.fail(error.clone()),
        }
    }

    pub(super) fn fail(self, error: ClientError) {
        match self {
            Self::Send { reply, .. }
            | Self::SendStream { reply, .. }
            | Self::Transact { reply, .. }
            | Self::Begin { reply, .. }
            | Self::AckLast { reply, .. }
            | Self::AckFrames(_, _, Some(reply))
            | Self::EndTransaction { reply, .. } => drop(reply.send(Err(error))),
            Self::Disconnect { reply } => drop(reply.send(Err(error))),
            Self::Subscribe { reply, .. } | Self::Unsubscribe { reply, .. } => drop(reply.send(Err(error))),
            Self::Settle { reply, .. } => drop(reply.send(Err(error))),
            Self::Status { reply } => drop(reply.send(Err(error))),
            Self::Bulk { mut bulk, reply, .. } => {
                bulk.stop(Failure::NotSent { reason: error.to_string() });
                drop(reply.send(bulk.report()));
            }
            Self::Ack { .. }
            | Self::AckFrames(_, _, None)
            | Self::StopBulk { .. }
            | Self::SetReceipts(_)
            | Self::Cut => {}
        }
    }
}

/// What waits for a receipt, with the result that the receipt confirms.
#[derive(Debug)]
pub(super) enum ReceiptWaiter {
    /// The task itself waits for the receipt of DISCONNECT.
    Disconnect,
    Done(ReplySender<Confirmation>),
    /// The transaction of this name is complete, but for its COMMIT.
    Commit(String, ReplySender<Confirmation>),
    Subscribed(ReplySender<String>, String),
    Unsubscribed(ReplySender<String>, String),
    Settled(ReplySender<Settled>, Settled),
}

impl ReceiptWaiter {
    /// The id of a subscription that is not confirmed yet.
    pub(super) fn subscription(&self) -> Option<&str> {
        match self {
            Self::Subscribed(_, id) => Some(id),
            _ => None,
        }
    }

    /// Returns whether the receiver still waits.
    pub(super) fn reply(self, result: Result<Confirmation, ClientError>) -> bool {
        match self {
            Self::Disconnect => false,
            Self::Done(reply) => reply.send(result).is_ok(),
            // The connection has ended before COMMIT was sent.
            Self::Commit(_, reply) => {
                let reason = match result {
                    Ok(_) => "the connection ended before COMMIT".to_owned(),
                    Err(ClientError::Failure(Failure::Unknown { reason, .. })) => reason,
                    Err(error) => return reply.send(Err(error)).is_ok(),
                };
                reply.send(Err(Failure::NotSent { reason }.into())).is_ok()
            }
            Self::Subscribed(reply, id) | Self::Unsubscribed(reply, id) => {
                reply.send(result.map(|_| id)).is_ok()
            }
            Self::Settled(reply, mut settled) => {
                settled.confirmed = matches!(result, Ok(Confirmation::Confirmed));
                reply.send(result.map(|_| settled)).is_ok()
            }
        }
    }
}
