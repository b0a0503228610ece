//! One grammar at the prompt, in scripts and on the command line.

use crate::screen::Setting;
use crate::support::broker::BrokerProcess as Broker;
use crate::support::stomp::{Finished, Stomp};

/// What the queue holds, taken off it.
fn taken(broker: &Broker) -> String {
    let ended = Stomp::new(["-s", &broker.url, "drain", "--idle", "100ms", "/queue/a"]).run().code(0);
    String::from_utf8(ended.stdout).unwrap()
}

/// Runs `send` with these words in all places that have a standard input: on the command line, with `-e` and with `-f`.
fn everywhere(broker: &Broker, words: &[&str], line: &str, input: &str) -> [Finished; 3] {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("send {line}\n")).unwrap();
    let script = format!("send {line}");
    let calls = [[&["send"], words].concat(), vec!["-e", &script], vec!["-f", file.path().to_str().unwrap()]];
    calls.map(|call| Stomp::new(["-s", &broker.url]).args(call).input(input).run())
}

#[test]
fn a_body_has_the_same_notations_everywhere() {
    let broker = Broker::start();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "1\n2\n").unwrap();
    let from_file = format!("@{}", file.path().display());
    let lines = format!("-l /queue/a {from_file}");
    let cases: [(&[&str], &str, &str); 10] = [
        (&["-l", "/queue/a", &from_file], &lines, "1\n2\n"),
        (&["-l", "/queue/a"], "-l /queue/a", "in\nput\n"),
        (&["-l", "/queue/a", "-"], "-l /queue/a -", "in\nput\n"),
        (&["/queue/a", "-"], "/queue/a -", "in\nput\n\n"),
        (&["/queue/a"], "/queue/a", "in\nput\n\n"),
        (&["/queue/a", ""], "/queue/a ''", "\n"),
        (&["/queue/a", "--", "-"], "/queue/a -- -", "-\n"),
        (&["/queue/a", "--", "@x"], "/queue/a -- @x", "@x\n"),
        (&["/queue/a", "@ x"], "/queue/a @ x", "@ x\n"),
        (&["/queue/a", "--persistent", "x"], "/queue/a --persistent x", "x\n"),
    ];
    for (words, line, expected) in cases {
        for ended in everywhere(&broker, words, line, "in\nput\n") {
            ended.done("");
        }
        assert_eq!(taken(&broker), expected.repeat(3), "{line}");
    }
    let heredoc = "send -l /queue/a <<END\n1\n2\nEND\n";
    Stomp::new(["-s", &broker.url]).input(heredoc).run().done("");
    assert_eq!(taken(&broker), "1\n2\n");
    let refused = [
        (&["/queue/a", "@"][..], "/queue/a @"),
        (&["/queue/a", "--nope", "x"], "/queue/a --nope x"),
        (&["-l", "/queue/a", "x"], "-l /queue/a x"),
    ];
    for (words, line) in refused {
        let [one_shot, execute, script] = everywhere(&broker, words, line, "");
        one_shot.code(2);
        execute.code(1);
        script.code(1);
    }
    assert_eq!(taken(&broker), "");
}

#[test]
fn standard_input_that_is_taken_is_not_a_body() {
    let broker = Broker::start();
    let script = |input: &str| Stomp::new(["-s", &broker.url]).input(input).run();
    for line in ["send /queue/a -", "send -l /queue/a", "request /queue/a -", "restore"] {
        let said = ["stdin:1: error: the script comes from standard input itself", "@FILE"];
        script(&format!("{line}\nsend /queue/a never\n")).code(1).stderr_has(&said);
    }
    script("send /queue/a\nsend /queue/a -- -\n").done("");
    assert_eq!(taken(&broker), "\n-\n");
    let twice = ["-s", &broker.url, "-e", "send /queue/a", "-e", "send /queue/a"];
    let said = ["-e:2: error: an earlier command has read all of standard input"];
    Stomp::new(twice).input("data").run().code(1).stderr_has(&said);
    assert_eq!(taken(&broker), "data\n");
}

#[test]
fn the_prompt_has_no_standard_input_for_a_body() {
    let mut screen = Setting::new(&["--embedded"]).start();
    screen.last_row("embedded>");
    screen.line("send /queue/a -");
    screen.shows("the prompt reads standard input itself");
    screen.line("send /queue/a");
    screen.line("depth /queue/a");
    screen.until("one of them", |rows| rows.iter().any(|row| row == "1").then_some(()));
}

#[test]
fn a_request_has_the_bodies_that_a_send_has() {
    let broker = Broker::start();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "from a file").unwrap();
    let from_file = format!("@{}", file.path().display());
    let mut reply = Stomp::new(["-s", &broker.url, "reply", "--echo", "-c", "4", "/queue/echo"]).start();
    for (body, answer) in [(from_file.as_str(), "from a file\n"), ("-", "input\n")] {
        for script in [false, true] {
            let line = format!("request /queue/echo {body}");
            let call = if script { vec!["-e", line.as_str()] } else { vec!["request", "/queue/echo", body] };
            let ended = Stomp::new(["-s", &broker.url]).args(call).input("input").run().code(0);
            ended.stdout(answer);
        }
    }
    reply.close_input();
    reply.finish().code(0);
}

