//! Scripts.

use std::io::Write as _;

use crate::support::broker::BrokerProcess as Broker;
use crate::support::stomp::{Finished, Stomp};

fn script(arguments: &[&str], input: &[u8]) -> Finished {
    Stomp::new(arguments).input(input).run()
}

/// What it wrote, as text, and its exit code.
fn told(finished: &Finished) -> (String, String, i32) {
    let out = String::from_utf8_lossy(&finished.stdout).into_owned();
    (out, finished.stderr.clone(), finished.code.unwrap_or(-1))
}

#[test]
fn a_script_prints_what_comes_and_nothing_else() {
    let output = script(&["--embedded"], b"sub /queue/t\nsend /queue/t hello\nwait 1\n");
    assert_eq!(told(&output), ("hello\n".into(), String::new(), 0));
}

#[test]
fn an_unknown_command_names_its_line_and_what_was_sent() {
    let broker = Broker::start();
    let output = script(&["-s", &broker.url], b"send /queue/a x\nbogus\nsend /queue/a never\n");
    let (out, error, code) = told(&output);
    assert_eq!((out.as_str(), code), ("", 1), "{error}");
    assert!(error.starts_with("stdin:2: error: unknown command 'bogus'\n"), "{error}");
    assert!(error.ends_with("confirmed 1, unknown 0, not sent 0\n"), "{error}");
}

#[test]
fn commands_that_stand_in_each_other_without_end_are_an_error() {
    let deep = format!("{}status\n", "time ".repeat(100_000));
    for lines in [deep.as_str(), "alias b status\nalias a time b\nalias b a\na\n"] {
        let (out, error, code) = told(&script(&["--embedded"], lines.as_bytes()));
        assert_eq!((out.as_str(), code), ("", 1), "{error}");
        assert!(error.contains("error: commands stand in each other too deep"), "{error}");
    }
}

#[test]
fn without_a_broker_the_exit_code_is_3() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = script(&["-s", &format!("stomp://{unused}")], b"send /queue/a x\n");
    let (_, error, code) = told(&output);
    assert_eq!(code, 3, "{error}");
    assert!(error.contains("--embedded"), "{error}");
}

#[test]
fn thirty_thousand_sends_arrive_in_order() {
    let broker = Broker::start();
    let numbers: Vec<String> = (1..=30_000).map(|number| number.to_string()).collect();
    let lines = format!("send /queue/n {}", numbers.join("\nsend /queue/n "));
    let output = script(&["-s", &broker.url], lines.as_bytes());
    assert_eq!(told(&output), (String::new(), String::new(), 0));
    let got = script(&["-s", &broker.url, "sub", "/queue/n", "-c", "30000", "--timeout", "60"], b"");
    assert!(told(&got).0.lines().eq(&numbers), "other messages, or another order");
}

#[test]
fn a_failed_command_does_not_stop_a_script_that_keeps_going() {
    let text = b"sub /queue/k\nbogus\nunsub nothing\nsend /queue/k on\nwait 1\n";
    let (out, error, code) = told(&script(&["--embedded", "--keep-going"], text));
    assert_eq!((out.as_str(), code), ("on\n", 1), "{error}");
    assert!(error.contains("stdin:2: error:") && error.contains("stdin:3: error:"), "{error}");
}

#[test]
fn bodies_are_taken_to_the_byte() {
    let mut text = b"sub --raw /queue/b\nsend /queue/b  two  blanks \nsend /queue/b \"a\\x00b\"\n".to_vec();
    text.extend_from_slice(b"send /queue/b \xff\xfe\nsend /queue/b <<END\none\n  two\nEND\nwait 4");
    let output = script(&["--embedded"], &text);
    assert_eq!(output.stdout, b" two  blanks a\0b\xff\xfeone\n  two\n");
    output.code(0);
}

