//! Row: reset at any byte, both ways.

use stomp_shell::client::{Client, ClientError, ClientOptions, Target};
use stomp_shell::protocol::{Frame, Verb};
use stomp_shell::session::Failure;
use stomp_shell::transport::parse_list;
use tokio::runtime::{Builder, Runtime};

use crate::peer::Peer;
use crate::proxy::{Harm, Plan, Proxy, Tape, Way};
use crate::stomp::Stomp;
use crate::tape::{count, frames, verbs};

/// A broker that gives receipts, and a message or two to who subscribes.
fn broker(messages: usize) -> Peer {
    Peer::start(move |mut talk, _| {
        talk.login();
        while let Some(came) = talk.hear() {
            talk.receipt(&came);
            if came.verb == "SUBSCRIBE" {
                for number in 1..=messages {
                    talk.say(&format!(
                        "MESSAGE\nsubscription:1\nmessage-id:{number}\nack:{number}\ndestination:/queue/a\n\nbody {number}^"
                    ));
                }
            }
            if came.verb == "DISCONNECT" {
                return;
            }
        }
    })
}

/// Where the frames of a tape end.
fn ends(bytes: &[u8]) -> Vec<u64> {
    frames(bytes).map(|seen| seen.end as u64).collect()
}

/// How far a message comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reached {
    /// No CONNECTED.
    Nothing,
    /// CONNECTED, and no byte of the SEND was given to the socket.
    NotSent,
    Unknown,
    Confirmed,
}

/// Connects, sends, disconnects.
fn send(runtime: &Runtime, proxy: &Proxy) -> Reached {
    runtime.block_on(async {
        let options = ClientOptions::new(Target::Remote(parse_list(&proxy.url()).unwrap()));
        let (client, _events) = match Client::connect(options).await {
            Ok(connected) => connected,
            // A reset may come before the system has handed the connection over.
            Err(ClientError::ClosedAtConnect { .. } | ClientError::Dial(_)) => return Reached::Nothing,
            Err(error) => panic!("{error}"),
        };
        let frame = Frame::new(Verb::Send).with("destination", "/queue/a").body("hello");
        match client.send(frame, false, true).await {
            Ok(_) => {
                // An end of the connection is as good as its receipt, or came before it.
                let _ = client.disconnect().await;
                Reached::Confirmed
            }
            Err(ClientError::Failure(Failure::Unknown { .. })) => Reached::Unknown,
            Err(_) => Reached::NotSent,
        }
    })
}

#[test]
fn a_reset_at_any_byte_of_a_send_leaves_no_doubt_about_what_is_known() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let peer = broker(0);
    let whole = {
        let proxy = Proxy::harmless(peer.port());
        assert_eq!(send(&runtime, &proxy), Reached::Confirmed);
        proxy.ended().remove(0)
    };
    assert_eq!(verbs(&whole.up), ["CONNECT", "SEND", "DISCONNECT"]);
    assert_eq!(verbs(&whole.down), ["CONNECTED", "RECEIPT", "RECEIPT"]);
    let (up, down) = (ends(&whole.up), ends(&whole.down));
    for harm in [Harm::Reset, Harm::Close] {
        for byte in 0..up[2] {
            let proxy = Proxy::start(peer.port(), 0, move |_, _| Plan::up(Way::harm(byte, harm)));
            let reached = send(&runtime, &proxy);
            let expected = match byte {
                byte if byte <= up[0] => Reached::Nothing,
                byte if byte <= up[1] => Reached::Unknown,
                _ => Reached::Confirmed,
            };
            assert_eq!(reached, expected, "{harm:?} after {byte} bytes to the broker");
        }
        for byte in 0..down[2] {
            let proxy = Proxy::start(peer.port(), 0, move |_, _| Plan::down(Way::harm(byte, harm)));
            let reached = send(&runtime, &proxy);
            let expected: &[Reached] = match byte {
                byte if byte < down[0] => &[Reached::Nothing],
                // The SEND may or may not have begun.
                byte if byte == down[0] => &[Reached::NotSent, Reached::Unknown],
                byte if byte < down[1] => &[Reached::Unknown],
                _ => &[Reached::Confirmed],
            };
            assert!(expected.contains(&reached), "{harm:?} after {byte} bytes to the client: {reached:?}");
        }
    }
}

