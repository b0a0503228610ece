//! Contexts: brokers by name in the config file.

use std::path::Path;

use crate::embedded::Embedded;
use crate::peer::ClosedPort;
use crate::stomp::Stomp;

fn call(folder: &Path, arguments: &[&str]) -> Stomp {
    Stomp::new(arguments).env("XDG_CONFIG_HOME", folder)
}

#[test]
fn contexts_that_are_added_at_the_same_time_are_all_kept() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (10..30).map(|number| format!("c{number}")).collect();
    let adding: Vec<_> = names
        .iter()
        .map(|name| call(folder.path(), &["--quiet", "ctx", "add", name, "stomp://h"]).start())
        .collect();
    for adding in adding {
        adding.finish().done("");
    }
    let listed: String = names.iter().map(|name| format!("  {name}  stomp://h\n")).collect();
    call(folder.path(), &["ctx", "ls"]).run().done(listed);
}

#[test]
fn ctx_test_is_doctor_on_that_context() {
    let (broker, closed) = (Embedded::start(), ClosedPort::new());
    let folder = tempfile::tempdir().unwrap();
    call(folder.path(), &["-q", "ctx", "add", "up", &broker.url(), "-U", "ann"]).run().done("");
    call(folder.path(), &["-q", "ctx", "add", "down", &closed.url()]).run().done("");
    call(folder.path(), &["-q", "ctx", "use", "down"]).run().done("");
    let up = call(folder.path(), &["ctx", "test", "up"]).run().code(0);
    let report = String::from_utf8(up.stdout).unwrap();
    assert!(report.contains("login       as ann") && report.contains("round trip"), "{report}");
    call(folder.path(), &["ctx", "test", "down"]).run().code(3);
    call(folder.path(), &["ctx", "test", "none"]).run().code(2).stderr_has(&["down, up"]);
}

#[test]
fn a_context_keeps_the_options_that_it_was_added_with() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--protocol", "1.1", "--heartbeat", "0,0", "--connect-header", "x-team: blue"];
    let broker = Embedded::start();
    call(folder.path(), &["-q", "ctx", "add", "a", &broker.url()]).args(options).run().done("");
    let traced = call(folder.path(), &["--context", "a", "--trace", "send", "/queue/a", "x"]).run().code(0);
    traced.stderr_has(&["accept-version: 1.1\n", "heart-beat: 0,0", "x-team: blue"]);
    let refused = call(folder.path(), &["ctx", "add", "a", "stomp://h", "--host", "g"]).run().code(2);
    refused.stderr_has(&["a context cannot hold --host", "hint: the broker's URL is the second word"]);
}
