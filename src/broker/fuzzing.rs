//! A client of the router without sockets, for tests; conversations made from arbitrary bytes.

use std::task::Waker;

use bytes::BytesMut;

use super::config::BrokerConfig;
use super::connection::ConnectionStage;
use super::keys::ConnectionKey;
use super::router::Router;
use crate::protocol::{Batch, Decoder, Limits, ShortLength, Verb};

/// A client of the router without a socket: whatever it receives counts as written.
pub(super) struct RouterClient {
    pub(super) key: ConnectionKey,
    pub(super) written: u64,
    decoder: Decoder,
    input: BytesMut,
}

impl RouterClient {
    pub(super) fn connect(router: &mut Router, name: String) -> Self {
        let short = if router.config.strict { ShortLength::Refuse } else { ShortLength::TakeToNul };
        let decoder = Decoder::new(Limits::BROKER_BEFORE_CONNECT).short_length(short);
        Self { key: router.connect(name), written: 0, decoder, input: BytesMut::new() }
    }

    pub(super) fn send(&mut self, router: &mut Router, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
        let mut batch = Batch::default();
        loop {
            let status = router.status(self.key);
            if status.stage == ConnectionStage::Closing {
                return;
            }
            if let Some(version) = status.version {
                self.decoder.set_version(version);
                self.decoder.set_limits(router.config.limits);
            }
            let done = self.decoder.decode(&mut self.input, &mut batch);
            let lf_follows = self.decoder.stopped() && matches!(self.input.first(), Some(b'\n' | b'\r'));
            router.feed(self.key, &batch, 0, lf_follows);
            if let Err(error) = done {
                router.refuse_bytes(self.key, &error);
            }
            if !self.decoder.stopped() {
                return;
            }
        }
    }

    pub(super) fn receive(&mut self, router: &mut Router) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let mut some = Vec::new();
            router.fetch(self.key, self.written, &mut some, Waker::noop());
            if some.is_empty() {
                return all;
            }
            self.written += some.len() as u64;
            all.append(&mut some);
        }
    }

    fn log_in(router: &mut Router, version: Option<&str>) -> Self {
        let mut client = Self::connect(router, String::new());
        if let Some(version) = version {
            let connect = format!("CONNECT\naccept-version:{version}\nhost:/\n\n\0");
            client.send(router, connect.as_bytes());
            assert_eq!(router.status(client.key).stage, ConnectionStage::Open);
        }
        client
    }

    /// Decodes all output for the client, which panics if it is not STOMP, and counts its frames.
    fn count_frames(&mut self, router: &mut Router, counts: &mut FrameCounts) {
        let all = self.receive(router);
        let mut decoder = Decoder::new(Limits { headers: 10_000, ..Limits::CLIENT });
        if let Some(version) = router.status(self.key).version {
            decoder.set_version(version);
        }
        let (mut input, mut batch) = (BytesMut::from(&all[..]), Batch::default());
        loop {
            if let Err(error) = decoder.decode(&mut input, &mut batch) {
                panic!("{error}: {}", all.escape_ascii());
            }
            for frame in batch.iter() {
                counts.frames += 1;
                counts.errors += usize::from(frame.verb() == Verb::Error);
            }
            if !decoder.stopped() {
                break;
            }
        }
        assert!(decoder.is_between_frames(), "half a frame: {}", all.escape_ascii());
    }
}

#[derive(Debug, Default)]
struct FrameCounts {
    frames: usize,
    errors: usize,
}

/// Runs a conversation of four clients with the router. Each step is two bytes, which client does what
/// and the number of bytes that it sends, and these bytes.
///
/// # Panics
///
/// Panics if the router's output is not STOMP, or if it keeps state of a client that has left.
pub fn converse(bytes: &[u8]) {
    run(bytes);
}

