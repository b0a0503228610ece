//! What brokers have, each under names of its own: durable subscriptions, browsers, temporary queues,
//! messages that are confirmed and not kept.

use stomp_shell::protocol::Version;

use crate::brokers::Need;
use crate::case;
use crate::harness::Case;
use crate::on::{On, lines};
use crate::support::stomp::Stomp;

pub fn cases() -> Vec<Case> {
    let browser = [Need::Queues, Need::Browser];
    vec![
        // Some tell who they are from 1.1 on.
        case!(a_durable_subscription_keeps_what_comes_until_it_is_deleted)
            .needs(&[Need::Durable])
            .in_each_version()
            .since(Version::V1_1),
        case!(a_durable_subscription_that_nobody_reads_is_deleted_by_its_name).needs(&[Need::DeletedByName]),
        case!(a_durable_subscription_without_the_client_id_it_is_kept_under_is_refused)
            .needs(&[Need::DeletedByName]),
        // ActiveMQ has none in 1.0.
        case!(a_queue_that_is_peeked_at_keeps_its_messages)
            .needs(&browser)
            .in_each_version()
            .since(Version::V1_1),
        case!(a_queue_is_copied_to_the_last_message_and_no_further)
            .needs(&browser)
            .needs(&[Need::Several])
            .in_each_version()
            .since(Version::V1_1),
        case!(what_a_filter_hides_does_not_keep_the_rest_from_coming).needs(&[
            Need::Queues,
            Need::Acks,
            Need::Unbounded,
            Need::SlowReaders,
        ]),
        case!(a_broker_without_browsers_is_not_peeked_at).needs(&[Need::NoBrowser]),
        case!(a_request_is_answered_over_a_temporary_queue).needs(&[Need::TempQueues]).in_each_version(),
        case!(commands_of_a_shell_with_a_client_id_open_connections_of_their_own)
            .needs(&[Need::Queues, Need::DeletedByName]),
        case!(a_queue_that_does_not_exist_is_created_only_on_request).only_on("rabbitmq"),
        case!(what_unsub_gives_back_comes_to_the_next_subscriber).only_on("rabbitmq"),
        case!(a_request_without_temporary_queues_asks_for_a_place_for_its_answer).only_on("hornetq"),
        case!(what_is_confirmed_and_may_not_be_kept_is_warned_of).only_on("artemis"),
        case!(each_message_is_settled_by_itself_where_that_has_another_name).only_on("stompserver"),
    ]
}

/// The program as a client that the broker knows again.
fn known(on: &On, client_id: &str, lines: &[&str]) -> Stomp {
    let call = on.stomp(["--client-id", client_id]);
    lines.iter().fold(call, |call, line| call.args(["-e", line]))
}

fn unique(what: &str) -> String {
    format!("{what}-{}", uuid::Uuid::new_v4().simple())
}

fn a_durable_subscription_keeps_what_comes_until_it_is_deleted(on: &On) {
    let topic = on.topic();
    let (me, name) = (unique("client"), unique("durable"));
    let subscribe = format!("sub {} --durable {name}", topic.name);
    let delete = format!("unsub --durable {name}");
    known(on, &me, &[&subscribe]).run().done("");
    on.stomp(["send", "-l", &topic.name]).input("1\n2\n").run().done("");
    known(on, &me, &[&subscribe, "wait 2"]).run().done("1\n2\n");
    known(on, &me, &[&subscribe, &delete]).run().done("");
    // Nothing of this is kept any more. HornetQ takes it only where somebody is subscribed.
    let passing = format!("sub {0}\nsend {0} 3\nwait 1\n", topic.name);
    on.stomp::<&str>([]).input(passing).run().done("3\n");
    let send = format!("send {} 4", topic.name);
    known(on, &me, &[&subscribe, &send, "wait 1", &delete]).run().done("4\n");
}

fn a_durable_subscription_that_nobody_reads_is_deleted_by_its_name(on: &On) {
    let topic = on.topic();
    let (me, name) = (unique("client"), unique("durable"));
    let subscribe = format!("sub {} --durable {name}", topic.name);
    let delete = format!("unsub --durable {name}");
    known(on, &me, &[&subscribe]).run().done("");
    on.stomp(["send", &topic.name, "1"]).run().done("");
    known(on, &me, &[&delete]).run().done("");
    let send = format!("send {} 2", topic.name);
    known(on, &me, &[&subscribe, &send, "wait 1", &delete]).run().done("2\n");
}

fn a_durable_subscription_without_the_client_id_it_is_kept_under_is_refused(on: &On) {
    let topic = on.topic();
    let refused = on.stomp(["sub", &topic.name, "--durable", "kept", "--idle", "1s"]).run();
    refused.code(2).stdout("").stderr_has(&["under the client-id of its connection", "--client-id NAME"]);
}

fn a_queue_that_is_peeked_at_keeps_its_messages(on: &On) {
    let queue = on.queue();
    on.stomp(["send", "-l", &queue.name]).input("1\n2\n3\n").run().done("");
    // A broker says when it has shown all: nothing is waited for.
    for _ in 0..2 {
        on.stomp(["peek", &queue.name, "--idle", "30s"]).run().done("1\n2\n3\n");
    }
    on.stomp(["sub", &queue.name, "-c3"]).run().done("1\n2\n3\n");
}

