//! The thread that reads lines: rustyline, one line at a time, each when it is asked for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use rustyline::config::Configurer as _;
use rustyline::error::ReadlineError;
use rustyline::history::{History as _, MemHistory};
use rustyline::{
    Cmd, ColorMode, CompletionType, ConditionalEventHandler, Config, EditMode, Editor, Event, EventContext,
    EventHandler, KeyEvent, RepeatCount,
};
use tokio::sync::{mpsc as tokio_mpsc, oneshot};

use super::display::{Display, Printer};
use super::helper::Assistant;
use super::known::Known;
use super::terminal;
use crate::command::history::{HistoryFile, kept};
use crate::render::{Paint, Role};

/// Entries of the history in memory.
const ENTRIES: usize = 10_000;

/// A line is wanted.
pub(super) struct Ask {
    /// The prompt.
    pub(super) prompt: String,
    /// Its look.
    pub(super) look: Option<Role>,
    /// What is known.
    pub(super) known: Box<Known>,
    /// What stands in the line already.
    pub(super) initial: String,
    /// Whether keys are vi's.
    pub(super) vi: bool,
    /// Who wants the answer, where it is no command.
    pub(super) answer: Option<oneshot::Sender<bool>>,
}

/// What was typed.
#[derive(Debug)]
pub(super) enum Typed {
    /// A line, or several.
    Line(String),
    /// A line that is to be opened in an editor.
    Edit(String),
    /// Ctrl-C, and whether nothing had been typed.
    Interrupted(bool),
    /// Ctrl-D.
    End,
    /// The terminal failed.
    Failed(std::io::Error),
}

/// The reader's thread.
pub(super) struct Reader {
    asks: mpsc::Sender<Ask>,
    typed: tokio_mpsc::UnboundedReceiver<Typed>,
}

type Lines = Editor<Assistant, MemHistory>;

impl Reader {
    /// Makes the editor, and, where that can be, its printer.
    pub(super) fn start(
        known: Known,
        display: &Display,
        paint: Paint,
    ) -> rustyline::Result<(Self, Option<Printer>)> {
        let config = Config::builder()
            .max_history_size(ENTRIES)?
            .auto_add_history(false)
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            // The helper has to see every repaint; whether there are colours is its own matter.
            .color_mode(ColorMode::Forced)
            .build();
        let history = MemHistory::with_config(&config);
        let mut editor = Lines::with_history(config, history)?;
        editor.set_helper(Some(Assistant::new(known, display.clone(), paint)));
        let printer = editor.create_external_printer().ok().map(|own| Box::new(own) as Printer);
        let keys = Keys::default();
        editor.bind_sequence(KeyEvent::ctrl('C'), keys.handler(Key::Interrupt));
        let edit = Event::KeySeq(vec![KeyEvent::ctrl('X'), KeyEvent::ctrl('E')]);
        editor.bind_sequence(edit, keys.handler(Key::Edit));
        editor.bind_sequence(KeyEvent::ctrl('Z'), keys.handler(Key::Suspend));
        let (asks, wanted) = mpsc::channel::<Ask>();
        let (sender, typed) = tokio_mpsc::unbounded_channel();
        let display = display.clone();
        std::thread::spawn(move || {
            let mut thread = Thread { editor, keys, display, past: Past::of_user() };
            while let Ok(mut ask) = wanted.recv() {
                if let Some(answer) = ask.answer.take() {
                    // Whoever asked may have been cancelled.
                    let _ = answer.send(thread.agrees(ask));
                    continue;
                }
                if sender.send(thread.read(ask)).is_err() {
                    return;
                }
            }
        });
        Ok((Self { asks, typed }, printer))
    }

    /// What asks questions in between.
    pub(super) fn asks(&self) -> mpsc::Sender<Ask> {
        self.asks.clone()
    }

    /// Wants a line.
    pub(super) fn ask(&self, ask: Ask) {
        // A thread that is gone shows in what it does not send.
        let _ = self.asks.send(ask);
    }

