//! Messages for people: one head line, headers where asked, and a body that is readable and safe.

use super::escape::{Lines, escape, escape_into, escape_text};
use super::message::{Arrival, Message};
use super::style::{Paint, Role};
use super::{hex, json, xml};
use jiff::tz::TimeZone;
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

/// How much of a body is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Rows of the screen.
    pub rows: usize,
    /// Octets of the body.
    pub octets: usize,
}

impl Default for Limit {
    /// About a screen's worth.
    fn default() -> Self {
        Self { rows: 20, octets: 4096 }
    }
}

/// How bodies are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bodies {
    /// Not at all.
    Hidden,
    /// As text, JSON and XML indented; as a dump where they are binary.
    #[default]
    Readable,
    /// As a dump whatever they are.
    Hex,
}

/// How messages look on a terminal.
#[derive(Debug, Clone)]
pub struct Terminal {
    /// Colours.
    pub paint: Paint,
    /// Columns of the screen.
    pub width: usize,
    /// Where the times are from.
    pub time_zone: TimeZone,
    /// Whether headers are shown.
    pub headers: bool,
    /// How bodies are shown.
    pub bodies: Bodies,
    /// How much of a body is shown; `None`: all of it.
    pub limit: Option<Limit>,
    /// Whether there is a shell that knows `show`.
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
            in_shell: false,
        }
    }
}

/// Above this a body is not indented.
const PRETTY: usize = 1024 * 1024;

impl Terminal {
    /// Appends a whole message.
    pub fn push(&self, message: &impl Message, arrival: &Arrival<'_>, out: &mut String) {
        self.push_head(message, arrival, out);
        if self.bodies != Bodies::Hidden {
            let content_type = message.header("content-type");
            self.push_body(message.body(), content_type.as_deref(), arrival.number, out);
        }
    }

    /// Appends the head line, and the headers where they are asked for.
    pub fn push_head(&self, message: &impl Message, arrival: &Arrival<'_>, out: &mut String) {
        self.push_head_line(message, arrival, out);
        if !self.headers {
            return;
        }
        for (name, value) in message.headers() {
            let (name, value) = (escape(&name, Lines::One), escape(&value, Lines::One));
            let _ = writeln!(out, "  {}: {value}", self.paint.paint(Role::HeaderName, &name));
        }
    }

    fn push_head_line(&self, message: &impl Message, arrival: &Arrival<'_>, out: &mut String) {
        let text = |name: &str| {
            let value = message.header(name)?;
            (!value.is_empty()).then(|| escape(&value, Lines::One).into_owned())
        };
        let time = arrival.at.to_zoned(self.time_zone.clone()).strftime("%H:%M:%S%.3f").to_string();
        let mut fields = vec![(Role::Number, format!("#{}", arrival.number)), (Role::Dim, time)];
        if let Some(connection) = arrival.connection {
            let name = format!("@{}", escape_text(connection, Lines::One));
            fields.push((Role::subscription(connection.as_bytes()), name));
        }
        if let Some(subscription) = text("subscription") {
            fields.push((Role::subscription(subscription.as_bytes()), format!("[{subscription}]")));
        }
        fields.extend(text("destination").map(|destination| (Role::Destination, destination)));
        let id_at = fields.len();
        let id = text("message-id");
        if text("redelivered").as_deref() == Some("true") {
            fields.push((Role::Warning, "redelivered".to_owned()));
        }
        fields.extend(text("content-type").map(|kind| (Role::Dim, kind)));
        fields.push((Role::Dim, octets(message.size())));

        let taken: usize = fields.iter().map(|(_, text)| text.width() + 2).sum();
        if let Some(id) = id.and_then(|id| shortened(&id, self.width.saturating_sub(taken))) {
            fields.insert(id_at, (Role::Dim, id));
        }
        for (index, (role, text)) in fields.iter().enumerate() {
            if index > 0 {
                out.push_str("  ");
            }
            // Writing to a String does not fail.
            let _ = write!(out, "{}", self.paint.paint(*role, text));
        }
        out.push('\n');
    }

