//! Connecting: in each version, as someone, by TLS and WebSocket; and what is said where it fails.

use std::net::TcpListener;

use crate::brokers::Need;
use crate::case;
use crate::harness::Case;
use crate::on::On;
use crate::support::stomp::Stomp;

pub fn cases() -> Vec<Case> {
    vec![
        case!(async a_client_connects_with_nothing_but_the_url),
        case!(async a_client_connects_in_one_version).in_each_version(),
        case!(the_program_connects_with_nothing_but_the_url).needs(&[Need::Queues]),
        case!(the_program_takes_the_url_from_the_environment),
        case!(a_wrong_password_ends_with_4).needs(&[Need::Login]).in_each_version(),
        case!(a_virtual_host_that_is_not_there_ends_with_5).needs(&[Need::VirtualHosts]).in_each_version(),
        case!(nothing_listening_ends_with_3_and_offers_the_embedded_broker).only_on("embedded"),
        case!(a_port_that_says_nothing_ends_with_3_in_time).only_on("embedded"),
        case!(a_port_that_speaks_something_else_ends_with_3).only_on("rabbitmq"),
        case!(tls_carries_messages).needs(&[Need::Tls]).in_each_version(),
        case!(a_certificate_of_an_unknown_authority_ends_with_4).needs(&[Need::Tls]),
        case!(an_unverified_certificate_is_a_choice).needs(&[Need::Tls]),
        case!(stomp_into_a_tls_port_ends_with_3_and_says_so).needs(&[Need::Tls]),
        case!(tls_into_a_plain_port_ends_with_3_and_says_so).needs(&[Need::Tls]),
        case!(a_client_certificate_logs_in).needs(&[Need::Tls]),
        case!(web_socket_carries_messages).needs(&[Need::WebSocket, Need::Binary]).in_each_version(),
        case!(web_socket_over_tls_carries_messages).needs(&[Need::WebSocket, Need::Tls]).in_each_version(),
        case!(a_certificate_for_another_host_ends_with_4).needs(&[Need::Tls]),
        case!(a_web_socket_and_a_port_without_one_end_with_3_and_say_so).needs(&[Need::Tls]),
        case!(a_wrong_web_socket_path_ends_with_3).needs(&[Need::WebSocket]).only_on("rabbitmq"),
    ]
}

/// A variable that goes with the broker's own, such as STOMP_TEST_RABBITMQ_TLS.
pub fn beside(on: &On, suffix: &str) -> String {
    let name = format!("{}_{suffix}", on.broker.variable);
    std::env::var(&name).unwrap_or_else(|_| panic!("{name} goes with {}", on.broker.variable))
}

/// The URL of the broker's WebSocket.
pub fn web_socket(on: &On) -> String {
    match on.broker.name {
        // It speaks WebSocket on the same port.
        "embedded" => on.url.replace("stomp://", "ws://"),
        _ if on.broker.lacks(Need::Tcp).is_some() => on.url.clone(),
        _ => beside(on, "WS"),
    }
}

pub fn authority(url: &str) -> &str {
    url.split_once("://").unwrap().1.split('/').next().unwrap().rsplit('@').next().unwrap()
}

async fn a_client_connects_with_nothing_but_the_url(on: &On) {
    let talk = on.client().await;
    let connected = talk.client.status().await.unwrap().connected.unwrap();
    assert_eq!(connected.version, *on.broker.versions.last().unwrap(), "the newest in common");
    talk.leave().await;
}

async fn a_client_connects_in_one_version(on: &On) {
    let talk = on.client().await;
    let connected = talk.client.status().await.unwrap().connected.unwrap();
    assert_eq!(connected.version, on.version.unwrap());
    talk.leave().await;
}

fn the_program_connects_with_nothing_but_the_url(on: &On) {
    let queue = on.queue();
    on.program([&on.url, "send", &queue.name, "hello"]).run().done("");
    on.program([&on.url, "sub", &queue.name, "-c", "1"]).run().code(0).stdout("hello\n");
    let with_login = on.url_with_login();
    Stomp::new([&with_login, "send", &queue.name, "hello"]).run().code(0);
    Stomp::new([&with_login, "sub", &queue.name, "-c", "1"]).run().code(0).stdout("hello\n");
}

fn the_program_takes_the_url_from_the_environment(on: &On) {
    let queue = on.queue();
    on.program(["send", &queue.name, "hello"]).env("STOMP_URL", &on.url).run().done("");
}

