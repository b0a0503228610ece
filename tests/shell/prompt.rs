//! The interactive shell.

use rustix::process::Signal;

use crate::screen::{Screen, Setting};
use crate::support::broker::BrokerProcess as Broker;
use crate::support::stomp::Stomp;

/// A shell with a broker of its own, whose prompt is there.
fn embedded() -> Screen {
    let screen = Setting::new(&["--embedded"]).start();
    screen.last_row("embedded>");
    screen
}

/// A shell at this broker, whose prompt is there.
fn at(broker: &Broker) -> Screen {
    let screen = Setting::new(&["-s", &broker.url]).start();
    screen.last_row("127.0.0.1>");
    screen
}

/// Sends numbers from 1 on, one a message.
fn send(broker: &Broker, destination: &str, count: u64) {
    let numbers: Vec<String> = (1..=count).map(|number| number.to_string()).collect();
    let sent = Stomp::new(["-s", &broker.url, "send", "-l", destination]).input(numbers.join("\n")).run();
    sent.code(0);
}

#[test]
fn a_flood_stands_above_the_half_typed_line_which_is_then_sent_whole() {
    let broker = Broker::start();
    let mut screen = at(&broker);
    screen.line("sub /topic/x");
    screen.shows("subscribed to /topic/x as 1");
    screen.keys("send /queue/half hello");
    screen.last_row("127.0.0.1> send /queue/half hello");
    send(&broker, "/topic/x", 10_000);
    let typed = "127.0.0.1> send /queue/half hello";
    let row = screen.until("the summary with the final count", |rows| {
        let [.., summary, line] = rows else { return None };
        // What scrolled away was shown, too: the numbers say how many.
        let mut numbers = rows.iter().rev().filter_map(|row| row.strip_prefix('#')?.split(' ').next());
        let shown: usize = numbers.find_map(|number| number.parse().ok())?;
        let expected = format!("… {} more on /topic/x; 'last 20' shows them", grouped(10_000 - shown));
        (*summary == expected && line == typed).then_some(rows.len() - 1)
    });
    screen.cursor_at(row, typed.len());
    screen.line(" world");
    screen.last_row("127.0.0.1>");
    let got = Stomp::new(["-s", &broker.url, "sub", "/queue/half", "-c", "1", "--timeout", "20"]).run();
    got.code(0).stdout("hello world\n");
    screen.line("status");
    screen.shows("received      10,000 messages");
}

fn grouped(number: usize) -> String {
    if number < 1_000 { number.to_string() } else { format!("{},{:03}", number / 1_000, number % 1_000) }
}

#[test]
fn the_terminal_is_as_before_after_quit() {
    let mut screen = embedded();
    screen.line("quit");
    screen.ends(0);
    let mut screen = embedded();
    screen.keys("\x04");
    screen.ends(0);
}

#[test]
fn the_terminal_is_as_before_after_a_signal() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let mut screen = embedded();
        screen.keys("half a line");
        screen.last_row("embedded> half a line");
        screen.signal(signal);
        screen.ends(code);
    }
}

#[test]
fn the_terminal_is_as_before_after_a_panic() {
    let mut screen = embedded();
    screen.line("panic");
    screen.ends(101);
}

#[test]
fn ctrl_c_clears_the_line_then_warns_then_leaves() {
    let mut screen = embedded();
    screen.keys("send /queue/a never");
    screen.last_row("embedded> send /queue/a never");
    screen.keys("\x03");
    screen.last_row("embedded>");
    screen.keys("\x03");
    screen.until("the warning", |rows| {
        let [.., warning, prompt] = rows else { return None };
        (warning == "Ctrl-C once more, or Ctrl-D, leaves" && prompt == "embedded>").then_some(())
    });
    screen.keys("\x03");
    screen.ends(0);
}

#[test]
fn ctrl_c_cancels_a_running_command() {
    let mut screen = embedded();
    screen.line("wait 5");
    // The command runs once the prompt's row is over and no other has come.
    screen.until("the command", |rows| (rows.last()? == "embedded> wait 5").then_some(()));
    screen.until_modes("cooked", |modes| modes.contains("ISIG"));
    screen.keys("\x03");
    screen.shows("cancelled");
    screen.last_row("embedded>");
    screen.line("status");
    screen.shows("stomp-shell/");
}

