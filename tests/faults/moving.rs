//! `move` and `send --tx` where a transaction is refused, lost or confirmed in part.

use crate::peer::{Came, Peer, Talk};
use crate::stomp::Stomp;

/// Logs in as RabbitMQ.
fn login(talk: &mut Talk) {
    talk.login_with("server:RabbitMQ/3.10.8\nheart-beat:0,0\n");
}

/// So many messages of one subscription.
fn messages(count: usize) -> String {
    let message =
        |n| format!("MESSAGE\nsubscription:1\nmessage-id:m{n}\nack:{n}\ndestination:/queue/a\n\n{n}^");
    (1..=count).map(message).collect()
}

/// Confirms a subscription, and delivers so many messages to it.
fn deliver(talk: &mut Talk, count: usize) -> Came {
    let came = talk.hear_of("SUBSCRIBE").unwrap();
    talk.receipt(&came);
    talk.say(&messages(count));
    came
}

fn moving(peer: &Peer) -> Stomp {
    Stomp::new(["-s", &peer.url(), "move", "--idle", "0.5", "/queue/a", "/queue/b"])
}

#[test]
fn a_move_ends_after_errors_that_nobody_waits_for() {
    let peer = Peer::start(|mut talk, _| {
        login(&mut talk);
        deliver(&mut talk, 2_500);
        while let Some(came) = talk.hear() {
            talk.receipt(&came);
            if came.verb == "COMMIT" {
                // More than the client keeps for a command that receives nothing.
                talk.say(&"ERROR\nmessage:no room\n\n^".repeat(9));
                return;
            }
        }
    });
    moving(&peer).run().code(5).stderr_has(&["no room"]);
}
