//! `send` at the prompt and in scripts, where sends are pipelined.

use anyhow::Result;
use bytes::Bytes;

use super::bulk::Bulk;
use super::one::stream;
use super::source::{Source, open};
use super::{ReceiptChoice, Send};
use crate::command::context::{Busy, Context, ControlFlow};
use crate::command::exit::{self, Problem};
use crate::command::figures::Figures;
use crate::command::tree::Input;
use crate::command::tree::InputBody;
use crate::session::{Confirm, Failure};

impl Send {
    /// Runs it at the prompt or in a script.
    pub(super) async fn in_shell(&self, context: &mut Context, given: &Input) -> Result<ControlFlow> {
        // At the prompt nothing has to be ended when a signal comes.
        context.busy.set(Busy::No);
        context.start().await?;
        self.check()?;
        let mut send = self.clone();
        send.transaction = send.transaction.or_else(|| context.transaction());
        if let Some(destination) = &send.destination {
            context.remember(destination);
        }
        let dialect = context.connection()?.dialect;
        let source = match &given.body {
            None => Source::Bytes(Bytes::new()),
            Some(InputBody::Bytes(bytes)) if send.template => Source::Bytes(bytes.clone()),
            Some(InputBody::Bytes(bytes)) => Source::Bytes(context.expanded(bytes)?),
            Some(InputBody::File(path)) => open(path.as_os_str())?,
        };
        if send.cut.is_many() || send.repeat.is_some() {
            context.settle_sends().await?;
            if send.cut.is_many() && given.body.is_none() {
                let hint = "give the body as @FILE or <<END; standard input is read on the command line";
                return Err(Problem::usage_hint("there is nothing to cut into messages", hint).into());
            }
            return many(&send, context, source).await;
        }
        let receipt = send.receipt != ReceiptChoice::None;
        source.check_stream(&send)?;
        match source {
            Source::Bytes(mut body) => {
                if send.template {
                    body = context.template.fill(&body).map_err(Problem::Input)?.into();
                }
                let frame = send.frame(dialect, body);
                context.hand_over(frame, send.text, receipt).await?;
            }
            Source::File { file, length } => {
                context.settle_sends().await?;
                let head = send.frame(dialect, Bytes::new());
                let receipt = receipt && send.transaction.is_none();
                let caveat = context.caveat(&head, receipt);
                let sent = stream(&context.client()?, head, file, length, receipt).await;
                if let Some(pipeline) = &mut context.pipeline {
                    pipeline.add(Figures::of(&sent));
                }
                sent?;
                context.advise(caveat);
            }
        }
        Ok(ControlFlow::Continue)
    }
}

/// Sends many messages: a body again and again, or one that is cut.
async fn many(send: &Send, context: &mut Context, source: Source) -> Result<ControlFlow> {
    let dialect = context.connection()?.dialect;
    let caveat = send.destination.is_some().then(|| send.frame(dialect, Bytes::new()));
    let caveat = caveat.and_then(|frame| context.caveat(&frame, send.receipt != ReceiptChoice::None));
    let confirm = if send.transaction.is_some() { Confirm::None } else { send.receipt.into() };
    let bulk = Bulk::begin(send, &context.client()?, dialect, confirm, false, Some(source));
    let report = bulk.sender.report().await;
    let wrong = bulk.input.await.ok().and_then(Result::err);
    if let Some(pipeline) = &mut context.pipeline {
        pipeline.add(Figures::from(&report));
    }
    let figures = Figures::from(&report);
    let counts = format!("{figures}{}", figures.refusals());
    if let Some(wrong) = wrong {
        return Err(Problem::Input(format!("{wrong}; {counts}")).into());
    }
    if let Some(failure) = report.failure {
        let code = match &failure {
            Failure::Refused { .. } => exit::REFUSED,
            Failure::NotSent { .. } => exit::FAILED,
            Failure::Unknown { .. } => exit::UNKNOWN,
        };
        if let Some(number) = failure.error() {
            context.inbox.error_reported(number);
        }
        return Err(Problem::Sending { reason: format!("{failure}; {counts}"), code }.into());
    }
    let sent = report.confirmed + report.unknown;
    let how = if confirm == Confirm::None { "sent" } else { "confirmed" };
    context.note(&format!("{how} {sent} messages"));
    context.advise(caveat);
    Ok(ControlFlow::Continue)
}
