//! `doctor`: tests each step of a connection to a broker and suggests what to try where one fails.
//!
//! ```text
//! dial.rs     name, TCP, TLS, WebSocket       session.rs from CONNECT on
//! report.rs   the lines                       advice.rs  what to try
//! budget.rs   the time that it may take
//! ```

mod advice;
mod budget;
mod dial;
mod report;
mod session;

use super::diagnosis;
use super::exit;
use super::own_connection::control_flow;
use super::prelude::*;
use crate::client::{ClientOptions, Target};
use crate::transport::Endpoint;
use budget::{Stop, TimeBudget};
use report::{DoctorReport, Step};

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
        let mut report = DoctorReport::new(&mut out, paint, width);
        control_flow(examine(&mut report, &options).await?)
    }
}

async fn examine(report: &mut DoctorReport<'_>, options: &ClientOptions) -> Result<u8> {
    match &options.target {
        Target::Local(_) => {
            report.begin(None, Step::SESSION.to_vec())?;
            let budget = TimeBudget::new(options.connect_timeout, "the embedded broker".to_owned());
            let examined = async {
                let session = session::log_in_embedded(report, options, &budget).await?;
                session::examine_session(report, session, options, &budget).await
            };
            let outcome = examined.await;
            conclude(report, outcome, None, options)?;
        }
        Target::Remote(endpoints) => {
            for (index, endpoint) in endpoints.iter().enumerate() {
                if index > 0 {
                    report.gap()?;
                }
                let title = endpoint.to_string();
                report.begin((endpoints.len() > 1).then_some(&title), Step::of(endpoint.scheme))?;
                let options = session::options_for(endpoint, options);
                let budget = TimeBudget::new(options.connect_timeout, endpoint.authority());
                let outcome = examine_endpoint(report, endpoint, &options, &budget).await;
                conclude(report, outcome, Some(endpoint), &options)?;
            }
        }
    }
    Ok(report.failed.unwrap_or(exit::OK))
}

async fn examine_endpoint(
    report: &mut DoctorReport<'_>,
    endpoint: &Endpoint,
    options: &ClientOptions,
    budget: &TimeBudget,
) -> Result<(), Stop> {
    let dialed = dial::dial(report, endpoint, options, budget).await?;
    let session = session::log_in(report, endpoint, dialed, options, budget).await?;
    session::examine_session(report, session, options, budget).await
}

/// Reports the step that failed, if one did, and the steps that were not tried.
fn conclude(
    report: &mut DoctorReport<'_>,
    outcome: Result<(), Stop>,
    endpoint: Option<&Endpoint>,
    options: &ClientOptions,
) -> Result<()> {
    match outcome {
        Ok(()) => return Ok(()),
        Err(Stop::Output(error)) => return Err(error),
        Err(Stop::Failed(step, error)) => {
            let (text, advice) = advice::advice(step, &error, endpoint, options);
            report.bad(step, &text, &advice, diagnosis::client_code(&error))?;
        }
        Err(Stop::Explained(step, text, error)) => {
            let (_, advice) = advice::advice(step, &error, endpoint, options);
            report.bad(step, &text, &advice, diagnosis::client_code(&error))?;
        }
        Err(Stop::Late(step, text, advice)) => {
            report.bad(step, &text, &[advice.to_owned()], exit::UNKNOWN)?;
        }
    }
    report.end()
}

/// The columns of the terminal; `None` if standard output is not a terminal.
fn width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}
