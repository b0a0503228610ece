//! `ack` and `nack`: settle messages.

use super::prelude::*;
use crate::client::Client;
use crate::render::messages;
use crate::session::dialect::NackEffect;
use crate::session::{AckMode, AckTarget};

/// Settles messages: the broker forgets them
#[derive(Args, Debug, Clone)]
pub(crate) struct Ack {
    /// A message's number or its 'ack' header; '.' is the newest, 'all' all that wait
    #[arg(value_name = "ID|.|all", default_value = ".")]
    pub which: Vec<String>,
}

/// Refuses messages: most brokers give them out again, or put them onto a dead-letter queue
#[derive(Args, Debug, Clone)]
pub(crate) struct Nack {
    /// A message's number or its 'ack' header; '.' is the newest, 'all' all that wait
    #[arg(value_name = "ID|.|all", default_value = ".")]
    pub which: Vec<String>,
}

impl Command for Ack {
    const FACTS: Facts = Facts::new("ack", Group::Follow)
        .row("ack, nack, wait", "settle what came; wait until something did")
        .shell_only()
        .examples(&[Example::run(
            TWO_UNACKED,
            "# the message that is shown as #1\nack 1\n# the newest, or all that wait\nack .\n",
        )]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        settle(context, &self.which, false).await
    }
}

impl Command for Nack {
    const FACTS: Facts = Facts::new("nack", Group::Follow).shell_only().examples(&[Example::run(
        TWO_UNACKED,
        "# gives it back, or to a dead-letter queue, as the broker has it\nnack 1\n",
    )]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let dialect = context.connection()?.dialect;
        let says = match dialect.nack_warning {
            "" => "what becomes of a nacked message is up to the broker: this one is not known",
            known => known,
        };
        match dialect.nacked {
            NackEffect::Acked => context.warn_once("nack", says),
            _ => context.note_once("nack", says),
        }
        if dialect.nacked != NackEffect::Requeued && !context.may_run(Danger::Consumes("nack")).await? {
            return Ok(ControlFlow::Continue);
        }
        settle(context, &self.which, true).await
    }
}

async fn settle(context: &mut Context, which: &[String], nack: bool) -> Result<ControlFlow> {
    let transaction = context.transaction();
    let dialect = context.connection()?.dialect;
    if transaction.is_some() && !dialect.transacts_acks && dialect.is_known() {
        let name = dialect.name;
        context.warn_once("tx", &format!("{name} takes acks at once: 'abort' does not bring them back"));
    }
    for which in which {
        let (client, which) = find(context, which).await?;
        let settling = client.settle(which, nack, transaction.clone());
        let Some(settled) = context.patiently(&client, settling).await? else { continue };
        let word = match (nack, settled.confirmed || transaction.is_some()) {
            (false, true) => "acked",
            (true, true) => "nacked",
            (false, false) => "sent an ACK, which is not confirmed, for",
            (true, false) => "sent a NACK, which is not confirmed, for",
        };
        let inside = transaction.as_ref().map_or(String::new(), |name| format!(" in transaction {name}"));
        let before = if settled.cumulative {
            format!(": in {} mode that settles all before it too", AckMode::Client)
        } else {
            String::new()
        };
        context.note(&format!("{word} {}{inside}{before}", messages(settled.messages)));
    }
    Ok(ControlFlow::Continue)
}

/// The message that `which` names, and its connection. The inbox numbers the messages of all connections; a session has
/// numbers of its own.
async fn find(context: &Context, which: &str) -> Result<(Client, AckTarget)> {
    let client = context.client()?;
    let Ok(number) = which.strip_prefix('#').unwrap_or(which).parse::<u64>() else {
        return Ok(match which {
            "." => (client, AckTarget::Newest),
            "all" => (client, AckTarget::All),
            id => (client, AckTarget::Id(id.to_owned())),
        });
    };
    let Some((connection_id, number_there)) = context.inbox.origin(number).await else {
        // Some brokers' ack ids are numbers too.
        if number > context.inbox.count() {
            return Ok((client, AckTarget::Id(which.to_owned())));
        }
        return Err(Problem::Input(format!("message {number} is gone")).into());
    };
    let connection = context.connections().iter().find(|connection| connection.id == connection_id);
    let connection = connection.ok_or_else(|| {
        Problem::Input(format!(
            "message {number} came over a connection that is gone: it cannot be settled any more"
        ))
    })?;
    Ok((connection.client.clone(), AckTarget::Number(number_there)))
}
