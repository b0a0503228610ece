//! Runs a send: opens the connection, and sends one message or many.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;

use super::body::FileBody;
use super::feed::{EmptyLines, Feed, InputError};
use super::input;
use super::interrupt::Interrupt;
use super::source::BodySource;
use super::template::Template;
use super::{ReceiptChoice, Send};
use crate::client::{Client, ClientError, ClientOptions, Parting};
use crate::command::connection_events::EventWatcher;
use crate::command::connection_options::connect;
use crate::command::context::{Context, ControlFlow, OnInterrupt};
use crate::command::delivery::DeliveryReport;
use crate::command::existing_queue;
use crate::command::exit::Problem;
use crate::command::own_connection::control_flow;
use crate::command::signals::{PATIENCE, Signals};
use crate::command::transaction::unique_name;
use crate::command::tree::{Input, InputBody};
use crate::protocol::Frame;
use crate::render::progress::{Progress, Unit};
use crate::session::{Caveat, Confirm, Confirmation, Dialect, Failure, ReceiptPolicy, SessionError};

/// How long to wait for a broker's last answers after a failure.
const LEAVING: Duration = Duration::from_millis(500);

/// Sends what the options and the input say: on the command line over its own connection, else over the shell's. `done`
/// is the verb of the report on the command line, if there is one.
pub(crate) async fn run(
    send: &Send,
    context: &mut Context,
    input: &Input,
    done: Option<&str>,
) -> Result<ControlFlow> {
    let one_shot = context.run_options.one_shot;
    let mut signals = Signals::never();
    let own = if one_shot {
        signals = context.signals.clone();
        Some(context.own_connection().await?)
    } else {
        // The shell drops the command on a signal as long as it has sent nothing, and keeps its connection.
        context.on_interrupt.set(OnInterrupt::Drop);
        context.connect_on_demand().await?;
        None
    };
    send.check()?;
    let never = match &own {
        Some(own) => own.options.receipts == ReceiptPolicy::Never,
        None => context.asks_for_nothing(),
    };
    send.check_receipts(never)?;
    let transaction = send.transaction.clone().or_else(|| context.transaction());
    let send = &Send { transaction, ..send.clone() };
    // Local errors are found before the connection is opened.
    let mut source = tokio::select! {
        source = BodySource::of(send, context, input) => source?,
        code = signals.first() => return control_flow(code),
    };
    if !send.is_many() {
        if send.template {
            let body = source.whole().map_err(Problem::from)?;
            context.template.variables.clone_from(&context.variables);
            let typed = matches!(input.body(&send.body)?, Some(InputBody::Bytes(_)));
            let refused = if typed { Problem::usage } else { Problem::Input };
            source = BodySource::Bytes(context.template.fill(&body).map_err(refused)?.into());
        }
        source.check_stream(send)?;
    }
    // Only a small body is left to the window of a script, and to the prompt, which waits for its receipt no longer.
    if own.is_none() && (send.is_many() || !matches!(source, BodySource::Bytes(_))) {
        signals = context.signals.clone();
    }
    let retain = own.as_ref().and_then(|own| own.options.reconnect).is_some_and(|reconnect| reconnect.resend);
    if let Some(name) = send.transaction.as_ref().filter(|_| own.is_none())
        && !context.client()?.status().await?.transactions.contains(name)
    {
        return Err(ClientError::from(SessionError::NoTransaction { name: name.clone() }).into());
    }
    let (client, dialect, watcher) = match own.as_ref() {
        Some(own) => {
            let options = ClientOptions { disconnects_in_doubt: true, ..own.options.clone() };
            let (client, events) = tokio::select! {
                connected = connect(options) => connected?,
                code = signals.first() => return control_flow(code),
            };
            let watcher = EventWatcher::watch(events, own.quiet);
            let dialect = client.status().await?.dialect;
            (client, dialect, Some(watcher))
        }
        None => (context.client()?, context.connection()?.dialect, None),
    };
    context.remember(send.destination.as_deref().unwrap_or_default());
    let quiet = context.run_options.quiet;
    let may_be_missing = |destination: &str| own.is_some() && dialect.with_creation(destination).is_some();
    if let Some(destination) = send.destination.as_ref().filter(|to| send.kept || may_be_missing(to)) {
        let (options, _) = context.own_options().await?;
        tokio::select! {
            stored = existing_queue::require_target(&options, dialect, destination, quiet) => stored?,
            code = signals.first() => return control_flow(code),
        };
    }
    let interrupt = Interrupt::new(signals, quiet, Arc::clone(&context.screen));
    let transacted = send.transaction.is_some();
    let status = client.status().await?;
    if never && transacted {
        context.warn_once("tx", "with --receipts never it is not known whether a transaction is carried out");
    }
    let confirm = match (transacted || never, retain) {
        // The receipt of the COMMIT confirms all of them.
        (true, _) => Confirm::None,
        (false, true) => Confirm::All,
        // The last may be handled before the others.
        (false, false) if send.receipts() == ReceiptChoice::Last && !status.in_order => Confirm::All,
        (false, false) => send.receipts().into(),
    };
    let retain = retain && !transacted && !never;
    let empty = EmptyLines::default();
    let unasked = never;
    let sending =
        Sending { send, context, client, dialect, watcher, confirm, retain, unasked, interrupt, empty };
    sending.run(source, done).await
}

