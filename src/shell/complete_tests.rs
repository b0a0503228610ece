use super::super::word::word_at_end;
use super::*;
use crate::command::completing::known;
use crate::command::settings::Settings;
use crate::session::Dialect;

/// What is offered, as it would be typed.
fn offered_by(text: &str, known: &Known) -> Vec<String> {
    let typed = word_at_end(text, known);
    let history = ["ack", "sub '/topic/my y' /topic/z", "send /queue/past x", "move /queue/from /queue/to"];
    let mut entries = history.iter().map(|entry| std::borrow::Cow::Borrowed(*entry));
    let all = candidates(&typed, known, &mut entries);
    all.iter().map(|candidate| super::text(candidate, &typed)).collect()
}

fn offered(text: &str) -> Vec<String> {
    offered_by(text, &known())
}

fn at(server: &str, text: &str) -> Vec<String> {
    let mut known = known();
    known.facts.dialect = Dialect::of(Some(server), None);
    offered_by(text, &known)
}

#[test]
fn commands_come_first_and_behind_prefixes() {
    assert_eq!(offered("sen"), ["send ", "sendfile ", "sendrec ", "sendreply "]);
    assert_eq!(offered("5 unsubs"), ["unsubscribe "]);
    assert_eq!(offered("lon"), ["longer "]);
    assert_eq!(offered("time stat"), ["stats ", "status "]);
    assert_eq!(offered("@p"), ["prod "]);
    assert_eq!(offered("use "), ["prod "]);
    assert_eq!(offered("help unsubs"), ["unsubscribe "]);
    assert!(offered("").contains(&"status ".to_owned()));
    assert!(offered("# no").is_empty());
    assert!(offered("!ls").is_empty());
}

#[test]
fn options_and_their_values_are_offered() {
    assert_eq!(offered("send --pers"), ["--persistent "]);
    assert_eq!(offered("sub --ack client-"), ["client-individual "]);
    assert_eq!(offered("send --receipt=la"), ["last "]);
    assert_eq!(offered("send --receipt no"), ["none "]);
    assert_eq!(offered("send --tx "), ["t1 "]);
    assert_eq!(offered("send --content-type application/j"), ["application/json "]);
    assert_eq!(offered("connect --protocol "), ["1.0 ", "1.1 ", "1.2 "]);
    assert!(offered("sub --").contains(&"--selector ".to_owned()));
    assert_eq!(offered("trace "), ["on ", "off "]);
}

#[test]
fn settings_have_their_own_values() {
    assert_eq!(offered("set edi"), ["editing "]);
    assert_eq!(offered("set editing "), ["emacs ", "vi "]);
    assert_eq!(offered("set pager o"), ["on ", "off "]);
    for name in Settings::NAMES {
        for value in Settings::values(name) {
            assert!(Settings::default().set(name, value).is_ok(), "{name} {value}");
        }
    }
}

#[test]
fn header_names_fit_the_broker() {
    assert!(offered("send -H ").contains(&"'persistent: ".to_owned()));
    assert_eq!(offered("send -H 'corr"), ["'correlation-id: "]);
    assert_eq!(offered("send -Hcorr"), ["correlation-id:"]);
    assert_eq!(at("RabbitMQ/3.10.8", "send -H exp"), ["expiration:"]);
    assert_eq!(at("ActiveMQ/5.17.2", "send -H exp"), ["expires:"]);
    assert_eq!(at("RabbitMQ/3.10.8", "sub -H 'pre"), ["'prefetch-count: "]);
    assert_eq!(at("ActiveMQ/5.17.2", "sub -H \"activemq.pre"), ["\"activemq.prefetchSize: "]);
    assert_eq!(at("ActiveMQ-Artemis/2.40", "send -H dest"), ["destination-type:"]);
    // RabbitMQ knows no selectors.
    assert!(at("RabbitMQ/3.10.8", "sub -H 'sel").is_empty());
    assert_eq!(offered("send -H 'content-type: text/c"), ["'content-type: text/csv' "]);
    assert_eq!(offered("send -H persistent:t"), ["persistent:true "]);
}

#[test]
fn destinations_the_newest_first_then_those_of_history_then_how_they_begin() {
    let queues = ["/queue/new ", "/queue/old ", "/queue/past ", "/queue/from ", "/queue/to ", "/queue/"];
    assert_eq!(offered("send /q"), queues);
    assert_eq!(offered("sub --ack client /queue/n"), ["/queue/new "]);
    assert_eq!(offered("send --reply-to /topic/"), ["/topic/x ", "'/topic/my y' ", "/topic/z ", "/topic/"]);
    assert_eq!(offered("s /queue/n"), ["/queue/new "]);
    for text in ["mirror /queue/n", "mirror /queue/old /queue/n", "move /queue/old /queue/n"] {
        assert_eq!(offered(text), ["/queue/new "], "{text}");
    }
    assert_eq!(offered("send /queue/new /queue/n"), Vec::<String>::new());
    assert!(at("HornetQ/2.4.7", "send jms").contains(&"jms.queue.".to_owned()));
}

#[test]
fn what_waits_and_what_is_open_is_offered() {
    assert_eq!(offered("unsub "), ["7 ", "/topic/x ", "all "]);
    assert_eq!(offered("ack "), ["12 ", "3 ", ". ", "all "]);
    assert_eq!(offered("nack 3 1"), ["12 "]);
    assert_eq!(offered("show 1"), ["12 ", "11 ", "10 ", "1 "]);
    assert_eq!(offered("commit "), ["t1 "]);
}

#[test]
fn what_needs_quotes_gets_them_and_keeps_those_that_are_there() {
    assert_eq!(offered("sub /topic/m"), ["'/topic/my y' "]);
    assert_eq!(offered("sub '/topic/my"), ["'/topic/my y' "]);
    assert_eq!(offered("sub \"/topic/my "), ["\"/topic/my y\" "]);
    let mut known = known();
    known.destinations = vec!["/queue/\x1b[2J'$x".into()];
    assert_eq!(offered_by("sub /queue/\x1b", &known), ["\"/queue/\\x1b[2J'\\x24x\" "]);
}

#[test]
fn only_the_newest_entries_of_a_long_history_are_read() {
    let (known, taken) = (known(), std::cell::Cell::new(0));
    let mut entries = (0..100_000).map(|number| {
        taken.set(number + 1);
        std::borrow::Cow::Owned(format!("send /queue/{number} x"))
    });
    let typed = word_at_end("send /queue/", &known);
    let all = candidates(&typed, &known, &mut entries);
    assert_eq!(taken.get(), ENTRIES);
    assert_eq!(all[2].word, "/queue/0");
}

#[test]
fn commands_and_options_that_take_files_are_known() {
    let known = known();
    let is_file = |text| word_at_end(text, &known).word.completer() == Some(Completer::File);
    for text in
        ["source ", "run x", "restore ", "log ", "sendfile /queue/a ", "sub --dump ", "connect --cafile x"]
    {
        assert!(is_file(text), "{text}");
    }
    assert_eq!(offered("restore "), Vec::<String>::new());
    for text in ["sendfile ", "send ", "sub --id "] {
        assert!(!is_file(text), "{text}");
    }
}
