//! How the messages of a `sub` that ends are acked, and what its SUBSCRIBE asks for.

use anyhow::Result;

use super::Sub;
use crate::command::exit::Problem;
use crate::protocol::Headers;
use crate::render::Filter;
use crate::session::{AckMode, Dialect, WINDOW};

/// Whether the command consumes the messages or only looks at them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The messages are consumed: acked after they were written.
    Consume,
    /// The user has asked for a browser by a header: nothing is acked.
    Browse,
    /// The messages stay in the queue.
    Look {
        /// Whether they may be taken without an ack where the broker has no browsers.
        give_back: bool,
        /// What else the user can do there.
        others: &'static str,
    },
}

/// How messages are received from a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Taking {
    /// Messages are acked after they were written.
    #[default]
    Acked,
    /// A queue browser: the broker sends copies, and marks their end.
    Browsed,
    /// Messages are never acked: the broker requeues them, marked as redelivered.
    GivenBack,
}

impl Purpose {
    pub(super) fn taking(self, dialect: &Dialect) -> Result<Taking> {
        match self {
            Self::Consume => Ok(Taking::Acked),
            Self::Look { .. } | Self::Browse if dialect.browses.is_some() => Ok(Taking::Browsed),
            Self::Look { give_back: true, .. } | Self::Browse => Ok(Taking::GivenBack),
            Self::Look { give_back: false, others } => {
                let message =
                    format!("{} cannot show a queue without taking from it", dialect.display_name());
                let hint = format!(
                    "--give-back takes the messages without acking them; the broker gives them back, marked \
                     redelivered, and nobody else gets them meanwhile{others}"
                );
                Err(Problem::usage_hint(message, hint).into())
            }
        }
    }
}

/// How messages are subscribed to and settled.
pub(super) struct AckPlan {
    pub(super) taking: Taking,
    pub(super) ack: AckMode,
    /// At most so many unacked messages at a time, unless the user says.
    pub(super) prefetch: Option<u32>,
    /// What this broker needs to be asked for in SUBSCRIBE.
    pub(super) headers: Headers,
    /// What the user should know before it begins.
    pub(super) warning: Option<String>,
}

impl AckPlan {
    pub(super) fn new(sub: &Sub, taking: Taking, filter: &Filter, dialect: &Dialect) -> Self {
        let hides = !filter.is_empty() && !sub.discard_others;
        // A large message that cannot be searched is not acked, whatever comes behind it.
        let singly = hides || filter.needs_body() || sub.nacks();
        let ack = sub.ack.unwrap_or(match taking {
            Taking::Browsed => AckMode::Auto,
            Taking::GivenBack => AckMode::ClientIndividual,
            Taking::Acked if singly => AckMode::ClientIndividual,
            Taking::Acked => AckMode::Client,
        });
        // What a filter hides stays unacked and would fill any window, as does what is never acked.
        let piles_up = ack != AckMode::Auto && (hides || taking == Taking::GivenBack);
        let acks = ack != AckMode::Auto && taking == Taking::Acked;
        let most = u32::try_from(sub.chosen.most()).unwrap_or(u32::MAX).min(WINDOW);
        let headers = match taking {
            Taking::Browsed => dialect.browse_headers(),
            _ if piles_up => dialect.unbounded_headers(),
            _ => None,
        };
        let headers = headers.unwrap_or_default();
        let warning = (piles_up && dialect.unbounded.is_none()).then(|| bound(dialect, hides));
        let prefetch = (acks && !hides).then_some(most);
        Self { taking, ack, prefetch, headers, warning }
    }
}

/// Not all may be seen where nothing is acked.
fn bound(dialect: &Dialect, hides: bool) -> String {
    let broker = dialect.display_name();
    let mut text =
        format!("{broker} gives out only so much before something is acked: there may be more than is seen");
    if hides {
        text.push_str("; --discard-others acks what --filter and --grep hide");
    }
    text
}
