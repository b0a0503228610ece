//! A flood into the interactive shell, while someone types.
//!
//! The peer (benches/peer) blasts messages at a shell on a pseudo-terminal. Meanwhile keys are typed one at a
//! time, spread over the whole flood; each counts as shown when the screen, read by a terminal emulator, has it
//! in the line. Measured against `stomp sub -c N > /dev/null` from the same peer. One table, OK or MISSED; of
//! several runs the median counts, but every run has to count every message.
//!
//! Ends with 0 if everything is OK, 1 if something is MISSED, 2 if it could not measure.

#![allow(clippy::unwrap_used, reason = "a bench may panic")]
#![allow(clippy::print_stdout, reason = "the table is its output")]
#![allow(clippy::cast_precision_loss, reason = "figures are for people to read")]

mod run;
#[path = "../../tests/shell/screen.rs"]
#[allow(dead_code, unreachable_pub, missing_docs)]
mod screen;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use run::Outcome;

const USAGE: &str = "\
usage: benches/flood.sh [options]
  -n N           messages (3000000)
  -k KEYS        keys typed meanwhile (300)
  -r RUNS        runs, of which the median counts (3)
  --stomp FILE, --peer FILE    these programs";

/// Bytes of a body.
const SIZE: u64 = 100;

/// What is wanted.
const KEY: Duration = Duration::from_millis(50);
const STILL: Duration = Duration::from_millis(250);
const PEAK: u64 = 64 << 10;
const RATIO: f64 = 2.0;

struct Options {
    messages: u64,
    keys: usize,
    runs: usize,
    stomp: PathBuf,
    peer: PathBuf,
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> Option<Self> {
        let stomp = PathBuf::from(env!("CARGO_BIN_EXE_stomp"));
        let peer = stomp.with_file_name("examples").join("peer");
        let mut options = Self { messages: 3_000_000, keys: 300, runs: 3, stomp, peer };
        while let Some(word) = words.next() {
            match word.as_str() {
                // What cargo says to every bench.
                "--bench" => {}
                "-n" => options.messages = words.next()?.parse().ok().filter(|n| *n > 0)?,
                "-k" => options.keys = words.next()?.parse().ok().filter(|n| *n > 0)?,
                "-r" => options.runs = words.next()?.parse().ok().filter(|n| *n > 0)?,
                // The shell is started in a folder of its own.
                "--stomp" => options.stomp = std::path::absolute(words.next()?).ok()?,
                "--peer" => options.peer = words.next()?.into(),
                _ => return None,
            }
        }
        Some(options)
    }
}

/// The peer, which sends to whoever subscribes.
struct Peer {
    child: Child,
    url: String,
}

