//! One grammar at the prompt, in scripts and on the command line.

use crate::screen::Setting;
use crate::support::stomp::Stomp;

#[test]
fn a_wrong_url_or_context_is_2_and_a_wrong_line_of_a_script_1() {
    let calls: [&[&str]; 6] = [
        &["foo://x"],
        &["/queue/a"],
        &["--context", "nope"],
        &["-e", "status", "foo://x"],
        &["-e", "status", "--context", "nope"],
        &["-s", "foo://x", "send", "/queue/a", "x"],
    ];
    for call in calls {
        Stomp::new(call).run().code(2).stdout("");
    }
    Stomp::new(["--embedded", "-e", "connect foo://x"]).run().code(1);
    for call in [["--context", "nope"].as_slice(), &["foo://x"]] {
        let mut screen = Setting::new(call).start();
        screen.shows("error: ");
        screen.ends(2);
    }
}

#[test]
fn aliases_that_lead_to_each_other_are_named() {
    let script = "alias b status\nalias a b\nalias b a\na\n";
    let said = ["stdin:4: error: the alias 'a' stands for itself: a -> b -> a", "hint: 'unalias a'"];
    Stomp::new(["--embedded"]).input(script).run().code(1).stderr_has(&said);
    let script = "alias t status\nalias t time t\nt\n";
    let said = ["too deep: the alias 't' leads back to itself"];
    Stomp::new(["--embedded"]).input(script).run().code(1).stderr_has(&said);
}
