//! How every `send` runs: the connection, one message or many, and what became of them.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;

use super::body::Body;
use super::input::{Feed, InputError};
use super::reader;
use super::source::Source;
use super::template::Template;
use super::{ReceiptChoice, Send};
use crate::client::{Client, ClientError};
use crate::command::connection_events::EventWatcher;
use crate::command::connection_options::connect;
use crate::command::context::{Context, ControlFlow, OnInterrupt};
use crate::command::delivery::DeliveryReport;
use crate::command::diagnosis::explains_end;
use crate::command::exit::{Problem, UNKNOWN};
use crate::command::own_connection::control_flow;
use crate::command::signals::Signals;
use crate::command::tree::Input;
use crate::protocol::Frame;
use crate::render::progress::{Progress, Unit};
use crate::render::{messages, stderr};
use crate::session::{Confirm, Dialect, Failure};

/// The time for what is left to do after a signal.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// The time to leave a broker that has failed us: closing the connection says it all.
const LEAVING: Duration = Duration::from_millis(500);

/// Says why the end does not come at once.
pub(crate) fn say_stopping(quiet: bool) {
    if !quiet {
        let seconds = PATIENCE.as_secs();
        stderr::line(&format!("stopping: up to {seconds} s for receipts; a second signal ends at once"));
    }
}

/// Sends what the options and the input say, on a connection of its own on the command line, else on the
/// shell's. On the command line, `done` says what was done to so many messages.
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
        // A shell drops the command on a signal: nothing has to be ended.
        context.on_interrupt.set(OnInterrupt::Drop);
        context.connect_on_demand().await?;
        None
    };
    send.check()?;
    let transaction = send.transaction.clone().or_else(|| context.transaction());
    let send = &Send { transaction, ..send.clone() };
    // Local errors come before the broker is troubled.
    let mut source = tokio::select! {
        source = Source::of(send, context, input) => source?,
        code = signals.first() => return control_flow(code),
    };
    if !send.is_many() {
        if send.template {
            let body = source.whole().map_err(Problem::from)?;
            source = Source::Bytes(context.template.fill(&body).map_err(Problem::Input)?.into());
        }
        source.check_stream(send)?;
    }
    let retain = own.as_ref().and_then(|own| own.options.reconnect).is_some_and(|reconnect| reconnect.resend);
    let (client, dialect, events_watcher) = match own.as_ref() {
        Some(own) => {
            let (client, events) = tokio::select! {
                connected = connect(own.options.clone()) => connected?,
                code = signals.first() => return control_flow(code),
            };
            let events_watcher = EventWatcher::watch(events, own.quiet);
            let dialect = client.status().await?.dialect;
            (client, dialect, Some(events_watcher))
        }
        None => (context.client()?, context.connection()?.dialect, None),
    };
    context.remember(send.destination.as_deref().unwrap_or_default());
    let quiet = context.run_options.quiet;
    let interrupt = Interrupt { signals, code: None, quiet };
    let transacted = send.transaction.is_some();
    let confirm = match (transacted, retain) {
        // The COMMIT's receipt says as much.
        (true, _) => Confirm::None,
        (false, true) => Confirm::All,
        (false, false) => send.receipt.into(),
    };
    let retain = retain && !transacted;
    Sending { send, context, client, dialect, events_watcher, confirm, retain, interrupt }
        .run(source, done)
        .await
}

/// A `send` with what it runs on.
struct Sending<'a> {
    send: &'a Send,
    context: &'a mut Context,
    client: Client,
    dialect: &'static Dialect,
    /// Hears of a connection of its own; on the shell's, neither the connection nor a transaction is ended.
    events_watcher: Option<EventWatcher>,
    confirm: Confirm,
    /// Whether what has no receipt is sent again after a reconnect.
    retain: bool,
    interrupt: Interrupt,
}

