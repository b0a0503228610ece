//! Completions, asked of the program and driven in the shells themselves: what Tab types there. Manual pages.
#![allow(clippy::unwrap_used)] // a failure here is the test's

mod support;

#[path = "shell/screen.rs"]
#[allow(dead_code, unreachable_pub)] // shared: each test program uses a part of it
mod screen;

use std::path::{Path, PathBuf};

use screen::{Screen, Setting};
use support::broker::BrokerProcess;
use support::stomp::Stomp;

/// Each shell, and the file's name that it looks for.
const FILES: [(&str, &str); 5] = [
    ("bash", "stomp.bash"),
    ("zsh", "_stomp"),
    ("fish", "stomp.fish"),
    ("powershell", "_stomp.ps1"),
    ("elvish", "stomp.elv"),
];

#[test]
fn the_program_prints_the_committed_scripts() {
    for (name, file) in FILES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(file);
        let committed = std::fs::read_to_string(path).unwrap();
        Stomp::new(["completions", name]).run().done(committed);
    }
}

/// A home with two contexts and a history, whose names hold what a shell takes for its own.
fn furnish(home: &Path) {
    let config = home.join(".config/stomp");
    std::fs::create_dir_all(&config).unwrap();
    let contexts = "[context.shop]\nurl = \"stomp://127.0.0.1:1\"\n[context.'two words']\nurl = \"stomp://127.0.0.1:2\"\n";
    std::fs::write(config.join("config.toml"), contexts).unwrap();
    let state = home.join(".local/state/stomp");
    std::fs::create_dir_all(&state).unwrap();
    let lines = "send /queue/orders x\nsub '/queue/evil $(touch ran);`touch ran`'\nsend /queue/colon:one y\n";
    std::fs::write(state.join("history"), lines).unwrap();
    std::fs::write(home.join("a file.pem"), "").unwrap();
}

/// What the program offers to a shell for the last of these words.
fn offered(shell: &str, url: &str, words: &[&str]) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    furnish(home.path());
    let breaks = ["--breaks", " \t\n\"'@><=;|&(:"].into_iter().filter(|_| shell == "bash");
    let call = Stomp::new(["complete", shell]).args(breaks).args(["--", "stomp"]).args(words);
    let came = call.env("HOME", home.path()).env("STOMP_URL", url).run().code(0).stderr("");
    came.lines().into_iter().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

/// Where nothing listens.
const NOWHERE: &str = "stomp://127.0.0.1:1";

#[test]
fn commands_options_values_and_contexts_are_offered() {
    let fish = |words: &[&str]| offered("fish", NOWHERE, words);
    assert_eq!(fish(&["sen"]), ["send", "sendrec", "sendreply"]);
    assert_eq!(fish(&["send", "--corr"]), ["--correlation-id"]);
    assert_eq!(fish(&["send", "--receipt", ""]), ["all", "last", "none"]);
    assert_eq!(fish(&["sub", "--ack=cl"]), ["--ack=client", "--ack=client-individual"]);
    assert_eq!(fish(&["--protocol", ""]), ["1.0", "1.1", "1.2"]);
    assert_eq!(fish(&["--context", ""]), ["shop", "two words"]);
    assert_eq!(fish(&["ctx", "use", "s"]), ["shop"]);
    assert_eq!(fish(&["mirror", "--to", "s"]), ["shop", "stomp://", "stomps://"]);
    assert_eq!(fish(&["completions", "p"]), ["powershell"]);
    assert_eq!(fish(&["man", "doc"]), ["doctor"]);
    assert_eq!(fish(&["doctor", "stomps"]), ["stomps://"]);
    assert_eq!(fish(&["send", "--cafile", "x"]), [":files"]);
    assert_eq!(fish(&["send", "/queue/a", "@x"]), [":files"]);
    assert!(fish(&["send", "/queue/a", "x"]).is_empty());
    assert!(!fish(&[""]).contains(&"complete".to_owned()), "it is for scripts alone");
}

#[test]
fn destinations_come_from_history_and_from_a_broker_that_lists_them() {
    let history = ["/queue/colon:one", "/queue/evil $(touch ran);`touch ran`", "/queue/orders"];
    let begin = ["/queue/", "/topic/"];
    for command in ["send", "sub", "peek", "depth"] {
        assert_eq!(offered("fish", NOWHERE, &[command, ""]), [&history[..], &begin].concat());
    }
    let broker = BrokerProcess::start();
    Stomp::new([&broker.url, "send", "/queue/there is", "x"]).run().done("");
    Stomp::new([&broker.url, "send", "/queue/\u{1b}[2Jclears", "x"]).run().done("");
    let all = [&history[..], &["/queue/there is"], &begin].concat();
    assert_eq!(offered("fish", &broker.url, &["move", "/queue/x", ""]), all);
    assert_eq!(offered("fish", NOWHERE, &["-s", &broker.url, "send", "/queue/t"]), ["/queue/there is"]);
    assert_eq!(offered("bash", NOWHERE, &[&broker.url, "send", "/queue/t"]), ["/queue/there\\ is"]);
}