    /// What was typed.
    pub(super) async fn typed(&mut self) -> Typed {
        self.typed.recv().await.unwrap_or(Typed::End)
    }
}

struct Thread {
    editor: Lines,
    keys: Keys,
    display: Display,
    past: Past,
}

impl Thread {
    /// Asks for yes or no.
    fn agrees(&mut self, ask: Ask) -> bool {
        let line = self.line(ask);
        line.is_ok_and(|line| matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    fn line(&mut self, ask: Ask) -> rustyline::Result<String> {
        let Ask { prompt, look, known, initial, vi, answer: _ } = ask;
        self.past.refresh(&mut self.editor);
        self.editor.set_edit_mode(if vi { EditMode::Vi } else { EditMode::Emacs });
        if let Some(assistant) = self.editor.helper_mut() {
            assistant.known = *known;
            assistant.look = look;
            assistant.line_begins();
        }
        let line = self.editor.readline_with_initial(prompt.as_str(), (&initial, ""));
        self.display.line_ended();
        line
    }

    fn read(&mut self, ask: Ask) -> Typed {
        let line = self.line(ask);
        let edits = self.keys.edit.swap(false, Ordering::SeqCst);
        match line {
            Ok(line) if edits => Typed::Edit(line),
            Ok(line) => {
                self.past.add(&line, &mut self.editor);
                Typed::Line(line)
            }
            Err(ReadlineError::Interrupted) => {
                Typed::Interrupted(self.keys.empty.swap(false, Ordering::SeqCst))
            }
            Err(ReadlineError::Eof) => Typed::End,
            Err(ReadlineError::Io(error)) => Typed::Failed(error),
            Err(error) => Typed::Failed(std::io::Error::other(error.to_string())),
        }
    }
}

/// What was typed before.
struct Past {
    file: Option<HistoryFile>,
    lines: Vec<String>,
}

impl Past {
    fn of_user() -> Self {
        Self { file: HistoryFile::of_user(), lines: Vec::new() }
    }

    /// Takes over what other shells added.
    fn refresh(&mut self, editor: &mut Lines) {
        if let Some(lines) = self.file.as_mut().and_then(HistoryFile::changed) {
            self.lines = lines;
            self.fill(editor);
        }
    }

    fn fill(&self, editor: &mut Lines) {
        let history = editor.history_mut();
        // A history in memory does not fail.
        let _ = history.clear();
        for line in &self.lines {
            let _ = history.add(line);
        }
    }

    /// Adds a line, and drops older ones like it.
    fn add(&mut self, line: &str, editor: &mut Lines) {
        let Some(entry) = kept(line) else { return };
        if let Some(file) = &mut self.file {
            file.append(&entry);
        }
        let before = self.lines.len();
        self.lines.retain(|own| *own != entry);
        let fresh = self.lines.len() == before;
        self.lines.push(entry.clone());
        if fresh {
            let _ = editor.history_mut().add(&entry);
        } else {
            self.fill(editor);
        }
    }
}

/// What keys of ours said before the line was ended.
#[derive(Clone, Default)]
struct Keys {
    /// Ctrl-C came and nothing had been typed.
    empty: Arc<AtomicBool>,
    /// The line is to be opened in an editor.
    edit: Arc<AtomicBool>,
}

#[derive(Clone, Copy)]
enum Key {
    Interrupt,
    Edit,
    Suspend,
}

impl Keys {
    fn handler(&self, key: Key) -> EventHandler {
        EventHandler::Conditional(Box::new(Handler { keys: self.clone(), key }))
    }
}

struct Handler {
    keys: Keys,
    key: Key,
}

impl ConditionalEventHandler for Handler {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, ctx: &EventContext<'_>) -> Option<Cmd> {
        match self.key {
            Key::Interrupt => {
                self.keys.empty.store(ctx.line().is_empty(), Ordering::SeqCst);
                None
            }
            Key::Edit => {
                self.keys.edit.store(true, Ordering::SeqCst);
                Some(Cmd::AcceptLine)
            }
            Key::Suspend => {
                terminal::suspend();
                Some(Cmd::Repaint)
            }
        }
    }
}
