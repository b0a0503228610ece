//! Names of destinations: queues, topics, temporary ones, patterns.

/// The prefix by which a connection names its own temporary queue, and others know it.
const TEMPORARY: [(&[u8], &[u8]); 2] =
    [(b"/temp-queue/", b"/remote-temp-queue/"), (b"/temp-topic/", b"/remote-temp-topic/")];

/// The name by which others know a temporary destination; `None`: it is not one.
pub(super) fn rename_temporary(name: &[u8], session: &str) -> Option<Vec<u8>> {
    let (rest, prefix) = TEMPORARY.iter().find_map(|(own, all)| Some((name.strip_prefix(*own)?, *all)))?;
    Some([prefix, session.as_bytes(), b".", rest].concat())
}

/// Whether a temporary destination, as others know it, belongs to another session than this.
pub(super) fn is_foreign_temporary(name: &[u8], session: &str) -> bool {
    TEMPORARY
        .iter()
        .find_map(|(_, all)| name.strip_prefix(*all))
        .is_some_and(|rest| !rest.starts_with(session.as_bytes()))
}

/// Whether a destination is a queue; all else is a topic.
pub(super) fn is_queue(name: &[u8]) -> bool {
    name.starts_with(b"/queue/") || name.starts_with(b"/remote-temp-queue/")
}

/// What stands before the dotted name: all up to the last slash.
fn split(name: &[u8]) -> (&[u8], &[u8]) {
    let at = memchr::memrchr(b'/', name).map_or(0, |slash| slash + 1);
    name.split_at(at)
}

/// Whether a destination has `*` or `>` as one of the parts of its dotted name.
pub(super) fn is_pattern(name: &[u8]) -> bool {
    let (_, dotted) = split(name);
    dotted.split(|&byte| byte == b'.').any(|part| matches!(part, b"*" | b">"))
}

/// Whether a name fits a pattern: `*` is any one part, `>` is all parts from there on, at least one.
pub(super) fn fits(pattern: &[u8], name: &[u8]) -> bool {
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
}
