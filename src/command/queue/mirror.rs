//! `mirror`: a standing copy from one broker to another.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;

use super::PassageArgs;
use super::arrivals::arrivals;
use super::passage::{Leaving, Passage, PassageEnd, Passed, forward};
use super::transfer::{cause, kept_headers};
use crate::client::ClientOptions;
use crate::command::connection::parse_seconds;
use crate::command::connection_events::{self, EventWatcher};
use crate::command::connection_options::connect;
use crate::command::context::{Command, Context, ControlFlow, RunOptions};
use crate::command::existing_queue;
use crate::command::exit::Problem;
use crate::command::facts::{Danger, Example, Facts, Group};
use crate::command::own_connection::{
    OwnConnection, control_flow, explain_missing_receipts, leave, require_receipts, stopped,
};
use crate::command::sub::{Choice, Sub};
use crate::command::tree::Input;
use crate::protocol::Headers;
use crate::render::progress::{Progress, Unit};
use crate::render::{messages, stderr};
use crate::session::Dialect;

/// Hands what comes on to another broker; then it is off here
///
/// It goes on until Ctrl-C, -c or --idle. A message is acked here only after the receipt from there, so none is lost;
/// with --reconnect a lost connection, on either side, is made again, and what was under way then may be there twice.
/// A topic can be mirrored too: what comes while nobody is subscribed is not, unless --durable keeps it.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Mirror {
    /// From this queue or topic
    #[arg(value_name = "FROM")]
    pub from: String,
    /// To this one over there [default: the same name]
    #[arg(value_name = "TO")]
    pub target: Option<String>,
    /// The other broker: its URL, or the name of a context, which holds its login
    #[arg(long, value_name = "URL|CONTEXT")]
    pub to: String,
    /// End after so many seconds without a message
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub idle: Option<Duration>,
    /// Create the source if it does not exist, where the broker can read it without creating it (RabbitMQ)
    #[arg(long)]
    pub create: bool,
    /// Only messages that match this SQL-like condition, where the broker has selectors
    #[arg(long, value_name = "CONDITION")]
    pub selector: Option<String>,
    /// A durable subscription of this name
    #[arg(long, value_name = "NAME")]
    pub durable: Option<String>,
    #[command(flatten)]
    pub passage: PassageArgs,
}

impl Command for Mirror {
    const FACTS: Facts = Facts::new("mirror", Group::Queues)
        .without_connection()
        .stops_itself()
        .examples(&[Example::shown("# whatever comes goes to another broker, until Ctrl-C\nmirror /queue/orders --to stomp://other.example\n# under another name, to a broker of 'stomp ctx'\nmirror /queue/orders /queue/copy --to spare\n")]);

    fn danger(&self, _: RunOptions) -> Option<Danger> {
        Some(Danger::Consumes("mirror"))
    }

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let why = "a message is acked at the source only when the target has confirmed it";
        let own = context.own_connection().await?;
        require_receipts(&own.options, "mirror", why)?;
        let elsewhere = context.options_elsewhere(&self.to)?;
        require_receipts(&elsewhere, "mirror", why)?;
        explain_missing_receipts(self.mirror(own, elsewhere).await, "mirror", why)
    }
}

