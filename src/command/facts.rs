//! What is known of a command without running it: help, completion, manual pages and the rules for production all read
//! it here.

/// The section of `help` that a command stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// Sending, and transactions.
    Send,
    /// Subscriptions and the messages that arrived.
    Follow,
    /// Whole queues.
    Queues,
    /// Connections.
    Connect,
    /// The shell itself.
    Shell,
}

impl Group {
    /// All sections, in the order of `help`.
    pub(crate) const ALL: [Self; 5] = [Self::Send, Self::Follow, Self::Queues, Self::Connect, Self::Shell];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Send => "Send",
            Self::Follow => "Follow",
            Self::Queues => "Queues",
            Self::Connect => "Connect",
            Self::Shell => "Shell",
        }
    }
}

/// Where a command can be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Typed {
    /// On the command line, at the prompt and in scripts.
    Everywhere,
    /// At the prompt and in scripts.
    InShell,
    /// On the command line only.
    OnCommandLine,
}

impl Typed {
    /// Whether it can be typed at the prompt and in scripts.
    pub(crate) fn in_shell(self) -> bool {
        self != Self::OnCommandLine
    }

    /// Whether it can be typed on the command line.
    pub(crate) fn on_command_line(self) -> bool {
        self != Self::InShell
    }
}

/// The connection that has to be there before a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// None, or the command sees to it.
    Nothing,
    /// The current connection; the first command of a script or of a command line makes it.
    Connection,
}

/// Lines that show how a command is used. The tests run them, on the embedded broker.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Example {
    /// What has to be there before it, for its test.
    pub before: &'static str,
    /// Lines as they may be typed, each behind a comment that explains it.
    pub text: &'static str,
    /// Whether it can run by itself: what needs someone at the other end cannot.
    pub runs: bool,
    /// Whether the lines are for the system's shell, and begin with `stomp`.
    pub for_system_shell: bool,
}

impl Example {
    /// Lines that run by themselves once those in `before` have run.
    pub(crate) const fn run(before: &'static str, text: &'static str) -> Self {
        Self { before, text, runs: true, for_system_shell: false }
    }

    /// Lines that are only shown.
    pub(crate) const fn shown(text: &'static str) -> Self {
        Self { before: "", text, runs: false, for_system_shell: false }
    }

    /// Lines for the system's shell, which are only shown.
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
    /// Its name.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Its section of `help`.
    pub group: Group,
    /// Where it can be typed.
    pub typed: Typed,
    /// The connection that it needs.
    pub needs: Needs,
    /// Whether it watches for signals and ends by itself; others are dropped when a signal comes.
    pub stops_itself: bool,
    /// Whether it may run while earlier sends of a script wait for their receipts.
    pub overtakes_sends: bool,
    /// Whether it keeps more than one thread busy on the command line.
    pub multi_threaded: bool,
    /// Whether help, completion and manual pages leave it out.
    pub hidden: bool,
    /// Its row in `help`: how it is typed, and what it does. Without one, only its name stands there.
    pub row: Option<(&'static str, &'static str)>,
    /// How it is used.
    pub examples: &'static [Example],
}

impl Facts {
    /// A command that can be typed everywhere and works on the current connection.
    pub(crate) const fn new(name: &'static str, group: Group) -> Self {
        Self {
            name,
            aliases: &[],
            group,
            typed: Typed::Everywhere,
            needs: Needs::Connection,
            stops_itself: false,
            overtakes_sends: false,
            multi_threaded: false,
            hidden: false,
            row: None,
            examples: &[],
        }
    }

    pub(crate) const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Says where it can be typed.
    pub(crate) const fn typed(mut self, typed: Typed) -> Self {
        self.typed = typed;
        self
    }

    /// Says that it needs no connection, or makes its own.
    pub(crate) const fn without_connection(mut self) -> Self {
        self.needs = Needs::Nothing;
        self
    }

    /// Says that it watches for signals and ends by itself.
    pub(crate) const fn stops_itself(mut self) -> Self {
        self.stops_itself = true;
        self
    }

    /// Says that it need not wait for the receipts of earlier sends.
    pub(crate) const fn overtakes_sends(mut self) -> Self {
        self.overtakes_sends = true;
        self
    }

    /// Says that it keeps more than one thread busy.
    pub(crate) const fn multi_threaded(mut self) -> Self {
        self.multi_threaded = true;
        self
    }

    /// Leaves it out of help, completion and manual pages.
    pub(crate) const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Gives it a row in `help`.
    pub(crate) const fn row(mut self, typed: &'static str, does: &'static str) -> Self {
        self.row = Some((typed, does));
        self
    }

    /// Shows how it is used.
    pub(crate) const fn examples(mut self, examples: &'static [Example]) -> Self {
        self.examples = examples;
        self
    }
}

/// Why a command asks before it runs on a production broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Danger {
    /// It consumes messages for good, whatever becomes of its output; how it is called.
    Consumes(&'static str),
    /// It puts a load on the broker; how it is called.
    Loads(&'static str),
}
