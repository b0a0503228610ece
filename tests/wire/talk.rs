//! A session in conversation with a broker, which is a socket or a recording.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use stomp_shell::protocol::{Batch, Decoder, Encoder, Escapes, Frame, FrameRef, Limits, Part, Verb, Version};
use stomp_shell::session::{Confirmation, ConnectOptions, Connected, Dialect, Failure, Outcome, Session};

use crate::trace::{Side, Trace};

/// The other end.
pub enum Broker {
    /// A real one.
    Socket(TcpStream),
    /// What one said.
    Recording(VecDeque<(Side, Vec<u8>)>),
}

impl Broker {
    /// Takes what the client says; a recording has to have it word for word.
    fn take(&mut self, bytes: &[u8]) {
        match self {
            Self::Socket(socket) => socket.write_all(bytes).unwrap(),
            Self::Recording(turns) => {
                let (side, said) = turns.front_mut().expect("the recording has ended");
                assert_eq!(*side, Side::Client, "the broker speaks next: {}", said.escape_ascii());
                let same = said.len().min(bytes.len());
                assert_eq!(bytes.escape_ascii().to_string(), said[..same].escape_ascii().to_string());
                said.drain(..same);
                if said.is_empty() {
                    turns.pop_front();
                }
            }
        }
    }

    /// What it says next; nothing: it closed.
    fn say(&mut self) -> Vec<u8> {
        match self {
            Self::Socket(socket) => {
                let mut bytes = vec![0; 64 << 10];
                // A reset is an end as well.
                let count = match socket.read(&mut bytes) {
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("nothing comes"),
                    read => read.unwrap_or(0),
                };
                bytes.truncate(count);
                bytes
            }
            Self::Recording(turns) => match turns.front() {
                None => Vec::new(),
                Some((Side::Client, said)) => panic!("the client spoke next: {}", said.escape_ascii()),
                Some((Side::Broker, _)) => turns.pop_front().unwrap().1,
            },
        }
    }
}

/// The conversation, and what has come of it.
pub struct Talk {
    broker: Broker,
    pub session: Session<&'static str>,
    pub trace: Trace,
    decoder: Decoder,
    input: BytesMut,
    version: Version,
    /// MESSAGEs in the order they came.
    pub messages: Vec<Frame>,
    pub errors: Vec<String>,
    pub outcomes: Vec<Outcome<&'static str>>,
    pub closed: bool,
}

impl Talk {
    pub fn new(mut broker: Broker) -> Self {
        if let Broker::Socket(socket) = &mut broker {
            socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            socket.set_nodelay(true).unwrap();
        }
        Self {
            broker,
            session: Session::new(Duration::ZERO, Instant::now()),
            trace: Trace::default(),
            decoder: Decoder::new(Limits::CLIENT_BEFORE_CONNECTED),
            input: BytesMut::new(),
            version: Version::V1_2,
            messages: Vec::new(),
            errors: Vec::new(),
            outcomes: Vec::new(),
            closed: false,
        }
    }

    /// Says something that no session would.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.trace.add(Side::Client, bytes);
        self.broker.take(bytes);
    }

    /// Says what the session wants to say.
    pub fn flush(&mut self) {
        let bytes = self.session.outbox.front().to_vec();
        if !bytes.is_empty() {
            self.session.note_written(bytes.len(), Instant::now());
            self.raw(&bytes);
        }
    }

    /// Connects, and takes in the answer.
    pub fn connect(&mut self, options: &ConnectOptions) -> Option<&'static Dialect> {
        let mut bytes = Vec::new();
        Encoder::new(Version::V1_2).frame(&mut bytes, &options.frame()).unwrap();
        self.raw(&bytes);
        let mut batch = Batch::default();
        while batch.is_empty() {
            let said = self.broker.say();
            if said.is_empty() {
                self.closed = true;
                return None;
            }
            self.trace.add(Side::Broker, &said);
            self.input.extend_from_slice(&said);
            self.decoder.decode(&mut self.input, &mut batch).unwrap();
        }
        let answer = batch.get(0).unwrap();
        if answer.verb() == Verb::Error {
            self.errors.push(answer.text("message").unwrap_or_default().into_owned());
            return None;
        }
        assert_eq!(answer.verb(), Verb::Connected);
        let connected = Connected::read(answer, options.heart_beat).unwrap();
        self.version = connected.version;
        self.decoder.set_version(connected.version);
        self.decoder.set_limits(Limits::CLIENT);
        let dialect = connected.dialect();
        if connected.version == Version::V1_0 && dialect.escapes_in_1_0 {
            self.decoder.set_escapes(Escapes::Lenient);
        }
        self.session.connected(connected, Instant::now(), &[]).unwrap();
        self.take_in();
        Some(dialect)
    }

    /// Says what is to be said and listens until this is so.
    pub fn until(&mut self, done: impl Fn(&Self) -> bool) {
        self.flush();
        while !done(self) && !self.closed {
            let said = self.broker.say();
            self.closed = said.is_empty();
            self.trace.add(Side::Broker, &said);
            self.input.extend_from_slice(&said);
            self.take_in();
        }
        assert!(done(self), "closed too early, after {:?} and {:?}", self.messages, self.errors);
    }

    fn take_in(&mut self) {
        let mut batch = Batch::default();
        loop {
            self.decoder.decode(&mut self.input, &mut batch).unwrap();
            let arrived = self.session.receive(&batch, Instant::now());
            self.errors.extend(arrived.errors.into_iter().map(|error| error.line));
            let messages = batch.iter().filter(|frame| frame.verb() == Verb::Message);
            self.messages.extend(
                messages.inspect(|frame| assert_eq!(frame.part(), Part::Whole)).map(FrameRef::to_frame),
            );
            if !self.decoder.stopped() {
                break;
            }
        }
        self.outcomes.extend(self.session.outcomes());
    }

    /// Waits for the answer to what was just asked.
    pub fn answered(&mut self, receipt: Option<u64>) -> Result<(), Failure> {
        assert!(receipt.is_some(), "no receipt was asked for");
        self.session.expect(receipt, "answered");
        self.outcome()
    }

    /// Disconnects and waits for the receipt.
    pub fn disconnected(&mut self) -> Result<(), Failure> {
        self.session.disconnect("answered").unwrap();
        self.outcome()
    }

    fn outcome(&mut self) -> Result<(), Failure> {
        self.until(|talk| talk.outcomes.iter().any(|outcome| outcome.token == "answered"));
        let at = self.outcomes.iter().position(|outcome| outcome.token == "answered").unwrap();
        let confirmation = self.outcomes.remove(at).result?;
        assert_eq!(confirmation, Confirmation::Confirmed);
        Ok(())
    }

    /// Sends a frame and waits for what becomes of it.
    pub fn send(&mut self, frame: Frame, text: bool) -> Result<(), Failure> {
        let receipt = self.session.send(frame, text, true).unwrap();
        self.answered(receipt)
    }

    /// Waits until so many messages came in all, and gives the last one.
    pub fn message(&mut self, count: usize) -> &Frame {
        self.until(|talk| talk.messages.len() >= count);
        assert_eq!(self.messages.len(), count);
        self.messages.last().unwrap()
    }

    /// The version in force.
    pub fn version(&self) -> Version {
        self.version
    }
}
