//! Commands on whole queues, and `stomp reply`: nothing is lost on the way, and nothing is taken that was not to be.

use stomp_shell::protocol::Version;

use crate::brokers::Need;
use crate::case;
use crate::figures;
use crate::harness::Case;
use crate::on::{On, lines, sequence};
use crate::support::stomp::Stomp;

pub fn cases() -> Vec<Case> {
    vec![
        case!(a_queue_longer_than_a_read_moves).needs(&[
            Need::Queues,
            Need::SlowReaders,
            Need::Several,
            Need::Acks,
            Need::Individual,
        ]),
        case!(async a_text_that_is_moved_stays_a_text).needs(&[
            Need::Queues,
            Need::Several,
            Need::Individual,
            Need::ContentLength,
        ]),
        case!(a_dump_comes_back_as_it_was).needs(&[
            Need::Queues,
            Need::Acks,
            Need::Binary,
            Need::ContentLength,
        ]),
        case!(drain_purge_and_dump_take_only_what_is_chosen).needs(&[
            Need::Queues,
            Need::Order,
            Need::Several,
            Need::Acks,
            Need::Individual,
        ]),
        case!(a_dump_takes_nothing_or_says_that_it_cannot).needs(&[Need::Queues, Need::Acks]),
        case!(what_is_mirrored_is_there_and_no_more_here).needs(&[Need::Queues, Need::Several, Need::Acks]),
        case!(ctrl_c_ends_a_mirror_with_its_figures).needs(&[
            Need::Queues,
            Need::Several,
            Need::Acks,
            Need::Figures,
        ]),
        case!(a_message_above_a_mebibyte_moves).needs(&[
            Need::Queues,
            Need::Several,
            Need::Individual,
            Need::Large,
        ]),
        case!(large_messages_move_in_their_place_among_small_ones).needs(&[
            Need::Queues,
            Need::Several,
            Need::Acks,
            Need::Large,
        ]),
        case!(large_messages_are_copied_and_mirrored).only_on("embedded"),
        case!(async a_large_text_that_is_moved_stays_a_text).needs(&[
            Need::Queues,
            Need::Several,
            Need::Acks,
            Need::Large,
            Need::ContentLength,
        ]),
        // In 1.0 it keeps the first of them alone.
        case!(async of_repeated_headers_a_move_keeps_what_differs).only_on("embedded").since(Version::V1_1),
        case!(how_deep_a_queue_is_is_told).needs(&[Need::Queues, Need::Figures]),
        case!(a_management_that_does_not_answer_is_told_from_a_broker_that_is_not_there).only_on("rabbitmq"),
        case!(a_topic_is_told_from_a_queue).needs(&[Need::Queues, Need::Several]),
        case!(a_queue_full_of_requests_is_answered).needs(&[
            Need::Queues,
            Need::SlowReaders,
            Need::Several,
            Need::Acks,
            Need::Individual,
        ]),
    ]
}

fn a_queue_longer_than_a_read_moves(on: &On) {
    const COUNT: u32 = 3_000;
    let (from, to) = (on.queue(), on.queue());
    let all = lines(1..=COUNT, |number| format!("{number:02000}"));
    on.stomp(["send", "-l", &from.name]).input(&all).run().done("");
    let moved = on.stomp(["move", &from.name, &to.name]).run().code(0).stdout("");
    let said = format!("moved {COUNT} messages from {} to {}\n", from.name, to.name);
    moved.stderr(&said);
    on.stomp(["sub", &to.name, "-c", &COUNT.to_string()]).run().done(&all);
    assert_eq!(on.block_on(from.rest()).len(), 0);
}

fn drain_purge_and_dump_take_only_what_is_chosen(on: &On) {
    let queue = on.queue();
    on.stomp(["send", "-l", &queue.name]).input(sequence(1..=20)).run().done("");
    on.stomp(["drain", "-c", "3", &queue.name]).run().done(sequence(1..=3));
    on.block_on(queue.settles_at(17));
    on.stomp(["purge", "--grep", "^1.$", &queue.name]).run().code(0).stdout("10\n");
    on.block_on(queue.settles_at(7));
    let dumped = on.stomp(["dump", "--take", "--grep", "^20$", &queue.name]).run().code(0).stdout;
    assert_eq!(dumped.split_inclusive(|byte| *byte == b'\n').count(), 1);
    on.block_on(queue.settles_at(6));
    let mut rest: Vec<_> = on.block_on(queue.rest()).iter().map(|message| message.body.clone()).collect();
    // What comes back may stand behind what was not given out.
    rest.sort();
    assert_eq!(rest, ["4", "5", "6", "7", "8", "9"]);
}

