//! The destination of a run: its name, and the headers that sending and subscribing need there.

use super::plan::Plan;
use crate::protocol::Headers;
use crate::session::{AckMode, Dialect, SendHead, Subscribe, WINDOW};

/// Where the messages of a run go, and how they are sent and received there.
pub(super) struct Destination {
    pub(super) name: String,
    /// A topic stores no messages: there is nothing to clean up behind a run.
    pub(super) is_topic: bool,
    /// How many consumers get each message.
    pub(super) copies: u64,
    pub(super) head: SendHead,
    pub(super) subscribe: Subscribe,
}

impl Destination {
    /// The destination of the plan, or a new one that carries the number of the run in its name.
    pub(super) fn new(plan: &Plan, dialect: &Dialect, run: u32) -> Self {
        let own = plan.destination.is_none();
        let made = || format!("{}stomp-bench-{run:08x}", dialect.destinations.first().unwrap_or(&"/queue/"));
        let name = plan.destination.clone().unwrap_or_else(made);
        let is_topic = dialect.is_topic(&name);
        let mut headers = Headers::from([("destination", name.as_str())]);
        let mut subscribe = Subscribe {
            destination: name.clone(),
            ack: plan.ack,
            prefetch: plan.prefetch.or_else(|| (plan.ack != AckMode::Auto).then_some(WINDOW)),
            ..Subscribe::default()
        };
        if plan.persistent {
            headers.push("persistent", "true");
        }
        if !is_topic {
            headers.extend(dialect.queue_creation_header);
            subscribe.headers.extend(dialect.queue_header);
        }
        if own {
            headers.extend(dialect.expiring_queue_headers.iter().copied());
            subscribe.headers.extend(dialect.expiring_queue_headers.iter().copied());
        }
        headers.overlay(&plan.headers.iter().cloned().collect());
        let copies = if is_topic { u64::from(plan.consumers) } else { u64::from(plan.consumers.min(1)) };
        Self { name, is_topic, copies, head: SendHead { headers, text: false }, subscribe }
    }
}
