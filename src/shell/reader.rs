//! The thread that reads lines: rustyline, one line at a time, each when it is asked for.

use std::sync::mpsc;

use rustyline::config::{BellStyle, Configurer as _};
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{ColorMode, CompletionType, Config, EditMode, Editor};
use tokio::sync::{mpsc as tokio_mpsc, oneshot};

use super::display::{Display, Printer};
use super::helper::Assistant;
use super::keys::{Ending, Keys};
use super::past::Past;
use crate::command::completing::Known;
use crate::render::{Paint, Role};

/// Entries of the history in memory.
const ENTRIES: usize = 10_000;

/// Milliseconds after which an Escape stands alone, as vim has it.
const ESCAPE: u16 = 100;

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
    /// What ran though it was not typed; the history has it too.
    pub(super) ran: Option<String>,
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
            // The list is bounded by the screen, and says itself what it leaves out.
            .completion_prompt_limit(usize::MAX)
            .bell_style(BellStyle::None)
            // The helper has to see every repaint; whether there are colours is its own matter.
            .color_mode(ColorMode::Forced)
            .build();
        let history = MemHistory::with_config(&config);
        let mut editor = Lines::with_history(config, history)?;
        editor.set_helper(Some(Assistant::new(known, display.clone(), paint)));
        let printer = editor.create_external_printer().ok().map(|own| Box::new(own) as Printer);
        let keys = Keys::default();
        keys.bind(&mut editor);
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

    pub(super) fn ask(&self, ask: Ask) {
        // A thread that is gone shows in what it does not send.
        let _ = self.asks.send(ask);
    }

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
        let line = self.line(ask, true);
        let entered = self.keys.ending() == Ending::Enter;
        line.is_ok_and(|line| entered && matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    fn line(&mut self, ask: Ask, answers: bool) -> rustyline::Result<String> {
        let Ask { prompt, look, known, initial, ran, vi, answer: _ } = ask;
        self.past.refresh(&mut self.editor);
        if let Some(ran) = ran {
            self.past.add(&ran, &mut self.editor);
        }
        self.editor.set_edit_mode(if vi { EditMode::Vi } else { EditMode::Emacs });
        // vi's Escape is a key of its own; emacs's waits for the key that it changes.
        self.editor.set_keyseq_timeout(vi.then_some(ESCAPE));
        if let Some(assistant) = self.editor.helper_mut() {
            assistant.known = *known;
            assistant.look = look;
            assistant.answers = answers;
            assistant.line_begins();
        }
        let line = self.editor.readline_with_initial(prompt.as_str(), (&initial, ""));
        self.display.line_ended();
        line
    }

    fn read(&mut self, ask: Ask) -> Typed {
        let line = self.line(ask, false);
        match (line, self.keys.ending()) {
            (Ok(line), Ending::Edit) => Typed::Edit(line),
            (Ok(_), Ending::Interrupt(empty)) => Typed::Interrupted(empty),
            (Ok(line), Ending::Enter) => {
                self.past.add(&line, &mut self.editor);
                Typed::Line(line)
            }
            (Err(ReadlineError::Interrupted), _) => Typed::Interrupted(false),
            (Err(ReadlineError::Eof), _) => Typed::End,
            (Err(ReadlineError::Io(error)), _) => Typed::Failed(error),
            (Err(error), _) => Typed::Failed(std::io::Error::other(error.to_string())),
        }
    }
}
