//! A broker that breaks the protocol: the user sees the frame and what is wrong in it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::thread;

const CONNECTED: &[u8] = b"CONNECTED\nversion:1.2\nheart-beat:10000,10000\n\n\0";

/// Reads until this many frames have come.
fn take_frames(socket: &mut TcpStream, mut count: usize) {
    let mut byte = [0];
    while count > 0 {
        socket.read_exact(&mut byte).unwrap();
        count -= usize::from(byte == [0]);
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

/// Logs the client in, and answers its first frame with these bytes.
fn answer(bytes: &'static [u8]) -> impl FnOnce(&mut TcpStream) + Send {
    move |socket| {
        take_frames(socket, 1);
        socket.write_all(CONNECTED).unwrap();
        take_frames(socket, 1);
        socket.write_all(bytes).unwrap();
    }
}

/// Confirms whatever asks for a receipt, until DISCONNECT.
fn confirm_all(socket: &mut TcpStream) {
    let (mut frame, mut byte) = (Vec::new(), [0]);
    while socket.read(&mut byte).unwrap() == 1 {
        frame.push(byte[0]);
        if byte == [0] {
            let text = String::from_utf8(std::mem::take(&mut frame)).unwrap();
            if let Some(id) = text.lines().find_map(|line| line.strip_prefix("receipt:")) {
                socket.write_all(format!("RECEIPT\nreceipt-id:{id}\n\n\0").as_bytes()).unwrap();
            }
            if text.trim_start().starts_with("DISCONNECT") {
                return;
            }
        }
    }
}

#[test]
fn a_subscriber_is_shown_the_frame_that_breaks_the_protocol() {
    let bytes = b"RECEIPT\nreceipt-id:1\n\n\0MESSAGE\nsubscription:1\nfoo:a\\tb\x1b[2J\n\nbody\0";
    let (code, text) = said(&stomp(&["sub", "/queue/a"], answer(bytes)));
    assert_eq!(
        (code, &text[..]),
        (
            7,
            "error: the broker broke the protocol: '\\t' is no escape of this version (byte 28 of the frame, 98 of the stream)\n  \
             MESSAGE\n  subscription:1\n  foo:a\\tb\\x1b[2J\n       ^^\n  \n  body\\x00\n\
             hint: from 1.1 on, a backslash is written \\\\; --protocol 1.0 takes headers as they stand\n"
        )
    );
}

#[test]
fn a_sender_sees_the_frame_and_that_the_outcome_is_unknown() {
    let expected = "confirmed 0, unknown 1, not sent 0\nerror: the broker broke the protocol: a header line \
                    without a colon (byte 8 of the frame, 55 of the stream)\n  RECEIPT\n  1\n  ^\n";
    let (code, text) = said(&stomp(&["send", "/queue/a", "x"], answer(b"RECEIPT\n1\n\n\0")));
    assert!(code == 7 && text.starts_with(expected), "{code}: {text}");
    // Many at once go another way.
    let (code, text) = said(&stomp(&["send", "/queue/a", "x", "--repeat", "1"], answer(b"RECEIPT\n1\n\n\0")));
    assert!(code == 7 && text.starts_with("confirmed 0, unknown 1, not sent 0\n"), "{code}: {text}");
    assert!(text.contains("\n  RECEIPT\n  1\n  ^\n"), "{text}");
}

#[test]
fn a_limit_is_named_with_the_byte_and_the_option_that_raises_it() {
    let long = Box::leak(format!("MESSAGE\nfoo:{}", "x".repeat(70_000)).into_bytes().into_boxed_slice());
    let (code, text) = said(&stomp(&["sub", "/queue/a"], answer(long)));
    assert_eq!(code, 7);
    assert!(text.contains("more than 65536 bytes in a header line (byte 65544 of the frame"), "{text}");
    assert!(text.ends_with("hint: --limit header-line=N raises this limit\n"), "{text}");
    let (code, text) = said(&stomp(
        &["sub", "/queue/a", "--limit", "header-line=70", "-c", "1"],
        answer(b"MESSAGE\nfoo:0123456789012345678901234567890123456789012345678901234567890123456789\n\n\0"),
    ));
    assert!(code == 7 && text.contains("more than 70 bytes in a header line"), "{code}: {text}");
}

/// A message whose head has these lines too, and whose body is `body`.
fn message(lines: &str) -> String {
    format!("MESSAGE\nsubscription:1\nmessage-id:1\nack:1\n{lines}\nbody\0")
}

#[test]
fn each_limit_of_the_client_is_named_with_the_byte_and_the_option_that_raises_it() {
    let lines = |count: usize, length: usize| format!("x:{}\n", "y".repeat(length - 2)).repeat(count);
    // The limit, the byte, what is beyond it, what raises it; with that, the same bytes bring a body.
    for (limit, bytes, raise) in [
        (
            "32 bytes in the first line of a frame (byte 32",
            "V".repeat(40) + "\n\n\0" + &message(""),
            "--limit verb=40",
        ),
        ("65536 bytes in a header line (byte 65578", message(&lines(1, 65_537)), "--limit header-line=65537"),
        ("1000 headers in a frame (byte 4030", message(&lines(1_000, 3)), "--limit headers=1003"),
        (
            "16777216 bytes in a frame's head (byte 16777216",
            message(&lines(300, 60_000)),
            "--limit head=20000000",
        ),
        (
            "268435456 bytes in a body (byte 57",
            message("content-length:268435457\n").replace("\nbody", "\nsubscription:1\n"),
            "--max-body BYTES",
        ),
        ("3 bytes in a body (byte 46", message(""), "--max-body 4"),
    ] {
        let bytes = "RECEIPT\nreceipt-id:1\n\n\0".to_owned() + &bytes;
        let bytes: &'static [u8] = bytes.into_bytes().leak();
        let mut options = vec!["sub", "/queue/a", "-c", "1"];
        match raise {
            "--max-body 4" => options.extend(["--max-body", "3"]),
            // What goes by in pieces has no limit; a script keeps messages.
            "--max-body BYTES" => options = vec!["-e", "sub /queue/a", "-e", "wait 1"],
            _ => {}
        }
        let (code, text) = said(&stomp(&options, answer(bytes)));
        assert_eq!(code, 7, "{text}");
        assert!(
            text.contains(&format!("the broker broke the protocol: more than {limit} of the frame")),
            "{text}"
        );
        let option = raise.split(['=', '4']).next().unwrap().replace("--max-body ", "--max-body BYTES");
        assert!(text.contains(&format!("hint: {}", option.trim_end_matches("BYTES"))), "{text}");
        assert!(text.ends_with(" raises this limit\n"), "{text}");
        assert!(text.lines().any(|line| line.trim_start().starts_with('^')) && text.len() < 8_000, "{text}");
        if raise.ends_with("BYTES") {
            continue;
        }
        let output = stomp(
            &[&["sub", "/queue/a", "-c", "1"], &raise.split(' ').collect::<Vec<_>>()[..]].concat(),
            move |socket| {
                answer(bytes)(socket);
                confirm_all(socket);
            },
        );
        assert_eq!(said(&output), (0, String::new()), "{raise}");
        assert_eq!(output.stdout, b"body\n", "{raise}");
    }
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
            "error: the broker broke the protocol: a header line without a colon (byte 22 of the frame, 22 of the stream)\n  \
             CONNECTED\n  version:1.2\n  nothing\n  ^^^^^^^\n  \n  \\x00\n\
             hint: a line feed in a value is written \\n from 1.1 on; --protocol 1.0 takes such lines\n"
        )
    );
    let (code, text) = said(&stomp(&["send", "/queue/a", "x"], |socket| {
        take_frames(socket, 1);
        socket.write_all(b"ERROR\ncontent-length:65537\n\n").unwrap();
    }));
    assert!(code == 7 && text.contains("more than 65536 bytes in a body"), "{code}: {text}");
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
        let mut bytes = [0; 300];
        let count = socket.read(&mut bytes).unwrap();
        socket.write_all(&bytes[..count]).unwrap();
    }));
    assert!(code == 3 && text.contains("does not answer in STOMP: it sent 'CONNECT\\n"), "{text}");
    assert!(text.contains("passcode:***"), "{text}");
}

#[test]
fn a_script_ends_with_the_frame_that_breaks_the_protocol() {
    let bytes = b"RECEIPT\nreceipt-id:1\n\n\0MESSAGE\nsubscription:1\n:x\n\nbody\0";
    let (code, text) = said(&stomp(&["-e", "sub /queue/a", "-e", "wait 1"], answer(bytes)));
    assert_eq!(code, 7, "{text}");
    assert!(text.contains("a header with an empty name") && text.contains("\n  :x\n  ^\n"), "{text}");
}