#[test]
fn ctrl_z_and_fg_come_back_to_the_line_as_it_was() {
    let mut screen = Setting::other("bash", &["--norc", "--noediting", "-i"])
        .env("PS1", "system> ")
        .env("NO_COLOR", "1")
        .env("STOMP", env!("CARGO_BIN_EXE_stomp"))
        .start();
    screen.last_row("system>");
    screen.line("$STOMP --embedded");
    screen.last_row("embedded>");
    screen.keys("send /queue/a hel");
    screen.last_row("embedded> send /queue/a hel");
    screen.keys("\x1a");
    screen.shows("Stopped");
    screen.last_row("system>");
    screen.line("fg");
    screen.last_row("embedded> send /queue/a hel");
    // In the modes of a line that nobody edits, these keys would show as they are.
    screen.keys("lo\x01\x05!");
    screen.last_row("embedded> send /queue/a hello!");
    screen.line("");
    screen.line("sub /queue/a");
    screen.shows("hello!");
    screen.line("quit");
    screen.last_row("system>");
}

#[test]
fn without_a_broker_the_shell_opens_and_says_how_to_go_on() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut screen = Setting::new(&["-s", &format!("stomp://{unused}")]).start();
    screen.shows("stomp 0.");
    screen.shows("new here? 'sub /queue/a' shows what comes, 'send /queue/a hello' sends");
    screen.shows("nothing is listening on 127.0.0.1");
    screen.shows("connect --embedded");
    screen.last_row("stomp [disconnected]>");
    screen.line("send /queue/a x");
    screen.shows("error: not connected");
    screen.line("connect --embedded");
    screen.last_row("embedded>");
    screen.keys("\x04");
    screen.ends(0);
}

#[test]
fn a_lost_connection_is_told_above_the_line_and_made_again() {
    let broker = Broker::start();
    let port = broker.url.rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
    let mut screen = Setting::new(&["-s", &broker.url, "--reconnect-delay", "0.05,0.2"]).start();
    screen.last_row("127.0.0.1>");
    screen.line("sub /topic/x");
    screen.shows("subscribed");
    screen.keys("send /topic/x still");
    screen.last_row("127.0.0.1> send /topic/x still");
    broker.kill();
    screen.shows("; trying again");
    screen.last_row("127.0.0.1> send /topic/x still");
    let _again = Broker::start_with(&["--listen", &format!("127.0.0.1:{port}")]);
    screen.shows("connected again, subscribed again");
    screen.line(" here");
    screen.until("the message", |rows| rows.iter().any(|row| row == "still here").then_some(()));
}

#[test]
fn the_prompt_shows_transaction_and_unacked() {
    let mut screen = embedded();
    screen.line("sub --ack client /queue/a");
    screen.line("send /queue/a x");
    screen.until("the message", |rows| rows.iter().any(|row| row == "x").then_some(()));
    screen.line("begin t1");
    screen.last_row("embedded [t1, 1 unacked]>");
    screen.line("ack");
    screen.shows("acked 1 message in transaction t1");
    screen.line("commit");
    screen.last_row("embedded>");
}

