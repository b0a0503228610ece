//! A broker that sends what the test wants when the test wants it: single messages, bytes as they are, a flood
//! without end.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use crate::peer::Peer;
use crate::screen::{Screen, Setting};

/// What the source is to do.
enum Order {
    /// Write this.
    Bytes(Vec<u8>),
    /// Write messages until it is told to stop.
    Flood,
    /// End the connection.
    End,
}

/// A source of messages for a shell.
pub struct Source {
    orders: Mutex<mpsc::Sender<Order>>,
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    calm: Mutex<mpsc::Receiver<()>>,
    peer: Peer,
}

/// A message for subscription 1.
pub fn message(body: &[u8]) -> Vec<u8> {
    let mut bytes = b"MESSAGE\nsubscription:1\nmessage-id:m\ndestination:/topic/x\n".to_vec();
    bytes.extend_from_slice(format!("content-length:{}\n\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    bytes.push(0);
    bytes
}

/// A shell at a source, subscribed to it as 1.
pub fn subscribed(setting: Setting) -> Screen {
    let mut screen = setting.start();
    screen.last_row("127.0.0.1>");
    screen.line("sub /topic/x");
    screen.shows("subscribed to /topic/x as 1");
    screen.last_row("127.0.0.1>");
    screen
}

impl Source {
    /// A source; each of its connections obeys the same orders, one after the other.
    pub fn start() -> Self {
        let (orders, wanted) = mpsc::channel();
        let (calmed, calm) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let sent = Arc::new(AtomicU64::new(0));
        let wanted = Arc::new(Mutex::new(wanted));
        let (own_stop, own_sent) = (Arc::clone(&stop), Arc::clone(&sent));
        let peer = Peer::start(move |mut talk, _| {
            talk.login();
            let Some(subscribe) = talk.hear_of("SUBSCRIBE") else { return };
            talk.receipt(&subscribe);
            let stream = talk.stream().try_clone().unwrap();
            let (wanted, calmed) = (Arc::clone(&wanted), calmed.clone());
            let (stop, sent) = (Arc::clone(&own_stop), Arc::clone(&own_sent));
            std::thread::spawn(move || {
                let wanted = wanted.lock().unwrap_or_else(PoisonError::into_inner);
                obey(&stream, &wanted, &stop, &sent, &calmed);
            });
            talk.confirm_all();
        });
        Self { orders: Mutex::new(orders), stop, sent, calm: Mutex::new(calm), peer }
    }

    /// How to start a shell at it.
    pub fn setting(&self) -> Setting {
        Setting::new(&["-s", &self.url()])
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.peer.url()
    }

    fn order(&self, order: Order) {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).send(order).unwrap();
    }

    /// Writes bytes as they are.
    pub fn write(&self, bytes: Vec<u8>) {
        self.order(Order::Bytes(bytes));
    }

    /// Sends a message.
    pub fn say(&self, body: &[u8]) {
        self.sent.fetch_add(1, Ordering::SeqCst);
        self.write(message(body));
    }

    /// Sends messages until [`Source::calm`], and some at least, however soon that is.
    pub fn flood(&self) {
        self.stop.store(false, Ordering::SeqCst);
        self.order(Order::Flood);
    }

    /// Ends the flood; how many messages were sent in all.
    pub fn calm(&self) -> u64 {
        self.stop.store(true, Ordering::SeqCst);
        self.calm.lock().unwrap_or_else(PoisonError::into_inner).recv().unwrap();
        self.sent.load(Ordering::SeqCst)
    }

    /// How many messages were sent so far.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    /// Ends the connection.
    pub fn end(&self) {
        self.order(Order::End);
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
    }
}

fn obey(
    mut stream: &TcpStream,
    wanted: &mpsc::Receiver<Order>,
    stop: &AtomicBool,
    sent: &AtomicU64,
    calmed: &mpsc::Sender<()>,
) {
    const PIECE: u64 = 500;
    let piece: Vec<u8> = (0..PIECE).flat_map(|_| message(b"a message of a flood")).collect();
    while let Ok(order) = wanted.recv() {
        let written = match order {
            Order::Bytes(bytes) => stream.write_all(&bytes),
            Order::Flood => {
                // This thread may get to run only when the flood is over again.
                let written = loop {
                    let written = stream.write_all(&piece);
                    sent.fetch_add(if written.is_ok() { PIECE } else { 0 }, Ordering::SeqCst);
                    if written.is_err() || stop.load(Ordering::SeqCst) {
                        break written;
                    }
                };
                // Nobody may ask any more.
                let _ = calmed.send(());
                written
            }
            Order::End => {
                let _ = stream.shutdown(std::net::Shutdown::Both);
                return;
            }
        };
        if written.is_err() {
            return;
        }
    }
}