impl Mirror {
    async fn mirror(&self, own: OwnConnection, mut elsewhere: ClientOptions) -> Result<ControlFlow> {
        let OwnConnection { mut options, quiet, mut signals, .. } = own;
        let signals = &mut signals;
        let to = self.target.as_deref().unwrap_or(&self.from);
        let retain = elsewhere.reconnect.is_some_and(|reconnect| reconnect.resend);
        options.streams = true;
        options.disconnects_in_doubt = true;
        elsewhere.disconnects_in_doubt = true;
        let connecting = async {
            let source = connect(options).await.context("the source")?;
            let target = connect(elsewhere.clone()).await.context("the target")?;
            Ok::<_, anyhow::Error>((source, target))
        };
        let ((source, events), (target, target_events)) = tokio::select! {
            connected = connecting => connected?,
            code = signals.first() => return control_flow(code),
        };
        let (here, there) = (source.status().await?, target.status().await?);
        if (&here.endpoint, &here.at) == (&there.endpoint, &there.at) && to == self.from {
            let hint = "give the target's name as a second word";
            return Err(
                Problem::usage_hint("source and target are the same, on the same broker", hint).into()
            );
        }
        let sub = Sub {
            destination: vec![self.from.clone()],
            chosen: Choice { selector: self.selector.clone(), ..Choice::default() },
            durable: self.durable.clone(),
            prefetch: self.passage.prefetch,
            ..Sub::default()
        };
        sub.check_broker(&here)?;
        // Who mirrors a topic to a topic knows that neither stores anything.
        if !(here.dialect.is_topic(&self.from) && there.dialect.is_topic(to)) {
            tokio::select! {
                stored = existing_queue::require_target(&elsewhere, there.dialect, to, quiet) => stored.context("the target")?,
                code = signals.first() => return control_flow(code),
            };
        }
        let watcher = EventWatcher::watch(target_events, quiet);
        let ends_with_acks = self.passage.ends_with_acks(retain, &here, &self.from);
        let passage = Passage {
            source: source.clone(),
            target: target.clone(),
            same: false,
            leaving: Leaving::AfterReceipts,
            ack: here.bulk_ack(),
            forward: forward(to, self.headers(to, here.dialect, there.dialect)),
            most: self.passage.most(),
            ends_with_acks,
            full: if ends_with_acks { self.passage.prefetch().into() } else { 1 },
            // What is mirrored is not to wait long for more.
            linger: Duration::from_millis(100),
            idle: self.idle,
            retain,
            quiet,
            progress: Arc::default(),
        };
        let mut arrivals = arrivals(events, None).across_losses(connection_events::reporter(quiet));
        let mut subscribed = Ok(());
        for subscription in sub.subscriptions(here.bulk_ack(), Some(self.passage.prefetch()), &here) {
            let subscribing = async {
                if self.create || self.durable.is_some() {
                    return source.subscribe(subscription).await.map(drop);
                }
                existing_queue::subscribe(&source, subscription, here.dialect, quiet).await
            };
            tokio::select! {
                one = arrivals.during(subscribing) => {
                    subscribed = subscribed.and(one.context("the source"));
                }
                code = signals.first() => return control_flow(code),
            };
        }
        if !quiet && subscribed.is_ok() && self.passage.count.is_none() && self.idle.is_none() {
            stderr::line(&format!("mirroring {} to {to} at {}; Ctrl-C ends it", self.from, there.endpoint));
        }
        let total = self.passage.count.unwrap_or(0);
        let progress = Progress::watch(Arc::clone(&passage.progress), total, Unit::Messages, quiet);
        let (mut passed, ended) = match subscribed {
            Ok(()) => passage.run(&mut arrivals, signals).await,
            Err(error) => (Passed::default(), PassageEnd::Failed(error)),
        };
        progress.end().await;
        let parting = leave(&source, !passed.is_proven()).await.context("the source");
        passed.leave(parting.is_ok());
        // Everything that was sent there has its receipt or is reported.
        let _ = target.disconnect().await;
        let end = watcher.end().await;
        if !quiet {
            stderr::line(&self.summary(to, &there.endpoint, &passed));
        }
        match ended {
            PassageEnd::Done => parting.map(|()| ControlFlow::Continue),
            PassageEnd::Signal(code) => stopped(code, parting),
            PassageEnd::Failed(error) => match end.lost {
                Some(gone) => Err(gone).context("the target"),
                None => Err(cause(error, parting)),
            },
        }
    }

    /// The headers that are added for the target. Where a topic is meant over there, nothing is to be kept.
    fn headers(&self, to: &str, here: &Dialect, there: &Dialect) -> Headers {
        let given = &self.passage.header;
        let topic = here.is_topic(&self.from) || there.is_topic(to);
        if topic { given.iter().cloned().collect() } else { kept_headers(given, there) }
    }

    fn summary(&self, to: &str, endpoint: &str, passed: &Passed) -> String {
        let mut line = format!("mirrored {} from {} to {to} at {endpoint}", messages(passed.done), self.from);
        line.push_str(&passed.doubles());
        if passed.unknown > 0 {
            line.push_str(&format!(
                "; {} have no receipt: they are still here, and may be there",
                passed.unknown
            ));
        }
        line
    }
}
