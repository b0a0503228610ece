//! Long conversations at random, from seeds: no message is lost and none is taken twice.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

const QUEUES: [&str; 2] = ["/queue/a", "/queue/b"];

/// What a client of the conversation knows of one of its subscriptions.
struct ClientSubscription {
    mode: &'static str,
    /// What it was given and has not settled: the id to ack it by, and the body.
    held: Vec<(String, String)>,
}

struct RandomClient {
    index: ClientIndex,
    version: &'static str,
    subs: BTreeMap<String, ClientSubscription>,
    next_id: u32,
    transaction: Option<Vec<String>>,
}

/// The whole conversation, and the books that are kept of it.
struct Conversation {
    harness: Harness,
    random: fastrand::Rng,
    clients: Vec<RandomClient>,
    next_body: u32,
    sent: BTreeSet<String>,
    taken: BTreeSet<String>,
}

impl Conversation {
    fn new(seed: u64) -> Self {
        let mut conversation = Self {
            harness: Harness::new(),
            random: fastrand::Rng::with_seed(seed),
            clients: Vec::new(),
            next_body: 0,
            sent: BTreeSet::new(),
            taken: BTreeSet::new(),
        };
        for _ in 0..4 {
            let client = conversation.join();
            conversation.clients.push(client);
        }
        conversation
    }

    fn join(&mut self) -> RandomClient {
        let version = ["1.0", "1.1", "1.2"][self.random.usize(..3)];
        let index = self.harness.login(version);
        RandomClient { index, version, subs: BTreeMap::new(), next_id: 0, transaction: None }
    }

    fn take(&mut self, body: &str) {
        assert!(self.taken.insert(body.to_owned()), "{body} was taken twice");
    }

    /// Lets a client read, and notes what it was given.
    fn hear(&mut self, at: usize) {
        let heard = self.harness.hear(self.clients[at].index);
        for frame in frames(&heard) {
            assert!(frame.starts_with("MESSAGE\n"), "{frame}");
            let body = bodies(frame)[0].to_owned();
            let client = &mut self.clients[at];
            let key = if client.version == "1.2" { "ack" } else { "message-id" };
            // What was on its way at UNSUBSCRIBE has gone back to the queue.
            let Some(sub) = client.subs.get_mut(headers(frame, "subscription")[0]) else {
                continue;
            };
            if sub.mode == "auto" {
                self.take(&body);
            } else {
                sub.held.push((headers(frame, key)[0].to_owned(), body));
            }
        }
    }

    fn send(&mut self, at: usize) {
        self.next_body += 1;
        let body = format!("m{}", self.next_body);
        let destination = QUEUES[self.random.usize(..2)];
        let client = &mut self.clients[at];
        let more = if let Some(transaction) = &mut client.transaction {
            transaction.push(body.clone());
            "transaction:t\n"
        } else {
            self.sent.insert(body.clone());
            ""
        };
        self.harness.tell(client.index, &format!("SEND\ndestination:{destination}\n{more}\n{body}\0"));
    }

    fn subscribe(&mut self, at: usize) {
        let mode = ["auto", "client", "client-individual"][self.random.usize(..3)];
        let prefetch = self.random.u8(..4);
        let destination = QUEUES[self.random.usize(..2)];
        let client = &mut self.clients[at];
        client.next_id += 1;
        let id = format!("s{}", client.next_id);
        self.harness.tell(
            client.index,
            &format!(
                "SUBSCRIBE\nid:{id}\ndestination:{destination}\nack:{mode}\nprefetch-count:{prefetch}\n\n\0"
            ),
        );
        client.subs.insert(id, ClientSubscription { mode, held: Vec::new() });
    }

    fn settle(&mut self, at: usize) {
        self.hear(at);
        let client = &mut self.clients[at];
        let mut held: Vec<_> = client.subs.iter_mut().filter(|(_, sub)| !sub.held.is_empty()).collect();
        if held.is_empty() {
            return;
        }
        let which = self.random.usize(..held.len());
        let (id, sub) = &mut held[which];
        let last = self.random.usize(..sub.held.len());
        let nack = client.version != "1.0" && self.random.u8(..4) == 0;
        let verb = if nack { "NACK" } else { "ACK" };
        let name = &sub.held[last].0;
        let frame = if client.version == "1.2" {
            format!("{verb}\nid:{name}\n\n\0")
        } else {
            format!("{verb}\nmessage-id:{name}\nsubscription:{id}\n\n\0")
        };
        let from = if sub.mode == "client" { 0 } else { last };
        let settled: Vec<_> = sub.held.drain(from..=last).map(|(_, body)| body).collect();
        self.harness.tell(client.index, &frame);
        if !nack {
            for body in settled {
                self.take(&body);
            }
        }
    }

    fn unsubscribe(&mut self, at: usize) {
        self.hear(at);
        let client = &mut self.clients[at];
        if let Some((id, _)) = client.subs.pop_first() {
            self.harness.tell(client.index, &format!("UNSUBSCRIBE\nid:{id}\n\n\0"));
        }
    }

