//! `status` and `version`.

use std::fmt::Write as _;

use super::inbox::LinkState;
use super::prelude::*;
use crate::render::escape::{Lines, escape_text};
use crate::render::{Role, grouped};
use crate::session::Subscription;

/// Shows the connection: broker, version, heart-beats, what came and what is open
#[derive(Args, Debug, Clone)]
pub(crate) struct StatusCommand {}

impl Command for StatusCommand {
    const FACTS: Facts = Facts::new("status", Group::Connect).aliases(&["stats"]).shell_only();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let mut out = String::new();
        if context.connections().is_empty() {
            out.push_str(
                "not connected; 'connect URL' connects, 'connect --embedded' brings a broker of its own\n",
            );
        }
        let several = context.connections().len() > 1;
        let paint = context.paint();
        for connection in context.connections() {
            let mut line = |what: &str, text: &str| {
                let what = format!("{what:<13}");
                // Writing to a String does not fail.
                let _ = writeln!(out, "{} {}", paint.paint(Role::Dim, &what), escape_text(text, Lines::One));
            };
            if several {
                line("name", connection.shown_name());
            }
            let Ok(status) = connection.client.status().await else {
                line("connection", "lost; 'connect' makes it again");
                continue;
            };
            line("broker", &status.endpoint);
            match &status.connected {
                Some(connected) => {
                    line("server", connected.server.as_deref().unwrap_or("does not say"));
                    line("version", &format!("STOMP {}", connected.version));
                    let every = |beat: Option<std::time::Duration>| {
                        beat.map_or("none".to_owned(), |beat| format!("every {} s", beat.as_secs_f64()))
                    };
                    let (out, inward) = (every(connected.beats.outgoing), every(connected.beats.incoming));
                    line("heart-beats", &format!("out {out}, in {inward}"));
                    if let Some(session) = &connected.session {
                        line("session", session);
                    }
                }
                None if connection.link.borrow().state == LinkState::Trying => {
                    line("connection", "lost; trying again");
                }
                None => line("connection", "lost"),
            }
            let unacked: usize = status.subscriptions.iter().map(Subscription::unacked).sum();
            let subscriptions = status.subscriptions.len();
            line("subscriptions", &format!("{subscriptions}, {unacked} messages unacked"));
            if !status.transactions.is_empty() {
                let mark = |tx: &String| {
                    if Some(tx) == connection.transactions.last() { format!("*{tx}") } else { tx.clone() }
                };
                let list: Vec<String> = status.transactions.iter().map(mark).collect();
                line("transactions", &list.join(", "));
            }
            let plural = if status.received == 1 { "" } else { "s" };
            line("received", &format!("{} message{plural}", grouped(status.received)));
            if status.open_receipts > 0 {
                line("receipts", &format!("{} open", status.open_receipts));
            }
        }
        context.out(out.as_bytes())?;
        Ok(ControlFlow::Continue)
    }
}

/// Says which version this is, and which one of STOMP is in force
#[derive(Args, Debug, Clone)]
pub(crate) struct VersionCommand {}

impl Command for VersionCommand {
    const FACTS: Facts = Facts::new("version", Group::Shell).shell_only().without_connection();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        let mut text = format!("stomp {}", env!("CARGO_PKG_VERSION"));
        if let Ok(client) = context.client()
            && let Ok(status) = client.status().await
            && let Some(connected) = status.connected
        {
            text.push_str(&format!(", STOMP {} in force", connected.version));
        }
        text.push('\n');
        context.out(text.as_bytes())?;
        Ok(ControlFlow::Continue)
    }
}
