//! Rows: broker killed in the middle of sends; no receipt; refused in silence; ERROR in any state.

use std::sync::Mutex;

use crate::embedded::Embedded;
use crate::peer::Peer;
use crate::proxy::{Harm, Plan, Proxy, Way};
use crate::stomp::{Finished, Stomp};
use crate::tape::{count, frames};

/// The figures of `confirmed N, unknown M, not sent K`.
#[track_caller]
pub(crate) fn figures(finished: &Finished) -> (u64, u64, u64) {
    let line = finished.stderr.lines().find(|line| line.starts_with("confirmed "));
    let line = line.unwrap_or_else(|| panic!("no figures in {}", finished.stderr));
    let mut numbers = line.split(|c: char| !c.is_ascii_digit()).filter(|word| !word.is_empty());
    let mut next = || numbers.next().unwrap().parse().unwrap();
    (next(), next(), next())
}

/// What is said to have been sent again, and how much of it the broker may have twice.
#[track_caller]
pub(crate) fn sent_again(stderr: &str) -> (u64, u64) {
    let Some((_, said)) = stderr.split_once("sent again after a reconnect: ") else { return (0, 0) };
    let (again, twice) = said.lines().next().unwrap().split_once("; ").unwrap();
    let again = again.parse().unwrap();
    let some = twice.split(' ').find_map(|word| word.parse().ok());
    (again, some.unwrap_or(if twice.starts_with("none") { 0 } else { again }))
}

/// The numbers from 1, a line each.
pub(crate) fn lines(count: usize) -> String {
    (1..=count).map(|number| format!("{number}\n")).collect()
}

#[test]
fn a_broker_killed_in_the_middle_of_sends_leaves_figures_that_match_the_wire() {
    let broker = Embedded::start();
    // The broker is gone in the middle of a RECEIPT that the client does not get any more.
    let proxy = Proxy::start(broker.port(), 0, |_, _| Plan::down(Way::harm(9_000, Harm::Close)));
    let url = proxy.url();
    let sent = Stomp::new(["-s", &url, "send", "-l", "/queue/a"]).input(lines(20_000)).run().code(6);
    let (confirmed, unknown, not_sent) = figures(&sent);
    let tapes = proxy.ended();
    let receipts = count(&tapes[0].down, "RECEIPT") as u64;
    assert_eq!(confirmed, receipts);
    // What the client gave to its socket may not have come as far as the proxy.
    assert!(unknown >= count(&tapes[0].up, "SEND") as u64 - receipts && unknown > 0, "{unknown}");
    assert!(confirmed + unknown + not_sent <= 20_000);
    sent.stderr_has(&[
        &format!("confirmed {confirmed}, unknown {unknown}, not sent {not_sent} of what was read"),
        &format!("the first line that is not confirmed: {}", confirmed + 1),
    ]);
}

#[test]
fn a_broker_killed_in_the_middle_of_sends_with_reconnect_gets_them_again_and_it_is_said() {
    const ALL: usize = 5_000;
    let broker = Embedded::start();
    let proxy = Proxy::start(broker.port(), 0, |number, _| match number {
        0 => Plan::down(Way::harm(9_000, Harm::Close)),
        1 => Plan::up(Way::harm(20_000, Harm::Reset)),
        _ => Plan::default(),
    });
    let url = proxy.url();
    let again = ["--reconnect", "--reconnect-delay", "0.001,0.01"];
    let sent = Stomp::new(["-s", &url, "send", "-l", "/queue/a"]).args(again).input(lines(ALL)).run().code(0);
    let tapes = proxy.ended();
    assert_eq!(tapes.len(), 3);
    let mut times = vec![0_usize; ALL + 1];
    let mut confirmed = vec![false; ALL + 1];
    for tape in &tapes {
        let receipts: Vec<&str> = frames(&tape.down)
            .filter(|seen| seen.verb == "RECEIPT")
            .filter_map(|seen| seen.header("receipt-id"))
            .collect();
        for seen in frames(&tape.up).filter(|seen| seen.verb == "SEND") {
            let number: usize = std::str::from_utf8(seen.body).unwrap().parse().unwrap();
            times[number] += 1;
            confirmed[number] |= receipts.contains(&seen.header("receipt").unwrap());
        }
    }
    assert!(confirmed[1..].iter().all(|confirmed| *confirmed));
    let twice: usize = times[1..].iter().map(|times| times - 1).sum();
    let twice = twice as u64;
    let (again, said) = sent_again(&sent.stderr);
    // What the client's socket took need not have reached the proxy.
    let bounds = twice > 0 && twice <= said && said <= again && again <= 2_000;
    assert!(bounds, "{twice} came twice, {said} of {again} were said to");
}

