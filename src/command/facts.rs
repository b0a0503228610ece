//! The facts about a command that help, completion, manual pages and the rules about production brokers read without
//! running it.

/// The section of `help` that lists a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Send,
    Follow,
    Queues,
    Connect,
    Shell,
}

impl Group {
    /// All sections with their titles, in the order of `help`.
    pub(crate) const ALL: [(Self, &'static str); 5] = [
        (Self::Send, "Send"),
        (Self::Follow, "Follow"),
        (Self::Queues, "Queues"),
        (Self::Connect, "Connect"),
        (Self::Shell, "Shell"),
    ];
}

/// Lines that show how a command is used. The tests run them, on the embedded broker.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Example {
    /// The lines that the test runs before the example.
    pub before: &'static str,
    /// Lines as they may be typed, each behind a comment that explains it.
    pub text: &'static str,
    /// Whether the test can run it; it cannot if the example needs another program that sends or answers.
    pub runs: bool,
    /// Whether the lines are for the system's shell, and begin with `stomp`.
    pub for_system_shell: bool,
}

impl Example {
    pub(crate) const fn run(before: &'static str, text: &'static str) -> Self {
        Self { before, text, runs: true, for_system_shell: false }
    }

    pub(crate) const fn shown(text: &'static str) -> Self {
        Self { before: "", text, runs: false, for_system_shell: false }
    }

    pub(crate) const fn system_shell(text: &'static str) -> Self {
        Self { before: "", text, runs: false, for_system_shell: true }
    }
}

/// Before an example: two messages that arrived and wait for their acks.
pub(crate) const TWO_UNACKED: &str = "sub --ack client-individual /queue/orders\nsend /queue/orders {\"id\": 6}\n\
    send /queue/orders {\"id\": 7}\nwait 2 --timeout 20\n";

/// Before an example: two messages in a queue.
pub(crate) const TWO_IN_QUEUE: &str =
    "send /queue/orders {\"id\": 6}\nsend -H 'type: order' /queue/orders {\"id\": 7}\n";

/// A command's facts; its options and its help are its clap definition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub group: Group,
    /// Whether it can be typed at the prompt and in scripts.
    pub in_shell: bool,
    pub on_command_line: bool,
    /// Whether the current connection must exist before it runs; the first command of a script or of a command line
    /// makes it.
    pub needs_connection: bool,
    /// Whether it watches for signals and ends by itself; other commands are dropped when a signal arrives.
    pub stops_itself: bool,
    /// Whether it may run while earlier sends of a script wait for their receipts.
    pub overtakes_sends: bool,
    /// Whether it keeps more than one thread busy on the command line.
    pub multi_threaded: bool,
    /// Whether help, completion and manual pages leave it out.
    pub hidden: bool,
    /// Its row in `help`: how it is typed, and what it does. Without a row, `help` lists its name only.
    pub row: Option<(&'static str, &'static str)>,
    pub examples: &'static [Example],
}

impl Facts {
    /// A command that can be typed everywhere and works on the current connection.
    pub(crate) const fn new(name: &'static str, group: Group) -> Self {
        Self {
            name,
            aliases: &[],
            group,
            in_shell: true,
            on_command_line: true,
            needs_connection: true,
            stops_itself: false,
            overtakes_sends: false,
            multi_threaded: false,
            hidden: false,
            row: None,
            examples: &[],
        }
    }

    pub(crate) const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    pub(crate) const fn shell_only(self) -> Self {
        Self { on_command_line: false, ..self }
    }

    pub(crate) const fn command_line_only(self) -> Self {
        Self { in_shell: false, ..self }
    }

    /// The command needs no connection, or makes its own.
    pub(crate) const fn without_connection(self) -> Self {
        Self { needs_connection: false, ..self }
    }

    pub(crate) const fn stops_itself(self) -> Self {
        Self { stops_itself: true, ..self }
    }

    pub(crate) const fn overtakes_sends(self) -> Self {
        Self { overtakes_sends: true, ..self }
    }

    pub(crate) const fn multi_threaded(self) -> Self {
        Self { multi_threaded: true, ..self }
    }

    pub(crate) const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    pub(crate) const fn row(self, usage: &'static str, summary: &'static str) -> Self {
        Self { row: Some((usage, summary)), ..self }
    }

    pub(crate) const fn examples(self, examples: &'static [Example]) -> Self {
        Self { examples, ..self }
    }
}

/// Why a command asks before it runs on a production broker, with the command's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Danger {
    /// It consumes messages for good, whatever becomes of its output.
    Consumes(&'static str),
    /// It puts a load on the broker.
    Loads(&'static str),
}
