//! Colours: whether a stream has them, and the style of each kind of text.

use colored::{Color, Colorize};
use std::fmt;
use std::io::IsTerminal;

/// The value of `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorChoice {
    /// Colours on a terminal that has them.
    #[default]
    Auto,
    /// Colours even if the output is not a terminal.
    Always,
    /// No colours, whatever the environment says.
    Never,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    /// Disables colours if it is not empty.
    pub no_color: Option<String>,
    /// Enables colours if it is neither empty nor `0`.
    pub clicolor_force: Option<String>,
    /// `0` disables colours.
    pub clicolor: Option<String>,
    /// `dumb` disables colours.
    pub term: Option<String>,
}

impl Environment {
    /// A value that is not UTF-8 counts as set.
    pub(crate) fn read() -> Self {
        let read = |name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        Self {
            no_color: read("NO_COLOR"),
            clicolor_force: read("CLICOLOR_FORCE"),
            clicolor: read("CLICOLOR"),
            term: read("TERM"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Colors {
    pub stdout: Paint,
    pub stderr: Paint,
}

impl Colors {
    /// Decides by `--color`, the environment and the kind of stream, and overrides the decision of
    /// `colored`. To be called once, at the start.
    pub(crate) fn install(choice: ColorChoice) -> Self {
        let environment = Environment::read();
        let stdout = decide(choice, &environment, std::io::stdout().is_terminal());
        let stderr = decide(choice, &environment, std::io::stderr().is_terminal());
        // `colored` knows one switch for all streams; each stream's own decision is in its Paint.
        colored::control::set_override(stdout || stderr);
        Self { stdout: Paint { on: stdout }, stderr: Paint { on: stderr } }
    }
}

/// Whether a stream is coloured. `--color` comes first, then `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR`,
/// `TERM` and whether the stream is a terminal.
pub(crate) fn decide(choice: ColorChoice, environment: &Environment, terminal: bool) -> bool {
    let set = |value: &Option<String>| value.as_deref().is_some_and(|value| !value.is_empty());
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set(&environment.no_color) => false,
        ColorChoice::Auto => {
            let forced =
                set(&environment.clicolor_force) && environment.clicolor_force.as_deref() != Some("0");
            let unwanted = environment.clicolor.as_deref() == Some("0");
            let dumb = environment.term.as_deref() == Some("dumb");
            forced || (terminal && !unwanted && !dumb)
        }
    }
}

/// The meaning of a piece of text, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Number,
    Destination,
    HeaderName,
    /// Subscriptions and connections have one of seven colours each.
    Subscription(u8),
    /// The word `error`, carets, the prompt of a production broker.
    Error,
    /// The word `warning`, a question, the note `redelivered`.
    Warning,
    /// The word `hint`, headings of help.
    Hint,
    /// Text of less importance than the rest of its line.
    Dim,
    /// A key in JSON, a tag in XML.
    Key,
    /// A string in JSON, a value in XML.
    Text,
    Digits,
    /// `true`, `false` and `null` in a JSON body.
    Literal,
    Command,
    Option,
}

impl Role {
    /// The same name always has the same colour.
    pub(crate) fn subscription(name: &[u8]) -> Self {
        let sum = name.iter().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
        Self::Subscription(u8::try_from(sum % 7).unwrap_or(0))
    }

    /// Colour, bold and dim. The colours are readable on dark and light backgrounds: no yellow, white or
    /// plain blue.
    fn style(self) -> (Option<Color>, bool, bool) {
        match self {
            Self::Number | Self::Command => (None, true, false),
            Self::Destination | Self::Key | Self::Option => (Some(Color::Cyan), false, false),
            Self::HeaderName | Self::Dim => (None, false, true),
            Self::Subscription(0) | Self::Text => (Some(Color::Green), false, false),
            Self::Subscription(1) | Self::Digits | Self::Literal => (Some(Color::Magenta), false, false),
            Self::Subscription(2) => (Some(Color::Cyan), true, false),
            Self::Subscription(3) => (Some(Color::BrightBlue), false, false),
            Self::Error => (Some(Color::Red), true, false),
            Self::Warning | Self::Subscription(5) => (Some(Color::Magenta), true, false),
            Self::Hint | Self::Subscription(4) => (Some(Color::Green), true, false),
            Self::Subscription(_) => (Some(Color::BrightBlue), true, false),
        }
    }
}

/// The colours of one stream, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Paint {
    on: bool,
}

impl Paint {
    pub(crate) const PLAIN: Self = Self { on: false };

    /// Colours also need the switch of `colored`, see [`Colors::install`].
    #[cfg(test)]
    pub(crate) fn new(on: bool) -> Self {
        Self { on }
    }

    pub(crate) fn is_on(self) -> bool {
        self.on
    }

    /// Displays a text in the colour of its role, without escaping it.
    pub(crate) fn paint(self, role: Role, text: &str) -> Painted<'_> {
        Painted { paint: self, role, text }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Painted<'a> {
    paint: Paint,
    role: Role,
    text: &'a str,
}

impl fmt::Display for Painted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.paint.on || self.text.is_empty() {
            return f.write_str(self.text);
        }
        let (color, bold, dim) = self.role.style();
        let mut text = self.text.normal();
        if let Some(color) = color {
            text = text.color(color);
        }
        if bold {
            text = text.bold();
        }
        if dim {
            text = text.dimmed();
        }
        text.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(no_color: &str, force: &str, term: &str) -> Environment {
        let some = |text: &str| (text != "-").then(|| text.to_owned());
        Environment {
            no_color: some(no_color),
            clicolor_force: some(force),
            clicolor: None,
            term: some(term),
        }
    }

    #[test]
    fn the_option_beats_the_environment_and_that_beats_the_stream() {
        let auto = |environment: &Environment, terminal| decide(ColorChoice::Auto, environment, terminal);
        assert!(auto(&environment("-", "-", "xterm"), true));
        assert!(!auto(&environment("-", "-", "xterm"), false));
        assert!(!auto(&environment("-", "-", "dumb"), true));
        assert!(!auto(&environment("1", "1", "xterm"), true));
        assert!(auto(&environment("", "-", "xterm"), true), "an empty NO_COLOR is none");
        assert!(auto(&environment("-", "1", "dumb"), false));
        assert!(!auto(&environment("-", "0", "xterm"), false));
        let clicolor = Environment { clicolor: Some("0".into()), ..Environment::default() };
        assert!(!auto(&clicolor, true));
        assert!(decide(ColorChoice::Always, &environment("1", "-", "dumb"), false));
        assert!(!decide(ColorChoice::Never, &environment("-", "1", "xterm"), true));
    }

    #[test]
    fn subscriptions_that_are_numbered_have_colours_of_their_own() {
        let looks: Vec<_> = ["1", "2", "3", "4", "5", "6", "7"]
            .iter()
            .map(|id| format!("{:?}", Role::subscription(id.as_bytes()).style()))
            .collect();
        let distinct: std::collections::HashSet<_> = looks.iter().collect();
        assert_eq!(distinct.len(), looks.len(), "{looks:?}");
    }

    #[test]
    fn without_colours_text_is_as_it_is() {
        assert_eq!(Paint::PLAIN.paint(Role::Error, "x").to_string(), "x");
        colored::control::set_override(true);
        assert_eq!(Paint::new(true).paint(Role::Error, "x").to_string(), "\u{1b}[1;31mx\u{1b}[0m");
        assert_eq!(Paint::new(true).paint(Role::Error, "").to_string(), "");
    }
}
