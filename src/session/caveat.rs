//! What a receipt does not guarantee on each broker: a RECEIPT means *processed*, not *stored*.

use super::dialect::Dialect;
use crate::protocol::Frame;

/// A warning about a send that was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caveat {
    /// The key by which a warning is shown only once.
    pub about: &'static str,
    pub text: String,
}

impl Caveat {
    /// The key of the warning that there may be no such queue.
    pub(crate) const MISSING: &'static str = "missing";
}

impl Dialect {
    /// The way in which this broker may lose a confirmed SEND; `None` if it is safe or nothing is known.
    pub(crate) fn caveat(&self, send: &Frame) -> Option<Caveat> {
        let caveat = |about, text: &str| Some(Caveat { about, text: text.to_owned() });
        let destination = send.header("destination").unwrap_or_default();
        let routing = send.header("destination-type");
        if destination.starts_with(b"/exchange/") {
            let text = "confirmed; an exchange keeps nothing: it goes to the queues that are bound to it";
            return caveat("exchange", text);
        }
        if self.is_topic(&String::from_utf8_lossy(destination)) || routing == Some(b"MULTICAST") {
            let text = "confirmed; a topic keeps nothing: it goes to whoever is subscribed now";
            return caveat("topic", text);
        }
        let name = self.name;
        if let Some(creating) = self.with_creation(&String::from_utf8_lossy(destination)) {
            let text =
                format!("confirmed, but {name} drops it if there is no such queue; {creating} creates it");
            return caveat(Caveat::MISSING, &text);
        }
        if let Some((header, value)) = self.queue_creation_header.filter(|_| self.may_drop(send)) {
            let text = format!(
                "confirmed, but {name} drops it where no queue is yet: -H '{header}: {value}' makes one"
            );
            return caveat("kept", &text);
        }
        if self.in_memory {
            return caveat("memory", "confirmed; this broker keeps messages in memory, until it ends");
        }
        if !self.is_known() || send.header("persistent") == Some(b"true") {
            return None;
        }
        let text = format!("confirmed, but lost when {name} restarts; --persistent keeps it");
        caveat("persistent", &text)
    }

    /// Whether this broker confirms the SEND and then drops it if no queue exists.
    pub(crate) fn may_drop(&self, send: &Frame) -> bool {
        let destination = || String::from_utf8_lossy(send.header("destination").unwrap_or_default());
        if let Some((header, _)) = self.queue_creation_header {
            return send.header(header).is_none() && !self.is_topic(&destination());
        }
        self.queue_creation.is_some() && self.with_creation(&destination()).is_some()
    }

    /// The way in which this broker may lose messages of a confirmed COMMIT.
    pub(crate) fn transaction_caveat(&self) -> Option<Caveat> {
        let text = format!(
            "{} may lose messages of a transaction though it confirms the COMMIT; send without one, with receipts",
            self.display_name()
        );
        self.loses_in_transactions.then_some(Caveat { about: "transactions", text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Verb;

    fn about(server: &str, headers: &[(&str, &str)]) -> Option<&'static str> {
        let headers = headers.iter().copied().collect();
        let send = Frame { verb: Verb::Send, headers, body: bytes::Bytes::new() };
        Dialect::of(Some(server), None).caveat(&send).map(|caveat| caveat.about)
    }

    #[test]
    fn what_is_not_persistent_is_lost_where_a_broker_restarts() {
        let queue = ("destination", "/queue/a");
        for broker in ["RabbitMQ/3", "ActiveMQ/6", "apache-apollo/1", "HornetQ/2"] {
            assert_eq!(about(broker, &[queue]), Some("persistent"), "{broker}");
            assert_eq!(about(broker, &[queue, ("persistent", "true")]), None, "{broker}");
        }
        assert_eq!(about("stomp-shell/0", &[queue, ("persistent", "true")]), Some("memory"));
        assert_eq!(about("peer/1", &[queue]), None);
    }

    #[test]
    fn artemis_confirms_what_it_drops_unless_a_queue_is_asked_for() {
        let (address, kind) = (("destination", "orders"), "destination-type");
        assert_eq!(about("ActiveMQ-Artemis/2", &[address]), Some("kept"));
        assert_eq!(about("ActiveMQ-Artemis/2", &[address, (kind, "ANYCAST")]), Some("persistent"));
        assert_eq!(about("ActiveMQ-Artemis/2", &[address, (kind, "MULTICAST")]), Some("topic"));
        let safe = [address, (kind, "ANYCAST"), ("persistent", "true")];
        assert_eq!(about("ActiveMQ-Artemis/2", &safe), None);
    }

    #[test]
    fn a_destination_that_creates_no_queue_may_drop_messages() {
        let persistent = ("persistent", "true");
        assert_eq!(
            about("RabbitMQ/3", &[("destination", "/amq/queue/a"), persistent]),
            Some(Caveat::MISSING)
        );
        assert_eq!(about("ActiveMQ/6", &[("destination", "/amq/queue/a"), persistent]), None);
    }

    #[test]
    fn topics_and_exchanges_keep_nothing_whatever_the_message_says() {
        let persistent = ("persistent", "true");
        assert_eq!(about("RabbitMQ/3", &[("destination", "/topic/a"), persistent]), Some("topic"));
        assert_eq!(about("HornetQ/2", &[("destination", "jms.topic.a"), persistent]), Some("topic"));
        assert_eq!(about("RabbitMQ/3", &[("destination", "/exchange/a/b"), persistent]), Some("exchange"));
    }
}
