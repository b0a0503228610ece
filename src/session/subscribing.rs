//! SUBSCRIBE and UNSUBSCRIBE, in the broker's dialect.

use super::dialect::Deleted;
use super::{AckMode, Session, SessionError, Subscribe, Subscription};
use crate::protocol::{Verb, Version};

impl<T> Session<T> {
    /// The headers of a SUBSCRIBE in this broker's dialect.
    pub(super) fn subscription_headers(&self, options: &Subscribe, id: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
        let ack = match options.ack {
            AckMode::ClientIndividual => self.dialect.individual,
            mode => mode.as_str(),
        };
        let mut headers: Vec<(Vec<u8>, Vec<u8>)> = vec![
            (b"id".into(), id.into()),
            (b"destination".into(), options.destination.clone().into()),
            (b"ack".into(), ack.into()),
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
            (_, Some(name)) if self.dialect.names_durables_by_id() => name.clone(),
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

    /// Ends a subscription, named by its id, its destination or the name it is kept under; `durable`: for
    /// good. Returns its id and the receipt.
    pub fn unsubscribe(&mut self, name: &str, durable: bool) -> Result<(String, u64), SessionError> {
        let find = |is: &dyn Fn(&Subscription) -> bool| self.subscriptions.iter().position(is);
        let index = find(&|own| own.id == name)
            .or_else(|| find(&|own| own.options.destination == name))
            .or_else(|| find(&|own| own.options.durable.as_deref() == Some(name)));
        let Some(index) = index else {
            return if durable { self.delete(name) } else { Err(no_subscription(name)) };
        };
        let subscription = &self.subscriptions[index];
        let mut plain = vec![(b"id".to_vec(), subscription.id.clone().into())];
        // Brokers delete a durable subscription by the headers that made it.
        let own = subscription.headers.iter();
        let mut full: Vec<_> =
            own.filter(|(name, _)| name != b"ack" && name != b"destination").cloned().collect();
        if self.encoder.version() == Version::V1_0 {
            let destination = (b"destination".to_vec(), subscription.options.destination.clone().into());
            plain.push(destination.clone());
            full.push(destination);
        }
        let deleted = self.dialect.durable.map(|durable| durable.deleted);
        let receipt = match (durable, deleted) {
            (false, _) => self.control(Verb::Unsubscribe, plain, true)?,
            (true, Some(Deleted::Unsubscribed)) => {
                self.control(Verb::Unsubscribe, plain, false)?;
                self.control(Verb::Unsubscribe, full, true)?
            }
            (true, _) => self.control(Verb::Unsubscribe, full, true)?,
        };
        let gone = self.subscriptions.remove(index);
        Ok((gone.id, receipt.unwrap_or_default()))
    }

    /// Deletes a durable subscription that is not subscribed to, where the broker can do that.
    fn delete(&mut self, name: &str) -> Result<(String, u64), SessionError> {
        let Some(durable) = self.dialect.durable else { return Err(no_subscription(name)) };
        if durable.deleted != Deleted::Unsubscribed {
            let (name, broker) = (name.to_owned(), self.dialect.called());
            return Err(SessionError::DeletedBySubscriber { name, broker });
        }
        let mut headers = vec![(b"id".to_vec(), name.into())];
        headers.extend(self.dialect.durable_headers(name).into_iter().flatten());
        let receipt = self.control(Verb::Unsubscribe, headers, true)?;
        Ok((name.to_owned(), receipt.unwrap_or_default()))
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

fn no_subscription(name: &str) -> SessionError {
    SessionError::NoSubscription { name: name.to_owned() }
}
