//! Messages into text for people, pipes and files; the only writer of standard output.
//!
//! ```text
//! message.rs   what is rendered            escape.rs     nothing from the network moves the cursor
//! output.rs    which format, for a pipe    style.rs      colours: one decision, roles
//! head.rs      one row about a message     measure.rs   what fits a screen
//! terminal.rs  message with pretty body    json.rs       JSON: checked, indented, coloured
//! format.rs    -F FORMAT                   xml.rs        XML indented
//! envelope.rs  --jsonl, both ways          hex.rs        hex dumps
//! filter.rs    --filter and --grep         diagnostic.rs errors with caret and hint
//! stdout.rs    write(2), and what it took   progress.rs   bars on standard error
//! wrap.rs      lines that break between words
//! spool.rs     output that waits for its end   count.rs     counts for people
//! ```

mod count;
pub mod diagnostic;
pub mod envelope;
pub mod escape;
pub mod filter;
pub mod format;
mod head;
pub mod hex;
pub mod json;
pub mod measure;
pub mod message;
pub mod output;
pub mod progress;
pub mod spool;
pub mod stderr;
pub mod stdout;
pub mod style;
pub mod terminal;
pub mod wrap;
pub mod xml;

pub use count::{grouped, messages};
pub use diagnostic::{Diagnostic, Source};
pub use envelope::{Envelope, EnvelopeError, is_of_one_delivery};
pub use filter::Filter;
pub use format::{Format, FormatError};
pub use message::{Arrival, Message};
pub use output::{Output, Renderer};
pub use spool::Spool;
pub use stdout::{DataOut, StdoutError};
pub use style::{ColorChoice, Colors, Paint, Role};
pub use terminal::Terminal;
