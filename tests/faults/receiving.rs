//! Rows: half a message that is large; slow standard output; disk full; standard output closed.

use std::fs::{File, OpenOptions};
use std::io::{PipeReader, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};

use crate::peer::{Peer, Talk};
use crate::proxy::{Harm, Plan, Proxy, Way};
use crate::stomp::{DEADLINE, Running, Stomp};
use crate::tape::{beats_at_end, count, frames};

/// Writes a message with this body; its number is its id.
pub(crate) fn message(talk: &mut Talk, number: usize, body: &[u8]) -> bool {
    let head = format!(
        "MESSAGE\nsubscription:1\nmessage-id:{number}\nack:{number}\ndestination:/queue/a\ncontent-length:{}\n\n",
        body.len()
    );
    talk.write(head.as_bytes()) && talk.write(body) && talk.write(b"\0")
}

/// Takes the login and the SUBSCRIBE.
pub(crate) fn subscribed(talk: &mut Talk, connected: &str) {
    talk.login_with(connected);
    let came = talk.hear_of("SUBSCRIBE").unwrap();
    talk.receipt(&came);
}

/// A body that is not the same anywhere.
pub(crate) fn body(bytes: usize) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(bytes as u64);
    std::iter::repeat_with(|| rng.alphanumeric() as u8).take(bytes).collect()
}

/// The ids of the ACKs.
pub(crate) fn acks(up: &[u8]) -> Vec<String> {
    let acks = frames(up).filter(|seen| seen.verb == "ACK");
    acks.map(|seen| seen.header("id").unwrap().to_owned()).collect()
}

/// A small message, and a large one of which not all comes before the end.
fn cut_short(large: usize, comes: usize) -> Peer {
    Peer::start(move |mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        message(&mut talk, 1, b"small\n");
        let bytes = body(large);
        talk.write(format!("MESSAGE\nsubscription:1\nmessage-id:2\nack:2\ndestination:/queue/a\ncontent-length:{large}\n\n").as_bytes());
        talk.write(&bytes[..comes]);
    })
}

#[test]
fn a_large_message_whose_end_does_not_come_is_cut_off_the_file_again() {
    let peer = cut_short(3 << 20, 2 << 20);
    let proxy = Proxy::harmless(peer.port());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    for append in [false, true] {
        std::fs::write(&path, if append { "before\n" } else { "" }).unwrap();
        let file = OpenOptions::new().write(true).append(append).open(&path).unwrap();
        Stomp::new(["-s", &proxy.url(), "sub", "--raw", "/queue/a"]).output(file).run().code(3);
        let expected = if append { "before\nsmall\n" } else { "small\n" };
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
    }
    assert!(proxy.ended().iter().all(|tape| acks(&tape.up) == ["1"]));
}

#[test]
fn a_large_message_whose_end_does_not_come_is_not_in_a_pipe_at_all() {
    let peer = cut_short(3 << 20, 2 << 20);
    for form in ["--raw", "-0", "--jsonl", "--headers"] {
        let ended = Stomp::new(["-s", &peer.url(), "sub", form, "/queue/a"]).run().code(3);
        assert!(ended.stdout.len() < 1_000, "{form}: {} bytes", ended.stdout.len());
    }
}

