//! Topics: each message goes to every subscription whose name or pattern fits.

use std::collections::HashMap;

use super::keys::{Destination, SubscriptionKey};

/// Who listens to what. A topic without listeners does not exist.
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
            self.patterns.retain(|(_, own)| *own != sub);
        } else if let Some(subs) = self.exact.get_mut(name) {
            subs.retain(|own| *own != sub);
            if subs.is_empty() {
                self.exact.remove(name);
            }
        }
    }

    /// Appends the subscriptions that a message for `name` goes to.
    pub(super) fn listeners(&self, name: &[u8], into: &mut Vec<SubscriptionKey>) {
        if let Some(subs) = self.exact.get(name) {
            into.extend_from_slice(subs);
        }
        into.extend(self.patterns.iter().filter(|(pattern, _)| fits(pattern, name)).map(|(_, sub)| *sub));
    }

    /// Whether nobody listens to anything.
    #[cfg(any(test, fuzzing))]
    pub(super) fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.patterns.is_empty()
    }
}

/// What stands before the dotted name: all up to the last slash.
fn split(name: &[u8]) -> (&[u8], &[u8]) {
    let at = memchr::memrchr(b'/', name).map_or(0, |slash| slash + 1);
    name.split_at(at)
}

/// Whether a destination has `*` or `>` as one of the parts of its dotted name.
pub(super) fn is_pattern(name: &[u8]) -> bool {
    let (_, dotted) = split(name);
    dotted.split(|&octet| octet == b'.').any(|part| matches!(part, b"*" | b">"))
}

/// Whether a name fits a pattern: `*` is any one part, `>` is all parts from there on, at least one.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let ((pattern_start, pattern), (name_start, name)) = (split(pattern), split(name));
    if pattern_start != name_start {
        return false;
    }
    let mut parts = name.split(|&octet| octet == b'.');
    for wanted in pattern.split(|&octet| octet == b'.') {
        match (wanted, parts.next()) {
            (b">", Some(_)) => return true,
            (b"*", Some(_)) => {}
            (wanted, Some(part)) if wanted == part => {}
            _ => return false,
        }
    }
    parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::super::keys::subscription_key as key;
    use super::*;

    #[test]
    fn a_star_is_one_part_and_a_greater_sign_is_all_that_follow() {
        assert!(fits(b"/topic/a.*", b"/topic/a.b"));
        assert!(!fits(b"/topic/a.*", b"/topic/a.b.c"));
        assert!(!fits(b"/topic/a.*", b"/topic/a"));
        assert!(fits(b"/topic/*.c", b"/topic/b.c"));
        assert!(fits(b"/topic/a.>", b"/topic/a.b.c"));
        assert!(!fits(b"/topic/a.>", b"/topic/a"));
        assert!(fits(b"/topic/>", b"/topic/a.b"));
        assert!(fits(b"prices.>", b"prices.gold"));
    }

    #[test]
    fn a_pattern_stays_within_its_prefix() {
        assert!(!fits(b"/topic/>", b"/other/a"));
        assert!(!fits(b"/topic/>", b"a"));
        assert!(is_pattern(b"/topic/>") && is_pattern(b"/topic/a.*.c"));
        assert!(!is_pattern(b"/topic/a*") && !is_pattern(b"/topic/*/b"));
    }

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
