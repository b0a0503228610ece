//! The decoders in turns, and the best turn of each, by the processor time of this thread: on a busy machine
//! that says more than the clock on the wall.
//!
//! ```text
//! cargo bench --manifest-path benches/others/Cargo.toml --bench race
//! cargo bench … --bench race -- NAME TURNS      one of them alone, for a count of its instructions
//! ```

mod each;
mod frames;

use std::hint::black_box;
use std::time::Duration;

use bytes::BytesMut;
use frames::{FRAMES, frames};
use rustix::time::{ClockId, clock_gettime};
use stomp_shell::protocol::{Batch, Decoder, Limits, Version};

/// Rounds in which each decoder has a turn.
const ROUNDS: usize = 2_000;

fn main() {
    let bytes = frames();
    let mut decoder = Decoder::new(Limits::CLIENT);
    decoder.set_version(Version::V1_2);
    let mut batch = Batch::default();
    let mut ours = |input: &mut BytesMut| each::ours(input, &mut decoder, &mut batch);
    let mut all: [(&str, &mut dyn FnMut(&mut BytesMut) -> usize); 3] = [
        ("stomp-shell", &mut ours),
        ("iridium-stomp", &mut each::iridium_stomp),
        ("async-stomp", &mut each::async_stomp),
    ];
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [name, turns] = &arguments[..] {
        let (_, decode) = all.iter_mut().find(|(own, _)| own == name).expect("a decoder's name");
        for _ in 0..turns.parse().expect("a number of turns") {
            black_box(decode(&mut BytesMut::from(&bytes[..])));
        }
        return;
    }
    let mut best = [Duration::MAX; 3];
    for _ in 0..ROUNDS {
        for ((_, decode), best) in all.iter_mut().zip(&mut best) {
            let mut input = BytesMut::from(&bytes[..]);
            let began = thread_time();
            black_box(decode(&mut input));
            *best = (*best).min(thread_time() - began);
        }
    }
    println!("{} bytes a frame, headers and bodies as the crates' users have them:", bytes.len() / FRAMES);
    for ((name, _), time) in all.iter().zip(&best) {
        let rate = FRAMES as f64 / time.as_secs_f64() / 1e6;
        let ratio = time.as_secs_f64() / best[0].as_secs_f64();
        println!("{name:14} {rate:6.2} million frames a second and core, {ratio:5.1} times our time");
    }
}

/// The processor time of this thread.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
