//! `reply 7 …`: an answer to a message that came.

use anyhow::Result;

use super::context::{Context, Flow};
use super::exit::Problem;
use super::language::{Given, GivenBody};
use super::reply::Reply;
use super::send::Send;
use super::show;

impl Reply {
    /// The number of a message that came, where that is what the destination is.
    pub(super) fn answers(&self) -> Option<&str> {
        let text = self.destination.as_str();
        let digits = text.strip_prefix('#').unwrap_or(text);
        (text == "." || digits.parse::<u64>().is_ok()).then_some(text)
    }

    /// Sends one answer to where that message says, with its correlation-id.
    pub(super) async fn answer_one(&self, context: &mut Context, given: &Given, which: &str) -> Result<Flow> {
        let number = show::number(context, which)?;
        let Some(message) = context.inbox.message(number).await else {
            return Err(show::gone(context, number).await);
        };
        let text = |name: &str| message.header(name).map(|value| String::from_utf8_lossy(value).into_owned());
        let Some(reply_to) = text("reply-to") else {
            let hint = "'send DEST BODY' sends it where you say";
            return Err(
                Problem::usage_hint(format!("message {number} does not say where answers go"), hint).into()
            );
        };
        let body = match &given.body {
            _ if self.echo => Some(GivenBody::Octets(message.body.clone())),
            Some(body) => Some(body.clone()),
            None => return Err(Problem::usage("there is no answer to give").into()),
        };
        let send = Send {
            destination: Some(reply_to.clone()),
            header: self.header.clone(),
            correlation_id: text("correlation-id").or_else(|| text("message-id")),
            ..Send::default()
        };
        let flow = send.run(context, &Given { body, line: None }).await?;
        context.note(&format!("answered message {number} at {reply_to}"));
        Ok(flow)
    }
}
