//! The destination of a run: its name, and the headers of SEND and SUBSCRIBE.

use super::plan::BenchPlan;
use crate::protocol::Headers;
use crate::session::{AckMode, Dialect, SendHead, Subscribe, WINDOW};

/// The destination of a run, with the headers of its SEND and SUBSCRIBE frames.
pub(super) struct Destination {
    pub(super) name: String,
    /// A topic stores no messages: nothing needs to be cleaned up after a run.
    pub(super) is_topic: bool,
    /// How many consumers receive each message.
    pub(super) copies: u64,
    pub(super) head: SendHead,
    pub(super) subscribe: Subscribe,
}

impl Destination {
    /// The destination of the plan, or a new queue whose name contains `run`.
    pub(super) fn new(plan: &BenchPlan, dialect: &Dialect, run: u32) -> Self {
        let is_generated = plan.destination.is_none();
        let generated =
            || format!("{}stomp-bench-{run:08x}", dialect.destinations.first().unwrap_or(&"/queue/"));
        let name = plan.destination.clone().unwrap_or_else(generated);
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
        if is_generated {
            headers.extend(dialect.expiring_queue_headers.iter().copied());
            subscribe.headers.extend(dialect.expiring_queue_headers.iter().copied());
        }
        headers.overlay(&plan.headers.iter().cloned().collect());
        let copies = if is_topic { u64::from(plan.consumers) } else { u64::from(plan.consumers.min(1)) };
        Self { name, is_topic, copies, head: SendHead { headers, text: false }, subscribe }
    }
}
