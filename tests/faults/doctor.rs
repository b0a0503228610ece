//! What `stomp doctor` says where a step fails: which one, what to try, the exit code, and no more of the time
//! than was given.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use rcgen::date_time_ymd;
use socket2::{Domain, Socket, Type};

use crate::connecting::{Held, authority, tls};
use crate::embedded::Embedded;
use crate::peer::{ClosedPort, Peer, Talk};
use crate::stomp::{Finished, Stomp};

/// The doctor's report on a URL, with more options.
fn doctor(url: &str, more: &[&str]) -> Finished {
    Stomp::new(["doctor", url]).args(more).run()
}

/// The marks and steps of a report, without their texts: `ok name`, `FAIL tcp`, `--`.
fn steps(report: &Finished) -> Vec<String> {
    let lines = report.lines().into_iter().filter(|line| !line.starts_with(' '));
    let marks = lines.map(|line| match line.strip_prefix("--    not tried: ") {
        Some(_) => "--".to_owned(),
        None => format!("{} {}", line[..4].trim_end(), line[6..].get(..10).unwrap_or_default().trim_end()),
    });
    marks.collect()
}

/// Expects a failure of this step behind these, and texts in what is said of it.
#[track_caller]
fn fails(report: Finished, code: i32, before: &[&str], step: &str, says: &[&str]) {
    let report = report.code(code);
    let mut expected: Vec<String> = before.iter().map(|step| format!("ok {step}")).collect();
    expected.push(format!("FAIL {step}"));
    let came = steps(&report);
    let rest: Vec<&str> = came.iter().skip(expected.len()).map(String::as_str).collect();
    let text = report.lines().join("\n");
    assert_eq!(came[..expected.len().min(came.len())], expected, "{text}");
    assert!(rest.is_empty() || rest == ["--"], "{text}");
    for says in says {
        assert!(text.contains(says), "it did not say '{says}':\n{text}");
    }
}

#[test]
fn a_name_without_an_address_fails_at_the_name() {
    let report = doctor("stomp://no-such-host.invalid", &[]);
    fails(
        report,
        3,
        &[],
        "name",
        &["no-such-host.invalid", "try: check the host's name", "not tried: tcp, login"],
    );
}

#[test]
fn a_port_where_nothing_listens_fails_at_tcp() {
    let closed = ClosedPort::new();
    let says = format!("nothing is listening on 127.0.0.1:{}", closed.port());
    fails(doctor(&closed.url(), &[]), 3, &["name"], "tcp", &[&says, "try: the machine is there", "61613"]);
}

#[test]
fn a_port_that_takes_no_more_connections_fails_at_tcp_in_the_time_that_was_given() {
    // Where the queue of a listener is full, what comes is dropped without a word.
    let full = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    full.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    full.listen(0).unwrap();
    let address = full.local_addr().unwrap();
    let waiting: Vec<Socket> = (0..8)
        .map(|_| {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            socket.set_nonblocking(true).unwrap();
            // It is under way, and that is all that is wanted.
            let _ = socket.connect(&address);
            socket
        })
        .collect();
    let port = address.as_socket().unwrap().port();
    let report = doctor(&format!("stomp://127.0.0.1:{port}"), &["--connect-timeout", "0.3"]);
    let says = format!("no answer from 127.0.0.1:{port} within 0.3 s");
    fails(report, 3, &["name"], "tcp", &[&says, "try: packets go out and nothing comes back"]);
    drop(waiting);
}

#[test]
fn a_port_that_accepts_and_says_nothing_fails_at_the_step_that_waits_for_it() {
    let peer = Peer::start(|mut talk, _| talk.be_deaf());
    let cases = [
        ("stomp", "login", "no CONNECTED within 0.3 s"),
        ("stomps", "tls", "no TLS handshake within 0.3 s"),
        ("ws", "websocket", "no WebSocket handshake within 0.3 s"),
        ("wss", "tls", "no TLS handshake within 0.3 s"),
    ];
    for (scheme, step, says) in cases {
        let url = format!("{scheme}://127.0.0.1:{}", peer.port());
        let report = doctor(&url, &["--connect-timeout", "0.3"]);
        fails(report, 3, &["name", "tcp"], step, &[says, "try: the port accepts and says nothing"]);
    }
}

/// A server that speaks HTTP, and nothing else.
fn http(status: &'static str) -> Peer {
    Peer::start(move |mut talk, _| {
        let mut piece = [0; 4096];
        if talk.stream().read(&mut piece).is_ok() {
            talk.write(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes());
        }
    })
}