/// A send and the connection that it uses.
pub(super) struct Sending<'a> {
    pub(super) send: &'a Send,
    pub(super) context: &'a mut Context,
    client: Client,
    dialect: &'static Dialect,
    /// Set for a connection of the command's own. The shell's connection, and its transaction, stay open.
    watcher: Option<EventWatcher>,
    pub(super) confirm: Confirm,
    /// Whether messages without a receipt are resent after a reconnect.
    pub(super) retain: bool,
    /// Whether no receipts are to be asked for at all, because of the connection's options.
    pub(super) unasked: bool,
    pub(super) interrupt: Interrupt,
    pub(super) empty: EmptyLines,
}

impl Sending<'_> {
    async fn run(mut self, source: BodySource, done: Option<&str>) -> Result<ControlFlow> {
        let send = self.send;
        let head = send.frame(self.dialect, Bytes::new());
        let own = self.watcher.is_some();
        let transaction = send.transaction.as_deref().filter(|_| own);
        let confirms = send.receipts() != ReceiptChoice::None && (own || send.transaction.is_none());
        let mut caveat = self.context.caveat(self.dialect, &head).filter(|_| confirms);
        if own {
            // The command line has looked for it.
            caveat.take_if(|caveat| caveat.about == Caveat::MISSING);
        }
        if !self.context.run_options.interactive {
            self.context.show_caveat(caveat.take());
        }
        let mut input_error = None;
        let mut report = DeliveryReport::default();
        if let Some(name) = transaction {
            self.context.show_caveat(self.dialect.transaction_caveat());
            if let Err(error) = self.interrupt.guard(self.client.begin(name), || false).await {
                // An input that is cut has not been read yet.
                report.not_sent = if send.cut.is_many() { 0 } else { send.repeat.unwrap_or(1) };
                report.error = Some(error);
            }
        }
        let begun = transaction.filter(|_| report.error.is_none());
        if report.error.is_none() {
            // After a reconnect the client resends a small body that it holds; a large one is read again.
            (report, input_error) = match source {
                BodySource::Bytes(body) if !send.is_many() && !self.retain => {
                    (self.send_small(Frame { body, ..head }).await, None)
                }
                source => {
                    self.context.settle_sends().await?;
                    self.context.on_interrupt.set(OnInterrupt::CommandEnds);
                    match source {
                        BodySource::File { file, length } if !send.is_many() => {
                            let body = FileBody::new(Arc::new(file), 0, length, false);
                            (self.send_large(head, body).await, None)
                        }
                        source => self.send_many(source).await,
                    }
                }
            };
        }
        let failed = report.error.is_some() || input_error.is_some() || self.interrupt.code.is_some();
        let mut open = begun;
        if failed && begun.is_some() {
            report.abort();
        } else if let Some(name) = begun {
            match self.interrupt.guard(self.client.commit(name), || true).await {
                Ok(Confirmation::Confirmed) => {
                    report.confirm_unknown();
                    open = None;
                }
                Ok(Confirmation::Unconfirmed) => open = None,
                Err(error) => {
                    if matches!(error, ClientError::Session(SessionError::LostTransaction { .. })) {
                        report.abort();
                    }
                    report.fail(error, report.unknown);
                }
            }
        }
        let loss = self.leave(open, &mut report).await;
        self.finish(report, input_error, loss, done)?;
        self.context.show_caveat(caveat);
        Ok(ControlFlow::Continue)
    }

    /// Sends one message. In a script, whose pipeline takes the answer later, the report is empty.
    async fn send_small(&mut self, frame: Frame) -> DeliveryReport {
        // In a transaction of the shell, each receipt shows at once which line was refused.
        let asks = self.confirm != Confirm::None
            || (self.watcher.is_none() && self.send.receipts() != ReceiptChoice::None);
        let sent = self.context.send_frame(&self.client, frame, self.send.text, asks);
        let result = self.interrupt.guard(sent, || true).await;
        if self.context.pipeline.is_some() {
            return DeliveryReport::default();
        }
        DeliveryReport::of(&result)
    }

    /// Sends one message whose body is read from a file in pieces.
    async fn send_large(&mut self, head: Frame, body: FileBody) -> DeliveryReport {
        let asks = self.confirm != Confirm::None;
        let (mut resent, mut perhaps_twice) = (0, 0);
        let (client, retain) = (&self.client, self.retain);
        let sent = async {
            if retain {
                body.send_patiently(client, &head, &mut resent, &mut perhaps_twice).await
            } else {
                body.send(client, head, asks).await
            }
        };
        let result = self.interrupt.guard(sent, || body.stop()).await;
        DeliveryReport { resent, perhaps_twice, ..DeliveryReport::of(&result) }
    }

    /// Sends many messages, or one that is held until its receipt arrives.
    async fn send_many(&mut self, source: BodySource) -> (DeliveryReport, Option<InputError>) {
        let send = self.send;
        let sender = self.client.bulk(send.head(self.dialect), self.confirm, self.retain);
        let (read, bytes) = (Arc::default(), Arc::default());
        let feed = Feed {
            chunks: sender.chunks(),
            read: Arc::clone(&read),
            bytes: Arc::clone(&bytes),
            rate: send.rate,
            template: (send.template && send.is_many()).then(|| Template::new(&self.context.variables)),
        };
        let hidden = self.interrupt.quiet || self.watcher.is_none();
        let progress = match (send.cut.is_many(), source.length()) {
            (true, Some(length)) => Progress::watch(bytes, length, Unit::Bytes, hidden),
            (true, None) => Progress::watch(bytes, 0, Unit::Bytes, true),
            (false, _) => {
                Progress::watch(sender.progress(), send.repeat.unwrap_or(1), Unit::Messages, hidden)
            }
        };
        let mut input = input::start_reading(send, self.dialect, source, feed, &self.empty);
        let report = sender.report_until(&self.client, self.interrupt.wait(), PATIENCE).await;
        progress.end().await;
        // If the bulk has failed, the thread may still wait for input; then it has reported no error.
        let input_error = input.try_recv().ok().and_then(Result::err);
        let mut report = DeliveryReport::from(report);
        let sent = report.confirmed + report.unknown;
        let all = if send.cut.is_many() { read.load(Ordering::Relaxed) } else { send.repeat.unwrap_or(1) };
        report.not_sent = all.saturating_sub(sent).max(report.not_sent);
        report.first_unconfirmed = report.first_unconfirmed.or((report.not_sent > 0).then_some(sent));
        (report, input_error)
    }

    /// Closes the command's own connection, after an ABORT of a transaction that is still open, and updates the report by
    /// the broker's last answers. Returns the error that ended the connection before, if there is one.
    async fn leave(&mut self, open: Option<&str>, report: &mut DeliveryReport) -> Option<ClientError> {
        let Some(watcher) = self.watcher.take() else {
            self.confirm_last(report).await;
            return None;
        };
        let failed = report.error.is_some() || self.interrupt.code.is_some();
        let leaving = async {
            if let Some(name) = open {
                // An error does not matter: closing the connection aborts the transaction as well.
                let _ = self.client.abort(name).await;
            }
            self.client.part().await
        };
        // After a signal or a failure, the wait is short.
        let goodbye = if failed { tokio::time::timeout(LEAVING, leaving).await.ok()? } else { leaving.await };
        let end = watcher.end().await;
        if report.error.is_some() {
            return end.lost;
        }
        let lost = |error| end.lost.as_ref().unwrap_or(error).to_string();
        match (&goodbye, &end.refused) {
            // Messages that have their receipts are confirmed all the same.
            (Err(ClientError::Broker(error)), _) | (_, Some(error)) if report.unknown > 0 => {
                report.fail(error.refusal().into(), 1);
            }
            (Err(ClientError::Broker(error)), _) | (_, Some(error)) => {
                report.error = Some(ClientError::Broker(error.clone()));
            }
            // The receipt of DISCONNECT confirms all frames before it.
            (Ok(Parting::Receipt), None) if self.confirm == Confirm::Last => report.confirm_unknown(),
            (Ok(Parting::Unproven(error)), None) if report.unknown > 0 => {
                report.fail(Failure::unknown(error.reason_of_loss()).into(), 0);
                return Some(error.clone());
            }
            (Err(error), None) if report.unknown > 0 => report.fail(Failure::unknown(lost(error)).into(), 0),
            _ => {}
        }
        end.lost
    }

    /// Confirms what was sent before the last message, which was to ask for the receipt of all, could be: over a connection
    /// that stays, the receipt of another frame proves as much.
    async fn confirm_last(&mut self, report: &mut DeliveryReport) {
        if self.confirm != Confirm::Last || report.error.is_some() || report.unknown == 0 {
            return;
        }
        let name = unique_name("send");
        let patience = if self.interrupt.code.is_some() { LEAVING } else { PATIENCE };
        let begun = tokio::time::timeout(patience, self.client.begin(&name)).await;
        // The transaction is empty: an error says nothing about the messages.
        let _ = tokio::time::timeout(LEAVING, self.client.abort(&name)).await;
        if let Ok(Ok(Confirmation::Confirmed)) = begun {
            report.confirm_unknown();
        }
    }
}
