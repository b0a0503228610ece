//! The one-shot `sub`: until enough came, in time, until a signal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::dump::Dump;
use super::exec::Exec;
use super::sink::{Done, Ended, Printer, Sink};
use super::{OnFail, Sub};
use crate::client::{Client, ClientError, Delivery, Events, Messages, Status};
use crate::command::connection::connect;
use crate::command::exit::{self, Problem};
use crate::command::losses;
use crate::command::losses::WITHOUT_BEATS;
use crate::command::own_connection::OwnConnection;
use crate::command::signals::Signals;
use crate::render::progress::{Progress, Unit};
use crate::render::{Colors, DataOut, Diagnostic, Renderer, stderr};
use crate::session::dialect::Nacked;
use crate::session::{AckMode, Dialect, Failure, WINDOW};

/// What becomes of the messages that come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Taking {
    /// They are acked after they were written.
    #[default]
    Acked,
    /// The broker shows them and keeps them; it says when it has shown all.
    Browsed,
    /// They are never acked: the broker gives them back, marked redelivered.
    GivenBack,
}

/// Runs it on a connection of its own; the exit code where nothing failed.
pub(in crate::command) async fn run(sub: &Sub, taking: Taking, own: &mut OwnConnection) -> Result<u8> {
    run_counting(sub, taking, &Arc::default(), own).await
}

/// The same, and how many messages were printed, whatever it ended with.
pub(in crate::command) async fn run_counting(
    sub: &Sub,
    taking: Taking,
    printed: &Arc<AtomicU64>,
    own: &mut OwnConnection,
) -> Result<u8> {
    let mut options = own.options.clone();
    let (quiet, out, signals) = (own.quiet, &own.out, &mut own.signals);
    sub.check_acks()?;
    let filter = sub.filter()?;
    let sink = sink(sub, own.colors, out)?;
    let hides = !filter.is_empty() && !sub.discard_others;
    // A large message that cannot be searched is not acked, whatever comes behind it.
    let singly = hides || filter.needs_body() || matches!(sink, Sink::Exec(_, OnFail::Nack));
    let ack = sub.ack.unwrap_or(match taking {
        Taking::Browsed => AckMode::Auto,
        Taking::GivenBack => AckMode::ClientIndividual,
        Taking::Acked if singly => AckMode::ClientIndividual,
        Taking::Acked => AckMode::Client,
    });
    // What a filter hides stays unacked, and would fill any window.
    let most = u32::try_from(sub.count.unwrap_or(u64::MAX)).unwrap_or(u32::MAX).min(WINDOW);
    // Nor does what is given back make room for more.
    let ahead = (ack != AckMode::Auto && !hides && taking == Taking::Acked).then_some(most);

    // What is written to a terminal is for people, and its length for them to say.
    options.streams = !matches!(sink, Sink::Stdout(_)) || !out.is_terminal();
    let started = Instant::now();
    let wishes_for_beats = options.connect.wishes_for_beats();
    let (client, events) = tokio::select! {
        connected = connect(options) => connected?,
        code = signals.first() => return Ok(code),
        () = until(sub.timeout.map(|after| started + after)) => return Err(late(sub, 0)),
    };
    let status = client.status().await?;
    sub.check_broker(&status)?;
    if matches!(sink, Sink::Exec(_, OnFail::Nack)) {
        check_nacks(&status)?;
    }
    let beats = status.connected.as_ref().and_then(|connected| connected.beats.incoming);
    if wishes_for_beats && beats.is_none() && !quiet {
        stderr::diagnostic(&Diagnostic::warning(WITHOUT_BEATS), crate::render::Paint::PLAIN);
    }
    let piles_up = ack != AckMode::Auto && (hides || taking == Taking::GivenBack);
    let asked: Vec<_> = match taking {
        Taking::Browsed => status.dialect.browse_headers().into_iter().flatten().collect(),
        _ if piles_up => status.dialect.unbounded_headers().into_iter().flatten().collect(),
        _ => Vec::new(),
    };
    if piles_up && !quiet && status.dialect.unbounded.is_none() {
        warn_of_a_bound(status.dialect, hides);
    }
    let failures = Arc::new(AtomicU64::new(0));
    let done_with = Arc::new(Done::default());
    let printer = Printer {
        client: client.clone(),
        sink,
        out: out.clone(),
        filter,
        ack: if taking == Taking::Acked { ack } else { AckMode::Auto },
        browses: (taking == Taking::Browsed).then_some(status.dialect),
        discard_others: sub.discard_others,
        most: sub.count.unwrap_or(u64::MAX),
        printed: Arc::clone(printed),
        subscriptions: sub.destination.len(),
        failures: Arc::clone(&failures),
        done: Arc::clone(&done_with),
    };
    let (deliveries, receiver) = mpsc::channel(1);
    let (done, ended) = oneshot::channel();
    std::thread::spawn(move || {
        // Whoever waited may have gone; then the process is about to end.
        let _ = done.send(printer.run(receiver));
    });
    let subscribing = async {
        for mut subscription in sub.subscriptions(ack, ahead, &status) {
            // What the user says of a header counts.
            subscription.headers.splice(..0, asked.clone());
            client.subscribe(subscription).await?;
        }
        // The handles on the subscriptions are the session's; here only what comes counts.
        Ok::<_, ClientError>(())
    };
    let watch = Watch { sub, started, printer: &done_with, quiet };
    // On a terminal, the messages themselves show how far it is.
    let shown = out.is_terminal() && !sub.output.count_only;
    let ends = sub.count.is_some() || sub.whole_queue;
    let progress =
        Progress::watch(Arc::clone(printed), sub.count.unwrap_or(0), Unit::Messages, quiet || shown || !ends);
    let end = watch.run(subscribing, events, deliveries, ended, signals).await;
    progress.end().await;
    let code = conclude(sub, &client, end, printed.load(Ordering::Relaxed)).await?;
    let watched = out.is_terminal() && !sub.output.count_only && !quiet;
    if watched && sub.whole_queue && code == exit::OK && printed.load(Ordering::Relaxed) == 0 {
        let chosen = sub.selector.is_some() || !sub.filter.is_empty() || sub.grep.is_some();
        let what = if chosen { "nothing in it matches" } else { "there is nothing in it" };
        stderr::line(&format!("{}: {what}", sub.destination.join(", ")));
    }
    if sub.output.count_only {
        out.write(format!("{}\n", printed.load(Ordering::Relaxed)).as_bytes())?;
    }
    let failed = failures.load(Ordering::Relaxed);
    if failed > 0 && code == exit::OK {
        stderr::line(&format!("{failed} commands of --exec failed"));
        return Ok(exit::FAILED);
    }
    Ok(code)
}

