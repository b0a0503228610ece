//! The error of requests and connections.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use crate::protocol::DecodeError;
use crate::session::{BrokerError, ErrorNumber, Failure, Refusal, SessionError, UnknownVersion};
use crate::transport::{DialError, WebSocketClose};

/// Why a request failed or a connection ended. Cheap to clone, since one loss fails many requests.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The name look-up, TCP, TLS or WebSocket failed.
    #[error("{0}")]
    Dial(Arc<DialError>),
    /// The deadline over name look-up, TCP, TLS, WebSocket and CONNECTED passed.
    #[error("{authority}: no {step} within {} s", after.as_secs_f64())]
    ConnectTimeout {
        /// Host and port.
        authority: String,
        /// The step that was not finished, as the message names it.
        step: &'static str,
        /// The value of `ClientOptions::connect_timeout`.
        after: Duration,
    },
    /// The peer closed the connection before CONNECTED.
    #[error("{authority} closed the connection before CONNECTED{}", because(reason))]
    ClosedAtConnect {
        /// Host and port.
        authority: String,
        /// The system's error. Empty after an orderly close.
        reason: String,
    },
    /// The server closed the WebSocket before CONNECTED.
    #[error("no CONNECTED from {authority}: {close}")]
    WebSocketClosedAtConnect {
        /// Host and port.
        authority: String,
        /// Its code and words.
        close: WebSocketClose,
    },
    /// What answered is not a STOMP broker.
    #[error("{authority} does not answer in STOMP: it sent '{excerpt}'")]
    NotStomp {
        /// Host and port.
        authority: String,
        /// The escaped beginning of its answer.
        excerpt: String,
        /// A hint, if its first bytes reveal the protocol.
        advice: Option<&'static str>,
    },
    /// The broker answered CONNECT with an ERROR.
    #[error("{authority} refused the connection: {}", refusal.message)]
    Refused {
        /// Host and port.
        authority: String,
        /// The kind and the message of the ERROR.
        refusal: Refusal,
    },
    /// CONNECTED names a version other than 1.0, 1.1 and 1.2.
    #[error("{authority}: {error}")]
    UnknownVersion {
        /// Host and port.
        authority: String,
        /// Contains the version that CONNECTED names.
        error: UnknownVersion,
    },
    /// The connection was lost, or closed by the broker.
    #[error("the connection to the broker is lost: {reason}")]
    Lost {
        /// What was noticed, for example the system's error.
        reason: String,
    },
    /// The broker closed the WebSocket for a reason of its own.
    #[error("the connection to the broker is lost: {0}")]
    WebSocketClosed(WebSocketClose),
    /// The broker sent bytes that are not STOMP, or that exceed a limit.
    #[error("the broker broke the protocol: {0}")]
    Protocol(Arc<DecodeError>),
    /// The session rejected the request, and nothing was sent.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The request was sent, or was to be sent, and its receipt did not come.
    #[error("{0}")]
    Failure(Failure),
    /// The connection was lost or closed before the request, and there is no new one yet.
    #[error("not connected")]
    NotConnected,
    /// The same, after this loss.
    #[error("not connected: {0}")]
    LostBefore(Box<ClientError>),
    /// The broker sent an ERROR after CONNECTED.
    #[error("the broker sent an ERROR: {}", .0.line)]
    Broker(Box<BrokerError>),
    /// A large message could not be written to a temporary file.
    #[error("cannot keep a large message in a temporary file: {0}")]
    Spool(Arc<std::io::Error>),
    /// Reading the body from a file or pipe failed.
    #[error("cannot read the body: {0}")]
    Body(Arc<std::io::Error>),
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

impl ClientError {
    /// The loss of a connection that could not be read. No close frame shows these secrets.
    pub(super) fn of_read(error: &std::io::Error, secrets: &[Vec<u8>]) -> Self {
        match WebSocketClose::of(error) {
            Some(close) => Self::WebSocketClosed(close.masked(secrets)),
            None => Self::Lost { reason: error.to_string() },
        }
    }

    /// Whether the request was not sent since there was no connection.
    pub(crate) fn is_not_connected(&self) -> bool {
        matches!(self, Self::NotConnected | Self::LostBefore(_))
    }

    /// Why the connection was lost, without saying that it was.
    pub(crate) fn reason_of_loss(&self) -> String {
        match self {
            Self::Lost { reason } => reason.clone(),
            Self::WebSocketClosed(close) => close.to_string(),
            error => error.to_string(),
        }
    }

    /// The number of the ERROR frame that caused this, if one did after CONNECTED.
    pub(crate) fn error_number(&self) -> Option<ErrorNumber> {
        match self {
            Self::Failure(failure) => failure.error(),
            Self::Broker(error) => Some(error.number),
            _ => None,
        }
    }

    /// Whether another attempt may succeed. A refusal is final.
    pub(crate) fn may_retry(&self) -> bool {
        match self {
            Self::Dial(error) => error.may_retry(),
            Self::ConnectTimeout { .. }
            | Self::ClosedAtConnect { .. }
            | Self::Lost { .. }
            | Self::WebSocketClosed(_) => true,
            Self::WebSocketClosedAtConnect { close, .. } => !close.is_refusal(),
            _ => false,
        }
    }
}

impl From<Failure> for ClientError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<DialError> for ClientError {
    fn from(error: DialError) -> Self {
        Self::Dial(Arc::new(error))
    }
}
