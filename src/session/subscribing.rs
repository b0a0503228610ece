//! SUBSCRIBE and UNSUBSCRIBE, in the broker's dialect.

use super::{Session, SessionError, Subscribe, Subscription};
use crate::protocol::{Verb, Version};

impl<T> Session<T> {
    /// The headers of a SUBSCRIBE in this broker's dialect.
    pub(super) fn subscription_headers(&self, options: &Subscribe, id: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut headers: Vec<(Vec<u8>, Vec<u8>)> = vec![
            (b"id".into(), id.into()),
            (b"destination".into(), options.destination.clone().into()),
            (b"ack".into(), options.ack.as_str().into()),
        ];
        if let Some(count) = options.prefetch {
            headers.extend(self.dialect.prefetch_headers(count));
        }
        if let Some(durable) = options.durable.as_deref().and_then(|name| self.dialect.durable_headers(name))
        {
            for (name, value) in durable {
                headers.retain(|(own, _)| *own != name);
                headers.push((name, value));
            }
        }
        for (name, value) in &options.headers {
            headers.retain(|(own, _)| own != name);
            headers.push((name.clone(), value.clone()));
        }
        headers
    }

    /// Subscribes; returns the id and the receipt.
    pub fn subscribe(&mut self, options: Subscribe) -> Result<(String, u64), SessionError> {
        let in_use = |id: &str| self.subscriptions.iter().find(|own| own.id == id);
        let id = match (&options.id, &options.durable) {
            (Some(id), _) => id.clone(),
            (None, Some(name)) => name.clone(),
            (None, None) => {
                let mut number = self.subscriptions_made + 1;
                while in_use(&number.to_string()).is_some() {
                    number += 1;
                }
                number.to_string()
            }
        };
        if let Some(own) = in_use(&id) {
            let destination = own.options.destination.clone();
            return Err(SessionError::DuplicateSubscription { id, destination });
        }
        let headers = self.subscription_headers(&options, &id);
        let receipt = self.control(Verb::Subscribe, headers.clone(), true)?.unwrap_or_default();
        self.subscriptions_made += 1;
        let unacked = std::collections::VecDeque::new();
        self.subscriptions.push(Subscription { id: id.clone(), options, received: 0, unacked, headers });
        Ok((id, receipt))
    }

    /// Ends a subscription, named by its id or destination; `durable`: for good. Returns its id
    /// and the receipt.
    pub fn unsubscribe(&mut self, name: &str, durable: bool) -> Result<(String, u64), SessionError> {
        let by_id = self.subscriptions.iter().position(|own| own.id == name);
        let index =
            by_id.or_else(|| self.subscriptions.iter().position(|own| own.options.destination == name));
        let Some(index) = index else {
            return Err(SessionError::NoSubscription { name: name.to_owned() });
        };
        let subscription = &self.subscriptions[index];
        let mut headers = if durable && subscription.options.durable.is_some() {
            // Brokers delete a durable subscription by the headers that made it.
            let own = subscription.headers.iter();
            own.filter(|(name, _)| name != b"ack" && name != b"destination").cloned().collect()
        } else {
            vec![(b"id".to_vec(), subscription.id.clone().into())]
        };
        if self.encoder.version() == Version::V1_0 {
            headers.push((b"destination".into(), subscription.options.destination.clone().into()));
        }
        let receipt = self.control(Verb::Unsubscribe, headers, true)?.unwrap_or_default();
        let gone = self.subscriptions.remove(index);
        Ok((gone.id, receipt))
    }

    /// Forgets a subscription that the broker refused.
    pub fn forget_subscription(&mut self, id: &str) {
        self.subscriptions.retain(|own| own.id != id);
    }

    /// Drops the subscriptions, so that the next connection begins with none.
    pub fn forget_subscriptions(&mut self) {
        self.subscriptions.clear();
    }
}
