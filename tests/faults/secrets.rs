//! No secret is shown, whatever a broker says and whatever is asked; nobody is trusted silently.

use std::os::unix::fs::PermissionsExt as _;

use crate::embedded::Embedded;
use crate::peer::Peer;
use crate::screen::Setting;
use crate::stomp::{Finished, Stomp};

/// A password that stands nowhere by chance.
const CANARY: &str = "cAnArY-4711";

#[track_caller]
fn hides(ended: &Finished) {
    let shown = String::from_utf8_lossy(&ended.stdout);
    assert!(!shown.contains(CANARY), "on standard output: {shown}");
    assert!(!ended.stderr.contains(CANARY), "on standard error: {}", ended.stderr);
}

#[test]
fn a_password_that_the_broker_repeats_in_its_error_is_not_shown() {
    let errors = [
        "ERROR\nmessage:Bad CONNECT\n\nYou sent:\nCONNECT\nlogin:me\npasscode:cAnArY-4711\n^".to_owned(),
        "ERROR\nmessage:no\n\npasscode:cAnArY-4711^".to_owned(),
        "ERROR\nmessage:'cAnArY-4711' is not the password of 'me'\n\n^".to_owned(),
        "ERROR\nmessage:no\ncontent-length:26\nx-said:cAnArY-4711\n\nme with cAnArY-4711 failed^".to_owned(),
        // As an echo server has it.
        "CONNECT\naccept-version:1.0,1.1,1.2\nlogin:me\npasscode:cAnArY-4711\n\n^".to_owned(),
    ];
    for error in errors {
        let said = error.clone();
        let peer = Peer::start(move |mut talk, _| {
            talk.hear_of("CONNECT");
            talk.say(&said);
        });
        for command in [&["send", "/queue/a", "x"][..], &["sub", "/queue/a"], &["doctor"], &["-e", "status"]]
        {
            let call = Stomp::new(["-vv", "--trace", "-s", &peer.url(), "-U", "me"]);
            let ended = call.env("STOMP_PASSWORD", CANARY).args(command).run();
            hides(&ended);
            assert!(matches!(ended.code, Some(3..=7)), "{error}: {:?} {}", ended.code, ended.stderr);
        }
    }
}

#[test]
fn a_password_that_the_broker_repeats_in_a_later_error_is_not_shown() {
    for passcode in [CANARY, "cAnArY:4711"] {
        let escaped = passcode.replace(':', "\\c");
        let error = format!(
            "ERROR\nmessage:no {escaped}\nx-said:{escaped}\nreceipt-id:RECEIPT\n\n{passcode} of me\nmore {passcode}^"
        );
        let peer = Peer::start(move |mut talk, _| {
            talk.login();
            let asked = std::iter::from_fn(|| talk.hear()).find(|came| came.has("receipt")).unwrap();
            talk.say(&error.replace("RECEIPT", &asked.header("receipt")));
        });
        for command in [
            &["send", "/queue/a", "x"][..],
            &["sub", "/queue/a"],
            &["--keep-going", "-e", "sub /queue/a", "-e", "last"],
            &["doctor"],
        ] {
            let call = Stomp::new(["-vv", "--trace", "-s", &peer.url(), "-U", "me"]);
            let ended = call.env("STOMP_PASSWORD", passcode).args(command).run();
            let shown = [&ended.stdout, ended.stderr.as_bytes()].concat();
            assert!(memchr::memmem::find(&shown, b"cAnArY").is_none(), "{command:?}: {}", ended.stderr);
            ended.stderr_has(&["message: no ***\n"]);
        }
    }
    // A token in CONNECT is a password, too.
    let peer = Peer::start(|mut talk, _| {
        talk.hear_of("CONNECT");
        talk.say("ERROR\nmessage:no token cAnArY-4711\n\n^");
    });
    let header = format!("Authorization: Bearer {CANARY}");
    let call = Stomp::new(["-vv", "-s", &peer.url(), "--connect-header", &header, "send", "/queue/a", "x"]);
    let ended = call.run();
    hides(&ended);
    ended.stderr_has(&["no token ***\n"]);
}

