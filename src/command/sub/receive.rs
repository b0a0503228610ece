//! A `sub` that ends by itself: until enough came, in time, until a signal. It has a connection of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use tokio::time::Instant;

use super::Sub;
use super::dump::DumpFolder;
use super::exec::Exec;
use super::held::HeldAcks;
use super::plan::{AckPlan, Purpose, Taking};
use super::pump::{End, Pump, until};
use super::sink::{Done, PendingOutput, Printer, PrinterEnd, Sink};
use crate::client::{Client, ClientError, Status};
use crate::command::connection_events::NO_HEART_BEATS;
use crate::command::connection_options::connect;
use crate::command::diagnosis;
use crate::command::existing_queue;
use crate::command::exit::{self, Problem};
use crate::command::own_connection::{OwnConnection, leave, unconfirmed};
use crate::render::progress::{Progress, Unit};
use crate::render::{Colors, DataOut, Diagnostic, Paint, Renderer, messages, stderr};
use crate::session::AckMode;

/// What was received so far, whatever the end.
#[derive(Debug, Default)]
pub(crate) struct ReceiveSummary {
    printed: Arc<AtomicU64>,
    pub(crate) taking: Taking,
    /// Whether nothing proves that the broker has processed all acks, or some messages could not be acked.
    pub(crate) unproven: bool,
    unackable: Arc<AtomicU64>,
}

impl ReceiveSummary {
    /// The number of messages that were printed.
    pub(crate) fn printed(&self) -> u64 {
        self.printed.load(Ordering::Relaxed)
    }
}

