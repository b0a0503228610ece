//! `stomp send` and `stomp sub` as people use them in pipelines.

use std::io::{BufRead as _, BufReader};

use rustix::process::Signal;
use stomp_shell::protocol::Version;

use crate::brokers::Need;
use crate::case;
use crate::harness::Case;
use crate::on::{Destination, On, lines, sequence};
use crate::support::stomp::Stomp;

pub fn cases() -> Vec<Case> {
    let queues = [Need::Queues];
    let acks = [Need::Queues, Need::Acks, Need::Prefetch, Need::Figures];
    let order = [Need::Order];
    vec![
        case!(ten_of_a_thousand_leave_the_others_on_the_queue).needs(&acks).needs(&order).in_each_version(),
        case!(what_a_count_leaves_behind_was_not_given_out)
            .needs(&acks)
            .needs(&order)
            .needs(&[Need::Transactions, Need::Several]),
        case!(a_closed_pipe_ends_with_141_and_acks_only_what_was_written)
            .needs(&acks)
            .needs(&order)
            .in_each_version(),
        case!(ctrl_c_ends_with_130_and_what_was_printed_is_acked).needs(&acks).in_each_version(),
        case!(sigterm_ends_with_143_and_what_was_printed_is_acked).needs(&acks),
        case!(too_few_messages_in_time_end_with_124).needs(&queues),
        case!(idleness_ends_with_0).needs(&queues),
        case!(what_a_filter_hides_stays_on_the_queue).needs(&acks).needs(&[Need::Individual]),
        case!(a_failed_command_leaves_its_message_on_the_queue).needs(&acks).needs(&order),
        case!(a_command_has_the_body_as_input_and_headers_as_variables).needs(&queues),
        case!(input_is_cut_as_it_is_told).needs(&queues).needs(&order).needs(&[Need::EmptyBodies]),
        case!(no_input_is_no_message).needs(&acks),
        case!(each_choice_of_receipts_sends_all).needs(&queues),
        case!(a_body_repeats).needs(&queues),
        case!(a_header_that_is_printed_is_the_one_that_was_sent).needs(&queues).needs(&[Need::OwnHeaders]),
        case!(messages_go_into_files_under_names_of_ours).needs(&queues),
        case!(several_destinations_are_one_output).needs(&queues).needs(&[Need::Several, Need::Subscription]),
        case!(one_option_asks_for_a_private_broker).only_on("embedded"),
    ]
}

/// Sends 1 to `count`, each a message.
fn send_sequence(on: &On, queue: &Destination<'_>, count: u32) {
    on.stomp(["send", "-l", &queue.name]).input(sequence(1..=count)).run().done("");
}

/// All that is left on the queue, as text.
fn rest(on: &On, queue: &Destination<'_>) -> Vec<String> {
    let rest = on.block_on(queue.rest());
    rest.iter().map(|message| String::from_utf8_lossy(&message.body).into_owned()).collect()
}

fn ten_of_a_thousand_leave_the_others_on_the_queue(on: &On) {
    let queue = on.queue();
    send_sequence(on, &queue, 1_000);
    on.stomp(["sub", &queue.name, "-c", "10"]).run().done(sequence(1..=10));
    are_left(on, &queue, 11..=1_000);
}

/// Waits until these are left on the queue, and checks that no other consumer was given one of them, where the broker can
/// be kept from that.
fn are_left(on: &On, queue: &Destination<'_>, numbers: std::ops::RangeInclusive<u32>) {
    let expected: Vec<String> = numbers.map(|number| number.to_string()).collect();
    on.block_on(queue.settles_at(expected.len() as u64));
    let rest = on.block_on(queue.rest());
    let bodies: Vec<_> = rest.iter().map(|message| String::from_utf8_lossy(&message.body)).collect();
    assert_eq!(bodies, expected);
    let redelivered = rest.iter().filter(|message| message.header("redelivered") == Some(b"true")).count();
    // Over a WebSocket, frames may be handled in another order, and in 1.0 brokers disagree about acks.
    let given_out = on.spoken() == Version::V1_0 || on.url.starts_with("ws");
    let most = if given_out { 10 } else { 0 };
    assert!(redelivered <= most, "{redelivered} had been given out");
}

fn what_a_count_leaves_behind_was_not_given_out(on: &On) {
    let to = on.queue();
    let elsewhere = on.url_with_login();
    let calls: [(u32, &[&str]); 4] = [
        (10, &["move", "FROM", &to.name, "-c", "10"]),
        (1, &["mirror", "FROM", &to.name, "--to", &elsewhere, "-c", "1"]),
        (1, &["reply", "FROM", "ok", "-c", "1"]),
        (1, &["reply", "FROM", "--exec", "cat", "-c", "1"]),
    ];
    for (count, call) in calls {
        let queue = on.queue();
        let answers = ["-H", &format!("reply-to:{}", to.name)];
        on.stomp(["send", "-l", &queue.name]).args(answers).input(sequence(1..=100)).run().done("");
        let call = call.iter().map(|word| if *word == "FROM" { queue.name.as_str() } else { *word });
        on.stomp(call).run().code(0);
        are_left(on, &queue, count + 1..=100);
    }
    on.block_on(to.settles_at(13));
}