/// What nobody may do with a URL, and every way to be told so.
#[test]
fn a_password_of_a_url_is_in_no_usage_error() {
    // Some lines of scripts are looked at only once there is a connection.
    let broker = Embedded::start();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("stomp://u:{CANARY}@127.0.0.1:1");
    let http = format!("http://u:{CANARY}@127.0.0.1:1");
    let socket = format!("ws://127.0.0.1:1/ws?access_token={CANARY}");
    let bare = format!("u:{CANARY}@127.0.0.1");
    for arguments in [
        &["queues", &url][..],
        &["queues", &bare],
        &["queues", &socket],
        &["queues", "--management", &http],
        &["--color", "always", "queues", &url],
        &["--management", &format!("{http} x"), "queues"],
        &[&format!("--management=x{http}"), "queues"],
        &["sub", &url],
        &["send", &url, "x"],
        &["send", &socket, "x"],
        &["peek", &url],
        &["move", "/queue/a", &url],
        &["ctx", "rm", &url],
        &["ctx", "rm", &socket],
        &["ctx", "use", &url],
        &["ctx", "add", &url, "a"],
        &["--context", &url, "queues"],
        &["-s", &url, &url],
        &["--port", &url, "queues"],
        &[&format!("{url}/a?b")],
        &["stompp://u:cAnArY-4711@h"],
        &["-e", &format!("sub {url}")],
        &["-e", &format!("send {url} x")],
        &["-e", &format!("queues {url}")],
        &["-e", &format!("use {url}")],
        &["-e", &format!("connect --port {url}")],
        &["-e", &format!("connect --management '{http} x' h")],
        &["-e", &format!("{url} x")],
        &["-e", &format!("@{url} x")],
    ] {
        let call = Stomp::new(arguments).env("XDG_CONFIG_HOME", folder.path());
        let ended = call.env("STOMP_URL", broker.url()).run();
        hides(&ended);
        // A wrong line of a script is no wrong use of the command line.
        assert!(matches!(ended.code, Some(1 | 2)), "{arguments:?}: {:?} {}", ended.code, ended.stderr);
    }
    let ended = Stomp::new(["sub", "stomp://127.0.0.1:1"]).run().code(2);
    ended.stderr_has(&["a destination is wanted here, not a URL"]);
}

#[test]
fn a_token_in_a_header_is_in_no_trace_and_in_no_usage_error() {
    let broker = Embedded::start();
    for header in ["Authorization: Bearer cAnArY-4711", "x-api-token:cAnArY-4711", "Cookie: a=cAnArY-4711"] {
        for command in [
            &["send", "-H", header, "/queue/a", "x"][..],
            &["sub", "-c", "1", "-H", header, "/queue/a"],
            &["-e", &format!("send -H '{header}' /queue/a x")],
        ] {
            let ended = Stomp::new(["-vv", "-s", &broker.url()]).args(command).run();
            assert!(!ended.stderr.contains(CANARY), "{command:?}: {}", ended.stderr);
            assert!(ended.stderr.contains("***"), "{command:?}: {}", ended.stderr);
        }
        let wrong = header.replace(':', " ");
        for command in
            [&["send", "-H", &wrong, "/queue/a", "x"][..], &["-e", &format!("sub -H '{wrong}' /queue/a")]]
        {
            let ended = Stomp::new(["-s", &broker.url()]).args(command).run();
            hides(&ended);
            ended.stderr_has(&["it has no colon"]);
        }
    }
}