impl Peer {
    fn start(program: &Path, messages: u64) -> std::io::Result<Self> {
        use std::io::BufRead as _;
        let arguments = ["blast".into(), "0".into(), messages.to_string(), SIZE.to_string()];
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line)?;
        let port = line.trim().rsplit(':').next().unwrap_or_default().to_owned();
        Ok(Self { child, url: format!("stomp://127.0.0.1:{port}") })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How long a whole `stomp sub -c N > /dev/null` takes.
fn one_shot(options: &Options, peer: &Peer) -> Option<Duration> {
    let home = tempfile::tempdir().ok()?;
    let mut command = Command::new(&options.stomp);
    command.args(["-s", &peer.url, "sub", "-c", &options.messages.to_string(), "/topic/x"]);
    command.env_clear().env("HOME", home.path()).stdin(Stdio::null()).stdout(Stdio::null());
    let begun = Instant::now();
    command.status().ok()?.success().then(|| begun.elapsed())
}

fn main() -> ExitCode {
    if !std::env::args().any(|word| word == "--bench") {
        // `cargo test` runs benches too; this one measures or does nothing.
        return ExitCode::SUCCESS;
    }
    let Some(options) = Options::parse(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match measure(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(what) => {
            eprintln!("flood: {what}");
            ExitCode::from(2)
        }
    }
}

fn measure(options: &Options) -> Result<bool, String> {
    let shown = options.peer.display();
    let peer = Peer::start(&options.peer, options.messages)
        .map_err(|error| format!("cannot start {shown}: {error}; cargo build --release --example peer"))?;
    let mut outcomes = Vec::new();
    let mut ratios = Vec::new();
    for number in 1..=options.runs {
        eprintln!("flood: run {number} of {}", options.runs);
        let alone = one_shot(options, &peer).ok_or("stomp sub failed")?;
        let outcome = run::run(&options.stomp, &peer.url, options.messages, options.keys);
        ratios.push((outcome.took.as_secs_f64() / alone.as_secs_f64(), alone));
        outcomes.push(outcome);
    }
    Ok(table(options, &outcomes, &ratios))
}

/// The value in the middle, the higher one of two.
fn median<T: Copy + PartialOrd>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_by(|a, b| a.partial_cmp(b).unwrap());
    values[values.len() / 2]
}

/// Prints the table; whether everything is OK.
fn table(options: &Options, outcomes: &[Outcome], ratios: &[(f64, Duration)]) -> bool {
    let mut missed = false;
    let mut row = |name: &str, values: Vec<String>, wanted: String, ok: bool| {
        missed |= !ok;
        let verdict = if ok { "OK" } else { "MISSED" };
        println!("{name:<38} {:>32} {wanted:>16}  {verdict}", values.join(" / "));
    };
    let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
    println!("\n{} messages of {SIZE} bytes, {} keys\n", options.messages, options.keys);
    println!("{:<38} {:>32} {:>16}", "", "runs", "wanted, median");
    let keys = |outcome: &Outcome| outcome.latencies.len();
    let all = outcomes.iter().all(|outcome| keys(outcome) == options.keys);
    let values = outcomes.iter().map(|own| keys(own).to_string()).collect();
    row("keys shown while the flood came", values, format!("all {}", options.keys), all);
    for (name, percent) in [("a key is shown, median, ms", 50), ("a key is shown, 99th percentile, ms", 99)] {
        let values: Vec<Duration> = outcomes.iter().map(|own| own.percentile(percent)).collect();
        let ok = percent != 99 || median(values.iter().copied()) <= KEY;
        let wanted = if percent == 99 { format!("<= {}", ms(KEY)) } else { String::new() };
        row(name, values.into_iter().map(ms).collect(), wanted, ok);
    }
    let still: Vec<Duration> = outcomes.iter().map(|own| own.still).collect();
    let ok = median(still.iter().copied()) <= STILL;
    row(
        "counter stood still at most, ms",
        still.into_iter().map(ms).collect(),
        format!("<= {}", ms(STILL)),
        ok,
    );
    let counted =
        outcomes.iter().all(|own| own.counted == options.messages && own.summed == options.messages);
    let values = outcomes.iter().map(|own| own.counted.to_string()).collect();
    row("messages counted", values, "all".to_owned(), counted);
    let peaks: Vec<u64> = outcomes.iter().map(|own| own.peak).collect();
    let ok = median(peaks.iter().copied()) < PEAK;
    let mib = |kib: u64| format!("{:.1}", kib as f64 / 1024.0);
    row("peak of memory, MiB", peaks.into_iter().map(mib).collect(), format!("< {}", mib(PEAK)), ok);
    let seconds = |time: Duration| format!("{:.2}", time.as_secs_f64());
    row("the flood took, s", outcomes.iter().map(|own| seconds(own.took)).collect(), String::new(), true);
    row(
        "sub -c N > /dev/null took, s",
        ratios.iter().map(|own| seconds(own.1)).collect(),
        String::new(),
        true,
    );
    let ok = median(ratios.iter().map(|own| own.0)) <= RATIO;
    let values = ratios.iter().map(|own| format!("{:.2}", own.0)).collect();
    row("ratio", values, format!("<= {RATIO:.1}"), ok);
    !missed
}