#[test]
fn control_characters_from_the_network_are_shown_not_obeyed() {
    let mut screen = embedded();
    screen.line("sub /topic/x");
    screen.shows("subscribed");
    screen.line(r#"send -H "evil: \x1b[2J" /topic/x "a\x1b[2Jb\x07""#);
    screen.until("escapes", |rows| rows.iter().any(|row| row == r"a\x1b[2Jb\x07").then_some(()));
    screen.shows("subscribed to /topic/x as 1");
}

#[test]
fn a_paste_of_twenty_commands_runs_them_in_order() {
    let mut screen = embedded();
    screen.line("sub --count-only /queue/p");
    screen.shows("subscribed");
    let commands: Vec<String> = (1..=20).map(|number| format!("send /queue/p message {number}")).collect();
    screen.keys(&format!("\x1b[200~{}\x1b[201~", commands.join("\n")));
    screen.last_row("send /queue/p message 20");
    screen.keys("\r");
    screen.last_row("embedded>");
    screen.line("wait 20 --timeout 20");
    screen.line("show 20 --raw");
    screen.until("the last", |rows| rows.iter().any(|row| row == "message 20").then_some(()));
}

#[test]
fn commands_typed_ahead_are_not_lost() {
    let mut screen = embedded();
    screen.keys("sub --count-only /queue/t\rsend /queue/t one\rsend /queue/t two\rwait 2 --timeout 20\rshow 2 --raw\r");
    screen.until("the second", |rows| rows.iter().any(|row| row == "two").then_some(()));
}

#[test]
fn a_body_in_several_lines_waits_for_its_end() {
    let mut screen = embedded();
    screen.line("sub --count-only /queue/m");
    screen.shows("subscribed");
    screen.line("send /queue/m <<END");
    screen.line("one");
    screen.line("  two");
    screen.line("END");
    screen.line("wait 1 --timeout 20");
    screen.line("show 1 --raw | wc -l");
    screen.until("two lines", |rows| rows.iter().any(|row| row.trim() == "2").then_some(()));
    screen.line("send /queue/m \"open");
    screen.line("closed\"");
    screen.line("wait 1 --timeout 20");
    screen.line("show 2 --raw");
    screen.until("both", |rows| {
        rows.windows(2).any(|rows| rows[0] == "open" && rows[1] == "closed").then_some(())
    });
}

#[test]
fn a_line_that_wraps_stays_whole_under_what_comes() {
    let broker = Broker::start();
    let mut screen = at(&broker);
    screen.line("sub /topic/w");
    screen.shows("subscribed");
    let body: String = "0123456789".repeat(20);
    screen.keys(&format!("send /queue/w {body}"));
    let typed = format!("127.0.0.1> send /queue/w {body}");
    let wrapped =
        |rows: &[String]| (rows.len() >= 3 && rows[rows.len() - 3..].concat() == typed).then_some(());
    screen.until("the line", wrapped);
    for number in 1..=3 {
        send(&broker, "/topic/w", number);
        screen.until("message and line", |rows| {
            let came = rows.iter().filter(|row| row.contains("[1]  /topic/w")).count() as u64;
            (came >= number * (number + 1) / 2).then_some(())?;
            wrapped(rows)
        });
    }
    let rows = screen.rows();
    screen.cursor_at(rows.len() - 1, rows[rows.len() - 1].len());
}

#[test]
fn wide_characters_and_a_new_size_do_not_disturb_the_line() {
    let mut screen = embedded();
    screen.line("sub /topic/x");
    screen.shows("subscribed");
    screen.keys("5 send /topic/x 日本 👩‍👩‍👧 größer");
    screen.keys("\r");
    screen
        .until("five", |rows| (rows.iter().filter(|row| row.contains("größer")).count() >= 6).then_some(()));
    screen.keys("send /topic/x half");
    screen.last_row("embedded> send /topic/x half");
    screen.resize(30, 60);
    screen.keys(" line");
    screen.last_row("embedded> send /topic/x half line");
    screen.line("");
    screen.until("sent", |rows| rows.iter().any(|row| row == "half line").then_some(()));
}

#[test]
fn a_child_has_the_terminal_to_itself() {
    let broker = Broker::start();
    let mut screen = at(&broker);
    screen.line("sub /topic/c");
    screen.shows("subscribed");
    screen.line("!printf 'name? '; read name; echo hello $name");
    screen.last_row("name?");
    send(&broker, "/topic/c", 3);
    screen.line("you");
    screen.until("the child's answer before the messages", |rows| {
        let hello = rows.iter().position(|row| row == "hello you")?;
        let first = rows.iter().position(|row| row.contains("[1]  /topic/c"))?;
        assert!(hello < first, "{rows:#?}");
        Some(())
    });
}

#[test]
fn ctrl_x_ctrl_e_opens_the_line_in_an_editor() {
    let setting = Setting::new(&["--embedded"]);
    let script = setting.home().join("editor");
    std::fs::write(&script, "#!/bin/sh\nsed -i s/before/after/ \"$1\"\n").unwrap();
    let editor = format!("sh {}", script.display());
    let mut screen = setting.env("EDITOR", &editor).start();
    screen.last_row("embedded>");
    screen.keys("send /queue/a before\x18\x05");
    screen.last_row("embedded> send /queue/a after");
}

#[test]
fn tab_completes_commands_options_and_destinations() {
    let mut screen = embedded();
    screen.keys("unsubsc\t");
    screen.last_row("embedded> unsubscribe");
    screen.keys("\x15send --persi\t/queue/one x\r");
    screen.last_row("embedded>");
    screen.keys("send /queue/o\t");
    screen.last_row("embedded> send /queue/one");
    screen.keys("\x15send -H corr\t");
    screen.last_row("embedded> send -H correlation-id:");
}

#[test]
fn history_is_kept_for_the_next_shell_without_secrets() {
    let mut screen = embedded();
    screen.line("send /queue/a remembered");
    screen.last_row("embedded>");
    screen.line(" send /queue/a not");
    screen.last_row("embedded>");
    screen.line("connect stomp://user:hush@127.0.0.1:1");
    screen.shows("error:");
    screen.last_row("embedded>");
    let file = screen.home().join(".local/state/stomp/history");
    let text = std::fs::read_to_string(file).unwrap();
    assert_eq!(text, "send /queue/a remembered\nconnect stomp://user:***@127.0.0.1:1\n");
    screen.keys("\x1b[A\x1b[A");
    screen.last_row("embedded> send /queue/a remembered");
}

#[test]
fn colours_follow_what_is_typed() {
    // With colours, a broken JSON body is red from the byte that cannot be right.
    let mut screen = Setting::new(&["--embedded", "--color", "always"]).start();
    screen.last_row("embedded>");
    screen.keys("send /queue/a {\"a\" 1}");
    screen.last_row("embedded> send /queue/a {\"a\" 1}");
    let row = screen.rows().len() - 1;
    let colour = |column| screen.colour(row, column);
    assert_eq!(colour("embedded> send /queue/a {\"a\" ".len()), vt100::Color::Idx(1));
    assert_ne!(colour("embedded> send /queue/a {".len()), vt100::Color::Idx(1));
    assert_eq!(colour("embedded> send /".len()), vt100::Color::Idx(6));
}

#[test]
fn into_a_pipe_the_shell_has_a_plain_way() {
    let program = env!("CARGO_BIN_EXE_stomp");
    let mut screen = Setting::other("sh", &["-c", &format!("{program} --embedded | cat")]).start();
    screen.shows("embedded>");
    screen.line("sub /topic/x");
    screen.shows("subscribed");
    screen.line("send /topic/x through the pipe");
    screen.until("the body", |rows| rows.iter().any(|row| row == "through the pipe").then_some(()));
    screen.line("quit");
    screen.ends(0);
}

#[test]
fn a_dumb_terminal_will_do() {
    let mut screen = Setting::new(&["--embedded"]).env("TERM", "dumb").start();
    screen.shows("embedded>");
    screen.line("sub /topic/x");
    screen.shows("subscribed");
    screen.line("send /topic/x plain");
    screen.until("the body", |rows| {
        rows.iter().any(|row| row.ends_with("plain") && !row.contains("send")).then_some(())
    });
    screen.line("quit");
    screen.ends(0);
}

#[test]
fn in_production_what_takes_messages_off_asks_first() {
    let broker = Broker::start();
    let setting = Setting::new(&["--context", "prod"]);
    let folder = setting.home().join(".config/stomp");
    std::fs::create_dir_all(&folder).unwrap();
    let config = format!("[context.prod]\nurl = \"{}\"\nproduction = true\n", broker.url);
    std::fs::write(folder.join("config.toml"), config).unwrap();
    send(&broker, "/queue/p", 3);
    let mut screen = setting.start();
    screen.last_row("prod>");
    screen.line("purge --idle 0.2 /queue/p");
    screen.last_row("prod: purge takes messages off. Go on? [y/N]");
    screen.line("");
    screen.shows("nothing was done");
    screen.line("sub /queue/p");
    screen.last_row("prod: sub in auto mode takes messages off. Go on? [y/N]");
    screen.line("y");
    screen.until("all three", |rows| rows.iter().any(|row| row == "3").then_some(()));
}

#[test]
fn what_is_longer_than_the_screen_goes_through_the_pager() {
    let setting = Setting::new(&["--embedded"]);
    let mut screen = setting.env("PAGER", "wc -l; cat >/dev/null; echo paged").start();
    screen.last_row("embedded>");
    screen.line("help send");
    screen.shows("paged");
    screen.line("set pager off");
    screen.line("help version");
    screen.shows("Usage: version");
}

#[test]
fn help_is_one_screen_and_says_how_to_begin_where_nothing_is_connected() {
    let mut screen = Setting::new(&["-s", "stomp://127.0.0.1:1"]).start();
    screen.shows("'connect --embedded'");
    screen.line("help");
    screen.until("all of the list", |rows| {
        let first = rows.iter().position(|row| row.starts_with("Send     send DEST BODY"))?;
        let last = rows.iter().position(|row| row.starts_with("Not connected: 'connect stomp://"))?;
        (last - first == 22 && rows.last()? == "stomp [disconnected]>").then_some(())
    });
    screen.line("connect --embedded");
    screen.last_row("embedded>");
}

#[test]
fn a_confirmed_send_is_explained_once() {
    let mut screen = embedded();
    screen.line("send /queue/a one");
    screen.shows("keeps messages in memory");
    screen.line("send /topic/a two");
    screen.shows("a topic keeps nothing");
    screen.line("send /queue/a three");
    screen.line("send /topic/a four");
    screen.last_row("embedded>");
    let rows = screen.rows();
    assert_eq!(rows.iter().filter(|row| row.contains("confirmed")).count(), 2, "{rows:#?}");
}

#[test]
fn several_connections_are_told_apart() {
    let broker = Broker::start();
    let mut screen = embedded();
    screen.line(&format!("connect --as other {}", broker.url));
    screen.last_row("@other 127.0.0.1>");
    screen.line("sub /topic/x");
    screen.shows("subscribed");
    screen.line("use ''");
    screen.last_row("embedded>");
    screen.line("@other send /topic/x from elsewhere");
    screen.until("where it came from", |rows| {
        let at = rows.iter().position(|row| row == "from elsewhere")?;
        rows[at - 1].contains("@other").then_some(())
    });
    screen.last_row("embedded>");
}

#[test]
fn connections_are_listed_named_once_and_ended_one_by_one() {
    let (first, second) = (Broker::start(), Broker::start());
    let mut screen = embedded();
    screen.line(&format!("connect --as one {}", first.url));
    screen.last_row("@one 127.0.0.1>");
    screen.line(&format!("connect --as two {}", second.url));
    screen.last_row("@two 127.0.0.1>");
    screen.line(&format!("connect --as one {}", first.url));
    screen.shows("error: there is a connection 'one' already");
    screen.shows("hint: 'use one' goes there, 'disconnect one' ends it");
    screen.line("connect --as 'a b' --embedded");
    screen.shows("error: 'a b' cannot be the name of a connection");
    screen.line("@one sub /topic/x");
    screen.shows("subscribed to /topic/x as 1");
    screen.line("@one begin");
    screen.shows("in transaction tx-1");
    screen.line("use");
    screen.until("the list", |rows| {
        let at = rows.iter().position(|row| row == "  -    embedded")?;
        let listed =
            rows[at + 1] == "  one  127.0.0.1  tx-1, 1 subscription" && rows[at + 2] == "* two  127.0.0.1";
        listed.then_some(())
    });
    // One that fails leaves the others alone.
    first.kill();
    screen.shows("@one: the connection to the broker is lost");
    screen.line("send /queue/a still here");
    screen.line("use -");
    screen.last_row("embedded>");
    screen.line("subs");
    screen.line("disconnect one");
    screen.shows("disconnected from one; commands go to embedded now");
    screen.line("@one disconnect");
    screen.shows("error: there is no connection 'one'");
    screen.line("disconnect nope");
    screen.shows("hint: 'connect --as nope URL' makes one; there are: -, two");
    screen.line("disconnect");
    screen.last_row("@two 127.0.0.1>");
    screen.line("disconnect all");
    screen.last_row("stomp [disconnected]>");
    let kept = Stomp::new(["-s", &second.url, "sub", "/queue/a", "-c", "1", "--timeout", "20"]).run();
    kept.code(0).stdout("still here\n");
}

#[test]
fn a_nack_says_once_what_becomes_of_the_message() {
    let mut screen = embedded();
    screen.line("sub --ack client-individual /queue/n");
    screen.shows("subscribed");
    screen.line("send /queue/n x");
    screen.last_row("embedded [1 unacked]>");
    screen.line("nack");
    screen.line("nack");
    screen.until("two nacks", |rows| {
        (rows.iter().filter(|row| *row == "nacked 1 message").count() == 2).then_some(())
    });
    let rows = screen.rows();
    let said = "the embedded broker gives a nacked message out again at once, to any subscriber";
    assert_eq!(rows.iter().filter(|row| *row == said).count(), 1, "{rows:#?}");
}

#[test]
fn settings_change_how_messages_look() {
    let mut screen = embedded();
    screen.line("sub /topic/x");
    screen.shows("subscribed");
    screen.line("set headers on");
    screen.line("send -H 'colour: red' /topic/x one");
    screen.shows("  colour: red");
    screen.line("set bodies hidden");
    screen.line("send /topic/x unseen");
    screen.shows("6 bytes");
    screen.last_row("embedded>");
    assert!(!screen.rows().iter().any(|row| row == "unseen"), "{:#?}", screen.rows());
}

#[test]
fn ctrl_z_comes_back_to_a_calm_screen() {
    let program = env!("CARGO_BIN_EXE_stomp");
    let broker = Broker::start();
    let mut screen = Setting::other("bash", &["--norc", "--noprofile", "-i"])
        .env("PS1", "$ ")
        .env("NO_COLOR", "1")
        .start();
    screen.last_row("$");
    screen.line(&format!("{program} -s {}", broker.url));
    screen.last_row("127.0.0.1>");
    screen.line("sub /topic/z");
    screen.shows("subscribed");
    screen.keys("send /topic/z half");
    screen.last_row("127.0.0.1> send /topic/z half");
    screen.keys("\x1a");
    screen.last_row("$");
    send(&broker, "/topic/z", 3);
    screen.line("fg");
    screen.until("what came meanwhile", |rows| rows.iter().any(|row| row == "3").then_some(()));
    screen.last_row("127.0.0.1> send /topic/z half");
    screen.line(" whole");
    screen.until("sent", |rows| rows.iter().any(|row| row == "half whole").then_some(()));
    screen.line("quit");
    screen.last_row("$");
}

#[test]
fn a_cancelled_command_for_another_connection_leaves_the_current_one() {
    let prod = Broker::start();
    let mut screen = embedded();
    screen.line(&format!("connect --as prod {}", prod.url));
    screen.last_row("@prod 127.0.0.1>");
    screen.line("use -");
    screen.last_row("embedded>");
    screen.line(&format!("connect --as third {}", prod.url));
    screen.line("use -");
    screen.line("@third disconnect");
    screen.shows("disconnected from third; commands go to embedded now");
    screen.line("@prod watch 600 status");
    screen.shows("subscriptions");
    screen.keys("\x03");
    screen.shows("cancelled");
    screen.last_row("embedded>");
    screen.line("status");
    screen.shows("broker        the embedded broker");
}

#[test]
fn a_cancelled_source_is_not_blamed_for_what_comes_later() {
    let mut screen = embedded();
    let file = screen.home().join("slow.stomp");
    std::fs::write(&file, "status\nwait 5 --timeout 600\n").unwrap();
    screen.line(&format!("source {}", file.display()));
    screen.shows("subscriptions");
    screen.keys("\x03");
    screen.shows("cancelled");
    screen.line("bogus");
    screen.shows("error: unknown command 'bogus'");
    let rows = screen.rows();
    assert!(!rows.iter().any(|row| row.contains("slow.stomp:2")), "{rows:#?}");
}
