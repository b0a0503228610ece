//! Lists of queues that are very long, or cannot be read.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};

use crate::embedded::Embedded;
use crate::peer::Peer;
use crate::stomp::{Finished, Stomp};

#[test]
fn a_list_of_queues_above_1_mib_is_listed_whole() {
    const QUEUES: usize = 12_000;
    let broker = Embedded::start();
    let name = |number: usize| format!("/queue/a-name-that-is-not-short-{number:05}");
    let envelopes: String = (0..QUEUES)
        .map(|number| format!("{{\"destination\":\"{}\",\"body\":\"x\"}}\n", name(number)))
        .collect();
    Stomp::new(["-s", &broker.url(), "send", "--jsonl"]).input(envelopes).run().done("");
    let expected: String = (0..QUEUES)
        .map(|number| format!("         1 waiting     0 subscribers  {}\n", name(number)))
        .collect();
    Stomp::new(["-s", &broker.url(), "queues"]).run().done(expected);
}

#[test]
fn an_answer_about_queues_that_cannot_be_read_is_said_to_be_so() {
    let cut = "x".repeat(2 << 20);
    for (length, body, code) in [(2, "{}".to_owned(), 7), (5, "hello".to_owned(), 7), (cut.len(), cut, 7)] {
        let peer = Peer::start(move |mut talk, _| {
            talk.login_with("server:ActiveMQ/5.17.2\nheart-beat:0,0\n");
            let subscribed = talk.hear_of("SUBSCRIBE").unwrap();
            talk.receipt(&subscribed);
            let asked = talk.hear_of("SEND").unwrap();
            talk.receipt(&asked);
            let head = "MESSAGE\nsubscription:1\nmessage-id:1\ndestination:/temp-queue/figures\n";
            talk.say(&format!("{head}content-length:{length}\n\n{body}^"));
            talk.confirm_all();
        });
        let ended = Stomp::new(["-s", &peer.url(), "queues"]).run().code(code).stdout("");
        assert!(ended.stderr.contains("answer about its queues"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("there are no queues"), "{}", ended.stderr);
    }
}

/// A management of RabbitMQ that answers with this status and body, and knows no consumers; its URL.
pub(crate) fn management(status: u16, answer: &'static str) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let path = lines.next().unwrap_or_default();
            lines.find(String::is_empty);
            let body = if path.contains("/api/consumers/") { "[]" } else { answer };
            let _ = write!(&stream, "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        }
    });
    url
}

/// Runs a command on a RabbitMQ with this management.
fn ask(management: &str, command: &[&str]) -> Finished {
    let peer = Peer::start(|mut talk, _| {
        talk.login_with("server:RabbitMQ/3.10.8\nheart-beat:0,0\n");
        talk.confirm_all();
    });
    Stomp::new(["-s", &peer.url(), "--management", management]).args(command).run()
}

/// What `queues` prints where RabbitMQ's management answers so.
fn rabbitmq(queues: &'static str) -> Finished {
    ask(&management(200, queues), &["queues"])
}

#[test]
fn a_number_that_a_broker_does_not_tell_is_unknown_and_not_0() {
    let unknown = concat!(
        "         ? waiting     0 subscribers  /queue/a\n",
        "         ? waiting     0 subscribers  /queue/b\n",
        "         3 waiting     0 subscribers  /queue/c\n",
    );
    let queues = r#"[{"name":"a","durable":true},{"name":"b","durable":true,"messages":"many"},
        {"messages":1},{"name":"c","durable":true,"messages":3},{"name":7}]"#;
    rabbitmq(queues).done(unknown);
    let url = management(200, queues);
    ask(&url, &["depth", "/queue/c"]).done("3\n");
    let unknown = ask(&url, &["depth", "/queue/a"]).code(1).stdout("");
    unknown.stderr_has(&["the broker does not say how many messages wait in '/queue/a'\n"]);
}

#[test]
fn the_exit_status_says_why_a_management_does_not_tell() {
    for (status, code) in [(401, 4), (403, 4), (404, 2), (500, 7)] {
        ask(&management(status, "{}"), &["queues"]).code(code).stdout("");
    }
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    ask(&format!("http://{closed}"), &["queues"]).code(3).stdout("");
}

#[test]
fn queues_of_rabbitmq_that_are_neither_exclusive_nor_not_are_listed() {
    rabbitmq(
        r#"[{"name":"classic","messages":2,"durable":true,"auto_delete":false,"exclusive":false,"arguments":{}},
            {"name":"quorum","messages":3,"durable":true,"auto_delete":false,"exclusive":null,
             "arguments":{"x-queue-type":"quorum"}}]"#,
    )
    .done(concat!(
        "         3 waiting     0 subscribers  /amq/queue/quorum\n",
        "         2 waiting     0 subscribers  /queue/classic\n",
    ));
}

#[test]
fn json_of_a_management_that_is_not_as_expected_is_told_from_no_json() {
    let said = "answered with unexpected JSON: missing field `name`";
    rabbitmq(r#"[{"messages":2}]"#).code(7).stdout("").stderr_has(&[said]);
    rabbitmq(r#"{"error":"not_authorised"}"#).code(7).stdout("").stderr_has(&["unexpected JSON"]);
    rabbitmq("<html>").code(2).stdout("").stderr_has(&["is no management of RabbitMQ"]);
}
