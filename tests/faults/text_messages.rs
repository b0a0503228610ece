//! A WebSocket server that changes binary bodies, as Spring does.

use std::net::TcpStream;

use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::{Message, WebSocket};

use crate::embedded::Embedded;
use crate::peer::{Peer, Talk};
use crate::stomp::Stomp;
use crate::tape::frames;

/// A connection after the handshakes of WebSocket and STOMP.
fn login(talk: &mut Talk) -> WebSocket<TcpStream> {
    let mut socket = tungstenite::accept(talk.stream().try_clone().unwrap()).unwrap();
    hear(&mut socket, "CONNECT").unwrap();
    say(&mut socket, "CONNECTED\nversion:1.2\n\n\0");
    socket
}

fn say(socket: &mut WebSocket<TcpStream>, text: &str) {
    socket.send(Message::text(text)).unwrap();
}

/// The next frame with this verb, and its receipt.
fn hear(socket: &mut WebSocket<TcpStream>, verb: &str) -> Option<(Vec<u8>, String)> {
    loop {
        let bytes = socket.read().ok()?.into_data().to_vec();
        let Some(seen) = frames(&bytes).next().filter(|seen| seen.verb == verb) else { continue };
        let receipt = seen.header("receipt").map(|id| format!("RECEIPT\nreceipt-id:{id}\n\n\0"));
        return Some((bytes, receipt.unwrap_or_default()));
    }
}

fn message(number: usize, length: usize, body: &str) -> String {
    format!(
        "MESSAGE\nsubscription:1\nmessage-id:{number}\nack:{number}\ndestination:/queue/a\ncontent-length:{length}\n\n{body}\0"
    )
}

/// Says these messages to who subscribes, by `way`.
fn saying(messages: Vec<String>, way: fn(&mut WebSocket<TcpStream>, &str)) -> Peer {
    Peer::start(move |mut talk, _| {
        let mut socket = login(&mut talk);
        let (_, receipt) = hear(&mut socket, "SUBSCRIBE").unwrap();
        say(&mut socket, &receipt);
        for message in &messages {
            way(&mut socket, message);
        }
        if let Some((_, receipt)) = hear(&mut socket, "DISCONNECT") {
            say(&mut socket, &receipt);
        }
    })
}

fn url(peer: &Peer) -> String {
    format!("ws://127.0.0.1:{}/ws", peer.port())
}

#[test]
fn a_text_message_that_ends_in_nul_ends_its_frame_whatever_content_length_says() {
    let in_fragments = |socket: &mut WebSocket<TcpStream>, text: &str| {
        let (first, rest) = text.split_at(text.len() - 1);
        let fragment = |data: &str, kind, last| {
            Message::Frame(Frame::message(data.to_owned(), OpCode::Data(kind), last))
        };
        socket.send(fragment(first, Data::Text, false)).unwrap();
        socket.send(fragment(rest, Data::Continue, false)).unwrap();
        socket.send(fragment("", Data::Continue, true)).unwrap();
    };
    let large = "\u{fffd}".repeat(500_000);
    let messages = vec![
        message(1, 4, "longer: \u{fffd}\u{fffd}") + "\n",
        message(2, 40, "shorter") + "\r\n",
        message(3, 2, "ok") + "\n" + &message(4, 3, "a\0b"),
        message(5, 1_200_000, &large),
        message(6, 1_200_000, &large) + "\n",
        message(7, 10, "end"),
        "\n".to_owned(),
        // The end of a frame may be followed by ends of lines in its message.
        message(8, 2, "no") + "\n\r\n\n",
        message(9, 3, "end"),
    ];
    for way in [say, in_fragments] {
        let peer = saying(messages.clone(), way);
        let sub = Stomp::new(["-s", &url(&peer), "sub", "-c", "9", "/queue/a"]).run().code(0);
        let expected =
            format!("longer: \u{fffd}\u{fffd}\nshorter\nok\na\0b\n{large}\n{large}\nend\nno\nend\n");
        assert!(sub.stdout == expected.as_bytes(), "{:?}", String::from_utf8_lossy(&sub.stdout).get(..100));
        sub.stderr(
            "warning: the broker gives no heart-beats: a dead link is noticed by TCP keep-alive alone, after minutes\n\
             warning: the server changed the body of a message: its content-length is 4, but 14 bytes came in a \
             WebSocket text message\nhint: a binary body stays as it is if it is sent with -H 'content-type: \
             application/octet-stream'\n",
        );
    }
}

#[test]
fn a_wrong_content_length_in_a_binary_message_breaks_the_protocol_as_ever() {
    let peer = saying(vec![message(1, 4, "longer")], |socket, text| {
        socket.send(Message::binary(text.as_bytes().to_vec())).unwrap();
    });
    let sub = Stomp::new(["-s", &url(&peer), "sub", "/queue/a"]).run().code(7).stdout("");
    sub.stderr_has(&["content-length is 4, but the byte behind that many is"]);
}

#[test]
fn a_binary_body_goes_over_websocket_with_the_content_type_that_keeps_it() {
    /// The call, its input, and the content-type of each SEND.
    type Call = (&'static [&'static str], &'static [u8], &'static [Option<&'static str>]);
    let calls: [Call; 4] = [
        (&["send", "/queue/a"], b"\xff\0", &[Some("application/octet-stream")]),
        (&["send", "/queue/a", "-H", "content-type: image/png"], b"\xff", &[Some("image/png")]),
        (&["send", "/queue/a"], "\u{fffd}".as_bytes(), &[None]),
        (&["send", "-l", "/queue/a"], b"text\n\xff\n", &[None, Some("application/octet-stream")]),
    ];
    for (call, input, types) in calls {
        let peer = Peer::start(move |mut talk, _| {
            let mut socket = login(&mut talk);
            for kind in types {
                let (bytes, receipt) = hear(&mut socket, "SEND").unwrap();
                assert_eq!(frames(&bytes).next().unwrap().header("content-type"), *kind);
                say(&mut socket, &receipt);
            }
            let (_, receipt) = hear(&mut socket, "DISCONNECT").unwrap();
            say(&mut socket, &receipt);
        });
        Stomp::new(["-s", &url(&peer)]).args(call).input(input).run().code(0);
    }
}

#[test]
fn a_binary_body_that_is_handed_on_over_websocket_gets_that_type_too() {
    let broker = Embedded::start();
    let send = |more: &[&str]| {
        Stomp::new(["-s", &broker.url(), "send", "/queue/a"]).args(more).input(b"\xff").run().done("");
    };
    send(&[]);
    send(&["-H", "content-type: image/png"]);
    let peer = Peer::start(move |mut talk, _| {
        let mut socket = login(&mut talk);
        for kind in ["application/octet-stream", "image/png"] {
            let (bytes, receipt) = hear(&mut socket, "SEND").unwrap();
            assert_eq!(frames(&bytes).next().unwrap().header("content-type"), Some(kind));
            say(&mut socket, &receipt);
        }
        let (_, receipt) = hear(&mut socket, "DISCONNECT").unwrap();
        say(&mut socket, &receipt);
    });
    let mirror = ["-s", &broker.url(), "mirror", "/queue/a", "--to", &url(&peer), "-c", "2"];
    Stomp::new(mirror).run().code(0);
    assert_eq!(broker.depth("/queue/a"), 0);
}
