//! What would do something else than it says is refused before it is done.

use crate::embedded::Embedded;
use crate::peer::Peer;
use crate::stomp::Stomp;

#[test]
fn acks_that_would_settle_what_they_should_not_are_refused() {
    let peer = Peer::start(|mut talk, _| drop(talk.be_silent()));
    let calls: [&[&str]; 4] = [
        &["--ack", "client", "--grep", "^b"],
        &["--ack", "client", "--filter", "a=b"],
        &["--ack", "client", "--exec", "true", "--on-fail", "nack"],
        &["--ack", "auto", "--exec", "true", "--on-fail", "nack"],
    ];
    for call in calls {
        let sub = Stomp::new(["-s", &peer.url(), "sub", "/queue/a"]).args(call).run();
        sub.code(2).stderr_has(&["in ack mode '", "client-individual"]);
    }
    assert_eq!(peer.connections(), 0);
}

#[test]
fn what_a_broker_does_not_have_is_not_asked_for() {
    let calls: [(&str, &[&str], &str); 4] = [
        ("server:RabbitMQ/3.10.8\n", &["--selector", "a = 1"], "RabbitMQ has no selectors"),
        ("server:stomp-shell/0.1\n", &["--durable", "d"], "embedded broker has no durable subscriptions"),
        ("", &["--durable", "d"], "is not known"),
        ("version:1.0\n", &["--exec", "false", "--on-fail", "nack"], "STOMP 1.0 has no NACK"),
    ];
    for (connected, options, why) in calls {
        let peer = Peer::start(move |mut talk, _| {
            talk.hear_of("CONNECT").unwrap();
            talk.say(&format!("CONNECTED\n{connected}version:1.2\nheart-beat:0,0\n\n^"));
            assert!(!talk.confirm_all().iter().any(|came| came.verb == "SUBSCRIBE"));
        });
        let sub = Stomp::new(["-s", &peer.url(), "sub", "/queue/a"]).args(options).run();
        sub.code(2).stderr_has(&[why]);
    }
}

#[test]
fn a_selector_goes_to_a_broker_that_has_them() {
    for connected in ["server:ActiveMQ/5.17.2\n", ""] {
        let peer = Peer::start(move |mut talk, _| {
            talk.login_with(&format!("{connected}heart-beat:0,0\n"));
            let came = talk.hear_of("SUBSCRIBE").unwrap();
            assert_eq!(came.header("selector"), "a = 1");
            talk.receipt(&came);
            talk.confirm_all();
        });
        let call = ["-s", &peer.url(), "sub", "/queue/a", "--idle", "10ms", "--selector", "a = 1"];
        Stomp::new(call).run().code(0);
    }
}

#[test]
fn what_takes_messages_off_a_production_asks_first() {
    let broker = Embedded::start();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("stomp")).unwrap();
    let config = format!("[context.live]\nurl = \"{}\"\nproduction = true\n", broker.url());
    std::fs::write(folder.path().join("stomp/config.toml"), config).unwrap();
    let call = |arguments: &[&str]| {
        Stomp::new(["--context", "live"]).args(arguments).env("XDG_CONFIG_HOME", folder.path())
    };
    call(&["send", "-l", "/queue/a"]).input("1\n2\n3\n").run().done("");
    let takers: [&[&str]; 4] = [
        &["sub", "--ack", "auto", "/queue/a", "-c", "1"],
        &["purge", "/queue/a"],
        &["drain", "/queue/a"],
        &["move", "/queue/a", "/queue/b"],
    ];
    for taker in takers {
        call(taker).run().code(2).stdout("").stderr_has(&["'live', which is in production", "--yes"]);
        assert_eq!(broker.depth("/queue/a"), 3);
    }
    call(&["sub", "/queue/a", "-c", "1"]).run().done("1\n");
    call(&["purge", "--yes", "/queue/a", "--idle", "100ms"]).run().done("2\n");
}

#[test]
fn an_empty_destination_is_refused_wherever_it_stands() {
    let peer = Peer::start(|mut talk, _| drop(talk.be_silent()));
    let calls: [&[&str]; 13] = [
        &["send", "", "x"],
        &["send", "--reply-to", "", "/queue/a", "x"],
        &["sub", "/queue/a", ""],
        &["request", "", "x"],
        &["reply", "--echo", ""],
        &["peek", ""],
        &["drain", ""],
        &["purge", ""],
        &["dump", ""],
        &["move", "", "/queue/a"],
        &["copy", "/queue/a", ""],
        &["mirror", "", "--to", "stomp://127.0.0.1:1"],
        &["depth", ""],
    ];
    for call in calls {
        let said = ["the destination is empty"];
        Stomp::new(["-s", &peer.url()]).args(call).run().code(2).stderr_has(&said);
        let words = call.iter().map(|word| if word.is_empty() { "''" } else { word });
        let line = words.collect::<Vec<_>>().join(" ");
        Stomp::new(["-s", &peer.url(), "-e", &line]).run().code(1).stderr_has(&said);
    }
    for line in ["unsub ''", "send '' 'x'", "set q ''\nsend $q x"] {
        Stomp::new(["-s", &peer.url(), "-e", line]).run().code(1).stderr_has(&["the destination is empty"]);
    }
    let envelope = "{\"destination\":\"\",\"body\":\"x\"}\n";
    let jsonl = ["--embedded", "send", "--jsonl"];
    Stomp::new(jsonl).input(envelope).run().code(8).stderr_has(&["it has no destination"]);
    assert_eq!(peer.connections(), 0);
}

#[test]
fn an_option_without_effect_is_refused() {
    let broker = Embedded::start();
    let url = broker.url();
    let calls: [(&[&str], &str); 5] = [
        (&["--reconnect-delay", "1,2", "send", "/queue/a", "x"], "--reconnect-delay has no effect"),
        (&["--receipts", "never", "send", "--receipt", "all", "/queue/a", "x"], "--receipt has no effect"),
        (&["bench", "-C", "0", "--ack", "client", "-c", "1"], "--ack has no effect"),
        (&["bench", "-C", "0", "--prefetch", "1", "-c", "1"], "--prefetch has no effect"),
        (&["bench", "-C", "0", "--idle", "1", "-c", "1"], "--idle has no effect"),
    ];
    for (call, why) in calls {
        Stomp::new(["-s", &url]).args(call).run().code(2).stdout("").stderr_has(&[why, "hint: "]);
    }
    let script = ["-s", &url, "--receipts", "never", "-e", "send --receipt last -l /queue/a"];
    Stomp::new(script).input("x\n").run().code(1).stderr_has(&["--receipt has no effect"]);
    assert_eq!(broker.depth("/queue/a"), 0);
    let later = ["--wait", "1", "--reconnect-delay", "0.1,1", "send", "/queue/a", "x"];
    Stomp::new(["-s", &url]).args(later).run().done("");
}
