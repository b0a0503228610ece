//! What a prompt has not shown yet: messages while they are few, a count where they are a flood.

use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthStr;

use super::scrollback::{Origin, Scrollback, StoredMessage};
use super::views::{View, ViewId, Views};
use crate::render::escape::{Lines, escape_text};
use crate::render::grouped;
use crate::render::measure::{fitting_line, rows};
use crate::render::{Arrival, Output};

/// How long a flood is watched before it may be over.
const WATCH: Duration = Duration::from_millis(500);

/// With at most so many messages in that time it is over.
const CALM: u64 = 10;

/// So many messages that do not fit one print are shown by the next ones; more are a flood.
const CARRIED: u64 = 50;

/// How much one print on a prompt's screen may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    pub rows: usize,
    pub columns: usize,
    pub bytes: usize,
    pub now: Instant,
}

/// Text to print above the line that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// Whole lines; empty where only the summary changes.
    pub text: String,
    /// The summary of a flood: one line without its end.
    pub summary: Option<String>,
}

/// Which messages the prompt has not shown yet, and whether they are a flood.
#[derive(Debug, Default)]
pub(super) struct Unshown {
    /// The first message that was not shown.
    next: u64,
    /// Messages that were not shown, by what shows them.
    waiting: Vec<(ViewId, u64)>,
    flood: Option<Flood>,
}

#[derive(Debug)]
struct Flood {
    /// All messages that were not shown since it began.
    counts: Vec<(ViewId, u64)>,
    since: Instant,
    came: u64,
}

fn add(counts: &mut Vec<(ViewId, u64)>, view: ViewId, more: u64) {
    match counts.iter_mut().find(|(id, _)| *id == view) {
        Some((_, count)) => *count += more,
        None => counts.push((view, more)),
    }
}

impl Unshown {
    pub(super) fn add(&mut self, view: ViewId, count: u64) {
        add(&mut self.waiting, view, count);
    }

    /// Whether there is something to be looked at though nothing comes any more: what did not fit, or
    /// the end of a flood.
    pub(super) fn is_pending(&self) -> bool {
        self.flood.is_some() || !self.waiting.is_empty()
    }

    /// What is printed next, if anything is; `names`: connections are named in head lines.
    pub(super) fn page(
        &mut self,
        scrollback: &Scrollback,
        budget: Budget,
        names: bool,
        views: &mut Views,
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
            self.waiting.clear();
            self.next = scrollback.last() + 1;
            return None;
        }
        let mut text = String::new();
        if self.flood.is_none() {
            let shown = self.show(scrollback, budget, names, views, &mut text);
            self.waiting.retain(|(_, count)| *count > 0);
            let left: u64 = self.waiting.iter().map(|(_, count)| count).sum();
            let there = scrollback.first() <= self.next.max(1);
            if !shown && there && left <= CARRIED {
                return Some(Page { text, summary: None });
            }
            if !shown && left > 0 {
                self.flood = Some(Flood { counts: Vec::new(), since: budget.now, came: waiting });
            }
        }
        self.next = scrollback.last() + 1;
        let waiting = std::mem::take(&mut self.waiting);
        let summary = self.flood.as_mut().map(|flood| {
            for (view, count) in waiting {
                add(&mut flood.counts, view, count);
            }
            let counts = flood.counts.iter();
            let counts: Vec<_> =
                counts.map(|(view, count)| (&*views.get(*view).destination, *count)).collect();
            summary(&counts, budget.columns)
        });
        Some(Page { text, summary })
    }

    /// Appends messages while they fit, and moves on behind them; whether all did.
    fn show(
        &mut self,
        scrollback: &Scrollback,
        budget: Budget,
        names: bool,
        views: &mut Views,
        text: &mut String,
    ) -> bool {
        let mut left = budget.rows.saturating_sub(1).max(1);
        if scrollback.first() > self.next.max(1) {
            // Some are gone already.
            return false;
        }
        for kept in scrollback.from(self.next.max(1)) {
            let id = views.find(kept.origin.id, &kept);
            let view = views.get_mut(id);
            if view.shows(&kept) {
                let mut message = render(view, &kept, budget, names);
                let mut taken = rows(&message, budget.columns);
                let fits =
                    |taken: usize, message: &str| taken <= left && text.len() + message.len() <= budget.bytes;
                if !fits(taken, &message) {
                    if !text.is_empty() {
                        return false;
                    }
                    // One message is no flood, however long it is.
                    cut(&mut message, kept.number, Budget { rows: left, ..budget });
                    taken = left;
                }
                left -= taken;
                text.push_str(&message);
                if let Some((_, count)) = self.waiting.iter_mut().find(|(waiting, _)| *waiting == id) {
                    *count = count.saturating_sub(1);
                }
            }
            self.next = kept.number + 1;
        }
        true
    }
}

