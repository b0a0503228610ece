//! How deep queues are.

use super::router::Router;

/// How a queue stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueFigures {
    /// Its destination, `/queue/a` for instance.
    pub destination: String,
    /// Messages that wait.
    pub waiting: usize,
    /// Messages that are given out and not settled, or not yet with a socket.
    pub unsettled: usize,
    /// What both take of the queue's bound.
    pub octets: usize,
    /// Subscriptions.
    pub subscribers: usize,
}

impl Router {
    pub(super) fn queue_figures(&self) -> Vec<QueueFigures> {
        let mut all: Vec<_> = self
            .queues
            .iter()
            .map(|(_, queue)| QueueFigures {
                destination: String::from_utf8_lossy(&queue.name).into_owned(),
                waiting: queue.backlog.messages.len(),
                unsettled: queue.backlog.count - queue.backlog.messages.len(),
                octets: queue.backlog.bytes,
                subscribers: queue.subscribers(),
            })
            .collect();
        all.sort_unstable_by(|a, b| a.destination.cmp(&b.destination));
        all
    }

    pub(super) fn depth(&self, name: &[u8]) -> usize {
        self.queue_keys.get(name).map_or(0, |key| self.queues[*key].backlog.messages.len())
    }
}
