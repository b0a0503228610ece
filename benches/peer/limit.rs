//! The limits of the socket itself: write and copy.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::time::Instant;

use memchr::memchr;

use crate::client::{Batch, Client, Place};

/// Sends `n` messages as fast as the socket takes them.
pub(crate) fn produce(client: &Client, batch: &Batch, n: u64) -> io::Result<()> {
    let mut left = n;
    while left > 0 {
        (&client.socket).write_all(batch.first(left))?;
        left = left.saturating_sub(batch.per as u64);
    }
    Ok(())
}

/// The limit for senders: ready-made SEND frames, then a DISCONNECT whose receipt is awaited.
pub(crate) fn write(host: &str, port: u16, n: u64, size: usize) -> io::Result<bool> {
    let mut client = Client::join(&Place::of_peer(host, port))?;
    let batch = Batch::new("/queue/x", size, false);
    let begun = Instant::now();
    produce(&client, &batch, n)?;
    client.say("DISCONNECT\nreceipt:r\n\n")?;
    if client.input.wait_for_frame(&client.socket)?.is_none() {
        return Ok(false);
    }
    let took = begun.elapsed().as_secs_f64();
    writeln!(
        io::stdout(),
        "write: {n} frames of {} bytes in {took:.3} s = {:.0} msg/s",
        batch.each,
        n as f64 / took
    )?;
    Ok(true)
}

/// The limit for receivers: copies the bytes of `n` frames to a file, counting NULs.
pub(crate) fn copy(host: &str, port: u16, n: u64, file: &str) -> io::Result<bool> {
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    let mut client = Client::join(&Place::of_peer(host, port))?;
    let mut bytes = vec![0; 1 << 18];
    let begun = Instant::now();
    client.say("SUBSCRIBE\nid:0\ndestination:/queue/x\nack:client\n\n")?;
    let mut got = 0;
    while got < n {
        let read = client.socket.read(&mut bytes)?;
        if read == 0 {
            return Ok(false);
        }
        out.write_all(&bytes[..read])?;
        // One search a frame, as any receiver has to do at least; a bare count of NULs would be less.
        let mut rest = &bytes[..read];
        while let Some(end) = memchr(0, rest) {
            got += 1;
            rest = &rest[end + 1..];
        }
    }
    let took = begun.elapsed().as_secs_f64();
    writeln!(io::stdout(), "copy: {got} frames in {took:.3} s = {:.0} msg/s", got as f64 / took)?;
    Ok(true)
}
