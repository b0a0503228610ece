//! The head line of a message: one row on a screen of any width.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use super::count::bytes;
use super::escape::{Lines, escape, escape_text};
use super::measure::shortened;
use super::message::{Arrival, Message};
use super::style::{Paint, Role};

const GAP: &str = "  ";

/// The fields of a head line, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Number,
    Time,
    Connection,
    Subscription,
    Destination,
    Id,
    Redelivered,
    ContentType,
    Size,
}

struct HeadLine {
    fields: Vec<(Field, Role, String)>,
    columns: usize,
}

/// Appends the head line of a message with its line feed.
pub(super) fn push(
    message: &impl Message,
    arrival: &Arrival<'_>,
    columns: usize,
    zone: &TimeZone,
    paint: Paint,
    out: &mut String,
) {
    let text = |name: &str| {
        let value = message.header(name)?;
        (!value.is_empty()).then(|| escape(&value, Lines::One).into_owned())
    };
    let time = arrival.at.to_zoned(zone.clone()).strftime("%H:%M:%S%.3f").to_string();
    let mut fields =
        vec![(Field::Number, Role::Number, format!("#{}", arrival.number)), (Field::Time, Role::Dim, time)];
    if let Some(connection) = arrival.connection {
        let name = format!("@{}", escape_text(connection, Lines::One));
        fields.push((Field::Connection, Role::subscription(connection.as_bytes()), name));
    }
    if let Some(subscription) = text("subscription") {
        let role = Role::subscription(subscription.as_bytes());
        fields.push((Field::Subscription, role, format!("[{subscription}]")));
    }
    fields.extend(text("destination").map(|text| (Field::Destination, Role::Destination, text)));
    fields.extend(text("message-id").map(|text| (Field::Id, Role::Dim, text)));
    if text("redelivered").as_deref() == Some("true") {
        fields.push((Field::Redelivered, Role::Warning, "redelivered".to_owned()));
    }
    fields.extend(text("content-type").map(|text| (Field::ContentType, Role::Dim, text)));
    fields.push((Field::Size, Role::Dim, bytes(message.size())));
    let mut head = HeadLine { fields, columns };
    head.fit();
    for (index, (_, role, text)) in head.fields.iter().enumerate() {
        if index > 0 {
            out.push_str(GAP);
        }
        // Writing to a String does not fail.
        let _ = write!(out, "{}", paint.paint(*role, text));
    }
    out.push('\n');
}

impl HeadLine {
    /// Shortens and drops fields, the least important first, until the line fits.
    fn fit(&mut self) {
        self.shorten(Field::Id, true);
        if let Some(kind) = self.text(Field::ContentType).filter(|_| self.excess() > 0) {
            let essence = kind.split(';').next().unwrap_or_default().trim_end().to_owned();
            self.set(Field::ContentType, essence);
        }
        self.drop_if_needed(Field::ContentType);
        if let Some(time) = self.text(Field::Time).filter(|_| self.excess() > 0) {
            let seconds = time.split('.').next().unwrap_or_default().to_owned();
            self.set(Field::Time, seconds);
        }
        self.drop_if_needed(Field::Size);
        self.shorten(Field::Destination, false);
        self.drop_if_needed(Field::Time);
        self.shorten(Field::Destination, false);
        self.shorten(Field::Subscription, false);
        self.drop_if_needed(Field::Redelivered);
        self.shorten(Field::Destination, true);
    }

    /// The number of columns above the width.
    fn excess(&self) -> usize {
        let taken: usize = self.fields.iter().map(|(.., text)| text.width() + GAP.len()).sum();
        (taken - GAP.len()).saturating_sub(self.columns)
    }

    fn text(&self, field: Field) -> Option<String> {
        self.fields.iter().find(|(kind, ..)| *kind == field).map(|(.., text)| text.clone())
    }

    fn set(&mut self, field: Field, text: String) {
        if let Some((.., old)) = self.fields.iter_mut().find(|(kind, ..)| *kind == field) {
            *old = text;
        }
    }