fn a_closed_pipe_ends_with_141_and_acks_only_what_was_written(on: &On) {
    // More than a pipe holds, so that there is something to be refused.
    const COUNT: usize = 1_000;
    const LENGTH: usize = 1_000;
    const PIPE: usize = 64 << 10;
    let queue = on.queue();
    let lines = lines(1..=1_000, |number| format!("{number:0width$}", width = LENGTH - 1));
    on.stomp(["send", "-l", &queue.name]).input(&lines).run().done("");
    let (reader, writer) = std::io::pipe().unwrap();
    let sub = on.stomp(["sub", &queue.name]).output(writer).start();
    let mut reader = BufReader::with_capacity(4 << 10, reader);
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    assert_eq!(first, lines[..LENGTH]);
    drop(reader);
    sub.finish().code(141).stderr("");
    // One page was read, and the pipe held so much more.
    let written = ((4 << 10) + PIPE) / LENGTH;
    let rest = rest_when_settled(on, &queue);
    let acked = COUNT - rest.len();
    assert!(acked <= written, "{acked} were acked, and the pipe took {written} at most");
    let expected: Vec<&str> = lines.lines().skip(acked).collect();
    assert!(rest == expected, "what is left begins with {:?}, after {acked} acked", rest.first());
}

/// The rest of a queue, once nothing of it is given out any more.
fn rest_when_settled(on: &On, queue: &Destination<'_>) -> Vec<String> {
    on.block_on(queue.settles());
    rest(on, queue)
}

fn ends_by_a_signal(on: &On, signal: Signal, code: i32) {
    let queue = on.queue();
    send_sequence(on, &queue, 50);
    let mut sub = on.stomp(["sub", &queue.name]).start();
    sub.wait_for_lines(50);
    sub.signal(signal);
    sub.finish().code(code).stdout(sequence(1..=50)).stderr("");
    on.block_on(queue.settles_at(0));
}

fn ctrl_c_ends_with_130_and_what_was_printed_is_acked(on: &On) {
    ends_by_a_signal(on, Signal::INT, 130);
}

fn sigterm_ends_with_143_and_what_was_printed_is_acked(on: &On) {
    ends_by_a_signal(on, Signal::TERM, 143);
}

fn too_few_messages_in_time_end_with_124(on: &On) {
    let queue = on.queue();
    let nothing = on.stomp(["sub", &queue.name, "-c", "1", "--timeout", "1s"]).run();
    nothing.code(124).stdout("").stderr("error: time ran out after 0 of 1 messages\n");
    send_sequence(on, &queue, 3);
    let some = on.stomp(["sub", &queue.name, "-c", "5", "--idle", "500ms"]).run();
    some.code(124).stdout("1\n2\n3\n").stderr("error: time ran out after 3 of 5 messages\n");
}

fn idleness_ends_with_0(on: &On) {
    let queue = on.queue();
    send_sequence(on, &queue, 3);
    on.stomp(["sub", &queue.name, "--idle", "500ms"]).run().done("1\n2\n3\n");
    // Within which it has to connect, on a busy machine too.
    on.stomp(["sub", &queue.name, "--timeout", "3s"]).run().done("");
}

fn what_a_filter_hides_stays_on_the_queue(on: &On) {
    let queue = on.queue();
    send_sequence(on, &queue, 20);
    on.stomp(["sub", &queue.name, "--grep", "^1.$", "-c", "10"]).run().done(sequence(10..=19));
    on.block_on(queue.settles_at(10));
    let shown = on.stomp(["sub", &queue.name, "--grep", "^2", "--discard-others", "--idle", "500ms"]).run();
    shown.done("2\n20\n");
    on.block_on(queue.settles_at(0));
}

fn a_failed_command_leaves_its_message_on_the_queue(on: &On) {
    let queue = on.queue();
    send_sequence(on, &queue, 5);
    let command = "read line; echo got $line; test $line != 3";
    let ended = on.stomp(["sub", &queue.name, "--exec", command, "-c", "5"]).run();
    ended
        .code(1)
        .stdout("got 1\ngot 2\ngot 3\n")
        .stderr_has(&["ended with exit status: 1; the message stays unacked\n"]);
    assert_eq!(rest_when_settled(on, &queue), ["3", "4", "5"]);
}