    /// Appends a body, ended by a line feed; nothing where it is empty.
    pub fn push_body(&self, body: &[u8], content_type: Option<&[u8]>, number: u64, out: &mut String) {
        self.push_first(body, body.len() as u64, content_type, number, out);
    }

    /// Appends the first octets of a body of `total`, and how much is missing.
    pub(super) fn push_first(
        &self,
        part: &[u8],
        total: u64,
        content_type: Option<&[u8]>,
        number: u64,
        out: &mut String,
    ) {
        let limit = self.limit.unwrap_or(Limit { rows: usize::MAX, octets: usize::MAX });
        let total = total.max(part.len() as u64);
        if part.is_empty() {
            return;
        }
        let shown = if self.bodies == Bodies::Hex || is_binary(part, part.len() as u64 == total, content_type)
        {
            let shown = part.len().min(limit.octets).min(limit.rows.saturating_mul(16));
            hex::push_dump(&part[..shown], out);
            shown
        } else {
            if total <= limit.octets.min(PRETTY) as u64
                && let Ok(text) = std::str::from_utf8(part)
                && let Some(pretty) = self.pretty(text, content_type)
            {
                let mut lines = pretty.lines();
                for line in lines.by_ref().take(limit.rows) {
                    out.push_str(line);
                    out.push('\n');
                }
                return self.push_more(lines.count() as u64, "line", number, out);
            }
            let shown = fitting(part, limit, self.width);
            escape_into(&part[..shown], Lines::Many, out);
            if !out.ends_with('\n') {
                out.push('\n');
            }
            shown
        };
        self.push_more(total - shown as u64, "octet", number, out);
    }

    fn pretty(&self, text: &str, content_type: Option<&[u8]>) -> Option<String> {
        let declared = |kind: &str| content_type.is_some_and(|declared| contains(declared, kind));
        let first = text.trim_start().bytes().next()?;
        let mut out = String::new();
        let done = if matches!(first, b'{' | b'[') || declared("json") {
            json::push_pretty(text, self.paint, &mut out)
        } else if first == b'<' {
            xml::push_pretty(text, self.paint, &mut out)
        } else {
            false
        };
        done.then_some(out)
    }

    fn push_more(&self, more: u64, what: &str, number: u64, out: &mut String) {
        if more > 0 {
            let plural = if more == 1 { "" } else { "s" };
            let how = if self.in_shell {
                format!("'show {number}' shows all")
            } else {
                "--raw shows all".to_owned()
            };
            let note = format!("… {} more {what}{plural}; {how}", grouped(more));
            // Writing to a String does not fail.
            let _ = writeln!(out, "{}", self.paint.paint(Role::Dim, &note));
        }
    }
}

/// `1,234 octets`.
pub fn octets(count: u64) -> String {
    format!("{} octet{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A number with a comma every three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The id in at most so many columns, its middle left out; `None` where too little would stay.
fn shortened(id: &str, columns: usize) -> Option<String> {
    if id.width() <= columns {
        return Some(id.to_owned());
    }
    let characters: Vec<char> = id.chars().collect();
    if columns < 12 || id.width() != characters.len() {
        return None;
    }
    let (head, tail) = ((columns - 1) / 2, (columns - 1) - (columns - 1) / 2);
    let head: String = characters[..head].iter().collect();
    let tail: String = characters[characters.len() - tail..].iter().collect();
    Some(format!("{head}…{tail}"))
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

/// How many octets of a text fit, up to a character's end.
fn fitting(body: &[u8], limit: Limit, width: usize) -> usize {
    let width = width.max(1);
    let mut rows = 0;
    let mut end = 0;
    for line in body.split_inclusive(|octet| *octet == b'\n') {
        let line_rows = line.len().div_ceil(width).max(1);
        let room = limit.octets.saturating_sub(end).min((limit.rows - rows).saturating_mul(width));
        if line_rows > limit.rows - rows || line.len() > room {
            end += room.min(line.len());
            break;
        }
        rows += line_rows;
        end += line.len();
        if rows == limit.rows {
            break;
        }
    }
    while end < body.len() && end > 0 && body[end] & 0xc0 == 0x80 {
        end -= 1;
    }
    end
}

#[cfg(test)]
#[path = "terminal_tests.rs"]
mod tests;
