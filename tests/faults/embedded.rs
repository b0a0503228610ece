//! The embedded broker in the test's own process.

use std::net::{Ipv4Addr, SocketAddr};

use stomp_shell::broker::{Broker, BrokerConfig, RunningBroker};
use tokio::runtime::{Builder, Runtime};

/// A broker on a free port of the loopback.
pub(crate) struct Embedded {
    port: u16,
    broker: Option<RunningBroker>,
    runtime: Runtime,
}

impl Embedded {
    pub(crate) fn start() -> Self {
        Self::with(BrokerConfig::default())
    }

    /// As configured, but for the port.
    pub(crate) fn with(config: BrokerConfig) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let config = BrokerConfig { listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))], ..config };
        let broker = runtime.block_on(async { Broker::bind(config).await.unwrap().spawn() });
        let port = broker.addresses()[0].port();
        Self { port, broker: Some(broker), runtime }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("stomp://127.0.0.1:{}", self.port)
    }

    /// How many messages wait in a queue.
    pub(crate) fn depth(&self, destination: &str) -> usize {
        self.broker.as_ref().map_or(0, |broker| broker.depth(destination))
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some(broker) = self.broker.take() {
            self.runtime.block_on(broker.shutdown());
        }
    }
}
