//! What Tab shows and types.

use std::path::Path;

use crate::screen::{Screen, Setting};
use crate::support::broker::BrokerProcess as Broker;
use crate::support::stomp::Stomp;

/// A shell with a broker of its own, whose prompt is there.
fn embedded() -> Screen {
    let screen = Setting::new(&["--embedded"]).start();
    screen.last_row("embedded>");
    screen
}

/// A shell at this broker that has run this line.
fn subscribed(broker: &Broker, line: &str) -> Screen {
    let mut screen = Setting::new(&["-s", &broker.url]).start();
    screen.last_row("127.0.0.1>");
    screen.line(line);
    screen.shows("subscribed");
    screen.last_row("127.0.0.1>");
    screen
}

/// Sends one message.
fn send(broker: &Broker, destination: &str, body: &str) {
    Stomp::new(["-s", &broker.url, "send", destination, body]).run().code(0);
}

/// Sends numbers from 1 on, one a message.
fn send_many(broker: &Broker, destination: &str, count: u64) {
    let numbers: Vec<String> = (1..=count).map(|number| number.to_string()).collect();
    let sent = Stomp::new(["-s", &broker.url, "send", "-l", destination]).input(numbers.join("\n")).run();
    sent.code(0);
}

/// Writes a history as an earlier shell would have left it.
fn history(home: &Path, lines: impl Iterator<Item = String>) {
    let folder = home.join(".local/state/stomp");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("history"), lines.map(|line| line + "\n").collect::<String>()).unwrap();
}

#[test]
fn a_list_is_calm_and_the_prompt_stands_below_it() {
    let mut screen = embedded();
    screen.keys("send -H \t");
    let rows = screen.until("the list and the prompt", |rows| {
        let typed = rows.iter().position(|row| row == "embedded> send -H '")?;
        (rows.last()? == "embedded> send -H '" && rows.len() == typed + 4).then(|| rows[typed..].to_vec())
    });
    assert!(rows[1].starts_with("content-type: ") && rows[1].contains(" priority:"), "{rows:#?}");
    screen.keys("corr\tx' ");
    screen.last_row("embedded> send -H 'correlation-id: x'");
}

#[test]
fn a_list_that_is_longer_than_the_screen_says_how_much_is_missing_and_asks_nothing() {
    let setting = Setting::new(&["--embedded"]);
    history(setting.home(), (0..400).map(|number| format!("send /queue/number-{number:03} x")));
    let mut screen = setting.start();
    screen.last_row("embedded>");
    screen.keys("send /queue/n\t");
    screen.shows("more");
    screen.last_row("embedded> send /queue/number-");
    let rows = screen.rows();
    assert!(
        rows.len() == 24 && rows.iter().filter(|row| row.contains("embedded>")).count() >= 1,
        "{rows:#?}"
    );
    assert!(!rows.iter().any(|row| row.contains("y or n") || row.contains("--More--")), "{rows:#?}");
    screen.keys("399\t");
    screen.last_row("embedded> send /queue/number-399");
}

#[test]
fn tab_knows_what_came_while_the_line_was_typed() {
    let broker = Broker::start();
    let mut screen = subscribed(&broker, "sub --ack client-individual /topic/t");
    screen.keys("ack ");
    send(&broker, "/topic/t", "one");
    send(&broker, "/topic/t", "two");
    screen.until("both", |rows| rows.iter().any(|row| row == "two").then_some(()));
    screen.keys("\t");
    screen.until("both numbers", |rows| rows.iter().any(|row| row == "2    1    .    all").then_some(()));
    screen.line("2");
    screen.shows("acked 1 message");
    screen.last_row("127.0.0.1 [1 unacked]>");
    screen.keys("nack \t");
    screen.until("the other", |rows| rows.iter().any(|row| row == "1    .    all").then_some(()));
    screen.keys("\x15show \t");
    screen.until("those that are kept", |rows| rows.iter().any(|row| row == "2  1").then_some(()));
    screen.keys("\x15unsub /t\t");
    screen.last_row("127.0.0.1 [1 unacked]> unsub /topic/t");
}

