//! What can go wrong between a handle and a broker.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use crate::protocol::DecodeError;
use crate::session::{BrokerError, ErrorNumber, Failure, Refusal, SessionError, UnknownVersion};
use crate::transport::DialError;

/// Why a request did not succeed, or a connection ended. Cheap to clone: one loss fails many
/// requests.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No connection came about.
    #[error("{0}")]
    Dial(Arc<DialError>),
    /// The deadline over name look-up, TCP, TLS, WebSocket and CONNECTED passed.
    #[error("{authority}: no {step} within {} s", after.as_secs_f64())]
    ConnectTimeout {
        /// Where.
        authority: String,
        /// What was being waited for.
        step: &'static str,
        /// The deadline.
        after: Duration,
    },
    /// The peer closed the connection before CONNECTED.
    #[error("{authority} closed the connection before CONNECTED{}", because(reason))]
    ClosedAtConnect {
        /// Where.
        authority: String,
        /// What the system said, if it was not an orderly close.
        reason: String,
    },
    /// What answered is not a STOMP broker.
    #[error("{authority} does not answer in STOMP: it sent '{excerpt}'")]
    NotStomp {
        /// Where.
        authority: String,
        /// How its answer begins, escaped.
        excerpt: String,
        /// What to do about it, where its first bytes tell what it speaks.
        advice: Option<&'static str>,
    },
    /// The broker answered CONNECT with an ERROR.
    #[error("{authority} refused the connection: {}", refusal.message)]
    Refused {
        /// Where.
        authority: String,
        /// What it said.
        refusal: Refusal,
    },
    /// The broker's CONNECTED is in a version that nobody knows.
    #[error("{authority}: {error}")]
    UnknownVersion {
        /// Where.
        authority: String,
        /// What it said.
        error: UnknownVersion,
    },
    /// The connection was lost, or closed by the broker.
    #[error("the connection to the broker is lost: {reason}")]
    Lost {
        /// What happened.
        reason: String,
    },
    /// The broker sent bytes that are not STOMP, or beyond a limit.
    #[error("the broker broke the protocol: {0}")]
    Protocol(Arc<DecodeError>),
    /// The request cannot be carried out as it stands.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// What came in place of the receipt.
    #[error("{0}")]
    Failure(Failure),
    /// There is no connection.
    #[error("not connected")]
    NotConnected,
    /// The broker sent an ERROR.
    #[error("the broker sent an ERROR: {}", .0.line)]
    Broker(Box<BrokerError>),
    /// A large message could not be kept until its end arrived.
    #[error("cannot keep a large message in a temporary file: {0}")]
    Spool(Arc<std::io::Error>),
    /// A local file or pipe that a body is read from failed.
    #[error("cannot read the body: {0}")]
    Body(Arc<std::io::Error>),
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

impl ClientError {
    /// The ERROR frame that caused it, where one did after CONNECTED.
    pub fn error(&self) -> Option<ErrorNumber> {
        match self {
            Self::Failure(failure) => failure.error(),
            Self::Broker(error) => Some(error.number),
            _ => None,
        }
    }

    /// Whether another try may succeed: nothing is retried that was refused.
    pub fn may_retry(&self) -> bool {
        match self {
            Self::Dial(error) => error.may_retry(),
            Self::ConnectTimeout { .. } | Self::ClosedAtConnect { .. } | Self::Lost { .. } => true,
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
