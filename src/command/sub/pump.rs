//! Hands what arrives to the printer, until something ends it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::Sub;
use super::held::{CALM, HeldAcks};
use super::sink::{Done, Printer, PrinterEnd};
use crate::client::{ClientError, Delivery, Events, Messages};
use crate::command::connection_events;
use crate::command::signals::Signals;
use crate::session::Failure;

/// Why a `sub` ended.
pub(super) enum End {
    Printer(PrinterEnd),
    Signal(u8),
    Timeout,
    Idle,
    Failed(ClientError),
}

pub(super) struct Pump<'a> {
    pub(super) sub: &'a Sub,
    pub(super) started: Instant,
    /// Counts the deliveries that the printer has finished.
    pub(super) done: &'a Done,
    pub(super) held: Option<&'a HeldAcks>,
    pub(super) quiet: bool,
}

impl Pump<'_> {
    pub(super) async fn run(
        &self,
        subscribing: impl Future<Output = Result<(), ClientError>>,
        events: Events,
        printer: Printer,
        signals: &mut Signals,
    ) -> End {
        let (deliveries, receiver) = mpsc::channel(1);
        let (done, mut ended) = oneshot::channel();
        // A thread that need not wait costs more than it spares: two changes of threads for each delivery.
        let mut here = None;
        if printer.never_waits() {
            here = Some((printer, done));
        } else {
            std::thread::spawn(move || {
                // Whoever waited may have been cancelled; then the process is about to end.
                let _ = done.send(printer.run(receiver));
            });
        }
        let mut waiting: Option<Delivery> = None;
        let mut subscribing = std::pin::pin!(subscribing);
        let mut messages = Messages::new(events).across_losses(connection_events::reporter(self.quiet));
        let mut subscribed = false;
        // Why the receipt of a SUBSCRIBE did not come. If an ERROR or the end of the connection is the reason, that ends
        // this; otherwise messages may arrive all the same.
        let mut unconfirmed: Option<ClientError> = None;
        // Since when nothing has come and nothing was done, and what the printer was given.
        let (mut calm, mut given) = (Instant::now(), 0);
        let end = loop {
            let busy = waiting.is_some() || self.done.deliveries.load(Ordering::Acquire) < given;
            // A queue is not empty before it is known whether it exists.
            let busy = busy || (self.sub.existing_only && !subscribed);
            let idle = self.sub.idle.filter(|_| !busy).map(|after| calm + after);
            let held = self.held.filter(|held| !busy && !held.is_empty());
            tokio::select! {
                biased;
                code = signals.first() => break End::Signal(code),
                ended = &mut ended => break End::Printer(ended.unwrap_or(PrinterEnd::Broken)),
                // Time is up however much comes: these two stand before it.
                () = until(self.sub.timeout.map(|after| self.started + after)) => break End::Timeout,
                result = &mut subscribing, if !subscribed => match result {
                    Ok(()) => { subscribed = true; calm = Instant::now(); }
                    Err(failed @ ClientError::Failure(Failure::Unknown { .. } | Failure::NotSent { .. })) => {
                        subscribed = true;
                        unconfirmed = Some(failed);
                    }
                    Err(failed) => break End::Failed(failed),
                },
                permit = deliveries.reserve(), if waiting.is_some() => {
                    if let (Ok(permit), Some(delivery)) = (permit, waiting.take()) {
                        permit.send(delivery);
                        given += 1;
                    }
                }
                delivery = messages.next(), if waiting.is_none() => match delivery {
                    Ok(delivery) => {
                        match &mut here {
                            Some((printer, _)) => {
                                if let Some(ended) = printer.take(delivery, || false) {
                                    break End::Printer(ended);
                                }
                            }
                            None => waiting = Some(delivery),
                        }
                        calm = Instant::now();
                    }
                    Err(failed) => break End::Failed(match (unconfirmed, failed) {
                        (Some(first), ClientError::NotConnected) => first,
                        (_, failed) => failed,
                    }),
                },
                () = self.done.changed.notified() => calm = Instant::now(),
                // A queue is not empty because its broker cannot be reached.
                () = until(idle) => if !self.sub.whole_queue || messages.was_connected_since(&mut calm) {
                    break End::Idle;
                },
                () = until(held.map(|_| calm + CALM)) => held.into_iter().for_each(HeldAcks::release),
            }
        };
        if here.is_some() {
            return end;
        }
        // What the printer has in hand is written and acked, unless its output stands still.
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
            Some(Ok(PrinterEnd::Exec(_))) if matches!(end, End::Signal(_)) => end,
            Some(Ok(
                ended @ (PrinterEnd::Stdout(_)
                | PrinterEnd::File(_)
                | PrinterEnd::Spool(_)
                | PrinterEnd::Exec(_)),
            )) => End::Printer(ended),
            _ => end,
        }
    }
}

/// Waits until a deadline; for ever if there is none.
pub(crate) async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
