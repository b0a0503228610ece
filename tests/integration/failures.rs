//! What goes wrong: a broker that dies, logins, command lines, headers; and that no secret is shown.

use std::os::unix::fs::PermissionsExt as _;

use stomp_shell::client::ClientError;
use stomp_shell::protocol::Version;

use crate::brokers::Need;
use crate::case;
use crate::harness::Case;
use crate::on::{On, sequence};
use crate::support::broker::BrokerProcess;
use crate::support::stomp::Stomp;

pub fn cases() -> Vec<Case> {
    vec![
        case!(a_broker_killed_while_lines_are_sent_leaves_an_exact_account).only_on("embedded"),
        case!(a_broker_killed_with_a_full_window_leaves_the_rest_unsent).only_on("embedded"),
        case!(a_broker_killed_while_one_message_is_sent_leaves_it_unknown).only_on("embedded"),
        case!(a_broker_killed_under_a_subscription_ends_it_with_3).only_on("embedded"),
        case!(a_broker_that_is_told_to_end_ends).only_on("embedded"),
        case!(an_embedded_broker_with_a_login_wants_it).only_on("embedded"),
        case!(a_command_line_that_makes_no_sense_ends_with_2).only_on("embedded"),
        case!(a_header_that_the_version_cannot_carry_ends_with_2),
        case!(a_local_file_that_is_not_there_ends_with_8),
        case!(a_refused_message_ends_with_5).only_on("rabbitmq"),
        case!(async a_refusal_that_nobody_waits_for_is_an_event).only_on("rabbitmq"),
        case!(a_refused_line_is_named).only_on("rabbitmq"),
        case!(a_line_that_makes_the_broker_hang_up_is_named).only_on("activemq"),
        case!(a_password_is_shown_nowhere).needs(&[Need::Queues]),
    ]
}

/// `send -l` that shows frames, so that a test sees how far it is; ten lines are confirmed.
fn sending(broker: &BrokerProcess) -> crate::support::stomp::Running {
    let mut send = Stomp::new([&broker.url, "--trace", "send", "-l", "/queue/a"]).open_input().start();
    send.write(sequence(1..=10));
    send.wait_for_stderr("receipt-id: 10\n", 1);
    send
}

/// The account at the end of standard error.
fn account(stderr: &str) -> Vec<&str> {
    stderr.lines().skip_while(|line| !line.starts_with("confirmed ")).collect()
}

fn a_broker_killed_while_lines_are_sent_leaves_an_exact_account(_: &On) {
    let broker = BrokerProcess::start();
    let mut send = sending(&broker);
    broker.freeze();
    send.write(sequence(11..=15));
    send.wait_for_stderr("receipt: 15\n", 1);
    broker.kill();
    let ended = send.finish().code(6).stdout("");
    let account = account(&ended.stderr);
    assert_eq!(account[0], "confirmed 10, unknown 5, not sent 0 of what was read");
    assert_eq!(account[1], "the first line that is not confirmed: 11");
    assert!(account[2].starts_with("error: the outcome is unknown: "), "{account:?}");
    assert_eq!(account.len(), 3, "{account:?}");
}

fn a_broker_killed_with_a_full_window_leaves_the_rest_unsent(_: &On) {
    let broker = BrokerProcess::start();
    let mut send = sending(&broker);
    broker.freeze();
    send.write(sequence(11..=2_010));
    // A thousand may be unanswered at a time.
    send.wait_for_stderr("receipt: 1010\n", 1);
    broker.kill();
    let ended = send.finish().code(6).stdout("");
    assert!(!ended.stderr.contains("receipt: 1011\n"));
    let account = account(&ended.stderr);
    let unsent = account[0].strip_prefix("confirmed 10, unknown 1000, not sent ");
    let unsent = unsent.and_then(|rest| rest.strip_suffix(" of what was read"));
    let unsent: u32 = unsent.unwrap_or_else(|| panic!("{account:?}")).parse().unwrap();
    assert!((1..=1_000).contains(&unsent), "{account:?}");
    assert_eq!(account[1], "the first line that is not confirmed: 11");
}

