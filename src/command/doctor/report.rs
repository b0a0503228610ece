//! What the doctor prints: a line for each step, and what to try where one failed.

use anyhow::Result;

use crate::render::escape::{Lines, escape_text};
use crate::render::{Paint, Role, wrap};
use crate::transport::Scheme;

/// A step of a connection to a broker, in the order of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Name,
    Tcp,
    Tls,
    WebSocket,
    Login,
    Version,
    Vhost,
    HeartBeat,
    Broker,
    RoundTrip,
}

impl Step {
    /// The steps from the login on, which every connection has.
    pub(super) const SESSION: [Self; 6] =
        [Self::Login, Self::Version, Self::Vhost, Self::HeartBeat, Self::Broker, Self::RoundTrip];

    /// The steps of a URL with this scheme, in order.
    pub(super) fn of(scheme: Scheme) -> Vec<Self> {
        let mut steps = vec![Self::Name, Self::Tcp];
        steps.extend(scheme.is_tls().then_some(Self::Tls));
        steps.extend(scheme.is_websocket().then_some(Self::WebSocket));
        steps.extend(Self::SESSION);
        steps
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::WebSocket => "websocket",
            Self::Login => "login",
            Self::Version => "version",
            Self::Vhost => "vhost",
            Self::HeartBeat => "heart-beat",
            Self::Broker => "broker",
            Self::RoundTrip => "round trip",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Good,
    Note,
    Bad,
}

/// Writes text that ends with a line feed.
pub(super) type WriteLines<'a> = &'a mut (dyn FnMut(&str) -> Result<()> + Send);

pub(super) struct DoctorReport<'a> {
    out: WriteLines<'a>,
    paint: Paint,
    /// The columns to wrap at; `None` does not wrap.
    width: Option<usize>,
    /// The steps that the report has no line about yet.
    left: Vec<Step>,
    /// The exit code of the first failure.
    pub(super) failed: Option<u8>,
}

/// The column at which the texts of all steps begin.
const INDENT: usize = 18;

impl<'a> DoctorReport<'a> {
    pub(super) fn new(out: WriteLines<'a>, paint: Paint, width: Option<usize>) -> Self {
        Self { out, paint, width, left: Vec::new(), failed: None }
    }

    /// Begins the report on a broker, with a title if there are several.
    pub(super) fn begin(&mut self, title: Option<&str>, steps: Vec<Step>) -> Result<()> {
        self.left = steps;
        match title {
            Some(title) => (self.out)(&format!("{}\n", escape_text(title, Lines::One))),
            None => Ok(()),
        }
    }

    pub(super) fn gap(&mut self) -> Result<()> {
        (self.out)("\n")
    }

    pub(super) fn good(&mut self, step: Step, text: &str) -> Result<()> {
        self.line(Mark::Good, step, text)
    }

    /// Adds a line about a step that is worth knowing and no failure.
    pub(super) fn note(&mut self, step: Step, text: &str) -> Result<()> {
        self.line(Mark::Note, step, text)
    }

    /// Reports a failure; `code` is its exit status.
    pub(super) fn bad(&mut self, step: Step, text: &str, advice: &[String], code: u8) -> Result<()> {
        self.failed.get_or_insert(code);
        // One answer of the broker may be about several steps; the result of those before this one is unknown.
        if let Some(at) = self.left.iter().position(|other| *other == step) {
            self.left.drain(..at);
        }
        self.line(Mark::Bad, step, text)?;
        for hint in advice {
            let lead = self.paint.paint(Role::Hint, "try: ").to_string();
            let text = escape_text(hint, Lines::One);
            let body = self.wrapped(&text, INDENT + 5);
            (self.out)(&format!("{:INDENT$}{lead}{body}\n", ""))?;
        }
        Ok(())
    }

    /// Lists the steps that were not tried.
    pub(super) fn end(&mut self) -> Result<()> {
        let left: Vec<&str> = std::mem::take(&mut self.left).into_iter().map(Step::name).collect();
        if left.is_empty() {
            return Ok(());
        }
        let text = self.wrapped(&format!("not tried: {}", left.join(", ")), 6);
        let text = format!("--    {text}");
        (self.out)(&format!("{}\n", self.paint.paint(Role::Dim, &text)))
    }

    fn line(&mut self, mark: Mark, step: Step, text: &str) -> Result<()> {
        self.left.retain(|other| *other != step);
        let text = escape_text(text, Lines::One);
        let (word, role) = match mark {
            Mark::Good => ("ok  ", Role::Text),
            Mark::Note => ("--  ", Role::Dim),
            Mark::Bad => ("FAIL", Role::Error),
        };
        let word = self.paint.paint(role, word).to_string();
        let body = self.wrapped(&text, INDENT);
        (self.out)(&format!("{word}  {:<10}  {body}\n", step.name()))
    }

    /// Wraps the text to the terminal's width, with all lines but the first indented.
    fn wrapped(&self, text: &str, indent: usize) -> String {
        let Some(room) = self.width.map(|width| width.saturating_sub(indent)).filter(|room| *room > 20)
        else {
            return text.to_owned();
        };
        let further = format!("\n{}", " ".repeat(indent));
        wrap::lines(text, room).join(&further)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;

    fn printed(width: Option<usize>, with: impl FnOnce(&mut DoctorReport<'_>)) -> String {
        let mut all = String::new();
        let mut out = |text: &str| {
            all.push_str(text);
            Ok(())
        };
        with(&mut DoctorReport::new(&mut out, Paint::PLAIN, width));
        all
    }

    #[test]
    fn what_comes_after_a_failure_is_named_in_one_line() {
        let text = printed(None, |report| {
            report.begin(None, Step::of(Scheme::Stomps)).unwrap();
            report.good(Step::Name, "a is b").unwrap();
            report.bad(Step::Tcp, "no\u{1b}[2J", &["this".to_owned()], 3).unwrap();
            report.end().unwrap();
            assert_eq!(report.failed, Some(3));
        });
        assert_eq!(
            text,
            "ok    name        a is b\nFAIL  tcp         no\\x1b[2J\n                  try: this\n\
             --    not tried: tls, login, version, vhost, heart-beat, broker, round trip\n"
        );
    }

    #[test]
    fn a_long_line_is_broken_between_words() {
        let text = printed(Some(40), |report| {
            report.good(Step::Broker, "one two three four five six seven").unwrap();
        });
        assert_eq!(text, "ok    broker      one two three four\n                  five six seven\n");
    }
}
