//! SUBSCRIBE and UNSUBSCRIBE, in the broker's dialect.

use super::dialect::DurableDeletion;
use super::{AckMode, Session, SessionError, Subscribe, Subscription};
use crate::protocol::{Headers, Verb, Version};

impl<T> Session<T> {
    pub(super) fn subscription_headers(&self, options: &Subscribe, id: &str) -> Headers {
        let ack = match options.ack {
            AckMode::ClientIndividual => self.dialect.individual,
            mode => mode.as_str(),
        };
        let mut headers =
            Headers::from([("id", id), ("destination", options.destination.as_str()), ("ack", ack)]);
        let prefetch = options.prefetch.map(|count| self.dialect.prefetch_headers(count));
        let durable = options.durable.as_deref().and_then(|name| self.dialect.durable_headers(name));
        for more in prefetch.iter().chain(&durable).chain([&options.headers]) {
            headers.overlay(more);
        }
        headers
    }

    /// Sends SUBSCRIBE; returns the id and the receipt.
    pub fn subscribe(&mut self, options: Subscribe) -> Result<(String, Option<u64>), SessionError> {
        let find = |id: &str| self.subscriptions.iter().find(|other| other.id == id);
        let id = match (&options.id, &options.durable) {
            (_, Some(name)) if self.dialect.names_durables_by_id() => name.clone(),
            (Some(id), _) => id.clone(),
            (None, Some(name)) => name.clone(),
            (None, None) => {
                let mut number = self.subscriptions_made + 1;
                while find(&number.to_string()).is_some() {
                    number += 1;
                }
                number.to_string()
            }
        };
        if let Some(other) = find(&id) {
            let destination = other.options.destination.clone();
            return Err(SessionError::DuplicateSubscription { id, destination });
        }
        let headers = self.subscription_headers(&options, &id);
        let receipt = self.send_control(Verb::Subscribe, headers.clone(), true)?;
        self.subscriptions_made += 1;
        self.subscription_ids.made(&id);
        let unacked = std::collections::VecDeque::new();
        self.subscriptions.push(Subscription { id: id.clone(), options, received: 0, unacked, headers });
        Ok((id, receipt))
    }

    /// Sends UNSUBSCRIBE for a subscription that is named by its id, its destination or its durable name, and
    /// deletes it on the broker if `durable`. Returns its id and the receipt.
    pub fn unsubscribe(&mut self, name: &str, durable: bool) -> Result<(String, Option<u64>), SessionError> {
        let Some(index) = self.find_subscription(name) else {
            return if durable { self.delete(name) } else { Err(no_subscription(name)) };
        };
        let subscription = &self.subscriptions[index];
        let mut plain = Headers::from([("id", subscription.id.as_str())]);
        // Brokers identify a durable subscription by the headers of its SUBSCRIBE.
        let mut full = subscription.headers.clone();
        full.remove("ack");
        full.remove("destination");
        if self.encoder.version() == Version::V1_0 {
            for headers in [&mut plain, &mut full] {
                headers.push("destination", subscription.options.destination.as_str());
            }
        }
        let deleted = self.dialect.durable.map(|durable| durable.deleted);
        let receipt = match (durable, deleted) {
            (false, _) => self.send_control(Verb::Unsubscribe, plain, true)?,
            (true, Some(DurableDeletion::Unsubscribed)) => {
                self.send_control(Verb::Unsubscribe, plain, false)?;
                self.send_control(Verb::Unsubscribe, full, true)?
            }
            (true, _) => self.send_control(Verb::Unsubscribe, full, true)?,
        };
        let ended = self.subscriptions.remove(index);
        Ok((ended.id, receipt))
    }

    /// Deletes a durable subscription without a subscriber, if the broker can do that.
    fn delete(&mut self, name: &str) -> Result<(String, Option<u64>), SessionError> {
        let Some(durable) = self.dialect.durable else { return Err(no_subscription(name)) };
        if durable.deleted != DurableDeletion::Unsubscribed {
            let (name, broker) = (name.to_owned(), self.dialect.display_name());
            return Err(SessionError::DeletedBySubscriber { name, broker });
        }
        let mut headers = Headers::from([("id", name)]);
        headers.overlay(&self.dialect.durable_headers(name).unwrap_or_default());
        let receipt = self.send_control(Verb::Unsubscribe, headers, true)?;
        Ok((name.to_owned(), receipt))
    }

    /// The index of the subscription of this id, destination or durable name.
    fn find_subscription(&self, name: &str) -> Option<usize> {
        let find = |is: &dyn Fn(&Subscription) -> bool| self.subscriptions.iter().position(is);
        find(&|one| one.id == name)
            .or_else(|| find(&|one| one.options.destination == name))
            .or_else(|| find(&|one| one.options.durable.as_deref() == Some(name)))
    }

    /// Ends a subscription, named as in [`Session::unsubscribe`], without a connection over which the broker would know of
    /// it. Returns its id.
    pub(crate) fn unsubscribe_unconnected(&mut self, name: &str) -> Result<String, SessionError> {
        let index = self.find_subscription(name).ok_or_else(|| no_subscription(name))?;
        Ok(self.subscriptions.remove(index).id)
    }

    /// Removes a subscription that the broker refused.
    pub(crate) fn forget_subscription(&mut self, id: &str) -> Option<Subscription> {
        let index = self.subscriptions.iter().position(|other| other.id == id)?;
        Some(self.subscriptions.remove(index))
    }
}

fn no_subscription(name: &str) -> SessionError {
    SessionError::NoSubscription { name: name.to_owned() }
}