#[test]
fn a_web_server_is_told_from_a_broker() {
    let server = http("400 Bad Request");
    let report = doctor(&server.url(), &[]);
    let says = ["does not answer in STOMP", "try: this port speaks HTTP; if that is a WebSocket, use ws://"];
    fails(report, 3, &["name", "tcp"], "login", &says);
    let server = http("404 Not Found");
    let report = doctor(&format!("ws://127.0.0.1:{}/x", server.port()), &[]);
    let says = [
        "no WebSocket at /x: 404 Not Found",
        "try: the path in the URL may be wrong: usual ones are /ws (RabbitMQ",
        "/x/websocket",
    ];
    fails(report, 3, &["name", "tcp"], "websocket", &says);
    let server = http("403 Forbidden");
    let report = doctor(&format!("ws://127.0.0.1:{}", server.port()), &[]);
    fails(
        report,
        4,
        &["name", "tcp"],
        "websocket",
        &["403 Forbidden", "try: if the server accepts only pages of its own site, --origin http://"],
    );
}

#[test]
fn an_address_of_ip_version_6_is_an_address_like_any_other() {
    let Ok(listener) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else {
        // A machine without it has no way to such an address either, which is said.
        fails(doctor("stomp://[::1]:1", &[]), 3, &["name"], "tcp", &["[::1]:1", "try: "]);
        return;
    };
    let port = listener.local_addr().unwrap().port();
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut piece = [0; 4096];
        let _ = stream.read(&mut piece);
        let _ = stream.write_all(b"ERROR\nmessage:not today\n\n\0");
    });
    let report = doctor(&format!("stomp://[::1]:{port}"), &[]);
    let says = ["::1 is an address", &format!("[::1]:{port} answers"), "not today", "try: the broker's log"];
    fails(report, 5, &["name", "tcp"], "login", &says);
    answering.join().unwrap();
}

/// Answers the first CONNECT, and all others, with this frame.
fn answering(frame: &'static str) -> Peer {
    Peer::start(move |mut talk, _| {
        if talk.hear_of("CONNECT").is_some() {
            talk.say(frame);
        }
    })
}

#[test]
fn what_a_broker_refuses_at_login_fails_at_the_step_that_it_is_about() {
    let cases = [
        ("ERROR\nmessage:Access refused\n\n^", 4, "login", "try: give the login with -U USER"),
        (
            "ERROR\nmessage:Virtual host 'a' access denied\n\n^",
            5,
            "vhost",
            "try: name the virtual host with --vhost",
        ),
        (
            "ERROR\nmessage:Supported versions are 9.9\n\n^",
            5,
            "version",
            "try: offer other versions with --protocol",
        ),
        ("ERROR\nmessage:no\n\n^", 5, "login", "try: the broker's log may say more"),
        ("CONNECTED\nversion:9.9\n\n^", 7, "version", "'9.9', which is not 1.0, 1.1 or 1.2"),
        ("220 mail.example ESMTP\r\n", 3, "login", "try: is this the broker's STOMP port?"),
        ("", 3, "login", "closed the connection before CONNECTED"),
    ];
    for (frame, code, step, says) in cases {
        let peer = answering(frame);
        // The vhost is given: none other is tried.
        fails(doctor(&peer.url(), &["--vhost", "a"]), code, &["name", "tcp"], step, &[says]);
        assert_eq!(peer.connections(), 1, "{says}: what was refused is not tried again");
    }
}

#[test]
fn a_password_is_in_no_line_of_a_report() {
    let peer = answering("ERROR\nmessage:Access refused for user 'mary'\n\n^");
    let url = format!("stomp://mary:canary-7@127.0.0.1:{}", peer.port());
    let report = doctor(&url, &["--trace", "-vv"]).code(4);
    let all = format!("{}{}", report.lines().join("\n"), report.stderr);
    assert!(all.contains("mary") && !all.contains("canary-7"), "{all}");
}

#[test]
fn a_second_virtual_host_is_tried_as_any_command_does() {
    let peer = Peer::start(|mut talk, _| {
        let Some(connect) = talk.hear_of("CONNECT") else { return };
        if connect.header("host") == "127.0.0.1" {
            talk.say("CONNECTED\nversion:1.2\n\n^");
            talk.confirm_all();
        } else {
            talk.say("ERROR\nmessage:Invalid virtual host\n\n^");
        }
    });
    // The versions are not tried with it: each alone comes to the same.
    let report = doctor(&peer.url(), &[]).code(0);
    assert!(
        report.lines().contains(&"ok    vhost       127.0.0.1 (/ is refused)"),
        "{}",
        report.lines().join("\n")
    );
}

