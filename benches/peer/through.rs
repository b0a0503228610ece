//! Through a broker: one producer with one consumer, or with many subscribers of a topic.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use rustix::process::{Resource, getrlimit, setrlimit};

use crate::client::{Batch, Client, PATIENCE, Place, TAKEN, Tally};
use crate::input::Frame;
use crate::limit::produce;

/// Receipts that may be open.
const WINDOW: u64 = 1000;

/// What a confirmed producer has to say: how many receipts came, and when the last one did.
#[derive(Debug, Clone, Copy)]
struct Produced {
    receipts: u64,
    at: Instant,
}

/// Sends `n` messages and counts their receipts, reading what has come after each write; waits for one only
/// when [`WINDOW`] are unanswered or all is sent.
fn produce_confirmed(client: &Client, batch: &mut Batch, n: u64) -> Produced {
    let mut tally = Tally::default();
    let mut bytes = vec![0; 65536];
    let mut sent: u64 = 0;
    let mut done = Produced { receipts: 0, at: Instant::now() };
    while tally.receipts < n && tally.errors == 0 {
        let open = sent.saturating_sub(tally.receipts);
        let room = WINDOW.saturating_sub(open).min(n - sent);
        let now = usize::try_from(room).unwrap_or(batch.per).min(batch.per);
        let frames = batch.numbered(now, sent + 1);
        if (&client.socket).write_all(frames).is_err() {
            break;
        }
        sent += now as u64;
        let wait = sent == n || sent.saturating_sub(tally.receipts) >= WINDOW;
        let flags = if wait { RecvFlags::empty() } else { RecvFlags::DONTWAIT };
        match recv(&client.socket, &mut bytes[..], flags) {
            Ok((_, 0)) => break,
            Ok((_, read)) => {
                tally.count(&bytes[..read]);
                done = Produced { receipts: tally.receipts, at: Instant::now() };
            }
            Err(Errno::AGAIN) if !wait => {}
            Err(_) => break,
        }
    }
    done
}

/// Starts a producer as a thread of its own; its connection stays as long as the client is kept.
fn start(client: &Arc<Client>, batch: Batch, n: u64, begun: Instant) {
    let client = Arc::clone(client);
    thread::spawn(move || match produce(&client, &batch, n) {
        Ok(()) => eprintln!("sent in {:.3} s", begun.elapsed().as_secs_f64()),
        Err(error) => eprintln!("sending ended: {error}"),
    });
}

/// Takes `n` messages; how many came, and when the last one did.
fn consume(client: &mut Client, n: u64, begun: Instant) -> (u64, Instant) {
    let mut tally = Tally::default();
    let mut bytes = vec![0; TAKEN];
    let mut last = begun;
    tally.count(client.input.rest());
    while tally.messages < n && tally.errors == 0 {
        match client.socket.read(&mut bytes) {
            Ok(0) | Err(_) => break,
            Ok(read) => {
                last = Instant::now();
                tally.count(&bytes[..read]);
            }
        }
    }
    (tally.messages, last)
}

/// Acks a message and all before it: 1.2 by its ack header, before that by message-id and subscription.
fn ack_up_to(client: &Client, frame: &Frame) -> io::Result<()> {
    let value = |name: &[u8]| {
        let value = client.input.header(frame, name)?;
        Some(String::from_utf8_lossy(value))
    };
    match value(b"ack:") {
        Some(id) if client.acks_by_id => client.say(&format!("ACK\nid:{id}\n\n")),
        _ => {
            let id = value(b"message-id:").unwrap_or_default();
            client.say(&format!("ACK\nmessage-id:{id}\nsubscription:s0\n\n"))
        }
    }
}

/// Takes `n` messages and acks the last one of each read.
fn consume_acking(client: &mut Client, n: u64, begun: Instant) -> (u64, Instant) {
    let mut got = 0;
    let mut last = begun;
    loop {
        let mut message = None;
        while let Some(frame) = client.input.next() {
            if client.input.is(&frame, b"MESSAGE") {
                got += 1;
                message = Some(frame);
            } else if client.input.is(&frame, b"ERROR") {
                let text = String::from_utf8_lossy(client.input.bytes(&frame));
                eprintln!("{text}");
                return (got, last);
            }
        }
        let failed = message.is_some_and(|frame| ack_up_to(client, &frame).is_err());
        if failed || got >= n {
            return (got, last);
        }
        match client.input.fill(&client.socket, RecvFlags::empty()) {
            Ok(0) | Err(_) => return (got, last),
            Ok(_) => last = Instant::now(),
        }
    }
}

/// One line on how many of `n` messages went through; no line's end.
fn line(got: u64, n: u64, took: Duration) -> String {
    let took = took.as_secs_f64();
    let rate = got as f64 / took;
    format!("through: {got} of {n} in {took:.3} s = {rate:.0} msg/s")
}