#[test]
fn a_reset_before_connected_is_3_a_send_without_its_receipt_6_and_a_disconnect_0() {
    let peer = broker(0);
    let run = |plan: Plan, code: i32, says: &str| {
        let proxy = Proxy::start(peer.port(), 0, move |_, _| plan);
        let sent = Stomp::new(["-s", &proxy.url(), "send", "/queue/a", "hello"]).run().code(code).stdout("");
        sent.stderr_has(&[says]);
    };
    let whole = {
        let proxy = Proxy::harmless(peer.port());
        Stomp::new(["-s", &proxy.url(), "send", "/queue/a", "hello"]).run().done("");
        proxy.ended().remove(0)
    };
    let (up, down) = (ends(&whole.up), ends(&whole.down));
    let unknown = "confirmed 0, unknown 1, not sent 0\n";
    // It may come before the connection is ready.
    run(Plan::up(Way::harm(0, Harm::Reset)), 3, "");
    for byte in [1, up[0] - 1, up[0]] {
        run(Plan::up(Way::harm(byte, Harm::Reset)), 3, "closed the connection before CONNECTED");
    }
    for byte in [up[0] + 1, up[1] - 1, up[1]] {
        run(Plan::up(Way::harm(byte, Harm::Reset)), 6, unknown);
    }
    for byte in [up[1] + 1, up[2] - 1] {
        run(Plan::up(Way::harm(byte, Harm::Reset)), 0, "");
    }
    for byte in [1, down[0] - 1] {
        run(Plan::down(Way::harm(byte, Harm::Reset)), 3, "closed the connection before CONNECTED");
    }
    for byte in [down[0] + 1, down[1] - 1] {
        run(Plan::down(Way::harm(byte, Harm::Reset)), 6, unknown);
    }
    for byte in [down[1], down[1] + 1, down[2] - 1] {
        run(Plan::down(Way::harm(byte, Harm::Reset)), 0, "");
    }
}

/// The bodies of the MESSAGEs that came whole, a line each, and no half one.
fn whole_bodies(tape: &Tape) -> Vec<u8> {
    let whole = frames(&tape.down).filter(|seen| seen.verb == "MESSAGE");
    whole.flat_map(|seen| [seen.body, b"\n"].concat()).collect()
}

#[test]
fn half_a_message_is_neither_printed_nor_acked() {
    let peer = broker(3);
    let sub = |proxy: &Proxy| Stomp::new(["-q", "-s", &proxy.url(), "sub", "-c", "3", "/queue/a"]).run();
    let whole = {
        let proxy = Proxy::harmless(peer.port());
        sub(&proxy).done("body 1\nbody 2\nbody 3\n");
        proxy.ended().remove(0)
    };
    let down = ends(&whole.down);
    assert_eq!(count(&whole.down, "MESSAGE"), 3);
    // Behind CONNECTED and the receipt of SUBSCRIBE: around each frame's ends, and some between.
    let near = |byte: u64| down.iter().any(|end| byte.abs_diff(*end) <= 1);
    for byte in (down[1]..down[4]).filter(|byte| near(*byte) || byte % 7 == 0) {
        for harm in [Harm::Reset, Harm::Close] {
            let proxy = Proxy::start(peer.port(), 0, move |_, _| Plan::down(Way::harm(byte, harm)));
            let ended = sub(&proxy).code(3);
            let tape = proxy.ended().remove(0);
            assert_eq!(ended.stdout, whole_bodies(&tape), "{harm:?} after {byte}");
            let acks =
                frames(&tape.up).filter(|seen| seen.verb == "ACK").filter_map(|seen| seen.header("id"));
            let printed = count(&tape.down, "MESSAGE");
            let acked = acks.map(|id| id.parse::<usize>().unwrap()).max().unwrap_or(0);
            assert!(acked <= printed, "{acked} acked of {printed}");
        }
    }
}
