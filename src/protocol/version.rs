//! The three versions and their negotiation.

use std::fmt;

/// A supported version of STOMP, ordered from the oldest to the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the names are the versions
pub enum Version {
    V1_0,
    V1_1,
    V1_2,
}

impl Version {
    /// The oldest first, as in `accept-version`.
    pub const ALL: [Self; 3] = [Self::V1_0, Self::V1_1, Self::V1_2];

    /// The form in `accept-version` and `version` headers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
        }
    }

    /// Parses a `version` header. Spaces around it are ignored, since the examples of 1.0 have them.
    pub fn parse(text: &[u8]) -> Option<Self> {
        match text.trim_ascii() {
            b"1.0" => Some(Self::V1_0),
            b"1.1" => Some(Self::V1_1),
            b"1.2" => Some(Self::V1_2),
            _ => None,
        }
    }

    /// The highest common version with an `accept-version` list (STOMP 1.2, "Protocol Negotiation"). A client
    /// without that header speaks 1.0.
    pub fn negotiate(accept: Option<&[u8]>) -> Option<Self> {
        accept.unwrap_or(b"1.0").split(|&byte| byte == b',').filter_map(Self::parse).max()
    }

    /// Whether ACK and NACK name a delivery by the MESSAGE's `ack` header (1.2), not by its `message-id`.
    pub fn acks_by_id(self) -> bool {
        self == Self::V1_2
    }

    /// Whether NACK, `client-individual` and heart-beats exist (from 1.1 on).
    pub fn has_nack(self) -> bool {
        self > Self::V1_0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_common_version_wins() {
        assert_eq!(Version::negotiate(Some(b"1.0,1.1,1.2")), Some(Version::V1_2));
        assert_eq!(Version::negotiate(Some(b"1.1, 1.0")), Some(Version::V1_1));
        assert_eq!(Version::negotiate(Some(b"2.0,1.1,3")), Some(Version::V1_1));
    }

    #[test]
    fn no_accept_version_means_1_0() {
        assert_eq!(Version::negotiate(None), Some(Version::V1_0));
    }

    #[test]
    fn nothing_in_common_is_none() {
        assert_eq!(Version::negotiate(Some(b"2.0")), None);
        assert_eq!(Version::negotiate(Some(b"")), None);
    }
}