fn a_broker_killed_while_one_message_is_sent_leaves_it_unknown(_: &On) {
    let broker = BrokerProcess::start();
    // It connects, and waits for its input's end before it sends.
    let mut send = Stomp::new([&broker.url, "--trace", "send", "-l", "/queue/a"]).open_input().start();
    send.wait_for_stderr("CONNECTED", 1);
    broker.freeze();
    send.write("one\n");
    send.wait_for_stderr("receipt: 1\n", 1);
    broker.kill();
    let ended = send.finish().code(6).stdout("");
    let account = account(&ended.stderr);
    assert_eq!(account[0], "confirmed 0, unknown 1, not sent 0 of what was read");
}

fn a_broker_killed_under_a_subscription_ends_it_with_3(_: &On) {
    let broker = BrokerProcess::start();
    Stomp::new([&broker.url, "send", "/queue/a", "one"]).run().done("");
    let mut sub = Stomp::new([&broker.url, "sub", "/queue/a"]).start();
    sub.wait_for_lines(1);
    broker.kill();
    sub.finish().code(3).stdout("one\n").stderr_has(&["error: the connection to the broker is lost: "]);
}

fn a_broker_that_is_told_to_end_ends(_: &On) {
    let broker = BrokerProcess::start();
    let url = broker.url.clone();
    let mut sub = Stomp::new([&url, "--trace", "sub", "/queue/a"]).start();
    sub.wait_for_stderr("receipt-id: 1\n", 1);
    broker.interrupt().code(0).stdout(format!("{url}\n"));
    sub.finish().code(3);
    Stomp::new([&url, "send", "/queue/a", "late"]).run().code(3);
}

fn an_embedded_broker_with_a_login_wants_it(_: &On) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "s3cret\n").unwrap();
    let file = file.to_str().unwrap();
    let set_mode = |mode| {
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set_mode(0o644);
    let refused =
        Stomp::new(["broker", "--listen", "127.0.0.1:0", "-U", "me", "--password-file", file]).run();
    refused.code(2).stderr_has(&["can be read by others", "hint: chmod 600"]);
    set_mode(0o600);
    let broker = BrokerProcess::start_with(&["-U", "me", "--password-file", file]);
    let send = |options: &[&str]| Stomp::new([&broker.url, "send", "/queue/a", "x"]).args(options).run();
    for wrong in
        [&[][..], &["-U", "me"], &["-U", "me", "--password", "wrong"], &["-U", "you", "--password", "s3cret"]]
    {
        send(wrong)
            .code(4)
            .stdout("")
            .stderr_has(&["refused the connection: ", "hint: give the login with -U"]);
    }
    let warning = "warning: --password can be seen by other users of this machine; -W asks for it\n";
    send(&["-U", "me", "--password", "s3cret"]).code(0).stdout("").stderr(warning);
    send(&["-U", "me", "--password-file", file]).done("");
    let url = broker.url.replacen("://", "://me:s3cret@", 1);
    let warning =
        "warning: the password in the URL can be seen by other users of this machine; -W asks for it\n";
    Stomp::new([&url, "sub", "/queue/a", "-c2"]).run().code(0).stdout("x\nx\n").stderr(warning);
}

