//! How a queue is looked at without taking from it, where the broker lets us.

use anyhow::Result;

use crate::client::{Client, ClientOptions};
use crate::command::exit::Problem;
use crate::command::kept::check_kept;
use crate::command::sub::once::Taking;

/// Asks the broker who it is, and says how a queue of its is looked at: shown by the broker, or with
/// `give_back` taken and given back. `others`: what can be done besides --give-back.
pub(super) async fn choose(
    options: ClientOptions,
    destination: &str,
    give_back: bool,
    others: &str,
) -> Result<Taking> {
    let (client, _) = Client::connect(options).await?;
    let dialect = client.status().await?.dialect;
    // What it answers to DISCONNECT does not matter here.
    let _ = client.disconnect().await;
    check_kept(dialect, destination)?;
    match (dialect.browses.is_some(), give_back) {
        (true, _) => Ok(Taking::Browsed),
        (false, true) => Ok(Taking::GivenBack),
        (false, false) => {
            let message = format!("{} cannot show a queue without taking from it", dialect.called());
            let hint = format!(
                "--give-back takes the messages without acking them; the broker gives them back, marked \
                 redelivered, and nobody else gets them meanwhile{others}"
            );
            Err(Problem::usage_hint(message, hint).into())
        }
    }
}
