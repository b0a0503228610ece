//! `stomp bench`: its figures are those of the broker, and nothing of it stays.

use rustix::process::Signal;
use serde_json::Value;

use crate::brokers::Need;
use crate::case;
use crate::harness::Case;
use crate::on::On;
use crate::support::stomp::Finished;

pub fn cases() -> Vec<Case> {
    // A broker whose queues have to be made by hand has none of the bench's own.
    let queues = [Need::Queues, Need::Several, Need::Goodbye];
    vec![
        case!(all_that_is_sent_is_received_once).needs(&queues),
        // It acks cumulatively, too.
        case!(all_that_is_acked_is_off_the_queue).needs(&queues).needs(&[
            Need::Acks,
            Need::Individual,
            Need::Order,
        ]),
        case!(each_consumer_of_a_topic_gets_all).needs(&queues),
        case!(a_rate_is_kept).needs(&queues),
        case!(ctrl_c_gives_the_report_so_far).needs(&queues),
        // It is to see the message that is not its own first.
        case!(messages_of_others_end_it_and_stay).needs(&queues).needs(&[
            Need::Acks,
            Need::Individual,
            Need::Order,
        ]),
        case!(what_is_only_sent_does_not_stay).needs(&queues).needs(&[Need::Acks, Need::Individual]),
    ]
}

fn report(finished: &Finished) -> Value {
    serde_json::from_slice(&finished.stdout).unwrap()
}

/// Runs it to its end.
fn bench(on: &On, words: &[&str]) -> Value {
    report(&on.stomp(["bench", "--json"]).args(words).run().code(0))
}

fn all_that_is_sent_is_received_once(on: &On) {
    let report = bench(on, &["-c", "3001", "-p", "2", "-C", "2", "--size", "200", "--persistent"]);
    assert_eq!(report["sent"]["messages"], 3001, "{report}");
    assert_eq!(report["fates"]["confirmed"], 3001, "{report}");
    assert_eq!(report["received"]["messages"], 3001, "{report}");
    assert_eq!(
        (&report["arrived"]["lost"], &report["arrived"]["duplicated"]),
        (&0.into(), &0.into()),
        "{report}"
    );
    let latency = |name: &str| report["latency_ms"][name].as_f64().unwrap();
    assert!(
        latency("min") > 0.0 && latency("min") <= latency("p50") && latency("p50") <= latency("max"),
        "{report}"
    );
}

fn all_that_is_acked_is_off_the_queue(on: &On) {
    for ack in ["client", "client-individual"] {
        let queue = on.queue();
        let report = bench(on, &["-c", "500", "--ack", ack, "--receipt", "none", &queue.name]);
        assert_eq!(report["fates"]["unknown"], 500, "{report}");
        assert_eq!(report["arrived"]["acked"], 500, "{report}");
        assert_eq!(report["arrived"]["acks_proven"], true, "{report}");
        assert_eq!(on.block_on(queue.rest()).len(), 0);
    }
}

fn each_consumer_of_a_topic_gets_all(on: &On) {
    let topic = on.topic();
    let report = bench(on, &["-c", "300", "-C", "3", &topic.name]);
    assert_eq!(report["sent"]["messages"], 300, "{report}");
    assert_eq!(report["received"]["messages"], 900, "{report}");
    assert_eq!(
        (&report["arrived"]["lost"], &report["arrived"]["duplicated"]),
        (&0.into(), &0.into()),
        "{report}"
    );
}

fn a_rate_is_kept(on: &On) {
    // The last of them is due after 0.99 s, and not sent before.
    let report = bench(on, &["-c", "100", "--rate", "100/s", "-p", "2"]);
    assert!(report["sent"]["seconds"].as_f64().unwrap() >= 0.99, "{report}");
    assert_eq!(report["received"]["messages"], 100, "{report}");
}

fn ctrl_c_gives_the_report_so_far(on: &On) {
    let queue = on.queue();
    let mut running = on.stomp(["bench", "--json", "--duration", "1h", "--rate", "50", &queue.name]).start();
    running.wait_for_stderr("Ctrl-C ends it", 1);
    running.signal(Signal::INT);
    let finished = running.finish().code(130);
    let report = report(&finished);
    assert_eq!(report["stopped_early"], true, "{report}");
    assert_eq!(report["sent"]["messages"], report["fates"]["confirmed"], "{report}");
    assert_eq!(on.block_on(queue.rest()).len(), 0);
}

fn messages_of_others_end_it_and_stay(on: &On) {
    let queue = on.queue();
    on.stomp(["send", &queue.name, "somebody else's"]).run().done("");
    let finished = on.stomp(["bench", "-c", "100", "--ack", "client", &queue.name]).run().code(2);
    finished.stderr_has(&["1 message of others", "given back"]);
    let rest = on.block_on(queue.rest());
    let bodies: Vec<_> = rest.iter().map(|message| &message.body[..]).collect();
    assert_eq!(bodies, [b"somebody else's"]);
}

fn what_is_only_sent_does_not_stay(on: &On) {
    let queue = on.queue();
    let report = bench(on, &["-c", "1500", "-C", "0", &queue.name]);
    assert_eq!(report["fates"]["confirmed"], 1500, "{report}");
    assert_eq!((&report["received"], &report["latency_ms"]), (&Value::Null, &Value::Null));
    assert_eq!(on.block_on(queue.rest()).len(), 0);
}
