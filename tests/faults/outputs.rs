//! Rows: half a message, disk full, standard output closed; in scripts, in answers and in listings.

use std::fs::{File, OpenOptions};

use crate::embedded::Embedded;
use crate::peer::{Peer, Talk};
use crate::receiving::{body, subscribed};
use crate::stomp::Stomp;

/// A small message and a large one that is cut short, or comes whole.
fn say_large(talk: &mut Talk, more: &str, whole: bool) {
    let large = body(3 << 20);
    let head = |number: u32| {
        format!("MESSAGE\nsubscription:1\nmessage-id:{number}\nack:{number}\ndestination:/queue/a\n{more}")
    };
    talk.say(&format!("{}\nsmall^", head(1)));
    talk.write(format!("{}content-length:{}\n\n", head(2), large.len()).as_bytes());
    talk.write(if whole { &large } else { &large[..2 << 20] });
    if whole {
        talk.write(b"\0");
    }
}

#[test]
fn half_a_large_message_is_not_in_the_output_of_a_script() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    for whole in [true, false] {
        let peer = Peer::start(move |mut talk, _| {
            subscribed(&mut talk, "heart-beat:0,0\n");
            say_large(&mut talk, "", whole);
            if whole {
                talk.confirm_all();
            }
        });
        let large = [body(3 << 20), b"\n".to_vec()].concat();
        let expected = if whole { [b"small\n".to_vec(), large].concat() } else { b"small\n".to_vec() };
        for file in [false, true] {
            let script = Stomp::new(["-s", &peer.url(), "-e", "sub /queue/a", "-e", "wait 2"]);
            let script = if file { script.output(File::create(&path).unwrap()) } else { script };
            let ended = script.run().code(if whole { 0 } else { 3 });
            let written = if file { std::fs::read(&path).unwrap() } else { ended.stdout };
            assert!(written == expected, "{} bytes, whole: {whole}, file: {file}", written.len());
        }
    }
}

#[test]
fn half_a_large_answer_is_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    for (whole, file) in [(true, false), (false, false), (true, true), (false, true)] {
        let peer = Peer::start(move |mut talk, _| {
            subscribed(&mut talk, "heart-beat:0,0\n");
            let came = talk.hear_of("SEND").unwrap();
            talk.receipt(&came);
            let id = came.header("correlation-id");
            say_large(&mut talk, &format!("correlation-id:{id}\n"), whole);
            if whole {
                talk.confirm_all();
            }
        });
        let call = ["-s", &peer.url(), "request", "/queue/a", "--replies", "2", "--raw", "hello"];
        let request = Stomp::new(call);
        let request = if file { request.output(File::create(&path).unwrap()) } else { request };
        let ended = request.run().code(if whole { 0 } else { 3 });
        let expected = if whole { [b"small".to_vec(), body(3 << 20)].concat() } else { b"small".to_vec() };
        let written = if file { std::fs::read(&path).unwrap() } else { ended.stdout };
        assert!(written == expected, "{} bytes, whole: {whole}, file: {file}", written.len());
    }
}

#[test]
fn a_full_disk_is_8_and_a_closed_output_141_whatever_is_written() {
    let broker = Embedded::start();
    let url = broker.url();
    let fill = || Stomp::new(["-s", &url, "send", "-l", "/queue/a"]).input("1\n2\n3\n").run().done("");
    let calls: [&[&str]; 11] = [
        &["sub", "-c", "1", "/queue/a"],
        &["sub", "-c", "1", "--count-only", "/queue/a"],
        &["peek", "/queue/a", "--idle", "100ms"],
        &["drain", "/queue/a", "--idle", "100ms"],
        &["depth", "/queue/a"],
        &["queues"],
        &["doctor"],
        &["--help"],
        &["completions", "bash"],
        &["man"],
        &["-e", "sub /queue/a", "-e", "wait 1"],
    ];
    for call in calls {
        for (closed, code) in [(false, 8), (true, 141)] {
            fill();
            let output = if closed {
                let (output, input) = std::io::pipe().unwrap();
                drop(output);
                std::process::Stdio::from(input)
            } else {
                OpenOptions::new().write(true).open("/dev/full").unwrap().into()
            };
            let ended = Stomp::new(["-s", &url]).args(call).output(output).run().code(code);
            assert!(!ended.stderr.contains("panic"), "{call:?}: {}", ended.stderr);
            if !closed {
                assert!(
                    ended.stderr.contains("cannot write to standard output"),
                    "{call:?}: {}",
                    ended.stderr
                );
            }
        }
    }
}

