//! `broker`: runs the embedded broker by itself.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use super::connection_options::read_secret;
use super::exit;
use super::own_connection::control_flow;
use super::prelude::*;
use crate::broker::{Broker, BrokerConfig};
use crate::protocol::Limits;
use crate::render::{escape, stderr};

/// Runs the embedded broker by itself
///
/// Queues live in memory: it is for trying, developing and testing.
#[derive(Args, Debug, Clone)]
pub(crate) struct BrokerCommand {
    /// Where to listen; port 0 takes a free one; may be given more than once [default: 127.0.0.1:61613 and the same port of ::1]
    #[arg(long, value_name = "ADDR:PORT", value_parser = parse_listen)]
    pub listen: Vec<SocketAddr>,
    /// The file that holds the password of --user and that nobody else can read
    #[arg(
        id = "broker_password_file",
        long = "broker-password-file",
        alias = "login-file",
        value_name = "FILE"
    )]
    pub password: Option<PathBuf>,
    /// The most bytes in one queue, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    pub queue_size: usize,
    /// The longest body, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 16)]
    pub max_body: u64,
    /// Answer with an ERROR what the specification forbids, even where it is plain what is meant
    #[arg(long)]
    pub strict: bool,
}

fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    let full = match text.strip_prefix(':') {
        Some(port) => format!("127.0.0.1:{port}"),
        None if text.parse::<u16>().is_ok() => format!("127.0.0.1:{text}"),
        None => text.replacen("localhost:", "127.0.0.1:", 1),
    };
    full.parse().map_err(|_| "it is an address and a port, such as 127.0.0.1:61613 or [::1]:0".to_owned())
}

impl Command for BrokerCommand {
    const FACTS: Facts = Facts::new("broker", Group::Connect)
        .command_line_only()
        .without_connection()
        .stops_itself()
        .examples(&[Example::system_shell(
            "# on a free port of this machine; it prints its URL\nstomp broker --listen 127.0.0.1:0\n",
        )]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let is_login = |name: &&str| matches!(*name, "--user" | "--password-file");
        if let Some(name) = context.base.given().find(|name| !is_login(name)) {
            let hint =
                "it listens at --listen, without TLS, for the login of --user and --broker-password-file";
            return Err(Problem::usage_hint(format!("'broker' takes no {name}"), hint).into());
        }
        let quiet = context.run_options.quiet;
        let mut signals = context.signals.clone();
        let mut config = BrokerConfig {
            user: context.base.user.clone(),
            queue_bytes: self.queue_size.saturating_mul(1 << 20),
            limits: Limits { body: self.max_body.saturating_mul(1 << 20), ..Limits::BROKER },
            strict: self.strict,
            ..BrokerConfig::default()
        };
        if !self.listen.is_empty() {
            config.listen.clone_from(&self.listen);
        }
        if let Some(file) = self.password.as_ref().or(context.base.password_file.as_ref()) {
            config.password = Some(read_secret(file)?);
        }
        if !quiet {
            config.log =
                Some(Arc::new(|line: &str| stderr::line(&escape::escape_text(line, escape::Lines::One))));
        }
        let broker = Broker::bind(config)
            .await
            .map_err(|error| Problem::local("cannot listen", std::io::Error::other(error)))?;
        if let Some(url) = broker.url() {
            context.out(format!("{url}\n").as_bytes())?;
        }
        if !quiet {
            stderr::line("in memory, for trying and testing; Ctrl-C ends it, and the queues with it");
        }
        let mut code = exit::OK;
        broker.run(async { code = signals.first().await }).await;
        // Ctrl-C is the regular way to end the broker.
        control_flow(if code == exit::INTERRUPTED { exit::OK } else { code })
    }
}