/// Receives until the end; returns the exit status.
pub(crate) async fn receive(
    sub: &Sub,
    purpose: Purpose,
    own: &mut OwnConnection,
    summary: &mut ReceiveSummary,
) -> Result<u8> {
    let mut options = own.options.clone();
    let (quiet, out, mut signals) = (own.quiet, &own.out, own.signals.clone());
    let signals = &mut signals;
    sub.check_acks()?;
    let filter = sub.chosen.filter()?;
    let sink = sink(sub, own.colors, out)?;
    // What is written to a terminal is for people, and its length for them to say.
    options.streams = !matches!(sink, Sink::Stdout(_)) || !out.is_terminal();
    let started = Instant::now();
    let wishes_for_beats = options.connect.wants_heart_beats();
    let (client, events) = tokio::select! {
        connected = connect(options.clone()) => connected?,
        code = signals.first() => return Ok(code),
        () = until(sub.timeout.map(|after| started + after)) => return Err(late(sub, 0)),
    };
    let status = client.status().await?;
    sub.check_broker(&status)?;
    let mut plan = AckPlan::new(sub, purpose.taking(status.dialect)?, &filter, &status);
    summary.taking = plan.taking;
    let leaves = sub.chosen.count.is_some() || !sub.chosen.is_all() || plan.taking == Taking::GivenBack;
    if let ([destination], true) =
        (&sub.destination[..], sub.whole_queue && leaves && plan.taking != Taking::Browsed)
    {
        tokio::select! {
            lasts = existing_queue::require_lasting(own, &options, &status, destination) => lasts?,
            code = signals.first() => return Ok(code),
        };
    }
    let browses = matches!((purpose, plan.taking), (Purpose::Browse, _) | (_, Taking::Browsed));
    if !quiet {
        warn_before(browses, wishes_for_beats, &mut plan, &status);
    }
    // After a reconnect, the messages whose acks are held would come once more.
    let held = match options.reconnect {
        Some(_) => None,
        None => HeldAcks::of(sub, &mut plan, &filter, &status, &client).map(Arc::new),
    };
    let (failures, done) = (Arc::new(AtomicU64::new(0)), Arc::new(Done::default()));
    let printer = Printer {
        client: client.clone(),
        sink,
        out: out.clone(),
        filter,
        ack: if plan.taking == Taking::Acked { plan.ack } else { AckMode::Auto },
        held: held.clone(),
        browses: browses.then_some(status.dialect),
        discard_others: sub.discard_others,
        most: sub.chosen.most(),
        printed: Arc::clone(&summary.printed),
        unackable: Arc::clone(&summary.unackable),
        subscriptions: sub.destination.len(),
        failures: Arc::clone(&failures),
        done: Arc::clone(&done),
        pending: PendingOutput::default(),
        large: None,
    };
    let subscribing = subscribe(sub, &plan, &client, &status, quiet);
    // On a terminal, the messages themselves show how far it is.
    let shown = out.is_terminal() && !sub.output.count_only;
    let ends = sub.chosen.count.is_some() || sub.whole_queue;
    let total = sub.chosen.count.unwrap_or(0);
    let progress =
        Progress::watch(Arc::clone(&summary.printed), total, Unit::Messages, quiet || shown || !ends);
    let pump = Pump { sub, started, done: &done, held: held.as_deref(), quiet };
    let end = pump.run(subscribing, events, printer, signals).await;
    progress.end().await;
    let acks = plan.taking == Taking::Acked && plan.ack != AckMode::Auto;
    let unackable = summary.unackable.load(Ordering::Relaxed);
    let acked = acks && (summary.printed() > unackable || sub.discard_others);
    let parting = match &end {
        End::Failed(error @ ClientError::Broker(_)) if acked => Err(unconfirmed(error.clone())),
        End::Failed(_) => Ok(()),
        _ => {
            let last = if let Some(held) = &held { held.finish().await } else { Ok(()) };
            let left = leave(&client, acked).await;
            last.map_err(unconfirmed).and(left)
        }
    };
    summary.unproven = unackable > 0 || acked && (parting.is_err() || matches!(end, End::Failed(_)));
    if unackable > 0 && sub.whole_queue && !quiet {
        warn_of_unackable(unackable);
    }
    let code = conclude(sub, end, parting, summary.printed())?;
    if let ([destination], 0, exit::OK) = (&sub.destination[..], summary.printed(), code)
        && sub.whole_queue
        && plan.taking != Taking::Browsed
    {
        existing_queue::warn_of_stream(own, &options, &status, destination).await;
    }
    if shown && !quiet && sub.whole_queue && code == exit::OK && summary.printed() == 0 {
        tell_of_nothing(sub);
    }
    if sub.output.count_only {
        out.write(format!("{}\n", summary.printed()).as_bytes())?;
    }
    let failed = failures.load(Ordering::Relaxed);
    if failed > 0 && code == exit::OK {
        stderr::line(&format!("{failed} commands of --exec failed"));
        return Ok(exit::FAILED);
    }
    Ok(code)
}

fn warn_before(browses: bool, wishes_for_beats: bool, plan: &mut AckPlan, status: &Status) {
    let beats = status.connected.as_ref().and_then(|connected| connected.beats.incoming);
    let without_beats = (wishes_for_beats && beats.is_none()).then(|| NO_HEART_BEATS.to_owned());
    let takes = (browses && plan.taking == Taking::GivenBack).then(|| {
        let broker = status.dialect.display_name();
        format!(
            "{broker} is not known to browse; messages are not acked, and may come again marked redelivered"
        )
    });
    for warning in without_beats.into_iter().chain(takes).chain(plan.warning.take()) {
        stderr::diagnostic(&Diagnostic::warning(warning), Paint::PLAIN);
    }
}

fn tell_of_nothing(sub: &Sub) {
    let what = if sub.chosen.is_all() { "there is nothing in it" } else { "nothing in it matches" };
    stderr::line(&format!("{}: {what}", sub.destination.join(", ")));
}

fn warn_of_unackable(count: u64) {
    let text = format!(
        "{} came without an ack header and could not be acked: the server may deliver them again",
        messages(count)
    );
    stderr::diagnostic(&Diagnostic::warning(text), Paint::PLAIN);
}

