//! The depth of queues, for this process and for clients.
//!
//! As on ActiveMQ, a SEND to `/queue/ActiveMQ.Statistics.Destination.NAME` is answered to its `reply-to` with a
//! JSON object, or with an array of all queues if NAME is `>`.

use serde_json::{Value, json};

use super::destination::rename_temporary;
use super::error_frame::FrameResult;
use super::keys::{ConnectionKey, MessageId};
use super::message::MessageRef;
use super::router::Router;
use crate::protocol::{Escapes, FrameRef, escape_into};

/// The prefix of a destination that asks for the figures of the queue whose name follows it, without
/// `/queue/`.
const STATISTICS_PREFIX: &[u8] = b"ActiveMQ.Statistics.Destination.";

#[inline]
pub(super) fn requested_figures(destination: &[u8]) -> Option<&[u8]> {
    destination.strip_prefix(b"/queue/").unwrap_or(destination).strip_prefix(STATISTICS_PREFIX)
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueFigures {
    /// With its prefix, for example `/queue/a`.
    pub destination: String,
    pub waiting: usize,
    /// Messages that are delivered and not acknowledged, or not yet written to a socket.
    pub unsettled: usize,
    /// The size of all waiting and unsettled messages, as counted against `BrokerConfig::queue_bytes`.
    pub bytes: usize,
    pub subscribers: usize,
}

impl QueueFigures {
    /// An object with the member names of `ActiveMQ`'s statistics plugin.
    fn to_json(&self) -> Value {
        json!({
            "destinationName": self.destination,
            "size": self.waiting + self.unsettled,
            "inflightCount": self.unsettled,
            "consumerCount": self.subscribers,
            "memoryUsage": self.bytes,
        })
    }
}

impl Router {
    /// Sends the figures of one queue or of all to the `reply-to` of a SEND.
    pub(super) fn answer_figures(
        &mut self,
        key: ConnectionKey,
        name: &[u8],
        frame: FrameRef<'_>,
        receipt: Option<&[u8]>,
    ) -> FrameResult {
        let Some(reply_to) = frame.header("reply-to") else {
            self.peers[key].write_receipt(receipt);
            return Ok(());
        };
        let all = self.queue_figures();
        let body = if matches!(name, b">" | b"*") {
            Value::Array(all.iter().map(QueueFigures::to_json).collect())
        } else {
            let name = format!("/queue/{}", String::from_utf8_lossy(name));
            let found = all.into_iter().find(|queue| queue.destination == name);
            found.unwrap_or(QueueFigures { destination: name, ..QueueFigures::default() }).to_json()
        };
        let body = body.to_string();
        let session = &self.peers[key].session;
        let destination = rename_temporary(&reply_to, session).unwrap_or_else(|| reply_to.into_owned());
        let mut head = b"destination:".to_vec();
        escape_into(&mut head, &destination, Escapes::V1_2);
        if let Some(id) = frame.header("correlation-id") {
            head.extend_from_slice(b"\ncorrelation-id:");
            escape_into(&mut head, &id, Escapes::V1_2);
        }
        head.extend_from_slice(b"\ncontent-type:application/json\n\n");
        let id = MessageId::take(&mut self.next_message);
        let view = MessageRef { head: &head, body: body.as_bytes(), plain: false, id, redelivered: false };
        self.publish(key, &destination, view, receipt)
    }

    pub(super) fn queue_figures(&self) -> Vec<QueueFigures> {
        let mut all: Vec<_> = self
            .queues
            .values()
            .map(|queue| QueueFigures {
                destination: String::from_utf8_lossy(queue.name()).into_owned(),
                waiting: queue.backlog().iter().len(),
                unsettled: queue.backlog().count() - queue.backlog().iter().len(),
                bytes: queue.backlog().bytes(),
                subscribers: queue.subscribers(),
            })
            .collect();
        all.sort_unstable_by(|a, b| a.destination.cmp(&b.destination));
        all
    }

    pub(super) fn depth(&self, name: &[u8]) -> usize {
        self.queue_keys.get(name).map_or(0, |key| self.queues[*key].backlog().iter().len())
    }
}
