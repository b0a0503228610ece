//! Messages for people: one head line, headers where asked, and a body that is readable and safe.

use super::count::grouped;
use super::escape::{Lines, escape, escape_into};
use super::measure::{fitting, fitting_line, rows};
use super::message::{Arrival, Message};
use super::style::{Paint, Role};
use super::{head, hex, json, xml};
use jiff::tz::TimeZone;
use std::fmt::Write as _;

/// How much of a body is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The most rows of the screen.
    pub rows: usize,
    /// The most bytes of the body.
    pub bytes: usize,
}

impl Default for Limit {
    /// 20 rows and 4 KiB.
    fn default() -> Self {
        Self { rows: 20, bytes: 4096 }
    }
}

/// How the body of a message is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bodies {
    /// Bodies are not shown.
    Hidden,
    /// Text, with JSON and XML indented; a hex dump if the body is binary.
    #[default]
    Readable,
    /// Always a hex dump.
    Hex,
}

/// Options for messages on a terminal.
#[derive(Debug, Clone)]
pub struct Terminal {
    /// The colours of standard output.
    pub paint: Paint,
    /// The columns of the screen.
    pub width: usize,
    /// The time zone of the time in the head line.
    pub time_zone: TimeZone,
    /// Whether the headers are listed below the head line.
    pub headers: bool,
    /// How the body of a message is shown.
    pub bodies: Bodies,
    /// The limit of the body; `None` shows all of it.
    pub limit: Option<Limit>,
    /// The most rows of a whole message, if `limit` is set.
    pub most_rows: usize,
    /// Whether a note about a cut body mentions `show`, the command of the shell.
    pub in_shell: bool,
}

impl Default for Terminal {
    fn default() -> Self {
        Self {
            paint: Paint::PLAIN,
            width: 80,
            time_zone: TimeZone::system(),
            headers: false,
            bodies: Bodies::Readable,
            limit: None,
            most_rows: usize::MAX,
            in_shell: false,
        }
    }
}

/// Above this a body is not indented.
const PRETTY: u64 = 1 << 20;

/// Above this a body is not indented to be cut then.
const PRETTY_CUT: u64 = 64 << 10;

impl Terminal {
    /// Appends the head line, the headers if asked for, and the body.
    pub(crate) fn push(&self, message: &impl Message, arrival: &Arrival<'_>, out: &mut String) {
        let start = out.len();
        self.push_head(message, arrival, out);
        if self.bodies == Bodies::Hidden {
            return;
        }
        let content_type = message.header("content-type");
        let (body, total, number) = (message.body(), message.size(), arrival.number);
        match self.limit {
            Some(limit) if self.most_rows < usize::MAX => {
                // One row says how much is missing.
                let taken = rows(&out[start..], self.width) + 1;
                let left = self.most_rows.saturating_sub(taken).max(1);
                let limit = Some(Limit { rows: limit.rows.min(left), ..limit });
                let shown = Self { limit, ..self.clone() };
                shown.push_body(body, total, content_type.as_deref(), number, out);
            }
            _ => self.push_body(body, total, content_type.as_deref(), number, out),
        }
    }

    /// Appends the head line, and the headers where they are asked for.
    pub(crate) fn push_head(&self, message: &impl Message, arrival: &Arrival<'_>, out: &mut String) {
        head::push(message, arrival, self.width, &self.time_zone, self.paint, out);
        if !self.headers {
            return;
        }
        for (name, value) in message.headers() {
            let (name, value) = (escape(&name, Lines::One), escape(&value, Lines::One));
            let _ = writeln!(out, "  {}: {value}", self.paint.paint(Role::HeaderName, &name));
        }
    }