/// A message as its subscription shows it, for a screen of this size, ended by a line feed.
fn render(view: &mut View, kept: &StoredMessage<'_>, budget: Budget, names: bool) -> String {
    let Origin { name, .. } = kept.origin;
    let connection = names.then_some(&**name);
    let mut out = Vec::new();
    let renderer = &mut view.renderer;
    if let Output::Terminal(terminal) = renderer.output_mut() {
        terminal.width = budget.columns;
        terminal.most_rows = budget.rows.saturating_sub(1);
    }
    renderer.render(kept, &Arrival { number: kept.number, connection, at: kept.at }, &mut out);
    if out.last().is_some_and(|last| *last != b'\n') {
        out.push(b'\n');
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Leaves of a message's lines what the budget allows, and says how to see all.
fn cut(message: &mut String, number: u64, budget: Budget) {
    let mut out = String::new();
    let mut left = budget.rows.saturating_sub(1);
    for line in message.lines() {
        let taken = rows(line, budget.columns).max(1);
        let room = budget.bytes.saturating_sub(out.len());
        if taken > left || line.len() > room {
            let mut end = fitting_line(line, left.saturating_mul(budget.columns)).min(room);
            while !line.is_char_boundary(end) {
                end -= 1;
            }
            if end > 0 {
                out.push_str(&line[..end]);
                out.push_str(if line.contains('\x1b') { "\x1b[0m\n" } else { "\n" });
            }
            break;
        }
        left -= taken;
        out.push_str(line);
        out.push('\n');
    }
    out.push_str(&format!("… and more; 'show {number}'\n"));
    *message = out;
}

/// `… 4,812 more on /topic/x; 'last 20' shows them`, in one row.
fn summary(counts: &[(&str, u64)], columns: usize) -> String {
    const TAIL: &str = "; 'last 20' shows them";
    let room = columns.saturating_sub(TAIL.len() + 1);
    let mut text = String::from("…");
    for (index, (destination, count)) in counts.iter().enumerate() {
        let more = if index == 0 { " more" } else { "" };
        let destination = escape_text(destination, Lines::One);
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;
    use crate::protocol::{Frame, Verb};
    use crate::render::terminal::BodyLimit;
    use crate::render::{Filter, Renderer, Terminal};

    fn budget(now: Instant) -> Budget {
        Budget { rows: 24, columns: 80, bytes: 16 << 10, now }
    }

    fn view() -> View {
        let limit = Some(BodyLimit::default());
        let terminal = Terminal { limit, in_shell: true, ..Terminal::default() };
        let renderer = Renderer::new(Output::Terminal(Box::new(terminal)), true);
        View::new("/topic/x".into(), Filter::new(), false, renderer)
    }

    struct Stage {
        scrollback: Scrollback,
        arrivals: Unshown,
        views: Views,
        origin: Origin,
    }

    impl Stage {
        fn new() -> Self {
            let origin = Origin { id: 1, name: "a".into() };
            let mut views = Views::new(View::new("elsewhere".into(), Filter::new(), true, view().renderer));
            views.set(1, "1", view());
            Self { scrollback: Scrollback::default(), arrivals: Unshown::default(), views, origin }
        }

        fn come(&mut self, count: u64) {
            for _ in 0..count {
                self.comes(b"hi");
            }
        }

        fn comes(&mut self, body: &[u8]) {
            let frame = Frame::new(Verb::Message).with("destination", "/topic/x").body(body.to_vec());
            self.arrivals.add(self.views.find(1, &frame), 1);
            self.scrollback.push_one(&self.origin, frame, body.len() as u64);
        }

        fn page(&mut self, now: Instant) -> Option<Page> {
            self.page_of(budget(now))
        }

        fn page_of(&mut self, budget: Budget) -> Option<Page> {
            self.arrivals.page(&self.scrollback, budget, false, &mut self.views)
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
    fn what_does_not_fit_one_print_is_shown_by_the_next() {
        let mut stage = Stage::new();
        let now = Instant::now();
        stage.come(30);
        let mut shown = 0;
        for _ in 0..3 {
            assert!(stage.arrivals.is_pending());
            let page = stage.page(now).unwrap();
            assert_eq!(page.summary, None);
            assert!(rows(&page.text, 80) < 24, "{}", page.text);
            shown += page.text.matches("hi\n").count();
        }
        assert_eq!((shown, stage.page(now), stage.arrivals.is_pending()), (30, None, false));
    }

    #[test]
    fn one_message_is_no_flood_however_long_it_is() {
        let text = "line\n".repeat(2_000);
        let json = format!("{{\"long\": \"{}\", \"list\": [{}1]}}", "x".repeat(3_000), "1,".repeat(900));
        let heavy = "日本".repeat(20_000);
        for body in [text.as_bytes(), json.as_bytes(), heavy.as_bytes(), &[0; 5_000]] {
            for (rows_there, columns) in [(24, 80), (8, 40), (4, 20)] {
                for limited in [true, false] {
                    let mut stage = Stage::new();
                    if !limited {
                        for view in stage.views.iter_mut() {
                            let Output::Terminal(terminal) = view.renderer.output_mut() else { continue };
                            (terminal.limit, terminal.headers) = (None, true);
                        }
                    }
                    stage.comes(body);
                    let budget = Budget { rows: rows_there, columns, ..budget(Instant::now()) };
                    let page = stage.page_of(budget).unwrap();
                    assert_eq!(page.summary, None);
                    assert!(page.text.starts_with("#1  ") && page.text.contains("more"), "{}", page.text);
                    assert!(rows(&page.text, columns) < rows_there, "{}", page.text);
                    assert!(page.text.len() <= budget.bytes + 100);
                    assert!(!stage.arrivals.is_pending());
                }
            }
        }
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
        let views: Vec<(&str, u64)> = (0..40).map(|index| ("/topic/x", index * 1_000)).collect();
        for columns in [40, 60, 80, 200] {
            let text = summary(&views, columns);
            assert!(text.width() < columns, "{text}");
            assert!(columns < 60 || text.contains(" others"), "{text}");
        }
    }
}
