//! Scripts: commands from standard input, from files, from the command line.

use rustix::process::Signal;

use crate::brokers::Need;
use crate::case;
use crate::harness::Case;
use crate::on::{On, lines, sequence};
use crate::support::broker::BrokerProcess;
use crate::support::stomp::Stomp;

pub fn cases() -> Vec<Case> {
    let queues = [Need::Queues];
    vec![
        case!(thirty_thousand_sends_arrive_in_order).needs(&queues),
        case!(a_script_prints_what_comes_and_nothing_else).only_on("embedded"),
        case!(a_script_subscribes_sends_waits_and_acks)
            .needs(&queues)
            .needs(&[Need::Acks, Need::Figures, Need::Order])
            .in_each_version(),
        case!(a_nack_in_a_script).needs(&queues).needs(&[Need::Nack, Need::Figures]),
        case!(transactions_of_a_script_count_at_commit)
            .needs(&queues)
            .needs(&[Need::Transactions])
            .in_each_version(),
        case!(bodies_are_taken_to_the_byte).needs(&queues).needs(&[Need::Binary]),
        case!(a_bad_command_ends_with_1_and_its_line).needs(&queues),
        case!(a_script_goes_on_if_it_is_told_to).needs(&queues),
        case!(a_file_of_commands_is_a_script).needs(&queues),
        case!(commands_of_the_command_line_are_a_script).needs(&queues),
        case!(a_refused_send_names_its_line).only_on("rabbitmq"),
        case!(waiting_in_vain_ends_with_124),
        case!(a_script_without_a_broker_ends_with_3).only_on("embedded"),
        case!(a_script_whose_broker_dies_says_what_is_unknown).only_on("embedded"),
        case!(a_script_ends_by_signals).only_on("embedded"),
        case!(a_script_cannot_subscribe_twice_under_one_id).needs(&[Need::Several]),
        case!(a_password_in_a_script_is_shown_nowhere),
    ]
}

fn thirty_thousand_sends_arrive_in_order(on: &On) {
    let queue = on.queue();
    let script = lines(1..=30_000, |number| format!("send {} {number}", queue.name));
    on.stomp::<&str>([]).input(script).run().done("");
    on.stomp(["sub", &queue.name, "-c30000"]).run().done(sequence(1..=30_000));
}

fn a_script_prints_what_comes_and_nothing_else(_: &On) {
    let script = "sub /queue/t\nsend /queue/t hello\nwait 1\n";
    Stomp::new(["--embedded"]).input(script).run().code(0).stdout("hello\n");
}

fn a_script_subscribes_sends_waits_and_acks(on: &On) {
    let queue = on.queue();
    let name = &queue.name;
    let script = format!(
        "sub {name} --ack client --id s\nsend {name} one\nsend {name} two\nsend {name} three\nwait 3\nack all\nunsub s\n"
    );
    on.stomp::<&str>([]).input(script).run().code(0).stdout("one\ntwo\nthree\n");
    on.block_on(queue.settles_at(0));
    // Without the ack they stay.
    let script = format!("sub {name} --ack client\nsend {name} one\nsend {name} two\nwait 2\n");
    on.stomp::<&str>([]).input(script).run().code(0).stdout("one\ntwo\n");
    on.block_on(queue.settles_at(2));
}

fn a_nack_in_a_script(on: &On) {
    let queue = on.queue();
    let name = &queue.name;
    let again = on.broker.nacked == stomp_shell::session::dialect::NackEffect::Requeued;
    let (more, expected) = if again { ("wait 1\nack .\n", "one\none\n") } else { ("", "one\n") };
    let script = format!("sub {name} --ack client-individual\nsend {name} one\nwait 1\nnack .\n{more}");
    on.stomp::<&str>([]).input(script).run().code(0).stdout(expected);
    on.block_on(queue.settles_at(0));
}

