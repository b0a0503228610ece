//! Opens, selects and closes the connections of a shell.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;

use super::connection::{ConnectionArgs, check_name};
use super::connection_events::NO_HEART_BEATS;
use super::connection_options::embedded_target;
use super::connections::{FIRST, ShellConnection, location_label};
use super::context::Context;
use super::diagnosis::AfterLoss;
use super::exit::{self, Problem};
use super::inbox::{Link, LinkState};
use super::password::EchoGuard;
use super::pipeline::Pipeline;
use crate::client::{Client, ClientError, ClientOptions, OnWait, Parting, Target};
use crate::render::escape::{Lines, escape_text};
use crate::render::messages;
use crate::transport::Secret;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

impl Context {
    pub(crate) fn connection(&self) -> Result<&ShellConnection> {
        let id = self.addressed.or(self.current);
        let found = self.connections.iter().find(|connection| Some(connection.id) == id);
        Ok(found.ok_or(ClientError::NotConnected)?)
    }

    pub(crate) fn connection_mut(&mut self) -> Result<&mut ShellConnection> {
        Ok(self.current_mut().ok_or(ClientError::NotConnected)?)
    }

    fn current_mut(&mut self) -> Option<&mut ShellConnection> {
        let id = self.addressed.or(self.current);
        self.connections.iter_mut().find(|connection| Some(connection.id) == id)
    }

    pub(crate) fn connections(&self) -> &[ShellConnection] {
        &self.connections
    }

    /// The client of the current connection. It is an error if there is none.
    pub(crate) fn client(&self) -> Result<Client> {
        Ok(self.connection()?.client.clone())
    }

    /// The id of the connection of this name. A connection without a name is found by its context's name.
    pub(super) fn find(&self, name: &str) -> Result<u64> {
        let named =
            |connection: &ShellConnection| *connection.name == *name || connection.shown_name() == name;
        let found = self.connections.iter().find(|connection| named(connection));
        let found = found.or_else(|| {
            self.connections.iter().find(|connection| connection.name.is_empty() && connection.label == name)
        });
        found.map(|connection| connection.id).ok_or_else(|| {
            let known: Vec<String> =
                self.connections.iter().map(|connection| connection.shown_name().to_owned()).collect();
            let there =
                if known.is_empty() { String::new() } else { format!("; there are: {}", known.join(", ")) };
            let hint = format!("'connect --as {name} URL' makes one{there}");
            Problem::usage_hint(format!("there is no connection '{name}'"), hint).into()
        })
    }

    pub(crate) fn choose(&mut self, name: &str) -> Result<()> {
        (self.current, self.addressed) = (Some(self.find(name)?), None);
        Ok(())
    }

    /// The open transaction that sends and acks go into. A transaction that was lost with its connection is forgotten.
    pub(crate) fn transaction(&mut self) -> Option<String> {
        let connection = self.current_mut()?;
        let losses = connection.link.borrow().losses;
        if connection.losses != losses {
            connection.losses = losses;
            connection.transactions.clear();
        }
        connection.transactions.last().cloned()
    }

    /// The names of the open transactions of all connections.
    pub(crate) async fn open_transactions(&self) -> Vec<String> {
        let mut open = Vec::new();
        for connection in &self.connections {
            // A lost connection has none.
            if let Ok(status) = connection.client.status().await {
                open.extend(status.transactions);
            }
        }
        open
    }

    pub(crate) fn new_transaction_name(&mut self) -> String {
        self.transactions_made += 1;
        format!("tx-{}", self.transactions_made)
    }

