//! What a WebSocket's handshake says, and what is said where it is refused or where the server closes.

use std::io::Read as _;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use tungstenite::handshake::server::{Request, Response};
use tungstenite::protocol::CloseFrame;
use tungstenite::{Message, WebSocket, accept_hdr};

use crate::peer::{Peer, Talk};
use crate::stomp::{Finished, Stomp};

/// A secret that stands nowhere by chance.
const CANARY: &str = "cAnArY-4711";

/// A server's side of a WebSocket.
pub(crate) struct Upgraded {
    socket: WebSocket<TcpStream>,
    request: Request,
}

impl Upgraded {
    /// Answers the handshake.
    #[allow(clippy::result_large_err)] // the library's callback
    pub(crate) fn accept(mut talk: Talk) -> Self {
        let mut seen = None;
        let socket = accept_hdr(talk.stream().try_clone().unwrap(), |request: &Request, answer: Response| {
            seen = Some(request.clone());
            Ok(answer)
        });
        Self { socket: socket.unwrap(), request: seen.unwrap() }
    }

    /// The values of a header of the handshake.
    pub(crate) fn header(&self, name: &str) -> Vec<String> {
        let values = self.request.headers().get_all(name).iter();
        values.map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    /// The payload of the next message, and whether that is text; `None` at the end.
    pub(crate) fn hear(&mut self) -> Option<(Vec<u8>, bool)> {
        loop {
            let message = self.socket.read().ok()?;
            if matches!(message, Message::Text(_) | Message::Binary(_)) {
                let text = message.is_text();
                return Some((message.into_data().to_vec(), text));
            }
        }
    }

    /// Sends a text message; `^` stands for NUL.
    pub(crate) fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text.replace('^', "\0"))).unwrap();
    }

    /// Takes CONNECT and says CONNECTED.
    pub(crate) fn login(&mut self, headers: &str) {
        self.hear();
        let end = if headers.is_empty() { "" } else { "\n" };
        self.say(&format!("CONNECTED\nversion:1.2\n{headers}{end}\n^"));
    }

    /// Closes with this code, and waits for the client to end.
    pub(crate) fn close(&mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame { code: code.into(), reason: reason.into() };
        self.socket.close(Some(frame)).unwrap();
        while self.hear().is_some() {}
    }

    /// Gives the receipt of each frame that asks for one in its message; what came.
    pub(crate) fn confirm_all(&mut self) -> Vec<(Vec<u8>, bool)> {
        let mut all = Vec::new();
        while let Some(message) = self.hear() {
            let text = String::from_utf8_lossy(&message.0).into_owned();
            if let Some(receipt) = text.lines().find_map(|line| line.strip_prefix("receipt:")) {
                self.say(&format!("RECEIPT\nreceipt-id:{receipt}\n\n^"));
            }
            all.push(message);
        }
        all
    }
}

pub(crate) fn ws(peer: &Peer, path: &str) -> String {
    format!("ws://127.0.0.1:{}{path}", peer.port())
}

#[track_caller]
fn hides(ended: &Finished) {
    let shown = String::from_utf8_lossy(&ended.stdout);
    assert!(!shown.contains(CANARY) && !ended.stderr.contains(CANARY), "{shown}\n{}", ended.stderr);
}

