//! Making, choosing and ending the connections of a shell.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;

use super::ask::Asking;
use super::connection::ConnectionArgs;
use super::connections::{Connection, FIRST, place};
use super::context::Context;
use super::exit::Problem;
use super::inbox::LinkState;
use super::losses::WITHOUT_BEATS;
use crate::client::{Client, ClientError, ClientOptions, Target};
use crate::render::Diagnostic;
use crate::transport::Secret;

/// The number of the next connection.
static IDS: AtomicU64 = AtomicU64::new(1);

/// A name is typed behind an `@`, and shown there.
fn check_name(name: &str) -> Result<()> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.chars().all(fits) && name != FIRST && name != "all" {
        return Ok(());
    }
    let hint = "letters, digits, '-', '_' and '.' make one";
    Err(Problem::usage_hint(format!("'{name}' cannot be the name of a connection"), hint).into())
}

impl Context {
    pub(crate) fn connection(&self) -> Result<&Connection> {
        let id = self.addressed.or(self.current);
        let found = self.connections.iter().find(|own| Some(own.id) == id);
        Ok(found.ok_or(ClientError::NotConnected)?)
    }

    /// The current connection, to change what is known of it.
    pub(crate) fn connection_mut(&mut self) -> Result<&mut Connection> {
        Ok(self.current_mut().ok_or(ClientError::NotConnected)?)
    }

    fn current_mut(&mut self) -> Option<&mut Connection> {
        let id = self.addressed.or(self.current);
        self.connections.iter_mut().find(|own| Some(own.id) == id)
    }

    pub(crate) fn connections(&self) -> &[Connection] {
        &self.connections
    }

    /// The handle on the current connection.
    pub(crate) fn client(&self) -> Result<Client> {
        Ok(self.connection()?.client.clone())
    }

    /// The number of the connection of this name; one that was given none goes by its context's.
    pub(super) fn find(&self, name: &str) -> Result<u64> {
        let named = |own: &Connection| *own.name == *name || own.shown_name() == name;
        let found = self.connections.iter().find(|own| named(own));
        let found =
            found.or_else(|| self.connections.iter().find(|own| own.name.is_empty() && own.label == name));
        found.map(|own| own.id).ok_or_else(|| {
            let known: Vec<String> = self.connections.iter().map(|own| own.shown_name().to_owned()).collect();
            let there =
                if known.is_empty() { String::new() } else { format!("; there are: {}", known.join(", ")) };
            let hint = format!("'connect --as {name} URL' makes one{there}");
            Problem::usage_hint(format!("there is no connection '{name}'"), hint).into()
        })
    }

    /// Makes the connection of this name the current one.
    pub(crate) fn choose(&mut self, name: &str) -> Result<()> {
        (self.current, self.addressed) = (Some(self.find(name)?), None);
        Ok(())
    }

    /// The transaction that sends and acks go into; one that was lost with its connection is none.
    pub(crate) fn transaction(&mut self) -> Option<String> {
        let connection = self.current_mut()?;
        let losses = connection.link.borrow().losses;
        if connection.losses != losses {
            connection.losses = losses;
            connection.transaction = None;
        }
        connection.transaction.clone()
    }

    /// The transactions that are open, on all connections.
    pub(crate) async fn open_transactions(&self) -> Vec<String> {
        let mut open = Vec::new();
        for own in &self.connections {
            // What is lost has none.
            if let Ok(status) = own.client.status().await {
                open.extend(status.transactions);
            }
        }
        open
    }

    /// A name for a transaction.
    pub(crate) fn transaction_name(&mut self) -> String {
        self.transactions_made += 1;
        format!("tx-{}", self.transactions_made)
    }

    /// Connects; what the options leave open is as the command line said. The connection without a
    /// name takes the other one's place; one with a name does so only where that is lost.
    pub(crate) async fn connect(&mut self, args: ConnectionArgs, name: &str) -> Result<()> {
        check_name(name)?;
        let taken = self.connections.iter().find(|own| !name.is_empty() && *own.name == *name);
        if taken.is_some_and(|own| own.link.borrow().state != LinkState::Down) {
            let hint = format!("'use {name}' goes there, 'disconnect {name}' ends it");
            return Err(Problem::usage_hint(format!("there is a connection '{name}' already"), hint).into());
        }
        let (mut args, stored) = args.with_context()?;
        let target = self.target(&args).await?;
        if !self.run_options.quiet {
            for warning in args.warnings(&target) {
                self.screen.complain(&Diagnostic::warning(warning));
            }
        }
        let mut options = args.client_options(target, Some(self.trace.clone()))?;
        if args.ask_password {
            // Asked for once is enough.
            let passcode = options.connect.passcode.as_deref().unwrap_or_default();
            args.password = Some(Secret::new(String::from_utf8_lossy(passcode)));
            args.ask_password = false;
        }
        if self.run_options.reconnects && options.reconnect.is_none() {
            options.reconnect = Some(args.reconnect_policy(false));
        }
        // Two connections of one client-id are one too many for a broker; else the old one stays until
        // there is a new one.
        let first = args.client_id.is_some();
        let same_name = |own: &&Connection| *own.name == *name;
        if first && let Some(id) = self.connections.iter().find(same_name).map(|own| own.id) {
            self.close(id).await?;
        }
        let wishes_for_beats = options.connect.wants_heart_beats();
        let (client, events) = Client::connect(options).await?;
        if let Some(id) = self.connections.iter().find(same_name).map(|own| own.id) {
            self.close(id).await?;
        }
        let status = client.status().await?;
        let id = IDS.fetch_add(1, Ordering::Relaxed);
        let name: Arc<str> = name.into();
        let link = self.inbox.attach(id, &name, events);
        self.connections.push(Connection {
            name,
            id,
            client,
            link,
            transaction: None,
            label: stored.as_ref().map_or_else(|| place(&status), |(context, _)| context.clone()),
            is_context: stored.is_some(),
            production: stored.is_some_and(|(_, production)| production),
            dialect: status.dialect,
            args,
            losses: 0,
            next_subscription: 1,
        });
        (self.current, self.addressed) = (Some(id), None);
        if let Some(connected) = status.connected {
            let server = connected.server.as_deref().unwrap_or("a broker that does not say its name");
            self.note(&format!("connected to {}: {server}, STOMP {}", status.endpoint, connected.version));
            if self.run_options.interactive && wishes_for_beats && connected.beats.incoming.is_none() {
                self.warn(WITHOUT_BEATS);
            }
        }
        Ok(())
    }