fn a_command_line_that_makes_no_sense_ends_with_2(_: &On) {
    // Nothing listens there, and nobody finds out.
    let url = ["-s", "stomp://127.0.0.1:1"];
    let calls: [(&[&str], &[&str]); 19] = [
        (&["sned", "/queue/a"], &["error: unknown command 'sned'\nhint: did you mean 'send'?"]),
        (&["send"], &["<DEST>"]),
        (&["send", "/queue/a", "x", "-H", "color"], &["it has no colon; a header is 'name: value'"]),
        (&["send", "/queue/a", "x", "-H", ": red"], &["has no name before the colon"]),
        (&["send", "/queue/a", "-l", "x"], &["a BODY and --lines"]),
        (&["send", "/queue/a", "--presistent", "x"], &["--presistent", "'--persistent'"]),
        (
            &["send", "/queue/a", "x", "-H", "receipt: 1"],
            &["stomp sets the header 'receipt' itself", "--receipt"],
        ),
        (
            &["send", "/queue/a", "x", "-H", "transaction: t"],
            &["stomp sets the header 'transaction' itself", "--tx"],
        ),
        (&["request", "/queue/a", "x", "-H", "receipt: 1"], &["stomp sets the header 'receipt' itself"]),
        (&["reply", "/queue/a", "x", "-H", "receipt: 1"], &["stomp sets the header 'receipt' itself"]),
        (
            &["move", "/queue/a", "/queue/b", "-H", "transaction:t"],
            &["stomp sets the header 'transaction' itself"],
        ),
        (&["bench", "-H", "receipt:1"], &["stomp sets the header 'receipt' itself"]),
        (&["sub", "/queue/a", "-H", "id: b"], &["stomp sets the header 'id' itself; --id sets it"]),
        (&["sub", "/queue/a", "-H", "ack: auto"], &["stomp sets the header 'ack' itself; --ack sets it"]),
        (&["sub", "/queue/a", "-H", "receipt: 1"], &["stomp sets the header 'receipt' itself"]),
        (&["sub", "/queue/a", "-c", "0"], &["0"]),
        (&["sub", "/queue/a", "--ack", "never"], &["'never' is not auto, client or client-individual"]),
        (&["sub", "/queue/a", "--protocol", "1.3"], &["it is 1.0, 1.1 or 1.2"]),
        (&["--heartbeat", "5", "send", "/queue/a", "x"], &["'5' is not two times in milliseconds"]),
    ];
    for (call, said) in calls {
        let ended = Stomp::new(url).args(call).run();
        ended.code(2).stdout("").stderr_has(said);
    }
    let ended = Stomp::new(["-s", "htp://somewhere", "send", "/queue/a", "x"]).run();
    ended.code(2).stdout("").stderr_has(&["unknown scheme \"htp\""]);
}

fn a_header_that_the_version_cannot_carry_ends_with_2(on: &On) {
    let queue = on.queue();
    if on.broker.versions.contains(&Version::V1_0) {
        // A line feed would begin a header of its own.
        let call = ["--protocol", "1.0", "send", &queue.name, "-H", "a: one\nreceipt:9", "x"];
        let ended = on.program(["-s", &on.url]).args(call).run();
        ended.code(2).stdout("").stderr_has(&["confirmed 0, unknown 0, not sent 1\nerror: "]);
    }
    let injected = ["--connect-header", "a: one\nb:two", "send", &queue.name, "x"];
    on.program(["-s", &on.url]).args(injected).run().code(2).stdout("");
}

fn a_local_file_that_is_not_there_ends_with_8(on: &On) {
    let queue = on.queue();
    let ended = on.stomp(["send", &queue.name, "@nothing"]).run();
    ended.code(8).stdout("").stderr_has(&["error: cannot read nothing: "]);
}

fn a_refused_message_ends_with_5(on: &On) {
    let queue = on.queue();
    let ended = on.stomp(["send", &queue.name, "-H", "message-id: 5", "x"]).run();
    ended.code(5).stdout("").stderr_has(&[
        "confirmed 0, unknown 1, not sent 0 (1 of the unknown was refused)\n",
        "error: the broker refused it: Invalid header: 'message-id' is not allowed on 'SEND'.",
    ]);
}

async fn a_refusal_that_nobody_waits_for_is_an_event(on: &On) {
    let queue = on.queue();
    let mut talk = on.client().await;
    let refused = queue.message("x").with("message-id", "5");
    talk.client.send(refused, false, false).await.unwrap();
    let error = talk.error().await;
    assert!(error.line.contains("message-id"), "{}", error.line);
    // RabbitMQ keeps the connection, and so do we.
    talk.send(queue.message("y")).await;
    // But nobody is to believe that all was processed.
    let left = talk.client.disconnect().await;
    assert!(matches!(&left, Err(ClientError::Broker(refused)) if refused.line == error.line), "{left:?}");
}