fn run(mut bytes: &[u8]) -> FrameCounts {
    let mut total = FrameCounts::default();
    let config =
        BrokerConfig { queue_bytes: 1 << 10, subscriptions: 4, transactions: 2, ..BrokerConfig::default() };
    let mut router = Router::new(config);
    let versions = [Some("1.0"), Some("1.1"), Some("1.2"), None];
    let mut clients = versions.map(|version| Some(RouterClient::log_in(&mut router, version)));
    while let [what, length, rest @ ..] = bytes {
        let (bytes_sent, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        bytes = rest;
        let slot = &mut clients[usize::from(what & 3)];
        match (what >> 2 & 7, slot.as_mut()) {
            (0, Some(client)) => {
                router.remove(client.key, client.written);
                *slot = None;
            }
            (1, Some(client)) => client.count_frames(&mut router, &mut total),
            (_, Some(client)) => client.send(&mut router, bytes_sent),
            (_, None) => *slot = Some(RouterClient::log_in(&mut router, versions[usize::from(length & 3)])),
        }
    }
    for mut client in clients.into_iter().flatten() {
        client.count_frames(&mut router, &mut total);
        router.remove(client.key, client.written);
    }
    assert_eq!((router.peers.len(), router.subs.len()), (0, 0));
    assert!(router.topics.is_empty());
    for queue in router.queue_figures() {
        assert_eq!((queue.unsettled, queue.subscribers), (0, 0), "{queue:?}");
    }
    total
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::{converse, run};

    const FRAMES: [&str; 22] = [
        "CONNECT\naccept-version:1.2\n\n\0",
        "SUBSCRIBE\nid:1\ndestination:/queue/a\nack:client\nreceipt:1\n\n\0",
        "SUBSCRIBE\nid:2\ndestination:/queue/a\nack:client-individual\n\n\0",
        "SUBSCRIBE\nid:3\ndestination:/topic/>\n\n\0",
        "UNSUBSCRIBE\nid:1\n\n\0",
        "SEND\ndestination:/queue/a\n\nx\0",
        "SEND\ndestination:/queue/a\nx\\c:a\\nb\nx:2\ncontent-length:3\n\na\0b\0",
        "SEND\ndestination:/queue/a\nfoo: a:b\\\\ \nreceipt:a\\cb\n\n\0",
        "SEND\ndestination:/topic/b\ntransaction:t\nreceipt:2\n\n\0",
        "BEGIN\ntransaction:t\n\n\0",
        "COMMIT\ntransaction:t\nreceipt:3\n\n\0",
        "ABORT\ntransaction:t\n\n\0",
        "ACK\nid:1-1-0\n\n\0",
        "ACK\nid:1-1-1\ntransaction:t\n\n\0",
        "NACK\nid:2-1-0\n\n\0",
        "ACK\nmessage-id:1\nsubscription:1\n\n\0",
        "DISCONNECT\nreceipt:9\n\n\0",
        "BROKEN\nline\n\n\0",
        "SEND\ndestination:/queue/a\ncontent-length:2\n\nlong\0",
        "\n",
        "\0\n",
        "SEND\ndestination:/temp-queue/a\nreply-to:/temp-queue/b\n\n\0",
    ];

    #[test]
    fn the_seeds_of_the_fuzz_target_are_conversations_without_an_error_but_where_their_names_say_so() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/broker_frames");
        let mut seeds = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let counts = run(&std::fs::read(&path).unwrap());
            // Three have logged in; what they asked for was answered.
            let errs = path.file_name().unwrap().to_string_lossy().starts_with("error-");
            assert!(counts.frames > 3 && (counts.errors > 0) == errs, "{}: {counts:?}", path.display());
            seeds += 1;
        }
        assert!(seeds > 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn whatever_four_peers_say_the_books_are_kept(
            turns in vec((any::<u8>(), prop::sample::select(&FRAMES[..]), vec(any::<u8>(), 0..3)), 0..30)
        ) {
            let mut bytes = Vec::new();
            for (what, frame, noise) in turns {
                let bytes_sent = [frame.as_bytes(), &noise].concat();
                bytes.extend([what, u8::try_from(bytes_sent.len()).unwrap_or(u8::MAX)]);
                bytes.extend(bytes_sent);
            }
            converse(&bytes);
        }
    }
}