    /// Appends the first bytes of a body of `total`, and how much is missing.
    pub(super) fn push_body(
        &self,
        part: &[u8],
        total: u64,
        content_type: Option<&[u8]>,
        number: u64,
        out: &mut String,
    ) {
        let limit = self.limit.unwrap_or(Limit { rows: usize::MAX, bytes: usize::MAX });
        let total = total.max(part.len() as u64);
        if part.is_empty() {
            return;
        }
        let whole = part.len() as u64 == total;
        if self.bodies == Bodies::Hex || is_binary(part, whole, content_type) {
            let row = hex::row(self.width);
            let shown = part.len().min(limit.bytes).min(limit.rows.saturating_mul(row));
            hex::push_dump(&part[..shown], row, out);
            return self.push_more(total - shown as u64, "byte", whole, number, out);
        }
        let small = total <= if self.limit.is_some() { PRETTY_CUT } else { PRETTY };
        if whole
            && small
            && let Ok(text) = std::str::from_utf8(part)
            && let Some(pretty) = self.pretty(text, content_type)
        {
            return self.push_lines(&pretty, limit, number, out);
        }
        let mut most = part.len().min(limit.bytes);
        while part.get(most).is_some_and(|byte| byte & 0xc0 == 0x80) && most > 0 {
            most -= 1;
        }
        let shown = fitting(&part[..most], limit.rows, self.width);
        escape_into(&part[..shown], Lines::Many, out);
        if !out.ends_with('\n') {
            out.push('\n');
        }
        self.push_more(total - shown as u64, "byte", whole, number, out);
    }

    /// Appends lines that are coloured already, as many as fit, and how many are missing.
    fn push_lines(&self, text: &str, limit: Limit, number: u64, out: &mut String) {
        let mut left = limit.rows;
        let mut lines = text.lines();
        let mut more = 0;
        for line in lines.by_ref() {
            let taken = rows(line, self.width).max(1);
            if taken > left {
                let shown = &line[..fitting_line(line, left.saturating_mul(self.width))];
                if left > 0 {
                    out.push_str(shown);
                    // The colour that it was cut in.
                    out.push_str(if self.paint.is_on() { "\x1b[0m\n" } else { "\n" });
                }
                more = 1 + lines.count() as u64;
                break;
            }
            left -= taken;
            out.push_str(line);
            out.push('\n');
        }
        self.push_more(more, "line", true, number, out);
    }

    fn pretty(&self, text: &str, content_type: Option<&[u8]>) -> Option<String> {
        let declared = |kind: &str| content_type.is_some_and(|declared| contains(declared, kind));
        let first = text.trim_start().bytes().next()?;
        let mut out = String::new();
        let done = if matches!(first, b'{' | b'[') || declared("json") {
            json::push_pretty(text, self.width, self.paint, &mut out)
        } else if first == b'<' {
            xml::push_pretty(text, self.paint, &mut out)
        } else {
            false
        };
        done.then_some(out)
    }

    /// Appends a note that says how much is missing. `there` is false if the shell did not keep it.
    fn push_more(&self, more: u64, what: &str, there: bool, number: u64, out: &mut String) {
        if more > 0 {
            let plural = if more == 1 { "" } else { "s" };
            let how = match (self.in_shell, there, self.limit) {
                (false, ..) => "--raw shows all".to_owned(),
                (true, true, _) => format!("'show {number}' shows all"),
                (true, false, Some(_)) => format!("'show {number}' shows what is kept"),
                (true, false, None) => "they were not kept".to_owned(),
            };
            let mut note = format!("… {} more {what}{plural}", grouped(more));
            if note.chars().count() + how.len() + 2 <= self.width {
                note.push_str("; ");
                note.push_str(&how);
            }
            // Writing to a String does not fail.
            let _ = writeln!(out, "{}", self.paint.paint(Role::Dim, &note));
        }
    }
}

fn contains(content_type: &[u8], kind: &str) -> bool {
    content_type.to_ascii_lowercase().windows(kind.len()).any(|window| window == kind.as_bytes())
}

/// Whether a body, or the part of it that is there, is better shown as a dump: a NUL in it, or no UTF-8
/// and nobody says that it is text.
pub(super) fn is_binary(part: &[u8], whole: bool, content_type: Option<&[u8]>) -> bool {
    let text =
        content_type.is_some_and(|kind| ["text/", "json", "xml"].iter().any(|text| contains(kind, text)));
    // A part may end within a character.
    let is_utf8 =
        || std::str::from_utf8(part).map_or_else(|error| !whole && error.error_len().is_none(), |_| true);
    !text && (memchr::memchr(0, part).is_some() || !is_utf8())
}

#[cfg(test)]
#[path = "terminal_tests.rs"]
mod tests;
