//! Bodies that do not fit into memory, both ways; and the limit on a body.

use std::fs::File;
use std::io::Read as _;
use std::sync::{Arc, Barrier, LazyLock};

use rustix::process::Signal;

use crate::peer::{Peer, Talk};
use crate::proxy::{Harm, Plan, Proxy, Way};
use crate::receiving::{body, peak, subscribed};
use crate::stomp::Stomp;
use crate::tape::{beats_at_end, count};

/// Bytes of a large body.
const LARGE: usize = 64 << 20;

/// The most memory that the program may take for it. Debug builds have more code.
const MEMORY: u64 = 32 << 20;

/// The bytes of a large body from a place on, at most this many: no NUL, and what repeats does so at no
/// round distance.
fn bytes(at: usize, most: usize) -> &'static [u8] {
    const PERIOD: usize = 131_071;
    static BLOCK: LazyLock<Vec<u8>> = LazyLock::new(|| body(PERIOD));
    let block = &BLOCK[at % PERIOD..];
    &block[..most.min(block.len())]
}

/// Writes a large body, or its beginning; whether somebody took it.
fn write_large(mut to: impl std::io::Write, length: usize) -> bool {
    let mut at = 0;
    while at < length {
        let piece = bytes(at, length - at);
        if to.write_all(piece).is_err() {
            return false;
        }
        at += piece.len();
    }
    true
}

/// Whether these bytes are a large body.
struct Checked {
    at: usize,
}

impl Checked {
    fn take(&mut self, mut came: &[u8]) {
        while !came.is_empty() {
            let expected = bytes(self.at, came.len());
            let (now, rest) = came.split_at(expected.len());
            assert!(now == expected, "the body differs behind byte {}", self.at);
            self.at += now.len();
            came = rest;
        }
    }

    fn read(mut input: impl std::io::Read) {
        let mut checked = Self { at: 0 };
        let mut piece = vec![0; 1 << 16];
        while let count @ 1.. = input.read(&mut piece).unwrap() {
            checked.take(&piece[..count]);
        }
        assert_eq!(checked.at, LARGE);
    }
}

/// A broker that takes a SEND with a large body, and gives its receipt at the barrier.
fn sink(measured: Arc<Barrier>) -> Peer {
    Peer::start(move |mut talk, _| {
        talk.login();
        let mut head = Vec::new();
        let mut piece = vec![0; 1 << 16];
        let mut checked = Checked { at: 0 };
        let mut rest = loop {
            let count = talk.stream().read(&mut piece).unwrap_or(0);
            head.extend_from_slice(&piece[..count]);
            if let Some(end) = memchr::memmem::find(&head, b"\n\n") {
                break head.split_off(end + 2);
            }
        };
        let head = String::from_utf8(head).unwrap();
        let receipt = head.lines().find_map(|line| line.strip_prefix("receipt:")).unwrap();
        assert!(
            head.starts_with("SEND\n") && head.contains(&format!("\ncontent-length:{LARGE}\n")),
            "{head}"
        );
        while rest.len() < LARGE + 1 - checked.at {
            checked.take(&rest);
            let Ok(count @ 1..) = talk.stream().read(&mut piece) else { return };
            rest = piece[..count].to_vec();
        }
        checked.take(&rest[..LARGE - checked.at]);
        assert_eq!(rest.last(), Some(&0));
        measured.wait();
        measured.wait();
        talk.say(&format!("RECEIPT\nreceipt-id:{receipt}\n\n^"));
        talk.confirm_all();
    })
}

#[test]
fn a_large_body_is_sent_in_little_memory_from_a_file_and_from_a_pipe() {
    let measured = Arc::new(Barrier::new(2));
    let peer = sink(Arc::clone(&measured));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body");
    assert!(write_large(File::create(&path).unwrap(), LARGE));
    let from = format!("@{}", path.display());
    for pipe in [false, true] {
        let send = Stomp::new(["-s", &peer.url(), "send", "/queue/big"]);
        let send = if pipe { send.open_input() } else { send.arg(&from) };
        let mut send = send.start();
        if pipe {
            let mut file = File::open(&path).unwrap();
            let mut piece = vec![0; 1 << 16];
            while let count @ 1.. = file.read(&mut piece).unwrap() {
                send.write(&piece[..count]);
            }
            send.close_input();
        }
        measured.wait();
        let most = peak(&send);
        measured.wait();
        send.finish().done("");
        assert!(most < MEMORY, "{most} bytes, pipe: {pipe}");
    }
}

