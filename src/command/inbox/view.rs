//! How the messages of one subscription are shown.

use std::sync::{Mutex, PoisonError};

use crate::protocol::FrameRef;
use crate::render::{Arrival, Filter, Message, Output, Renderer};

/// How the messages of one subscription are shown.
#[derive(Debug)]
pub struct View {
    /// What it is subscribed to.
    pub destination: String,
    /// What lets a message through.
    pub filter: Filter,
    /// Whether messages are only counted.
    pub hidden: bool,
    /// Whether headers were asked for.
    pub headers: bool,
    renderer: Mutex<Renderer>,
}

impl View {
    /// A view.
    pub fn new(destination: String, filter: Filter, hidden: bool, renderer: Renderer) -> Self {
        let headers = matches!(renderer.output(), Output::Terminal(terminal) if terminal.headers);
        Self { destination, filter, hidden, headers, renderer: Mutex::new(renderer) }
    }

    /// Whether this message is shown.
    pub fn shows(&self, message: &impl Message) -> bool {
        !self.hidden && (self.filter.is_empty() || self.filter.matches(message))
    }

    /// Appends a whole message.
    pub fn render(&self, message: &impl Message, arrival: &Arrival<'_>, out: &mut Vec<u8>) {
        self.with(|renderer| renderer.render(message, arrival, out));
    }

    /// Appends the head of a large message.
    pub(super) fn head(&self, message: FrameRef<'_>, arrival: &Arrival<'_>, out: &mut Vec<u8>) {
        self.with(|renderer| renderer.head(&message, arrival, out));
    }

    /// Appends a piece of its body.
    pub(super) fn chunk(&self, octets: &[u8], out: &mut Vec<u8>) {
        self.with(|renderer| renderer.chunk(octets, out));
    }

    /// Appends what stands behind its body.
    pub(super) fn end(&self, out: &mut Vec<u8>) {
        self.with(|renderer| renderer.end(out));
    }

    /// Uses the renderer, for what changes while it runs.
    pub fn with<T>(&self, use_it: impl FnOnce(&mut Renderer) -> T) -> T {
        use_it(&mut self.renderer.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