/// One producer, one consumer; the time runs to the last message.
pub(crate) fn through(place: &Place<'_>, destination: &str, n: u64, size: usize) -> io::Result<bool> {
    let mut rx = Client::join(place)?;
    let tx = Arc::new(Client::join(place)?);
    rx.subscribe(destination, "auto")?;
    let batch = Batch::new(destination, size, false);
    let begun = Instant::now();
    start(&tx, batch, n, begun);
    let (got, last) = consume(&mut rx, n, begun);
    writeln!(io::stdout(), "{}", line(got, n, last - begun))?;
    Ok(got == n)
}

/// The same with a receipt for each message and cumulative acks; the time runs to the last message, or
/// receipt.
pub(crate) fn through_confirmed(
    place: &Place<'_>,
    destination: &str,
    n: u64,
    size: usize,
) -> io::Result<bool> {
    let mut rx = Client::join(place)?;
    let tx = Client::join(place)?;
    rx.subscribe(destination, "client")?;
    tx.be_patient()?;
    let mut batch = Batch::new(destination, size, true);
    let begun = Instant::now();
    let producer = {
        let socket = tx.socket.try_clone()?;
        let handle = thread::spawn(move || {
            let done = produce_confirmed(&tx, &mut batch, n);
            let took = (done.at - begun).as_secs_f64();
            eprintln!("sent, {} receipts in {took:.3} s", done.receipts);
            done
        });
        (socket, handle)
    };
    let (got, last) = consume_acking(&mut rx, n, begun);
    if got < n {
        // Nothing more is wanted of the producer.
        let _ = producer.0.shutdown(Shutdown::Both);
    }
    let done = producer.1.join().map_err(|_| io::Error::other("the producer failed"))?;
    let _ = rx.leave();
    let took = done.at.max(last) - begun;
    let receipts = done.receipts;
    writeln!(io::stdout(), "{}, {receipts} receipts", line(got, n, took))?;
    Ok(got == n && receipts == n)
}

/// Reads whatever comes on these connections until each has `n` messages, has ended, or all are silent for
/// too long. Returns when the last byte came.
fn gather(clients: &[Client], tallies: &mut [Tally], n: u64) -> io::Result<Instant> {
    let mut bytes = vec![0; 1 << 18];
    let mut last = Instant::now();
    let mut left = clients.len();
    let patience = Timespec::try_from(PATIENCE).map_err(io::Error::other)?;
    let mut polled: Vec<PollFd<'_>> =
        clients.iter().map(|client| PollFd::new(&client.socket, PollFlags::IN)).collect();
    // Whose each of the polled is: those that ended are taken out.
    let mut whose: Vec<usize> = (0..clients.len()).collect();
    while left > 0 && poll(&mut polled, Some(&patience)).is_ok_and(|ready| ready > 0) {
        for i in (0..polled.len()).rev() {
            if polled[i].revents().is_empty() {
                continue;
            }
            let tally = &mut tallies[whose[i]];
            let full = tally.messages >= n;
            let read = recv(&clients[whose[i]].socket, &mut bytes[..], RecvFlags::DONTWAIT);
            let ended = match read {
                Ok((_, 0)) | Err(_) => true,
                Ok((_, read)) => {
                    tally.count(&bytes[..read]);
                    false
                }
            };
            if !full && (ended || tally.messages >= n) {
                left -= 1;
            }
            if ended {
                polled.swap_remove(i);
                whose.swap_remove(i);
            }
        }
        last = Instant::now();
    }
    Ok(last)
}

/// One producer, many subscribers of a topic, each on a connection of its own.
pub(crate) fn fanout(
    place: &Place<'_>,
    destination: &str,
    n: u64,
    size: usize,
    count: usize,
) -> io::Result<bool> {
    let mut files = getrlimit(Resource::Nofile);
    files.current = files.maximum;
    let _ = setrlimit(Resource::Nofile, files);
    let mut clients = Vec::with_capacity(count);
    let mut tallies = vec![Tally::default(); count];
    for tally in &mut tallies {
        let mut client = Client::join(place)?;
        client.subscribe(destination, "auto")?;
        tally.count(client.input.rest());
        client.input = crate::input::Input::new(0);
        clients.push(client);
    }
    let tx = Arc::new(Client::join(place)?);
    let batch = Batch::new(destination, size, false);
    let begun = Instant::now();
    start(&tx, batch, n, begun);
    let took = (gather(&clients, &mut tallies, n)? - begun).as_secs_f64();
    let got: u64 = tallies.iter().map(|t| t.messages).sum();
    let full = tallies.iter().filter(|t| t.messages == n).count();
    let poorest = tallies.iter().map(|t| t.messages).fold(n, u64::min);
    writeln!(
        io::stdout(),
        "fanout: {got} of {} deliveries in {took:.3} s = {:.0} deliveries/s, \
         {full} of {count} subscribers got all {n}, the poorest {poorest}",
        n * count as u64,
        got as f64 / took
    )?;
    Ok(full == count)
}