/// Sends all SUBSCRIBEs, and then waits for their receipts.
async fn subscribe(
    sub: &Sub,
    plan: &AckPlan,
    client: &Client,
    status: &Status,
    quiet: bool,
) -> Result<(), ClientError> {
    let mut asked = Vec::new();
    for mut subscription in sub.subscriptions(plan.ack, plan.prefetch, status) {
        let given = std::mem::replace(&mut subscription.headers, plan.headers.clone());
        subscription.headers.overlay(&given);
        if sub.existing_only {
            existing_queue::subscribe(client, subscription, status.dialect, quiet).await?;
        } else {
            asked.push(client.subscribe_later(subscription));
        }
    }
    for answer in asked {
        answer.await.unwrap_or(Err(ClientError::NotConnected))?;
    }
    Ok(())
}

fn sink(sub: &Sub, colors: Colors, out: &DataOut) -> Result<Sink> {
    if let Some(folder) = &sub.output.dump {
        let failed = |error| Problem::local(format!("cannot write to {}", folder.display()), error);
        return Ok(Sink::Dump(DumpFolder::new(folder).map_err(failed)?));
    }
    if let Some(line) = &sub.output.exec {
        return Ok(Sink::Exec(Exec::new(line, out), sub.on_fail));
    }
    out.require_open()?;
    if sub.output.count_only {
        return Ok(Sink::Nowhere);
    }
    let terminal = out.is_terminal();
    let format = sub.output.format(terminal, colors.stdout)?;
    Ok(Sink::Stdout(Box::new(Renderer::new(format, terminal))))
}

fn late(sub: &Sub, printed: u64) -> anyhow::Error {
    let of = sub.chosen.count.map_or(String::new(), |count| format!(" of {count}"));
    Problem::TimedOut(format!("time ran out after {printed}{of} messages")).into()
}

/// Turns the end into an exit code.
fn conclude(sub: &Sub, end: End, parting: Result<()>, printed: u64) -> Result<u8> {
    match (end, parting) {
        // The command ends for a reason of its own.
        (
            end @ (End::Signal(_)
            | End::Printer(
                PrinterEnd::Stdout(_)
                | PrinterEnd::Spool(_)
                | PrinterEnd::File(_)
                | PrinterEnd::Broken
                | PrinterEnd::Exec(_),
            )),
            Err(unproven),
        ) => {
            stderr::diagnostic(&diagnosis::diagnostic(&unproven), Paint::PLAIN);
            exit_code(sub, end, printed)
        }
        (_, Err(unproven)) => Err(unproven),
        (end, Ok(())) => exit_code(sub, end, printed),
    }
}

fn exit_code(sub: &Sub, end: End, printed: u64) -> Result<u8> {
    match end {
        End::Printer(PrinterEnd::Enough | PrinterEnd::NoMore) => Ok(exit::OK),
        End::Printer(PrinterEnd::Stdout(error)) if error.is_closed() => Ok(exit::CLOSED),
        End::Printer(PrinterEnd::Stdout(error)) => Err(error.into()),
        End::Printer(PrinterEnd::Spool(error)) | End::Failed(error) => Err(error.into()),
        End::Printer(PrinterEnd::File(error)) => {
            Err(Problem::local("cannot write the message", error).into())
        }
        End::Printer(PrinterEnd::Broken) => {
            Err(anyhow::anyhow!("the thread that prints has ended too early"))
        }
        End::Printer(PrinterEnd::Exec(how)) => {
            Err(Problem::Sending { reason: format!("{how}; the message stays unacked"), code: exit::FAILED }
                .into())
        }
        End::Signal(code) => Ok(code),
        End::Timeout => {
            if sub.chosen.count.is_some() {
                Err(late(sub, printed))
            } else {
                Ok(exit::OK)
            }
        }
        End::Idle => {
            if !sub.whole_queue && sub.chosen.count.is_some_and(|count| printed < count) {
                Err(late(sub, printed))
            } else {
                Ok(exit::OK)
            }
        }
    }
}
