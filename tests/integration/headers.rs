//! One rule for headers that a user gives, in every command: they replace ours of the same name, and one that is
//! given twice goes out twice, in its order (STOMP 1.2, "Repeated Header Entries").

use crate::case;
use crate::harness::Case;
use crate::on::On;

pub fn cases() -> Vec<Case> {
    vec![case!(a_header_of_the_user_replaces_ours_in_every_command).only_on("embedded")]
}

/// The values of a header in the first frame of this kind that the program sent.
fn sent<'a>(trace: &'a str, verb: &str, name: &str) -> Vec<&'a str> {
    let mut lines = trace.lines();
    lines.find(|line| line.starts_with(">>>") && line.ends_with(verb)).unwrap_or_else(|| panic!("{trace}"));
    let headers = lines.take_while(|line| line.starts_with("    "));
    headers.filter_map(|line| line.trim_start().strip_prefix(name)?.strip_prefix(": ")).collect()
}

fn a_header_of_the_user_replaces_ours_in_every_command(on: &On) {
    let queue = on.queue().name.clone();
    let envelope =
        format!(r#"{{"destination":"{queue}","headers":[["x","9"],["type","a"]],"body":"hello"}}"#);
    let message = ["send", "-H", "x: 9", "-H", "type: a", "-H", "reply-to: /queue/answers", &queue, "hello"];
    let filled = || on.stomp(message).run().done("");
    for (command, verb, replaced) in [
        (&["send", &queue, "hello"][..], "CONNECT", "heart-beat"),
        (&["send", "--content-type", "a", &queue, "hello"], "SEND", "content-type"),
        (&["send", "--jsonl"], "SEND", "type"),
        (&["sub", "-c", "1", &queue], "SUBSCRIBE", "prefetch-count"),
        (&["request", "--timeout", "0.1", &queue, "hello"], "SEND", "correlation-id"),
        (&["reply", "-c", "1", &queue, "hello"], "SEND", "correlation-id"),
        (&["move", "-c", "1", &queue, "/queue/other"], "SEND", "type"),
        (&["copy", "-c", "1", &queue, "/queue/other"], "SEND", "type"),
        (&["bench", "-c", "1", "--persistent"], "SEND", "persistent"),
    ] {
        filled();
        let own = format!("{replaced}: b");
        let option = if verb == "CONNECT" { "--connect-header" } else { "-H" };
        let given = ["--trace", command[0]]
            .into_iter()
            .chain(["x: 1", "x: 2", &own].into_iter().flat_map(|header| [option, header]));
        let call = given.chain(command[1..].iter().copied());
        let ended = on.stomp(call).input(&envelope).run();
        for (name, values) in [("x", &["1", "2"][..]), (replaced, &["b"])] {
            assert_eq!(sent(&ended.stderr, verb, name), values, "{command:?}: {}", ended.stderr);
        }
    }
}