#[test]
fn a_tls_identity_that_is_wrong_fails_at_tls_with_4() {
    let (ours, strange) = (authority("Ours"), authority("Strange"));
    let cafile = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(cafile.path(), ours.pem()).unwrap();
    let trusting = ["--cafile", cafile.path().to_str().unwrap()];
    let cases = [
        (
            Held::new("broker.example", &ours, |_| {}),
            &["its certificate is for broker.example", "try: use a name that it holds"],
        ),
        (
            Held::new("127.0.0.1", &ours, |params| params.not_after = date_time_ymd(2020, 1, 1)),
            &["its certificate expired on 2020-01-01", "try: the broker needs a new one"],
        ),
        (
            Held::new("127.0.0.1", &strange, |_| {}),
            &[
                "an authority that is not trusted here",
                "try: give that authority's certificate with --cafile FILE",
            ],
        ),
    ];
    for (held, says) in &cases {
        for scheme in ["stomps", "wss"] {
            let peer = tls(vec![held.config()]);
            let url = format!("{scheme}://127.0.0.1:{}", peer.port());
            fails(doctor(&url, &trusting), 4, &["name", "tcp"], "tls", *says);
        }
    }
    let missing = doctor("stomps://127.0.0.1:1", &["--cafile", "/nonexistent/ca.pem"]);
    fails(missing, 3, &["name"], "tcp", &[]);
    let peer = tls(vec![Held::new("127.0.0.1", &ours, |_| {}).config()]);
    let url = format!("stomps://127.0.0.1:{}", peer.port());
    let missing = doctor(&url, &["--cafile", "/nonexistent/ca.pem"]);
    fails(missing, 8, &["name", "tcp"], "tls", &["--cafile /nonexistent/ca.pem"]);
}

#[test]
fn tls_without_stomp_behind_it_fails_at_the_login() {
    let ours = authority("Ours");
    let cafile = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(cafile.path(), ours.pem()).unwrap();
    let config = Held::new("127.0.0.1", &ours, |_| {}).config();
    let mail = Peer::start(move |mut talk, _| {
        let stream = talk.stream().try_clone().unwrap();
        let session = rustls::ServerConnection::new(std::sync::Arc::clone(&config)).unwrap();
        let mut stream = rustls::StreamOwned::new(session, stream);
        let _ = stream.write_all(b"* OK IMAP4rev1 ready\r\n");
        let mut piece = [0; 4096];
        while let Ok(1..) = stream.read(&mut piece) {}
    });
    let url = format!("stomps://127.0.0.1:{}", mail.port());
    let report = doctor(&url, &["--cafile", cafile.path().to_str().unwrap()]);
    let says = ["certificate for 127.0.0.1 verified", "does not answer in STOMP: it sent '* OK IMAP4rev1"];
    fails(report, 3, &["name", "tcp", "tls"], "login", &says);
}

#[test]
fn plain_into_a_tls_port_and_the_reverse_say_what_the_port_speaks() {
    let ours = authority("Ours");
    let peer = tls(vec![Held::new("127.0.0.1", &ours, |_| {}).config()]);
    fails(
        doctor(&peer.url(), &[]),
        3,
        &["name", "tcp"],
        "login",
        &["try: this port speaks TLS; use stomps://"],
    );
    let broker = Embedded::start();
    let report = doctor(&format!("stomps://127.0.0.1:{}", broker.port()), &["--connect-timeout", "5"]);
    fails(
        report,
        3,
        &["name", "tcp"],
        "tls",
        &["try: if this port speaks without TLS, the URL begins with stomp://"],
    );
}

/// Says CONNECTED as a broker that is known, on every connection.
fn login_as_activemq(talk: &mut Talk) {
    talk.login_with("server:ActiveMQ/5\n");
}

#[test]
fn a_broker_that_gives_no_receipt_fails_at_the_round_trip_in_time() {
    let peer = Peer::start(|mut talk, _| {
        login_as_activemq(&mut talk);
        talk.be_deaf();
    });
    let report = doctor(&peer.url(), &["--connect-timeout", "0.5"]);
    let before = ["name", "tcp", "login", "version", "vhost", "heart-beat", "broker"];
    // The time is one for all: the versions have their share of it, and the receipt the rest.
    let says = ["no receipt within 0.5 s", "try: is the broker blocked"];
    fails(report, 6, &before, "round trip", &says);
}

