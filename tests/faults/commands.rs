//! `--exec` and `--grep`: commands that take their time or fail, bodies that have to be searched.

use rustix::process::Signal;

use crate::peer::{Came, Peer};
use crate::receiving::{body, message, subscribed, until};
use crate::stomp::Stomp;

/// A broker with these messages, numbered from 1, in one piece, that looks at what comes then.
fn with(bodies: Vec<Vec<u8>>, came: impl Fn(Vec<Came>) + Send + Sync + 'static) -> Peer {
    Peer::start(move |mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        let mut all = Vec::new();
        for (number, body) in (1..).zip(&bodies) {
            let head = format!(
                "MESSAGE\nsubscription:1\nmessage-id:{number}\nack:{number}\ndestination:/queue/a\ncontent-length:{}\n\n",
                body.len()
            );
            all.extend_from_slice(head.as_bytes());
            all.extend_from_slice(body);
            all.push(0);
        }
        talk.write(&all);
        came(talk.confirm_all());
    })
}

/// The ids of the frames of this verb.
fn ids(came: &[Came], verb: &str) -> Vec<String> {
    came.iter().filter(|came| came.verb == verb).map(|came| came.header("id")).collect()
}

fn small(bodies: &[&str]) -> Vec<Vec<u8>> {
    bodies.iter().map(|body| body.as_bytes().to_vec()).collect()
}

#[test]
fn a_message_is_acked_when_its_own_command_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    let peer = Peer::start(move |mut talk, _| {
        subscribed(&mut talk, "heart-beat:0,0\n");
        message(&mut talk, 1, b"one");
        message(&mut talk, 2, b"two");
        assert_eq!(talk.hear_of("ACK").unwrap().header("id"), "1");
        std::fs::write(&go, "").unwrap();
        assert_eq!(talk.hear_of("ACK").unwrap().header("id"), "2");
        talk.confirm_all();
    });
    let command = "test $(cat) = one || until test -e go; do sleep 0.01; done";
    let call = ["-q", "-s", &peer.url(), "sub", "-c", "2", "/queue/a", "--exec", command];
    Stomp::new(call).folder(folder.path()).run().done("");
}

#[test]
fn nothing_is_idle_while_a_command_works() {
    let peer = with(small(&["one", "two", "three"]), |came| assert_eq!(ids(&came, "ACK"), ["1", "2", "3"]));
    // Longer than the idleness that ends it.
    let call =
        ["-q", "-s", &peer.url(), "sub", "--idle", "50ms", "/queue/a", "--exec", "sleep 0.2; cat; echo"];
    Stomp::new(call).run().done("one\ntwo\nthree\n");
}

#[test]
fn after_a_signal_no_further_command_is_run() {
    const COUNT: usize = 1_000;
    let peer = with(vec![b"body".to_vec(); COUNT], |came| {
        let acked = ids(&came, "ACK").len();
        assert!((1..COUNT).contains(&acked), "{acked} were acked");
    });
    let folder = tempfile::tempdir().unwrap();
    let command = ": >begun; until test -e go; do sleep 0.01; done";
    let sub = Stomp::new(["-q", "-s", &peer.url(), "sub", "/queue/a", "--exec", command]);
    let sub = sub.folder(folder.path()).start();
    until("begun", || folder.path().join("begun").exists());
    sub.signal(Signal::TERM);
    std::fs::write(folder.path().join("go"), "").unwrap();
    sub.finish().code(143);
}

#[test]
fn a_command_that_fails_on_a_large_message_is_passed_over_or_given_back_as_told() {
    for (on_fail, verb, other) in [("continue", "ACK", "NACK"), ("nack", "NACK", "ACK")] {
        let peer = with(vec![body(3 << 20)], move |came| {
            assert_eq!((ids(&came, verb), ids(&came, other)), (vec!["1".to_owned()], Vec::new()));
        });
        let call = ["-q", "-s", &peer.url(), "sub", "--idle", "100ms", "/queue/a"];
        let ended = Stomp::new(call).args(["--exec", "false", "--on-fail", on_fail]).run();
        ended.code(1).stdout("").stderr_has(&["1 commands of --exec failed"]);
    }
}

#[test]
fn what_comes_before_a_large_message_whose_command_fails_is_acked() {
    let peer = with(vec![b"small".to_vec(), body(3 << 20)], |came| assert_eq!(ids(&came, "ACK"), ["1"]));
    let call = ["-q", "-s", &peer.url(), "sub", "/queue/a", "--exec", "test $STOMP_HEADER_MESSAGE_ID = 1"];
    Stomp::new(call).run().code(1).stdout("");
}

#[test]
fn large_messages_are_searched_like_small_ones() {
    let (mut with_it, without) = (body(3 << 20), body(2 << 20));
    with_it.extend_from_slice(b" needle");
    let bodies = vec![without, with_it.clone(), b"small".to_vec(), b"a small needle".to_vec()];
    let shown = [&with_it[..], b"a small needle"].concat();
    for (discard, acked) in [(false, ["2", "4"].as_slice()), (true, &["1", "2", "3", "4"])] {
        let peer = with(bodies.clone(), move |came| assert_eq!(ids(&came, "ACK"), acked));
        let call = ["-q", "-s", &peer.url(), "sub", "--raw", "-c", "2", "/queue/a", "--grep", "needle$"];
        let more: &[&str] = if discard { &["--discard-others", "--ack", "client-individual"] } else { &[] };
        let ended = Stomp::new(call).args(more).run().code(0).stderr("");
        assert!(ended.stdout == shown, "{} bytes", ended.stdout.len());
    }
}