#[test]
fn a_password_is_in_no_listing_and_in_no_file_that_the_program_writes() {
    let broker = Embedded::start();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("stomp");
    std::fs::create_dir(&config).unwrap();
    let call = |arguments: &[&str]| {
        Stomp::new(arguments).env("XDG_CONFIG_HOME", folder.path()).env("XDG_STATE_HOME", folder.path())
    };
    // What a context cannot hold is said, and not left out in silence.
    let url = format!("stomp://me:{CANARY}@127.0.0.1");
    for refused in [&["ctx", "add", "a", &url][..], &["ctx", "add", "a", "stomp://h", "--password", CANARY]] {
        let ended = call(refused).run().code(2);
        ended.stderr.contains("--password-file").then_some(()).expect("what to do");
        hides(&ended);
    }
    assert!(!config.join("config.toml").exists());
    // By hand anything can be written.
    std::fs::write(config.join("config.toml"), format!("[context.a]\nurl = \"{url}\"\n")).unwrap();
    let listed = call(&["ctx", "ls"]).run().code(0).stdout("  a  stomp://me:***@127.0.0.1\n");
    hides(&listed);
    let offered = call(&["complete", "fish", "--", "stomp", "--context", ""]).run().code(0);
    hides(&offered);
    assert!(String::from_utf8_lossy(&offered.stdout).contains("stomp://me:***@127.0.0.1"), "{offered:?}");
    hides(&call(&["--context", "a", "-vv", "--connect-timeout", "1", "send", "/queue/a", "x"]).run());

    let transcript = folder.path().join("transcript");
    let script = format!(
        "log {log}\nset password {CANARY}\nset\nset password\nconnect stomp://me:{CANARY}@127.0.0.1:{port}\nstatus\n\
         connect --as b -U me --password {CANARY} stomp://127.0.0.1:{port}\nalias c connect {url}\nalias\nhistory\n\
         send -H 'passcode: {CANARY}' /queue/a x\nhelp connect\nlog off\n",
        log = transcript.display(),
        port = broker.port(),
    );
    let ended = call(&["-vv", "--trace", "--keep-going", "-s", &broker.url()]).input(&script).run();
    hides(&ended);
    let written = std::fs::read_to_string(&transcript).unwrap();
    assert!(written.contains("connect stomp://me:***@127.0.0.1") && !written.contains(CANARY), "{written}");
}

#[test]
fn insecure_is_warned_of_each_time_and_never_comes_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("stomp");
    std::fs::create_dir(&config).unwrap();
    let call = |arguments: &[&str]| Stomp::new(arguments).env("XDG_CONFIG_HOME", folder.path());
    let closed = crate::peer::ClosedPort::new();
    let url = format!("stomps://127.0.0.1:{}", closed.port());
    for command in [&["send", "/queue/a", "x"][..], &["sub", "/queue/a"], &["doctor"], &["-e", "status"]] {
        let warned = call(&["-s", &url, "--insecure"]).args(command).run().code(3);
        assert_eq!(
            warned.stderr.matches("the broker's certificate is not verified").count(),
            1,
            "{command:?}"
        );
        let silent = call(&["-s", &url]).args(command).run().code(3);
        assert!(!silent.stderr.contains("not verified"), "{}", silent.stderr);
    }
    call(&["ctx", "add", "a", &url, "--insecure"])
        .run()
        .code(2)
        .stderr_has(&["a context cannot hold --insecure", "said anew for each run"]);
    std::fs::write(config.join("config.toml"), format!("[context.a]\nurl = \"{url}\"\ninsecure = true\n"))
        .unwrap();
    let refused = call(&["--context", "a", "send", "/queue/a", "x"]).run().code(2);
    refused.stderr_has(&["insecure", "--insecure is for one run"]);
}

#[test]
fn a_password_file_that_others_can_read_is_refused_by_every_command() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), CANARY).unwrap();
    let path = file.path().to_str().unwrap();
    let closed = crate::peer::ClosedPort::new();
    for mode in [0o640, 0o604, 0o644, 0o660] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        for command in [&["send", "/queue/a", "x"][..], &["sub", "/queue/a"], &["doctor"], &["-e", "status"]]
        {
            let call = Stomp::new(["-s", &closed.url(), "-U", "me", "--password-file", path]).args(command);
            // A script's own line was right.
            let ended = call.run();
            assert!(matches!(ended.code, Some(1 | 2)), "{command:?}: {:?}", ended.code);
            hides(&ended);
            ended.stderr_has(&["can be read by others", "chmod 600"]);
        }
    }
}