async fn a_text_that_is_moved_stays_a_text(on: &On) {
    let (from, to) = (on.queue(), on.queue());
    let mut talk = on.client().await;
    talk.client.send(from.message("text"), true, true).await.unwrap();
    talk.send(from.message("bytes")).await;
    let call = on.stomp(["-q", "move", &from.name, &to.name, "-c", "2"]);
    tokio::task::spawn_blocking(|| call.run().done("")).await.unwrap();
    talk.subscribe_auto(&to.name).await;
    for (body, length) in [(&b"text"[..], None), (b"bytes", Some(&b"5"[..]))] {
        let message = talk.message().await;
        assert_eq!((&message.body[..], message.header("content-length")), (body, length));
    }
    talk.leave().await;
}

/// A text, bytes with a NUL in them, and a message with a header of its own.
fn send_three_kinds(on: &On, queue: &str) {
    on.stomp(["send", "--text", queue, "a text"]).run().done("");
    on.stomp(["send", queue]).input(b"\0\xff bytes \n").run().done("");
    on.stomp(["send", "-H", "own: a: b", queue, "{}"]).run().done("");
}

/// Bodies, headers of our own, and whether they are texts.
fn kinds(on: &On, queue: &str) -> String {
    let sub = on.stomp(["sub", queue, "-c", "3", "-F", "%h{own}|%h{content-length}|%b\\n"]);
    String::from_utf8_lossy(&sub.run().code(0).stdout).into_owned()
}

fn a_dump_comes_back_as_it_was(on: &On) {
    let queue = on.queue();
    send_three_kinds(on, &queue.name);
    let expected = kinds(on, &queue.name);
    assert!(expected.contains("||a text\n"), "{expected}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queue.jsonl");
    send_three_kinds(on, &queue.name);
    let dump = on.stomp(["dump", "--take", &queue.name, "-o"]).arg(&file).run().code(0).stdout("");
    dump.stderr(&format!("dumped 3 messages of {}; they are taken off\n", queue.name));
    // It is there already, and holds what is nowhere else.
    let again = on.stomp(["dump", "--take", &queue.name, "-o"]).arg(&file).run().code(2);
    again.stderr_has(&["is there already", "--append"]);
    on.stomp(["restore"]).arg(&file).run().code(0).stdout("").stderr("restored 3 messages\n");
    assert_eq!(kinds(on, &queue.name), expected);
    let envelopes = std::fs::read(&file).unwrap();
    let back = on.stomp(["restore", "--to", &queue.name, "-H", "own: other"]).input(&envelopes).run().code(0);
    back.stderr("restored 3 messages\n");
    assert_eq!(kinds(on, &queue.name).matches("other|").count(), 3);
    assert_eq!(on.block_on(queue.rest()).len(), 0);
}

fn a_dump_takes_nothing_or_says_that_it_cannot(on: &On) {
    let queue = on.queue();
    let all = sequence(1..=50);
    on.stomp(["send", "-l", &queue.name]).input(&all).run().done("");
    let dump = on.stomp(["dump", &queue.name]).run();
    if dump.code == Some(2) {
        dump.stdout("").stderr_has(&["--give-back", "--take"]);
        let dump = on.stomp(["dump", "--give-back", &queue.name]).run().code(0);
        assert_eq!(dump.lines().len(), 50);
    } else {
        let dump = dump.code(0);
        assert_eq!(dump.lines().len(), 50);
        dump.stderr(&format!("dumped 50 messages of {}; they are still there\n", queue.name));
    }
    // Some give back a moment later.
    let kept = on.stomp(["sub", &queue.name, "-c", "50"]).run().code(0);
    assert_eq!(kept.lines().len(), 50);
    assert_eq!(on.block_on(queue.rest()).len(), 0);
}

