//! What the doctor prints: a line for each step, and what to try where one failed.

use anyhow::Result;

use crate::render::escape::{Lines, escape_text};
use crate::render::{Paint, Role, wrap};
use crate::transport::Scheme;

/// A step of the way to a broker.
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
    /// From the login on.
    pub(super) const TALK: [Self; 6] =
        [Self::Login, Self::Version, Self::Vhost, Self::HeartBeat, Self::Broker, Self::RoundTrip];

    /// The steps of a URL with this scheme, in order.
    pub(super) fn of(scheme: Scheme) -> Vec<Self> {
        let mut steps = vec![Self::Name, Self::Tcp];
        steps.extend(scheme.is_tls().then_some(Self::Tls));
        steps.extend(scheme.is_websocket().then_some(Self::WebSocket));
        steps.extend(Self::TALK);
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

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Good,
    Note,
    Bad,
}

/// Takes the text, whole lines at a time.
pub(super) type Sink<'a> = &'a mut (dyn FnMut(&str) -> Result<()> + Send);

/// Prints a line for each step.
pub(super) struct Report<'a> {
    out: Sink<'a>,
    paint: Paint,
    /// Columns of the terminal; `None`: lines are as long as they are.
    width: Option<usize>,
    /// Steps that nothing was said of yet.
    left: Vec<Step>,
    /// The exit code of the first failure.
    pub(super) failed: Option<u8>,
}

/// Where the texts of all steps begin.
const INDENT: usize = 18;

impl<'a> Report<'a> {
    pub(super) fn new(out: Sink<'a>, paint: Paint, width: Option<usize>) -> Self {
        Self { out, paint, width, left: Vec::new(), failed: None }
    }

    /// Begins with a broker; `title` where there are several.
    pub(super) fn begin(&mut self, title: Option<&str>, steps: Vec<Step>) -> Result<()> {
        self.left = steps;
        match title {
            Some(title) => (self.out)(&format!("{}\n", escape_text(title, Lines::One))),
            None => Ok(()),
        }
    }

    /// An empty line between two brokers.
    pub(super) fn gap(&mut self) -> Result<()> {
        (self.out)("\n")
    }

    /// The step is as it should be.
    pub(super) fn good(&mut self, step: Step, text: &str) -> Result<()> {
        self.line(Mark::Good, step, text)
    }

    /// Something that is good to know of a step, and no failure.
    pub(super) fn note(&mut self, step: Step, text: &str) -> Result<()> {
        self.line(Mark::Note, step, text)
    }

    /// The step failed; `code` is the exit code that fits.
    pub(super) fn bad(&mut self, step: Step, text: &str, advice: &[String], code: u8) -> Result<()> {
        self.failed.get_or_insert(code);
        // One answer may be about several steps: of those before this one nothing is known.
        if let Some(at) = self.left.iter().position(|own| *own == step) {
            self.left.drain(..at);
        }
        self.line(Mark::Bad, step, text)?;
        for one in advice {
            let lead = self.paint.paint(Role::Hint, "try: ").to_string();
            let text = escape_text(one, Lines::One);
            let body = self.wrapped(&text, INDENT + 5);
            (self.out)(&format!("{:INDENT$}{lead}{body}\n", ""))?;
        }
        Ok(())
    }

    /// Says which steps were not come to.
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
        self.left.retain(|own| *own != step);
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

    /// The text, broken between words where the terminal's line ends, the further lines below the first.
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

    fn printed(width: Option<usize>, with: impl FnOnce(&mut Report<'_>)) -> String {
        let mut all = String::new();
        let mut out = |text: &str| {
            all.push_str(text);
            Ok(())
        };
        with(&mut Report::new(&mut out, Paint::PLAIN, width));
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
