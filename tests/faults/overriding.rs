//! Which of option, variable, URL and context says where the broker is and who logs in.

use std::sync::mpsc::{Receiver, channel};

use crate::peer::{Came, Peer};
use crate::stomp::{Finished, Stomp};

/// A broker, and the CONNECTs that reach it.
struct Place {
    peer: Peer,
    came: Receiver<Came>,
}

impl Place {
    fn start() -> Self {
        let (heard, came) = channel();
        let heard = std::sync::Mutex::new(heard);
        let peer = Peer::start(move |mut talk, _| {
            let connect = talk.hear_of("CONNECT").unwrap();
            heard.lock().unwrap().send(connect).unwrap();
            talk.say("CONNECTED\nversion:1.2\nheart-beat:0,0\n\n^");
            talk.confirm_all();
        });
        Self { peer, came }
    }

    /// The login and the virtual host of the one CONNECT that came.
    #[track_caller]
    fn login(&self) -> String {
        let came = self.came.try_recv().expect("nobody came");
        assert!(self.came.try_recv().is_err());
        let part = |name| if came.has(name) { came.header(name) } else { "-".to_owned() };
        format!("{}:{} {}", part("login"), part("passcode"), part("host"))
    }
}

/// Two brokers and a config file with contexts: `c`, which is the current one, names the first by its URL, `d` the
/// first among several, and `e` another address of this machine.
struct Setting {
    first: Place,
    second: Place,
    folder: tempfile::TempDir,
}

impl Setting {
    fn new() -> Self {
        let (first, second, folder) = (Place::start(), Place::start(), tempfile::tempdir().unwrap());
        let config = folder.path().join("stomp");
        std::fs::create_dir(&config).unwrap();
        let port = first.peer.port();
        let text = format!(
            "current = \"c\"\n[context.c]\nurl = \"stomp://mary@127.0.0.1:{port}/of-c\"\n\
             [context.d]\nurl = \"stomp://127.0.0.1:{port},127.0.0.1:1\"\n\
             [context.e]\nurl = \"stomp://127.0.0.2:{port}/of-e\"\nuser = \"eve\"\n"
        );
        std::fs::write(config.join("config.toml"), text).unwrap();
        Self { first, second, folder }
    }

    fn run(&self, variables: &[(&str, &str)], options: &[&str]) -> Finished {
        let call = Stomp::new(options).args(["send", "/queue/a", "x"]);
        let call = call.env("XDG_CONFIG_HOME", self.folder.path());
        variables.iter().fold(call, |call, (name, value)| call.env(name, value)).run()
    }

    /// Who came to the first broker.
    #[track_caller]
    fn first(&self, variables: &[(&str, &str)], options: &[&str]) -> String {
        self.run(variables, options).done("");
        self.first.login()
    }

    #[track_caller]
    fn second(&self, variables: &[(&str, &str)], options: &[&str]) -> String {
        self.run(variables, options).done("");
        self.second.login()
    }
}

#[test]
fn options_and_variables_replace_their_part_of_a_context() {
    let setting = Setting::new();
    let port = setting.second.peer.port().to_string();
    assert_eq!(setting.first(&[], &[]), "mary:- of-c");
    assert_eq!(setting.second(&[], &["--port", &port]), "mary:- of-c");
    assert_eq!(setting.second(&[], &["--port", &port, "--context", "d"]), "-:- /");
    assert_eq!(setting.second(&[("STOMP_PORT", &port)], &[]), "mary:- of-c");
    assert_eq!(setting.second(&[("STOMP_PORT", &port)], &["--context", "c"]), "mary:- of-c");
    assert_eq!(setting.second(&[("STOMP_PORT", &port), ("STOMP_CONTEXT", "c")], &[]), "mary:- of-c");
    assert_eq!(setting.first(&[], &["--host", "127.0.0.1", "--context", "e"]), "eve:- of-e");
    let login = [("STOMP_USER", "bob"), ("STOMP_PASSWORD", "secret"), ("STOMP_VHOST", "v")];
    assert_eq!(setting.first(&login, &[]), "bob:secret v");
    assert_eq!(setting.first(&login, &["--user", "ann", "--vhost", "w"]), "ann:secret w");
    let refused = setting.run(&[], &["--host", "127.0.0.1", "--context", "d"]);
    refused.code(2).stderr_has(&["--host cannot replace"]);
    setting.run(&[("STOMP_PORT", "x")], &[]).code(2).stderr_has(&["STOMP_PORT is 'x'"]);
}

#[test]
fn a_broker_of_the_command_line_or_the_environment_comes_without_the_context() {
    let setting = Setting::new();
    let url = setting.second.peer.url();
    let port = setting.second.peer.port().to_string();
    for context in ["c", "e"] {
        let variables = [("STOMP_CONTEXT", context), ("STOMP_PORT", "1")];
        assert_eq!(setting.second(&variables, &["-s", &url]), "-:- /");
    }
    assert_eq!(setting.second(&[], &["--host", "127.0.0.1", "--port", &port]), "-:- /");
    assert_eq!(setting.second(&[("STOMP_URL", &url)], &[]), "-:- /");
    assert_eq!(setting.second(&[("STOMP_HOST", "127.0.0.1"), ("STOMP_PORT", &port)], &[]), "-:- /");
    // The port belongs to the host of the environment.
    let elsewhere = [("STOMP_HOST", "127.0.0.9"), ("STOMP_PORT", "1")];
    assert_eq!(setting.first(&elsewhere, &["--context", "c"]), "mary:- of-c");
}

#[test]
fn options_and_variables_replace_their_part_of_the_environments_url() {
    let setting = Setting::new();
    let url = format!("stomp://mary:secret@127.0.0.1:{}/v", setting.first.peer.port());
    let port = setting.second.peer.port().to_string();
    let of_url = ("STOMP_URL", url.as_str());
    assert_eq!(setting.first(&[of_url], &[]), "mary:secret v");
    assert_eq!(setting.second(&[of_url], &["--port", &port]), "mary:secret v");
    assert_eq!(setting.second(&[of_url, ("STOMP_PORT", &port)], &[]), "mary:secret v");
    let parts = [of_url, ("STOMP_USER", "bob"), ("STOMP_PASSWORD", "other"), ("STOMP_VHOST", "w")];
    assert_eq!(setting.first(&parts, &[]), "bob:other w");
    // Who names another host does not want to log in there with what the URL holds.
    assert_eq!(setting.second(&[of_url], &["--host", "127.0.0.1", "--port", &port]), "-:- /");
}

#[test]
fn options_for_parts_of_the_url_beside_it_are_refused() {
    let setting = Setting::new();
    let url = setting.first.peer.url();
    for option in [["--port", "1"].as_slice(), &["--host", "h"], &["--embedded"], &["-s", &url]] {
        let script = Stomp::new([url.as_str(), "-e", "status"]).args(option).run();
        script.code(2).stdout("").stderr_has(&["exclude each other"]);
        let connect = format!("connect {url} {}", option.join(" "));
        Stomp::new(["--embedded", "-e", &connect]).run().code(1).stderr_has(&["exclude each other"]);
    }
    let doctor = Stomp::new(["--port", "1", "doctor", &url]).run();
    doctor.code(2).stderr_has(&["--port and the URL", "exclude each other"]);
    setting.run(&[], &["--embedded", "--context", "c"]).code(2).stderr_has(&["--context"]);
    assert_eq!(setting.first.peer.connections() + setting.second.peer.connections(), 0);
}