fn transactions_of_a_script_count_at_commit(on: &On) {
    let queue = on.queue();
    let name = &queue.name;
    let script = format!(
        "begin t\nsend {name} dropped\nabort\nbegin\nsend {name} one\nsend {name} two\ncommit\nsend {name} three\n"
    );
    on.stomp::<&str>([]).input(script).run().done("");
    let sub = on.stomp(["sub", name, "-c3"]).run().code(0).stderr("");
    let came = String::from_utf8(sub.stdout).unwrap();
    let came: Vec<_> = came.lines().map(str::to_owned).collect();
    assert_eq!(on.in_order(came), on.in_order(["one", "two", "three"].map(str::to_owned).into()));
}

fn bodies_are_taken_to_the_byte(on: &On) {
    let queue = on.queue();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), b"of a file\0\xff").unwrap();
    let bodies: [(&str, &[u8]); 8] = [
        ("two  words", b"two  words"),
        ("{\"x\": [1,  2]}", b"{\"x\": [1,  2]}"),
        ("'tis", b"'tis"),
        ("'as it stands \\n'", b"as it stands \\n"),
        ("\"a\\tb\\x00\\xff\"", b"a\tb\0\xff"),
        ("@file", b"of a file\0\xff"),
        ("-- --not an option", b"--not an option"),
        ("<<END\none\n two\nEND", b"one\n two\n"),
    ];
    let script: Vec<String> =
        bodies.iter().map(|(text, _)| format!("send {} {text}\n", queue.name)).collect();
    on.stomp::<&str>([]).folder(folder.path()).input(script.concat()).run().done("");
    let expected: Vec<u8> = bodies.iter().flat_map(|(_, body)| [body, &b"|"[..]].concat()).collect();
    on.stomp(["sub", &queue.name, "-c8", "-F", "%b|"]).run().done(expected);
}

fn a_bad_command_ends_with_1_and_its_line(on: &On) {
    let queue = on.queue();
    let script = format!("send {0} x\nbogus\nsend {0} never\n", queue.name);
    let ended = on.stomp::<&str>([]).input(script).run().code(1).stdout("");
    assert!(ended.stderr.starts_with("stdin:2: error: unknown command 'bogus'\n"), "{}", ended.stderr);
    // What came before it has been sent, what comes after it has not.
    on.stomp(["sub", &queue.name, "--idle", "500ms"]).run().done("x\n");
}

fn a_script_goes_on_if_it_is_told_to(on: &On) {
    let queue = on.queue();
    let script = format!("send {0} x\nbogus\nsend {0} y\nsned {0} z\n", queue.name);
    let ended = on.stomp(["--keep-going"]).input(script).run().code(1).stdout("");
    let ended = ended
        .stderr_has(&["stdin:2: error: unknown command 'bogus'", "stdin:4: error: unknown command 'sned'"]);
    ended.stderr_has(&["did you mean 'send'?"]);
    on.stomp(["sub", &queue.name, "-c2"]).run().done("x\ny\n");
}

fn a_file_of_commands_is_a_script(on: &On) {
    let queue = on.queue();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good"), format!("# a comment\n\nsend {} from a file\n", queue.name))
        .unwrap();
    std::fs::write(folder.path().join("bad"), format!("\n\nsend {} -H nothing x\n", queue.name)).unwrap();
    on.stomp(["-f", "good"]).folder(folder.path()).run().done("");
    let ended = on.stomp(["-f", "bad"]).folder(folder.path()).run();
    ended.code(1).stdout("").stderr_has(&["bad:3: error: "]);
    on.stomp(["sub", &queue.name, "-c1"]).run().done("from a file\n");
}

fn commands_of_the_command_line_are_a_script(on: &On) {
    let queue = on.queue();
    let (send, sub) = (format!("send {} a  b", queue.name), format!("sub {}", queue.name));
    on.stomp(["-e", &sub, "-e", &send, "-e", "wait 1"]).run().code(0).stdout("a  b\n");
}