#[test]
fn no_receipt_for_the_receipt_timeout_is_an_unknown_outcome() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        talk.be_silent();
    });
    let send = |more: &[&str]| {
        Stomp::new(["-s", &peer.url(), "--receipt-timeout", "0.2", "send", "/queue/a"]).args(more)
    };
    let one = send(&["hello"]).run().code(6);
    one.stderr_has(&["confirmed 0, unknown 1, not sent 0\n", "no receipt for 0.2 s"]);
    let many = send(&["-l"]).input("a\nb\nc\n").run().code(6);
    many.stderr_has(&[
        "confirmed 0, unknown 3, not sent 0 of what was read\n",
        "the first line that is not confirmed: 1\n",
        "no receipt for 0.2 s",
    ]);
}

#[test]
fn a_blocked_broker_that_reads_nothing_ends_after_the_receipt_timeout_too() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        // It is not read from any more, until the client has gone.
        let mut nothing = [0; 1];
        while talk.stream().peek(&mut nothing).is_ok_and(|count| count > 0) {
            std::thread::sleep(std::time::Duration::from_millis(5));
            if talk.say("\n") {
                continue;
            }
            break;
        }
    });
    let body = vec![b'x'; 40 << 20];
    let sent =
        Stomp::new(["-s", &peer.url(), "--receipt-timeout", "0.3", "send", "/queue/a"]).input(body).run();
    sent.code(6).stderr_has(&["confirmed 0, unknown 1, not sent 0\n"]);
}

#[test]
fn a_send_that_the_broker_refuses_in_silence_is_never_called_confirmed() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        while let Some(came) = talk.hear() {
            if came.body() != b"refused" {
                talk.receipt(&came);
            }
        }
    });
    let send = |more: &[&str]| {
        Stomp::new(["-s", &peer.url(), "--receipt-timeout", "0.2", "send", "/queue/a"]).args(more)
    };
    send(&["-l"]).input("one\nrefused\nthree\n").run().code(6).stderr_has(&[
        "confirmed 2, unknown 1, not sent 0 of what was read\n",
        "the first line that is not confirmed: 2\n",
    ]);
    send(&["refused"]).run().code(6).stderr_has(&["confirmed 0, unknown 1, not sent 0\n"]);
    // Without a receipt nothing is known, and nothing is said.
    send(&["--receipt", "none", "refused"]).run().done("");
    send(&["--receipt", "none", "-l"]).input("one\nrefused\n").run().done("");
}

/// Login, then the script's answer to each frame that asks for a receipt.
fn answering(answer: impl Fn(&str, &str) -> Option<String> + Send + Sync + 'static) -> Peer {
    Peer::start(move |mut talk, _| {
        talk.login();
        while let Some(came) = talk.hear() {
            let receipt = if came.has("receipt") { came.header("receipt") } else { String::new() };
            match answer(&came.verb, &receipt) {
                Some(said) => {
                    talk.say(&said);
                    if said.starts_with("ERROR") {
                        return;
                    }
                }
                None => drop(talk.receipt(&came)),
            }
        }
    })
}

#[test]
fn an_error_in_place_of_connected_is_a_refusal() {
    let peer = Peer::start(|mut talk, _| {
        talk.hear_of("CONNECT");
        talk.say("ERROR\nmessage:no more room\n\n^");
    });
    for command in [&["send", "/queue/a", "x"][..], &["sub", "/queue/a"]] {
        let refused = Stomp::new(["-s", &peer.url()]).args(command).run().code(5);
        refused.stdout("").stderr_has(&["no more room"]);
    }
}

#[test]
fn an_error_that_names_a_send_names_its_line() {
    let numbers = Mutex::new(0);
    let peer = answering(move |verb, receipt| {
        let mut numbers = numbers.lock().unwrap();
        *numbers += usize::from(verb == "SEND");
        (*numbers == 3).then(|| format!("ERROR\nmessage:full\nreceipt-id:{receipt}\n\n^"))
    });
    let refused =
        Stomp::new(["-s", &peer.url(), "send", "-l", "/queue/a"]).input("a\nb\nc\nd\n").run().code(5);
    let (confirmed, unknown, not_sent) = figures(&refused);
    assert_eq!((confirmed, confirmed + unknown + not_sent), (2, 4));
    refused.stderr_has(&[
        " of what was read (1 of the unknown was refused)\n",
        "the first line that is not confirmed: 3\n",
        "the broker refused it: full",
    ]);
}

#[test]
fn an_error_for_a_single_send_is_a_refusal_of_it() {
    for named in ["", "receipt-id:1\n"] {
        let peer = answering(move |verb, _| {
            (verb == "SEND").then(|| format!("ERROR\nmessage:no such queue\n{named}\n^"))
        });
        let refused = Stomp::new(["-s", &peer.url(), "send", "/queue/a", "x"]).run().code(5);
        // It was on the wire: that it was refused is all that makes it less than unknown.
        refused.stderr_has(&[
            "confirmed 0, unknown 1, not sent 0 (1 of the unknown was refused)\n",
            "no such queue",
        ]);
    }
}