fn what_is_mirrored_is_there_and_no_more_here(on: &On) {
    const COUNT: u32 = 2_500;
    let (from, to) = (on.queue(), on.queue());
    let all = sequence(1..=COUNT);
    on.stomp(["send", "-l", &from.name]).input(&all).run().done("");
    let mirror =
        on.stomp(["mirror", &from.name, &to.name, "--to", &on.url_with_login(), "-c", &COUNT.to_string()]);
    let mirrored = mirror.run().code(0).stdout("");
    mirrored.stderr_has(&[&format!("mirrored {COUNT} messages from {} to {} at ", from.name, to.name)]);
    on.stomp(["sub", &to.name, "-c", &COUNT.to_string()]).run().done(&all);
    assert_eq!(on.block_on(from.rest()).len(), 0);
}

fn ctrl_c_ends_a_mirror_with_its_figures(on: &On) {
    let (from, to) = (on.queue(), on.queue());
    on.stomp(["send", "-l", &from.name]).input(sequence(1..=50)).run().done("");
    let mut mirror = on.stomp(["mirror", &from.name, &to.name, "--to", &on.url_with_login()]).start();
    mirror.wait_for_stderr("Ctrl-C ends it", 1);
    on.stomp(["send", "-l", &from.name]).input(sequence(51..=100)).run().done("");
    on.block_on(to.settles_at(100));
    mirror.signal(rustix::process::Signal::INT);
    mirror.finish().code(130).stdout("").stderr_has(&["mirrored 100 messages from "]);
    on.block_on(from.settles_at(0));
}

fn a_message_above_a_mebibyte_moves(on: &On) {
    let (from, to) = (on.queue(), on.queue());
    let body = vec![b'x'; (1 << 20) + 1];
    on.stomp(["send", &from.name]).input(&body).run().done("");
    let moved = on.stomp(["move", &from.name, &to.name, "-c", "1"]).run().code(0);
    moved.stderr(&format!("moved 1 message from {} to {}\n", from.name, to.name));
    on.stomp(["sub", &to.name, "-c", "1", "--raw"]).run().done(&body);
}

/// Sends small and large messages in turns; all of them, as `sub` prints them.
fn send_small_and_large(on: &On, queue: &str) -> Vec<u8> {
    let mut all = Vec::new();
    for number in 0..4_u8 {
        let small = sequence(1..=5);
        on.stomp(["send", "-l", queue]).input(&small).run().done("");
        let large = vec![b'a' + number; (1 << 20) + usize::from(number) + 1];
        on.stomp(["send", queue]).input(&large).run().done("");
        all.extend_from_slice(small.as_bytes());
        all.extend_from_slice(&large);
        all.push(b'\n');
    }
    all
}

fn large_messages_move_in_their_place_among_small_ones(on: &On) {
    let (from, to) = (on.queue(), on.queue());
    let all = send_small_and_large(on, &from.name);
    let moved = on.stomp(["move", &from.name, &to.name, "-c", "24"]).run().code(0).stdout("");
    moved.stderr(&format!("moved 24 messages from {} to {}\n", from.name, to.name));
    on.stomp(["sub", &to.name, "-c", "24"]).run().done(&all);
    assert_eq!(on.block_on(from.rest()).len(), 0);
}

fn large_messages_are_copied_and_mirrored(on: &On) {
    let (from, copy, mirrored) = (on.queue(), on.queue(), on.queue());
    let all = send_small_and_large(on, &from.name);
    on.stomp(["-q", "copy", &from.name, &copy.name]).run().done("");
    let to = on.url_with_login();
    on.stomp(["-q", "mirror", &from.name, &mirrored.name, "--to", &to, "-c", "24"]).run().done("");
    for queue in [&copy, &mirrored] {
        on.stomp(["sub", &queue.name, "-c", "24"]).run().done(&all);
    }
    assert_eq!(on.block_on(from.rest()).len(), 0);
}

async fn a_large_text_that_is_moved_stays_a_text(on: &On) {
    let (from, to) = (on.queue(), on.queue());
    let mut talk = on.client().await;
    let body = vec![b'x'; (1 << 20) + 1];
    talk.client.send(from.message(body.clone()), true, true).await.unwrap();
    let call = on.stomp(["-q", "move", &from.name, &to.name, "-c", "1"]);
    tokio::task::spawn_blocking(|| call.run().done("")).await.unwrap();
    talk.subscribe_auto(&to.name).await;
    let message = talk.message().await;
    assert!(message.body == body);
    assert_eq!(message.header("content-length"), None);
    talk.leave().await;
}

