//! The thread that reads lines with rustyline, one for each request.

use std::sync::mpsc;

use rustyline::config::{BellStyle, Configurer as _};
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{ColorMode, CompletionType, Config, EditMode, Editor};
use tokio::sync::{mpsc as tokio_mpsc, oneshot};

use super::display::{Display, PromptPrinter};
use super::helper::Assistant;
use super::history::LineHistory;
use super::keys::{Ending, Keys};
use crate::command::completing::Known;
use crate::render::{Paint, Role};

const ENTRIES: usize = 10_000;

/// Milliseconds after which an Escape counts as a key by itself, as in vim.
const ESCAPE: u16 = 100;

/// Asks the reader for a line, or for an answer to a question.
pub(super) struct PromptRequest {
    pub(super) prompt: String,
    /// The colour of the prompt, or `None` for the terminal's.
    pub(super) look: Option<Role>,
    pub(super) known: Box<Known>,
    /// The text that the line holds before a key is typed.
    pub(super) initial: String,
    /// A command that ran without being typed, for the history.
    pub(super) ran: Option<String>,
    pub(super) vi: bool,
    /// Receives yes or no; the line is no command then.
    pub(super) answer: Option<oneshot::Sender<bool>>,
}

#[derive(Debug)]
pub(super) enum LineInput {
    /// May contain line feeds.
    Line(String),
    /// The line is to be opened in an editor.
    Edit(String),
    /// Ctrl-C, with `true` if nothing was typed.
    Interrupted(bool),
    /// Ctrl-D.
    End,
    Failed(std::io::Error),
}

pub(super) struct PromptReader {
    asks: mpsc::Sender<PromptRequest>,
    typed: tokio_mpsc::UnboundedReceiver<LineInput>,
}

type LineEditor = Editor<Assistant, MemHistory>;

impl PromptReader {
    /// Starts the thread. There is no printer if standard input is no terminal.
    pub(super) fn start(
        known: Known,
        display: &Display,
        paint: Paint,
    ) -> rustyline::Result<(Self, Option<PromptPrinter>)> {
        let config = Config::builder()
            .max_history_size(ENTRIES)?
            .auto_add_history(false)
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            // `menu` limits the list to the screen and says how much it leaves out.
            .completion_prompt_limit(usize::MAX)
            .bell_style(BellStyle::None)
            // rustyline calls the helper on each repaint only with colours; the helper decides whether to use them.
            .color_mode(ColorMode::Forced)
            .build();
        let history = MemHistory::with_config(&config);
        let mut editor = LineEditor::with_history(config, history)?;
        editor.set_helper(Some(Assistant::new(known, display.clone(), paint)));
        let printer = editor.create_external_printer().ok().map(|printer| Box::new(printer) as PromptPrinter);
        let keys = Keys::default();
        keys.bind(&mut editor);
        let (asks, wanted) = mpsc::channel::<PromptRequest>();
        let (sender, typed) = tokio_mpsc::unbounded_channel();
        let display = display.clone();
        std::thread::spawn(move || {
            let mut thread = ReaderThread { editor, keys, display, history: LineHistory::of_user() };
            while let Ok(mut ask) = wanted.recv() {
                if let Some(answer) = ask.answer.take() {
                    // The command that asked may have been cancelled.
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

    /// Receives the questions of a running command.
    pub(super) fn asks(&self) -> mpsc::Sender<PromptRequest> {
        self.asks.clone()
    }

    pub(super) fn ask(&self, ask: PromptRequest) {
        // If the thread has ended, `typed` returns the end of input.
        let _ = self.asks.send(ask);
    }

    pub(super) async fn typed(&mut self) -> LineInput {
        self.typed.recv().await.unwrap_or(LineInput::End)
    }
}

struct ReaderThread {
    editor: LineEditor,
    keys: Keys,
    display: Display,
    history: LineHistory,
}

impl ReaderThread {
    fn agrees(&mut self, ask: PromptRequest) -> bool {
        let line = self.line(ask, true);
        let entered = self.keys.ending() == Ending::Enter;
        line.is_ok_and(|line| entered && matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    fn line(&mut self, ask: PromptRequest, answers: bool) -> rustyline::Result<String> {
        let PromptRequest { prompt, look, known, initial, ran, vi, answer: _ } = ask;
        self.history.refresh(&mut self.editor);
        if let Some(ran) = ran {
            self.history.add(&ran, &mut self.editor);
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

    fn read(&mut self, ask: PromptRequest) -> LineInput {
        let line = self.line(ask, false);
        match (line, self.keys.ending()) {
            (Ok(line), Ending::Edit) => LineInput::Edit(line),
            (Ok(_), Ending::Interrupt(empty)) => LineInput::Interrupted(empty),
            (Ok(line), Ending::Enter) => {
                self.history.add(&line, &mut self.editor);
                LineInput::Line(line)
            }
            (Err(ReadlineError::Interrupted), _) => LineInput::Interrupted(false),
            (Err(ReadlineError::Eof), _) => LineInput::End,
            (Err(ReadlineError::Io(error)), _) => LineInput::Failed(error),
            (Err(ReadlineError::Errno(error)), _) => LineInput::Failed(error.into()),
            (Err(error), _) => LineInput::Failed(std::io::Error::other(error.to_string())),
        }
    }
}