    /// Connects, and makes the new connection the current one. A connection without a name replaces the one without a
    /// name; a connection with a name replaces the one of that name only if that is lost.
    pub(crate) async fn connect(&mut self, args: ConnectionArgs, name: &str) -> Result<()> {
        if !name.is_empty() {
            check_name("connection", name, &[FIRST, "all"])?;
        }
        let existing =
            self.connections.iter().find(|connection| !name.is_empty() && *connection.name == *name);
        if existing.is_some_and(|connection| connection.link.borrow().state != LinkState::Down) {
            let hint = format!("'use {name}' goes there, 'disconnect {name}' ends it");
            return Err(Problem::usage_hint(format!("there is a connection '{name}' already"), hint).into());
        }
        let (mut args, stored) = args.with_context()?;
        let target = self.target(&args).await?;
        if self.connections.is_empty() {
            args.refuse_idle_tls_options(&target)?;
        }
        for warning in args.warnings(&target) {
            self.warn(&warning);
        }
        let mut options = args.client_options(target, Some(self.trace.clone()))?;
        if args.ask_password {
            // A reconnect must not ask again.
            let passcode = options.connect.passcode.as_deref().unwrap_or_default();
            args.password = Some(Secret::new(String::from_utf8_lossy(passcode)));
            args.ask_password = false;
        }
        if self.run_options.reconnects && options.reconnect.is_none() {
            options.reconnect = Some(args.reconnect_policy(false));
        }
        // Brokers refuse a second connection with the same client-id, so the old one is closed first; without a
        // client-id it stays until the new one is up.
        let close_first = args.client_id().is_some();
        let same_name = |connection: &&ShellConnection| *connection.name == *name;
        if close_first
            && let Some(id) = self.connections.iter().find(same_name).map(|connection| connection.id)
        {
            self.close(id).await?;
        }
        options.on_wait = self.on_wait(&options);
        let wishes_for_beats = options.connect.wants_heart_beats();
        let receipts = options.receipts;
        options.receipts = self.settings.receipts.unwrap_or(receipts);
        // The future is large, and would make that of every command large.
        let (client, events) = Box::pin(Client::connect(options)).await?;
        if let Some(id) = self.connections.iter().find(same_name).map(|connection| connection.id) {
            self.close(id).await?;
        }
        let status = client.status().await?;
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let name: Arc<str> = name.into();
        let link = self.inbox.attach(id, &name, events);
        self.connections.push(ShellConnection {
            name,
            id,
            client,
            link,
            transactions: Vec::new(),
            label: stored.as_ref().map_or_else(|| location_label(&status), |(context, _)| context.clone()),
            label_is_context: stored.is_some(),
            production: stored.is_some_and(|(_, production)| production),
            dialect: status.dialect,
            receipts,
            args,
            losses: 0,
            next_subscription: 1,
        });
        (self.current, self.addressed) = (Some(id), None);
        if let Some(connected) = status.connected {
            let server = connected.server.as_deref().unwrap_or("a broker that does not say its name");
            self.note(&format!("connected to {}: {server}, STOMP {}", status.endpoint, connected.version));
            if self.run_options.interactive && wishes_for_beats && connected.beats.incoming.is_none() {
                self.warn(NO_HEART_BEATS);
            }
        }
        Ok(())
    }

    /// The options of the current connection or, before the first command has opened it, those that it will use.
    fn connection_args(&self) -> Result<ConnectionArgs> {
        match self.connection() {
            Ok(connection) => Ok(connection.args.clone()),
            Err(_) if self.connects_on_demand => Ok(self.base.clone().with_context()?.0),
            Err(error) => Err(error),
        }
    }

    /// The options for a command's own connection to the broker of the current one.
    pub(crate) async fn own_options(&mut self) -> Result<(ClientOptions, ConnectionArgs)> {
        let args = self.connection_args()?;
        Ok((self.options_of(&args).await?, args))
    }

