//! A Spring server with options of its own: what `.ci/servers/spring/Server.java` has behind `@Value`.

use super::stomp::{Running, Stomp};

/// A server that runs until the test lets go of it.
pub struct SpringProcess {
    _running: Running,
    /// The URL that it printed.
    pub url: String,
}

impl SpringProcess {
    /// Starts one on a free port by the script that STOMP_TEST_SPRING_SERVER names.
    pub fn start(script: &str, options: &[&str]) -> Self {
        let mut running = Stomp::other(script, options).start();
        let url = running.wait_for_stdout("the URL", |bytes| {
            let text = std::str::from_utf8(bytes).ok()?;
            let (lines, _) = text.rsplit_once('\n')?;
            lines.lines().find(|line| line.starts_with("ws:")).map(str::to_owned)
        });
        Self { _running: running, url }
    }
}
