//! The embedded broker: queues and topics in memory, for one machine.
//!
//! It shares the protocol module with the client, and nothing else. A peer's task reads, decodes and
//! hands whole batches of frames to the router; the router is one value behind one lock that is taken
//! once a batch, so that no message pays for a channel or a lock of its own. What is to be sent is
//! encoded there into one buffer a peer, which the peer's task swaps for an empty one and writes.
//!
//! ```text
//! config.rs        what a user may set               error.rs         why a broker does not start
//! listen.rs        sockets that listen               peer.rs          the task of one peer
//! pulse.rs         heart-beats and time to log in    connection.rs    what the router knows of a peer
//! router.rs        frames in, octets out; no I/O     refusal.rs       ERROR
//! login.rs         CONNECT                           sending.rs       SEND
//! subscribing.rs   SUBSCRIBE, UNSUBSCRIBE            settling.rs      ACK, NACK
//! committing.rs    BEGIN, COMMIT, ABORT              transaction.rs   what waits for COMMIT
//! delivery.rs      MESSAGE                           message.rs       a message that is kept
//! queue.rs         who is next                       topic.rs         who listens
//! subscription.rs  what is given out, unsettled      backlog.rs       what waits
//! keys.rs          keys of all of these              figures.rs       how deep queues are
//! ```

mod backlog;
mod committing;
mod config;
mod connection;
mod delivery;
mod error;
mod figures;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod keys;
mod listen;
mod login;
mod message;
mod peer;
mod pulse;
mod queue;
mod refusal;
mod router;
mod sending;
mod settling;
mod subscribing;
mod subscription;
#[cfg(test)]
#[allow(clippy::unwrap_used)] // a failure there is the test's
mod tests;
mod topic;
mod transaction;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{DuplexStream, duplex};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use config::{BrokerConfig, Log};
pub use error::BrokerError;
pub use figures::QueueFigures;

use router::Router;

/// The octets that a connection inside of the process holds each way.
const DUPLEX: usize = 256 << 10;

/// The time that peers have to take what is left for them when the broker stops.
const STOP: Duration = Duration::from_secs(2);

/// What the tasks of a broker share.
struct Shared {
    router: Mutex<Router>,
    log: Option<Log>,
}

impl Shared {
    /// Does something with the router, then wakes whom it concerns.
    fn with<T>(&self, work: impl FnOnce(&mut Router) -> T) -> T {
        // A panic in there is a defect; the others' connections are not ended for it.
        let mut router = self.router.lock().unwrap_or_else(PoisonError::into_inner);
        let done = work(&mut router);
        if router.wakes.is_empty() && router.log.is_empty() {
            return done;
        }
        let (wakes, log) = (std::mem::take(&mut router.wakes), std::mem::take(&mut router.log));
        drop(router);
        for waker in wakes {
            waker.wake();
        }
        for line in log {
            self.log(&line);
        }
        done
    }

    fn log(&self, line: &str) {
        if let Some(log) = &self.log {
            log(line);
        }
    }
}

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
