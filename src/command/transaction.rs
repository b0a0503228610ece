//! `begin`, `commit`, `abort`: transactions; named ones may be open side by side.

use super::prelude::*;
use crate::session::Confirmation;

/// Opens a transaction; sends and acks go into it until 'commit' or 'abort'
#[derive(Args, Debug, Clone)]
pub(crate) struct Begin {
    /// Its name; of an open one, to go on in that
    #[arg(id = "transaction", value_name = "NAME")]
    pub name: Option<String>,
}

/// Carries a transaction out: only now its messages are there and its acks count
#[derive(Args, Debug, Clone)]
pub(crate) struct Commit {
    /// Its name; without one, the current one
    #[arg(id = "transaction", value_name = "NAME")]
    pub name: Option<String>,
}

/// Drops a transaction: its messages were never sent, its acks do not count
#[derive(Args, Debug, Clone)]
pub(crate) struct Abort {
    /// Its name; without one, the current one
    #[arg(id = "transaction", value_name = "NAME")]
    pub name: Option<String>,
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
            let begun = context.patiently(&client, client.begin(&name)).await?;
            if begun != Some(Confirmation::Confirmed) {
                context.warn_once(
                    "tx receipts",
                    "no receipts: it is not known whether the server has transactions, or carries one out",
                );
            }
        }
        if let Some(caveat) = context.connection()?.dialect.transaction_caveat() {
            context.warn_once(caveat.about, &caveat.text);
        }
        context.note(&format!("in transaction {name}; 'commit' carries it out, 'abort' drops it"));
        context.connection_mut()?.transaction = Some(name);
        Ok(ControlFlow::Continue)
    }
}

impl Command for Commit {
    const FACTS: Facts = Facts::new("commit", Group::Send)
        .shell_only()
        .examples(&[Example::run("begin\n", "# carries the current transaction out\ncommit\n")]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        end(context, self.name.as_deref(), true).await
    }
}

impl Command for Abort {
    const FACTS: Facts = Facts::new("abort", Group::Send)
        .aliases(&["rollback"])
        .shell_only()
        .examples(&[Example::run("begin t1\n", "# drops the one of that name\nabort t1\n")]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        end(context, self.name.as_deref(), false).await
    }
}

async fn end(context: &mut Context, name: Option<&str>, commit: bool) -> Result<ControlFlow> {
    let client = context.client()?;
    let current = context.transaction();
    let Some(name) = name.map(str::to_owned).or_else(|| current.clone()) else {
        return Err(Problem::usage_hint("no transaction is open", "'begin' opens one").into());
    };
    let ending = async { if commit { client.commit(&name).await } else { client.abort(&name).await } };
    let ended = context.patiently(&client, ending).await;
    if current.as_deref() == Some(&name) {
        context.connection_mut()?.transaction = None;
    }
    let what = match (ended? == Some(Confirmation::Confirmed), commit) {
        (true, true) => "committed",
        (true, false) => "aborted",
        (false, true) => "sent COMMIT, which is not confirmed, for",
        (false, false) => "sent ABORT, which is not confirmed, for",
    };
    context.note(&format!("{what} transaction {name}"));
    Ok(ControlFlow::Continue)
}

/// A name for a transaction of this program. HornetQ has one transaction of a name for all connections, not one for each
/// (STOMP 1.2, BEGIN), so that two programs with the same name would share one.
pub(crate) fn unique_name(purpose: &str) -> String {
    format!("{purpose}-{}", uuid::Uuid::new_v4().simple())
}
