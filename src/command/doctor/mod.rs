//! `doctor`: what works on the way to a broker, one line each, and what to try where it does not.
//!
//! ```text
//! way.rs      name, TCP, TLS, WebSocket       talk.rs    from CONNECT on
//! report.rs   the lines                       advice.rs  what to try
//! ```

mod advice;
mod patience;
mod report;
mod talk;
mod way;

use anyhow::Result;
use clap::Args;

use super::context::{Command, Context, ControlFlow};
use super::diagnosis;
use super::exit;
use super::facts::{Example, Facts, Group};
use super::own_connection::control_flow;
use super::tree::Input;
use crate::client::{ClientOptions, Target};
use crate::transport::Endpoint;
use patience::{Patience, Stop};
use report::{Report, Step};

/// Looks at each step of the way to a broker
///
/// Name, TCP, TLS, WebSocket, login, versions, virtual host, heart-beats, broker, round trip: a line each, and
/// what to try where one fails. --connect-timeout bounds the whole of it for each broker of a list. Nothing is
/// sent to any destination that others can see. The exit code is that of the first failure.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Doctor {
    /// The broker's URL
    #[arg(value_name = "URL")]
    pub url: Option<String>,
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

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let options = context.options_to(self.url.as_deref()).await?;
        let (paint, width) = (context.paint(), if context.is_captured() { None } else { width() });
        let mut out = |text: &str| context.out(text.as_bytes());
        let mut report = Report::new(&mut out, paint, width);
        control_flow(examine(&mut report, &options).await?)
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