/// A server that confirms everything, if the handshake has `values` in the header `name`.
fn wanting(name: &'static str, values: &'static [&'static str]) -> Peer {
    Peer::start(move |talk, _| {
        let mut socket = Upgraded::accept(talk);
        assert_eq!(socket.header(name), values);
        socket.login("");
        socket.confirm_all();
    })
}

#[test]
fn the_handshake_has_the_headers_that_were_given() {
    let sends = ["send", "/queue/a", "x"];
    let peer = wanting("x-tenant", &["a: b"]);
    let url = ws(&peer, "/ws");
    Stomp::new(["-s", &url, "--ws-header", "X-Tenant: a: b"]).args(sends).run().code(0).stderr("");

    let peer = wanting("origin", &["https://shop.example"]);
    Stomp::new(["-s", &ws(&peer, ""), "--origin", "https://shop.example"]).args(sends).run().code(0);

    let peer = wanting("host", &["inner.example"]);
    Stomp::new(["-s", &ws(&peer, ""), "--ws-header", "Host: inner.example"]).args(sends).run().code(0);

    let peer = wanting("sec-websocket-protocol", &["v12.stomp, mqtt"]);
    Stomp::new(["-s", &ws(&peer, ""), "--ws-protocol", "v12.stomp,mqtt"]).args(sends).run().code(0);
    let peer = wanting("sec-websocket-protocol", &[]);
    Stomp::new(["-s", &ws(&peer, ""), "--ws-protocol", "none"]).args(sends).run().code(0);
}

#[test]
fn a_token_reaches_the_handshake_from_a_file_and_from_variables() {
    let header = format!("Authorization: Bearer {CANARY}");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("# for tests\n\n{header}\nX-Tenant: a\n")).unwrap();
    let from_file = format!("@{}", file.path().display());
    let peer = wanting("authorization", &["Bearer cAnArY-4711"]);
    let call = || Stomp::new(["-vv", "-s", &ws(&peer, "/ws")]);
    let sends = ["send", "/queue/a", "x"];
    for call in [
        call().args(["--ws-header", &from_file]),
        call().args(["--ws-header", "Authorization: Bearer ${TOKEN}"]).env("TOKEN", CANARY),
        call().env("STOMP_WS_HEADER", format!("{header}\nX-Tenant: a\n")),
        // What is given replaces what is in the environment.
        call()
            .args(["--ws-header", "Authorization: Bearer ${TOKEN}"])
            .env("TOKEN", CANARY)
            .env("STOMP_WS_HEADER", "Authorization: Bearer other"),
    ] {
        let ended = call.args(sends).run().code(0);
        assert!(!ended.stderr.contains("can be seen"), "{}", ended.stderr);
        hides(&ended);
    }
    // Other users of the machine see arguments.
    let ended = call().args(["--ws-header", &header]).args(sends).run().code(0);
    hides(&ended);
    ended.stderr_has(&["warning: the value of --ws-header 'Authorization' can be seen by other users"]);
}

