//! The examples of README and of the pages in docs/ run as they stand, and print what stands there.
//!
//! Blocks marked `console` hold commands behind `$ ` (their further lines behind `> `) and what comes of
//! them; `…` stands for anything within a line, and alone on a line for any lines. Blocks marked `sh`
//! hold commands alone. Each block runs in a shell and a folder of its own, `stomp` on its PATH, and a
//! broker at the place that STOMP_URL says. A command may fail where the block shows its error. A page about a server that is
//! not ours names it at an address of its own; the tests put a real one there (see `SERVERS`).
#![allow(clippy::unwrap_used)] // a failure here is the test's

mod support;

use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use support::broker::BrokerProcess;
use support::stomp::Stomp;

/// A command, and what comes of it; `None`: nobody says.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    line: usize,
    command: String,
    output: Option<String>,
}

/// The blocks of a text, with the numbers of their lines.
fn blocks(text: &str) -> Vec<Vec<Step>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().zip(1..);
    while let Some((line, line_of_fence)) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else { continue };
        let inside = lines.by_ref().take_while(|(line, _)| !line.starts_with("```"));
        let steps = match kind.trim() {
            "console" => console(inside),
            "sh" => {
                let command = inside.map(|(text, _)| text.to_owned() + "\n").collect::<String>();
                vec![Step { line: line_of_fence + 1, command, output: None }]
            }
            _ => {
                inside.for_each(drop);
                continue;
            }
        };
        blocks.push(steps);
    }
    blocks
}

fn console<'a>(inside: impl Iterator<Item = (&'a str, usize)>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut in_command = false;
    for (text, line) in inside {
        if let Some(command) = text.strip_prefix("$ ") {
            steps.push(Step { line, command: command.to_owned(), output: Some(String::new()) });
            in_command = true;
            continue;
        }
        let step = steps.last_mut().unwrap_or_else(|| panic!("line {line}: output of no command"));
        if let Some(more) = text.strip_prefix("> ").filter(|_| in_command) {
            step.command += &format!("\n{more}");
        } else {
            in_command = false;
            *step.output.as_mut().unwrap() += &format!("{text}\n");
        }
    }
    steps
}

/// Whether an output is what was expected, in which `…` stands for anything.
fn fits(expected: &str, came: &str) -> bool {
    fn lines(expected: &[String], came: &[String]) -> bool {
        match expected.split_first() {
            None => came.is_empty(),
            Some((first, rest)) if first == "…" => {
                (0..=came.len()).any(|skipped| lines(rest, &came[skipped..]))
            }
            Some((first, rest)) => {
                came.split_first().is_some_and(|(own, others)| within(first, own) && lines(rest, others))
            }
        }
    }
    fn within(expected: &str, came: &str) -> bool {
        match expected.split_once('…') {
            None => expected == came,
            Some((start, rest)) => came.strip_prefix(start).is_some_and(|came| {
                came.char_indices().map(|(at, _)| at).chain([came.len()]).any(|at| within(rest, &came[at..]))
            }),
        }
    }
    let split = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    let (expected, came) = (split(expected), split(came));
    lines(&expected, &came)
}

/// What runs on in the background ends with its block.
const ENDING: &str = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT";

/// In the place of cargo, which is at work already: the two commands that a clone is tried with.
const CARGO: &str = r#"#!/bin/sh
case "$*" in
  "run --release -- "*) shift 3; exec stomp "$@" ;;
  "test") exit 0 ;;
  *) echo "README calls cargo in a way that nobody tests: $*"; exit 1 ;;
esac
"#;

