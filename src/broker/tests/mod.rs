//! The broker's tests. Most hold conversations with the router alone: no socket, no clock.

mod acks;
mod clients;
mod conversations;
mod defects;
mod destinations;
mod limits;
mod sockets;
mod transactions;
mod traps;
mod versions;

use super::BrokerConfig;
use super::connection::ConnectionStage;
use super::fuzzing::RouterClient;
use super::router::Router;
use crate::protocol::Limits;
use crate::transport::Secret;

/// A router and its peers, as their tasks would drive it.
struct Harness {
    router: Router,
    peers: Vec<RouterClient>,
}

/// One peer of a harness.
#[derive(Clone, Copy)]
struct ClientIndex(usize);

impl Harness {
    fn new() -> Self {
        Self::with(BrokerConfig::default())
    }

    fn with(config: BrokerConfig) -> Self {
        Self { router: Router::new(config), peers: Vec::new() }
    }

    /// A peer that has not logged in.
    fn connect(&mut self) -> ClientIndex {
        let name = format!("peer {}", self.peers.len());
        self.peers.push(RouterClient::connect(&mut self.router, name));
        ClientIndex(self.peers.len() - 1)
    }

    /// A peer that has logged in with this version.
    fn login(&mut self, version: &str) -> ClientIndex {
        let client = self.connect();
        let got = self.ask(client, &format!("CONNECT\naccept-version:{version}\nhost:/\n\n\0"));
        assert!(got.starts_with(&format!("CONNECTED\nversion:{version}\n")), "{got}");
        client
    }

    /// Hands these bytes in, and gives back what comes out for the same peer. `^` in what comes out
    /// stands for NUL.
    fn ask(&mut self, client: ClientIndex, text: &str) -> String {
        self.tell(client, text);
        self.hear(client)
    }

    fn tell(&mut self, client: ClientIndex, text: &str) {
        self.tell_bytes(client, text.as_bytes());
    }

    fn tell_bytes(&mut self, client: ClientIndex, bytes: &[u8]) {
        self.peers[client.0].send(&mut self.router, bytes);
    }

    /// What was sent to this peer since it was last heard. All of it reaches its socket.
    fn hear(&mut self, client: ClientIndex) -> String {
        String::from_utf8(self.hear_bytes(client)).unwrap().replace('\0', "^")
    }

    fn hear_bytes(&mut self, client: ClientIndex) -> Vec<u8> {
        self.peers[client.0].receive(&mut self.router)
    }

    /// The peer's link is gone, after all that it heard.
    fn leave(&mut self, client: ClientIndex) {
        let RouterClient { key, written, .. } = self.peers[client.0];
        self.router.remove(key, written);
    }

    fn is_closing(&self, client: ClientIndex) -> bool {
        self.router.status(self.peers[client.0].key).stage == ConnectionStage::Closing
    }

    fn subscribe(&mut self, client: ClientIndex, destination: &str, id: &str, more: &str) {
        let got = self
            .ask(client, &format!("SUBSCRIBE\ndestination:{destination}\nid:{id}\nreceipt:r\n{more}\n\0"));
        assert!(got.starts_with("RECEIPT\nreceipt-id:r\n\n^"), "{got}");
    }

    fn send(&mut self, client: ClientIndex, destination: &str, body: &str) {
        self.tell(client, &format!("SEND\ndestination:{destination}\n\n{body}\0"));
    }
}

/// The bodies of the MESSAGEs in what was heard, in order.
fn bodies(heard: &str) -> Vec<&str> {
    frames(heard)
        .filter(|frame| frame.starts_with("MESSAGE\n"))
        .filter_map(|frame| frame.split("\n\n").nth(1))
        .collect()
}

/// The frames in what was heard.
fn frames(heard: &str) -> impl Iterator<Item = &str> {
    heard.split('^').map(|frame| frame.trim_start_matches('\n')).filter(|frame| !frame.is_empty())
}

/// The value of this header in each frame that has it, in order.
fn headers<'a>(heard: &'a str, name: &str) -> Vec<&'a str> {
    let find = |frame: &'a str| {
        frame
            .split("\n\n")
            .next()?
            .lines()
            .skip(1)
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    };
    frames(heard).filter_map(find).collect()
}