#[test]
fn a_large_message_that_was_cut_short_comes_whole_after_a_reconnect() {
    let large = body(3 << 20);
    let own = large.clone();
    let peer = Peer::start(move |mut talk, number| {
        subscribed_again(&mut talk, number);
        let comes = if number == 0 { 2 << 20 } else { own.len() };
        talk.write(format!("MESSAGE\nsubscription:1\nmessage-id:2\nack:2-{number}\ndestination:/queue/a\ncontent-length:{}\n\n", own.len()).as_bytes());
        talk.write(&own[..comes]);
        if number > 0 {
            talk.write(b"\0");
            assert_eq!(talk.hear_of("ACK").unwrap().header("id"), "2-1");
            talk.confirm_all();
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let again = ["--reconnect", "--reconnect-delay", "0.001,0.01"];
    for file in [true, false] {
        let output = File::create(&path).unwrap();
        let sub = Stomp::new(["-s", &peer.url(), "sub", "--raw", "-c", "1", "/queue/a"]).args(again);
        if file {
            sub.output(output).run().code(0);
            assert!(std::fs::read(&path).unwrap() == large);
        }
    }
}

/// As [`subscribed`]; on a later connection SUBSCRIBE comes by itself, first of all.
fn subscribed_again(talk: &mut Talk, number: usize) {
    talk.login();
    let came = talk.hear().unwrap();
    assert_eq!(came.verb, "SUBSCRIBE", "on connection {number}");
    talk.receipt(&came);
}

/// The most memory that a process has had so far, in bytes.
pub(crate) fn peak(running: &Running) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !so() {
        assert!(Instant::now() < deadline, "never {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn slow_standard_output_keeps_heart_beats_going_and_memory_bounded_and_drops_nothing() {
    const MESSAGES: usize = 40_000;
    const SIZE: usize = 2_000;
    let peer = Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:50,50\n");
        let mut stream = talk.stream().try_clone().unwrap();
        let reading = std::thread::spawn(move || talk.confirm_all());
        let mut bytes = Vec::new();
        for number in 1..=MESSAGES {
            let head = format!(
                "MESSAGE\nsubscription:1\nmessage-id:{number}\nack:{number}\ndestination:/queue/a\n\n{number:0SIZE$}\0"
            );
            bytes.extend_from_slice(head.as_bytes());
            if bytes.len() > 1 << 20 || number == MESSAGES {
                std::io::Write::write_all(&mut stream, &bytes).unwrap();
                bytes.clear();
            }
        }
        let came = reading.join().unwrap();
        let acked = came.iter().rfind(|came| came.verb == "ACK").unwrap();
        assert_eq!(acked.header("id"), MESSAGES.to_string());
    });
    let proxy = Proxy::harmless(peer.port());
    let (mut output, input) = std::io::pipe().unwrap();
    let count_of = MESSAGES.to_string();
    let sub = Stomp::new(["-s", &proxy.url(), "--heartbeat", "50,50", "sub", "-c", &count_of, "/queue/a"])
        .output(input)
        .start();
    // Nothing is read of its output, until what the socket holds has stood still for ten heart-beats.
    proxy.wait("ten heart-beats of a client that does not read", |tapes| {
        let tape = tapes.first()?;
        (beats_at_end(&tape.up) >= 10 && count(&tape.up, "SUBSCRIBE") == 1).then_some(())
    });
    let passed = proxy.with(|tapes| tapes[0].down.len());
    assert!(passed < MESSAGES * SIZE / 2, "the socket was read on");
    // A debug build's own code counts too.
    assert!(peak(&sub) < 64 << 20, "{} bytes", peak(&sub));
    let mut all = Vec::new();
    output.read_to_end(&mut all).unwrap();
    sub.finish().code(0).stderr("");
    let expected: Vec<u8> =
        (1..=MESSAGES).flat_map(|number| format!("{number:0SIZE$}\n").into_bytes()).collect();
    assert!(all == expected);
}

/// Three messages, and receipts; then the client's end.
fn three() -> Peer {
    Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        for number in 1..=3 {
            message(&mut talk, number, &body(1_000));
        }
        talk.confirm_all();
    })
}

#[test]
fn on_a_full_disk_the_sub_ends_with_8_and_acks_nothing() {
    let peer = three();
    let proxy = Proxy::harmless(peer.port());
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ended = Stomp::new(["-s", &proxy.url(), "sub", "-c", "3", "/queue/a"]).output(full).run().code(8);
    ended.stderr_has(&["cannot write to standard output"]);
    let tape = proxy.ended().remove(0);
    assert_eq!(acks(&tape.up), [""; 0]);
}

#[test]
fn on_a_disk_that_fills_up_what_was_written_is_acked_and_half_a_message_is_taken_back() {
    let peer = three();
    let proxy = Proxy::harmless(peer.port());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    // As a full disk, a limit lets a part of a write through: two of three messages fit into its 2,048 bytes.
    let script = format!(
        "trap '' XFSZ; ulimit -f 4; exec '{}' -s '{}' sub -c 3 /queue/a >'{}'",
        env!("CARGO_BIN_EXE_stomp"),
        proxy.url(),
        path.display()
    );
    let ended = Stomp::other("sh", ["-c", &script]).run().code(8);
    ended.stderr_has(&["cannot write to standard output"]);
    let tape = proxy.ended().remove(0);
    let written = std::fs::read(&path).unwrap();
    let line = [body(1_000), vec![b'\n']].concat();
    assert!(written == line.repeat(2), "{} bytes", std::fs::metadata(&path).unwrap().size());
    assert_eq!(acks(&tape.up).last().map(String::as_str), Some("2"));
}

/// Reads so many bytes of a pipe and closes it.
fn read_and_close(mut output: PipeReader, bytes: usize) {
    let mut some = vec![0; bytes];
    output.read_exact(&mut some).unwrap();
}

