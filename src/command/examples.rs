//! Examples that `help CMD` shows. The tests run them as they stand, on the embedded broker.

/// An example of a command.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The command that it is for.
    pub command: &'static str,
    /// What has to be there before it, for its test.
    pub before: &'static str,
    /// Lines as they may be typed, each behind a comment that explains it.
    pub text: &'static str,
    /// Whether it runs by itself: what needs someone at the other end does not.
    pub runs: bool,
}

const fn example(command: &'static str, before: &'static str, text: &'static str) -> Example {
    Example { command, before, text, runs: true }
}

const fn shown(command: &'static str, text: &'static str) -> Example {
    Example { command, before: "", text, runs: false }
}

/// Two messages that came and wait for their acks.
const CAME: &str = "sub --ack client-individual /queue/orders\nsend /queue/orders {\"id\": 6}\n\
    send /queue/orders {\"id\": 7}\nwait 2 --timeout 20\n";

/// Two messages in a queue.
const THERE: &str = "send /queue/orders {\"id\": 6}\nsend -H 'type: order' /queue/orders {\"id\": 7}\n";

/// The examples.
pub const EXAMPLES: &[Example] = &[
    example(
        "send",
        "",
        r#"# the body is the rest of the line; JSON needs no quotes
send /queue/orders {"id": 7, "lines": [1, 2]}
# options stand before the body
send --persistent -H 'type: order' /queue/orders hello
# a file as one message, or each of its lines
send /queue/orders @order.json
send --lines /queue/orders @order.json
# five messages, each with a number and a time of its own
5 send --template /queue/orders number $counter at $now
# a body of several lines
send /queue/orders <<END
several
lines
END
"#,
    ),
    example(
        "sub",
        THERE,
        r#"# shows what comes while you go on typing; takes messages off a queue
sub /topic/news
# nothing is off the queue before you 'ack' it
sub --ack client-individual --headers /queue/orders
# counts quietly; 'subs' shows the count
sub --count-only /topic/ticks
# shows only what matches
sub --filter type=order --grep '"id": 7' /topic/orders
# takes one message and ends
send /queue/other x
sub -c 1 /queue/other
"#,
    ),
    example(
        "unsub",
        "sub --id news /topic/news\nsub /topic/ticks\nsub /topic/more\n",
        "# by id, by destination, all\nunsub news\nunsub /topic/ticks\nunsub all\n",
    ),
    example("subs", CAME, "# id, destination, ack mode, received, unacked\nsubs\n"),
    example("ack", CAME, "# the message that is shown as #1\nack 1\n# the newest, or all that wait\nack .\n"),
    example("nack", CAME, "# gives it back, or to a dead-letter queue, as the broker has it\nnack 1\n"),
    example(
        "begin",
        "",
        r"# three messages at once, or none
begin
send /queue/orders one
send /queue/orders two
send /queue/orders three
commit
",
    ),
    example("commit", "begin\n", "# carries the current transaction out\ncommit\n"),
    example("abort", "begin t1\n", "# drops the one of that name\nabort t1\n"),
    example(
        "wait",
        "sub /queue/orders\nsend /queue/orders x\n",
        "# until one message came, but not for ever\nwait 1 --timeout 20\n# until every receipt came\nwait\n",
    ),
    example(
        "last",
        CAME,
        "# the last two messages again\nlast 2\n# as envelopes, which 'send --jsonl' reads\nlast 2 --jsonl\n",
    ),
    example(
        "show",
        CAME,
        "# one message in full, with its headers\nshow 1\n# its body into another program\nshow 1 | wc -c\n# sent once more, with a header changed\nshow 1 --jsonl | sed 's/\"id\"/\"ID\"/' > again.jsonl\nsend --jsonl -H 'attempt: 2' /queue/orders @again.jsonl\n",
    ),
    example(
        "peek",
        THERE,
        "# what is in a queue, without taking it\npeek /queue/orders\n# the first one, as an envelope\npeek -c 1 --jsonl /queue/orders\n",
    ),
    example("drain", THERE, "# takes and prints all that is there\ndrain --idle 0.5 /queue/orders\n"),
    example("purge", THERE, "# takes all that is there and throws it away\npurge --idle 0.5 /queue/orders\n"),
    example(
        "dump",
        THERE,
        "# the messages as envelopes into a file; they stay in the queue\ndump -o orders.jsonl /queue/orders\n# the first one on the screen\ndump -c 1 /queue/orders\n# off the queue, each after it was written\ndump --take --idle 0.5 -o taken.jsonl /queue/orders\n",
    ),
    example(
        "restore",
        "send /queue/orders {\"id\": 6}\ndump -o orders.jsonl /queue/orders\n",
        "# back to where they came from\nrestore orders.jsonl\n# or into another queue, with a header more\nrestore --to /queue/again -H 'restored: yes' orders.jsonl\n",
    ),
    shown(
        "mirror",
        "# whatever comes goes to another broker, until Ctrl-C\nmirror /queue/orders --to stomp://other.example\n# under another name, to a broker of 'stomp ctx'\nmirror /queue/orders /queue/copy --to spare\n",
    ),
    example(
        "move",
        THERE,
        "# an ack only after the other queue's receipt\nmove --idle 0.5 /queue/orders /queue/again\n",
    ),
    example(
        "copy",
        THERE,
        "# the first one stays and is there twice\ncopy -c 1 /queue/orders /queue/again\n",
    ),
    shown(
        "depth",
        "# how many messages wait\ndepth /queue/orders\n# every two seconds\nwatch 2 depth /queue/orders\n",
    ),
    shown(
        "request",
        "# asks, and prints the answer and how long it took\nrequest /queue/prices {\"item\": 7}\n",
    ),
    shown("reply", "# answers with what a program prints\nreply --exec 'jq .item' /queue/prices\n"),
    example(
        "connect",
        "",
        "# a broker inside this program\nconnect --embedded\n# another one beside it, under a name\nconnect --as spare --embedded\n@spare send /queue/a x\nuse spare\n",
    ),
    example("doctor", "", "# each step of the way to the broker of this connection\ndoctor\n"),
    shown("doctor", "# the way to another one\ndoctor stomps://broker.example\n"),
    example("trace", "", "# every frame, both ways\ntrace on\nsend /queue/a x\ntrace off\n"),
    example(
        "set",
        "",
        "# messages with their headers, from now on\nset headers on\n# a name for a destination\nset orders /queue/orders\nsend $orders hello\n# all settings\nset\n",
    ),
    example(
        "alias",
        "",
        "# a name for the beginning of a line\nalias order send --persistent /queue/orders\norder {\"id\": 7}\nalias\n",
    ),
    example("source", "", "# the commands of a file\nsource setup.stomp\n"),
    example("time", "", "# until the receipt came\ntime send /queue/a hello\n"),
    example("watch", "", "# again and again, until Ctrl-C\nwatch -n 2 0.1 subs\n"),
    example(
        "log",
        "",
        "# what is typed and what comes, as a script that can be replayed\nlog today.stomp\nsend /queue/a hello\nlog off\n",
    ),
];

/// The examples of a command.
pub fn of(command: &str) -> impl Iterator<Item = &'static Example> + '_ {
    EXAMPLES.iter().filter(move |example| example.command == command)
}
