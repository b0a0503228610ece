//! Commands on whole queues, as a person sees them.

use crate::screen::Setting;
use crate::support::broker::BrokerProcess as Broker;
use crate::support::stomp::Stomp;

#[test]
fn a_bar_leaves_the_screen_for_what_is_said() {
    let broker = Broker::start();
    let words = ["-s", &broker.url, "mirror", "/queue/a", "/queue/b", "--to", &broker.url];
    let mut screen = Setting::new(&words).start();
    screen.shows("mirroring /queue/a to /queue/b at");
    screen.shows(" 0 messages  0/s");
    screen.keys("\u{3}");
    screen.ends(130);
    let rows = screen.rows();
    assert!(rows.iter().any(|row| row.starts_with("mirrored 0 messages from /queue/a")), "{rows:#?}");
    assert!(!rows.iter().any(|row| row.contains(" 0 messages  0/s")), "{rows:#?}");
}

#[test]
fn a_queue_is_dumped_restored_and_moved_at_the_prompt() {
    let mut screen = Setting::new(&["--embedded"]).start();
    screen.last_row("embedded>");
    screen.line("peek /queue/a");
    screen.shows("/queue/a: there is nothing in it");
    screen.line("send /queue/a {\"id\": 7}");
    screen.line("dump -o a.jsonl /queue/a");
    screen.shows("dumped 1 message of /queue/a; they are still there");
    screen.line("dump -o a.jsonl /queue/a");
    screen.shows("a.jsonl is there already");
    screen.line("restore a.jsonl");
    screen.shows("confirmed 1 message");
    screen.line("depth /queue/a");
    screen.until("two of them", |rows| rows.iter().any(|row| row == "2").then_some(()));
    screen.line("move --idle 0.5 /queue/a /queue/b");
    screen.shows("moved 2 messages from /queue/a to /queue/b");
    screen.line("purge /topic/news");
    screen.shows("'/topic/news' is no queue");
    screen.line("dump -c 1 /queue/b");
    screen.shows("{\"destination\":\"/queue/b\",");
}

#[test]
fn a_dump_is_appended_on_a_line_of_its_own() {
    let broker = Broker::start();
    let folder = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| Stomp::new([&["-s", &broker.url], words].concat()).folder(folder.path()).run();
    let dump = ["dump", "--take", "--idle", "0.2", "--append", "-o", "d.jsonl", "/queue/a"];
    run(&["send", "/queue/a", "one"]).done("");
    run(&dump).code(0);
    let path = folder.path().join("d.jsonl");
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, whole.trim_end()).unwrap();
    run(&["send", "/queue/a", "two"]).done("");
    run(&dump).code(0);
    run(&["restore", "d.jsonl"]).code(0);
    run(&["drain", "--idle", "0.2", "/queue/a"]).code(0).stdout("one\ntwo\n");
    // Nothing is added to a whole last line, nor to an empty file.
    let lines = |path| std::fs::read_to_string(path).unwrap().lines().count();
    assert_eq!(lines(&path), 2);
    std::fs::write(folder.path().join("d.jsonl"), "").unwrap();
    run(&["send", "/queue/a", "three"]).done("");
    run(&dump).code(0);
    assert_eq!(lines(&path), 1);
}
