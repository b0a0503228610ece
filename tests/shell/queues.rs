//! Commands on whole queues, as a person sees them.

use crate::screen::Setting;
use crate::support::broker::BrokerProcess as Broker;

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
