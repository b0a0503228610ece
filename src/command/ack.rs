//! `ack` and `nack`: settle messages.

use super::connection::parse_settle_header;
use super::prelude::*;
use crate::client::Client;
use crate::protocol::Headers;
use crate::render::messages;
use crate::session::dialect::NackEffect;
use crate::session::{AckMode, AckTarget, Dialect};

/// Settles messages: the broker forgets them
#[derive(Args, Debug, Clone)]
pub(crate) struct Ack {
    /// A message's number or its 'ack' header; '.' is the newest, 'all' all that wait
    #[arg(value_name = "ID|.|all", default_value = ".")]
    pub which: Vec<String>,
    /// Add this header to the frame; may be given more than once
    #[arg(id = "control_header", short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = parse_settle_header)]
    pub header: Vec<(String, String)>,
}

/// Refuses messages: most brokers give them out again, or put them onto a dead-letter queue
#[derive(Args, Debug, Clone)]
pub(crate) struct Nack {
    /// A message's number or its 'ack' header; '.' is the newest, 'all' all that wait
    #[arg(value_name = "ID|.|all", default_value = ".")]
    pub which: Vec<String>,
    /// Discard the messages, or send them to the dead-letter queue, where the broker requeues them otherwise
    #[arg(long)]
    pub discard: bool,
    /// Add this header to the frame; may be given more than once
    #[arg(id = "control_header", short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = parse_settle_header)]
    pub header: Vec<(String, String)>,
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
        settle(context, &self.which, false, &self.header.iter().cloned().collect()).await
    }
}

impl Command for Nack {
    const FACTS: Facts = Facts::new("nack", Group::Follow).shell_only().examples(&[
        Example::run(
            TWO_UNACKED,
            "# gives it back, or to a dead-letter queue, as the broker has it\nnack 1\n",
        ),
        Example::shown(
            "# not again to anybody: RabbitMQ sends it to the dead-letter exchange\nnack --discard 1\n",
        ),
    ]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let dialect = context.connection()?.dialect;
        let mut headers: Headers = self.header.iter().cloned().collect();
        if self.discard
            && let Some((name, value)) = discard_header(dialect)?
        {
            headers.set(name, value);
        }
        let is_set = |(name, value): (&str, &str)| headers.get(name) == Some(value.as_bytes());
        let discards = self.discard || dialect.discard_header.is_some_and(is_set);
        if !discards || dialect.nacked == NackEffect::Unknown {
            let says = match dialect.nack_warning {
                "" => "what becomes of a nacked message is up to the broker: this one is not known",
                known => known,
            };
            match dialect.nacked {
                NackEffect::Acked => context.warn_once("nack", says),
                _ => context.note_once("nack", says),
            }
        }
        let consumes = discards || dialect.nacked != NackEffect::Requeued;
        if consumes
            && !context
                .may_run(Danger::Consumes(if self.discard { "nack --discard" } else { "nack" }))
                .await?
        {
            return Ok(ControlFlow::Continue);
        }
        settle(context, &self.which, true, &headers).await
    }
}

/// The header of a NACK after which the broker does not give the message out again; none where no NACK does that.
fn discard_header(dialect: &Dialect) -> Result<Option<(&'static str, &'static str)>> {
    match dialect.nacked {
        NackEffect::Discarded => Ok(None),
        _ if dialect.discard_header.is_some() => Ok(dialect.discard_header),
        _ => {
            let message = format!("{} has no NACK that discards a message", dialect.display_name());
            Err(Problem::usage_hint(message, "'ack' takes the message off the queue").into())
        }
    }
}

async fn settle(
    context: &mut Context,
    which: &[String],
    nack: bool,
    headers: &Headers,
) -> Result<ControlFlow> {
    let transaction = context.transaction();
    let dialect = context.connection()?.dialect;
    if transaction.is_some() && !dialect.transacts_acks && dialect.is_known() {
        let name = dialect.name;
        context.warn_once("tx", &format!("{name} takes acks at once: 'abort' does not bring them back"));
    }
    for which in which {
        let (client, which) = find(context, which).await?;
        let settling = client.settle_with(which, nack, transaction.clone(), headers.clone());
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
        return Err(Problem::usage(format!("message {number} is gone")).into());
    };
    let connection = context.connections().iter().find(|connection| connection.id == connection_id);
    let connection = connection.ok_or_else(|| {
        Problem::usage(format!(
            "message {number} came over a connection that is gone: it cannot be settled any more"
        ))
    })?;
    Ok((connection.client.clone(), AckTarget::Number(number_there)))
}