#[test]
fn transactions_carry_out_and_drop() {
    let text =
        b"sub /queue/t\nbegin a\nsend /queue/t dropped\nabort\nbegin b\nsend /queue/t kept\ncommit\nwait 1\n";
    assert_eq!(told(&script(&["--embedded"], text)), ("kept\n".into(), String::new(), 0));
}

#[test]
fn the_transaction_before_is_current_again_when_the_current_one_ends() {
    let text = "sub /queue/t\nbegin one\nsend /queue/t 1\nbegin two\nsend /queue/t 2\ncommit\nsend /queue/t 3\n\
        abort\nsend /queue/t 4\nwait 2\n";
    assert_eq!(told(&script(&["--embedded"], text.as_bytes())), ("2\n4\n".into(), String::new(), 0));
    // One that ends by its name is gone wherever it stands.
    let text = "sub /queue/t\nbegin one\nbegin two\nbegin three\ncommit two\nbegin one\nabort\nsend /queue/t 3\n\
        commit\nsend /queue/t out\nwait 2\n";
    assert_eq!(told(&script(&["--embedded"], text.as_bytes())), ("3\nout\n".into(), String::new(), 0));
}

#[test]
fn acks_in_an_aborted_transaction_are_unacked_again() {
    let broker = Broker::start();
    let text = "send /queue/u one\nsend /queue/u two\nsub --ack client-individual /queue/u\nwait 2\nbegin\n\
        ack all\nsubs\nabort\nsubs\nack all\nsubs\n";
    let (out, error, code) = told(&script(&["-s", &broker.url], text.as_bytes()));
    assert_eq!(code, 0, "{error}");
    let unacked: Vec<_> = out.lines().filter(|line| line.contains("/queue/u")).collect();
    let unacked: Vec<_> = unacked.iter().map(|line| line.split_whitespace().last().unwrap()).collect();
    assert_eq!(unacked, ["0", "2", "0"], "{out}");
    let again = script(&["-s", &broker.url], b"sub /queue/u\nwait --idle 0.3\n");
    assert_eq!(told(&again).0, "");
}

#[test]
fn an_unacked_message_comes_again_and_an_acked_one_does_not() {
    let broker = Broker::start();
    let text = b"send /queue/u one\nsend /queue/u two\nsub --ack client-individual /queue/u\nwait 2\nack 1\n";
    let (out, error, code) = told(&script(&["-s", &broker.url], text));
    assert_eq!((out.as_str(), code), ("one\ntwo\n", 0), "{error}");
    let again = script(&["-s", &broker.url], b"sub /queue/u\nwait --idle 0.3\n");
    assert_eq!(told(&again).0, "two\n");
}

#[test]
fn files_and_arguments_are_scripts_too() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"# a comment\n\nsend /queue/f from a file\nwait 1\nnope\n").unwrap();
    let name = file.path().to_str().unwrap();
    let output = script(&["--embedded", "-e", "sub /queue/f", "-f", name], b"");
    let (out, error, code) = told(&output);
    assert_eq!((out.as_str(), code), ("from a file\n", 1));
    assert!(error.starts_with(&format!("{name}:5: error: unknown command 'nope'")), "{error}");
    let commands = ["--embedded", "-e", "sub --jsonl /queue/e", "-e", "send /queue/e x", "-e", "wait 1"];
    let (out, error, _) = told(&script(&commands, b""));
    assert!(out.starts_with("{\"destination\":\"/queue/e\""), "{out}{error}");
}

#[test]
fn a_wait_that_is_not_met_is_a_failure_of_its_own() {
    let (_, error, code) = told(&script(&["--embedded"], b"sub /queue/w\nwait 1 --timeout 0.05\n"));
    assert_eq!(code, 124, "{error}");
    assert!(error.starts_with("stdin:2: error: time ran out after 0 of 1 messages"), "{error}");
}

