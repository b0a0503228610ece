//! Errors of a line, their places and hints.

use std::ops::Range;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct WordsError {
    pub fault: LineFault,
    /// The byte range in the text; empty where something is missing.
    pub span: Range<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    #[error("unknown command '{name}'")]
    UnknownCommand {
        name: String,
        /// The most similar command.
        nearest: Option<String>,
    },
    #[error("'{command}' has no option '{option}'")]
    UnknownOption {
        command: String,
        option: String,
        /// The most similar option.
        nearest: Option<String>,
        /// Whether `--` may be missing before a body.
        takes_body: bool,
    },
    #[error("'{option}' needs a value")]
    MissingValue { option: String },
    #[error("unknown escape '\\{escape}'")]
    UnknownEscape { escape: String },
    #[error("'\\x' needs two hexadecimal digits")]
    BadHexEscape,
    #[error("nothing follows the backslash")]
    TrailingBackslash,
    #[error("text follows the quote that closes the body")]
    TextAfterQuote,
    #[error("nothing stands before the '|'")]
    NothingToPipe,
    #[error("nothing follows the '|'")]
    MissingPipeCommand,
    #[error("'@' needs the name of a file")]
    MissingFile,
    /// The prefix is a count, `@name` or `time`.
    #[error("a command is missing after '{prefix}'")]
    MissingCommand { prefix: String },
    #[error("'{count}' is no number of repetitions")]
    BadRepeat { count: String },
    #[error("no variable is called '{name}'")]
    UnknownVariable { name: String },
    #[error("'${{' is not closed")]
    OpenVariable,
    #[error("commands stand in each other too deep")]
    TooDeep,
    /// The line is well formed, but its command does not accept it.
    #[error("{message}")]
    Misused { message: String, hint: String },
    #[error("the quote {quote} is never closed")]
    OpenQuote { quote: char },
    #[error("'<<{word}' must stand alone at the end of its line")]
    HeredocStart { word: String },
    #[error("'<<' needs a word, and the body ends at a line with that word")]
    HeredocWord,
    #[error("'<<{word}' after other text does not begin a body")]
    HeredocBehindText { word: String },
    #[error("a line for the system's shell cannot have the lines after it as input, as '<<{word}' wants")]
    ShellHeredoc { word: String },
    #[error("'{command}' takes no body here, which '<<{word}' would begin")]
    MisplacedHeredoc { command: String, word: String },
    /// The names lead from the first back to it.
    #[error("the alias '{}' stands for itself: {}", names[0], names.join(" -> "))]
    AliasLoop { names: Vec<String> },
    #[error("no line '{word}' ends the body that '<<{word}' began")]
    OpenHeredoc { word: String },
}

impl WordsError {
    pub(super) fn new(fault: LineFault, span: Range<usize>) -> Self {
        Self { fault, span }
    }

    pub(crate) fn hint(&self) -> Option<String> {
        match &self.fault {
            LineFault::UnknownCommand { nearest, .. } => Some(match nearest {
                Some(nearest) => format!("did you mean '{nearest}'?"),
                None => "'help' lists the commands".to_owned(),
            }),
            LineFault::UnknownOption { command, nearest, takes_body, .. } => {
                Some(match (nearest, takes_body) {
                    (Some(nearest), _) => format!("did you mean '{nearest}'?"),
                    (None, true) => "put '--' before a body that begins with a dash".to_owned(),
                    (None, false) => format!("'help {command}' lists its options"),
                })
            }
            LineFault::UnknownEscape { .. } | LineFault::BadHexEscape => Some(
                r#"double quotes know \n \t \" \\ \xHH; in single quotes all stands as it is"#.to_owned(),
            ),
            LineFault::TrailingBackslash => {
                Some("an open quote goes on in the next line, a backslash does not".to_owned())
            }
            LineFault::TextAfterQuote => {
                Some(r#"write \" for a quote inside the body, or use <<END"#.to_owned())
            }
            LineFault::Misused { hint, .. } => Some(hint.clone()),
            LineFault::HeredocBehindText { .. } => {
                Some("the body follows the destination; '--' before it, or quotes, make '<<' text".to_owned())
            }
            LineFault::ShellHeredoc { .. } => {
                Some("put the lines into a file, or print them: !printf 'one\\ntwo\\n' | wc -l".to_owned())
            }
            LineFault::HeredocStart { .. } | LineFault::HeredocWord => {
                Some("put '--' before a body that begins with '<<'".to_owned())
            }
            LineFault::MisplacedHeredoc { .. } => {
                Some("the body follows the destination; in quotes, '<<' is text".to_owned())
            }
            LineFault::AliasLoop { names } => Some(format!("'unalias {}' removes it", names[0])),
            LineFault::MissingFile => Some("put '--' before a body that begins with '@'".to_owned()),
            LineFault::UnknownVariable { .. } | LineFault::OpenVariable => {
                Some("'set' shows the variables; in single quotes a '$' is a '$'".to_owned())
            }
            _ => None,
        }
    }
}
