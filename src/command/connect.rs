//! `connect` and `disconnect`.

use super::connection::ConnectionArgs;
use super::connections::ShellConnection;
use super::prelude::*;

/// Connects to a broker; without a URL, to the last one again
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Connect {
    /// The broker: stomp://[user[:password]@]host[:port][/vhost], or stomps, ws, wss
    #[arg(value_name = "URL")]
    pub url: Option<String>,
    /// Keep the other connections, and call this one NAME: '@NAME send …' uses it
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)] // a doc comment would become part of the help
    pub connection: ConnectionArgs,
}

impl Command for Connect {
    const FACTS: Facts = Facts::new("connect", Group::Connect).row("connect URL, disconnect", "'connect --embedded' brings a broker").shell_only().without_connection().examples(&[Example::run("",
        "# a broker inside this program\nconnect --embedded\n# another one beside it, under a name\nconnect --as spare --embedded\n@spare send /queue/a x\nuse spare\n")]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let mut args = self.connection.clone();
        if let Some(url) = &self.url {
            args.set_url(url.clone())?;
        }
        let elsewhere =
            args.server.is_some() || args.host.is_some() || args.embedded || args.context.is_some();
        let mut args = args.over(&context.base);
        if elsewhere {
            args.context = self.connection.context.clone();
        }
        let name = self.name.clone().unwrap_or_default();
        context.connect(args, &name).await?;
        if name.is_empty() {
            context.base = context.connection()?.args.clone();
        }
        Ok(ControlFlow::Continue)
    }
}

/// Ends the connection; the broker's receipt proves that all before it was processed
#[derive(Args, Debug, Clone)]
pub(crate) struct Disconnect {
    /// Which of several, by its name; 'all' ends all
    #[arg(id = "connection", value_name = "NAME")]
    pub name: Option<String>,
}

impl Command for Disconnect {
    const FACTS: Facts = Facts::new("disconnect", Group::Connect).shell_only();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        context.connection()?;
        if self.name.as_deref() == Some("all") {
            context.disconnect_all().await?;
            context.note("disconnected");
            return Ok(ControlFlow::Continue);
        }
        let left = context.disconnect(self.name.as_deref()).await?;
        match context.connection().map(ShellConnection::title) {
            Ok(title) => context.note(&format!("disconnected from {left}; commands go to {title} now")),
            Err(_) => context.note("disconnected"),
        }
        Ok(ControlFlow::Continue)
    }
}
