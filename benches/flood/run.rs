//! One flood: what is typed, what the screen shows, and when.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::screen::{Screen, Setting};

/// After so long without the end of the flood something hangs.
const PATIENCE: Duration = Duration::from_secs(300);

/// The prompt of a shell at the peer.
const PROMPT: &str = "127.0.0.1> ";

/// What came out of one flood.
pub(crate) struct Outcome {
    /// From each key to its sight, in order of length.
    pub(crate) latencies: Vec<Duration>,
    /// From the subscription to the final count on the screen.
    pub(crate) took: Duration,
    /// The longest time without a new count.
    pub(crate) still: Duration,
    /// What `status` says.
    pub(crate) counted: u64,
    /// Messages shown and the last summary's count.
    pub(crate) summed: u64,
    /// The peak of memory in KiB.
    pub(crate) peak: u64,
}

impl Outcome {
    /// So many per cent of the keys were shown within this time.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let at = (self.latencies.len() * percent).div_ceil(100).max(1) - 1;
        self.latencies.get(at).copied().unwrap_or(Duration::MAX)
    }
}

/// What a screen shows.
struct Sight {
    /// Characters of the line that is typed.
    typed: usize,
    /// The count of the summary.
    more: Option<u64>,
    /// The number of the last message that was shown.
    shown: u64,
}

impl Sight {
    fn of(rows: &[String]) -> Self {
        let number = |text: &str| text.replace(',', "").parse().ok();
        let line = rows.iter().rposition(|row| row.starts_with(PROMPT.trim_end()));
        let typed = line.map_or(0, |at| rows[at..].iter().map(|row| row.chars().count()).sum());
        let more = rows.iter().rev().find_map(|row| number(row.strip_prefix("… ")?.split(' ').next()?));
        let shown = rows.iter().rev().find_map(|row| number(row.strip_prefix('#')?.split(' ').next()?));
        Self { typed: typed.saturating_sub(PROMPT.len()), more, shown: shown.unwrap_or(0) }
    }

    fn counted(&self) -> u64 {
        self.more.unwrap_or(0) + self.shown
    }
}

/// The line that is typed: without blanks, whose sight is not to be told from nothing.
fn line(keys: usize) -> String {
    "send/queue/a".chars().chain(('a'..='z').cycle()).take(keys).collect()
}

/// Lets a flood come, and types meanwhile.
pub(crate) fn run(stomp: &Path, url: &str, messages: u64, keys: usize) -> Outcome {
    let setting = Setting::other(&stomp.display().to_string(), &["-s", url]);
    let mut screen = setting.start();
    screen.last_row(PROMPT.trim_end());
    screen.keys("sub /topic/x");
    screen.last_row(&format!("{PROMPT}sub /topic/x"));
    let line: Vec<char> = line(keys).chars().collect();
    let begun = Instant::now();
    screen.keys("\r");
    let flood = Flood {
        line,
        begun,
        sent: Vec::new(),
        latencies: Vec::new(),
        count: 0,
        changed: None,
        still: Duration::ZERO,
    };
    let flood = flood.watch(&mut screen, messages);
    let took = begun.elapsed();
    let summed = screen.until("the sum", |rows| Some(Sight::of(rows).counted()));
    screen.keys("\x15");
    screen.last_row(PROMPT.trim_end());
    screen.line("status");
    let counted = screen.until("the count", |rows| {
        let row = rows.iter().find_map(|row| row.strip_prefix("received"))?;
        row.trim_start().split(' ').next()?.replace(',', "").parse().ok()
    });
    let peak = peak(screen.id());
    screen.line("quit");
    screen.ends(0);
    let Flood { mut latencies, still, .. } = flood;
    latencies.sort_unstable();
    Outcome { latencies, took, still, counted, summed, peak }
}

struct Flood {
    line: Vec<char>,
    begun: Instant,
    /// When each key was typed.
    sent: Vec<Instant>,
    latencies: Vec<Duration>,
    count: u64,
    /// When the count changed last.
    changed: Option<Instant>,
    still: Duration,
}

impl Flood {
    /// Types and reads until the screen has the final count.
    fn watch(mut self, screen: &mut Screen, messages: u64) -> Self {
        let mut changes = 0;
        while self.count < messages {
            assert!(self.begun.elapsed() < PATIENCE, "of {messages} the screen has {}", self.count);
            let due = self.due(messages);
            let now = Instant::now();
            if due.is_some_and(|due| due <= now) {
                let key = self.line[self.sent.len()];
                self.sent.push(now);
                screen.keys(key.encode_utf8(&mut [0; 4]));
                continue;
            }
            let most = due.map_or(Duration::from_millis(20), |due| due - now);
            let (now, at, sight) = screen.changes(changes, most, Sight::of);
            changes = now;
            self.see(&sight, at);
        }
        self
    }

    /// When the next key is typed: so that the last one comes shortly before the end of the flood, as far as
    /// can be told from the count.
    fn due(&self, messages: u64) -> Option<Instant> {
        // A few of them have to come first, so that something can be told.
        let part = self.count as f64 / messages as f64;
        let left = self.line.len() - self.sent.len();
        if part < 0.01 || left == 0 {
            return None;
        }
        let changed = self.changed?;
        let end = self.begun + (changed - self.begun).div_f64(part).mul_f64(0.9);
        let last = self.sent.last().copied().unwrap_or(changed);
        Some(last + end.saturating_duration_since(last).div_f64(left as f64))
    }

    fn see(&mut self, sight: &Sight, at: Instant) {
        while self.latencies.len() < sight.typed.min(self.sent.len()) {
            self.latencies.push(at.saturating_duration_since(self.sent[self.latencies.len()]));
        }
        if sight.counted() > self.count {
            self.count = sight.counted();
            if let Some(before) = self.changed {
                self.still = self.still.max(at - before);
            }
            self.changed = Some(at);
        }
    }
}

/// The peak of memory of a process in KiB.
fn peak(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap()
}
