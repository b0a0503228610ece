//! What can be wrong with a line, where, and what to do about it.

use std::ops::Range;

/// A fault in a line and its place: bytes of the text that was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct WordsError {
    /// Displayed as the message of the error.
    pub fault: Fault,
    /// The byte range it is about; empty where something is missing.
    pub span: Range<usize>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the message of each variant explains its fields
pub enum Fault {
    /// The first word names no command.
    #[error("unknown command '{name}'")]
    UnknownCommand {
        name: String,
        /// The known command most like it, if one is.
        nearest: Option<String>,
    },
    /// A word begins with a dash, stands before the body and is no option of this command.
    #[error("'{command}' has no option '{option}'")]
    UnknownOption {
        command: String,
        option: String,
        /// The known option most like it, if one is.
        nearest: Option<String>,
        /// Whether the command takes a body, so that `--` may be what is missing.
        takes_body: bool,
    },
    /// An option stands last and lacks its value.
    #[error("'{option}' needs a value")]
    MissingValue { option: String },
    /// A backslash in double quotes is followed by something else than `n t " \ x`.
    #[error("unknown escape '\\{escape}'")]
    UnknownEscape { escape: String },
    /// `\x` is not followed by two hexadecimal digits.
    #[error("'\\x' needs two hexadecimal digits")]
    BadHexEscape,
    /// The last byte of the line is a backslash outside single quotes.
    #[error("nothing follows the backslash")]
    TrailingBackslash,
    /// A body's quote, open over several lines, closed before its last line ended.
    #[error("text follows the quote that closes the body")]
    TextAfterQuote,
    /// `|` stands where a command was expected.
    #[error("nothing stands before the '|'")]
    NothingToPipe,
    /// A `|` without a program to pipe into.
    #[error("nothing follows the '|'")]
    MissingPipeCommand,
    /// A body is a lone `@`.
    #[error("'@' needs the name of a file")]
    MissingFile,
    /// A prefix (`5`, `@name`, `time`) has no command behind it.
    #[error("a command is missing after '{prefix}'")]
    MissingCommand { prefix: String },
    /// The count of a repetition is 0 or beyond 2^64.
    #[error("'{count}' is no number of repetitions")]
    BadRepeat { count: String },
    /// A `$name` whose variable is not set.
    #[error("no variable is called '{name}'")]
    UnknownVariable { name: String },
    /// A `${` without the closing brace.
    #[error("'${{' is not closed")]
    OpenVariable,
    /// Commands stand in each other without end.
    #[error("commands stand in each other too deep")]
    TooDeep,
    /// The words are well formed, and mean nothing to their command.
    #[error("{message}")]
    Misused { message: String, hint: String },
    /// The text ends within quotes.
    #[error("the quote {quote} is never closed")]
    OpenQuote { quote: char },
    /// The text ends within a heredoc.
    #[error("no line '{word}' ends the body that '<<{word}' began")]
    OpenHeredoc { word: String },
}

impl WordsError {
    pub(super) fn new(fault: Fault, span: Range<usize>) -> Self {
        Self { fault, span }
    }

    /// What the user can do next, where there is something to say.
    pub(crate) fn hint(&self) -> Option<String> {
        match &self.fault {
            Fault::UnknownCommand { nearest, .. } => Some(match nearest {
                Some(nearest) => format!("did you mean '{nearest}'?"),
                None => "'help' lists the commands".to_owned(),
            }),
            Fault::UnknownOption { command, nearest, takes_body, .. } => Some(match (nearest, takes_body) {
                (Some(nearest), _) => format!("did you mean '{nearest}'?"),
                (None, true) => "put '--' before a body that begins with a dash".to_owned(),
                (None, false) => format!("'help {command}' lists its options"),
            }),
            Fault::UnknownEscape { .. } | Fault::BadHexEscape => Some(
                r#"double quotes know \n \t \" \\ \xHH; in single quotes all stands as it is"#.to_owned(),
            ),
            Fault::TrailingBackslash => {
                Some("an open quote goes on in the next line, a backslash does not".to_owned())
            }
            Fault::TextAfterQuote => Some(r#"write \" for a quote inside the body, or use <<END"#.to_owned()),
            Fault::Misused { hint, .. } => Some(hint.clone()),
            Fault::MissingFile => Some("put '--' before a body that begins with '@'".to_owned()),
            Fault::UnknownVariable { .. } | Fault::OpenVariable => {
                Some("'set' shows the variables; in single quotes a '$' is a '$'".to_owned())
            }
            _ => None,
        }
    }
}
