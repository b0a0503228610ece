//! `begin`, `commit`, `abort`: transactions; named ones may be open side by side.

use super::connection::parse_transaction_header;
use super::prelude::*;
use crate::protocol::Headers;
use crate::session::Confirmation;

/// Opens a transaction; sends and acks go into it until 'commit' or 'abort'
#[derive(Args, Debug, Clone)]
pub(crate) struct Begin {
    /// Its name; of an open one, to go on in that
    #[arg(id = "transaction", value_name = "NAME")]
    pub name: Option<String>,
    #[command(flatten)]
    pub more: TransactionHeaders,
}

/// Carries a transaction out: only now its messages are there and its acks count
#[derive(Args, Debug, Clone)]
pub(crate) struct Commit {
    /// Its name; without one, the current one
    #[arg(id = "transaction", value_name = "NAME")]
    pub name: Option<String>,
    #[command(flatten)]
    pub more: TransactionHeaders,
}

/// Drops a transaction: its messages were never sent, its acks do not count
#[derive(Args, Debug, Clone)]
pub(crate) struct Abort {
    /// Its name; without one, the current one
    #[arg(id = "transaction", value_name = "NAME")]
    pub name: Option<String>,
    #[command(flatten)]
    pub more: TransactionHeaders,
}

/// Headers of BEGIN, COMMIT and ABORT.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct TransactionHeaders {
    /// Add this header to the frame; may be given more than once
    #[arg(id = "control_header", short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = parse_transaction_header)]
    header: Vec<(String, String)>,
}

impl TransactionHeaders {
    fn headers(&self) -> Headers {
        self.header.iter().cloned().collect()
    }
}

impl Command for Begin {
    const FACTS: Facts = Facts::new("begin", Group::Send)
        .row("begin, commit, abort", "a transaction: several sends, or none")
        .shell_only()
        .examples(&[Example::run(
            "",
            r"# three messages at once, or none
begin
send /queue/orders one
send /queue/orders two
send /queue/orders three
commit
",
        )]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let client = context.client()?;
        let open = client.status().await?.transactions;
        let name = match &self.name {
            Some(name) => name.clone(),
            None => loop {
                let name = context.new_transaction_name();
                if !open.contains(&name) {
                    break name;
                }
            },
        };
        // Forgets a transaction that was lost with an earlier connection.
        context.transaction();
        if open.contains(&name) {
            if context.transaction().as_deref() == Some(&name) {
                return Err(Problem::usage(format!("transaction '{name}' is open already")).into());
            }
        } else {
            let begun = context.patiently(&client, client.begin_with(&name, self.more.headers())).await?;
            if begun != Some(Confirmation::Confirmed) {
                context.warn_once(
                    "tx receipts",
                    "no receipts: it is not known whether the server has transactions, or carries one out",
                );
            }
            // One of the same name may have been lost with an earlier connection.
            context.forget_sends_in(&name);
        }
        if let Some(caveat) = context.connection()?.dialect.transaction_caveat() {
            context.warn_once(caveat.about, &caveat.text);
        }
        context.note(&format!("in transaction {name}; 'commit' carries it out, 'abort' drops it"));
        let transactions = &mut context.connection_mut()?.transactions;
        transactions.retain(|other| *other != name);
        transactions.push(name);
        Ok(ControlFlow::Continue)
    }
}

impl Command for Commit {
    const FACTS: Facts = Facts::new("commit", Group::Send)
        .shell_only()
        .examples(&[Example::run("begin\n", "# carries the current transaction out\ncommit\n")]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        end(context, self.name.as_deref(), true, self.more.headers()).await
    }
}

impl Command for Abort {
    const FACTS: Facts = Facts::new("abort", Group::Send)
        .aliases(&["rollback"])
        .shell_only()
        .examples(&[Example::run("begin t1\n", "# drops the one of that name\nabort t1\n")]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        end(context, self.name.as_deref(), false, self.more.headers()).await
    }
}

async fn end(
    context: &mut Context,
    name: Option<&str>,
    commit: bool,
    headers: Headers,
) -> Result<ControlFlow> {
    let client = context.client()?;
    let current = context.transaction();
    let Some(name) = name.map(str::to_owned).or_else(|| current.clone()) else {
        return Err(Problem::usage_hint("no transaction is open", "'begin' opens one").into());
    };
    let ended = if commit {
        let sends = context.committing(&name);
        let committed = context.patiently(&client, client.end_transaction(&name, true, headers)).await;
        context.committed(sends, &committed.clone().map(|known| known.unwrap_or(Confirmation::Unconfirmed)));
        committed
    } else {
        context.forget_sends_in(&name);
        context.patiently(&client, client.end_transaction(&name, false, headers)).await
    };
    context.connection_mut()?.transactions.retain(|other| *other != name);
    let what = match (ended? == Some(Confirmation::Confirmed), commit) {
        (true, true) => "committed",
        (true, false) => "aborted",
        (false, true) => "sent COMMIT, which is not confirmed, for",
        (false, false) => "sent ABORT, which is not confirmed, for",
    };
    let now = context.transaction().filter(|now| current.as_ref() != Some(now));
    let now = now.map_or(String::new(), |now| format!("; in transaction {now} again"));
    context.note(&format!("{what} transaction {name}{now}"));
    Ok(ControlFlow::Continue)
}

/// A name for a transaction of this program. HornetQ has one transaction of a name for all connections, not one for each
/// (STOMP 1.2, BEGIN), so that two programs with the same name would share one.
pub(crate) fn unique_name(purpose: &str) -> String {
    format!("{purpose}-{}", uuid::Uuid::new_v4().simple())
}