    fn transact(&mut self, at: usize) {
        let client = &mut self.clients[at];
        let verb = match client.transaction.take() {
            None => {
                client.transaction = Some(Vec::new());
                "BEGIN"
            }
            Some(bodies) if self.random.bool() => {
                self.sent.extend(bodies);
                "COMMIT"
            }
            Some(_) => "ABORT",
        };
        self.harness.tell(client.index, &format!("{verb}\ntransaction:t\n\n\0"));
    }

    /// Goes, with or without having read what was on its way; another comes.
    fn leave(&mut self, at: usize) {
        if self.random.bool() {
            self.hear(at);
        }
        self.harness.leave(self.clients[at].index);
        self.clients[at] = self.join();
    }

    /// What the router counts must be there: waiting, held or in flight.
    fn check(&self) {
        let figures = self.harness.router.queue_figures();
        let there: usize = figures.iter().map(|queue| queue.waiting + queue.unsettled).sum();
        assert_eq!(there, self.sent.len() - self.taken.len(), "{figures:?}");
    }

    fn finish(mut self) {
        for client in &self.clients {
            self.harness.leave(client.index);
        }
        self.clients.clear();
        let client = RandomClient { index: self.harness.login("1.2"), ..self.join() };
        let client = RandomClient { version: "1.2", ..client };
        for (id, destination) in QUEUES.iter().enumerate() {
            self.harness.tell(client.index, &format!("SUBSCRIBE\nid:{id}\ndestination:{destination}\n\n\0"));
        }
        let heard = self.harness.hear(client.index);
        for body in bodies(&heard) {
            self.take(body);
        }
        assert_eq!(self.taken, self.sent);
        for queue in self.harness.router.queue_figures() {
            assert_eq!((queue.waiting, queue.unsettled, queue.bytes), (0, 0, 0), "{queue:?}");
        }
    }
}

#[test]
fn whatever_clients_do_each_message_is_taken_once() {
    for seed in 0..200 {
        let mut conversation = Conversation::new(seed);
        for _ in 0..300 {
            let at = conversation.random.usize(..4);
            match conversation.random.u8(..20) {
                0..8 => conversation.send(at),
                8 | 9 => conversation.subscribe(at),
                10..15 => conversation.settle(at),
                15 => conversation.unsubscribe(at),
                16 | 17 => conversation.transact(at),
                18 => conversation.hear(at),
                _ => conversation.leave(at),
            }
            conversation.check();
        }
        conversation.finish();
    }
}

#[test]
fn whatever_bytes_come_the_router_stands() {
    const WORDS: [&str; 40] = [
        "CONNECT\n",
        "STOMP\n",
        "SEND\n",
        "SUBSCRIBE\n",
        "UNSUBSCRIBE\n",
        "ACK\n",
        "NACK\n",
        "BEGIN\n",
        "COMMIT\n",
        "ABORT\n",
        "DISCONNECT\n",
        "MESSAGE\n",
        "destination:/queue/a\n",
        "destination:/topic/a.b\n",
        "destination:/topic/a.>\n",
        "destination:/temp-queue/x\n",
        "destination:\n",
        "id:1\n",
        "id:2\n",
        "id:1-1-0\n",
        "id:1-1-1\n",
        "ack:client\n",
        "ack:client-individual\n",
        "transaction:t\n",
        "transaction:u\n",
        "receipt:1\n",
        "message-id:1\n",
        "subscription:1\n",
        "browser:true\n",
        "prefetch-count:1\n",
        "accept-version:1.1\n",
        "accept-version:1.2\n",
        "heart-beat:1,1\n",
        "content-length:3\n",
        "reply-to:/temp-queue/x\n",
        "\n\0",
        "\n\0",
        "\n\0\n",
        "\nabc\0",
        "\\c:\\n",
    ];
    for seed in 0..2_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut harness = Harness::new();
        let seats = [harness.login("1.0"), harness.login("1.1"), harness.login("1.2"), harness.connect()];
        let mut left = [false; 4];
        for _ in 0..60 {
            let at = random.usize(..4);
            if left[at] {
                continue;
            }
            let words = random.usize(1..6);
            let mut text: String = (0..words).map(|_| WORDS[random.usize(..WORDS.len())]).collect();
            if random.u8(..4) > 0 {
                text.push_str("\n\0");
            }
            harness.tell(seats[at], &text);
            if random.bool() {
                harness.hear(seats[at]);
            }
            if random.u8(..30) == 0 {
                left[at] = true;
                harness.leave(seats[at]);
            }
        }
        for (index, left) in seats.into_iter().zip(left) {
            if !left {
                harness.leave(index);
            }
        }
        assert_eq!((harness.router.peers.len(), harness.router.subs.len()), (0, 0));
        assert!(harness.router.topics.is_empty());
        for queue in harness.router.queue_figures() {
            assert_eq!((queue.unsettled, queue.subscribers), (0, 0), "{queue:?}");
        }
    }
}