#[test]
fn a_refused_send_is_named_by_its_line() {
    // A destination that is empty is refused by every broker.
    let text = b"send /queue/a x\nsend -H destination: /queue/a y\nsend /queue/a z\n";
    let (_, error, code) = told(&script(&["--embedded"], text));
    assert_eq!(code, 5, "{error}");
    assert!(error.starts_with("stdin:2: error: the broker refused it"), "{error}");
    assert!(error.contains("confirmed 1, "), "{error}");
    assert_eq!(error.matches("error:").count(), 1, "{error}");
}

#[test]
fn a_script_may_make_its_own_connection() {
    let broker = Broker::start();
    let text = format!("connect {}\nsend /queue/c x\nsub /queue/c\nwait 1\nquit\nbogus\n", broker.url);
    let output = script(&["-s", "stomp://127.0.0.1:1"], text.as_bytes());
    assert_eq!(told(&output), ("x\n".into(), String::new(), 0));
}

#[test]
fn the_output_of_a_command_can_be_piped() {
    let text = b"sub --count-only /queue/p\nsend /queue/p {\"b\": 1}\nwait 1\nshow 1 | tr b c\n";
    assert_eq!(told(&script(&["--embedded"], text)), ("{\"c\": 1}".into(), String::new(), 0));
}

#[test]
fn an_open_quote_names_its_first_line() {
    let (_, error, code) =
        told(&script(&["--embedded"], b"send /queue/a x\nsend /queue/a <<END\nand so on\n"));
    assert_eq!(code, 1);
    assert!(error.starts_with("stdin:2: error: no line 'END' ends the body"), "{error}");
}

#[test]
fn a_broker_that_dies_fails_the_wait_with_its_reason() {
    let broker = Broker::start();
    let mut running = Stomp::new(["-s", &broker.url]).open_input().start();
    running.write("sub /queue/d\nsend /queue/d here\nwait 2\n");
    running.wait_for_lines(1);
    broker.kill();
    let (_, error, code) = told(&running.finish());
    assert_eq!(code, 3, "{error}");
    assert!(error.starts_with("stdin:3: error: the connection to the broker is lost"), "{error}");
}

#[test]
fn the_examples_of_help_run_as_they_stand() {
    for (name, text) in stomp_shell::cli::examples() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("order.json"), "{\"id\": 7}\n").unwrap();
        std::fs::write(folder.path().join("setup.stomp"), "send /queue/setup x\n").unwrap();
        let finished = Stomp::new(["--embedded"]).folder(folder.path()).input(&text).run();
        let (out, error, code) = told(&finished);
        assert_eq!(code, 0, "help {name}\n{text}\n{out}\n{error}");
    }
}

#[test]
fn commands_on_whole_queues_can_be_piped_while_messages_come() {
    let text = b"sub /queue/other\nsend /queue/q one\nsend /queue/q two\npeek /queue/q | tr a-z A-Z\nsend /queue/other seen\nwait 1\n";
    let (out, error, code) = told(&script(&["--embedded"], text));
    assert_eq!((out.as_str(), code), ("ONE\nTWO\nseen\n", 0), "{error}");
}

#[test]
fn a_message_that_came_can_be_answered_by_its_number() {
    let text = b"sub --count-only /queue/q\nsub --headers /queue/answers\n\
        send --reply-to /queue/answers --correlation-id c7 /queue/q what?\nwait 1\nreply 1 that\nwait 1\n";
    let (out, error, code) = told(&script(&["--embedded"], text));
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("correlation-id: c7\n") && out.ends_with("that\n"), "{out}");
}

#[test]
fn a_transcript_is_replayed_as_a_script() {
    let folder = tempfile::tempdir().unwrap();
    let run = |text: &str| Stomp::new(["--embedded"]).folder(folder.path()).input(text).run();
    run("log t.stomp\nsub /queue/q\nsend /queue/q <<END\ntwo\nlines\nEND\nwait 1\nlog off\n").code(0);
    let log = std::fs::read_to_string(folder.path().join("t.stomp")).unwrap();
    assert!(log.contains("\n# message 1\n") && log.contains("\n# two\n# lines\n"), "{log}");
    run("source t.stomp\n").code(0).stdout("two\nlines\n\n");
}