/// Refuses to nack where that would not give a message back.
fn check_nacks(status: &Status) -> Result<()> {
    let name = status.dialect.name;
    let message = if status.connected.as_ref().is_some_and(|connected| !connected.version.has_nack()) {
        "STOMP 1.0 has no NACK".to_owned()
    } else if !matches!(status.dialect.nacked, Nacked::GivenBack | Nacked::Unknown) {
        format!("{name} does not give a nacked message back")
    } else {
        return Ok(());
    };
    Err(Problem::usage_hint(message, "--on-fail stop leaves the message unacked and ends").into())
}

/// Says that not all may be seen where nothing is acked.
fn warn_of_a_bound(dialect: &Dialect, hides: bool) {
    let broker = dialect.called();
    let mut text =
        format!("{broker} gives out only so much before something is acked: there may be more than is seen");
    if hides {
        text.push_str("; --discard-others acks what --filter and --grep hide");
    }
    stderr::diagnostic(&Diagnostic::warning(text), crate::render::Paint::PLAIN);
}

/// How long to wait for more about what went wrong: the ERROR, or the end of the connection.
const MORE: Duration = Duration::from_millis(500);

fn sink(sub: &Sub, colors: Colors, out: &DataOut) -> Result<Sink> {
    if let Some(folder) = &sub.output.dump {
        let failed = |error| Problem::local(format!("cannot write to {}", folder.display()), error);
        return Ok(Sink::Dump(Dump::new(folder).map_err(failed)?));
    }
    if let Some(line) = &sub.output.exec {
        return Ok(Sink::Exec(Exec::new(line, out), sub.on_fail));
    }
    if sub.output.count_only {
        return Ok(Sink::Nowhere);
    }
    let terminal = out.is_terminal();
    let format = sub.output.format(terminal, colors.stdout)?;
    Ok(Sink::Stdout(Box::new(Renderer::new(format, terminal))))
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

fn late(sub: &Sub, printed: u64) -> anyhow::Error {
    let of = sub.count.map_or(String::new(), |count| format!(" of {count}"));
    Problem::TimedOut(format!("time ran out after {printed}{of} messages")).into()
}

/// Why a `sub` ended.
enum End {
    Printer(Ended),
    Signal(u8),
    Timeout,
    Idle,
    Failed(ClientError),
}

struct Watch<'a> {
    sub: &'a Sub,
    started: Instant,
    /// What the printer is done with.
    printer: &'a Done,
    quiet: bool,
}