#[test]
fn standard_output_that_was_closed_ends_the_sub_with_141_and_acks_what_it_took() {
    let peer = Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        message(&mut talk, 1, b"one");
        assert_eq!(talk.hear_of("ACK").unwrap().header("id"), "1");
        let mut stream = talk.stream().try_clone().unwrap();
        let reading = std::thread::spawn(move || talk.confirm_all());
        // Until the client has noticed that its reader is gone.
        for number in 2.. {
            let more = format!(
                "MESSAGE\nsubscription:1\nmessage-id:{number}\nack:{number}\ndestination:/queue/a\n\nmore\0"
            );
            if reading.is_finished() || std::io::Write::write_all(&mut stream, more.as_bytes()).is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        drop(reading.join().unwrap());
    });
    let (output, input) = std::io::pipe().unwrap();
    let proxy = Proxy::harmless(peer.port());
    let sub = Stomp::new(["-q", "-s", &proxy.url(), "sub", "/queue/a"]).output(input).start();
    read_and_close(output, 4);
    sub.finish().code(141).stderr("");
    let tape = proxy.ended().remove(0);
    // What stood in the pipe's own buffer had been taken.
    assert!(acks(&tape.up).contains(&"1".to_owned()));
}

#[test]
fn standard_output_that_was_closed_from_the_start_acks_nothing() {
    let peer = three();
    let proxy = Proxy::harmless(peer.port());
    let (output, input) = std::io::pipe().unwrap();
    drop(output);
    Stomp::new(["-q", "-s", &proxy.url(), "sub", "-c", "3", "/queue/a"])
        .output(input)
        .run()
        .code(141)
        .stderr("");
    let tape = proxy.ended().remove(0);
    assert_eq!(acks(&tape.up), [""; 0]);
}

#[test]
fn messages_that_came_before_a_reset_are_printed() {
    let peer = three();
    // The reset comes behind the second message.
    let end = {
        let proxy = Proxy::harmless(peer.port());
        Stomp::new(["-q", "-s", &proxy.url(), "sub", "-c", "3", "/queue/a"]).run().code(0);
        let tape = proxy.ended().remove(0);
        let end = frames(&tape.down).filter(|seen| seen.verb == "MESSAGE").nth(1).unwrap().end;
        end as u64
    };
    let proxy = Proxy::start(peer.port(), 0, move |_, _| Plan::down(Way::harm(end, Harm::Reset)));
    let ended = Stomp::new(["-q", "-s", &proxy.url(), "sub", "-c", "3", "/queue/a"]).run().code(3);
    assert_eq!(ended.stdout.len(), 2 * 1_001);
}

#[test]
fn a_folder_on_a_disk_that_fills_up_holds_no_half_message() {
    let sizes = [1_000, 5_000];
    let peer = Peer::start(move |mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        for (number, size) in (1..).zip(sizes) {
            message(&mut talk, number, &body(size));
        }
        talk.confirm_all();
    });
    let proxy = Proxy::harmless(peer.port());
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("messages");
    // Files of up to 2,048 bytes.
    let script = format!(
        "trap '' XFSZ; ulimit -f 4; exec '{}' -q -s '{}' sub -c 2 --dump '{}' /queue/a",
        env!("CARGO_BIN_EXE_stomp"),
        proxy.url(),
        to.display()
    );
    Stomp::other("sh", ["-c", &script]).run().code(8).stderr_has(&["cannot write the message"]);
    let mut names: Vec<_> = std::fs::read_dir(&to)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["000001.body", "000001.headers"]);
    assert_eq!(std::fs::read(to.join("000001.body")).unwrap(), body(1_000));
    assert_eq!(acks(&proxy.ended()[0].up), ["1"]);
}

#[test]
fn a_message_of_a_subscription_that_was_never_made_is_reported_and_not_printed() {
    let peer = Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        let large = body(3 << 20);
        for (number, id) in [(1, "other"), (2, "1"), (3, "other"), (4, "1")] {
            let head = format!(
                "MESSAGE\nsubscription:{id}\nmessage-id:{number}\nack:{number}\ndestination:/queue/b\n"
            );
            talk.say(&format!("{head}\nsmall {number}^"));
            if number == 3 {
                talk.say(&format!("{head}content-length:{}\n\n", large.len()));
                talk.write(&large);
                talk.write(b"\0");
            }
        }
        talk.confirm_all();
    });
    let warning = "the broker sent a message from '/queue/b' for subscription 'other', which was never made";
    let proxy = Proxy::harmless(peer.port());
    let ended = Stomp::new(["-s", &proxy.url(), "sub", "-c", "2", "/queue/a"]).run().code(0);
    let ended = ended.stdout("small 2\nsmall 4\n");
    assert_eq!(ended.stderr.matches(warning).count(), 1, "{}", ended.stderr);
    assert_eq!(acks(&proxy.ended()[0].up).last().map(String::as_str), Some("4"));
    let script = ["-s", &peer.url(), "-e", "sub /queue/a", "-e", "wait 2"];
    let ended = Stomp::new(script).run().code(0).stdout("small 2\nsmall 4\n");
    assert_eq!(ended.stderr.matches(warning).count(), 1, "{}", ended.stderr);
}
