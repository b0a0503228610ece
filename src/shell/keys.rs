//! Keys that this shell binds differently from rustyline.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use rustyline::history::MemHistory;
use rustyline::{
    Cmd, ConditionalEventHandler, EditMode, Editor, Event, EventContext, EventHandler, InputMode, KeyCode,
    KeyEvent, Modifiers, RepeatCount,
};

use super::helper::Assistant;
use super::terminal;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Enter,
    /// The line is to be opened in an editor.
    Edit,
    /// Ctrl-C, with `true` if nothing was typed.
    Interrupt(bool),
}

/// How the last line ended; clones share it with the handlers of keys.
#[derive(Clone, Default)]
pub(super) struct Keys {
    ending: Arc<AtomicU8>,
    empty: Arc<AtomicBool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Interrupt,
    Edit,
    /// vi's `v`, which opens the line in an editor in command mode only.
    Visual,
    Suspend,
    /// Inserts the whole hint at the end of the line.
    End,
    /// Inserts the next word of the hint at the end of the line.
    Word,
}

impl Keys {
    pub(super) fn bind(&self, editor: &mut Editor<Assistant, MemHistory>) {
        let mut bind = |keys: Event, key: Key| editor.bind_sequence(keys, self.handler(key));
        bind(KeyEvent::ctrl('C').into(), Key::Interrupt);
        bind(Event::KeySeq(vec![KeyEvent::ctrl('X'), KeyEvent::ctrl('E')]), Key::Edit);
        bind(KeyEvent::new('v', Modifiers::NONE).into(), Key::Visual);
        bind(KeyEvent::ctrl('Z').into(), Key::Suspend);
        bind(KeyEvent::ctrl('E').into(), Key::End);
        bind(KeyEvent::ctrl('F').into(), Key::End);
        bind(KeyEvent(KeyCode::End, Modifiers::NONE).into(), Key::End);
        bind(KeyEvent::alt('f').into(), Key::Word);
        bind(KeyEvent(KeyCode::Right, Modifiers::CTRL).into(), Key::Word);
        bind(KeyEvent(KeyCode::Right, Modifiers::ALT).into(), Key::Word);
        // Through the entries that begin with the text before the cursor.
        let page = |key| KeyEvent(key, Modifiers::NONE);
        editor.bind_sequence(page(KeyCode::PageUp), Cmd::HistorySearchBackward);
        editor.bind_sequence(page(KeyCode::PageDown), Cmd::HistorySearchForward);
    }

    /// Returns how the last line ended, and resets it to `Enter`.
    pub(super) fn ending(&self) -> Ending {
        match self.ending.swap(0, Ordering::SeqCst) {
            1 => Ending::Edit,
            2 => Ending::Interrupt(self.empty.load(Ordering::SeqCst)),
            _ => Ending::Enter,
        }
    }

    fn handler(&self, key: Key) -> EventHandler {
        EventHandler::Conditional(Box::new(Handler { keys: self.clone(), key }))
    }

    /// Ends the line without inserting its hint. `why` is the code that [`Keys::ending`] decodes.
    fn end(&self, why: u8) -> Cmd {
        self.ending.store(why, Ordering::SeqCst);
        Cmd::AcceptLine
    }
}

struct Handler {
    keys: Keys,
    key: Key,
}

impl ConditionalEventHandler for Handler {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, ctx: &EventContext<'_>) -> Option<Cmd> {
        let hint = ctx.hint_text().filter(|_| ctx.pos() == ctx.line().len());
        let commands = ctx.mode() == EditMode::Vi && ctx.input_mode() == InputMode::Command;
        match self.key {
            Key::Interrupt => {
                self.keys.empty.store(ctx.line().is_empty(), Ordering::SeqCst);
                Some(self.keys.end(2))
            }
            Key::Edit => Some(self.keys.end(1)),
            Key::Visual => commands.then(|| self.keys.end(1)),
            Key::Suspend => {
                terminal::suspend();
                Some(Cmd::Repaint)
            }
            Key::End => hint.map(|_| Cmd::CompleteHint),
            Key::Word if ctx.mode() == EditMode::Vi => None,
            Key::Word => hint.map(|hint| Cmd::Insert(1, first_word(hint).to_owned())),
        }
    }
}

/// The first word of a hint with the spaces before it.
fn first_word(hint: &str) -> &str {
    let blanks = hint.len() - hint.trim_start().len();
    let word = hint[blanks..].find(char::is_whitespace).unwrap_or(hint.len() - blanks);
    &hint[..blanks + word]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_taken_word_by_word() {
        assert_eq!(first_word("eue/a hello"), "eue/a");
        assert_eq!(first_word(" hello  you"), " hello");
        assert_eq!(first_word("  "), "  ");
        assert_eq!(first_word("größer 日本"), "größer");
    }
}