#[test]
fn a_broker_that_says_nothing_keeps_nobody_from_typing() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("stomp://{}", silent.local_addr().unwrap());
    assert_eq!(offered("fish", &url, &["send", "/queue/o"]), ["/queue/orders"]);
    // What cannot be right has nothing to say either.
    assert_eq!(offered("fish", "stomp://a:b:c", &["send", "/queue/o"]), ["/queue/orders"]);
    assert_eq!(
        offered("fish", NOWHERE, &["--password-file", "/nonexistent", "send", "/queue/o"]),
        ["/queue/orders"]
    );
}

/// A shell at its prompt, with the completions in it.
struct Typist {
    screen: Screen,
    home: PathBuf,
}

/// Whether a program is there; STOMP_TEST_SHELLS=required makes it a failure where it is not.
fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).exists());
    assert!(found || std::env::var_os("STOMP_TEST_SHELLS").is_none(), "{program} is not installed");
    found
}

/// The shell, or none where it is not installed.
fn shell(program: &str, arguments: &[&str], set_up: &[&str]) -> Option<Typist> {
    let path = std::env::var("PATH").unwrap();
    if !is_there(program) {
        return None;
    }
    let ours = Path::new(env!("CARGO_BIN_EXE_stomp")).parent().unwrap();
    let setting = Setting::other(program, arguments)
        .env("PATH", &format!("{}:{path}", ours.display()))
        .env("STOMP_URL", NOWHERE)
        .env("LC_ALL", "C.UTF-8");
    furnish(setting.home());
    let home = setting.home().to_owned();
    let mut screen = setting.start();
    for line in set_up {
        screen.line(line);
    }
    // A word that no line above has in it.
    screen.line("echo rea''dy");
    screen.until("the prompt", |rows| rows.iter().any(|row| row == "ready").then_some(()));
    Some(Typist { screen, home })
}

impl Typist {
    /// Types this and Tab behind it: the screen then shows that.
    #[track_caller]
    fn tab(&mut self, typed: &str, becomes: &str) {
        self.screen.keys(&format!("{typed}\t"));
        self.screen.until(becomes, |rows| rows.iter().any(|row| row.contains(becomes)).then_some(()));
        // Ctrl-U: the line is gone, and what was listed below it with the next one.
        self.screen.keys("\u{15}");
        self.screen.line("echo go''ne");
        self.screen.until("the next prompt", |rows| rows.iter().any(|row| row == "gone").then_some(()));
        self.screen.line("clear");
        self.screen.until("an empty screen", |rows| (!rows.iter().any(|row| row == "gone")).then_some(()));
    }

    /// Runs what Tab made of a destination with commands in its name: none of them ran.
    #[track_caller]
    fn evil(&mut self, typed: &str) {
        self.screen.keys(&format!("{typed}\t"));
        self.screen.until("the destination", |rows| rows.concat().contains("/queue/evil").then_some(()));
        self.screen.line("");
        self.screen.until("an error", |rows| rows.concat().contains("nothing is listening").then_some(()));
        assert!(!self.home.join("ran").exists(), "a destination's name became a command");
        self.screen.line("clear");
        self.screen.until("an empty screen", |rows| (!rows.concat().contains("nothing is")).then_some(()));
    }

    /// What all shells have in common.
    fn types_it_all(&mut self) {
        self.tab("stomp doc", "stomp doctor");
        self.tab("stomp send --corr", "stomp send --correlation-id");
        self.tab("stomp send /queue/o", "stomp send /queue/orders");
        self.tab("stomp send /queue/c", "stomp send /queue/colon:one");
        self.tab("stomp send /queue/colon:", "stomp send /queue/colon:one");
        self.tab("stomp --context s", "stomp --context shop");
        self.tab("stomp --context=s", "stomp --context=shop");
        self.tab("stomp doctor stomps:", "stomp doctor stomps://");
        self.evil("stomp depth /queue/e");
    }
}

