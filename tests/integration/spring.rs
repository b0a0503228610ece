//! Spring's simple broker, which confirms nothing but DISCONNECT, and its relay to RabbitMQ. Both handle the frames of a
//! client side by side, so that a later one may overtake an earlier one.

use std::time::Instant;

use crate::case;
use crate::connecting::{authority, beside};
use crate::harness::Case;
use crate::on::{On, lines, sequence};
use crate::support::spring::SpringProcess;
use crate::support::stomp::{DEADLINE, Stomp};

pub fn cases() -> Vec<Case> {
    vec![
        case!(a_subscription_that_the_application_answers_is_printed).only_on("spring"),
        case!(a_request_is_answered_at_a_destination_of_the_user).only_on("spring"),
        case!(async what_is_sent_is_called_unconfirmed).only_on("spring"),
        case!(commands_that_need_receipts_say_so).only_on("spring"),
        case!(a_doctor_notes_that_there_are_no_receipts).only_on("spring"),
        case!(a_refused_subscription_ends_sub).only_on("spring"),
        case!(a_connect_without_its_token_ends_with_4).only_on("spring"),
        case!(a_script_keeps_its_order_on_an_ordered_server).only_on("spring"),
        case!(a_queue_moves_whole_through_the_relay).only_on("spring-relay"),
        case!(the_receipt_of_the_last_does_not_stand_for_all).only_on("spring-relay"),
        case!(a_commit_that_overtakes_a_send_is_not_called_confirmed).only_on("spring-relay"),
        case!(each_of_many_subs_takes_one_message).only_on("spring-relay"),
        case!(an_ordered_relay_keeps_the_order).only_on("spring-relay"),
    ]
}

/// The program with receipts asked for until the server turns out to send none, and with none asked for.
fn in_both_modes(on: &On, words: &[&str]) -> [Stomp; 2] {
    ["auto", "never"].map(|mode| on.stomp(["--receipts", mode]).args(words))
}

fn a_subscription_that_the_application_answers_is_printed(on: &On) {
    for sub in in_both_modes(on, &["sub", "/app/now", "-c", "1"]) {
        sub.run().done("now\n");
    }
}