    /// How the current connection was made or, before the first command has made it, how it will be.
    fn own_args(&self) -> Result<ConnectionArgs> {
        match self.connection() {
            Ok(connection) => Ok(connection.args.clone()),
            Err(_) if self.unstarted => Ok(self.base.clone().with_context()?.0),
            Err(error) => Err(error),
        }
    }

    /// The options of a connection of a command's own, which is like the current one.
    pub(crate) async fn own_options(&mut self) -> Result<(ClientOptions, ConnectionArgs)> {
        let args = self.own_args()?;
        Ok((self.options_of(&args).await?, args))
    }

    /// The options of a connection like the current one, or like the one that the command line named, but to this
    /// broker, if one is given.
    pub(crate) async fn options_to(&mut self, url: Option<&str>) -> Result<ClientOptions> {
        let mut args = self.connection().map_or_else(|_| self.base.clone(), |own| own.args.clone());
        if let Some(url) = url {
            let named = args.context.take().filter(|_| self.connections.is_empty());
            let server = Some(url.to_owned());
            args = ConnectionArgs { server, ..ConnectionArgs::default() }.over(&args);
            args.context = named;
        }
        let (args, _) = args.with_context()?;
        self.options_of(&args).await
    }

    async fn options_of(&mut self, args: &ConnectionArgs) -> Result<ClientOptions> {
        let target = self.target(args).await?;
        if self.run_options.one_shot && !self.run_options.quiet {
            for warning in args.warnings(&target) {
                self.screen.complain(&Diagnostic::warning(warning));
            }
        }
        let _asking = (self.run_options.one_shot && args.ask_password).then(Asking::begin);
        args.client_options(target, Some(self.trace.clone()))
    }

    /// The options for another broker, by its URL or the name of its context.
    pub(crate) fn options_elsewhere(&self, place: &str) -> Result<ClientOptions> {
        let (options, warnings) = self.own_args()?.elsewhere(place, Some(self.trace.clone()))?;
        for warning in warnings {
            self.warn(&warning);
        }
        Ok(options)
    }

    /// Where the broker is; there is one embedded broker, which stays.
    async fn target(&mut self, args: &ConnectionArgs) -> Result<Target> {
        if let (true, Some(broker)) = (args.embedded, &self.embedded) {
            let own = Arc::clone(broker);
            return Ok(Target::Local(Arc::new(move || Box::new(own.connect()))));
        }
        let (broker, target) = args.target().await?;
        self.embedded = self.embedded.take().or(broker);
        Ok(target)
    }

    /// Ends a connection; its receipt proves that all before it was processed.
    async fn close(&mut self, id: u64) -> Result<()> {
        let Some(index) = self.connections.iter().position(|own| own.id == id) else { return Ok(()) };
        let connection = self.connections.remove(index);
        self.addressed = self.addressed.filter(|addressed| *addressed != id);
        if self.current == Some(id) {
            // The one that was opened before it, else the one after it.
            self.current = self.connections.get(index.saturating_sub(1)).map(|own| own.id);
        }
        let up = connection.link.borrow().state == LinkState::Up;
        let answered = connection.client.disconnect().await;
        // What is gone already needs no goodbye.
        if up
            && connection.dialect.answers_disconnect
            && !self.run_options.quiet
            && matches!(answered, Ok(false))
        {
            self.screen.complain(&Diagnostic::warning("the broker did not answer the DISCONNECT"));
        }
        Ok(())
    }

    /// Ends the current connection, or the one of this name; says which it was.
    pub(crate) async fn disconnect(&mut self, name: Option<&str>) -> Result<String> {
        let id = match name {
            Some(name) => self.find(name)?,
            None => self.connection()?.id,
        };
        let leaving = self.connections.iter().find(|own| own.id == id);
        let title = leaving.ok_or(ClientError::NotConnected)?.title();
        self.close(id).await?;
        Ok(title)
    }

    pub(crate) async fn disconnect_all(&mut self) -> Result<()> {
        while let Some(last) = self.connections.last() {
            self.close(last.id).await?;
        }
        Ok(())
    }

    /// Waits while a lost connection is being made again.
    pub(crate) async fn wait_for_link(&mut self) {
        if let Some(connection) = self.current_mut() {
            // Where the sender is gone, so is the connection.
            let _ = connection.link.wait_for(|link| link.state != LinkState::Trying).await;
        }
    }
}
