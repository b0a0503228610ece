//! Input that cannot be read or sent in the middle of many messages; options that exclude each other.

use crate::embedded::Embedded;
use crate::peer::Peer;
use crate::stomp::Stomp;

fn envelope(header: &str) -> String {
    format!("{{\"destination\":\"/queue/a\",\"headers\":[[\"key\",\"{header}\"]],\"body\":\"x\"}}\n")
}

#[test]
fn what_stands_before_a_line_that_cannot_be_read_is_sent() {
    let broker = Embedded::start();
    for (receipt, depth) in [("all", 5), ("last", 10), ("none", 15)] {
        let input = envelope("good").repeat(5) + "{\"destination\":1}\n" + &envelope("after");
        let call = ["-s", &broker.url(), "send", "--jsonl", "--receipt", receipt];
        let ended = Stomp::new(call).input(input).run().code(8);
        let figures = if receipt == "none" { "confirmed 0, unknown 5" } else { "confirmed 5, unknown 0" };
        ended.stderr_has(&[figures, ", not sent 1", "message 6 of the input"]);
        assert_eq!(broker.depth("/queue/a"), depth);
    }
}

#[test]
fn what_stands_before_a_message_that_the_version_cannot_carry_is_sent_and_confirmed() {
    let broker = Embedded::start();
    // 1.0 knows no line feed in a header.
    let input = envelope("good").repeat(5) + &envelope("a\\nb") + &envelope("after");
    let call = ["-s", &broker.url(), "--protocol", "1.0", "send", "--jsonl"];
    let ended = Stomp::new(call).input(input).run().code(8);
    ended.stderr_has(&["confirmed 5, unknown 0, not sent 2", "the first line that is not confirmed: 6\n"]);
    assert_eq!(broker.depth("/queue/a"), 5);
}

#[test]
fn a_begin_that_is_refused_leaves_figures() {
    let peer = Peer::start(|mut talk, _| {
        talk.login();
        let came = talk.hear_of("BEGIN").unwrap();
        talk.say(&format!("ERROR\nmessage:no transactions\nreceipt-id:{}\n\n^", came.header("receipt")));
    });
    for (options, not_sent) in [(["a", "body"], "1\n"), (["-l", "a"], "0 of what was read\n")] {
        let ended = Stomp::new(["-s", &peer.url(), "send", "--tx", "t"]).args(options).run().code(5);
        ended.stderr_has(&["no transactions", &format!("confirmed 0, unknown 0, not sent {not_sent}")]);
    }
}

#[test]
fn options_without_effect_are_refused() {
    let peer = Peer::start(|mut talk, _| drop(talk.be_silent()));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), vec![b'x'; 2 << 20]).unwrap();
    let large = format!("@{}", file.path().display());
    let calls: [&[&str]; 6] = [
        &["/queue/a", "--repeat", "2", "-l"],
        &["--jsonl", "--template"],
        &["/queue/a", "--rate", "1", "body"],
        &["/queue/a", "--text", &large],
        &["/queue/a", "--expires", "9300000000000000000s", "body"],
        &["/queue/a", "--expires", "9300000000", "body"],
    ];
    for call in calls {
        Stomp::new(["-s", &peer.url(), "send"]).args(call).run().code(2).stdout("");
    }
    let calls: [(&[&str], &str); 12] = [
        (
            &["send", "/queue/a", "x", "--tx", "t", "--receipt", "last"],
            "'--tx <NAME>' cannot be used with '--receipt",
        ),
        (
            &["send", "/queue/a", "x", "--cert", "c", "--key", "k"],
            "--cert has no effect: the connection to stomp://",
        ),
        (&["send", "/queue/a", "x", "--cafile", "c"], "--cafile has no effect"),
        (&["send", "/queue/a", "x", "--insecure"], "--insecure has no effect"),
        (&["send", "/queue/a", "x", "-W", "--password", "p"], "cannot be used with '--password"),
        (
            &["-e", "status", "--password", "p", "--password-file", "f"],
            "cannot be used with '--password-file",
        ),
        (&["send", "/queue/a", "--delimiter", ""], "--delimiter"),
        (&["-e", "send --delimiter '' /queue/a x"], "--delimiter"),
        (&["sub", "/queue/a", "--on-fail", "nack"], "--exec"),
        (&["sub", "/queue/a", "--discard-others"], "--discard-others has no effect"),
        (&["-e", "sub --discard-others /queue/a"], "--discard-others has no effect"),
        (&["-e", "sub --on-fail continue /queue/a"], "--exec"),
    ];
    for (call, said) in calls {
        let code = if call.len() == 2 { 1 } else { 2 };
        Stomp::new(["-s", &peer.url()]).args(call).run().code(code).stdout("").stderr_has(&[said]);
    }
    assert_eq!(peer.connections(), 0);
}

#[test]
fn a_broker_that_would_ignore_an_option_does_not_start() {
    let calls: [&[&str]; 5] = [
        &["--cert", "c", "--key", "k"],
        &["--vhost", "v"],
        &["--password", "p"],
        &["--heartbeat", "0,0"],
        &["--context", "c"],
    ];
    for call in calls {
        let ended = Stomp::new(["broker", "--listen", "127.0.0.1:0"]).args(call).run().code(2);
        ended.stdout("").stderr_has(&[&format!("error: 'broker' takes no {}\n", call[0]), "without TLS"]);
    }
}