fn a_refused_line_is_named(on: &On) {
    let queue = on.queue();
    let good = format!(r#"{{"destination":"{}","headers":[],"body":"x"}}"#, queue.name);
    let bad = r#"{"destination":"/nowhere/x","headers":[],"body":"x"}"#;
    let mut send = on.stomp(["--trace", "send", "--jsonl"]).open_input().start();
    send.write(format!("{good}\n{good}\n"));
    send.wait_for_stderr("receipt-id: 2\n", 1);
    send.write(format!("{bad}\n"));
    let ended = send.finish().code(5).stdout("");
    let account = account(&ended.stderr);
    assert_eq!(account[1], "the first line that is not confirmed: 3", "{account:?}");
}

/// ActiveMQ says nothing of a priority that is no number, and closes the connection.
fn a_line_that_makes_the_broker_hang_up_is_named(on: &On) {
    let queue = on.queue();
    let line =
        |headers: &str| format!(r#"{{"destination":"{}","headers":[{headers}],"body":"x"}}"#, queue.name);
    let (good, bad) = (line(""), line(r#"["priority","high"]"#));
    let mut send = on.stomp(["--trace", "send", "--jsonl"]).open_input().start();
    send.write(format!("{good}\n{good}\n"));
    send.wait_for_stderr("receipt-id: 2\n", 1);
    send.write(format!("{bad}\n"));
    let ended = send.finish().code(6).stdout("");
    let account = account(&ended.stderr);
    assert_eq!(account[0], "confirmed 2, unknown 1, not sent 0 of what was read", "{account:?}");
    assert_eq!(account[1], "the first line that is not confirmed: 3", "{account:?}");
}

/// Every way to give a password, every way to fail, all that can be said of it: it stands nowhere.
fn a_password_is_shown_nowhere(on: &On) {
    const CANARY: &str = "cAnArY-7351";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, CANARY).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let file = file.to_str().unwrap();
    let queue = on.queue();
    let address = on.url.rsplit(['/', '@']).next().unwrap();
    let places = [
        address.to_owned(),
        // Nothing listens; and what listens is something else.
        "127.0.0.1:1".to_owned(),
    ];
    for place in places {
        for scheme in ["stomp", "stomps", "ws"] {
            let url = format!("{scheme}://{place}");
            let with_login = format!("{scheme}://guest:{CANARY}@{place}");
            let common = ["-vv", "--trace", "--connect-timeout", "500ms"];
            let send = ["send", &queue.name, "x"];
            let calls = [
                Stomp::new(common).args(["-s", &with_login]).args(send),
                Stomp::new(common).args(["-s", &url, "-U", "guest", "--password", CANARY]).args(send),
                Stomp::new(common).args(["-s", &url, "-U", "guest", "--password-file", file]).args(send),
                Stomp::new(common).env("STOMP_URL", &with_login).args(send),
                Stomp::new(common)
                    .env("STOMP_URL", &url)
                    .env("STOMP_USER", "guest")
                    .env("STOMP_PASSWORD", CANARY)
                    .args(send),
                // Wrong in another place of the URL, or of the command line.
                Stomp::new(common).args(["-s", &format!("{with_login}:x")]).args(send),
                Stomp::new(common).args(["-s", &with_login, "--bogus"]).args(send),
                Stomp::new(common).args(["-s", &url, &format!("--password={CANARY}"), "sned"]),
            ];
            for call in calls {
                let ended = call.run();
                let seen = |bytes: &[u8]| memchr::memmem::find(bytes, CANARY.as_bytes()).is_some();
                assert!(!seen(ended.stderr.as_bytes()), "{}", ended.stderr);
                assert!(!seen(&ended.stdout), "on standard output");
                // A signal or a panic would be another way not to show it.
                assert!(matches!(ended.code, Some(0 | 2..=8)), "{:?}: {}", ended.code, ended.stderr);
            }
        }
    }
}