#[test]
fn a_dump_to_a_full_disk_names_the_file_and_takes_nothing() {
    let broker = Embedded::start();
    let url = broker.url();
    Stomp::new(["-s", &url, "send", "-l", "/queue/a"]).input("1\n2\n").run().done("");
    let dump = ["-s", &url, "dump", "--take", "--append", "-o", "/dev/full", "/queue/a"];
    Stomp::new(dump).run().code(8).stderr_has(&["error: cannot write to /dev/full: No space left"]);
    assert_eq!(broker.depth("/queue/a"), 2);
}

#[test]
fn a_standard_output_that_was_never_open_is_8_and_consumes_nothing() {
    let broker = Embedded::start();
    let url = broker.url();
    let redirected = |to: &str, call: &[&str]| {
        let line = format!("exec \"$@\" {to}");
        let program = env!("CARGO_BIN_EXE_stomp");
        Stomp::other("sh", ["-c", &line, "sh", program, "-s", &url]).args(call).run()
    };
    let takers: [&[&str]; 7] = [
        &["sub", "-c", "3", "/queue/a"],
        &["sub", "-c", "3", "--ack", "auto", "--raw", "/queue/a"],
        &["sub", "-c", "3", "--count-only", "/queue/a"],
        &["drain", "/queue/a", "--idle", "100ms"],
        &["dump", "--take", "/queue/a", "--idle", "100ms"],
        &["-e", "sub /queue/a", "-e", "wait 3"],
        &["-e", "drain /queue/a --idle 100ms"],
    ];
    for call in takers {
        Stomp::new(["-s", &url, "send", "-l", "/queue/a"]).input("1\n2\n3\n").run().done("");
        let said = ["cannot write to standard output: it is closed", "hint: '>/dev/null'"];
        redirected(">&-", call).code(8).stderr_has(&said);
        Stomp::new(["-s", &url, "peek", "-F", "%b %h{redelivered}\\n", "/queue/a", "--idle", "100ms"])
            .run()
            .done("1 false\n2 false\n3 false\n");
        // Parents that ignore the output give it for reading and writing.
        for null in [">/dev/null", "1<>/dev/null"] {
            redirected(null, call).code(0);
            Stomp::new(["-s", &url, "depth", "/queue/a"]).run().done("0\n");
            Stomp::new(["-s", &url, "send", "-l", "/queue/a"]).input("1\n2\n3\n").run().done("");
        }
        Stomp::new(["-s", &url, "purge", "--yes", "/queue/a"]).run().code(0);
    }
    for call in [&["--help"][..], &["queues"], &["doctor"], &["peek", "/queue/a", "--idle", "100ms"]] {
        redirected(">&-", call).code(8);
    }
    Stomp::new(["-s", &url, "send", "/queue/a", "1"]).run().done("");
    let request = ["request", "/queue/a", "2", "--timeout", "5"];
    redirected(">&-", &request).code(8);
    redirected(">&-", &["sub", "-c", "1", "--exec", "cat", "/queue/a"]).code(1);
    for line in ["!echo x", "status | cat"] {
        redirected(">&-", &["-e", line]).code(8).stderr_has(&["standard output: it is closed"]);
    }
    Stomp::new(["-s", &url, "drain", "/queue/a", "--idle", "100ms"]).run().done("1\n");
}

#[test]
fn a_script_whose_programs_write_to_a_closed_output_ends_quietly() {
    let broker = Embedded::start();
    for line in ["!echo x", "!yes", "status | cat", "peek /queue/a --idle 1ms | echo x", "help"] {
        for keep_going in [&[][..], &["--keep-going"]] {
            let (reader, output) = std::io::pipe().unwrap();
            drop(reader);
            let script = ["-s", &broker.url(), "-e", line, "-e", "send /queue/b never"];
            let ended = Stomp::new(script).args(keep_going).output(output).run().code(141);
            assert_eq!(ended.stderr, "", "{line}");
        }
    }
    assert_eq!(broker.depth("/queue/b"), 0);
    // The same signal for another reason is a failure.
    let script = Stomp::new(["-s", &broker.url(), "-e", "!kill -PIPE $$"]).run().code(1);
    script.stderr_has(&["error: the command ended with signal: 13"]);
}