#[test]
fn an_error_for_a_send_without_a_receipt_is_seen_before_the_end() {
    let peer = answering(|verb, _| (verb == "SEND").then(|| "ERROR\nmessage:no such queue\n\n^".to_owned()));
    for more in [&["x"][..], &["-l"]] {
        let refused = Stomp::new(["-s", &peer.url(), "send", "--receipt", "none", "/queue/a"]).args(more);
        refused.input("a\n").run().code(5).stderr_has(&["no such queue"]);
    }
}

#[test]
fn an_error_for_a_subscribe_ends_the_sub() {
    let peer = answering(|verb, receipt| {
        (verb == "SUBSCRIBE").then(|| format!("ERROR\nmessage:not allowed\nreceipt-id:{receipt}\n\n^"))
    });
    Stomp::new(["-s", &peer.url(), "sub", "/queue/a"]).run().code(5).stdout("").stderr_has(&["not allowed"]);
}

#[test]
fn an_error_out_of_the_blue_ends_the_sub() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        let came = talk.hear_of("SUBSCRIBE").unwrap();
        talk.receipt(&came);
        talk.say("MESSAGE\nsubscription:1\nmessage-id:m\nack:m\ndestination:/queue/a\n\none^");
        talk.hear_of("ACK");
        talk.say("ERROR\nmessage:shutting down\n\nthe whole house is closing^");
    });
    let ended = Stomp::new(["-s", &peer.url(), "sub", "/queue/a"]).run().code(5);
    ended.stdout("one\n").stderr_has(&["shutting down: the whole house is closing"]);
}

#[test]
fn an_error_in_place_of_the_receipt_of_disconnect_changes_nothing_that_is_confirmed() {
    let peer = answering(|verb, _| (verb == "DISCONNECT").then(|| "ERROR\nmessage:odd\n\n^".to_owned()));
    let said = "error: the broker sent an ERROR: odd\n";
    let one = Stomp::new(["-s", &peer.url(), "send", "/queue/a", "x"]).run().code(5);
    one.stderr_has(&["confirmed 1, unknown 0, not sent 0\n", said]);
    let two = Stomp::new(["-s", &peer.url(), "send", "-l", "/queue/a"]).input("a\nb\n").run().code(5);
    two.stderr_has(&["confirmed 2, unknown 0, not sent 0 of what was read\n", said]);
}

#[test]
fn an_end_in_place_of_the_receipt_of_disconnect_is_success_where_all_receipts_are_in() {
    for reset in [false, true] {
        let peer = Peer::start(move |mut talk, _| {
            talk.login();
            while let Some(came) = talk.hear() {
                if came.verb == "DISCONNECT" {
                    break;
                }
                talk.receipt(&came);
            }
            if reset {
                talk.reset();
            }
        });
        Stomp::new(["-s", &peer.url(), "send", "/queue/a", "x"]).run().done("");
        Stomp::new(["-s", &peer.url(), "send", "-l", "/queue/a"]).input("a\nb\n").run().done("");
        Stomp::new(["-s", &peer.url(), "send", "--receipt", "last", "-l", "/queue/a"])
            .input("a\nb\n")
            .run()
            .done("");
        // Without a receipt, only an end in order proves that the broker has read it.
        let code = if reset { 6 } else { 0 };
        Stomp::new(["-s", &peer.url(), "send", "--receipt", "none", "/queue/a", "x"]).run().code(code);
    }
}

#[test]
fn a_broker_that_never_answers_disconnect_is_waited_for_a_while_and_no_longer() {
    let peer = answering(|verb, _| (verb == "DISCONNECT").then(String::new));
    Stomp::new(["-s", &peer.url(), "send", "/queue/a", "x"]).run().done("");
}

#[test]
fn a_script_shows_an_error_beside_a_failure_that_has_its_text_in_it() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        let subscribe = talk.hear_of("SUBSCRIBE").unwrap();
        let id = subscribe.header("receipt");
        // Together: the ERROR is there before the SEND, and refuses nothing. 'no' stands in "unknown" too.
        talk.say(&format!("RECEIPT\nreceipt-id:{id}\n\n^ERROR\nmessage:no\n\n^"));
        talk.hear_of("SEND");
    });
    let script = ["-e", "sub /topic/a", "-e", "send /queue/a x"];
    let finished = Stomp::new(["-s", &peer.url()]).args(script).run().code(6);
    finished.stderr_has(&["error: the outcome is unknown: ", "error: the broker sent an ERROR: no\n"]);
}

#[test]
fn a_script_shows_an_error_that_refuses_a_bulk_once() {
    let peer = answering(|verb, receipt| {
        (verb == "SEND").then(|| format!("ERROR\nmessage:full\nreceipt-id:{receipt}\n\n^"))
    });
    let script = ["-e", "send --repeat 3 /queue/a x"];
    let finished = Stomp::new(["-s", &peer.url()]).args(script).run().code(5);
    assert_eq!(finished.stderr.matches("full").count(), 1, "{}", finished.stderr);
}
