//! Messages as text for people, pipes and files; the only writer of standard output.
//!
//! ```text
//! message.rs   messages to be rendered     escape.rs     escaping for terminals
//! output.rs    formats for pipes           style.rs      colours and roles of text
//! head.rs      one row about a message     measure.rs    sizes on a screen
//! terminal.rs  messages on a terminal      json.rs       JSON: checked, indented, coloured
//! format.rs    -F FORMAT                   xml.rs        XML indented
//! envelope.rs  --jsonl, both ways          hex.rs        hex dumps
//! filter.rs    --filter and --grep         diagnostic.rs errors with carets and hints
//! stdout.rs    standard output             stderr.rs     lines on standard error
//! large.rs     messages in parts           progress.rs   progress bars
//! wrap.rs      word wrapping               count.rs      numbers for people
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
pub(crate) mod secrets;
pub(crate) mod stderr;
pub(crate) mod stdout;
pub(crate) mod style;
pub(crate) mod terminal;
pub(crate) mod wrap;
pub(crate) mod xml;

pub(crate) use count::{grouped, messages};
pub(crate) use diagnostic::{Diagnostic, Excerpt};
pub(crate) use envelope::{Envelope, is_of_one_delivery};
pub(crate) use filter::Filter;
pub use format::Format;
pub(crate) use large::LargeOutput;
pub use message::Arrival;
pub(crate) use message::Message;
pub use output::{Output, Renderer};
pub use stdout::note_whether_open;
pub(crate) use stdout::{DataOut, StdoutError};
pub(crate) use style::{ColorChoice, Colors, Paint, Role};
pub(crate) use terminal::Terminal;
