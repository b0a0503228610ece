//! What a prompt has not shown yet: messages while they are few, a count where they are a flood.

use std::sync::Arc;
use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthStr;

use super::View;
use super::ring::{Kept, Origin, Ring};
use crate::render::escape::{Lines, escape_text};
use crate::render::{Arrival, Message, Output};

/// How long a flood is watched before it may be over.
const WATCH: Duration = Duration::from_millis(500);

/// With at most so many messages in that time it is over.
const CALM: u64 = 10;

/// How much one print may hold.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Rows of the screen.
    pub rows: usize,
    /// Columns of the screen.
    pub columns: usize,
    /// Octets.
    pub octets: usize,
    /// The time now.
    pub now: Instant,
    /// Whether connections are named in head lines.
    pub names: bool,
}

/// What is printed next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Whole lines; empty where only the summary changes.
    pub text: String,
    /// The summary of a flood: one line without its end.
    pub summary: Option<String>,
}

/// What has not been shown.
#[derive(Debug, Default)]
pub struct Fresh {
    /// The first message that was not shown.
    next: u64,
    /// Messages that were not shown, by what shows them.
    waiting: Vec<(Arc<View>, u64)>,
    flood: Option<Flood>,
}

#[derive(Debug)]
struct Flood {
    /// All messages that were not shown since it began.
    counts: Vec<(Arc<View>, u64)>,
    since: Instant,
    came: u64,
}

fn add(counts: &mut Vec<(Arc<View>, u64)>, view: &Arc<View>, more: u64) {
    match counts.iter_mut().find(|(own, _)| Arc::ptr_eq(own, view)) {
        Some((_, count)) => *count += more,
        None => counts.push((Arc::clone(view), more)),
    }
}

impl Fresh {
    /// Messages came that this view shows.
    pub(super) fn add(&mut self, view: &Arc<View>, count: u64) {
        add(&mut self.waiting, view, count);
    }

    /// Whether messages are only counted now.
    pub(super) fn is_flooded(&self) -> bool {
        self.flood.is_some()
    }

    /// What is printed next, if anything is.
    pub(super) fn page(
        &mut self,
        ring: &Ring,
        budget: Budget,
        view_of: impl Fn(u64, &[u8]) -> Arc<View>,
    ) -> Option<Page> {
        let waiting: u64 = self.waiting.iter().map(|(_, count)| count).sum();
        if let Some(flood) = &mut self.flood {
            flood.came += waiting;
            if budget.now.duration_since(flood.since) >= WATCH {
                let calm = flood.came <= CALM;
                flood.since = budget.now;
                flood.came = 0;
                if calm {
                    self.flood = None;
                }
            }
        }
        if waiting == 0 {
            self.next = ring.last() + 1;
            return None;
        }
        let mut text = String::new();
        if self.flood.is_none() && !self.show(ring, budget, &view_of, &mut text) {
            self.flood = Some(Flood { counts: Vec::new(), since: budget.now, came: waiting });
        }
        self.next = ring.last() + 1;
        let waiting = std::mem::take(&mut self.waiting);
        let summary = self.flood.as_mut().map(|flood| {
            for (view, count) in waiting.iter().filter(|(_, count)| *count > 0) {
                add(&mut flood.counts, view, *count);
            }
            summary(&flood.counts, budget.columns)
        });
        Some(Page { text, summary })
    }

    /// Appends messages while they fit; whether all did.
    fn show(
        &mut self,
        ring: &Ring,
        budget: Budget,
        view_of: &impl Fn(u64, &[u8]) -> Arc<View>,
        text: &mut String,
    ) -> bool {
        let mut out = Vec::new();
        let mut left = budget.rows.saturating_sub(1);
        if ring.first() > self.next.max(1) {
            // Some are gone already.
            return false;
        }
        for kept in ring.from(self.next.max(1)) {
            let view = view_of(kept.origin.id, &kept.header("subscription").unwrap_or_default());
            if !view.shows(&kept) {
                continue;
            }
            let before = out.len();
            render(&view, &kept, budget, &mut out);
            let rows = rows(&String::from_utf8_lossy(&out[before..]), budget.columns);
            if rows > left || out.len() > budget.octets {
                out.truncate(before);
                text.push_str(&String::from_utf8_lossy(&out));
                return false;
            }
            left -= rows;
            if let Some((_, count)) = self.waiting.iter_mut().find(|(own, _)| Arc::ptr_eq(own, &view)) {
                *count = count.saturating_sub(1);
            }
        }
        text.push_str(&String::from_utf8_lossy(&out));
        true
    }
}

/// Appends a message as its subscription shows it, for a screen of this width, ended by a line feed.
fn render(view: &View, kept: &Kept<'_>, budget: Budget, out: &mut Vec<u8>) {
    let Origin { name, .. } = kept.origin;
    let connection = budget.names.then_some(&**name);
    view.with(|renderer| {
        if let Output::Terminal(terminal) = renderer.output_mut() {
            terminal.width = budget.columns;
        }
        renderer.render(kept, &Arrival { number: kept.number, connection, at: kept.at }, out);
    });
    if out.last().is_some_and(|last| *last != b'\n') {
        out.push(b'\n');
    }
}

/// Rows that whole lines take on a screen.
pub fn rows(text: &str, columns: usize) -> usize {
    text.lines().map(|line| visible(line).max(1).div_ceil(columns.max(1))).sum()
}

