//! Frames as text for people, with secrets masked.

use std::borrow::Cow;

use crate::client::{Direction, Tracer};
use crate::protocol::{FrameRef, Part, Verb, mask_logins};
use crate::render::escape::{Lines, escape};
use crate::render::{Paint, Role};
use crate::transport::Secret;
use crate::words::is_secret_name;

/// The number of bytes of a body that are shown.
const BODY: usize = 1_024;

/// A frame as text: direction, time, head, and the beginning of the body.
pub(crate) fn text(direction: Direction, frame: FrameRef<'_>, paint: Paint) -> String {
    let mark = match direction {
        Direction::Out => ">>>",
        Direction::In => "<<<",
    };
    let time = jiff::Zoned::now().strftime("%H:%M:%S%.3f").to_string();
    let mut out = format!("{} {} ", paint.paint(Role::Dim, mark), paint.paint(Role::Dim, &time));
    match frame.part() {
        Part::Whole | Part::Head => {
            out.push_str(&escape(frame.verb_name(), Lines::One));
            for header in frame.headers() {
                let name = header.name();
                // An application may want a token in any frame.
                let secret = is_secret_name(&name);
                let value = if secret {
                    Secret::MASK.into()
                } else {
                    escape(header.raw_value(), Lines::One).into_owned()
                };
                out.push_str(&format!(
                    "\n    {}: {value}",
                    paint.paint(Role::HeaderName, &escape(&name, Lines::One))
                ));
            }
        }
        Part::Chunk => out.push_str(&format!("… {} bytes of the body", frame.body().len())),
        Part::End => out.push_str("… end of the body"),
    }
    if frame.part() == Part::Whole && !frame.body().is_empty() {
        let body = frame.body();
        let beginning = &body[..body.len().min(BODY)];
        // An ERROR may quote the frame that it answers.
        let is_error = frame.verb() == Verb::Error;
        let shown = if is_error { mask_logins(beginning).into() } else { Cow::Borrowed(beginning) };
        out.push_str("\n\n    ");
        out.push_str(&escape(&shown, Lines::Many).replace('\n', "\n    "));
        if beginning.len() < body.len() {
            out.push_str(&format!("\n    … {} more bytes", body.len() - beginning.len()));
        }
    }
    out
}

/// Shows frames on a screen; `trace` switches it on and off.
pub(crate) struct TraceSwitch {
    screen: std::sync::Arc<dyn super::screen::Screen>,
    on: std::sync::atomic::AtomicBool,
}

impl TraceSwitch {
    pub(crate) fn new(screen: std::sync::Arc<dyn super::screen::Screen>, on: bool) -> Self {
        Self { screen, on: on.into() }
    }

    pub(crate) fn set(&self, on: bool) {
        self.on.store(on, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Tracer for TraceSwitch {
    fn is_on(&self) -> bool {
        self.on.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn frame(&self, direction: Direction, frame: FrameRef<'_>) {
        self.screen.notice(text(direction, frame, self.screen.paint()));
    }
}