fn a_refused_send_names_its_line(on: &On) {
    let queue = on.queue();
    let script = format!("send {0} x\n\nsend {0} -H 'message-id: 3' y\nsend {0} z\n", queue.name);
    let ended = on.stomp(["--step"]).input(&script).run();
    assert_ne!(ended.code, Some(0));
    assert!(ended.stderr.starts_with("stdin:3: error: the broker refused it: "), "{}", ended.stderr);
    on.stomp(["sub", &queue.name, "--idle", "500ms"]).run().done("x\n");
}

fn a_script_cannot_subscribe_twice_under_one_id(on: &On) {
    let (first, second) = (on.topic(), on.topic());
    let script = format!("sub {} --id mine\nsub {} --id mine\n", first.name, second.name);
    let ended = on.stomp::<&str>([]).input(script).run().code(1).stdout("");
    let said = format!("stdin:2: error: subscription id 'mine' is in use, for {}\n", first.name);
    ended.stderr_has(&[&said]);
}

fn waiting_in_vain_ends_with_124(on: &On) {
    let queue = on.queue();
    let script = format!("sub {}\nwait 1 --timeout 300ms\n", queue.name);
    let ended = on.stomp::<&str>([]).input(script).run().code(124).stdout("");
    ended.stderr_has(&["stdin:2: error: time ran out after 0 of 1 messages\n"]);
}

fn a_script_without_a_broker_ends_with_3(_: &On) {
    let ended = Stomp::new(["-s", "stomp://127.0.0.1:1"]).input("send /queue/a x\n").run();
    ended.code(3).stdout("").stderr_has(&["error: nothing is listening on 127.0.0.1:1\n", "--embedded"]);
}

fn a_script_whose_broker_dies_says_what_is_unknown(_: &On) {
    let broker = BrokerProcess::start();
    let mut script = Stomp::new(["-s", &broker.url, "--trace"]).open_input().start();
    script.write("send /queue/a 1\nsend /queue/a 2\n");
    script.wait_for_stderr("RECEIPT", 2);
    broker.freeze();
    script.write("send /queue/a 3\nsend /queue/a 4\nsend /queue/a 5\n");
    script.wait_for_stderr(">>> ", 1 + 5);
    broker.kill();
    let ended = script.finish().code(6).stdout("");
    ended.stderr_has(&["stdin:3: error: ", "confirmed 2, unknown 3, not sent 0\n"]);
}

fn a_script_ends_by_signals(on: &On) {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let queue = on.queue();
        let mut script = on.stomp::<&str>([]).open_input().start();
        script.write(format!("sub {0}\nsend {0} x\nwait 1\nwait 1\n", queue.name));
        script.wait_for_lines(1);
        script.signal(signal);
        script.finish().code(code).stdout("x\n");
    }
}

fn a_password_in_a_script_is_shown_nowhere(on: &On) {
    const CANARY: &str = "cAnArY-9284";
    let address = on.url.rsplit(['/', '@']).next().unwrap();
    let commands = [
        format!("connect stomp://guest:{CANARY}@{address}\nstatus\n"),
        format!("connect -U guest --password {CANARY} stomp://{address}\nstatus\nhistory\n"),
        format!("connect stomp://guest:{CANARY}@127.0.0.1:1\nstatus\n"),
        format!("connect stomp://guest:{CANARY}@{address}:x\n"),
        format!("connect --bogus --password {CANARY}\n"),
        format!("conect stomp://guest:{CANARY}@{address}\n"),
        format!("alias c connect stomp://guest:{CANARY}@{address}\nc\nalias\n"),
        format!("trace on\nconnect --connect-header 'passcode: {CANARY}' stomp://{address}\n"),
    ];
    for script in commands {
        let ended = on.stomp(["-vv", "--trace", "--keep-going"]).input(&script).run();
        assert!(!ended.stderr.contains(CANARY), "{script}{}", ended.stderr);
        let shown = String::from_utf8_lossy(&ended.stdout);
        assert!(!shown.contains(CANARY), "{script}{shown}");
        assert!(matches!(ended.code, Some(0..=8)), "{script}{:?}: {}", ended.code, ended.stderr);
    }
}