    fn drop_if_needed(&mut self, field: Field) {
        if self.excess() > 0 {
            self.fields.retain(|(kind, ..)| *kind != field);
        }
    }

    /// Shortens a field in its middle. If too little would remain, it is dropped if `may_drop`.
    fn shorten(&mut self, field: Field, may_drop: bool) {
        let (excess, text) = (self.excess(), self.text(field));
        let Some(text) = text.filter(|_| excess > 0) else { return };
        match shortened(&text, text.width().saturating_sub(excess)) {
            Some(short) => self.set(field, short),
            None if may_drop => self.fields.retain(|(kind, ..)| *kind != field),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::super::message::example::arrival;
    use super::*;
    use crate::protocol::{Frame, Verb};
    use proptest::prelude::*;

    fn head(message: &Frame, arrival: &Arrival<'_>, columns: usize) -> String {
        let mut out = String::new();
        push(message, arrival, columns, &TimeZone::UTC, Paint::PLAIN, &mut out);
        out.strip_suffix('\n').unwrap().to_owned()
    }

    fn message() -> Frame {
        Frame::new(Verb::Message)
            .with("subscription", "1")
            .with("message-id", "ID:broker.example.com-45533-1700000000000-3:1:-1:1:1")
            .with("destination", "/queue/orders")
            .with("content-type", "application/json;charset=utf-8")
            .body(&b"{}"[..])
    }

    #[test]
    fn what_matters_least_gives_way_first() {
        let lines = [
            (
                140,
                "#7  22:13:20.123  [1]  /queue/orders  ID:broker.example.com-45533-1700000000000-3:1:-1:1:1  application/json;charset=utf-8  2 bytes",
            ),
            (
                100,
                "#7  22:13:20.123  [1]  /queue/orders  ID:broker.…3:1:-1:1:1  application/json;charset=utf-8  2 bytes",
            ),
            (80, "#7  22:13:20.123  [1]  /queue/orders  application/json;charset=utf-8  2 bytes"),
            (66, "#7  22:13:20.123  [1]  /queue/orders  application/json  2 bytes"),
            (50, "#7  22:13:20.123  [1]  /queue/orders  2 bytes"),
            (42, "#7  22:13:20  [1]  /queue/orders  2 bytes"),
            (36, "#7  22:13:20  [1]  /queue/orders"),
            (31, "#7  22:13:20  [1]  /queu…orders"),
            (28, "#7  [1]  /queue/orders"),
        ];
        for (columns, line) in lines {
            assert_eq!(head(&message(), &arrival(), columns), line);
        }
    }

    #[test]
    fn a_connection_stands_in_the_head_line_where_there_are_several() {
        let arrival = Arrival { connection: Some("prod"), ..arrival() };
        let line = head(&message(), &arrival, 140);
        assert!(line.starts_with("#7  22:13:20.123  @prod  [1]  /queue/orders"), "{line}");
    }

    #[test]
    fn a_long_destination_stays_in_its_row() {
        let message = message().with("destination", "x");
        let long = Frame::new(Verb::Message)
            .with("subscription", "1")
            .with("destination", format!("/queue/{}", "日本".repeat(60)));
        assert!(head(&message, &arrival(), 80).width() <= 80);
        let line = head(&long, &arrival(), 80);
        assert!(line.width() <= 80 && line.contains("  /queue/日本") && line.contains('…'), "{line}");
    }

    proptest! {
        #[test]
        fn a_head_line_is_one_row(
            destination in "[/a-z日]{0,90}",
            id in "[a-z:]{0,60}",
            kind in "[a-z/;]{0,30}",
            columns in 24_usize..120,
        ) {
            let message = Frame::new(Verb::Message)
                .with("subscription", "1")
                .with("redelivered", "true")
                .with("message-id", id)
                .with("destination", destination)
                .with("content-type", kind);
            let line = head(&message, &arrival(), columns);
            prop_assert!(line.width() <= columns, "{line}");
        }
    }
}