#[test]
fn tab_in_bash_types_what_is_offered() {
    let set_up = ["PS1='> '", "source <(stomp completions bash)"];
    let mut bash = shell("bash", &["--norc", "--noprofile"], &set_up).unwrap();
    bash.types_it_all();
    bash.evil("stomp depth '/queue/e");
    bash.evil("stomp depth \"/queue/e");
    bash.tab("stomp --context t", "stomp --context two\\ words");
    bash.tab("stomp send --cafile a", "stomp send --cafile a\\ file.pem");
    bash.tab("stomp send /queue/x @a", "stomp send /queue/x @a\\ file.pem");
}

#[test]
fn tab_in_zsh_types_what_is_offered() {
    let set_up = ["PROMPT='> '", "autoload -U compinit; compinit -u -D", "source <(stomp completions zsh)"];
    let Some(mut zsh) = shell("zsh", &["-f"], &set_up) else { return };
    zsh.types_it_all();
    zsh.evil("stomp depth '/queue/e");
    zsh.evil("stomp depth \"/queue/e");
    zsh.tab("stomp --context t", "stomp --context two\\ words");
    zsh.tab("stomp send --cafile a", "stomp send --cafile a\\ file.pem");
    zsh.tab("stomp send /queue/x @a", "stomp send /queue/x @a\\ file.pem");
}

#[test]
fn zsh_takes_the_script_from_its_function_path() {
    let set_up = [
        "PROMPT='> '",
        "mkdir functions; stomp completions zsh > functions/_stomp",
        "fpath=($PWD/functions $fpath); autoload -U compinit; compinit -u -D",
    ];
    let Some(mut zsh) = shell("zsh", &["-f"], &set_up) else { return };
    // The first call defines the function, and has to answer too.
    zsh.tab("stomp send /queue/o", "stomp send /queue/orders");
    zsh.tab("stomp send /queue/c", "stomp send /queue/colon:one");
}

#[test]
fn tab_in_fish_types_what_is_offered() {
    let Some(mut fish) = shell("fish", &["--no-config"], &["stomp completions fish | source"]) else {
        return;
    };
    fish.types_it_all();
    fish.evil("stomp depth '/queue/e");
    fish.tab("stomp --context t", "stomp --context two\\ words");
    fish.tab("stomp send --cafile a", "stomp send --cafile a\\ file.pem");
    fish.tab("stomp send /queue/x @a", "stomp send /queue/x @a\\ file.pem");
}

#[test]
fn tab_in_elvish_types_what_is_offered() {
    let set_up = ["eval (stomp completions elvish | slurp)"];
    let cases = [
        ("stomp doc", "stomp doctor"),
        ("stomp send /queue/o", "stomp send /queue/orders"),
        ("stomp send /queue/colon:", "stomp send /queue/colon:one"),
        ("stomp send /queue/e", "stomp send '/queue/evil $(touch ran);`touch ran`'"),
        ("stomp --context t", "stomp --context 'two words'"),
    ];
    // It may still be choosing when the next keys come: each has a shell of its own.
    for (typed, becomes) in cases {
        let Some(mut elvish) = shell("elvish", &["-norc"], &set_up) else { return };
        elvish.screen.keys(&format!("{typed}\t"));
        elvish.screen.until(becomes, |rows| rows.iter().any(|row| row.contains(becomes)).then_some(()));
    }
}

#[test]
fn every_command_has_a_manual_page_without_a_flaw() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("share/man1");
    Stomp::new(["man", "--dir"]).arg(&pages).run().code(0).stdout("");
    let mut names: Vec<String> = std::fs::read_dir(&pages)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let commands = offered("fish", NOWHERE, &["man", ""]);
    assert!(names.contains(&"stomp.1".to_owned()));
    for name in names.iter().filter(|name| *name != "stomp.1") {
        let command = name.strip_prefix("stomp-").unwrap().strip_suffix(".1").unwrap();
        assert!(commands.iter().any(|own| own == command), "{command}");
        Stomp::new(["man", command]).run().done(std::fs::read(pages.join(name)).unwrap());
    }
    Stomp::new(["man"]).run().done(std::fs::read(pages.join("stomp.1")).unwrap());
    if is_there("mandoc") {
        let lint = Stomp::other("mandoc", ["-Tlint", "-Wwarning"]);
        lint.args(names.iter().map(|name| pages.join(name))).run().done("");
    }
}

#[test]
fn a_page_that_is_not_there_is_told_from_those_that_are() {
    let asked = Stomp::new(["man", "sned"]).run().code(2).stdout("");
    asked.stderr_has(&["there is no page about 'sned'", "hint: there are: send, sub, "]);
}
