//! Builds the next prompt, and what completion and hints know while its line is typed.

use std::sync::Arc;

use tokio::runtime::Handle;
use unicode_width::UnicodeWidthStr as _;

use super::reader::PromptRequest;
use crate::command::completing::{ConnectionFacts, Known, Live};
use crate::command::context::Context;
use crate::command::inbox::LinkState;
use crate::render::Role;
use crate::render::escape::{Lines, escape_text};
use crate::session::Subscription;

/// Builds the request for the next line from the state of the client task and the inbox, and updates `known`. `paused`
/// says whether messages are held back.
pub(super) async fn ask(context: &mut Context, known: &mut Known, paused: bool) -> PromptRequest {
    let mut prompt = "stomp [disconnected]".to_owned();
    let mut look = Some(Role::Number);
    known.facts = ConnectionFacts::default();
    let mut live = Live {
        runtime: Handle::current(),
        inbox: context.inbox.clone(),
        connections: Vec::new(),
        current: None,
    };
    let transaction = context.transaction();
    for connection in context.connections() {
        let name = Arc::clone(&connection.name);
        live.connections.push((name, connection.id, connection.client.clone()));
    }
    let status = match context.client() {
        Ok(client) => client.status().await.ok(),
        Err(_) => None,
    };
    if let (Some(status), Ok(connection)) = (&status, context.connection_mut()) {
        connection.update_broker(status);
    }
    if let Ok(connection) = context.connection() {
        let id = connection.id;
        let mut about = Vec::new();
        prompt = connection.label.clone();
        if !connection.name.is_empty() {
            prompt = format!("@{} {prompt}", connection.name);
        }
        if connection.production {
            look = Some(Role::Error);
        }
        match connection.link.borrow().state {
            LinkState::Up => {}
            LinkState::Trying => about.push("reconnecting".to_owned()),
            LinkState::Down => about.push("lost".to_owned()),
        }
        live.current = Some(id);
        known.facts.dialect = connection.dialect;
        about.extend(transaction);
        if paused {
            about.push("paused".to_owned());
        }
        if let Some(status) = status {
            let unacked: usize = status.subscriptions.iter().map(Subscription::unacked).sum();
            if unacked > 0 {
                about.push(format!("{unacked} unacked"));
            }
            known.facts = ConnectionFacts::of(&context.inbox, id, &status).await;
        }
        if !about.is_empty() {
            prompt = format!("{prompt} [{}]", about.join(", "));
        }
    }
    let prompt = escape_text(&prompt, Lines::One);
    let prompt = format!("{prompt}> ");
    known.prompt = prompt.width();
    known.live = Some(live);
    known.destinations.clone_from(&context.destinations);
    known.listed.clone_from(&context.listed);
    known.aliases.clone_from(&context.aliases);
    known.variables = context.variables.keys().cloned().collect();
    known.expands = context.settings.expand;
    let names = context.connections().iter().map(|connection| connection.shown_name().to_owned());
    known.connections = names.collect();
    PromptRequest {
        prompt,
        look,
        known: Box::new(known.clone()),
        initial: std::mem::take(&mut context.initial),
        ran: context.edited.take(),
        vi: context.settings.vi,
        answer: None,
    }
}