    /// The options for a connection like the current one or, if there is none, like the one that the command line names;
    /// `url` replaces its broker.
    pub(crate) async fn options_to(&mut self, url: Option<&str>) -> Result<ClientOptions> {
        let mut args =
            self.connection().map_or_else(|_| self.base.clone(), |connection| connection.args.clone());
        if let Some(url) = url {
            if self.run_options.one_shot {
                self.base.clone().set_url(url.to_owned())?;
            }
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
        if self.run_options.one_shot {
            args.refuse_idle_tls_options(&target)?;
            if self.base.reconnect_delay.is_some() && !args.reconnect && args.wait.is_none() {
                let message = "--reconnect-delay has no effect without --reconnect or --wait";
                return Err(Problem::usage_hint(message, "--reconnect tries again after these pauses").into());
            }
            for warning in args.warnings(&target) {
                self.warn(&warning);
            }
        }
        let _asking = (self.run_options.one_shot && args.ask_password).then(EchoGuard::begin);
        let mut options = args.client_options(target, Some(self.trace.clone()))?;
        options.receipts = self.settings.receipts.unwrap_or(options.receipts);
        let is_taken = |connection: &ShellConnection| {
            connection.link.borrow().state != LinkState::Down
                && connection.args.client_id() == options.connect.client_id()
        };
        if self.connections.iter().any(is_taken) {
            options.connect.remove_client_id();
        }
        options.on_wait = self.on_wait(&options);
        Ok(options)
    }

    /// Reports that the broker of these options cannot be reached yet.
    fn on_wait(&self, options: &ClientOptions) -> Option<OnWait> {
        let (screen, wait) = (Arc::clone(&self.screen), options.wait.as_secs_f64());
        let on_wait = move |error: &ClientError| {
            let text = format!("{error}; trying again for up to {wait} s");
            screen.notice(escape_text(&text, Lines::One).into_owned());
        };
        (!self.run_options.quiet).then(|| Arc::new(on_wait) as OnWait)
    }

    /// The options for another broker: `place` is its URL or the name of its context.
    pub(crate) fn options_elsewhere(&self, place: &str) -> Result<ClientOptions> {
        let (mut options, warnings) = self.connection_args()?.elsewhere(place, Some(self.trace.clone()))?;
        options.on_wait = self.on_wait(&options);
        for warning in warnings {
            self.warn(&warning);
        }
        Ok(options)
    }

    /// Where the broker is. A shell starts one embedded broker and keeps it.
    async fn target(&mut self, args: &ConnectionArgs) -> Result<Target> {
        if let (true, Some(broker)) = (args.embedded, &self.embedded) {
            return Ok(embedded_target(broker));
        }
        let (broker, target) = args.target().await?;
        self.embedded = self.embedded.take().or(broker);
        Ok(target)
    }

    /// Disconnects; the receipt proves that the broker has processed all frames before.
    async fn close(&mut self, id: u64) -> Result<()> {
        let Some(index) = self.connections.iter().position(|connection| connection.id == id) else {
            return Ok(());
        };
        let connection = self.connections.remove(index);
        self.addressed = self.addressed.filter(|addressed| *addressed != id);
        if self.current == Some(id) {
            // The one that was opened before it, or else the one after it.
            self.current = self.connections.get(index.saturating_sub(1)).map(|connection| connection.id);
        }
        let Link { state, losses, .. } = connection.link.borrow().clone();
        let parting = connection.client.part().await;
        if let Some(pipeline) = &mut self.pipeline {
            pipeline.confirm_late(connection.client.late_receipts());
        }
        if let Err(error @ ClientError::Broker(_)) = &parting
            && !self.run_options.interactive
        {
            return Err(error.clone().into());
        }
        let proven = matches!(parting, Ok(Parting::Receipt | Parting::Closed));
        let unproven = self.pipeline.as_ref().map_or(0, |pipeline| pipeline.unproven(id, losses, proven));
        if unproven > 0 {
            let loss = match parting {
                Ok(Parting::Unproven(error)) => error,
                Ok(Parting::Receipt | Parting::Closed) => {
                    ClientError::Lost { reason: "the connection was lost after it".to_owned() }
                }
                Err(error) => connection.link.borrow().error.as_ref().unwrap_or(&error).clone(),
            };
            let what = format!("the outcome of {} without a receipt is unknown:", messages(unproven));
            return Err(unknown_after(&what, loss));
        }
        let given_up = self.pipeline.as_ref().map_or(0, Pipeline::given_up);
        if let (Ok(Parting::Unproven(loss)), 1..) = (&parting, given_up) {
            let count = messages(given_up);
            let what = format!("the outcome of {count} is unknown: there is no receipt, and");
            return Err(unknown_after(&what, loss.clone()));
        }
        // A connection that was lost before cannot answer.
        let unanswered = matches!(parting, Ok(Parting::Closed | Parting::Unproven(_)));
        if state == LinkState::Up && connection.dialect.answers_disconnect && unanswered {
            self.warn("the broker did not answer the DISCONNECT");
        }
        Ok(())
    }

    /// Closes the current connection, or the one of this name, and returns its title.
    pub(crate) async fn disconnect(&mut self, name: Option<&str>) -> Result<String> {
        let id = match name {
            Some(name) => self.find(name)?,
            None => self.connection()?.id,
        };
        let leaving = self.connections.iter().find(|connection| connection.id == id);
        let leaving = leaving.ok_or(ClientError::NotConnected)?;
        let title = leaving.title();
        let open = leaving.client.status().await.map(|status| status.transactions).unwrap_or_default();
        self.close(id).await?;
        match open.first() {
            Some(name) => Err(Problem::never_committed(name).into()),
            None => Ok(title),
        }
    }

    pub(crate) async fn disconnect_all(&mut self) -> Result<()> {
        let mut closed = Ok(());
        while let Some(last) = self.connections.last() {
            closed = closed.and(self.close(last.id).await);
        }
        closed
    }

    /// Ends all connections of a script at once, so that it is known which of its sends were written.
    pub(crate) async fn cut_all(&mut self) {
        const AT_ONCE: Duration = Duration::from_secs(1);
        let ended = std::mem::take(&mut self.connections);
        for connection in &ended {
            connection.client.cut();
        }
        if let Some(pipeline) = &mut self.pipeline {
            // What is not answered stays unknown.
            let _ = tokio::time::timeout(AT_ONCE, pipeline.flush()).await;
            for connection in &ended {
                pipeline.confirm_late(connection.client.late_receipts());
            }
        }
    }

    /// The error that the current connection was lost with. The inbox hears of a loss when requests fail of it, or soon
    /// after.
    pub(crate) async fn loss(&mut self) -> Option<ClientError> {
        const SOON: Duration = Duration::from_millis(250);
        let link = &mut self.current_mut()?.link;
        let lost = tokio::time::timeout(SOON, link.wait_for(|link| link.state != LinkState::Up)).await;
        lost.ok()?.ok()?.error.clone()
    }

    /// Waits until a reconnect has succeeded or failed.
    pub(crate) async fn wait_for_link(&mut self) {
        if let Some(connection) = self.current_mut() {
            // The sender is dropped when the connection ends.
            let _ = connection.link.wait_for(|link| link.state != LinkState::Trying).await;
        }
    }
}

/// The error about an outcome that is unknown because of this loss.
fn unknown_after(what: &str, loss: ClientError) -> anyhow::Error {
    let reason = format!("{what} {}", loss.reason_of_loss());
    let error = Problem::Sending { reason, code: exit::UNKNOWN }.into();
    AfterLoss { error, loss }.into()
}
