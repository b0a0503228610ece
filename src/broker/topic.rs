//! Topics: each message goes to every subscription whose name or pattern matches.

use std::collections::HashMap;

use super::destination::{is_pattern, matches_pattern};
use super::keys::{Destination, SubscriptionKey};

/// The subscriptions of all topics. A topic without subscriptions does not exist.
#[derive(Debug, Default)]
pub(super) struct Topics {
    exact: HashMap<Destination, Vec<SubscriptionKey>>,
    patterns: Vec<(Destination, SubscriptionKey)>,
}

impl Topics {
    pub(super) fn join(&mut self, name: &[u8], sub: SubscriptionKey) {
        if is_pattern(name) {
            self.patterns.push((name.into(), sub));
        } else {
            self.exact.entry(name.into()).or_default().push(sub);
        }
    }

    pub(super) fn leave(&mut self, name: &[u8], sub: SubscriptionKey) {
        if is_pattern(name) {
            self.patterns.retain(|(_, known)| *known != sub);
        } else if let Some(subs) = self.exact.get_mut(name) {
            subs.retain(|known| *known != sub);
            if subs.is_empty() {
                self.exact.remove(name);
            }
        }
    }

    /// Appends the subscriptions that match `name`.
    pub(super) fn listeners(&self, name: &[u8], into: &mut Vec<SubscriptionKey>) {
        if let Some(subs) = self.exact.get(name) {
            into.extend_from_slice(subs);
        }
        into.extend(
            self.patterns.iter().filter(|(pattern, _)| matches_pattern(pattern, name)).map(|(_, sub)| *sub),
        );
    }

    #[cfg(any(test, fuzzing))]
    pub(super) fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.patterns.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::subscription_key as key;
    use super::*;

    #[test]
    fn a_topic_without_listeners_is_gone() {
        let mut topics = Topics::default();
        topics.join(b"/topic/a", key(7));
        topics.join(b"/topic/*", key(8));
        let mut found = Vec::new();
        topics.listeners(b"/topic/a", &mut found);
        assert_eq!(found, [7, 8].map(key));
        topics.leave(b"/topic/a", key(7));
        topics.leave(b"/topic/*", key(8));
        found.clear();
        topics.listeners(b"/topic/a", &mut found);
        assert!(found.is_empty() && topics.is_empty());
    }
}