/// The columns of a line without its colours.
fn visible(line: &str) -> usize {
    let mut width = 0;
    let mut pieces = line.split('\x1b');
    width += pieces.next().map_or(0, UnicodeWidthStr::width);
    for piece in pieces {
        width += piece.split_once('m').map_or(0, |(_, rest)| rest.width());
    }
    width
}

/// `… 4,812 more on /topic/x; 'last 20' shows them`, in one row.
fn summary(counts: &[(Arc<View>, u64)], columns: usize) -> String {
    const TAIL: &str = "; 'last 20' shows them";
    let room = columns.saturating_sub(TAIL.len() + 1);
    let mut text = String::from("…");
    for (index, (view, count)) in counts.iter().enumerate() {
        let more = if index == 0 { " more" } else { "" };
        let destination = escape_text(&view.destination, Lines::One);
        let comma = if index == 0 { " " } else { ", " };
        let piece = format!("{comma}{}{more} on {destination}", grouped(*count));
        let others = counts.len() - index;
        if text.width() + piece.width() + 12 > room {
            let rest: u64 = counts[index..].iter().map(|(_, count)| count).sum();
            let place = if others == 1 { String::new() } else { format!(" on {others} others") };
            text.push_str(&format!("{comma}{}{more}{place}", grouped(rest)));
            break;
        }
        text.push_str(&piece);
    }
    if text.width() + TAIL.len() < columns {
        text.push_str(TAIL);
    }
    text
}

/// A number with commas between thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;
    use crate::protocol::{Frame, Verb};
    use crate::render::{Filter, Renderer, Terminal};

    fn budget(now: Instant) -> Budget {
        Budget { rows: 24, columns: 80, octets: 16 << 10, now, names: false }
    }

    fn view() -> Arc<View> {
        let output = Output::Terminal(Box::default());
        let _: &Terminal = &Terminal::default();
        let renderer = Renderer::new(output, true);
        Arc::new(View::new("/topic/x".into(), Filter::new(), false, renderer))
    }

    struct Stage {
        ring: Ring,
        fresh: Fresh,
        view: Arc<View>,
        origin: Origin,
    }

    impl Stage {
        fn new() -> Self {
            let origin = Origin { id: 1, name: "a".into() };
            Self { ring: Ring::default(), fresh: Fresh::default(), view: view(), origin }
        }

        fn come(&mut self, count: u64) {
            for _ in 0..count {
                let frame = Frame::new(Verb::Message).with("destination", "/topic/x").body(&b"hi"[..]);
                self.ring.push_one(&self.origin, frame, 2);
            }
            self.fresh.add(&self.view, count);
        }

        fn page(&mut self, now: Instant) -> Option<Page> {
            let view = Arc::clone(&self.view);
            self.fresh.page(&self.ring, budget(now), |_, _| Arc::clone(&view))
        }
    }

    #[test]
    fn a_few_messages_are_shown_whole_and_once() {
        let mut stage = Stage::new();
        let now = Instant::now();
        stage.come(3);
        let page = stage.page(now).unwrap();
        assert_eq!(page.text.matches("hi\n").count(), 3);
        assert_eq!(page.summary, None);
        assert_eq!(stage.page(now), None);
        stage.come(1);
        assert_eq!(stage.page(now).unwrap().text.matches('#').count(), 1);
    }

    #[test]
    fn of_a_flood_the_first_are_shown_and_the_last_summary_has_the_final_count() {
        let mut stage = Stage::new();
        let now = Instant::now();
        stage.come(500);
        let page = stage.page(now).unwrap();
        let shown = page.text.matches("hi\n").count() as u64;
        assert!((1..23).contains(&shown), "{shown}");
        let expected = |count: u64| format!("… {} more on /topic/x; 'last 20' shows them", grouped(count));
        assert_eq!(page.summary, Some(expected(500 - shown)));
        stage.come(9_500);
        let page = stage.page(now + Duration::from_millis(50)).unwrap();
        assert_eq!((page.text.as_str(), page.summary), ("", Some(expected(10_000 - shown))));
    }

    #[test]
    fn a_flood_is_over_when_few_come() {
        let mut stage = Stage::new();
        let now = Instant::now();
        stage.come(5_000);
        assert!(stage.page(now).unwrap().summary.is_some());
        assert_eq!(stage.page(now + WATCH), None);
        assert_eq!(stage.page(now + WATCH * 2), None);
        stage.come(2);
        let page = stage.page(now + WATCH * 2).unwrap();
        assert_eq!((page.text.matches("hi\n").count(), page.summary), (2, None));
    }

    #[test]
    fn a_summary_stays_in_its_row() {
        let views: Vec<(Arc<View>, u64)> = (0..40).map(|index| (view(), index * 1_000)).collect();
        for columns in [60, 80, 200] {
            let text = summary(&views, columns);
            assert!(text.width() < columns, "{text}");
            assert!(text.contains(" others"), "{text}");
        }
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(999), "999");
    }

    #[test]
    fn rows_are_counted_without_colours() {
        assert_eq!(rows("\x1b[1;31mab\x1b[0m\n", 2), 1);
        assert_eq!(rows("abcde\n\nx\n", 2), 5);
        assert_eq!(rows("日本\n", 2), 2);
    }
}
