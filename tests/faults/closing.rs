//! What the end of a WebSocket proves, and what it says: its code, its words, or neither.

use crate::peer::Peer;
use crate::stomp::Stomp;
use crate::websocket::{Upgraded, ws};

/// How a server ends the connection: with a close frame, or without one.
type End = Option<(u16, &'static str)>;

fn end(mut socket: Upgraded, end: End) {
    if let Some((code, reason)) = end {
        socket.close(code, reason);
    }
}

/// A server without receipts that ends the connection so in answer to DISCONNECT.
fn leaving(how: End) -> Peer {
    Peer::start(move |talk, _| {
        let mut socket = Upgraded::accept(talk);
        socket.login("heart-beat:0,0");
        while let Some((frame, _)) = socket.hear() {
            if frame.starts_with(b"SUBSCRIBE") {
                socket.say("MESSAGE\nsubscription:1\nmessage-id:1\nack:1\ndestination:/queue/a\n\nx^");
            }
            if memchr::memmem::find(&frame, b"DISCONNECT").is_some() {
                return end(socket, how);
            }
        }
    })
}

#[test]
fn only_an_orderly_close_answers_disconnect() {
    for (how, says) in [
        (Some((1000, "")), ""),
        (Some((1000, "Bye.")), ""),
        (Some((1000, "STOMP died")), "with code 1000 (normal closure): STOMP died"),
        (Some((1000, "queue is full")), "queue is full"),
        (Some((1001, "")), "with code 1001 (the server is going away)"),
        (Some((1009, "")), "hint: --ws-chunk 8192 sends a frame in several"),
        (None, "it ended without a WebSocket close frame"),
    ] {
        let peer = leaving(how);
        for command in [
            &["send", "/queue/a", "x"][..],
            &["send", "-l", "--receipt", "none", "/queue/a"],
            &["-e", "send /queue/a x"],
            &["sub", "-c", "1", "/queue/a"],
        ] {
            let code = if says.is_empty() { 0 } else { 6 };
            let call = Stomp::new(["--receipts", "never", "-s", &ws(&peer, "/ws")]).args(command);
            let ended = call.input("a\n").run();
            assert_eq!(ended.code, Some(code), "{how:?} {command:?}: {}", ended.stderr);
            ended.stderr_has(&[says]);
        }
    }
}

#[test]
fn the_words_of_a_normal_closure_are_shown() {
    let peer = Peer::start(|talk, _| {
        let mut socket = Upgraded::accept(talk);
        socket.login("server:RabbitMQ/4\nheart-beat:0,0");
        socket.hear();
        socket.close(1000, "STOMP died");
    });
    for (command, code) in [(&["send", "/queue/a", "x"][..], 6), (&["sub", "/queue/a"], 3)] {
        let ended = Stomp::new(["-s", &ws(&peer, "/ws")]).args(command).run().code(code);
        ended.stderr_has(&["code 1000 (normal closure): STOMP died", "hint: RabbitMQ closes so"]);
    }
}

#[test]
fn a_close_in_place_of_connected_tells_a_refused_login_from_other_ends() {
    for (how, code, says) in [
        (Some((1008, "token expired")), 4, "with code 1008 (policy violation): token expired"),
        (Some((3000, "")), 4, "with code 3000 (unauthorized)"),
        (Some((3003, "")), 4, "with code 3003 (forbidden)"),
        (Some((4401, "")), 4, "with code 4401"),
        (Some((4403, "")), 4, "with code 4403"),
        (Some((4001, "Unauthorized")), 4, "with code 4001 (a code of this server's own): Unauthorized"),
        (Some((1011, "token service is down")), 3, "with code 1011"),
        (Some((4001, "no room")), 3, "with code 4001"),
        (Some((1001, "")), 3, "going away"),
        (Some((1000, "STOMP died")), 3, "RabbitMQ closes so"),
        (Some((1000, "")), 3, "closed the connection before CONNECTED"),
        (None, 3, "without a WebSocket close frame"),
    ] {
        let peer = Peer::start(move |talk, _| {
            let mut socket = Upgraded::accept(talk);
            socket.hear();
            end(socket, how);
        });
        for command in [
            &["send", "/queue/a", "x"][..],
            &["sub", "/queue/a"],
            &["doctor"],
            &["-e", "status"],
            &["--wait", if code == 4 { "60" } else { "0" }, "send", "/queue/a", "x"],
        ] {
            let ended = Stomp::new(["-s", &ws(&peer, "/ws")]).args(command).run();
            let shown = [String::from_utf8_lossy(&ended.stdout).into_owned(), ended.stderr].concat();
            assert_eq!(ended.code, Some(code), "{how:?} {command:?}: {shown}");
            assert!(shown.contains(says), "{says:?} is missing in {shown}");
            assert!(code != 4 || shown.contains("the server may not accept the token"), "{shown}");
        }
    }
}

#[test]
fn the_words_of_a_close_show_no_token() {
    const CANARY: &str = "cAnArY-4711";
    for connects in [false, true] {
        let peer = Peer::start(move |talk, _| {
            let mut socket = Upgraded::accept(talk);
            if connects {
                socket.login("heart-beat:0,0");
            }
            socket.hear();
            socket.close(1008, "cAnArY-4711 has expired, as have cAnArY-4");
        });
        for command in
            [&["send", "/queue/a", "x"][..], &["sub", "/queue/a"], &["doctor"], &["-e", "sub /queue/a"]]
        {
            let bearer = format!("Authorization: Bearer {CANARY}");
            for (path, option) in [
                ("/ws".to_owned(), &["--ws-header", &bearer][..]),
                ("/ws".to_owned(), &["--connect-header", &bearer]),
                (format!("/ws?access_token={CANARY}"), &[]),
            ] {
                let call = Stomp::new(["-vv", "-s", &ws(&peer, &path)]).args(option).args(command);
                let ended = call.run();
                let shown = [String::from_utf8_lossy(&ended.stdout).into_owned(), ended.stderr].concat();
                assert!(!shown.contains("cAnArY"), "{option:?} {command:?}: {shown}");
                assert!(shown.contains("*** has expired, as have ***"), "{option:?} {command:?}: {shown}");
            }
        }
    }
}

#[test]
fn a_session_of_sockjs_is_told_from_a_plain_websocket() {
    let peer = Peer::start(|talk, _| {
        let mut socket = Upgraded::accept(talk);
        socket.say("o");
        while socket.hear().is_some() {}
    });
    let url = ws(&peer, "/ws/000/abcdefgh/websocket");
    let ended = Stomp::new(["-s", &url, "send", "/queue/a", "x"]).run().code(3);
    ended.stderr_has(&["it sent 'o'", "hint: this path speaks the protocol of SockJS"]);
}
