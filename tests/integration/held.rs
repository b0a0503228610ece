//! A queue of its own for a test on a broker that makes one only for a subscriber: whoever is subscribed
//! here takes nothing.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::on::On;
use crate::support::stomp::DEADLINE;

/// Keeps a queue there.
pub struct Held {
    _subscriber: TcpStream,
}

impl Held {
    /// The queue is there when this returns. `headers` ask for it; they let no message through.
    pub fn new(on: &On, queue: &str, headers: &str) -> Self {
        let mut subscriber = TcpStream::connect(on.url.split_once("://").unwrap().1).unwrap();
        subscriber.set_read_timeout(Some(DEADLINE)).unwrap();
        let connect = "CONNECT\naccept-version:1.2\nhost:/\nheart-beat:0,0\n\n\0";
        let subscribe = format!("SUBSCRIBE\nid:held\ndestination:{queue}\n{headers}receipt:held\n\n\0");
        subscriber.write_all(format!("{connect}{subscribe}").as_bytes()).unwrap();
        let mut said = Vec::new();
        let mut piece = [0; 4096];
        while memchr::memmem::find(&said, b"receipt-id:held").is_none() {
            let count = subscriber.read(&mut piece).unwrap();
            said.extend_from_slice(&piece[..count]);
            let shown = String::from_utf8_lossy(&said);
            assert!(count > 0 && !shown.contains("ERROR"), "no queue {queue}: {shown}");
        }
        Self { _subscriber: subscriber }
    }
}
