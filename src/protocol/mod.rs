//! STOMP itself: frames, headers, escaping, versions, heart-beats, limits, and an incremental
//! decoder and an encoder for 1.0, 1.1 and 1.2.
//!
//! Nothing here reads, writes, waits or looks at a clock. Client and embedded broker share this
//! module and nothing else.
//!
//! ```text
//! verb.rs       the first line of a frame            version.rs    1.0, 1.1, 1.2 and their negotiation
//! escape.rs     header escapes of each version       heartbeat.rs  the arithmetic of heart-beats
//! frame.rs      an owned frame, to be sent or kept   batch.rs      what one read brought, borrowed
//! headers.rs    its headers, and the rule about repeated names
//! decode/       bytes into batches                  scan.rs       the lines of a head, 64 bytes at a time
//! encode.rs     frames into bytes                   limits.rs     bounds against hostile peers
//! error.rs      what can be wrong with bytes
//! ```

mod batch;
mod decode;
mod encode;
mod error;
mod escape;
mod frame;
mod headers;
mod heartbeat;
mod limits;
mod scan;
#[cfg(test)]
#[allow(clippy::unwrap_used)] // a failure there is the test's
mod tests;
mod verb;
mod version;

pub use batch::{Batch, FrameRef, Header, Part};
pub use decode::{Decoder, ShortLength, WrongLength};
pub(crate) use encode::content_length;
pub(crate) use encode::push_decimal;
pub use encode::{EncodeError, Encoder};
pub(crate) use error::mask_logins;
pub use error::{DecodeError, Fault};
pub use escape::{Escapes, escape_into, unescape};
pub use frame::Frame;
pub use headers::Headers;
pub use heartbeat::{HeartBeat, HeartBeatError, Negotiated};
pub use limits::{Limit, Limits};
pub(crate) use scan::parse_decimal;
pub use verb::Verb;
pub use version::Version;