#[test]
fn a_handshake_option_that_cannot_be_used_is_a_usage_error_that_shows_no_value() {
    let peer = Peer::start(|_, _| {});
    let (url, plain) = (ws(&peer, "/ws"), peer.url());
    let loose = tempfile::NamedTempFile::new().unwrap();
    std::fs::set_permissions(loose.path(), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let loose = format!("@{}", loose.path().display());
    let bearer = format!("Authorization: Bearer {CANARY}");
    for (arguments, says) in [
        (&["-s", &url, "--ws-header", CANARY][..], "has no colon"),
        (&["-s", &url, "--ws-header", &format!("{CANARY} {CANARY}: x")], "a name that HTTP does not allow"),
        (
            &["-s", &url, "--ws-header", &format!("X-Token: {CANARY}\r\nX: y")],
            "'X-Token' is not printable ASCII",
        ),
        (&["-s", &url, "--ws-header", "Authorization: Bearer ${NOWHERE}"], "NOWHERE, which is not set"),
        (&["-s", &url, "--ws-header", "Origin: x"], "--origin sets it"),
        (&["-s", &url, "--ws-header", "Sec-WebSocket-Key: x"], "sets the WebSocket header"),
        (&["-s", &url, "--ws-header", &loose], "can be read by others"),
        (&["-s", &url, "--ws-protocol", "a b"], "is not a list of subprotocols"),
        (&["-s", &url, "--ws-basic"], "--ws-basic needs a user"),
        (&["-s", &url, "--ws-basic", "-U", "me", "--ws-header", &bearer], "exclude each other"),
        (&["-s", &plain, "--ws-header", &bearer], "begins with ws:// or wss://"),
        (&["-s", &plain, "--origin", "x"], "begins with ws:// or wss://"),
    ] {
        let ended = Stomp::new(arguments).args(["send", "/queue/a", "x"]).run().code(2);
        hides(&ended);
        ended.stderr_has(&[says]);
    }
    // A variable is for whatever WebSocket there is.
    let ended = Stomp::new(["-s", &plain, "send", "/queue/a", "x"]).env("STOMP_WS_HEADER", bearer).run();
    ended.code(3);
    assert_eq!(peer.connections(), 1);
}

#[test]
fn user_and_password_go_as_http_basic_where_asked_for() {
    // printf me:cAnArY-4711 | base64
    let peer = wanting("authorization", &["Basic bWU6Y0FuQXJZLTQ3MTE="]);
    let url = ws(&peer, "/ws");
    let with_login = url.replace("ws://", &format!("ws://me:{CANARY}@"));
    let sends = ["send", "/queue/a", "x"];
    for call in
        [Stomp::new(["-s", &url, "-U", "me"]).env("STOMP_PASSWORD", CANARY), Stomp::new(["-s", &with_login])]
    {
        hides(&call.args(["--ws-basic", "-vv"]).args(sends).run().code(0));
    }
}

#[test]
fn a_context_keeps_the_handshake_and_no_secret_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("stomp/config.toml");
    let call = |arguments: &[&str]| {
        Stomp::new(arguments).env("XDG_CONFIG_HOME", folder.path()).env("TOKEN", CANARY).folder(folder.path())
    };
    std::fs::write(folder.path().join("more"), "X-More: 1\n").unwrap();
    std::fs::set_permissions(folder.path().join("more"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .unwrap();
    let peer = Peer::start(|talk, _| {
        let mut socket = Upgraded::accept(talk);
        let values = ["authorization", "x-more", "x-tenant", "origin", "sec-websocket-protocol"];
        let values: Vec<_> = values.iter().flat_map(|name| socket.header(name)).collect();
        assert_eq!(values, ["Bearer cAnArY-4711", "1", "a", "https://shop.example", "v12.stomp"]);
        socket.login("");
        socket.confirm_all();
    });
    let url = ws(&peer, "/ws");
    let add = ["ctx", "add", "a", &url, "--origin", "https://shop.example", "--ws-protocol", "v12.stomp"];
    let literal = format!("Authorization: Bearer {CANARY}");
    let refused = call(&add).args(["--ws-header", &literal]).run().code(2);
    hides(&refused);
    refused.stderr_has(&["has no place in the config file", "--ws-header 'Authorization: ${TOKEN}'"]);
    assert!(!config.exists());
    call(&add)
        .args(["--ws-header", "Authorization: Bearer ${TOKEN}", "--ws-header", "@more"])
        .args(["--ws-header", "X-Tenant: a"])
        .run()
        .code(0);
    let written = std::fs::read_to_string(&config).unwrap();
    assert!(written.contains("Bearer ${TOKEN}") && !written.contains(CANARY), "{written}");
    hides(&call(&["-vv", "--context", "a", "send", "/queue/a", "x"]).folder("/").run().code(0));
    // By hand anything can be written, and nothing of it is shown.
    std::fs::write(&config, written.replace("\"X-Tenant: a\"", &format!("\"X {CANARY}"))).unwrap();
    hides(&call(&["--context", "a", "send", "/queue/a", "x"]).run().code(2));
}

#[test]
fn a_reconnect_reads_the_token_from_its_file_again() {
    let file = Arc::new(tempfile::NamedTempFile::new().unwrap());
    std::fs::write(file.path(), "Authorization: Bearer first-token\n").unwrap();
    let written = Arc::clone(&file);
    let peer = Peer::start(move |talk, number| {
        let mut socket = Upgraded::accept(talk);
        let token = ["first-token", "second-token"][number];
        assert_eq!(socket.header("authorization"), [format!("Bearer {token}")]);
        std::fs::write(written.path(), "Authorization: Bearer second-token\n").unwrap();
        socket.login("");
        socket.hear();
        if number == 1 {
            socket.say("ERROR\nmessage:second-token is no good\n\n^");
            while socket.hear().is_some() {}
        }
    });
    let from_file = format!("@{}", file.path().display());
    let call = Stomp::new(["-s", &ws(&peer, "/ws"), "--ws-header", &from_file, "--reconnect"]);
    let ended = call.args(["--reconnect-delay", "0.001,0.01", "sub", "/queue/a"]).run().code(5);
    ended.stderr_has(&[": *** is no good"]);
    assert_eq!(peer.connections(), 2);
}

#[test]
fn a_token_in_a_url_comes_from_a_variable_and_is_kept_as_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("stomp/config.toml");
    let token = format!("{CANARY} +");
    let call =
        |arguments: &[&str]| Stomp::new(arguments).env("XDG_CONFIG_HOME", folder.path()).env("TOKEN", &token);
    let peer = Peer::start(|talk, _| {
        let mut socket = Upgraded::accept(talk);
        assert_eq!(socket.request.uri().to_string(), "/ws?tenant=a&access_token=cAnArY-4711%20%2B");
        socket.login("");
        socket.confirm_all();
    });
    let url = |value: &str| ws(&peer, &format!("/ws?tenant=a&access_token={value}"));
    let refused = call(&["ctx", "add", "a", &url(CANARY)]).run().code(2);
    hides(&refused);
    refused
        .stderr_has(&["'access_token' in the URL has no place in the config file", "access_token=${TOKEN}"]);
    call(&["ctx", "add", "a", &url("${TOKEN}")]).run().code(0);
    assert!(std::fs::read_to_string(&config).unwrap().contains("access_token=${TOKEN}"));
    let ended = call(&["-vv", "--context", "a", "send", "/queue/a", "x"]).run().code(0);
    hides(&ended);
    ended.stderr_has(&["/ws?tenant=***&access_token=***"]);
    let unset = call(&["-s", &url("${NOWHERE}"), "send", "/queue/a", "x"]).run().code(2);
    unset.stderr_has(&["the broker's URL names the variable NOWHERE, which is not set"]);
}

#[test]
fn a_token_for_one_server_is_not_sent_to_another() {
    let first = wanting("authorization", &["Bearer cAnArY-4711"]);
    let second = wanting("authorization", &[]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("stomp")).unwrap();
    let context = format!("[context.second]\nurl = \"{}\"\n", ws(&second, "/ws"));
    std::fs::write(folder.path().join("stomp/config.toml"), context).unwrap();
    for second in [ws(&second, "/ws"), "--context second".to_owned()] {
        let script = format!("send /queue/a x\nconnect {second}\nsend /queue/a y\n");
        let call = Stomp::new(["-s", &ws(&first, "/ws"), "--ws-header", "Authorization: Bearer ${TOKEN}"]);
        let call = call.env("TOKEN", CANARY).env("XDG_CONFIG_HOME", folder.path());
        call.input(script).run().code(0);
    }
    assert_eq!((first.connections(), second.connections()), (2, 2));
}

/// A web server that answers every request like this.
fn answering(head: &'static str) -> Peer {
    Peer::start(move |mut talk, _| {
        let mut seen = Vec::new();
        let mut piece = [0; 4096];
        while !seen.ends_with(b"\r\n\r\n") {
            let count = talk.stream().read(&mut piece).unwrap();
            seen.extend_from_slice(&piece[..count]);
        }
        let version = if head.starts_with("HTTP/") { "" } else { "HTTP/1.1 " };
        talk.write(format!("{version}{head}\r\nContent-Length: 2\r\n\r\nno").as_bytes());
    })
}

#[test]
fn a_handshake_that_is_refused_says_what_the_server_wants_and_which_option_gives_it() {
    let bearer = ["--ws-header", "Authorization: Bearer ${HOME}"];
    let origin = ["--origin", "https://a.example"];
    for (head, given, code, says) in [
        (
            "401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"demo\"",
            &[][..],
            4,
            &[
                "401 Unauthorized (WWW-Authenticate: Bearer realm=\"demo\")",
                "hint: --ws-header 'Authorization: Bearer",
            ][..],
        ),
        ("401 X\r\nWWW-Authenticate: Basic realm=x", &[], 4, &["hint: -U USER -W --ws-basic"]),
        (
            "HTTP/1.0 401\r\nWWW-Authenticate: Basic realm=x",
            &[],
            4,
            &["401 Unauthorized (WWW-Authenticate: Basic realm=x)", "hint: -U USER -W --ws-basic"],
        ),
        ("HTTP/1.0 403 X", &[], 4, &["403 Forbidden"]),
        ("401 X", &[], 4, &["hint: --ws-header", "hint: -U USER -W --ws-basic"]),
        ("401 X", &bearer, 4, &["hint: the server did not accept the credentials"]),
        (
            "403 X",
            &[],
            4,
            &[
                "403 Forbidden",
                "hint: if the server accepts only pages of its own site, --origin http://127.0.0.1:",
            ],
        ),
        ("403 X", &origin, 4, &["may not accept the origin https://a.example"]),
        (
            "404 X",
            &[],
            3,
            &["404 Not Found", "/ws (RabbitMQ, Spring), /stomp and /websocket", "/app/websocket?token=***\n"],
        ),
        (
            "400 X",
            &[],
            3,
            &["400 Bad Request", "hint: if this is a SockJS endpoint, its WebSocket is ws://127.0.0.1:"],
        ),
        (
            "302 X\r\nLocation: /login?next=x",
            &[],
            3,
            &["(it redirects to /login?next=***)", "'Cookie: ${COOKIE}'"],
        ),
        (
            "301 X\r\nLocation: /app/?token=cAnArY-4711",
            &[],
            3,
            &["hint: the WebSocket is at ws://127.0.0.1:"],
        ),
        ("308 X\r\nLocation: //h:1/app/", &[], 3, &["hint: the WebSocket is at ws://h:1/app/\n"]),
        (
            "301 X\r\nLocation: https://h/ws",
            &[],
            3,
            &["hint: if the WebSocket has moved, connect to wss://h/ws\n"],
        ),
    ] {
        let peer = answering(head);
        let url = ws(&peer, &format!("/app?token={CANARY}"));
        for command in [&["send", "/queue/a", "x"][..], &["sub", "/queue/a"], &["doctor"]] {
            let ended = Stomp::new(["-vv", "-s", &url]).args(given).args(command).run().code(code);
            hides(&ended);
            let shown = [String::from_utf8_lossy(&ended.stdout).into_owned(), ended.stderr].concat();
            for text in says {
                let text =
                    if command == ["doctor"] { text.replace("hint: ", "try: ") } else { (*text).to_owned() };
                assert!(shown.contains(&text), "{text:?} is missing in {shown}");
            }
        }
    }
}

/// A server that closes with this code after the first SEND or SUBSCRIBE.
fn closing(code: u16, reason: &'static str) -> Peer {
    Peer::start(move |talk, _| {
        let mut socket = Upgraded::accept(talk);
        socket.login("server:x\nheart-beat:0,0");
        socket.hear();
        socket.close(code, reason);
    })
}

#[test]
fn a_close_code_is_explained_in_words() {
    for (code, meaning, hint) in [
        (1007, "invalid data", "hint: give a body that is no text its type"),
        (1008, "policy violation", "hint: the server may not accept the token"),
        (1009, "message too big", "hint: --ws-chunk 8192 sends a frame in several WebSocket messages"),
        (1011, "internal error of the server", ""),
        (4500, "the client reads too slowly", "hint: the server could not send fast enough"),
        (4711, "a code of this server's own", ""),
    ] {
        let peer = closing(code, "its words");
        let url = ws(&peer, "/ws");
        let says = format!("the peer closed the WebSocket with code {code} ({meaning}");
        for (command, exit) in [
            (&["send", "/queue/a", "x"][..], 6),
            (&["send", "-l", "/queue/a"], 6),
            (&["sub", "/queue/a"], 3),
            (&["-e", "send /queue/a x"], 6),
        ] {
            let ended = Stomp::new(["-s", &url]).args(command).input("a\n").run().code(exit);
            ended.stderr_has(&[&says, "): its words", hint]);
        }
    }
}

/// The lengths of the messages of the one SEND among them, each of which is UTF-8 if it is text.
fn lengths(messages: &[(Vec<u8>, bool)], text: bool) -> Vec<usize> {
    let is_send = |message: &&(Vec<u8>, bool)| !message.0.starts_with(b"DISCONNECT");
    let sent = messages.iter().filter(is_send);
    sent.map(|(bytes, is_text)| {
        assert!(*is_text == text, "{}", bytes.escape_ascii());
        bytes.len()
    })
    .collect()
}

#[test]
fn a_long_frame_goes_in_several_messages_where_asked_for_or_where_the_server_is_known_to_need_it() {
    let euros = "\u{20ac}".repeat(4_000);
    let noise: Vec<u8> = (0..12_000_u32).map(|n| (n * 7 % 251) as u8 | 0x80).collect();
    for (headers, options, most) in [
        // Spring's own broker, its relay, and one behind a login.
        ("heart-beat:0,0", &[][..], 8192),
        ("server:RabbitMQ/4\nsession:x", &[], 8192),
        ("server:ActiveMQ/6\nsession:x\nuser-name:me", &[], 8192),
        // Others may want a frame in each message.
        ("server:ActiveMQ/6\nsession:x", &[], usize::MAX),
        ("server:peer/1", &[], usize::MAX),
        ("server:peer/1", &["--ws-chunk", "1000"], 1000),
        ("heart-beat:0,0", &["--ws-chunk", "0"], usize::MAX),
    ] {
        let came = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&came);
        let peer = Peer::start(move |talk, _| {
            let mut socket = Upgraded::accept(talk);
            socket.login(headers);
            let all = socket.confirm_all();
            seen.lock().unwrap().push(all);
        });
        for (body, text) in [(euros.as_bytes(), true), (&noise, false)] {
            let call = Stomp::new(["-s", &ws(&peer, "/ws"), "send", "/queue/a", "-"]).args(options);
            call.input(body).run().code(0);
            let all = came.lock().unwrap().pop().unwrap();
            let whole: Vec<u8> = all.iter().flat_map(|message| message.0.clone()).collect();
            assert!(memchr::memmem::find(&whole, body).is_some());
            if text {
                let lengths = lengths(&all, true);
                let few = lengths.len() <= 12_500_usize.div_ceil(most - 2) + 1;
                assert!(few && lengths.iter().all(|length| *length <= most), "{headers}: {lengths:?}");
                assert_eq!(lengths.len() == 1, most == usize::MAX, "{headers}: {lengths:?}");
            }
        }
    }
}