#[test]
fn a_sourced_file_names_the_line_that_failed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("inner"), "# first\nsend /queue/a x\nbogus\n").unwrap();
    let finished = Stomp::new(["--embedded"]).folder(folder.path()).input("source inner\n").run();
    let (_, error, code) = told(&finished);
    assert_eq!(code, 1);
    assert!(error.starts_with("inner:3: error: unknown command 'bogus'"), "{error}");
}

/// A script on a context of this name that is in production, at this broker.
fn in_production(broker: &Broker, arguments: &[&str], text: &str) -> Finished {
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[context.prod]\nurl = \"{}\"\nproduction = true\n", broker.url);
    std::fs::create_dir(folder.path().join("stomp")).unwrap();
    std::fs::write(folder.path().join("stomp/config.toml"), config).unwrap();
    let stomp = Stomp::new([&["--context", "prod"], arguments].concat());
    stomp.env("XDG_CONFIG_HOME", folder.path().to_str().unwrap()).input(text).run()
}

#[test]
fn in_production_a_script_that_takes_messages_off_is_refused_unless_it_says_yes() {
    let broker = Broker::start();
    script(&["-s", &broker.url], b"send /queue/p one\n");
    let takers = [
        "purge /queue/p",
        "drain /queue/p",
        "move /queue/p /queue/x",
        "sub /queue/p",
        "sub --ack auto -c 1 /queue/p",
    ];
    for taker in takers {
        let (out, error, code) = told(&in_production(&broker, &[], &format!("status\n{taker}\n")));
        assert_eq!(code, 1, "{taker}: {error}");
        assert!(!out.contains("one"), "{out}");
        assert!(error.starts_with("stdin:2: error: '"), "{error}");
        assert!(error.contains("'prod', which is in production\n") && error.contains("--yes"), "{error}");
    }
    // What looks, and what takes only what was seen and acked, is free.
    let text = "peek /queue/p\nsub --ack client /queue/p\nwait 1\nack\n";
    assert_eq!(told(&in_production(&broker, &[], text)), ("one\none\n".into(), String::new(), 0));
    script(&["-s", &broker.url], b"send /queue/p two\n");
    let yes = in_production(&broker, &["--yes"], "drain --idle 0.2 /queue/p\n");
    assert_eq!(told(&yes), ("two\n".into(), String::new(), 0));
}

#[test]
fn a_script_that_ends_inside_a_transaction_fails_and_says_what_is_dropped() {
    let (_, error, code) = told(&script(&["--embedded"], b"begin t1\nsend /queue/a x\n"));
    assert_eq!(code, 1, "{error}");
    assert!(
        error.contains("error: transaction 't1' was never committed: what was sent in it is dropped\n"),
        "{error}"
    );
    let (_, error, code) = told(&script(&["--embedded"], b"begin t1\nsend /queue/a x\nabort\n"));
    assert_eq!((error.as_str(), code), ("", 0));
}

#[test]
fn what_follows_a_refused_send_is_run_where_a_script_keeps_going() {
    let text = b"send -H destination: /queue/a x\n!echo ran\nsend -H destination: /queue/a y\nversion\n";
    let (out, error, code) = told(&script(&["--embedded", "--keep-going"], text));
    assert_eq!(code, 5, "{error}");
    assert!(out.starts_with("ran\nstomp "), "{out}{error}");
    assert!(error.contains("stdin:1: error: ") && error.contains("stdin:3: error: "), "{error}");
}

#[test]
fn a_byte_order_mark_before_the_first_command_does_no_harm() {
    let text = b"\xef\xbb\xbfsub /queue/a\r\nsend /queue/a x\nwait 1\r\n";
    assert_eq!(told(&script(&["--embedded"], text)), ("x\n".into(), String::new(), 0));
}

