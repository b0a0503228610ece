//! The destination of a run: its name, and the headers that sending and subscribing need there.

use super::plan::Plan;
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
        let bytes = |(header, value): (&str, &str)| (header.as_bytes().to_vec(), value.as_bytes().to_vec());
        let mut headers = vec![bytes(("destination", &name))];
        let mut subscribe = Subscribe {
            destination: name.clone(),
            ack: plan.ack,
            prefetch: plan.prefetch.or_else(|| (plan.ack != AckMode::Auto).then_some(WINDOW)),
            ..Subscribe::default()
        };
        if plan.persistent {
            headers.push(bytes(("persistent", "true")));
        }
        if !is_topic {
            headers.extend(dialect.kept_with.map(bytes));
            subscribe.headers.extend(dialect.queue_header().map(bytes));
        }
        if own {
            headers.extend(dialect.fleeting.iter().copied().map(bytes));
            subscribe.headers.extend(dialect.fleeting.iter().copied().map(bytes));
        }
        headers.retain(|(own, _)| !plan.headers.iter().any(|(header, _)| header.as_bytes() == own));
        headers.extend(plan.headers.iter().map(|(header, value)| bytes((header, value))));
        let copies = if is_topic { u64::from(plan.consumers) } else { u64::from(plan.consumers.min(1)) };
        Self { name, is_topic, copies, head: SendHead { headers, text: false }, subscribe }
    }
}
