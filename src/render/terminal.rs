//! Messages on a terminal: a head line, optional headers and a readable body.

use super::count::grouped;
use super::escape::{Lines, escape, escape_into};
use super::measure::{fitting, fitting_line, rows};
use super::message::{Arrival, Message};
use super::style::{Paint, Role};
use super::{head, hex, json, xml};
use jiff::tz::TimeZone;
use std::fmt::Write as _;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimit {
    pub rows: usize,
    pub bytes: usize,
}

impl Default for BodyLimit {
    /// 20 rows and 4 KiB.
    fn default() -> Self {
        Self { rows: 20, bytes: 4096 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BodyStyle {
    Hidden,
    /// Text, with JSON and XML indented, or a hex dump of a binary body.
    #[default]
    Readable,
    Hex,
}

#[derive(Debug, Clone)]
pub struct Terminal {
    pub paint: Paint,
    pub width: usize,
    /// Of the time in the head line.
    pub time_zone: TimeZone,
    /// Whether headers are listed below the head line.
    pub headers: bool,
    pub bodies: BodyStyle,
    /// The limit of a body; `None` shows all of it.
    pub limit: Option<BodyLimit>,
    /// The most rows of a message with its head, if there is a `limit`.
    pub most_rows: usize,
    /// Whether the note about a shortened body mentions the command `show`.
    pub in_shell: bool,
}

impl Default for Terminal {
    fn default() -> Self {
        Self {
            paint: Paint::PLAIN,
            width: 80,
            time_zone: TimeZone::system(),
            headers: false,
            bodies: BodyStyle::Readable,
            limit: None,
            most_rows: usize::MAX,
            in_shell: false,
        }
    }
}

/// The size in bytes above which a body is not indented.
const PRETTY: u64 = 1 << 20;

/// The size in bytes above which a body that is shortened is not indented.
const PRETTY_CUT: u64 = 64 << 10;

impl Terminal {
    /// Appends the head line, optional headers and the body.
    pub(crate) fn push(&self, message: &impl Message, arrival: &Arrival<'_>, out: &mut String) {
        let start = out.len();
        self.push_head(message, arrival, out);
        if self.bodies == BodyStyle::Hidden {
            return;
        }
        let content_type = message.header("content-type");
        let (body, total, number) = (message.body(), message.size(), arrival.number);
        match self.limit {
            Some(limit) if self.most_rows < usize::MAX => {
                // The note takes one row.
                let taken = rows(&out[start..], self.width) + 1;
                let left = self.most_rows.saturating_sub(taken).max(1);
                let limit = Some(BodyLimit { rows: limit.rows.min(left), ..limit });
                let shown = Self { limit, ..self.clone() };
                shown.push_body(body, total, content_type.as_deref(), number, out);
            }
            _ => self.push_body(body, total, content_type.as_deref(), number, out),
        }
    }

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

    /// Appends the first bytes of a body of `total` bytes, and a note of what is missing.
    pub(super) fn push_body(
        &self,
        part: &[u8],
        total: u64,
        content_type: Option<&[u8]>,
        number: u64,
        out: &mut String,
    ) {
        let limit = self.limit.unwrap_or(BodyLimit { rows: usize::MAX, bytes: usize::MAX });
        let total = total.max(part.len() as u64);
        if part.is_empty() {
            return;
        }
        let whole = part.len() as u64 == total;
        if self.bodies == BodyStyle::Hex || is_binary(part, whole, content_type) {
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

    /// Appends as many coloured lines as fit, and a note of what is missing.
    fn push_lines(&self, text: &str, limit: BodyLimit, number: u64, out: &mut String) {
        let mut left = limit.rows;
        let mut lines = text.lines();
        let mut more = 0;
        for line in lines.by_ref() {
            let taken = rows(line, self.width).max(1);
            if taken > left {
                let shown = &line[..fitting_line(line, left.saturating_mul(self.width))];
                if left > 0 {
                    out.push_str(shown);
                    // The line may be cut within a colour.
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

    /// Appends a note of what is missing. `there` is false if the shell did not keep it.
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

/// Whether a body or its beginning is better shown as a dump: it has a NUL or is not UTF-8, and its content
/// type is no text.
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