#[test]
fn a_template_sees_the_variables_of_the_shell() {
    let text = "set who you\nset counter mine\nsub --raw /queue/t\nsend --template /queue/t $counter $who $$;\n\
        send --template --repeat 2 /queue/t $counter ${who};\nwait 3\n";
    let output = script(&["--embedded"], text.as_bytes());
    assert_eq!(told(&output), ("1 you $;1 you;2 you;".into(), String::new(), 0));
    let (_, error, code) = told(&script(&["--embedded"], b"send --template /queue/t $nobody\n"));
    assert!(error.contains("no variable is called 'nobody'") && error.contains("'set'"), "{error}");
    assert_eq!(code, 1);
}

#[test]
fn aliases_and_variables_take_the_forms_that_other_shells_taught() {
    let text = "alias s 'send $q'\nalias one sub -c\nset q /queue/a\ns $q\n2 s more\none 2 /queue/a\n\
        set expand on\ns $q\none 2 /queue/a\nunset q\ns x\n";
    let (out, error, code) = told(&script(&["--embedded"], text.as_bytes()));
    assert_eq!((out.as_str(), code), ("$q\nmore\nmore\n/queue/a\n", 1), "{error}");
    assert!(
        error.starts_with("stdin:11: error: no variable is called 'q'\n  send $q x\n       ^^\n"),
        "{error}"
    );
}

#[test]
fn files_that_run_files_end_somewhere_and_name_the_innermost() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("again"), "# once more\nsource again\n").unwrap();
    std::fs::write(folder.path().join("outer"), "source inner\n").unwrap();
    std::fs::write(folder.path().join("inner"), "send /queue/a x\nsend --prioritty 3 /queue/a x\n").unwrap();
    let run = |text: &str| told(&Stomp::new(["--embedded"]).folder(folder.path()).input(text).run());
    let (_, error, code) = run("source again\n");
    assert_eq!(code, 1);
    assert!(error.starts_with("again:2: error: again: files stand in each other too deep\n"), "{error}");
    let (_, error, code) = run("source outer\n");
    assert_eq!(code, 1);
    let expected = "inner:2: error: 'send' has no option '--prioritty'\n  send --prioritty 3 /queue/a x\n       ^^^^^^^^^^^\n\
        hint: did you mean '--priority'?\n";
    assert!(error.starts_with(expected), "{error}");
}

#[test]
fn a_pipe_ends_as_its_last_program_does_however_little_that_reads() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("big"), vec![b'x'; 1 << 20]).unwrap();
    let run = |text: &str| told(&Stomp::new(["--embedded"]).folder(folder.path()).input(text).run());
    let before = "sub --count-only /queue/a\nsend /queue/a @big\nwait 1\n";
    let (out, error, code) = run(&format!("{before}show 1 --raw | head -c 3\n!echo; echo on\n"));
    assert_eq!((out.as_str(), code), ("xxx\non\n", 0), "{error}");
    let (_, error, code) = run(&format!("{before}show 1 | exit 3\n!echo never\n"));
    assert_eq!(code, 1);
    assert!(error.starts_with("stdin:4: error: the command ended with exit status: 3\n"), "{error}");
}

#[test]
fn a_transcript_is_replayed_by_the_command_line_too() {
    let folder = tempfile::tempdir().unwrap();
    let stomp = |arguments: &[&str]| Stomp::new([&["--embedded"], arguments].concat()).folder(folder.path());
    let typed = "log t.stomp\nalias s send /queue/q\nset who you\nsub /queue/q\ns hello\n2 s again\n\
        send --template /queue/q $$who $counter\nbegin\ns \"a\\nb\"\ncommit\nwait 5\nsubs\n!echo hi\nlog off\n";
    let first = stomp(&[]).input(typed).run().code(0);
    let again = stomp(&["-f", "t.stomp"]).run().code(0);
    assert_eq!(String::from_utf8_lossy(&again.stdout), String::from_utf8_lossy(&first.stdout));
}

