//! Reports the outcome of a send.

use anyhow::Result;

use super::feed::InputError;
use super::run::Sending;
use crate::client::ClientError;
use crate::command::delivery::DeliveryReport;
use crate::command::diagnosis::{AfterLoss, explains_end};
use crate::command::exit::{Problem, UNKNOWN};
use crate::command::own_connection::control_flow;
use crate::render::messages;
use crate::session::{Confirm, Failure};

impl Sending<'_> {
    /// Reports the outcome. It is an error if not all messages are confirmed that were to be.
    pub(super) fn finish(
        &mut self,
        report: DeliveryReport,
        input_error: Option<InputError>,
        loss: Option<ClientError>,
        done: Option<&str>,
    ) -> Result<()> {
        let Self { send, context, confirm, retain, unasked, interrupt, empty, .. } = self;
        let (one_shot, many) = (context.run_options.one_shot, send.is_many());
        let settled_by = context.settled_by(send.transaction.clone(), *confirm != Confirm::None);
        if let Some(pipeline) = &mut context.pipeline {
            pipeline.add(&report, settled_by);
        }
        if let Some(line) = report.resent_line().filter(|_| !interrupt.quiet) {
            context.screen.say(&line);
        }
        // At the prompt, a missing receipt has been told.
        let asked = *confirm != Confirm::None || (one_shot && send.transaction.is_some() && !*unasked);
        let unconfirmed = asked && report.unknown > 0 && !context.run_options.interactive;
        if report.error.is_none() && interrupt.code.is_none() && input_error.is_none() && !unconfirmed {
            if *unasked && one_shot {
                if !interrupt.quiet {
                    context.screen.say(&format!("sent {}, unconfirmed", report.unknown));
                }
                return Ok(());
            }
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
            context.screen.say(&format!("the first {what} that is not confirmed: {}", empty.line_of(first)));
        }
        if let Some(code) = interrupt.code {
            return control_flow(code).map(|_| ());
        }
        if let Some(error) = input_error {
            return Err(Problem::from(error).into());
        }
        Err(match (report.error, loss) {
            (_, Some(loss)) if explains_end(&loss) => loss.into(),
            // Nothing is unknown, so that the loss of the connection is the error.
            (Some(ClientError::Failure(Failure::Unknown { .. } | Failure::NotSent { .. })), Some(loss))
                if report.unknown == 0 =>
            {
                loss.into()
            }
            (Some(ClientError::Failure(Failure::NoReceipts)), _) if report.unknown == 0 => {
                let reason =
                    "this server sends no receipts, and --tx needs them: nothing was sent".to_owned();
                Problem::Sending { reason, code: UNKNOWN }.into()
            }
            // A message that cannot be encoded, because of the headers of its envelope or of the options.
            (Some(ClientError::Failure(failure @ Failure::NotSent { .. })), None) if many || *retain => {
                let reason = failure.to_string();
                if send.cut.jsonl { Problem::Input(reason).into() } else { Problem::usage(reason).into() }
            }
            (Some(ClientError::Failure(failure @ Failure::NotSent { .. })), Some(_))
                if report.unknown > 0 =>
            {
                Problem::Sending { reason: failure.to_string(), code: UNKNOWN }.into()
            }
            (Some(error), Some(loss)) => AfterLoss { error: error.into(), loss }.into(),
            (Some(error), None) => error.into(),
            (None, _) => {
                let reason = "some receipts did not come".to_owned();
                Problem::Sending { reason, code: UNKNOWN }.into()
            }
        })
    }
}
