//! The last acks of a `sub -c N`, which are held until it ends. A broker that gets them earlier delivers other messages
//! in the place of those, and marks them redelivered when they come again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Sub;
use super::plan::{AckPlan, Taking};
use crate::client::{Client, ClientError, Delivery, Status};
use crate::command::transaction::unique_name;
use crate::render::Filter;
use crate::session::{AckMode, Failure, LastAcks};

/// How long no message arrives before held acks are sent: the rest may come late, or never.
pub(super) const CALM: Duration = Duration::from_secs(1);

/// How long to wait until the broker confirms the last acks.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct HeldAcks {
    client: Client,
    ack: AckMode,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// How many messages may be acked at once.
    free: u64,
    subscription: Arc<str>,
    /// One for each message; in `client` mode, that of the last one.
    tokens: Vec<Box<[u8]>>,
    connection: u64,
}

impl HeldAcks {
    /// `None` if the acks of this `sub` need not be held, or the broker would deliver others in any case. With `--exec`, an
    /// ack follows each command, so that only one message is asked for at a time.
    pub(super) fn of(
        sub: &Sub,
        plan: &mut AckPlan,
        filter: &Filter,
        status: &Status,
        client: &Client,
    ) -> Option<Self> {
        let dialect = status.dialect;
        let [destination] = &sub.destination[..] else { return None };
        let own_prefetch =
            |(name, _): &(String, String)| dialect.prefetch.iter().any(|(header, _)| header == name);
        let holds = plan.taking == Taking::Acked
            && plan.ack != AckMode::Auto
            && filter.is_empty()
            && sub.durable.is_none()
            && !sub.header.iter().any(own_prefetch)
            && status.ends_with_acks(destination);
        let count = sub.chosen.count.filter(|_| holds)?;
        if sub.output.exec.is_some() {
            plan.prefetch = Some(1);
        }
        let free = count.checked_sub(u64::from(sub.prefetch.or(plan.prefetch)?))?;
        let held = Mutex::new(Held { free, ..Held::default() });
        Some(Self { client: client.clone(), ack: plan.ack, held })
    }

    /// Takes messages of a delivery out of those that were written, and leaves those that are to be acked now.
    pub(super) fn hold(&self, delivery: &Delivery, written: &mut Vec<u32>) {
        let mut held = self.lock();
        let free = usize::try_from(held.free).unwrap_or(usize::MAX).min(written.len());
        held.free -= free as u64;
        for index in written.split_off(free) {
            let message = delivery.batch.get(index as usize);
            if let Some(token) = message.and_then(|message| message.ack_token(delivery.version)) {
                let subscription = message.and_then(|message| message.text("subscription"));
                self.push(&mut held, &subscription.unwrap_or_default(), token, delivery.connection);
            }
        }
    }

    /// Takes one message. `false`: it is to be acked now.
    pub(super) fn hold_one(&self, subscription: &str, token: &[u8], connection: u64) -> bool {
        let mut held = self.lock();
        if held.free > 0 {
            held.free -= 1;
            return false;
        }
        self.push(&mut held, subscription, token, connection);
        true
    }

    fn push(&self, held: &mut Held, subscription: &str, token: &[u8], connection: u64) {
        if self.ack == AckMode::Client {
            held.tokens.clear();
        }
        held.tokens.push(token.into());
        held.connection = connection;
        if *held.subscription != *subscription {
            held.subscription = subscription.into();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().tokens.is_empty()
    }

    /// Sends the acks now.
    pub(super) fn release(&self) {
        let held = std::mem::take(&mut *self.lock());
        for token in held.tokens {
            self.client.ack_token(&held.subscription, &token, false, held.connection);
        }
    }

    /// Sends the acks, ends the subscription, and waits until the broker confirms both.
    pub(super) async fn finish(&self) -> Result<(), ClientError> {
        let Held { subscription, tokens, connection, .. } = std::mem::take(&mut *self.lock());
        if tokens.is_empty() {
            return Ok(());
        }
        let acks = LastAcks { subscription, tokens, connection, name: unique_name("sub") };
        let acked = tokio::time::timeout(PATIENCE, self.client.ack_last(acks)).await;
        let late = || Failure::unknown(format!("no receipt for {} s", PATIENCE.as_secs()));
        acked.unwrap_or_else(|_| Err(late().into())).map(drop)
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
