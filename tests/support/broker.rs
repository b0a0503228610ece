//! `stomp broker` as a process of its own, which can be stopped and killed.

use super::stomp::{Finished, Running, Stomp};
use rustix::process::Signal;

/// An embedded broker that runs by itself.
pub struct BrokerProcess {
    running: Running,
    /// The URL that it printed.
    pub url: String,
}

impl BrokerProcess {
    /// Starts one on a free port.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts one with these options besides.
    pub fn start_with(options: &[&str]) -> Self {
        let call = Stomp::new(["broker", "--listen", "127.0.0.1:0"]).args(options);
        let mut running = call.start();
        let url = running.wait_for_stdout("the URL", |bytes| {
            let line = std::str::from_utf8(bytes).unwrap().split_once('\n')?.0;
            Some(line.to_owned())
        });
        Self { running, url }
    }

    /// Stops it where it stands: connections stay, and nothing is answered.
    pub fn freeze(&self) {
        self.running.signal(Signal::STOP);
    }

    /// Kills it: connections are reset or closed.
    pub fn kill(self) {
        self.running.signal(Signal::KILL);
        self.running.finish();
    }

    /// Ends it as Ctrl-C does.
    pub fn interrupt(self) -> Finished {
        self.running.signal(Signal::INT);
        self.running.finish()
    }
}