fn a_request_is_answered_at_a_destination_of_the_user(on: &On) {
    let json = ["--content-type", "application/json"];
    for (options, to, body, from, answer) in [
        (&[][..], "/app/shout", "hello", "/user/queue/reply", "HELLO\n"),
        (&json, "/app/order", r#"{"id":1,"item":"x"}"#, "/user/queue/reply", "{\"id\":2,\"item\":\"x\"}\n"),
        (&[], "/app/fail", "x", "/user/queue/errors", "java.lang.IllegalStateException: as you wished\n"),
    ] {
        let words = ["request", "--timeout", "30s", "--reply-to", from, to, body];
        for request in in_both_modes(on, &[&words, options].concat()) {
            request.run().code(0).stdout(answer);
        }
    }
}

async fn what_is_sent_is_called_unconfirmed(on: &On) {
    let topic = on.topic();
    let mut talk = on.client().await;
    talk.subscribe_auto(&topic.name).await;
    let [auto, never] = in_both_modes(on, &["send", &topic.name, "hello"]).map(|send| send.unheard(&[]));
    let began = Instant::now();
    for (send, code, said) in [
        (never, 0, &["sent 1, unconfirmed"][..]),
        (auto, 6, &["confirmed 0, unknown 1", "sends no receipts", "--receipts never"]),
    ] {
        tokio::task::spawn_blocking(move || send.run().code(code).stdout("").stderr_has(said)).await.unwrap();
        assert_eq!(talk.bodies(1).await, ["hello"]);
    }
    assert!(began.elapsed() < DEADLINE / 4, "{:?}", began.elapsed());
    talk.leave().await;
}

fn commands_that_need_receipts_say_so(on: &On) {
    for words in [
        &["move", "/queue/a", "/queue/b"][..],
        &["mirror", "/queue/a", "/queue/b", "--to", &on.url, "-c", "1"],
        &["bench", "-c", "10"],
    ] {
        let [auto, never] = in_both_modes(on, words);
        auto.run().code(6).stderr_has(&["this server sends no receipts, and", words[0]]);
        never.run().code(2).stderr_has(&[&format!("{} needs receipts", words[0]), "--receipts auto"]);
    }
}

fn a_doctor_notes_that_there_are_no_receipts(on: &On) {
    let report = on.program(["--receipts", "auto", "doctor", &on.url]).run().code(0).stderr("");
    let lines = report.lines();
    let note = lines.iter().find(|line| line.starts_with("--    round trip  "));
    assert!(note.is_some_and(|note| note.contains("this server sends no receipts")), "{lines:?}");
}

fn a_refused_subscription_ends_sub(on: &On) {
    for sub in in_both_modes(on, &["sub", "/topic/secret", "-c", "1"]) {
        let ended = sub.run().stdout("");
        // The end of the connection may overtake the ERROR, which is not sent then.
        let (code, said) = if ended.code == Some(3) { (3, "code 1002") } else { (5, "access denied") };
        ended.code(code).stderr_has(&[said]);
    }
}

fn a_connect_without_its_token_ends_with_4(on: &On) {
    let server = SpringProcess::start(&beside(on, "SERVER"), &["--connect-token=true"]);
    let call = || Stomp::new(["-s", &server.url, "sub", "/app/now", "-c", "1"]);
    let token = "hint: give the token with --connect-header 'Authorization: Bearer ${TOKEN}'";
    call()
        .run()
        .code(4)
        .stdout("")
        .stderr_has(&["refused the connection: CONNECT has no valid token", token]);
    let given = call().args(["--connect-header", "Authorization: Bearer X"]).run();
    given.code(0).stdout("now\n").stderr_has(&["can be seen by other users"]);
}

fn a_script_keeps_its_order_on_an_ordered_server(on: &On) {
    let server = SpringProcess::start(&beside(on, "SERVER"), &["--ordered=true"]);
    let script = "sub /topic/a\nsend /topic/a 1\nsend /topic/a 2\nsend /topic/a 3\nwait 3\n";
    let call = Stomp::new(["-s", &server.url, "--receipts", "never"]).input(script);
    call.run().code(0).stdout("1\n2\n3\n");
}

/// How often a case is repeated, since frames do not overtake one another each time.
fn runs(usual: u32) -> u32 {
    let variable = std::env::var("STOMP_TEST_SPRING_RUNS");
    variable.map_or(usual, |runs| runs.parse().expect("STOMP_TEST_SPRING_RUNS is a number"))
}

/// The numbers that are in a queue, each as often as it is there.
fn numbers_in(on: &On, queue: &crate::on::Destination<'_>) -> Vec<u32> {
    let rest = on.block_on(queue.rest());
    let mut numbers: Vec<u32> =
        rest.iter().map(|message| std::str::from_utf8(&message.body).unwrap().parse().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

fn a_queue_moves_whole_through_the_relay(on: &On) {
    const COUNT: u32 = 300;
    for _ in 0..runs(3) {
        let (from, to) = (on.queue(), on.queue());
        on.stomp(["send", "-l", &from.name]).input(sequence(1..=COUNT)).run().done("");
        let moved = on.stomp(["move", &from.name, &to.name]).run().code(0).stdout("");
        moved.stderr(&format!("moved {COUNT} messages from {} to {}\n", from.name, to.name));
        on.block_on(from.settles_at(0));
        assert_eq!(numbers_in(on, &to), (1..=COUNT).collect::<Vec<_>>());
    }
}

fn the_receipt_of_the_last_does_not_stand_for_all(on: &On) {
    let queue = on.queue();
    let send = on.stomp(["--trace", "send", "-l", "--receipt", "last", &queue.name]).input("1\n2\n3\n");
    let ended = send.run().code(0);
    let sends = ended.stderr.split(">>> ").filter(|frame| frame.contains(" SEND\n"));
    assert_eq!(sends.filter(|send| send.contains("    receipt: ")).count(), 3, "{}", ended.stderr);
}

fn a_commit_that_overtakes_a_send_is_not_called_confirmed(on: &On) {
    const COUNT: u32 = 50;
    for _ in 0..runs(10) {
        let (one_shot, script) = (on.queue(), on.queue());
        let sent = on.stomp(["send", "-l", "--tx", "t", &one_shot.name]).input(sequence(1..=COUNT)).run();
        let sends = lines(1..=COUNT, |number| format!("send {} {number}", script.name));
        let ran = on.stomp::<&str>([]).input(format!("begin\n{sends}commit\n")).run();
        for (ended, queue) in [(sent, one_shot), (ran, script)] {
            if ended.code == Some(0) {
                on.block_on(queue.settles_at(COUNT.into()));
            } else {
                // The end of the connection may overtake the ERROR, which is not sent then.
                let told = ["Bad transaction", "code 1002"].iter().any(|text| ended.stderr.contains(text));
                assert!(told, "{}", ended.stderr);
                assert!(matches!(ended.code, Some(5 | 6)), "{:?}: {}", ended.code, ended.stderr);
            }
        }
    }
}

fn each_of_many_subs_takes_one_message(on: &On) {
    const COUNT: u32 = 100;
    let queue = on.queue();
    on.stomp(["send", "-l", &queue.name]).input(sequence(1..=COUNT)).run().done("");
    let mut taken: Vec<u32> = (0..COUNT)
        .map(|_| {
            let sub = on.stomp(["sub", &queue.name, "-c", "1"]).run().code(0).stderr("");
            sub.lines().concat().parse().unwrap()
        })
        .collect();
    taken.sort_unstable();
    assert_eq!(taken, (1..=COUNT).collect::<Vec<_>>());
    on.block_on(queue.settles_at(0));
}

fn an_ordered_relay_keeps_the_order(on: &On) {
    let rabbitmq = std::env::var("STOMP_TEST_RABBITMQ").expect("the relay stands on RabbitMQ");
    let (_, port) = authority(&rabbitmq).rsplit_once(':').unwrap();
    let options = ["--ordered=true", "--broker=relay", &format!("--relay.port={port}")];
    let server = SpringProcess::start(&beside(on, "SERVER"), &options);
    let stomp = |words: &[&str]| Stomp::new(["-s", &server.url]).args(words);
    let (from, to) = (on.queue(), on.queue());
    stomp(&["send", "-l", &from.name]).input(sequence(1..=1_000)).run().done("");
    stomp(&["sub", &from.name, "-c", "10"]).run().done(sequence(1..=10));
    stomp(&["-q", "move", &from.name, &to.name]).run().done("");
    on.block_on(from.settles_at(0));
    let script = format!("begin\nsend {0} 1001\nsend {0} 1002\ncommit\n", to.name);
    stomp(&[]).input(script).run().done("");
    on.block_on(to.settles_at(992));
    stomp(&["sub", &to.name, "-c", "992"]).run().done(sequence(11..=1_002));
}