#[test]
fn help_is_a_word_on_the_command_line_too_and_commands_of_the_shell_are_known_there() {
    let run = |arguments: &[&str]| told(&Stomp::new(arguments).run());
    let (out, error, code) = run(&["help"]);
    assert_eq!((error.as_str(), code), ("", 0));
    assert!(out.contains("To begin with:") && out.lines().all(|line| line.chars().count() <= 80), "{out}");
    assert!(out.lines().count() < 75, "the short help is longer than two screens:\n{out}");
    let (out, _, code) = run(&["help", "send"]);
    assert!(code == 0 && out.contains("--persistent"), "{out}");
    let (_, error, code) = run(&["ack", "1"]);
    assert_eq!(code, 2);
    assert!(error.starts_with("error: 'ack' is a command of the shell and of scripts\n"), "{error}");
    assert!(error.contains("stomp -e 'ack"), "{error}");
}

#[test]
fn disconnecting_another_connection_leaves_the_current_one() {
    let text = "connect --as A --embedded\nconnect --as B --embedded\nconnect --as C --embedded\nuse B\n\
                @A disconnect\nuse\n";
    let (out, error, code) = told(&script(&["--embedded"], text.as_bytes()));
    assert_eq!(code, 0, "{error}");
    assert_eq!(out, "* B  embedded\n  C  embedded\n", "{error}");
}

#[test]
fn a_script_that_only_quits_needs_no_broker() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for text in ["quit\n", "exit\n", "help\nquit\n"] {
        let (_, error, code) = told(&script(&["-s", &format!("stomp://{unused}")], text.as_bytes()));
        assert_eq!((code, error.as_str()), (0, ""), "{text}");
    }
}

#[test]
fn a_command_s_name_may_be_the_value_of_an_option() {
    assert_eq!(
        told(&script(&["--embedded", "-e", "queues"], b"")),
        (String::new(), "there are no queues\n".into(), 0)
    );
    let (out, error, code) = told(&script(&["--embedded", "-e", "status"], b""));
    assert!(out.contains("stomp-shell/") && code == 0, "{out}{error}");
    let (_, error, code) = told(&script(&["--embedded", "-f", "queues"], b""));
    assert!(code == 8 && error.contains("cannot read queues"), "{error}");
    let (_, error, code) = told(&script(&["-s", "queues", "-e", "status"], b""));
    assert!(code != 0 && !error.contains("is one command"), "{error}");
    let broker = Broker::start();
    script(&[&broker.url, "send", "/queue/a", "queues"], b"").done("");
    script(&["-s", &broker.url, "sub", "-c", "1", "/queue/a"], b"").done("queues\n");
}

#[test]
fn the_lines_of_a_heredoc_are_no_commands_however_it_is_written() {
    let text = b"sub /queue/h\nsend /queue/h <<-'END'\n\thelp\n\tEND\nwait 1\n";
    assert_eq!(told(&script(&["--embedded"], text)), ("help\n\n".into(), String::new(), 0));
    for start in [
        "send /queue/h <<END;",
        "send /queue/h x <<END",
        "!cat <<END",
        "sub /queue/h<<END",
        "status | cat <<END",
    ] {
        let text = format!("{start}\nhelp\nEND\n!echo behind\n");
        let (out, error, code) = told(&script(&["--embedded", "--keep-going"], text.as_bytes()));
        assert_eq!((out.as_str(), code), ("behind\n", 1), "{start}: {error}");
        assert_eq!(error.matches("error:").count(), 1, "{start}: {error}");
    }
}

#[test]
fn a_line_that_is_used_wrongly_is_no_failure_of_the_system() {
    let lines = ["send --template /queue/a $nothing", "show 1", "ack 0", "send --rate 1 /queue/a x"];
    for line in lines {
        let (out, error, code) = told(&script(&["--embedded", "-e", line], b""));
        assert_eq!((out.as_str(), code), ("", 1), "{line}: {error}");
    }
    let typed = ["--embedded", "send", "--template", "/queue/a", "$nothing"];
    assert_eq!(told(&script(&typed, b"")).2, 2);
}