impl Watch<'_> {
    /// Hands what comes to the printer, until something ends it.
    async fn run(
        &self,
        subscribing: impl Future<Output = Result<(), ClientError>>,
        events: Events,
        deliveries: mpsc::Sender<Delivery>,
        mut ended: oneshot::Receiver<Ended>,
        signals: &mut Signals,
    ) -> End {
        let mut deliveries = Some(deliveries);
        let mut waiting: Option<Delivery> = None;
        let mut subscribing = std::pin::pin!(subscribing);
        let mut messages = Messages::new(events).across_losses(losses::reporter(self.quiet));
        let mut subscribed = false;
        // A failure of which the reason is about to arrive, and until when to wait for that.
        let mut unsure: Option<(ClientError, Instant)> = None;
        // Since when nothing has come and nothing was done, and what the printer was given.
        let (mut calm, mut given) = (Instant::now(), 0);
        let end = loop {
            let busy = waiting.is_some() || self.printer.deliveries.load(Ordering::Acquire) < given;
            let idle = self.sub.idle.filter(|_| !busy).map(|after| calm + after);
            tokio::select! {
                biased;
                code = signals.first() => break End::Signal(code),
                ended = &mut ended => break End::Printer(ended.unwrap_or(Ended::Broken)),
                // Time is up however much comes: these two stand before it.
                () = until(self.sub.timeout.map(|after| self.started + after)) => break End::Timeout,
                () = until(unsure.as_ref().map(|(_, at)| *at)) => {
                    if let Some((failed, _)) = unsure.take() { break End::Failed(failed); }
                }
                result = &mut subscribing, if !subscribed => match result {
                    Ok(()) => { subscribed = true; calm = Instant::now(); }
                    Err(failed @ ClientError::Failure(Failure::Unknown { .. } | Failure::NotSent { .. })) => {
                        subscribed = true;
                        unsure = Some((failed, Instant::now() + MORE));
                    }
                    Err(failed) => break End::Failed(failed),
                },
                permit = reserve(deliveries.as_ref()), if waiting.is_some() => {
                    if let (Some(permit), Some(delivery)) = (permit, waiting.take()) {
                        permit.send(delivery);
                        given += 1;
                    }
                }
                delivery = messages.next(), if waiting.is_none() => match delivery {
                    Ok(delivery) => {
                        calm = Instant::now();
                        waiting = Some(delivery);
                    }
                    Err(failed) => break End::Failed(match (unsure, failed) {
                        (Some((first, _)), ClientError::NotConnected) => first,
                        (_, failed) => failed,
                    }),
                },
                () = self.printer.changed.notified() => calm = Instant::now(),
                () = until(idle) => break End::Idle,
            }
        };
        // What the printer has in hand is written and acked, unless its output stands still.
        deliveries = None;
        drop(deliveries);
        // Where the connection is gone it has all the time it takes, until somebody is tired of it.
        let patience =
            matches!(end, End::Failed(_)).then_some(Duration::MAX).unwrap_or(Duration::from_secs(5));
        let ended = tokio::select! {
            _ = signals.first(), if matches!(end, End::Failed(_)) => None,
            ended = tokio::time::timeout(patience, ended), if !matches!(end, End::Printer(_)) => ended.ok(),
            else => None,
        };
        match ended {
            // The same signal reached the command.
            Some(Ok(Ended::Exec(_))) if matches!(end, End::Signal(_)) => end,
            Some(Ok(ended @ (Ended::Stdout(_) | Ended::File(_) | Ended::Spool(_) | Ended::Exec(_)))) => {
                End::Printer(ended)
            }
            _ => end,
        }
    }
}

async fn reserve(deliveries: Option<&mpsc::Sender<Delivery>>) -> Option<mpsc::Permit<'_, Delivery>> {
    match deliveries {
        Some(deliveries) => deliveries.reserve().await.ok(),
        None => std::future::pending().await,
    }
}

/// Leaves, and turns the end into an exit code.
async fn conclude(sub: &Sub, client: &Client, end: End, printed: u64) -> Result<u8> {
    if !matches!(end, End::Failed(_)) {
        // Its receipt proves the last ack; an end of the connection is as good.
        let _ = client.disconnect().await;
    }
    match end {
        End::Printer(Ended::Enough | Ended::NoMore) => Ok(exit::OK),
        End::Printer(Ended::Stdout(error)) if error.is_closed() => Ok(exit::CLOSED),
        End::Printer(Ended::Stdout(error)) => Err(error.into()),
        End::Printer(Ended::Spool(error)) => Err(error.into()),
        End::Printer(Ended::File(error)) => Err(Problem::local("cannot write the message", error).into()),
        End::Printer(Ended::Broken) => Err(anyhow::anyhow!("the thread that prints has ended too early")),
        End::Printer(Ended::Exec(how)) => {
            Err(Problem::Sending { reason: format!("{how}; the message stays unacked"), code: exit::FAILED }
                .into())
        }
        End::Signal(code) => Ok(code),
        End::Timeout => {
            if sub.count.is_some() {
                Err(late(sub, printed))
            } else {
                Ok(exit::OK)
            }
        }
        End::Idle => {
            if !sub.fewer_will_do && sub.count.is_some_and(|count| printed < count) {
                Err(late(sub, printed))
            } else {
                Ok(exit::OK)
            }
        }
        End::Failed(error) => Err(error.into()),
    }
}
