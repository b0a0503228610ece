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
//! large.rs     output of messages in parts     count.rs     counts for people
//! ```

mod count;
pub(crate) mod diagnostic;
pub(crate) mod envelope;
pub mod escape;
pub(crate) mod filter;
pub(crate) mod format;
mod head;
pub(crate) mod hex;
pub(crate) mod json;
pub(crate) mod large;
pub(crate) mod measure;
pub(crate) mod message;
pub(crate) mod output;
pub(crate) mod progress;
pub(crate) mod stderr;
pub(crate) mod stdout;
pub(crate) mod style;
pub(crate) mod terminal;
pub(crate) mod wrap;
pub(crate) mod xml;

pub(crate) use count::{grouped, messages};
pub(crate) use diagnostic::{Diagnostic, Source};
pub(crate) use envelope::{Envelope, is_of_one_delivery};
pub(crate) use filter::Filter;
pub use format::{Format, FormatError};
pub(crate) use large::LargeOutput;
pub use message::{Arrival, Message};
pub use output::{Output, Renderer};
pub(crate) use stdout::{DataOut, StdoutError};
pub(crate) use style::{ColorChoice, Colors, Paint, Role};
pub(crate) use terminal::Terminal;