impl Sending<'_> {
    async fn run(mut self, source: Source, done: Option<&str>) -> Result<ControlFlow> {
        let send = self.send;
        let head = send.frame(self.dialect, Bytes::new());
        let own = self.events_watcher.is_some();
        let transaction = send.transaction.as_deref().filter(|_| own);
        let confirms = send.receipt != ReceiptChoice::None && (own || send.transaction.is_none());
        let mut caveat = self.context.caveat(self.dialect, &head).filter(|_| confirms);
        if !self.context.run_options.interactive {
            self.context.show_caveat(caveat.take());
        }
        let mut wrong = None;
        let mut report = DeliveryReport::default();
        if let Some(name) = transaction {
            self.context.show_caveat(self.dialect.transaction_caveat());
            if let Err(error) = self.interrupt.guard(self.client.begin(name), || false).await {
                // Nothing was read yet of an input that is cut.
                report.not_sent = if send.cut.is_many() { 0 } else { send.repeat.unwrap_or(1) };
                report.error = Some(error);
            }
        }
        let begun = transaction.filter(|_| report.error.is_none());
        if report.error.is_none() {
            // A small body is kept by the client until its receipt comes; a large one is read again.
            (report, wrong) = match source {
                Source::Bytes(body) if !send.is_many() && !self.retain => {
                    (self.small(Frame { body, ..head }).await, None)
                }
                source => {
                    self.context.settle_sends().await?;
                    match source {
                        Source::File { file, length } if !send.is_many() => {
                            let body = Body::new(Arc::new(file), 0, length, false);
                            (self.large(head, body).await, None)
                        }
                        source => self.many(source).await,
                    }
                }
            };
        }
        let failed = report.error.is_some() || wrong.is_some() || self.interrupt.code.is_some();
        let mut open = begun;
        if let Some(name) = begun.filter(|_| !failed) {
            match self.interrupt.guard(self.client.commit(name), || true).await {
                Ok(()) => {
                    report.confirm_unknown();
                    open = None;
                }
                Err(error) => report.fail(error, report.unknown),
            }
        }
        let gone = self.leave(open, &mut report).await;
        self.finish(report, wrong, gone, done)?;
        self.context.show_caveat(caveat);
        Ok(ControlFlow::Continue)
    }

    /// Sends one message; nothing is known of one whose answer a script takes later.
    async fn small(&mut self, frame: Frame) -> DeliveryReport {
        // In a transaction of the shell, each receipt tells at once which line was refused.
        let asks = self.confirm != Confirm::None || (self.events_watcher.is_none() && self.asks());
        let sent = self.context.send_frame(&self.client, frame, self.send.text, asks);
        let result = self.interrupt.guard(sent, || true).await;
        if self.context.pipeline.is_some() {
            return DeliveryReport::default();
        }
        sent_once(&result, asks)
    }

    /// Sends one message from a file.
    async fn large(&mut self, head: Frame, body: Body) -> DeliveryReport {
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
        DeliveryReport { resent, perhaps_twice, ..sent_once(&result, asks) }
    }

    /// Sends many messages, or one that is kept until its receipt comes.
    async fn many(&mut self, source: Source) -> (DeliveryReport, Option<InputError>) {
        let send = self.send;
        let sender = self.client.bulk(send.head(self.dialect), self.confirm, self.retain);
        let (read, bytes) = (Arc::default(), Arc::default());
        let feed = Feed {
            chunks: sender.chunks(),
            read: Arc::clone(&read),
            bytes: Arc::clone(&bytes),
            rate: send.rate,
            template: (send.template && send.is_many()).then(Template::default),
        };
        let hidden = self.interrupt.quiet || self.events_watcher.is_none();
        let progress = match (send.cut.is_many(), source.length()) {
            (true, Some(length)) => Progress::watch(bytes, length, Unit::Bytes, hidden),
            (true, None) => Progress::watch(bytes, 0, Unit::Bytes, true),
            (false, _) => {
                Progress::watch(sender.progress(), send.repeat.unwrap_or(1), Unit::Messages, hidden)
            }
        };
        let mut input = reader::start(send, self.dialect, source, feed);
        let report = sender.report_until(&self.client, self.interrupt.wait(), PATIENCE).await;
        progress.end().await;
        // Reading may still wait for the input where the bulk has failed; only what it has said counts.
        let wrong = input.try_recv().ok().and_then(Result::err);
        let mut report = DeliveryReport::from(report);
        let sent = report.confirmed + report.unknown;
        report.not_sent = read.load(Ordering::Relaxed).saturating_sub(sent).max(report.not_sent);
        report.first_unconfirmed = report.first_unconfirmed.or((report.not_sent > 0).then_some(sent));
        (report, wrong)
    }

    fn asks(&self) -> bool {
        self.send.receipt != ReceiptChoice::None
    }

    /// Ends a connection of its own, and with it a transaction that is still open, and learns what the broker
    /// said last; why the connection is gone for good.
    async fn leave(&mut self, open: Option<&str>, report: &mut DeliveryReport) -> Option<ClientError> {
        let events_watcher = self.events_watcher.take()?;
        let failed = report.error.is_some() || self.interrupt.code.is_some();
        let leaving = async {
            if let Some(name) = open {
                // It may be gone with its connection; closing this one aborts it as well.
                let _ = self.client.abort(name).await;
            }
            self.client.disconnect().await
        };
        // After a signal, or with a broker that has failed us, it is not waited for long.
        let goodbye = if failed { tokio::time::timeout(LEAVING, leaving).await.ok()? } else { leaving.await };
        let end = events_watcher.end().await;
        if !failed && report.unknown > 0 {
            match (goodbye, end.refused) {
                (Err(ClientError::Lost { reason }), _) => report.fail(Failure::unknown(reason).into(), 1),
                (Err(error), _) => report.fail(error, 1),
                (Ok(_), Some(error)) => report.fail(error.refusal().into(), 1),
                // The broker has read all that came before its last receipt.
                (Ok(true), None) if self.confirm == Confirm::Last => report.confirm_unknown(),
                (Ok(_), None) => {}
            }
        }
        end.lost
    }

    /// Says what became of the messages; an error where it is not what was wanted.
    fn finish(
        &mut self,
        report: DeliveryReport,
        wrong: Option<InputError>,
        gone: Option<ClientError>,
        done: Option<&str>,
    ) -> Result<()> {
        let Self { send, context, confirm, retain, interrupt, .. } = self;
        let (one_shot, many) = (context.run_options.one_shot, send.is_many());
        if let Some(pipeline) = &mut context.pipeline {
            pipeline.add(&report);
        }
        if let Some(line) = report.resent_line().filter(|_| !interrupt.quiet) {
            context.screen.say(&line);
        }
        let unconfirmed = *confirm != Confirm::None && report.unknown > 0;
        if report.error.is_none() && interrupt.code.is_none() && wrong.is_none() && !unconfirmed {
            match done.filter(|_| one_shot) {
                Some(done) if !interrupt.quiet => {
                    context.screen.say(&format!("{done} {}", messages(report.confirmed)));
                }
                None if many => {
                    let how = if *confirm == Confirm::None { "sent" } else { "confirmed" };
                    context.note(&format!("{how} {}", messages(report.confirmed + report.unknown)));
                }
                _ => {}
            }
            return Ok(());
        }
        if one_shot || many {
            let last = many && *confirm == Confirm::Last && report.confirmed > 0;
            let last = if last {
                " (one receipt, for the last: it proves that the broker read them all)"
            } else {
                ""
            };
            let read = if send.cut.is_many() { " of what was read" } else { "" };
            context.screen.say(&report.line(&format!("{last}{read}")));
        }
        if let Some(first) = report.first_unconfirmed.filter(|_| send.cut.is_many()) {
            let what = if send.cut.lines || send.cut.jsonl { "line" } else { "message" };
            context.screen.say(&format!("the first {what} that is not confirmed: {}", first + 1));
        }
        if let Some(code) = interrupt.code {
            return control_flow(code).map(|_| ());
        }
        if let Some(wrong) = wrong {
            return Err(Problem::from(wrong).into());
        }
        Err(match (report.error, gone) {
            (_, Some(gone)) if explains_end(&gone) => gone.into(),
            // Each message is either confirmed or was not sent: nothing is unknown.
            (Some(ClientError::Failure(Failure::Unknown { .. } | Failure::NotSent { .. })), Some(gone))
                if report.unknown == 0 =>
            {
                gone.into()
            }
            // A message that cannot be written: its headers are the input's own, or those of the options.
            (Some(ClientError::Failure(failure @ Failure::NotSent { .. })), None) if many || *retain => {
                let reason = failure.to_string();
                if send.cut.jsonl { Problem::Input(reason).into() } else { Problem::usage(reason).into() }
            }
            (Some(ClientError::Failure(failure @ Failure::NotSent { .. })), Some(_))
                if report.unknown > 0 =>
            {
                Problem::Sending { reason: failure.to_string(), code: UNKNOWN }.into()
            }
            (Some(error), _) => error.into(),
            (None, _) => {
                let reason = "some receipts did not come".to_owned();
                Problem::Sending { reason, code: UNKNOWN }.into()
            }
        })
    }
}

