//! `stomp doctor`: each step of the way to each broker, by each transport, and what it leaves behind; `stomp ping`.

use crate::brokers::Need;
use crate::case;
use crate::connecting::{authority, beside, web_socket};
use crate::harness::Case;
use crate::on::On;
use crate::support::stomp::{Finished, Stomp};

pub fn cases() -> Vec<Case> {
    let receipts = [Need::Receipts];
    vec![
        case!(a_broker_that_is_well_has_a_good_line_for_each_step).needs(&[Need::Tcp]),
        case!(the_version_in_force_is_the_one_that_was_asked_for).needs(&receipts).in_each_version(),
        case!(a_wrong_password_fails_at_the_login_with_4).needs(&[Need::Login]),
        case!(a_virtual_host_that_is_not_there_fails_at_the_vhost_with_5).needs(&[Need::VirtualHosts]),
        case!(tls_has_a_line_of_its_own).needs(&[Need::Tls]),
        case!(a_web_socket_has_a_line_of_its_own).needs(&[Need::WebSocket]).needs(&receipts),
        case!(nothing_is_left_behind).needs(&[Need::Queues]).only_on("rabbitmq"),
        case!(at_the_prompt_it_looks_at_the_broker_of_the_connection).needs(&[Need::Tcp]),
        case!(ping_measures_receipts_and_leaves_nothing_open).needs(&receipts).in_each_version(),
        case!(transactions_of_our_own_do_not_meet_on_one_broker).needs(&receipts),
    ]
}

/// The lines that begin with this mark and step.
fn said<'a>(report: &'a Finished, mark: &str, step: &str) -> Vec<&'a str> {
    let head = format!("{mark:<4}  {step:<10}  ");
    report.lines().into_iter().filter_map(|line| line.strip_prefix(head.as_str())).collect()
}

#[track_caller]
fn all_good(report: &Finished, steps: &[&str]) {
    let text = report.lines().join("\n");
    for step in steps {
        assert_eq!(said(report, "ok", step).len(), 1, "{step}:\n{text}");
    }
    assert_eq!(report.lines().len(), steps.len(), "{text}");
}

const PLAIN: [&str; 8] = ["name", "tcp", "login", "version", "vhost", "heart-beat", "broker", "round trip"];

fn a_broker_that_is_well_has_a_good_line_for_each_step(on: &On) {
    let report = on.program(["-q", "doctor", &on.url]).run().code(0).stderr("");
    all_good(&report, &PLAIN);
    let taken: Vec<&str> = on.broker.versions.iter().map(|version| version.as_str()).collect();
    assert!(said(&report, "ok", "version")[0].ends_with(&format!("it takes {}", taken.join(", "))));
    assert!(said(&report, "ok", "round trip")[0].starts_with("a receipt ("));
}

fn the_version_in_force_is_the_one_that_was_asked_for(on: &On) {
    let version = on.version.unwrap().as_str();
    let report = on.program(["-q", "doctor", &on.url, "--protocol", version]).run().code(0);
    assert!(said(&report, "ok", "version")[0].starts_with(&format!("{version} in force; ")));
}

fn a_wrong_password_fails_at_the_login_with_4(on: &On) {
    let url = format!("stomp://guest:canary-7@{}", authority(&on.url));
    let report = Stomp::new(["-q", "doctor", &url]).run().code(4).stderr("");
    let text = report.lines().join("\n");
    assert_eq!(said(&report, "FAIL", "login").len(), 1, "{text}");
    assert!(text.contains("try: give the login with -U USER") && !text.contains("canary-7"), "{text}");
}

fn a_virtual_host_that_is_not_there_fails_at_the_vhost_with_5(on: &On) {
    let report = on.program(["-q", "doctor", &on.url, "--vhost", "nowhere"]).run().code(5).stderr("");
    let text = report.lines().join("\n");
    assert_eq!(said(&report, "FAIL", "vhost").len(), 1, "{text}");
    assert!(text.contains("try: name the virtual host with --vhost NAME"), "{text}");
}

fn tls_has_a_line_of_its_own(on: &On) {
    let (url, ca) = (beside(on, "TLS"), beside(on, "CA"));
    let report = Stomp::new(["doctor", &url, "--cafile", &ca]).run().code(0).stderr("");
    all_good(&report, &[&PLAIN[..2], &["tls"], &PLAIN[2..]].concat());
    let tls = said(&report, "ok", "tls")[0];
    assert!(tls.starts_with("TLS 1.") && tls.contains("certificate for 127.0.0.1 verified"), "{tls}");
    // No authority that is known here has signed it.
    let report = Stomp::new(["doctor", &url]).run().code(4).stderr("");
    assert_eq!(said(&report, "FAIL", "tls").len(), 1, "{}", report.lines().join("\n"));
}

fn a_web_socket_has_a_line_of_its_own(on: &On) {
    let report = Stomp::new(["doctor", &web_socket(on)]).run().code(0).stderr("");
    all_good(&report, &[&PLAIN[..2], &["websocket"], &PLAIN[2..]].concat());
}

fn nothing_is_left_behind(on: &On) {
    let report = on.program(["doctor", &on.url]).run().code(0);
    assert!(said(&report, "ok", "round trip")[0].contains("a message there and back ("));
    // A queue of one connection is gone with it, sooner or later.
    let until = std::time::Instant::now() + crate::support::stomp::DEADLINE;
    loop {
        let queues = Stomp::other(&beside(on, "CTL"), ["list_queues", "name"]).run().code(0);
        if !queues.lines().join("\n").contains("stomp.doctor") {
            return;
        }
        assert!(std::time::Instant::now() < until, "{}", queues.lines().join("\n"));
    }
}

fn at_the_prompt_it_looks_at_the_broker_of_the_connection(on: &On) {
    let report = on.program(["-q", &on.url]).input("doctor\n").run().code(0).stderr("");
    all_good(&report, &PLAIN);
    let report = on.program(["-q", &on.url]).input("doctor stomp://no-such-host.invalid\n").run().code(3);
    assert_eq!(said(&report, "FAIL", "name").len(), 1);
}

/// HornetQ has one transaction of a name for all connections.
fn transactions_of_our_own_do_not_meet_on_one_broker(on: &On) {
    let running: Vec<_> = (0..4).map(|_| on.stomp(["-q", "ping", "-c", "50"]).start()).collect();
    for ping in running {
        ping.finish().code(0);
    }
}

fn ping_measures_receipts_and_leaves_nothing_open(on: &On) {
    let measured = on.stomp(["ping", "-c", "3"]).run().code(0).stderr("");
    let lines = measured.lines();
    assert_eq!(lines.iter().filter(|line| line.starts_with("receipt from ")).count(), 3, "{lines:?}");
    assert!(lines[3].starts_with("3 receipts: minimum ") && lines[3].contains(", median "), "{lines:?}");
    let script = on.stomp(["-e", "ping -c 1", "-e", "status"]).run().code(0);
    assert!(!script.lines().iter().any(|line| line.starts_with("transactions")), "{:?}", script.lines());
}