fn a_command_has_the_body_as_input_and_headers_as_variables(on: &On) {
    let queue = on.queue();
    let header = "color: red $(false)";
    on.stomp(["send", &queue.name, "-H", header, "`false`"]).run().done("");
    let command = "cat; echo \" as $STOMP_HEADER_COLOR ${STOMP_PASSWORD-none}\"";
    let sub = on.stomp(["sub", &queue.name, "-c1", "--exec", command]);
    let (user, password) = on.login.clone().unwrap_or(("guest".to_owned(), "guest".to_owned()));
    let sub = sub.env("STOMP_PASSWORD", password).env("STOMP_USER", user);
    sub.run().done("`false` as red $(false) none\n");
}

fn input_is_cut_as_it_is_told(on: &On) {
    let queue = on.queue();
    let cuts: [(&[&str], &[u8], &[u8]); 5] = [
        (&["-l"], b"one\n\ntwo\r\nlast", b"one\0\0two\r\0last\0"),
        (&["-0"], b"one\ntwo\0three\0", b"one\ntwo\0three\0"),
        (&["--delimiter=--"], b"a--b---c", b"a\0b\0-c\0"),
        (&["--length-prefixed"], b"\0\0\0\x03a\nb\0\0\0\x01c", b"a\nb\0c\0"),
        (&["-"], b"all\nof\nit\n", b"all\nof\nit\n\0"),
    ];
    for (options, input, expected) in cuts {
        on.stomp(["send", &queue.name]).args(options).input(input).run().done("");
        let count = memchr::memchr_iter(0, expected).count().to_string();
        on.stomp(["sub", &queue.name, "-0", "-c", &count]).run().done(expected);
    }
}

fn no_input_is_no_message(on: &On) {
    let queue = on.queue();
    on.stomp(["send", "-l", &queue.name]).run().done("");
    on.stomp(["send", &queue.name, "one"]).run().done("");
    on.block_on(queue.settles_at(1));
}

fn each_choice_of_receipts_sends_all(on: &On) {
    let queue = on.queue();
    for receipt in ["all", "last", "none"] {
        let send = on.stomp(["send", "-l", &queue.name, "--receipt", receipt]);
        send.input(sequence(1..=2_000)).run().done("");
        on.stomp(["sub", &queue.name, "-c2000"]).run().done(sequence(1..=2_000));
    }
}

fn a_body_repeats(on: &On) {
    let queue = on.queue();
    on.stomp(["send", &queue.name, "--repeat", "1500", "again"]).run().done("");
    on.stomp(["sub", &queue.name, "-c1500"]).run().done("again\n".repeat(1_500));
}

fn a_header_that_is_printed_is_the_one_that_was_sent(on: &On) {
    let queue = on.queue();
    let header = ["-H", "color: red", "--correlation-id", "c-1", "--content-type", "text/plain"];
    on.stomp(["send", &queue.name]).args(header).arg("body").run().done("");
    let format = "%d %h{color} %h{correlation-id} %h{content-type} %s %n %b\\n";
    let sub = on.stomp(["sub", &queue.name, "-c1", "-F", format]).run();
    sub.done(format!("{} red c-1 text/plain 4 1 body\n", queue.name));
}

fn messages_go_into_files_under_names_of_ours(on: &On) {
    let queue = on.queue();
    let folder = tempfile::tempdir().unwrap();
    let header = ["-H", "filename: ../evil"];
    on.stomp(["send", "-l", &queue.name]).args(header).input("one\ntwo\n").run().done("");
    let sub = on.stomp(["sub", &queue.name, "-c2", "--dump", "out"]).folder(folder.path());
    sub.run().code(0).stdout("");
    let mut bodies: Vec<String> = Vec::new();
    for file in std::fs::read_dir(folder.path().join("out")).unwrap() {
        let body = std::fs::read_to_string(file.unwrap().path()).unwrap();
        bodies.push(body);
    }
    bodies.sort();
    assert!(bodies.iter().any(|body| body == "one") && bodies.iter().any(|body| body == "two"), "{bodies:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing lands beside the folder");
}

fn several_destinations_are_one_output(on: &On) {
    let (one, two) = (on.queue(), on.queue());
    for queue in [&one, &two] {
        send_sequence(on, queue, 20);
    }
    let sub = on.stomp(["sub", &one.name, &two.name, "-c40", "-F", "%d %b\\n"]).run().code(0).stderr("");
    for queue in [one, two] {
        let own: Vec<_> =
            sub.lines().iter().filter_map(|line| line.strip_prefix(&queue.name)).map(str::to_owned).collect();
        let expected: Vec<String> = (1..=20).map(|number| format!(" {number}")).collect();
        assert_eq!(on.in_order(own), on.in_order(expected));
    }
}

fn one_option_asks_for_a_private_broker(_: &On) {
    Stomp::new(["--embedded", "send", "/queue/a", "hello"]).run().done("");
    Stomp::new(["--embedded", "sub", "/queue/a", "--idle", "200ms"]).run().done("");
}