/// What became of a message that was sent once.
fn sent_once(result: &Result<(), ClientError>, asked: bool) -> DeliveryReport {
    match result {
        Ok(()) if !asked => DeliveryReport { unknown: 1, ..DeliveryReport::default() },
        result => DeliveryReport::of(result),
    }
}

/// The signals that end a send, and the one that came.
struct Interrupt {
    signals: Signals,
    code: Option<u8>,
    quiet: bool,
}

impl Interrupt {
    /// Waits for a signal, and says that the end does not come at once.
    async fn wait(&mut self) {
        self.code = Some(self.signals.first().await);
        say_stopping(self.quiet);
    }

    /// Does something; after a signal, `stop` says whether its end is worth a wait.
    async fn guard(
        &mut self,
        work: impl Future<Output = Result<(), ClientError>>,
        stop: impl FnOnce() -> bool,
    ) -> Result<(), ClientError> {
        let unknown = |reason: &str| Err(Failure::unknown(reason).into());
        let mut work = std::pin::pin!(work);
        tokio::select! {
            result = &mut work => return result,
            code = self.signals.first() => self.code = Some(code),
        }
        if !stop() {
            return unknown("it was stopped");
        }
        say_stopping(self.quiet);
        let late = |_| unknown("it was not waited for any longer");
        tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(late)
    }
}