fn a_queue_is_copied_to_the_last_message_and_no_further(on: &On) {
    let (from, to) = (on.queue(), on.queue());
    on.stomp(["send", "-l", &from.name]).input("1\n2\n3\n").run().done("");
    let copied = on.stomp(["copy", &from.name, &to.name, "--idle", "30s"]).run().code(0).stdout("");
    let said = format!("copied 3 messages from {} to {}\n", from.name, to.name);
    copied.stderr(&said);
    for queue in [from, to] {
        let bodies: Vec<_> = on.block_on(queue.rest()).into_iter().map(|message| message.body).collect();
        assert_eq!(bodies, ["1", "2", "3"]);
    }
}

fn what_a_filter_hides_does_not_keep_the_rest_from_coming(on: &On) {
    const COUNT: u32 = 2_000;
    let queue = on.queue();
    let all = lines(1..=COUNT, |number| format!("{number:01000}"));
    on.stomp(["send", "-l", &queue.name]).input(&all).run().done("");
    let last = format!("{COUNT:01000}\n");
    on.stomp(["sub", &queue.name, "-c1", "--grep", "2000$"]).run().done(last);
}

fn a_broker_without_browsers_is_not_peeked_at(on: &On) {
    let queue = on.queue();
    let peek = on.stomp(["peek", &queue.name]).run().code(2).stdout("");
    peek.stderr_has(&["cannot show a queue without taking from it", "--give-back"]);
    let copy = on.stomp(["copy", &queue.name, "/queue/other"]).run().code(2).stdout("");
    copy.stderr_has(&["so it cannot be copied"]);
}

fn commands_of_a_shell_with_a_client_id_open_connections_of_their_own(on: &On) {
    let queue = on.queue();
    let (send, take) = (format!("send {} 1", queue.name), format!("sub -c 1 {}", queue.name));
    known(on, &unique("client"), &[&send, &take]).run().done("1\n");
}

fn a_queue_that_does_not_exist_is_created_only_on_request(on: &On) {
    let queue = on.queue();
    let other = on.queue();
    for command in [&["drain"][..], &["purge"], &["peek", "--give-back"], &["dump", "--take"]] {
        let refused = on.stomp(command).args(["--idle", "0.2s", &queue.name]).run().code(5).stdout("");
        refused.stderr_has(&["no queue '", "--create"]);
    }
    on.stomp(["move", &queue.name, &other.name]).run().code(5).stderr_has(&["no queue '", "--create"]);
    on.stomp(["drain", "--create", "--idle", "0.2s", &queue.name]).run().done("");
    on.stomp(["drain", "--idle", "0.2s", &queue.name]).run().done("");
}

fn what_unsub_gives_back_comes_to_the_next_subscriber(on: &On) {
    let queue = on.queue();
    on.stomp(["send", "-l", &queue.name]).input("1\n2\n3\n").run().done("");
    let sub = format!("sub --ack client-individual {}\nwait 3\nack 1\n", queue.name);
    let again = format!("sub --ack client-individual {0}\nwait 2\nack all\nunsub {0}\n", queue.name);
    let script = format!("{sub}unsub --give-back all\n{again}");
    on.stomp::<&str>([]).input(script).run().done("1\n2\n3\n2\n3\n");
}

fn a_request_is_answered_over_a_temporary_queue(on: &On) {
    // Whoever answers is subscribed before it is asked.
    let topic = on.topic();
    let mut reply = on.stomp(["--trace", "reply", &topic.name, "-c1", "--exec", "tr a-z A-Z"]).start();
    reply.wait_for_stderr("<<< ", 2);
    let asked = on.stomp(["request", &topic.name, "hello", "--timeout", "30s"]).run().code(0);
    asked.stdout("HELLO\n");
    reply.finish().code(0).stdout("");
}

fn a_request_without_temporary_queues_asks_for_a_place_for_its_answer(on: &On) {
    let refused = on.stomp(["request", "jms.queue.test", "hello"]).run().code(2).stdout("");
    refused.stderr_has(&["HornetQ has no temporary queue for the answer", "--reply-to DEST"]);
}

fn what_is_confirmed_and_may_not_be_kept_is_warned_of(on: &On) {
    let warning = "warning: confirmed, but Artemis drops it where no queue is yet: \
                   -H 'destination-type: ANYCAST' makes one\n";
    let queue = unique("queue");
    let call = || Stomp::new(["-s", &on.url]);
    call().args(["send", &queue, "lost"]).run().code(0).stdout("").stderr(warning);
    call().args(["send", "-l", &queue]).input("lost\nlost\n").run().code(0).stdout("").stderr(warning);
    let script = format!("send {queue} lost\nsend {queue} lost\n");
    call().input(script).run().code(0).stdout("").stderr(warning);
    call().args(["-q", "send", &queue, "lost"]).run().done("");
    call().args(["send", "/topic/told", "nobody is told"]).run().done("");
    call().args(["send", "-H", "destination-type: ANYCAST", &queue, "kept"]).run().done("");
    call().args(["sub", &queue, "-c1"]).run().done("kept\n");
}

fn each_message_is_settled_by_itself_where_that_has_another_name(on: &On) {
    let queue = on.queue();
    on.stomp(["send", "-l", &queue.name]).input("1\n2\n3\n").run().done("");
    on.stomp(["sub", &queue.name, "--ack", "client-individual", "-c2"]).run().done("1\n2\n");
    on.stomp(["sub", &queue.name, "-c1"]).run().done("3\n");
}
