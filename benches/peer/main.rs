//! The fastest peer that a STOMP client or broker can meet, and the raw limits beside it.
//!
//! ```text
//! peer sink PORT                answers CONNECT and RECEIPTs, counts SEND frames, throws bodies away
//! peer blast PORT N SIZE        on a SUBSCRIBE, sends N MESSAGE frames with bodies of SIZE bytes as fast as
//!                               the socket takes them
//! peer count PORT N SIZE        as blast, but each message is its own: unique ids, its number (from 1, in 10
//!                               digits) begins its body, every 100th has an escaped header; says how many
//!                               distinct messages were acked
//! peer write HOST PORT N SIZE   a raw writer of ready-made SEND frames: the limit for a sender
//! peer copy HOST PORT N FILE    a raw reader that subscribes and copies N frames to FILE (/dev/null: the
//!                               socket's own limit)
//! peer through HOST PORT N SIZE USER PASS VHOST DEST [confirmed]
//!                               one producer and one consumer push N messages through a broker; confirmed: a
//!                               receipt for each, at most 1,000 unanswered, and cumulative acks, one a read
//! peer fanout HOST PORT N SIZE SUBSCRIBERS USER PASS VHOST DEST
//!                               one producer and many subscribers of a topic
//! ```
//!
//! sink, blast and count print `listening on 127.0.0.1:PORT` (PORT 0 takes a free one), serve one connection
//! after another and print a line for each on standard error. They read while they write, so that no client
//! can block them by acks or receipts. Receipts are answered once per read, and between two pieces of 4 MiB
//! (count: 256 KiB) while messages are sent; that of a DISCONNECT after the last message. A body that holds a
//! NUL needs a content-length; one that does not fit 4 MiB is thrown away as it comes. The other modes expect
//! no NUL in a body.
//!
//! It shares nothing with the library: it reads frames in its own way, so that it can be an oracle.

#![allow(clippy::cast_precision_loss, reason = "seconds and rates are for people to read")]

mod client;
mod connection;
mod feed;
mod input;
mod limit;
mod through;

use std::process::ExitCode;

use feed::{Kind, Want};

const USAGE: &str = "\
usage: peer sink PORT
       peer blast|count PORT N SIZE        (count: SIZE of 10 at least)
       peer write HOST PORT N SIZE
       peer copy HOST PORT N FILE
       peer through HOST PORT N SIZE USER PASS VHOST DEST [confirmed]
       peer fanout HOST PORT N SIZE SUBSCRIBERS USER PASS VHOST DEST";

/// Runs the mode that the words ask for: `None` if they ask for none; whether all came that should.
fn run(words: &[&str]) -> Option<std::io::Result<bool>> {
    Some(match *words {
        ["sink", port] => {
            let want = Want { kind: Kind::Sink, n: 0, size: 0 };
            connection::serve_all(port.parse().ok()?, &want).map(|()| true)
        }
        [mode @ ("blast" | "count"), port, n, size] => {
            let kind = if mode == "count" { Kind::Count } else { Kind::Blast };
            let want = Want { kind, n: n.parse().ok()?, size: size.parse().ok()? };
            if kind == Kind::Count && want.size < 10 {
                return None;
            }
            connection::serve_all(port.parse().ok()?, &want).map(|()| true)
        }
        ["write", host, port, n, size] => {
            limit::write(host, port.parse().ok()?, n.parse().ok()?, size.parse().ok()?)
        }
        ["copy", host, port, n, file] => limit::copy(host, port.parse().ok()?, n.parse().ok()?, file),
        ["through", host, port, n, size, user, pass, vhost, dest] => {
            let place = client::Place::new(host, port, user, pass, vhost)?;
            through::through(&place, dest, n.parse().ok()?, size.parse().ok()?)
        }
        ["through", host, port, n, size, user, pass, vhost, dest, "confirmed"] => {
            let place = client::Place::new(host, port, user, pass, vhost)?;
            through::through_confirmed(&place, dest, n.parse().ok()?, size.parse().ok()?)
        }
        ["fanout", host, port, n, size, subscribers, user, pass, vhost, dest] => {
            let place = client::Place::new(host, port, user, pass, vhost)?;
            let (n, size) = (n.parse().ok()?, size.parse().ok()?);
            through::fanout(&place, dest, n, size, subscribers.parse().ok()?)
        }
        _ => return None,
    })
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Some(Ok(true)) => ExitCode::SUCCESS,
        Some(Ok(false)) => ExitCode::FAILURE,
        Some(Err(error)) => {
            eprintln!("peer: {error}");
            ExitCode::FAILURE
        }
        None => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
