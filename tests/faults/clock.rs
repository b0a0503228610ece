//! Row: the clock jumps an hour. A library that stands before the system's tells the program another time
//! of day, as soon as a file is there.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;

use stomp_shell::broker::BrokerConfig;
use stomp_shell::protocol::HeartBeat;

use crate::embedded::Embedded;
use crate::proxy::Proxy;
use crate::stomp::Stomp;
use crate::tape::{beats_at_end, count};

/// Every call that tells the time of day; the monotonic clock stays.
const LIBRARY: &str = r#"
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static time_t jump(void) {
    const char *file = getenv("JUMPED");
    return file && access(file, F_OK) == 0 ? atol(getenv("JUMP")) : 0;
}
int clock_gettime(clockid_t clock, struct timespec *time) {
    int done = syscall(SYS_clock_gettime, clock, time);
    if (done == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += jump();
    return done;
}
int gettimeofday(struct timeval *time, void *zone) {
    int done = syscall(SYS_gettimeofday, time, zone);
    if (done == 0 && time) time->tv_sec += jump();
    return done;
}
time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
"#;

fn library(folder: &Path) -> std::path::PathBuf {
    let (source, library) = (folder.join("jump.c"), folder.join("jump.so"));
    std::fs::write(&source, LIBRARY).unwrap();
    // Whoever links Rust has one.
    let built =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status().unwrap();
    assert!(built.success());
    library
}

#[test]
fn a_clock_that_jumps_an_hour_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    let heart_beat = HeartBeat { sends: 200, wants: 200 };
    let broker = Embedded::with(BrokerConfig { heart_beat, ..BrokerConfig::default() });
    for seconds in ["3600", "-3600"] {
        let jumped = folder.path().join(format!("jumped{seconds}"));
        let proxy = Proxy::harmless(broker.port());
        let call = |command: &[&str]| {
            let patience = ["--heartbeat", "200,200", "--receipt-timeout", "20", "--connect-timeout", "20"];
            Stomp::new(["--trace", "-s", &proxy.url()])
                .args(patience)
                .args(command)
                .env("LD_PRELOAD", &library)
                .env("JUMPED", &jumped)
                .env("JUMP", seconds)
                .open_input()
                .start()
        };
        let sub = call(&["sub", "-c", "2", "--timeout", "1000", "--idle", "1000", "/queue/a"]);
        proxy.wait("SUBSCRIBE", |tapes| (count(&tapes.first()?.down, "RECEIPT") == 1).then_some(()));
        let mut send = call(&["send", "-l", "/queue/a"]);
        send.write("one\n");
        proxy.wait("one message", |tapes| (count(&tapes.first()?.down, "MESSAGE") == 1).then_some(()));
        std::fs::write(&jumped, "").unwrap();
        let before = proxy.with(|tapes| [tapes[0].down.len(), tapes[1].down.len()]);
        // Heart-beats go on both ways, and nothing is called dead, late or idle.
        proxy.wait("heart-beats behind the jump", |tapes| {
            let lives = (0..2).all(|number| {
                beats_at_end(&tapes[number].up) >= 5 && tapes[number].down.len() >= before[number] + 5
            });
            lives.then_some(())
        });
        send.write("two\n");
        let sent = send.finish().code(0);
        let received = sub.finish().code(0).stdout("one\ntwo\n");
        for said in [&sent.stderr, &received.stderr] {
            assert!(!said.contains("warning") && !said.contains("error"), "{said}");
            // What is shown did jump: the library does what it should.
            let mut hours: Vec<&str> = said
                .lines()
                .filter(|line| line.starts_with(">>> "))
                .filter_map(|line| line.get(4..6))
                .collect();
            hours.dedup();
            assert!(hours.len() >= 2, "{said}");
        }
        assert_eq!(proxy.tapes().len(), 2);
    }
}