#[test]
fn after_a_message_that_was_too_big_a_reconnect_sends_smaller_ones() {
    let peer = Peer::start(|talk, _| {
        let mut socket = Upgraded::accept(talk);
        socket.login("server:peer/1");
        let mut frame = Vec::new();
        while let Some((bytes, _)) = socket.hear() {
            if bytes.len() > 8192 {
                return socket.close(1009, "");
            }
            frame.extend(bytes);
            if frame.ends_with(b"\0") {
                let text = String::from_utf8(std::mem::take(&mut frame)).unwrap();
                let receipt = text.lines().find_map(|line| line.strip_prefix("receipt:")).unwrap();
                socket.say(&format!("RECEIPT\nreceipt-id:{receipt}\n\n^"));
            }
        }
    });
    let call = || {
        let url = ws(&peer, "/ws");
        Stomp::new(["-s", &url, "--reconnect", "--reconnect-delay", "0.001,0.01", "send", "/queue/a", "-"])
    };
    let sent = call().input("x".repeat(20_000)).run().code(0);
    sent.stderr_has(&["message too big", "sent again after a reconnect: 1"]);
    assert_eq!(peer.connections(), 2);
    // Where smaller ones are too big as well, it ends.
    let failed = call().args(["--ws-chunk", "10000"]).input("x".repeat(20_000)).run().code(6);
    failed.stderr_has(&["message too big"]);
    assert_eq!(peer.connections(), 3);
}