#[test]
fn names_from_the_network_are_offered_escaped_and_typed_so_that_they_can_be_used() {
    let broker = Broker::start();
    let mut screen = subscribed(&broker, "sub /topic/ask");
    let sent = ["-s", &broker.url, "send", "-H", "reply-to: /queue/a\u{1b}[2J b", "/topic/ask", "x"];
    Stomp::new(sent).run().code(0);
    screen.until("the message", |rows| rows.iter().any(|row| row == "x").then_some(()));
    screen.keys("send /queue/\t");
    screen.shows(r"/queue/a\x1b[2J b");
    screen.shows("subscribed to /topic/ask");
    screen.keys("a\t");
    screen.last_row(r#"127.0.0.1> send "/queue/a\x1b[2J b""#);
    screen.line("answer");
    screen.shows("confirmed");
    let got =
        Stomp::new(["-s", &broker.url, "sub", "/queue/a\u{1b}[2J b", "-c", "1", "--timeout", "20"]).run();
    got.code(0).stdout("answer\n");
}

#[test]
fn tab_completes_files_contexts_connections_aliases_and_settings() {
    let setting = Setting::new(&["--embedded"]);
    let home = setting.home().to_owned();
    for name in ["my body.json", "script.stomp"] {
        std::fs::write(home.join(name), "status").unwrap();
    }
    std::fs::create_dir(home.join("bodies")).unwrap();
    std::fs::write(home.join("bodies/one"), "the body").unwrap();
    let folder = home.join(".config/stomp");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "[context.staging]\nurl = \"stomp://127.0.0.1:1\"\n").unwrap();
    let mut screen = setting.start();
    screen.last_row("embedded>");
    let mut completes = |typed: &str, whole: &str| {
        screen.keys(typed);
        screen.last_row(&format!("embedded> {whole}"));
        screen.keys("\x15");
        screen.last_row("embedded>");
    };
    completes("send /queue/a @my\t", "send /queue/a @my body.json");
    completes("send /queue/a @bod\to\t", "send /queue/a @bodies/one");
    completes("source scr\t", "source script.stomp");
    completes("sendfile /queue/a my\t", "sendfile /queue/a 'my body.json'");
    completes("log scr\t", "log script.stomp");
    completes("connect --context st\t", "connect --context staging");
    completes("set edi\tv\t", "set editing vi");
    completes("help unsubs\t", "help unsubscribe");
    completes("send --content-type application/j\t", "send --content-type application/json");
    completes("sub --ack client-\t", "sub --ack client-individual");
    screen.line("alias hello send --persistent");
    screen.line("connect --as second --embedded");
    screen.last_row("@second embedded>");
    screen.line("begin t7");
    screen.last_row("@second embedded [t7]>");
    screen.keys("hel\t");
    screen.keys("lo /queue/alpha x\r");
    screen.shows("hello /queue/alpha x");
    screen.last_row("@second embedded [t7]>");
    screen.keys("hello /queue/al\t");
    screen.last_row("@second embedded [t7]> hello /queue/alpha");
    screen.keys("\x15send --tx t\t");
    screen.last_row("@second embedded [t7]> send --tx t7");
    screen.keys("\x15use s\t");
    screen.last_row("@second embedded [t7]> use second");
    screen.keys("\x15@s\tstat");
    screen.last_row("@second embedded [t7]> @second stat");
}

#[test]
fn a_burst_under_an_open_list_leaves_the_line_whole() {
    let broker = Broker::start();
    let mut screen = subscribed(&broker, "sub /topic/l");
    screen.keys("send --\t");
    screen.shows("--persistent");
    screen.last_row("127.0.0.1> send --");
    send_many(&broker, "/topic/l", 5_000);
    screen.shows("on /topic/l; 'last 20' shows them");
    screen.keys("persi\t/queue/l x");
    screen.last_row("127.0.0.1> send --persistent /queue/l x");
    screen.line("");
    screen.last_row("127.0.0.1>");
    screen.line("status");
    screen.shows("received      5,000 messages");
}

#[test]
fn queues_that_the_broker_lists_are_offered() {
    let broker = Broker::start();
    send(&broker, "/queue/listed-one", "x");
    let mut screen = Setting::new(&["-s", &broker.url]).start();
    screen.last_row("127.0.0.1>");
    screen.keys("peek /queue/l\t");
    screen.last_row("127.0.0.1> peek /queue/l");
    screen.keys("\x15queues\r");
    screen.shows("1 waiting");
    screen.last_row("127.0.0.1>");
    screen.keys("peek /queue/l\t");
    screen.last_row("127.0.0.1> peek /queue/listed-one");
}
