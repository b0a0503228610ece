//! A broker that breaks the protocol: the user sees the frame and what is wrong in it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::thread;

const CONNECTED: &[u8] = b"CONNECTED\nversion:1.2\nheart-beat:10000,10000\n\n\0";

/// Reads until this many frames have come.
fn take_frames(socket: &mut TcpStream, mut count: usize) {
    let mut octet = [0];
    while count > 0 {
        socket.read_exact(&mut octet).unwrap();
        count -= usize::from(octet == [0]);
    }
}

/// Runs `stomp` against a peer that does this with its connection.
fn stomp(arguments: &[&str], peer: impl FnOnce(&mut TcpStream) + Send + 'static) -> Output {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("stomp://{}", listener.local_addr().unwrap());
    let peer = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        peer(&mut socket);
        // Until the other side closes, which a reset says as well.
        let _ = socket.read_to_end(&mut Vec::new());
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_stomp"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("STOMP_") {
            command.env_remove(name);
        }
    }
    command.env("STOMP_USER", "guest").env("STOMP_PASSWORD", "canary");
    command.args(arguments).args(["--server", &url]).stdin(Stdio::null());
    let output = command.output().unwrap();
    peer.join().unwrap();
    output
}

/// What was said on standard error, and the exit code.
fn said(output: &Output) -> (i32, String) {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!text.contains("canary"), "{text}");
    (output.status.code().unwrap(), text)
}

/// Logs the client in, and answers its first frame with these octets.
fn answer(octets: &'static [u8]) -> impl FnOnce(&mut TcpStream) + Send {
    move |socket| {
        take_frames(socket, 1);
        socket.write_all(CONNECTED).unwrap();
        take_frames(socket, 1);
        socket.write_all(octets).unwrap();
    }
}

#[test]
fn a_subscriber_is_shown_the_frame_that_breaks_the_protocol() {
    let octets = b"RECEIPT\nreceipt-id:1\n\n\0MESSAGE\nsubscription:1\nfoo:a\\tb\x1b[2J\n\nbody\0";
    let (code, text) = said(&stomp(&["sub", "/queue/a"], answer(octets)));
    assert_eq!(
        (code, &text[..]),
        (
            7,
            "error: the broker broke the protocol: '\\t' is no escape of this version (octet 28 of the frame, 98 of the stream)\n  \
             MESSAGE\n  subscription:1\n  foo:a\\tb\\x1b[2J\n       ^^\n  \n  body\\x00\n\
             hint: from 1.1 on, a backslash is written \\\\; --protocol 1.0 takes headers as they stand\n"
        )
    );
}

#[test]
fn a_sender_sees_the_frame_and_that_the_outcome_is_unknown() {
    let expected = "confirmed 0, unknown 1, not sent 0\nerror: the broker broke the protocol: a header line \
                    without a colon (octet 8 of the frame, 55 of the stream)\n  RECEIPT\n  1\n  ^\n";
    let (code, text) = said(&stomp(&["send", "/queue/a", "x"], answer(b"RECEIPT\n1\n\n\0")));
    assert!(code == 7 && text.starts_with(expected), "{code}: {text}");
    // Many at once go another way.
    let (code, text) = said(&stomp(&["send", "/queue/a", "x", "--repeat", "1"], answer(b"RECEIPT\n1\n\n\0")));
    assert!(code == 7 && text.starts_with("confirmed 0, unknown 1, not sent 0\n"), "{code}: {text}");
    assert!(text.contains("\n  RECEIPT\n  1\n  ^\n"), "{text}");
}

#[test]
fn a_limit_is_named_with_the_octet_and_the_option_that_raises_it() {
    let long = Box::leak(format!("MESSAGE\nfoo:{}", "x".repeat(70_000)).into_bytes().into_boxed_slice());
    let (code, text) = said(&stomp(&["sub", "/queue/a"], answer(long)));
    assert_eq!(code, 7);
    assert!(text.contains("more than 65536 octets in a header line (octet 65544 of the frame"), "{text}");
    assert!(text.ends_with("hint: --limit header-line=N raises this limit\n"), "{text}");
    let (code, text) = said(&stomp(
        &["sub", "/queue/a", "--limit", "header-line=70", "-c", "1"],
        answer(b"MESSAGE\nfoo:0123456789012345678901234567890123456789012345678901234567890123456789\n\n\0"),
    ));
    assert!(code == 7 && text.contains("more than 70 octets in a header line"), "{code}: {text}");
}

#[test]
fn what_comes_in_place_of_connected_is_shown_too() {
    let (code, text) = said(&stomp(&["send", "/queue/a", "x"], |socket| {
        take_frames(socket, 1);
        socket.write_all(b"CONNECTED\nversion:1.2\nnothing\n\n\0").unwrap();
    }));
    assert_eq!(
        (code, &text[..]),
        (
            7,
            "error: the broker broke the protocol: a header line without a colon (octet 22 of the frame, 22 of the stream)\n  \
             CONNECTED\n  version:1.2\n  nothing\n  ^^^^^^^\n  \n  \\x00\n\
             hint: a line feed in a value is written \\n from 1.1 on; --protocol 1.0 takes such lines\n"
        )
    );
    let (code, text) = said(&stomp(&["send", "/queue/a", "x"], |socket| {
        take_frames(socket, 1);
        socket.write_all(b"ERROR\ncontent-length:65537\n\n").unwrap();
    }));
    assert!(code == 7 && text.contains("more than 65536 octets in a body"), "{code}: {text}");
    assert!(text.contains("  content-length:65537\n                 ^^^^^\n"), "{text}");
    let (code, text) = said(&stomp(&["send", "/queue/a", "x"], |socket| {
        take_frames(socket, 1);
        socket.write_all(b"CONNECTED\nversion:1.9\n\n\0").unwrap();
    }));
    assert!(code == 7 && text.contains("version '1.9', which is not 1.0, 1.1 or 1.2"), "{code}: {text}");
}

#[test]
fn another_protocol_is_known_at_its_first_line_and_an_echo_tells_no_secret() {
    let (code, text) = said(&stomp(&["send", "/queue/a", "x"], |socket| {
        socket.write_all(b"SSH-2.0-OpenSSH_9.2p1\r\n").unwrap();
    }));
    assert!(
        code == 3 && text.contains("does not answer in STOMP: it sent 'SSH-2.0-OpenSSH_9.2p1\\r\\n'"),
        "{text}"
    );
    let (code, text) = said(&stomp(&["send", "/queue/a", "x", "--protocol", "1.2"], |socket| {
        let mut octets = [0; 300];
        let count = socket.read(&mut octets).unwrap();
        socket.write_all(&octets[..count]).unwrap();
    }));
    assert!(code == 3 && text.contains("does not answer in STOMP: it sent 'CONNECT\\n"), "{text}");
    assert!(text.contains("passcode:***"), "{text}");
}

#[test]
fn a_script_ends_with_the_frame_that_breaks_the_protocol() {
    let octets = b"RECEIPT\nreceipt-id:1\n\n\0MESSAGE\nsubscription:1\n:x\n\nbody\0";
    let (code, text) = said(&stomp(&["-e", "sub /queue/a", "-e", "wait 1"], answer(octets)));
    assert_eq!(code, 7, "{text}");
    assert!(text.contains("a header with an empty name") && text.contains("\n  :x\n  ^\n"), "{text}");
}
