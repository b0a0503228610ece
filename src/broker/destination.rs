//! Names of destinations: queues, topics, temporary ones, patterns.

/// The prefix of a temporary destination as its connection names it, and as all others do.
const TEMPORARY: [(&[u8], &[u8]); 2] =
    [(b"/temp-queue/", b"/remote-temp-queue/"), (b"/temp-topic/", b"/remote-temp-topic/")];

/// The name of a temporary destination for all connections; `None` for other destinations.
pub(super) fn rename_temporary(name: &[u8], session: &str) -> Option<Vec<u8>> {
    let (rest, prefix) =
        TEMPORARY.iter().find_map(|(private, public)| Some((name.strip_prefix(*private)?, *public)))?;
    Some([prefix, session.as_bytes(), b".", rest].concat())
}

/// Whether a temporary destination, under the name for all connections, belongs to another session.
pub(super) fn is_foreign_temporary(name: &[u8], session: &str) -> bool {
    TEMPORARY
        .iter()
        .find_map(|(_, public)| name.strip_prefix(*public))
        .is_some_and(|rest| !rest.starts_with(session.as_bytes()))
}

/// Whether a destination is a queue; all else is a topic.
pub(super) fn is_queue(name: &[u8]) -> bool {
    name.starts_with(b"/queue/") || name.starts_with(b"/remote-temp-queue/")
}

/// Splits a destination behind its last slash: the dotted name is matched with patterns.
fn split(name: &[u8]) -> (&[u8], &[u8]) {
    let at = memchr::memrchr(b'/', name).map_or(0, |slash| slash + 1);
    name.split_at(at)
}

/// Whether a part of the dotted name is `*` or `>`.
pub(super) fn is_pattern(name: &[u8]) -> bool {
    let (_, dotted) = split(name);
    dotted.split(|&byte| byte == b'.').any(|part| matches!(part, b"*" | b">"))
}

/// Whether a pattern matches: `*` is any one part, `>` all remaining parts, at least one.
pub(super) fn matches_pattern(pattern: &[u8], name: &[u8]) -> bool {
    let ((pattern_start, pattern), (name_start, name)) = (split(pattern), split(name));
    if pattern_start != name_start {
        return false;
    }
    let mut parts = name.split(|&byte| byte == b'.');
    for wanted in pattern.split(|&byte| byte == b'.') {
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
    use super::*;

    #[test]
    fn a_star_is_one_part_and_a_greater_sign_is_all_that_follow() {
        assert!(matches_pattern(b"/topic/a.*", b"/topic/a.b"));
        assert!(!matches_pattern(b"/topic/a.*", b"/topic/a.b.c"));
        assert!(!matches_pattern(b"/topic/a.*", b"/topic/a"));
        assert!(matches_pattern(b"/topic/*.c", b"/topic/b.c"));
        assert!(matches_pattern(b"/topic/a.>", b"/topic/a.b.c"));
        assert!(!matches_pattern(b"/topic/a.>", b"/topic/a"));
        assert!(matches_pattern(b"/topic/>", b"/topic/a.b"));
        assert!(matches_pattern(b"prices.>", b"prices.gold"));
    }

    #[test]
    fn a_pattern_stays_within_its_prefix() {
        assert!(!matches_pattern(b"/topic/>", b"/other/a"));
        assert!(!matches_pattern(b"/topic/>", b"a"));
        assert!(is_pattern(b"/topic/>") && is_pattern(b"/topic/a.*.c"));
        assert!(!is_pattern(b"/topic/a*") && !is_pattern(b"/topic/*/b"));
    }
}
