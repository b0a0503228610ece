//! The settings that `set` changes.

use anyhow::Result;

use super::exit::Problem;
use crate::render::terminal::{BodyLimit, BodyStyle, Terminal};
use crate::session::ReceiptPolicy;

/// The value of `receipts` that leaves it to the options of each connection.
const AS_CONNECTED: &str = "connection";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Whether messages are shown with their headers.
    pub headers: bool,
    pub bodies: BodyStyle,
    /// The number of rows of a body that are shown; 0 shows all.
    pub rows: usize,
    pub pager: bool,
    /// Whether the line editor has the keys of vi instead of Emacs.
    pub vi: bool,
    /// Whether `$name` is replaced in bodies, too.
    pub expand: bool,
    /// Which frames ask for receipts; `None`: as each connection was made.
    pub receipts: Option<ReceiptPolicy>,
}

impl Default for Settings {
    fn default() -> Self {
        let rows = BodyLimit::default().rows;
        Self {
            headers: false,
            bodies: BodyStyle::Readable,
            rows,
            pager: true,
            vi: false,
            expand: false,
            receipts: None,
        }
    }
}

impl Settings {
    pub(crate) const NAMES: [&'static str; 7] =
        ["bodies", "editing", "expand", "headers", "pager", "receipts", "rows"];

    /// The possible values of a setting; empty if they are numbers.
    pub(crate) fn values(name: &str) -> &'static [&'static str] {
        match name {
            "headers" | "pager" | "expand" => &["on", "off"],
            "bodies" => &["readable", "hex", "hidden"],
            "editing" | "editing-mode" => &["emacs", "vi"],
            "receipts" => &["auto", "always", "never", AS_CONNECTED],
            _ => &[],
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<String> {
        let on = |on: bool| if on { "on" } else { "off" }.to_owned();
        Some(match name {
            "headers" => on(self.headers),
            "bodies" => match self.bodies {
                BodyStyle::Hidden => "hidden",
                BodyStyle::Readable => "readable",
                BodyStyle::Hex => "hex",
            }
            .to_owned(),
            "rows" => self.rows.to_string(),
            "pager" => on(self.pager),
            "editing" | "editing-mode" => if self.vi { "vi" } else { "emacs" }.to_owned(),
            "expand" => on(self.expand),
            "receipts" => self.receipts.map_or(AS_CONNECTED.to_owned(), |mode| mode.to_string()),
            _ => return None,
        })
    }

    /// Changes a setting. Returns `false` if there is none of that name.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<bool> {
        let wrong = |may: &str| Problem::usage(format!("'{name}' is {may}, not '{value}'"));
        let on = || match value {
            "on" | "yes" | "true" | "1" => Ok(true),
            "off" | "no" | "false" | "0" => Ok(false),
            _ => Err(wrong("on or off")),
        };
        match name {
            "headers" => self.headers = on()?,
            "pager" => self.pager = on()?,
            "expand" => self.expand = on()?,
            "receipts" if value == AS_CONNECTED => self.receipts = None,
            "receipts" => {
                self.receipts = Some(value.parse().map_err(|_| wrong("auto, always, never or connection"))?);
            }
            "rows" => self.rows = value.parse().map_err(|_| wrong("a number of rows"))?,
            "bodies" => {
                self.bodies = match value {
                    "readable" => BodyStyle::Readable,
                    "hex" => BodyStyle::Hex,
                    "hidden" => BodyStyle::Hidden,
                    _ => return Err(wrong("readable, hex or hidden").into()),
                }
            }
            // The second name is the one of readline's inputrc.
            "editing" | "editing-mode" => {
                self.vi = match value {
                    "vi" => true,
                    "emacs" => false,
                    _ => return Err(wrong("emacs or vi").into()),
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Applies the settings to the look of messages; `headers` shows headers whatever the setting.
    pub(crate) fn apply(&self, terminal: &mut Terminal, headers: bool) {
        terminal.headers = headers || self.headers;
        terminal.bodies = self.bodies;
        terminal.limit = (self.rows > 0).then(|| BodyLimit { rows: self.rows, ..BodyLimit::default() });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use super::*;

    #[test]
    fn every_setting_can_be_read_and_set_to_what_was_read() {
        let mut settings = Settings::default();
        for name in Settings::NAMES {
            let value = settings.get(name).unwrap();
            assert!(settings.set(name, &value).unwrap(), "{name}");
        }
        assert_eq!(settings, Settings::default());
        assert!(settings.set("headers", "maybe").unwrap_err().to_string().contains("on or off"));
        assert!(!settings.set("nothing", "x").unwrap());
    }
}
