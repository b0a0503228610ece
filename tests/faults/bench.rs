//! `bench` against brokers that are slow, or go.

use serde_json::Value;

use crate::embedded::Embedded;
use crate::proxy::{Harm, Plan, Proxy, Way};
use crate::stomp::Stomp;

#[test]
fn a_broker_that_is_slower_than_the_rate_shows_it_in_the_latency_of_every_message() {
    let broker = Embedded::start();
    // Half a second's messages by the rate; some 300,000 bytes, which take three.
    let proxy =
        Proxy::start(broker.port(), 21, |_, _| Plan::up(Way { rate: Some(100_000), ..Way::default() }));
    let words = ["bench", "--json", "--rate", "1000", "-c", "500", "--size", "500", "--idle", "30"];
    let finished = Stomp::new(["-s", &proxy.url()]).args(words).run().code(0);
    let report: Value = serde_json::from_slice(&finished.stdout).unwrap();
    assert_eq!(report["received"]["messages"], 500, "{report}");
    // Measured from when they went, they would be a few milliseconds each.
    assert!(report["latency_ms"]["p50"].as_f64().unwrap() > 500.0, "{report}");
    assert!(report["latency_ms"]["max"].as_f64().unwrap() > 1_500.0, "{report}");
}

#[test]
fn a_broker_that_goes_in_the_middle_leaves_the_report_so_far() {
    let broker = Embedded::start();
    let proxy = Proxy::start(broker.port(), 22, |_, _| Plan::up(Way::harm(200_000, Harm::Reset)));
    let finished = Stomp::new(["-s", &proxy.url(), "bench", "--json", "-c", "100000"]).run();
    assert!(matches!(finished.code, Some(3 | 6)), "{:?} {}", finished.code, finished.stderr);
    let report: Value = serde_json::from_slice(&finished.stdout).unwrap();
    assert_eq!(report["stopped_early"], true, "{report}");
    let sent = report["sent"]["messages"].as_u64().unwrap();
    assert!((100..100_000).contains(&sent), "{report}");
    let (confirmed, unknown) = (&report["fates"]["confirmed"], &report["fates"]["unknown"]);
    assert_eq!(confirmed.as_u64().unwrap() + unknown.as_u64().unwrap(), sent, "{report}");
    finished.stderr_has(&["lost"]);
}
