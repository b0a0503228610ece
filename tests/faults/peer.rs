//! A broker that does as the test says: it reads frames, and writes whatever it is told to.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use crate::stomp::DEADLINE;
use crate::tape::frames;

/// A frame that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Came {
    pub(crate) verb: String,
    bytes: Vec<u8>,
}

impl Came {
    /// The value of a header; panics where there is none.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> String {
        let found = frames(&self.bytes).next().and_then(|frame| frame.header(name).map(str::to_owned));
        found.unwrap_or_else(|| panic!("no {name} in {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        frames(&self.bytes).next().is_some_and(|frame| frame.header(name).is_some())
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        frames(&self.bytes).next().map(|frame| frame.body.to_vec()).unwrap_or_default()
    }
}

/// One connection to the scripted broker.
pub(crate) struct Talk {
    stream: TcpStream,
    input: Vec<u8>,
}

impl Talk {
    /// A conversation over this socket.
    pub(crate) fn of(stream: TcpStream) -> Self {
        Self { stream, input: Vec::new() }
    }

    /// Writes; `^` stands for NUL. Whether the client was there to take it.
    pub(crate) fn say(&mut self, text: &str) -> bool {
        self.write(&text.replace('^', "\0").into_bytes())
    }

    /// Writes bytes as they are.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// The next frame; `None`: the client has ended.
    pub(crate) fn hear(&mut self) -> Option<Came> {
        loop {
            let first = frames(&self.input).next().map(|seen| (seen.verb.to_owned(), seen.end));
            if let Some((verb, end)) = first {
                let bytes = self.input.drain(..end).collect();
                return Some(Came { verb, bytes });
            }
            let mut piece = [0; 16 << 10];
            match self.stream.read(&mut piece) {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.input.extend_from_slice(&piece[..count]),
            }
        }
    }

    /// The next frame that has this verb.
    pub(crate) fn hear_of(&mut self, verb: &str) -> Option<Came> {
        std::iter::from_fn(|| self.hear()).find(|came| came.verb == verb)
    }

    /// Takes CONNECT and says CONNECTED: 1.2, no heart-beats.
    pub(crate) fn login(&mut self) -> bool {
        self.login_with("heart-beat:0,0\n")
    }

    /// The same with other headers.
    pub(crate) fn login_with(&mut self, headers: &str) -> bool {
        self.hear_of("CONNECT").is_some() && self.say(&format!("CONNECTED\nversion:1.2\n{headers}\n^"))
    }

    /// Gives the receipt that a frame asked for, if it did.
    pub(crate) fn receipt(&mut self, came: &Came) -> bool {
        !came.has("receipt") || self.say(&format!("RECEIPT\nreceipt-id:{}\n\n^", came.header("receipt")))
    }

    /// Gives every receipt that is asked for until the client ends; the frames that came.
    pub(crate) fn confirm_all(&mut self) -> Vec<Came> {
        let mut all = Vec::new();
        while let Some(came) = self.hear() {
            self.receipt(&came);
            all.push(came);
        }
        all
    }

    /// Takes what comes until the client ends, and says nothing.
    pub(crate) fn be_silent(&mut self) -> Vec<Came> {
        std::iter::from_fn(|| self.hear()).collect()
    }

    /// Takes bytes until the client ends, whatever they are, and says nothing.
    pub(crate) fn be_deaf(&mut self) {
        let mut piece = [0; 16 << 10];
        while let Ok(1..) = self.stream.read(&mut piece) {}
    }

    /// Ends the connection with a reset.
    pub(crate) fn reset(self) {
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }

    /// The socket itself.
    pub(crate) fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }
}

/// A scripted broker. It ends with its value.
pub(crate) struct Peer {
    port: u16,
    over: Arc<AtomicBool>,
    connections: Arc<AtomicUsize>,
    /// Why a script panicked.
    failed: Arc<Mutex<Option<String>>>,
    accepting: Option<JoinHandle<()>>,
}

impl Peer {
    /// Follows the script on each connection, which it is given with its number from 0; a connection
    /// ends with its script.
    pub(crate) fn start(script: impl Fn(Talk, usize) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let over = Arc::new(AtomicBool::new(false));
        let connections = Arc::new(AtomicUsize::new(0));
        let failed = Arc::new(Mutex::new(None));
        let script = Arc::new(script);
        let (own_over, own_connections, own_failed) =
            (Arc::clone(&over), Arc::clone(&connections), Arc::clone(&failed));
        let accepting = std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if own_over.load(Ordering::SeqCst) {
                    return;
                }
                stream.set_nodelay(true).unwrap();
                // A script that waits for ever would keep the test from saying what is wrong.
                stream.set_read_timeout(Some(DEADLINE)).unwrap();
                let number = own_connections.fetch_add(1, Ordering::SeqCst);
                let (script, failed) = (Arc::clone(&script), Arc::clone(&own_failed));
                std::thread::spawn(move || {
                    let talk = Talk::of(stream);
                    let told =
                        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| script(talk, number)));
                    if told.is_err() {
                        let what = format!("the script of connection {number} failed");
                        *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(what);
                    }
                });
            }
        });
        Self { port, over, connections, failed, accepting: Some(accepting) }
    }

    pub(crate) fn url(&self) -> String {
        format!("stomp://127.0.0.1:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How many connections there were.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(what) = failed
            && !std::thread::panicking()
        {
            panic!("{what}");
        }
    }
}

/// A port on which nothing listens, and which nobody else can take as long as the value lives.
pub(crate) struct ClosedPort(Socket);

impl ClosedPort {
    pub(crate) fn new() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        Self(socket)
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.local_addr().unwrap().as_socket().unwrap().port()
    }

    pub(crate) fn url(&self) -> String {
        format!("stomp://127.0.0.1:{}", self.port())
    }

    /// Something begins to listen.
    pub(crate) fn open(self) -> TcpListener {
        self.0.listen(16).unwrap();
        self.0.into()
    }
}
