//! `doctor`: what works on the way to a broker, one line each, and what to try where it does not.
//!
//! ```text
//! way.rs      name, TCP, TLS, WebSocket       talk.rs    from CONNECT on
//! report.rs   the lines                       advice.rs  what to try
//! ```

mod advice;
mod report;
mod talk;
mod way;

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use tokio::time::Instant;

use super::context::{Command, Context, Flow};
use super::diagnosis;
use super::exit;
use super::facts::{Example, Facts, Group};
use super::own::flow;
use super::tree::Input;
use crate::client::{ClientError, ClientOptions, Target};
use crate::transport::Endpoint;
use report::{Report, Step};

/// Looks at each step of the way to a broker
///
/// Name, TCP, TLS, WebSocket, login, versions, virtual host, heart-beats, broker, round trip: a line each, and
/// what to try where one fails. --connect-timeout bounds the whole of it for each broker of a list. Nothing is
/// sent to any destination that others can see. The exit code is that of the first failure.
#[derive(Args, Debug, Clone, Default)]
pub struct Doctor {
    /// The broker's URL
    #[arg(value_name = "URL")]
    pub url: Option<String>,
}

/// Why the doctor goes no further with a broker.
enum Stop {
    /// A step failed.
    Failed(Step, ClientError),
    /// The same, in words of its own.
    Told(Step, String, ClientError),
    /// An answer did not come; what to try.
    Late(Step, String, &'static str),
    /// The report cannot be written.
    Output(anyhow::Error),
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::Output(error)
    }
}

/// The time that all of it may take.
struct Patience {
    until: Instant,
    time: Duration,
    authority: String,
}

impl Patience {
    fn new(time: Duration, authority: String) -> Self {
        Self { until: Instant::now() + time, time, authority }
    }

    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    fn late(&self, step: &'static str) -> ClientError {
        ClientError::ConnectTimeout { authority: self.authority.clone(), step, after: self.time }
    }

    /// The error of a step that had what was left of the time: it names the whole.
    fn own(&self, error: ClientError) -> ClientError {
        match error {
            ClientError::ConnectTimeout { step, .. } => self.late(step),
            other => other,
        }
    }
}

impl Command for Doctor {
    const FACTS: Facts = Facts::new("doctor", Group::Connect).without_connection().examples(&[
        Example::run("", "# each step of the way to the broker of this connection\ndoctor\n"),
        Example::shown("# the way to another one\ndoctor stomps://broker.example\n"),
        Example::system_shell(
            "stomp doctor stomps://broker.example --cafile ca.pem\n# every broker of a list, 3 seconds each\n\
                 stomp doctor stomp://a.example,b.example --connect-timeout 3\n",
        ),
    ]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<Flow> {
        let options = context.options_to(self.url.as_deref()).await?;
        let (paint, width) = (context.paint(), if context.is_captured() { None } else { width() });
        let mut out = |text: &str| context.out(text.as_bytes());
        let mut report = Report::new(&mut out, paint, width);
        flow(examine(&mut report, &options).await?)
    }
}

async fn examine(report: &mut Report<'_>, options: &ClientOptions) -> Result<u8> {
    match &options.target {
        Target::Local(_) => {
            report.begin(None, Step::TALK.to_vec())?;
            let patience = Patience::new(options.connect_timeout, "the embedded broker".to_owned());
            let talk = async {
                let session = talk::log_in_here(report, options, &patience).await?;
                talk::go_on(report, session, options, &patience).await
            };
            let outcome = talk.await;
            conclude(report, outcome, None, options)?;
        }
        Target::Remote(endpoints) => {
            for (index, endpoint) in endpoints.iter().enumerate() {
                if index > 0 {
                    report.gap()?;
                }
                let title = endpoint.to_string();
                report.begin((endpoints.len() > 1).then_some(&title), Step::of(endpoint.scheme))?;
                let own = talk::options_for(endpoint, options);
                let patience = Patience::new(own.connect_timeout, endpoint.authority());
                let outcome = one(report, endpoint, &own, &patience).await;
                conclude(report, outcome, Some(endpoint), &own)?;
            }
        }
    }
    Ok(report.failed.unwrap_or(exit::OK))
}

async fn one(
    report: &mut Report<'_>,
    endpoint: &Endpoint,
    options: &ClientOptions,
    patience: &Patience,
) -> Result<(), Stop> {
    let dialed = way::go(report, endpoint, options, patience).await?;
    let session = talk::log_in(report, endpoint, dialed, options, patience).await?;
    talk::go_on(report, session, options, patience).await
}

/// Says where it ended, if that was before the end.
fn conclude(
    report: &mut Report<'_>,
    outcome: Result<(), Stop>,
    endpoint: Option<&Endpoint>,
    options: &ClientOptions,
) -> Result<()> {
    match outcome {
        Ok(()) => return Ok(()),
        Err(Stop::Output(error)) => return Err(error),
        Err(Stop::Failed(step, error)) => {
            let (text, advice) = advice::of(step, &error, endpoint, options);
            report.bad(step, &text, &advice, diagnosis::client_code(&error))?;
        }
        Err(Stop::Told(step, text, error)) => {
            let (_, advice) = advice::of(step, &error, endpoint, options);
            report.bad(step, &text, &advice, diagnosis::client_code(&error))?;
        }
        Err(Stop::Late(step, text, advice)) => {
            report.bad(step, &text, &[advice.to_owned()], exit::UNKNOWN)?;
        }
    }
    report.end()
}

/// Columns of the terminal that the report goes to, if it is one.
fn width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

fn took(begun: Instant) -> String {
    lasted(begun.elapsed())
}

fn lasted(time: Duration) -> String {
    format!(" ({:.1} ms)", time.as_secs_f64() * 1_000.0)
}
