//! The embedded broker: queues and topics in memory, for one machine.
//!
//! It shares the protocol and the transport with the client, and nothing else. A peer's task reads,
//! decodes and hands whole batches of frames to the router; the router is one value behind one lock
//! that is taken once a batch, so that no message pays for a channel or a lock of its own. What is to be
//! sent is encoded there into one buffer per connection, which the peer's task swaps for an empty one and
//! writes.
//!
//! A file uses only files of its own group or of those above, and never in a circle.
//!
//! ```text
//! settings     config.rs        what a user may set       error.rs         why a broker does not start
//! values       keys.rs          keys of all the others    refusal.rs       ERROR
//!              destination.rs   names of destinations     pulse.rs         heart-beats, time to log in
//!              message.rs       a message that is kept    transaction.rs   what waits for COMMIT
//! state        backlog.rs       messages in order         queue.rs         accept, deliver, settle, requeue
//!              subscription.rs  what it has not settled   topic.rs         who subscribes to what
//!              connection.rs    one connection            router.rs        all of these in one value
//! delivering   delivery.rs      MESSAGE                   publishing.rs    into queues and topics
//! frames       figures.rs       how deep queues are       sending.rs       SEND
//!              subscribing.rs   SUBSCRIBE, UNSUBSCRIBE    settling.rs      ACK, NACK
//!              committing.rs    BEGIN, COMMIT, ABORT      login.rs         CONNECT
//!              lifecycle.rs     how peers come and go     frames.rs        which frame goes where
//! tasks        shared.rs        the router's lock         peer.rs          the task of one peer
//!              listen.rs        sockets that listen       mod.rs           starting and stopping
//! ```

mod backlog;
mod committing;
mod config;
mod connection;
mod delivery;
mod destination;
mod error;
mod figures;
mod frames;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod keys;
mod lifecycle;
mod listen;
mod login;
mod message;
mod peer;
mod publishing;
mod pulse;
mod queue;
mod refusal;
mod router;
mod sending;
mod settling;
mod shared;
mod subscribing;
mod subscription;
#[cfg(test)]
#[allow(clippy::unwrap_used)] // a failure there is the test's
mod tests;
mod topic;
mod transaction;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{DuplexStream, duplex};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use config::{BrokerConfig, Log};
pub use error::BrokerError;
pub use figures::QueueFigures;

use router::Router;
use shared::Shared;

/// The octets that a connection inside of the process holds each way.
const DUPLEX: usize = 256 << 10;

/// The time that peers have to take what is left for them when the broker stops.
const STOP: Duration = Duration::from_secs(2);

/// A broker that listens and has not begun to accept.
pub struct Broker {
    listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
}

impl Broker {
    /// Listens where the configuration says. Nothing is answered before [`Broker::spawn`].
    pub async fn bind(config: BrokerConfig) -> Result<Self, BrokerError> {
        if config.user.is_some() != config.password.is_some() {
            return Err(BrokerError::HalfALogin);
        }
        let open = config.listen.iter().find(|address| !address.ip().is_loopback());
        if let (Some(&address), None) = (open, &config.user) {
            return Err(BrokerError::OpenToAll { address });
        }
        let listeners = listen::bind(&config.listen).await?;
        let addresses = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
        let log = config.log.clone();
        let shared = Arc::new(Shared { router: Mutex::new(Router::new(config)), log });
        Ok(Self { listeners, addresses, shared })
    }

    /// Where it listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The URL to connect to, `stomp://127.0.0.1:61613` for instance; `None` where it does not listen.
    pub fn url(&self) -> Option<String> {
        url(&self.addresses)
    }

    /// Serves clients on the runtime that this is called on.
    pub fn spawn(self) -> RunningBroker {
        let shared = self.shared;
        let slots = listen::slots(shared.with(|router| router.config.connections));
        let accept =
            |listener| tokio::spawn(listen::accept(listener, Arc::clone(&shared), Arc::clone(&slots)));
        let accepting = self.listeners.into_iter().map(accept).collect();
        RunningBroker { addresses: self.addresses, shared, accepting }
    }

    /// Serves clients until `shutdown` is ready.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let running = self.spawn();
        shutdown.await;
        running.shutdown().await;
    }
}

fn url(addresses: &[SocketAddr]) -> Option<String> {
    addresses.first().map(|address| format!("stomp://{address}"))
}

/// A broker that serves clients. It stops accepting when it is dropped; connections that are open
/// then go on.
pub struct RunningBroker {
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
    accepting: Vec<JoinHandle<()>>,
}

impl RunningBroker {
    /// Where it listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The URL to connect to; `None` where it does not listen.
    pub fn url(&self) -> Option<String> {
        url(&self.addresses)
    }

    /// A connection inside of this process, without a port. It must be called on a runtime.
    pub fn connect(&self) -> DuplexStream {
        let (ours, theirs) = duplex(DUPLEX);
        tokio::spawn(peer::serve(ours, Arc::clone(&self.shared), "this process".to_owned()));
        theirs
    }

    /// All queues by name, those that are empty too.
    pub fn queues(&self) -> Vec<QueueFigures> {
        self.shared.with(|router| router.queue_figures())
    }

    /// How many messages wait in a queue, given by its destination; 0 where there is no such queue.
    pub fn depth(&self, destination: &str) -> usize {
        self.shared.with(|router| router.depth(destination.as_bytes()))
    }

    /// Stops accepting, ends all connections and waits for their end, up to two seconds.
    pub async fn shutdown(self) {
        for task in &self.accepting {
            task.abort();
        }
        self.shared.with(Router::stop);
        let ended = async {
            while self.shared.with(|router| !router.peers.is_empty()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let _ = tokio::time::timeout(STOP, ended).await;
    }
}

impl Drop for RunningBroker {
    fn drop(&mut self) {
        for task in &self.accepting {
            task.abort();
        }
    }
}