#[test]
fn a_message_that_does_not_come_back_fails_at_the_round_trip() {
    let peer = Peer::start(|mut talk, _| {
        login_as_activemq(&mut talk);
        talk.confirm_all();
    });
    let report = doctor(&peer.url(), &["--connect-timeout", "0.5"]);
    let before = ["name", "tcp", "login", "version", "vhost", "heart-beat", "broker"];
    let says = ["a receipt (", "a message did not come back within 0.5 s"];
    fails(report, 6, &before, "round trip", &says);
}

#[test]
fn a_broker_that_lets_nobody_have_a_queue_is_still_well() {
    let peer = Peer::start(|mut talk, _| {
        login_as_activemq(&mut talk);
        while let Some(came) = talk.hear() {
            if came.verb == "SUBSCRIBE" {
                let receipt = came.header("receipt");
                talk.say(&format!("ERROR\nreceipt-id:{receipt}\nmessage:not authorized\n\n^"));
            } else {
                talk.receipt(&came);
            }
        }
    });
    let report = doctor(&peer.url(), &[]).code(0);
    let came = steps(&report);
    assert_eq!(came[came.len() - 2..], ["ok round trip", "-- round trip"]);
    assert!(report.lines().last().unwrap().contains("not authorized"));
}

#[test]
fn the_round_trip_touches_no_destination_of_anybody_else() {
    let peer = Peer::start(|mut talk, number| {
        login_as_activemq(&mut talk);
        let all = talk.confirm_all();
        let about = |came: &crate::peer::Came| came.has("destination").then(|| came.header("destination"));
        let destinations: Vec<String> = all.iter().filter_map(about).collect();
        assert!(
            destinations.iter().all(|own| own.starts_with("/temp-queue/stomp.doctor.")),
            "{destinations:?}"
        );
        assert!(number > 0 || destinations.len() == 2, "{destinations:?}");
    });
    doctor(&peer.url(), &["--connect-timeout", "0.5"]).code(6);
    let broker = Embedded::start();
    let report = doctor(&broker.url(), &[]).code(0).stderr("");
    let all = ["name", "tcp", "login", "version", "vhost", "heart-beat", "broker", "round trip"];
    assert_eq!(steps(&report), all.map(|step| format!("ok {step}")));
    assert!(report.lines().last().unwrap().contains("a message there and back ("));
    // The broker has no queue more than before.
    let queues = Stomp::new(["-s", &broker.url(), "queues"]).run().code(0);
    assert!(!queues.lines().join("\n").contains("stomp.doctor"), "{}", queues.lines().join("\n"));
}

#[test]
fn each_broker_of_a_list_is_looked_at_and_the_first_failure_counts() {
    let (closed, broker) = (ClosedPort::new(), Embedded::start());
    let list = format!("{},{}", broker.url(), closed.url());
    let report = doctor(&list, &[]).code(3);
    let lines = report.lines();
    assert_eq!(lines[0], broker.url());
    let second = lines.iter().position(|line| *line == closed.url()).unwrap();
    assert_eq!(lines[second - 1], "");
    assert!(lines[..second].iter().any(|line| line.starts_with("ok    round trip")));
    assert!(lines[second..].iter().any(|line| line.starts_with("FAIL  tcp")));
}

#[test]
fn a_report_that_nobody_reads_ends_with_141() {
    let broker = Embedded::start();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    Stomp::new(["doctor", &broker.url()]).output(writer).run().code(141).stderr("");
}

/// A server that sends a receipt for DISCONNECT only, or for nothing.
fn without_receipts(answers_disconnect: bool) -> Peer {
    Peer::start(move |mut talk, _| {
        if !talk.login() {
            return;
        }
        while let Some(came) = talk.hear() {
            if came.verb == "DISCONNECT" && answers_disconnect {
                talk.receipt(&came);
                return;
            }
        }
    })
}

#[test]
fn ping_reports_a_server_that_sends_no_receipts_or_does_not_respond() {
    for (answers, said) in [(true, "this server sends no receipts: "), (false, "the server does not respond")]
    {
        let peer = without_receipts(answers);
        let finished = Stomp::new(["-s", &peer.url(), "ping", "-c", "9"]).run().code(6).stdout("");
        assert!(finished.stderr.contains(said), "{}", finished.stderr);
    }
}