/// What would move a cursor, change colours or turn the direction of writing.
fn is_unsafe(text: &str) -> bool {
    text.chars().any(|c| {
        let control = c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        control || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

/// An escape sequence, C1 and a mark that turns the direction.
const EVIL: &str = "e\x1b[2Jv\u{9b}31mi\u{202e}l";

#[test]
fn nothing_that_a_broker_says_reaches_a_terminal_as_it_came() {
    let peer = Peer::start(|mut talk, _| {
        talk.login_with(&format!("server:{EVIL}\nsession:{EVIL}\nheart-beat:0,0\n"));
        while let Some(came) = talk.hear() {
            talk.receipt(&came);
            if came.verb == "SUBSCRIBE" {
                let head = format!(
                    "subscription:1\nmessage-id:{EVIL}\nack:1\ndestination:/queue/{EVIL}\nx-{EVIL}:{EVIL}"
                );
                talk.say(&format!("MESSAGE\n{head}\n\nbody {EVIL}^"));
                talk.say(&format!("ERROR\nmessage:{EVIL}\\nhint: run this\nx-{EVIL}:{EVIL}\n\n{EVIL}^"));
                return;
            }
        }
    });
    let url = peer.url();
    // To a terminal, in each form that is for people.
    for form in
        [&[][..], &["--headers"], &["--headers-only"], &["-F", "%i %d %b %H\\n"], &["--raw"], &["--jsonl"]]
    {
        let call = [&["-v", "--trace", "-s", url.as_str(), "sub", "/queue/a"][..], form].concat();
        let mut screen = Setting::new(&call).start();
        screen.shows("error: ");
        screen.ends(5);
        let written = screen.written();
        let text = String::from_utf8_lossy(&written);
        assert!(!is_unsafe(&text), "{form:?}: {text:?}");
        assert!(text.contains("\\x1b[2J"), "{form:?}: {text:?}");
        assert!(!text.contains("\nhint: run this"), "{text:?}");
    }
    // What is said about it goes to standard error, which may be a log that somebody looks at.
    let call = ["-vv", "--trace", "-s", &peer.url(), "sub", "--raw", "/queue/a"];
    let ended = Stomp::new(call).run().code(5).stdout(format!("body {EVIL}"));
    assert!(!is_unsafe(&ended.stderr), "{:?}", ended.stderr);
    let ended = Stomp::new(["doctor", &peer.url()]).run();
    assert!(!is_unsafe(&String::from_utf8_lossy(&ended.stdout)) && !is_unsafe(&ended.stderr), "{ended:?}");
}

#[test]
fn nothing_that_a_broker_says_reaches_the_shell_as_it_came() {
    let peer = Peer::start(|mut talk, _| {
        talk.login_with(&format!("server:{EVIL}\nheart-beat:0,0\n"));
        let came = talk.hear_of("SUBSCRIBE").unwrap();
        talk.receipt(&came);
        let head =
            format!("subscription:1\nmessage-id:{EVIL}\nack:1\ndestination:/queue/{EVIL}\nx-{EVIL}:{EVIL}");
        talk.say(&format!("MESSAGE\n{head}\n\nbody {EVIL}^"));
        let refused = talk.hear_of("SEND").unwrap();
        let receipt = refused.header("receipt");
        talk.say(&format!("ERROR\nmessage:{EVIL}\nreceipt-id:{receipt}\n\n{EVIL}^"));
        talk.confirm_all();
    });
    let mut screen = Setting::new(&["-s", &peer.url()]).start();
    screen.last_row("127.0.0.1>");
    screen.line("sub --ack client --headers /queue/a");
    screen.shows("body e\\x1b[2Jv");
    for (line, shows) in
        [("show 1", "message-id"), ("subs", "/queue/a"), ("status", "server"), ("last", "body")]
    {
        screen.line(line);
        screen.shows(shows);
    }
    // Destinations that came are offered by Tab.
    screen.keys("send /queue/e\t\t");
    screen.keys("\x03");
    screen.line("send /queue/a x");
    screen.shows("error: the broker");
    screen.line("quit");
    screen.ends(0);
    let written = screen.written();
    let text = String::from_utf8_lossy(&written);
    // Of our own there are the editor's sequences; none of theirs.
    for theirs in ["\x1b[2Jv", "\u{9b}", "\u{202e}"] {
        assert!(!text.contains(theirs), "{theirs:?} in {text:?}");
    }
}

#[test]
fn a_command_of_a_message_inherits_nothing_that_logs_in() {
    let peer = Peer::start(|mut talk, _| {
        crate::receiving::subscribed(&mut talk, "heart-beat:0,0\n");
        talk.say("MESSAGE\nsubscription:1\nmessage-id:1\nack:1\ndestination:/queue/a\nhost:evil\npassword:evil\nurl:evil\nreply-to:/queue/b\n\nx^");
        talk.confirm_all();
    });
    let variables = [
        ("STOMP_USER", "me"),
        ("STOMP_LOGIN", "me"),
        ("STOMP_PASSWORD", CANARY),
        ("STOMP_PASSCODE", CANARY),
        ("STOMP_HOST", "h"),
        ("STOMP_PORT", "1"),
        ("STOMP_VHOST", "/"),
        ("STOMP_CONTEXT", "c"),
        ("STOMP_WS_HEADER", "Authorization: x"),
        ("STOMP_HEADER_OLD", CANARY),
    ];
    for command in [
        &["sub", "-c", "1", "/queue/a", "--exec", "env >seen"][..],
        &["reply", "-c", "1", "/queue/a", "--exec", "env >seen"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("stomp");
        std::fs::create_dir(&config).unwrap();
        std::fs::write(config.join("config.toml"), "[context.c]\nurl = \"stomp://127.0.0.1:1\"\n").unwrap();
        let mut call = Stomp::new(["-q", "-s", &peer.url()]).args(command).folder(folder.path());
        call = call.env("XDG_CONFIG_HOME", folder.path()).env("STOMP_URL", peer.url());
        for (name, value) in variables {
            call = call.env(name, value);
        }
        call.run().code(0);
        let seen = std::fs::read_to_string(folder.path().join("seen")).unwrap();
        let ours: Vec<&str> = seen
            .lines()
            .filter(|line| line.starts_with("STOMP_") && !line.starts_with("STOMP_HEADER_"))
            .collect();
        assert!(ours.is_empty() && !seen.contains(CANARY), "{seen}");
        assert!(seen.contains("STOMP_HEADER_HOST=evil\n"), "{seen}");
    }
}

#[test]
fn a_broker_for_other_machines_needs_a_login_and_no_strangers_page_may_connect() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let refused = Stomp::new(["broker", "--listen", address]).run();
        refused.code(8).stdout("").stderr_has(&["needs a user and a password"]);
    }
    // Half a login is none.
    Stomp::new(["broker", "--listen", "127.0.0.1:0", "-U", "me"]).run().code(8).stdout("");
    let mut broker = Stomp::new(["broker", "--listen", "127.0.0.1:0"]).start();
    let url = broker.wait_for_stdout("the URL", |bytes| {
        Some(std::str::from_utf8(bytes).unwrap().split_once('\n')?.0.to_owned())
    });
    let address = url.strip_prefix("stomp://").unwrap().trim_end_matches('/').to_owned();
    let answer = |host: &str, origin: &str| {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(crate::stomp::DEADLINE)).unwrap();
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{origin}\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).unwrap();
        String::from_utf8_lossy(&first[9..]).into_owned()
    };
    assert_eq!(answer(&address, ""), "101");
    assert_eq!(answer(&address, &format!("Origin: http://{address}\r\n")), "101");
    assert_eq!(answer(&address, "Origin: https://evil.example\r\n"), "403");
    // A page may give a name of its own this machine's address.
    assert_eq!(answer("evil.example", "Origin: http://evil.example\r\n"), "403");
}