fn a_wrong_password_ends_with_4(on: &On) {
    let queue = on.queue();
    let calls = [["send", &queue.name, "hello"], ["sub", &queue.name, "-c1"]];
    for call in calls {
        let ended = on.stomp(["-U", "guest", "--password", "wrong"]).args(call).run();
        let hint = "hint: give the login with -U USER and -W (asks for the password), or in the URL";
        ended.code(4).stdout("").stderr_has(&["refused the connection: ", hint]);
    }
    let with_login = format!("stomp://guest:wrong@{}", authority(&on.url));
    let ended = Stomp::new([&with_login, "send", &queue.name, "hello"]).run().code(4).stdout("");
    assert!(!ended.stderr.contains("wrong"), "{}", ended.stderr);
}

fn a_virtual_host_that_is_not_there_ends_with_5(on: &On) {
    let ended = on.stomp(["--vhost", "nowhere", "send", "/queue/test", "hello"]).run();
    ended.code(5).stdout("").stderr_has(&["host", "hint: name the virtual host with --vhost NAME"]);
    let ended = Stomp::new([&format!("{}/nowhere", on.url), "send", "/queue/test", "hello"]).run();
    ended.code(5).stdout("").stderr_has(&["host", "hint: name the virtual host"]);
}

fn nothing_listening_ends_with_3_and_offers_the_embedded_broker(_: &On) {
    // A port that was free a moment ago; nobody listens there now.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for command in [["send", "/queue/a", "hello"], ["sub", "/queue/a", "-c1"]] {
        let ended = Stomp::new(["-s", &format!("stomp://{address}")]).args(command).run();
        ended.code(3).stdout("").stderr(&format!(
            "error: nothing is listening on {address}\n\
             hint: is the broker running, and STOMP switched on? Give its URL with -s stomp://host:port, \
             or use --embedded, which brings a broker of its own\n"
        ));
    }
}

fn a_port_that_says_nothing_ends_with_3_in_time(_: &On) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let ended =
        Stomp::new([&format!("stomp://{address}"), "send", "/queue/a", "x", "--connect-timeout", "200ms"])
            .run();
    ended.code(3).stdout("").stderr(&format!(
        "error: {address}: no CONNECTED within 0.2 s\nhint: --connect-timeout SECONDS waits longer\n"
    ));
}

fn a_port_that_speaks_something_else_ends_with_3(on: &On) {
    let management = beside(on, "MANAGEMENT");
    let url = format!("stomp://{}", authority(&management));
    let ended = Stomp::new([&url, "send", "/queue/a", "hello"]).run();
    ended.code(3).stderr_has(&["does not answer in STOMP", "hint: this port speaks HTTP"]);
}

fn tls_carries_messages(on: &On) {
    let queue = on.queue();
    let (url, ca) = (beside(on, "TLS"), beside(on, "CA"));
    let version = on.version.unwrap();
    let by_tls = |url: &str| Stomp::new(["-s", url, "--cafile", &ca, "--protocol", version.as_str()]);
    by_tls(&url).args(["send", &queue.name, "by IP"]).run().done("");
    let by_name = url.replace("127.0.0.1", "localhost");
    by_tls(&by_name).args(["send", &queue.name, "by name"]).run().done("");
    by_tls(&url).args(["sub", &queue.name, "-c2"]).run().done("by IP\nby name\n");
}

fn a_certificate_of_an_unknown_authority_ends_with_4(on: &On) {
    let url = beside(on, "TLS");
    let ended = Stomp::new([&url, "send", "/queue/test", "hello"]).run();
    ended.code(4).stdout("").stderr(&format!(
        "error: TLS with {}: its certificate comes from an authority that is not trusted here; give that \
         authority's certificate with --cafile FILE (--insecure skips the check, for a test)\n",
        authority(&url)
    ));
}

fn an_unverified_certificate_is_a_choice(on: &On) {
    let queue = on.queue();
    Stomp::new([&beside(on, "TLS"), "--insecure", "send", &queue.name, "hello"]).run().code(0).stdout("");
}

fn stomp_into_a_tls_port_ends_with_3_and_says_so(on: &On) {
    let url = beside(on, "TLS").replace("stomps://", "stomp://");
    let ended = Stomp::new([&url, "send", "/queue/test", "hello"]).run();
    ended.code(3).stdout("").stderr_has(&["hint: this port speaks TLS; use stomps://\n"]);
}

fn tls_into_a_plain_port_ends_with_3_and_says_so(on: &On) {
    let url = on.url.replace("stomp://", "stomps://");
    let ended = Stomp::new([&url, "send", "/queue/test", "hello"]).run();
    ended.code(3).stdout("").stderr_has(&["if this port speaks without TLS, the URL begins with stomp://"]);
}