/// A broker that sends a large message with or without its length, and lets the client go at the barrier.
fn blast(measured: Arc<Barrier>, sized: bool) -> Peer {
    Peer::start(move |mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        large(&mut talk, sized.then_some(LARGE), LARGE);
        talk.write(b"\0");
        let bye = talk.hear_of("DISCONNECT").unwrap();
        measured.wait();
        measured.wait();
        talk.receipt(&bye);
        talk.be_silent();
    })
}

/// Begins a large message.
fn large(talk: &mut Talk, length: Option<usize>, comes: usize) {
    let length = length.map_or(String::new(), |length| format!("content-length:{length}\n"));
    talk.write(
        format!("MESSAGE\nsubscription:1\nmessage-id:1\nack:1\ndestination:/queue/big\n{length}\n")
            .as_bytes(),
    );
    write_large(talk.stream(), comes);
}

#[test]
fn a_large_message_is_taken_in_little_memory_to_a_file_and_to_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body");
    for (sized, pipe) in [(true, false), (false, false), (true, true)] {
        let measured = Arc::new(Barrier::new(2));
        let peer = blast(Arc::clone(&measured), sized);
        let sub = Stomp::new(["-q", "-s", &peer.url(), "sub", "--raw", "-c", "1", "/queue/big"]);
        let (sub, checking) = if pipe {
            let (output, input) = std::io::pipe().unwrap();
            (sub.output(input), Some(std::thread::spawn(|| Checked::read(output))))
        } else {
            (sub.output(File::create(&path).unwrap()), None)
        };
        let sub = sub.start();
        measured.wait();
        let most = peak(&sub);
        measured.wait();
        sub.finish().code(0).stderr("");
        match checking {
            Some(checking) => checking.join().unwrap(),
            None => Checked::read(File::open(&path).unwrap()),
        }
        assert!(most < MEMORY, "{most} bytes, sized: {sized}, pipe: {pipe}");
    }
}

#[test]
fn heart_beats_and_ctrl_c_work_while_a_large_message_comes() {
    let peer = Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:50,50\n");
        large(&mut talk, Some(LARGE), LARGE);
        talk.be_silent();
    });
    let proxy = Proxy::start(peer.port(), 0, |_, _| Plan::down(Way::harm(3 << 20, Harm::Stall)));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body");
    std::fs::write(&path, "before").unwrap();
    let output = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    // It only gives heart-beats; those of a broker in the middle of a body could not be told from it.
    let sub =
        Stomp::new(["-s", &proxy.url(), "--heartbeat", "50,0", "sub", "--raw", "/queue/big"]).output(output);
    let sub = sub.start();
    proxy.wait("heart-beats in the middle of a message", |tapes| {
        let tape = tapes.first()?;
        (tape.down.len() == 3 << 20 && beats_at_end(&tape.up) >= 5).then_some(())
    });
    sub.signal(Signal::INT);
    sub.finish().code(130);
    assert_eq!(std::fs::read(&path).unwrap(), b"before");
    assert_eq!(proxy.with(|tapes| count(&tapes[0].up, "ACK")), 0);
}

#[test]
fn a_large_file_is_sent_again_from_its_beginning_after_a_reconnect() {
    let measured = Arc::new(Barrier::new(2));
    let peer = sink(Arc::clone(&measured));
    let proxy = Proxy::start(peer.port(), 0, |number, _| match number {
        0 => Plan::up(Way::harm(5_000_000, Harm::Reset)),
        _ => Plan::default(),
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body");
    assert!(write_large(File::create(&path).unwrap(), LARGE));
    let from = format!("@{}", path.display());
    let again = ["--reconnect", "--reconnect-delay", "0.001,0.01"];
    let send = Stomp::new(["-s", &proxy.url(), "send", "/queue/big", &from]).args(again).start();
    measured.wait();
    let most = peak(&send);
    measured.wait();
    // Half of it is no message: the broker cannot have it twice.
    let said = "sent again after a reconnect: 1; none had gone out whole before\n";
    send.finish().code(0).stderr_has(&[said]);
    assert!(most < MEMORY, "{most} bytes");
}

#[test]
fn the_limit_on_a_body_holds_where_it_was_set_and_not_for_what_goes_by() {
    const OVER: usize = (256 << 20) + 1;
    let peer = Peer::start(|mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        large(&mut talk, Some(OVER), 100_000);
    });
    // To a pipe, all that is wrong is the early end.
    Stomp::new(["-q", "-s", &peer.url(), "sub", "--raw", "/queue/big"]).run().code(3).stdout("");
    let limited = Stomp::new(["-q", "-s", &peer.url(), "--max-body", "1000", "sub", "--raw", "/queue/big"]);
    limited.run().code(7).stdout("").stderr_has(&["bytes in a body", "--max-body"]);
}