/// Runs a block; what is wrong with it.
fn run(steps: &[Step]) -> Result<(), String> {
    let broker = BrokerProcess::start();
    let folder = tempfile::tempdir().unwrap();
    let programs = folder.path().join("bin");
    std::fs::create_dir(&programs).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_stomp"), programs.join("stomp")).unwrap();
    std::fs::write(programs.join("cargo"), CARGO).unwrap();
    std::fs::set_permissions(programs.join("cargo"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let work = folder.path().join("work");
    std::fs::create_dir(&work).unwrap();
    let mut script = format!("{ENDING}\n");
    let output = |index: usize| folder.path().join(format!("output-{index}"));
    for (index, step) in steps.iter().enumerate() {
        let (command, output) = (&step.command, output(index));
        let output = output.display();
        // A block of commands alone ends at the first that fails.
        let command = if step.output.is_some() {
            format!("{{ {command}\n}}")
        } else {
            format!("({ENDING}; set -e\n{command})")
        };
        script += &format!("{command} >'{output}' 2>&1\necho $? >'{output}.code'\n");
    }
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let null = File::create("/dev/null").unwrap();
    let shell = Stomp::other("bash", ["-c", &script]).folder(&work).output(null);
    let shell = shell.env("PATH", path).env("STOMP_URL", &broker.url).run();
    if !shell.stderr.is_empty() {
        return Err(format!("the shell says: {}", shell.stderr));
    }
    for (index, step) in steps.iter().enumerate() {
        let (line, command) = (step.line, &step.command);
        let read =
            |path: &Path| String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
        let came = read(&output(index));
        let code = read(Path::new(&format!("{}.code", output(index).display())));
        let may_fail = step
            .output
            .as_ref()
            .is_some_and(|output| output.lines().any(|l| l.starts_with("error") || l.starts_with("FAIL")));
        if code != "0\n" && !may_fail {
            return Err(format!(
                "line {line}: '{command}' ended with {}and printed\n{came}",
                code.replace('\n', " ")
            ));
        }
        if let Some(expected) = &step.output
            && !fits(expected, &came)
        {
            return Err(format!("line {line}: '{command}' printed\n{came}instead of\n{expected}"));
        }
    }
    Ok(())
}

#[test]
fn the_examples_of_the_readme_run_as_they_stand() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let blocks = blocks(&text);
    assert!(!blocks.is_empty(), "README has no examples");
    let wrong: Vec<String> = blocks.iter().filter_map(|steps| run(steps).err()).collect();
    assert!(wrong.is_empty(), "README.md: {}", wrong.join("\nREADME.md: "));
}

/// Pages with the address of a server in them, and the variable that holds the URL of a real one.
const SERVERS: &[(&str, &str, &str)] = &[("websocket.md", "ws://localhost:8080", "STOMP_TEST_SPRING")];

#[test]
fn the_examples_of_the_pages_run_as_they_stand() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    for page in std::fs::read_dir(folder).unwrap() {
        let page = page.unwrap().path();
        let name = page.file_name().unwrap().to_str().unwrap();
        let mut text = std::fs::read_to_string(&page).unwrap();
        if let Some((_, address, variable)) = SERVERS.iter().find(|(page, ..)| *page == name) {
            let Ok(url) = std::env::var(variable) else {
                let left_out = std::env::var("STOMP_TEST_BROKERS").is_err();
                assert!(left_out, "{variable} is not set, and STOMP_TEST_BROKERS wants all brokers");
                continue;
            };
            // Its path is that of another endpoint of the same server.
            let server = url.match_indices('/').nth(2).map_or(url.as_str(), |(path, _)| &url[..path]);
            text = text.replace(address, server);
        }
        let blocks = blocks(&text);
        assert!(!blocks.is_empty(), "{name} has no examples");
        let wrong: Vec<String> = blocks.iter().filter_map(|steps| run(steps).err()).collect();
        assert!(wrong.is_empty(), "{name}: {}", wrong.join("\n"));
    }
}

const SAMPLE: &str = "
Text, and `$ not a command`.

```console
$ stomp send /queue/a <<END
> one
> two
> END
$ stomp sub /queue/a -c 1 --raw
one
two
$ stomp send /queue/a x -H nothing
error: invalid value 'nothing' …
…
```

```text
$ exit 1
```

```sh
stomp send /queue/a hello
cargo run --release -- sub /queue/a -c1
```
";

#[test]
fn examples_are_found_in_a_text() {
    let blocks = blocks(SAMPLE);
    assert_eq!(blocks.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1]);
    let first = &blocks[0][0];
    assert_eq!((first.line, first.command.as_str()), (5, "stomp send /queue/a <<END\none\ntwo\nEND"));
    assert_eq!(first.output.as_deref(), Some(""));
    assert_eq!(blocks[0][1].output.as_deref(), Some("one\ntwo\n"));
    let second = &blocks[1][0];
    assert_eq!((second.line, second.output.as_deref()), (22, None));
    assert_eq!(second.command, "stomp send /queue/a hello\ncargo run --release -- sub /queue/a -c1\n");
}

#[test]
fn what_comes_of_an_example_is_looked_at() {
    for steps in blocks(SAMPLE) {
        run(&steps).unwrap();
    }
    let wrong = |text: &str| blocks(text).iter().find_map(|steps| run(steps).err()).unwrap();
    let printed = wrong("```console\n$ echo one\ntwo\n```\n");
    assert!(printed.starts_with("line 2: 'echo one' printed\none\n"), "{printed}");
    let failed = wrong("```sh\nstomp sned\n```\n");
    assert!(failed.starts_with("line 2: ") && failed.contains("unknown command 'sned'"), "{failed}");
    assert!(run(&blocks("```sh\nfalse\ntrue\n```\n")[0]).is_err(), "each line counts");
    assert!(wrong("```sh\nif\n```\n").starts_with("the shell says: "));
}

#[test]
fn three_dots_stand_for_anything() {
    assert!(fits("a … c\n…\nend\n", "a b c\n1\n2\nend\n"));
    assert!(fits("a … c\n…\nend\n", "a  c\nend\n"));
    assert!(!fits("a … c\nend\n", "a b c\n1\nend\n"));
    assert!(!fits("a\n", "a\nb\n"));
    assert!(!fits("a\nb\n", "a\n"));
}
