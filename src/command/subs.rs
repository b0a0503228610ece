//! `subs`: lists the subscriptions.

use unicode_width::UnicodeWidthStr;

use super::prelude::*;
use crate::render::escape::{Lines, escape_text};
use crate::render::{Paint, Role, grouped};

/// Lists the subscriptions: id, destination, ack mode, received, unacked
#[derive(Args, Debug, Clone)]
pub(crate) struct Subs {}

impl Command for Subs {
    const FACTS: Facts = Facts::new("subs", Group::Follow)
        .shell_only()
        .examples(&[Example::run(TWO_UNACKED, "# id, destination, ack mode, received, unacked\nsubs\n")]);

    async fn run(&self, context: &mut Context, _: Input) -> Result<ControlFlow> {
        if context.connections().is_empty() {
            context.connection()?;
        }
        let mut rows = Vec::new();
        for connection in context.connections() {
            // A lost connection has no subscriptions; the others are listed.
            let Ok(status) = connection.client.status().await else { continue };
            for subscription in status.subscriptions {
                let id = match &*connection.name {
                    "" => subscription.id.clone(),
                    name => format!("@{name} {}", subscription.id),
                };
                rows.push([
                    escape_text(&id, Lines::One).into_owned(),
                    escape_text(&subscription.options.destination, Lines::One).into_owned(),
                    subscription.options.ack.to_string(),
                    grouped(subscription.received),
                    subscription.unacked().to_string(),
                ]);
            }
        }
        if rows.is_empty() {
            context.note("no subscriptions; 'sub DEST' makes one");
            return Ok(ControlFlow::Continue);
        }
        let head = ["ID", "DESTINATION", "ACK", "RECEIVED", "UNACKED"];
        let table = table(&head, &rows, context.paint());
        context.out(table.as_bytes())?;
        Ok(ControlFlow::Continue)
    }
}

/// Aligns the columns, the last two of which are numbers, to the right.
fn table(head: &[&str; 5], rows: &[[String; 5]], paint: Paint) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].width());
        cells.chain([head[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..5).map(width).collect();
    let line = |cells: [&str; 5]| {
        let mut text = String::new();
        for (column, cell) in cells.iter().enumerate() {
            let blanks = " ".repeat(widths[column] - cell.width());
            match column {
                0 => text.push_str(&format!("{cell}{blanks}")),
                1 | 2 => text.push_str(&format!("  {cell}{blanks}")),
                _ => text.push_str(&format!("  {blanks}{cell}")),
            }
        }
        text
    };
    let mut out = format!("{}\n", paint.paint(Role::Dim, &line(*head)));
    for row in rows {
        out.push_str(&line(row.each_ref().map(String::as_str)));
        out.push('\n');
    }
    out
}
