//! The embedded broker: queues and topics in memory, for one machine.
//!
//! The task of a peer reads, decodes and passes whole batches of frames to the router, which is one value
//! behind one lock that is taken once per batch. Output is encoded there into one buffer per connection, which
//! the peer's task swaps for an empty one and writes.
//!
//! A file uses only files of its own group or of those above, and never in a circle.
//!
//! ```text
//! settings     config.rs        settings of a user        error.rs         errors of starting
//! values       keys.rs          keys of all the others    error_frame.rs   ERROR
//!              destination.rs   names of destinations     liveness.rs      heart-beats, login deadline
//!              message.rs       borrowed and owned        transaction.rs   frames until COMMIT
//! state        backlog.rs       messages in order         queue.rs         accept, deliver, settle, requeue
//!              subscription.rs  unsettled deliveries      topic.rs         subscriptions by name, pattern
//!              connection.rs    one connection            router.rs        all of these in one value
//! delivering   delivery.rs      MESSAGE                   publishing.rs    into queues and topics
//! frames       figures.rs       depth of queues           sending.rs       SEND
//!              subscribing.rs   SUBSCRIBE, UNSUBSCRIBE    settling.rs      ACK, NACK
//!              committing.rs    BEGIN, COMMIT, ABORT      login.rs         CONNECT
//!              lifecycle.rs     start and end of peers    frames.rs        a batch of frames
//! tasks        shared.rs        the router's lock         peer.rs          the task of one peer
//!              listen.rs        listening sockets         mod.rs           starting and stopping
//! ```

mod backlog;
mod committing;
mod config;
mod connection;
mod delivery;
mod destination;
mod error;
mod error_frame;
mod figures;
mod frames;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod keys;
mod lifecycle;
mod listen;
mod liveness;
mod login;
mod message;
mod peer;
mod publishing;
mod queue;
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

pub use config::BrokerConfig;
pub(crate) use error::BindError;
pub(crate) use figures::QueueFigures;

use router::Router;
use shared::SharedRouter;

/// The bytes that a connection within this process buffers in each direction.
const DUPLEX_BYTES: usize = 256 << 10;

/// The time that clients have to read their last frames when the broker stops.
const SHUTDOWN_TIME: Duration = Duration::from_secs(2);

/// A broker that listens and does not accept connections yet.
pub struct Broker {
    listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
    shared: Arc<SharedRouter>,
}

impl Broker {
    /// Listens on the configured addresses. Clients are served from [`Broker::spawn`] on.
    pub async fn bind(config: BrokerConfig) -> Result<Self, BindError> {
        if config.user.is_some() != config.password.is_some() {
            return Err(BindError::HalfALogin);
        }
        let open = config.listen.iter().find(|address| !address.ip().is_loopback());
        if let (Some(&address), None) = (open, &config.user) {
            return Err(BindError::OpenToAll { address });
        }
        let listeners = listen::bind(&config.listen).await?;
        let addresses = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
        let log = config.log.clone();
        let shared = Arc::new(SharedRouter { router: Mutex::new(Router::new(config)), log });
        Ok(Self { listeners, addresses, shared })
    }

    /// The URL to connect to, for example `stomp://127.0.0.1:61613`; `None` if the broker does not listen.
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

/// A broker that serves clients. Dropping it stops accepting; open connections continue.
pub struct RunningBroker {
    addresses: Vec<SocketAddr>,
    shared: Arc<SharedRouter>,
    accepting: Vec<JoinHandle<()>>,
}

impl RunningBroker {
    /// The addresses that the broker listens on, with the ports that were chosen.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The URL to connect to; `None` if the broker does not listen.
    pub fn url(&self) -> Option<String> {
        url(&self.addresses)
    }

    /// Connects within this process, without a port. This must be called on a tokio runtime.
    pub fn connect(&self) -> DuplexStream {
        let (ours, theirs) = duplex(DUPLEX_BYTES);
        tokio::spawn(peer::serve(ours, Arc::clone(&self.shared), "this process".to_owned()));
        theirs
    }

    /// The figures of all queues, sorted by name, including empty ones.
    pub fn queues(&self) -> Vec<QueueFigures> {
        self.shared.with(|router| router.queue_figures())
    }

    /// The number of messages that wait in the queue of this destination; 0 if it does not exist.
    pub fn depth(&self, destination: &str) -> usize {
        self.shared.with(|router| router.depth(destination.as_bytes()))
    }

    /// Stops accepting, closes all connections and waits up to two seconds for them to end.
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
        let _ = tokio::time::timeout(SHUTDOWN_TIME, ended).await;
    }
}

impl Drop for RunningBroker {
    fn drop(&mut self) {
        for task in &self.accepting {
            task.abort();
        }
    }
}