async fn of_repeated_headers_a_move_keeps_what_differs(on: &On) {
    let (from, to) = (on.queue(), on.queue());
    let mut talk = on.client().await;
    let message = from.message("x").with("k", "1").with("other", "a").with("k", "2").with("k", "1");
    talk.send(message.with("replaced", "1").with("replaced", "2")).await;
    let call = on.stomp(["-q", "move", &from.name, &to.name, "-c", "1", "-H", "replaced: 3"]);
    tokio::task::spawn_blocking(|| call.run().done("")).await.unwrap();
    talk.subscribe_auto(&to.name).await;
    let message = talk.message().await;
    let kept = message.headers.iter().filter(|(name, _)| matches!(&name[..], b"k" | b"other" | b"replaced"));
    let kept: Vec<String> = kept
        .map(|(name, value)| format!("{}:{}", String::from_utf8_lossy(name), String::from_utf8_lossy(value)))
        .collect();
    assert_eq!(kept, ["replaced:3", "k:1", "other:a", "k:2"]);
    talk.leave().await;
}

/// The program, told where the broker's management is, if it has one.
fn beside(on: &On, words: &[&str]) -> Stomp {
    let management =
        std::env::var("STOMP_TEST_RABBITMQ_MANAGEMENT").ok().filter(|_| figures::are_of_rabbitmq(on));
    let option = management.iter().flat_map(|url| ["--management", url]);
    on.stomp(option.chain(words.iter().copied()).collect::<Vec<_>>())
}

fn how_deep_a_queue_is_is_told(on: &On) {
    let queue = on.queue();
    on.stomp(["send", "-l", &queue.name]).input(sequence(1..=7)).run().done("");
    on.block_on(queue.settles_at(7));
    beside(on, &["depth", &queue.name]).run().done("7\n");
    let queues = beside(on, &["queues"]).run().code(0).stderr("");
    let line = format!("         7 waiting     0 subscribers  {}", queue.name);
    assert!(queues.lines().contains(&line.as_str()), "{:?} has no '{line}'", queues.lines());
    // No other queue is made by the asking.
    assert!(queues.lines().iter().all(|line| !line.contains("figures")));
    assert_eq!(on.block_on(queue.rest()).len(), 7);
}

fn a_management_that_does_not_answer_is_told_from_a_broker_that_is_not_there(on: &On) {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ask = |url: &str| on.stomp(["--management", url, "depth", "/queue/a"]).run();
    let refused = ask(&format!("http://{closed}")).code(3).stdout("");
    refused.stderr_has(&["management", "nothing is listening", "rabbitmq_management"]);
    let unknown = beside(on, &["depth", "/queue/there-is-no-such-queue"]).run().code(1).stdout("");
    unknown.stderr_has(&["knows no queue '/queue/there-is-no-such-queue'"]);
    let plain = ask("https://127.0.0.1:1").code(3);
    plain.stderr_has(&["https://127.0.0.1:1"]);
}

fn a_topic_is_told_from_a_queue(on: &On) {
    let topic = on.topic();
    for command in ["purge", "drain", "dump --take", "move"] {
        let mut words: Vec<&str> = command.split(' ').collect();
        words.push(&topic.name);
        if command == "move" {
            words.push("/queue/elsewhere");
        }
        on.stomp(words).run().code(2).stdout("").stderr_has(&["is no queue"]);
    }
}

fn a_queue_full_of_requests_is_answered(on: &On) {
    let (requests, answers) = (on.queue(), on.queue());
    let all = lines(1..=100, |number| format!("{number:020000}"));
    on.stomp(["send", "-l", &requests.name, "--reply-to", &answers.name]).input(&all).run().done("");
    on.stomp(["reply", &requests.name, "-c", "100", "--echo"]).run().done("");
    on.stomp(["sub", &answers.name, "-c", "100"]).run().done(&all);
    assert_eq!(on.block_on(requests.rest()).len(), 0);
}
