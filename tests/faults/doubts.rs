//! Servers that confirm some kinds of frames only, are slow to confirm, or end a connection in place of an answer.

use rustix::process::Signal;

use crate::peer::{Came, Peer};
use crate::proxy::Proxy;
use crate::stomp::Stomp;
use crate::tape::count;

/// Confirms what `answers` says of each verb, and sends the receipts of the other frames before that of DISCONNECT if
/// `late`.
fn confirming(answers: fn(&str) -> bool, late: bool) -> Peer {
    Peer::start(move |mut talk, _| {
        talk.login();
        let mut held: Vec<Came> = Vec::new();
        while let Some(came) = talk.hear() {
            if came.verb == "DISCONNECT" && late {
                for came in held.drain(..) {
                    talk.receipt(&came);
                }
            }
            if came.verb == "DISCONNECT" || answers(&came.verb) {
                talk.receipt(&came);
            } else if came.has("receipt") {
                held.push(came);
            }
        }
    })
}

fn only_sends(verb: &str) -> bool {
    verb == "SEND"
}

fn nothing(_: &str) -> bool {
    false
}

#[test]
fn receipts_that_come_when_nobody_waits_for_them_confirm_the_sends_of_a_script() {
    let peer = confirming(nothing, true);
    let script = "send /queue/a 1\nsub /queue/b\nsend /queue/a 2\n";
    Stomp::new(["-s", &peer.url()]).input(script).run().done("");
}

#[test]
fn a_server_that_confirms_sends_alone_holds_no_other_command_for_long() {
    let peer = confirming(only_sends, false);
    let script = "send /queue/a 1\nsub /queue/b\nunsub /queue/b\nsend /queue/a 2\n";
    let call = ["-s", &peer.url(), "--receipt-timeout", "600"];
    Stomp::new(call).input(script).run().done("");
    for more in ["", "send /queue/a 2\n"] {
        let script = format!("begin\nsend /queue/a 1\ncommit\nsend /queue/a 3\n{more}");
        let ended = Stomp::new(call).input(script).run().code(6);
        ended.stderr_has(&["the outcome of 1 message is unknown: the server sent no receipt", "unknown 1, "]);
    }
}

#[test]
fn a_script_tells_a_server_that_does_not_respond_from_one_without_receipts() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        talk.be_silent();
    });
    let ended = Stomp::new(["-s", &peer.url()]).input("send /queue/a 1\n").run().code(6);
    let ended =
        ended.stderr_has(&["there is no receipt, and the broker did not answer DISCONNECT", "unknown 1, "]);
    assert!(!ended.stderr.contains("sends no receipts"), "{}", ended.stderr);
}

#[test]
fn a_command_that_was_given_up_on_a_slow_server_names_the_option_that_waits() {
    for call in [
        &["ping"][..],
        &["move", "/queue/a", "/queue/b"],
        &["send", "--tx", "t", "/queue/a", "x"],
        &["send", "--tx", "t", "-l", "/queue/a"],
    ] {
        let peer = confirming(nothing, true);
        let ended = Stomp::new(["-s", &peer.url()]).args(call).input("1\n").run().code(3);
        ended.stderr_has(&["--receipts always waits for it"]);
    }
    let peer = confirming(nothing, true);
    let report = Stomp::new(["-s", &peer.url(), "doctor"]).run().code(0);
    assert!(report.lines().last().unwrap().contains("a receipt came late"), "{:?}", report.lines());
}

#[test]
fn a_server_without_transactions_is_well() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        let begin = talk.hear_of("BEGIN").unwrap();
        talk.say(&format!("ERROR\nreceipt-id:{}\nmessage:unknown verb\n\n\0", begin.header("receipt")));
    });
    let report = Stomp::new(["-s", &peer.url(), "doctor"]).run().code(0);
    assert!(report.lines().last().unwrap().contains("it refuses BEGIN"), "{:?}", report.lines());
}

#[test]
fn a_script_without_receipts_says_how_much_it_sent() {
    let peer = confirming(nothing, false);
    let script = "send /queue/a 1\nbegin\nsend /queue/a 2\ncommit\n";
    let call = ["-s", &peer.url(), "--receipts", "never"];
    Stomp::new(call).input(script).run().code(0).stderr_has(&["sent 2, unconfirmed\n"]);
    let quiet = Stomp::new(call).args(["-q", "-e", "send /queue/a 1"]).run().code(0);
    assert!(!quiet.stderr.contains("sent 1"), "{}", quiet.stderr);
}

#[test]
fn an_error_about_one_send_of_a_script_is_a_refusal() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        for _ in 0..2 {
            talk.hear_of("SEND");
        }
        talk.say("ERROR\nmessage:no exchange\n\n\0");
    });
    let ended = Stomp::new(["-s", &peer.url()]).input("send /queue/a 1\nsend /queue/a 2\n").run().code(5);
    ended.stderr_has(&["the broker sent an ERROR: no exchange", "confirmed 0, unknown 2, not sent 0"]);
}

#[test]
fn the_receipt_of_the_last_ack_counts_however_the_connection_ends() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        let subscribe = talk.hear_of("SUBSCRIBE").unwrap();
        let id = subscribe.header("id");
        talk.receipt(&subscribe);
        talk.say(&format!("MESSAGE\nsubscription:{id}\nmessage-id:1\nack:1\ndestination:/queue/a\n\nx\0"));
        while let Some(came) = talk.hear() {
            if came.verb == "DISCONNECT" {
                talk.reset();
                return;
            }
            talk.receipt(&came);
        }
    });
    Stomp::new(["-s", &peer.url(), "sub", "-c", "1", "/queue/a"]).run().code(0).stdout("x\n");
}

#[test]
fn a_close_is_no_answer_from_a_broker_that_is_known_to_answer() {
    let peer = Peer::start(|mut talk, _| {
        talk.hear();
        talk.say("CONNECTED\nversion:1.2\nserver:ActiveMQ/5.17.6\n\n\0");
        talk.hear_of("DISCONNECT");
    });
    for policy in ["auto", "never"] {
        let call = ["-s", &peer.url(), "--receipts", policy];
        let send = ["send", "--receipt", "none", "/queue/a", "x"];
        Stomp::new(call).args(send).run().code(6).stderr_has(&["the broker closed it"]);
        let line = "send --receipt none /queue/a x\n";
        Stomp::new(call).input(line).run().code(6).stderr_has(&["the broker closed it", "unknown 1, "]);
    }
}

#[test]
fn a_send_that_is_stopped_does_not_wait_for_the_answer_to_its_question() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        talk.be_silent();
    });
    let proxy = Proxy::harmless(peer.port());
    let call = ["-s", &proxy.url(), "--receipt-timeout", "600", "send", "-l", "/queue/a"];
    let mut send = Stomp::new(call).open_input().start();
    send.write("1\n");
    proxy.wait("the question", |tapes| (count(&tapes.first()?.up, "DISCONNECT") == 1).then_some(()));
    send.signal(Signal::TERM);
    send.finish().code(143).stderr_has(&["unknown 1, "]);
}