fn a_client_certificate_logs_in(on: &On) {
    let queue = on.queue();
    let (url, user) = (beside(on, "TLS"), beside(on, "CLIENT_USER"));
    let by_tls = || Stomp::new([&url, "--cafile", &beside(on, "CA")]);
    // RabbitMQ takes this header from the user whom it names alone.
    let send = ["send", &queue.name, "-H", &format!("user-id: {user}"), "hello"];
    let ended = by_tls().args(send).run();
    ended.code(5).stdout("").stderr_has(&[
        "confirmed 0, unknown 1, not sent 0 (1 of the unknown was refused)\n",
        "authenticated user was",
    ]);
    let certificate = ["--cert", &beside(on, "CLIENT_CERT"), "--key", &beside(on, "CLIENT_KEY")];
    by_tls().args(certificate).args(send).run().done("");
}

fn web_socket_carries_messages(on: &On) {
    let topic = on.topic();
    let url = web_socket(on);
    carry_by_web_socket(on, &topic.name, &["-s", &url]);
}

fn web_socket_over_tls_carries_messages(on: &On) {
    let topic = on.topic();
    let (url, ca) = (beside(on, "WSS"), beside(on, "CA"));
    carry_by_web_socket(on, &topic.name, &["-s", &url, "--cafile", &ca]);
}

/// Bytes of any kind, as many as make several frames of a WebSocket, and text.
fn carry_by_web_socket(on: &On, topic: &str, there: &[&str]) {
    let body: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let by_ws = || on.program(there).args(["--protocol", on.version.unwrap().as_str()]);
    let mut sub = by_ws().args(["--trace", "sub", topic, "-c2", "--raw"]).start();
    sub.wait_for_stderr("<<< ", 2);
    by_ws().args(["send", topic]).input(&body).run().done("");
    by_ws().args(["send", topic, "text"]).run().done("");
    sub.finish().code(0).stdout([&body[..], b"text"].concat());
}

fn a_certificate_for_another_host_ends_with_4(on: &On) {
    // The same machine by an address that its certificate does not hold.
    for suffix in ["TLS", "WSS"] {
        let url = beside(on, suffix).replace("127.0.0.1", "[::ffff:127.0.0.1]");
        let call = Stomp::new([&url, "--cafile", &beside(on, "CA"), "--reconnect"]);
        let ended = call.args(["send", "/queue/test", "hello"]).run().code(4).stdout("");
        ended.stderr(&format!(
            "error: TLS with {}: its certificate is for localhost, 127.0.0.1, not for the host of the URL; use a \
             name that it holds (--insecure skips the check, for a test)\n",
            authority(&url)
        ));
    }
}

/// Every wrong pair of a port and a scheme, and the scheme that is offered.
fn a_web_socket_and_a_port_without_one_end_with_3_and_say_so(on: &On) {
    let ports = [on.url.clone(), beside(on, "TLS"), beside(on, "WS"), beside(on, "WSS")];
    let [plain, tls, ws, wss] = ports.each_ref().map(|url| authority(url));
    let wrong = [
        ("stomp", ws, "this port speaks HTTP; if that is a WebSocket, use ws://"),
        ("stomp", wss, "this port speaks TLS; use stomps://"),
        ("stomps", ws, "if this port speaks without TLS, the URL begins with stomp:// or ws://"),
        ("stomps", wss, "this port speaks HTTP; if that is a WebSocket, use wss://"),
        // RabbitMQ waits for the rest of what it takes for a frame.
        (
            "ws",
            plain,
            "if this port speaks STOMP without a WebSocket, the URL begins with stomp:// or stomps://",
        ),
        ("ws", tls, "this port speaks TLS; use wss://"),
        ("ws", wss, "this port speaks TLS; use wss://"),
        ("wss", plain, "if this port speaks without TLS, the URL begins with stomp:// or ws://"),
        ("wss", ws, "if this port speaks without TLS, the URL begins with stomp:// or ws://"),
    ];
    for (scheme, port, hint) in wrong {
        // Only the one that waits runs out of time; the others have all that a busy machine may need.
        let waits = scheme == "ws" && port == authority(&ports[0]);
        let in_time = ["--connect-timeout", if waits { "1s" } else { "60s" }];
        let path = if scheme.starts_with("ws") { "/ws" } else { "" };
        let url = format!("{scheme}://{port}{path}");
        let encrypted = matches!(scheme, "stomps" | "wss");
        let ca = if encrypted { vec!["--cafile".to_owned(), beside(on, "CA")] } else { vec![] };
        let call = Stomp::new([&url]).args(in_time).args(ca);
        call.args(["send", "/queue/test", "hello"]).run().code(3).stdout("").stderr_has(&[hint]);
    }
}

fn a_wrong_web_socket_path_ends_with_3(on: &On) {
    let url = beside(on, "WS").replace("/ws", "/nowhere");
    let ended = Stomp::new([&url, "send", "/queue/test", "hello"]).run();
    ended.code(3).stdout("").stderr_has(&["404 Not Found", "usual ones are /ws (RabbitMQ, Spring)"]);
}
