//! What `sub` takes off a queue, and what it leaves untouched.

use crate::peer::{Peer, Talk};
use crate::stomp::Stomp;

/// Writes messages with these numbers, which are their ids.
fn deliver(talk: &mut Talk, numbers: impl IntoIterator<Item = usize>) {
    for number in numbers {
        talk.say(&format!(
            "MESSAGE\nsubscription:1\nmessage-id:{number}\nack:{number}\ndestination:/queue/a\n\n{number}^"
        ));
    }
}

#[test]
fn a_sub_with_browser_true_acks_nothing_and_ends_at_the_end_of_the_queue() {
    for (server, mode) in
        [("ActiveMQ/5.17.2", "auto"), ("RabbitMQ/3.10.8", "client-individual"), ("", "client-individual")]
    {
        let peer = Peer::start(move |mut talk, _| {
            let named = if server.is_empty() { String::new() } else { format!("server:{server}\n") };
            talk.login_with(&format!("{named}heart-beat:0,0\n"));
            while let Some(came) = talk.hear() {
                talk.receipt(&came);
                if came.verb == "SUBSCRIBE" {
                    assert_eq!(
                        (came.header("browser").as_str(), came.header("ack").as_str()),
                        ("true", mode)
                    );
                    deliver(&mut talk, 1..=2);
                    talk.say(
                        "MESSAGE\nsubscription:1\nmessage-id:e\nack:e\ndestination:/q\nbrowser:end\n\n^",
                    );
                } else {
                    assert_eq!(came.verb, "DISCONNECT");
                }
            }
        });
        let words = ["sub", "-H", "browser:true", "/queue/a"];
        let browsed = Stomp::new(["-s", &peer.url()]).args(words).run().code(0).stdout("1\n2\n");
        let warned = browsed.stderr.contains("is not known to browse; messages are not acked");
        assert_eq!(warned, mode != "auto", "{}", browsed.stderr);
        let line = words.join(" ");
        Stomp::new(["-q", "-s", &peer.url(), "-e", &line]).run().code(0).stdout("1\n2\n");
    }
}
