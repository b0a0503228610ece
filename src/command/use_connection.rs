//! `use`: which of several connections commands are for.

use unicode_width::UnicodeWidthStr as _;

use super::inbox::LinkState;
use super::prelude::*;
use crate::render::Role;
use crate::render::escape::{Lines, escape_text};
use crate::session::Subscription;

/// Makes another connection the current one; without a name, lists them
#[derive(Args, Debug, Clone)]
pub(crate) struct Use {
    /// Its name, as 'connect --as NAME' gave it; '-' is the one without a name
    #[arg(id = "connection", value_name = "NAME")]
    pub name: Option<String>,
}

impl Command for Use {
    const FACTS: Facts = Facts::new("use", Group::Connect)
        .row("use NAME, @NAME CMD", "one of several: 'connect --as NAME URL'")
        .shell_only();

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        if let Some(name) = &self.name {
            context.choose(name)?;
            return Ok(ControlFlow::Continue);
        }
        let current = context.connection().map(|connection| connection.id).ok();
        let mut rows = Vec::new();
        for connection in context.connections() {
            let (state, client) = (connection.link.borrow().state, connection.client.clone());
            let mut about = Vec::new();
            match state {
                LinkState::Up => {}
                LinkState::Trying => about.push("reconnecting".to_owned()),
                LinkState::Down => about.push("lost".to_owned()),
            }
            about.extend(connection.transactions.last().cloned());
            if let Ok(status) = client.status().await {
                let unacked: usize = status.subscriptions.iter().map(Subscription::unacked).sum();
                match status.subscriptions.len() {
                    0 => {}
                    1 => about.push("1 subscription".to_owned()),
                    several => about.push(format!("{several} subscriptions")),
                }
                if unacked > 0 {
                    about.push(format!("{unacked} unacked"));
                }
            }
            let mark = if Some(connection.id) == current { '*' } else { ' ' };
            let label = escape_text(&connection.label, Lines::One).into_owned();
            rows.push((
                mark,
                connection.shown_name().to_owned(),
                label,
                connection.production,
                about.join(", "),
            ));
        }
        if rows.is_empty() {
            context.note("not connected; 'connect URL' connects");
            return Ok(ControlFlow::Continue);
        }
        let names = rows.iter().map(|(_, name, ..)| name.width()).max().unwrap_or(0);
        let labels = rows.iter().map(|(_, _, label, ..)| label.width()).max().unwrap_or(0);
        let paint = context.paint();
        let mut out = String::new();
        for (mark, name, label, production, about) in rows {
            let role = if production { Role::Error } else { Role::Command };
            let name = paint.paint(role, &format!("{name}{}", " ".repeat(names - name.width()))).to_string();
            let label = format!("{label}{}", " ".repeat(labels - label.width()));
            let line = format!("{mark} {name}  {label}  {about}");
            out.push_str(line.trim_end());
            out.push('\n');
        }
        context.out(out.as_bytes())?;
        Ok(ControlFlow::Continue)
    }
}