#[test]
fn a_wrong_url_or_context_is_2_and_a_wrong_line_of_a_script_1() {
    let calls: [&[&str]; 6] = [
        &["foo://x"],
        &["/queue/a"],
        &["--context", "nope"],
        &["-e", "status", "foo://x"],
        &["-e", "status", "--context", "nope"],
        &["-s", "foo://x", "send", "/queue/a", "x"],
    ];
    for call in calls {
        Stomp::new(call).run().code(2).stdout("");
    }
    Stomp::new(["--embedded", "-e", "connect foo://x"]).run().code(1);
    for call in [["--context", "nope"].as_slice(), &["foo://x"]] {
        let mut screen = Setting::new(call).start();
        screen.shows("error: ");
        screen.ends(2);
    }
}

#[test]
fn options_of_scripts_are_refused_beside_a_command() {
    for options in [["-e", "status"].as_slice(), &["-f", "x"], &["--keep-going"], &["--step"]] {
        let ended = Stomp::new(options).args(["--embedded", "send", "/queue/a", "x"]).run().code(2);
        ended.stderr_has(&["is for scripts, and 'send' is one command", "-e 'send …'"]);
    }
}

#[test]
fn a_carriage_return_at_the_end_of_a_line_is_warned_of_once() {
    let broker = Broker::start();
    let text = "# a script\r\nsend /queue/a x\r\nsend /queue/a y\r\n";
    let warning = "warning: the line ends in CR LF, and its body is sent with the CR";
    let ended = Stomp::new(["-s", &broker.url]).input(text).run().code(0);
    assert!(ended.stderr.starts_with(&format!("stdin:2: {warning}\n")), "{}", ended.stderr);
    assert_eq!(ended.stderr.matches("warning").count(), 1, "{}", ended.stderr);
    assert_eq!(taken(&broker), "x\r\ny\r\n");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "send /queue/a x\nsend /queue/a y\r\n").unwrap();
    let source = format!("source {}", file.path().display());
    let ended = Stomp::new(["-s", &broker.url, "-e", &source]).run().code(0);
    ended.stderr_has(&[&format!("{}:2: {warning}", file.path().display())]);
    Stomp::new(["-q", "-s", &broker.url]).input(text).run().done("");
    Stomp::new(["-s", &broker.url]).input("send /queue/a \"x\"\r\nsubs\r\n").run().done("");
    Stomp::new(["-s", &broker.url]).input("send /queue/a <<E\r\nx\r\nE\r\n").run().stderr_has(&[warning]);
}

#[test]
fn an_option_behind_the_body_is_part_of_it_and_warned_of() {
    let broker = Broker::start();
    let script = |input: &str| Stomp::new(["-s", &broker.url]).input(input).run();
    let said = "warning: '--priority' is sent as part of the body: options stand before it";
    let ended = script("send /queue/a x --priority 4\nsend /queue/a y --priority=4\n").code(0);
    assert_eq!(ended.stderr.matches("warning").count(), 1, "{}", ended.stderr);
    ended.stderr_has(&[said]);
    assert_eq!(taken(&broker), "x --priority 4\ny --priority=4\n");
    let quiet = "send /queue/a -- x --priority 4\nsend /queue/a x --nope -- y\nsend /queue/a 'x --text'\n";
    script(quiet).done("");
}

#[test]
fn a_destination_that_is_not_utf_8_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let broker = Broker::start();
    let ended = Stomp::new(["-s", &broker.url]).input(b"send /queue/a\xff x\n").run().code(1);
    ended.stderr_has(&["stdin:1: error: this word is not UTF-8", "^"]);
    let bytes = std::ffi::OsStr::from_bytes(b"/queue/a\xff");
    Stomp::new(["-s", &broker.url, "send"]).arg(bytes).arg("x").run().code(2);
    Stomp::new(["-s", &broker.url, "queues"]).run().code(0).stdout("");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_envelope() {
    let broker = Broker::start();
    let envelopes = "\u{feff}{\"destination\":\"/queue/a\",\"body\":\"x\"}\n";
    Stomp::new(["-s", &broker.url, "send", "--jsonl"]).input(envelopes).run().done("");
    Stomp::new(["-s", &broker.url, "restore"]).input(envelopes).run().code(0);
    assert_eq!(taken(&broker), "x\nx\n");
}

#[test]
fn a_watch_without_a_pause_waits_and_a_rate_has_its_unit() {
    let broker = Broker::start();
    let begun = std::time::Instant::now();
    Stomp::new(["-s", &broker.url, "-e", "watch -n 4 0 send /queue/a x"]).run().done("");
    assert!(begun.elapsed() >= std::time::Duration::from_millis(300), "{:?}", begun.elapsed());
    for rate in ["1000", "1000/s"] {
        let call = ["send", "/queue/a", "--repeat", "2", "--rate", rate, "x"];
        Stomp::new(["-s", &broker.url]).args(call).run().done("");
    }
    for rate in ["0", "-1", "1/m", "/s"] {
        let call = ["send", "/queue/a", "--repeat", "2", &format!("--rate={rate}"), "x"];
        Stomp::new(["-s", &broker.url]).args(call).run().code(2);
    }
    assert_eq!(taken(&broker), "x\n".repeat(8));
}

#[test]
fn aliases_that_lead_to_each_other_are_named() {
    let script = "alias b status\nalias a b\nalias b a\na\n";
    let said = ["stdin:4: error: the alias 'a' stands for itself: a -> b -> a", "hint: 'unalias a'"];
    Stomp::new(["--embedded"]).input(script).run().code(1).stderr_has(&said);
    let script = "alias t status\nalias t time t\nt\n";
    let said = ["too deep: the alias 't' leads back to itself"];
    Stomp::new(["--embedded"]).input(script).run().code(1).stderr_has(&said);
}
