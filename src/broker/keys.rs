//! The keys by which the parts of the broker refer to each other. A key is never reused: the key of a removed
//! entry finds nothing.

use std::borrow::Borrow;
use std::ops::Deref;

use slotmap::{Key, KeyData, new_key_type};

use crate::protocol::parse_decimal;

new_key_type! {
    pub(super) struct ConnectionKey;
    pub(super) struct SubscriptionKey;
    pub(super) struct QueueKey;
}

/// The number in a `message-id`, in the order of SEND.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct MessageId(pub(super) u64);

impl MessageId {
    pub(super) fn take(counter: &mut Self) -> Self {
        let id = *counter;
        counter.0 += 1;
        id
    }
}

/// The index of a delivery among all of its subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct DeliveryNumber(pub(super) u64);

/// One delivery to one subscription: what the `ack` header of a MESSAGE names (STOMP 1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DeliveryKey {
    pub(super) subscription: SubscriptionKey,
    pub(super) number: DeliveryNumber,
}

impl DeliveryKey {
    /// The beginning of a subscription's `ack` headers, before the delivery's number.
    pub(super) fn prefix(subscription: SubscriptionKey) -> String {
        let key = subscription.data().as_ffi();
        // Two small numbers are shorter than the one that they make.
        format!("{}-{}-", key & u64::from(u32::MAX), key >> 32)
    }

    /// Parses an `ack` header. The delivery need not exist.
    #[inline]
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let mut parts = text.split(|&byte| byte == b'-').map(parse_decimal);
        let (low, high, number) = (parts.next()??, parts.next()??, parts.next()??);
        let key = u64::from(u32::try_from(high).ok()?) << 32 | u64::from(u32::try_from(low).ok()?);
        let data = KeyData::from_ffi(key);
        let is_exact = data.as_ffi() == key && parts.next().is_none();
        is_exact.then(|| Self { subscription: data.into(), number: DeliveryNumber(number) })
    }
}

/// The queue or subscription whose backlog messages are delivered from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DeliverySource {
    Queue(QueueKey),
    Subscription(SubscriptionKey),
}

/// Declares names given by clients, which maps can look up by plain bytes.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub(super) struct $name(Box<[u8]>);

        impl From<&[u8]> for $name {
            fn from(name: &[u8]) -> Self {
                Self(name.into())
            }
        }

        impl Deref for $name {
            type Target = [u8];

            fn deref(&self) -> &[u8] {
                &self.0
            }
        }

        impl Borrow<[u8]> for $name {
            fn borrow(&self) -> &[u8] {
                &self.0
            }
        }
    )*};
}

names! {
    /// A destination under the name that all connections know it by.
    Destination,
    /// The `id` of a SUBSCRIBE, unescaped.
    SubscriptionId,
    /// The `transaction` header of a BEGIN, unescaped.
    TransactionName,
}

/// A key that no table has given out.
#[cfg(test)]
pub(super) fn subscription_key(number: u32) -> SubscriptionKey {
    KeyData::from_ffi(1 << 32 | u64::from(number)).into()
}

#[cfg(test)]
mod tests {
    use slotmap::SlotMap;

    use super::*;

    #[test]
    fn an_ack_header_names_its_delivery_and_no_other() {
        let mut table: SlotMap<SubscriptionKey, ()> = SlotMap::with_key();
        let first = table.insert(());
        table.remove(first);
        let again = table.insert(());
        for subscription in [first, again] {
            let text = format!("{}7", DeliveryKey::prefix(subscription));
            let key = DeliveryKey { subscription, number: DeliveryNumber(7) };
            assert_eq!(DeliveryKey::parse(text.as_bytes()), Some(key));
        }
        for text in ["", "1", "1-1", "1-1-", "1-1-1-1", "1-0-7", "1-+1-7", "4294967296-1-7"] {
            assert_eq!(DeliveryKey::parse(text.as_bytes()), None, "{text}");
        }
    }
}
