//! Rows: the peer accepts and then says nothing; login refused; TLS refused; the wrong port; and what a
//! one-shot does where nothing listens.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::embedded::Embedded;
use crate::peer::{ClosedPort, Peer, Talk};
use crate::proxy::{Harm, Plan, Proxy, Way};
use crate::sending::figures;
use crate::stomp::Stomp;
use crate::tape::count;

/// Commands that need a broker, each as words.
const COMMANDS: [&[&str]; 2] = [&["send", "/queue/a", "x"], &["sub", "/queue/a"]];

#[test]
fn where_nothing_listens_a_one_shot_fails_at_once() {
    let closed = ClosedPort::new();
    for command in COMMANDS {
        for more in [&[][..], &["--reconnect", "--wait", "0"]] {
            let failed = Stomp::new(["-s", &closed.url()]).args(more).args(command).run().code(3);
            assert!(!failed.stderr.contains("trying again"), "{}", failed.stderr);
            failed.stdout("").stderr_has(&["nothing is listening"]);
        }
    }
}

#[test]
fn a_broker_that_is_not_up_yet_is_waited_for_no_longer_than_the_limit() {
    let closed = ClosedPort::new();
    for command in COMMANDS {
        for more in [&[][..], &["--reconnect"]] {
            let call = Stomp::new(["-s", &closed.url(), "--wait", "0.3"]);
            let failed = call.args(more).args(command).run().code(3).stdout("");
            failed.stderr_has(&["nothing is listening", "; trying again for up to 0.3 s\n", "error: "]);
        }
    }
}

#[test]
fn a_broker_that_comes_up_is_found_by_whatever_waits_for_it() {
    let script = ["-e", "send /queue/a x"];
    for wait in [&["--reconnect"][..], &["--wait", "60"]] {
        for command in [&["send", "/queue/a", "x"][..], &script] {
            let closed = ClosedPort::new();
            let mut sent = Stomp::new(["-s", &closed.url()]).args(wait).args(command).start();
            sent.wait_for_stderr("trying again for up to ", 1);
            let (stream, _) = closed.open().accept().unwrap();
            let mut talk = Talk::of(stream);
            talk.login();
            let came = talk.confirm_all();
            sent.finish().code(0);
            assert!(came.iter().any(|frame| frame.verb == "SEND"), "{came:?}");
        }
    }
}

#[test]
fn a_second_connection_of_a_shell_does_not_have_its_client_id() {
    for id in [&["--client-id", "me"][..], &["--connect-header", "client-id: me"]] {
        let peer = Peer::start(|mut talk, number| {
            let connect = talk.hear_of("CONNECT").unwrap();
            assert_eq!(connect.has("client-id"), number == 0, "connection {number}");
            talk.say("CONNECTED\nversion:1.2\nheart-beat:0,0\n\n^");
            while let Some(came) = talk.hear() {
                talk.receipt(&came);
                if came.verb == "SUBSCRIBE" {
                    let id = came.header("id");
                    talk.say(&format!(
                        "MESSAGE\nsubscription:{id}\nmessage-id:1\nack:1\ndestination:/queue/a\n\nb^"
                    ));
                }
            }
        });
        let script = "status\nsub -c 1 --raw /queue/a\nping -c 1\n";
        let ended = Stomp::new(["-s", &peer.url(), "-q"]).args(id).input(script).run().code(0);
        assert!(ended.stdout.ends_with(b"b") || ended.stdout.contains(&b'b'));
        assert_eq!(peer.connections(), 3);
    }
}

#[test]
fn a_client_id_that_is_taken_is_named_and_not_tried_again() {
    let peer = Peer::start(|mut talk, _| {
        talk.hear_of("CONNECT");
        talk.say(
            "ERROR\nmessage:Broker: localhost - Client: me already connected from tcp://127.0.0.1:5\n\n^",
        );
    });
    let refused = Stomp::new(["-s", &peer.url(), "--client-id", "me", "send", "/queue/a", "x"]).run().code(5);
    refused.stderr_has(&[
        "already connected",
        "hint: another connection has this client-id",
        "--client-id ID",
    ]);
    assert_eq!(peer.connections(), 1);
}

#[test]
fn a_peer_that_says_nothing_runs_into_the_one_deadline() {
    let peer = Peer::start(|mut talk, _| talk.be_deaf());
    for scheme in ["stomp", "stomps", "ws", "wss"] {
        let url = format!("{scheme}://127.0.0.1:{}", peer.port());
        for command in COMMANDS {
            let failed = Stomp::new(["-s", &url, "--connect-timeout", "0.2"]).args(command).run().code(3);
            failed.stdout("").stderr_has(&["within 0.2 s"]);
        }
    }
}

#[test]
fn a_peer_that_says_a_little_again_and_again_runs_into_the_same_deadline() {
    let peer = Peer::start(|mut talk, _| {
        talk.hear_of("CONNECT");
        talk.say("CONNECTED\nversion:1.2\nserver:");
        while talk.say("x") {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    });
    let failed =
        Stomp::new(["-s", &peer.url(), "--connect-timeout", "0.3", "send", "/queue/a", "x"]).run().code(3);
    failed.stderr_has(&["no CONNECTED within 0.3 s"]);
}

#[test]
fn a_websocket_that_opens_and_then_says_nothing_runs_into_the_deadline_too() {
    let broker = Embedded::start();
    // What the broker says behind the handshake does not come through.
    let proxy = Proxy::start(broker.port(), 0, |_, _| Plan::down(Way::harm(180, Harm::Stall)));
    let url = format!("ws://127.0.0.1:{}/", proxy.port());
    let failed = Stomp::new(["-s", &url, "--connect-timeout", "0.3", "send", "/queue/a", "x"]).run().code(3);
    failed.stderr_has(&["within 0.3 s"]);
}

#[test]
fn a_peer_that_says_nothing_on_reconnect_is_left_after_the_deadline_and_tried_again() {
    let peer = Peer::start(|mut talk, number| match number {
        // The first connection ends in the middle, the second one hears nothing, the third one all.
        0 => {
            talk.login();
            talk.hear_of("SEND");
        }
        1 => drop(talk.be_silent()),
        _ => {
            talk.login();
            talk.confirm_all();
        }
    });
    let sent = Stomp::new(["-s", &peer.url(), "--connect-timeout", "0.2", "--reconnect"])
        .args(["--reconnect-delay", "0.001,0.01", "send", "/queue/a", "x"])
        .run()
        .code(0);
    assert_eq!(peer.connections(), 3);
    sent.stderr_has(&["no CONNECTED within 0.2 s", "sent again after a reconnect: 1"]);
}

/// Answers CONNECT as a broker that knows nobody.
fn refuse(talk: &mut Talk) {
    talk.hear_of("CONNECT");
    talk.say("ERROR\nmessage:Bad CONNECT\n\nAccess refused for user 'guest'^");
}

#[test]
fn a_login_that_is_refused_is_4_and_never_tried_again() {
    let peer = Peer::start(|mut talk, _| refuse(&mut talk));
    for (number, command) in COMMANDS.iter().enumerate() {
        let refused = Stomp::new(["-s", &peer.url(), "--reconnect", "--reconnect-delay", "0.001,0.01"]);
        refused.args(*command).run().code(4).stdout("").stderr_has(&["Access refused", "-U USER"]);
        assert_eq!(peer.connections(), number + 1);
    }
}

#[test]
fn a_login_that_is_refused_ends_a_failover_list_too() {
    let (refuses, never) = (Peer::start(|mut talk, _| refuse(&mut talk)), Peer::start(|_, _| {}));
    let list = format!("{},{}", refuses.url(), never.url());
    Stomp::new(["-s", &list, "send", "/queue/a", "x"]).run().code(4);
    assert_eq!((refuses.connections(), never.connections()), (1, 0));
}

#[test]
fn a_login_that_is_refused_on_reconnect_is_4_with_the_figures_and_never_tried_again() {
    let start = || {
        Peer::start(|mut talk, number| {
            if number == 0 {
                talk.login();
                let came = talk.hear_of("SEND").or_else(|| talk.hear_of("SUBSCRIBE")).unwrap();
                talk.receipt(&came);
                talk.hear_of("SEND");
            } else {
                refuse(&mut talk);
            }
        })
    };
    let peer = start();
    let again = ["--reconnect", "--reconnect-delay", "0.001,0.01"];
    let refused =
        Stomp::new(["-s", &peer.url(), "send", "-l", "/queue/a"]).args(again).input("a\nb\nc\n").run();
    let refused = refused.code(4);
    assert_eq!(peer.connections(), 2);
    let (confirmed, unknown, not_sent) = figures(&refused);
    assert_eq!((confirmed, unknown + not_sent), (1, 2), "{}", refused.stderr);
    refused.stderr_has(&["Access refused", "-U USER", "the first line that is not confirmed: 2\n"]);

    let peer = Peer::start(|mut talk, number| {
        if number == 0 {
            talk.login();
            let came = talk.hear_of("SUBSCRIBE").unwrap();
            talk.receipt(&came);
        } else {
            refuse(&mut talk);
        }
    });
    let refused = Stomp::new(["-s", &peer.url(), "sub", "/queue/a"]).args(again).run().code(4);
    assert_eq!(peer.connections(), 2);
    refused.stdout("").stderr_has(&["Access refused"]);
}

/// A certificate and its key.
pub(crate) struct Held {
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

impl Held {
    pub(crate) fn new(
        name: &str,
        by: &CertifiedIssuer<'static, KeyPair>,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Self {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Self { chain: vec![params.signed_by(&key, by).unwrap().der().clone()], key }
    }

    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        Arc::new(config.with_no_client_auth().with_single_cert(self.chain.clone(), key).unwrap())
    }
}

pub(crate) fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A broker on TLS that shows one certificate after another, the last one for ever. It follows the
/// session up to a SEND or SUBSCRIBE, and then it is gone.
pub(crate) fn tls(configs: Vec<Arc<ServerConfig>>) -> Peer {
    Peer::start(move |mut talk, number| {
        let config = Arc::clone(configs.get(number).or(configs.last()).unwrap());
        let stream = talk.stream().try_clone().unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
        let mut seen = Vec::new();
        let mut piece = [0; 4096];
        while let Ok(came @ 1..) = stream.read(&mut piece) {
            seen.extend_from_slice(&piece[..came]);
            if count(&seen, "CONNECT") == 1 && count(&seen, "SEND") + count(&seen, "SUBSCRIBE") == 0 {
                stream.write_all(b"CONNECTED\nversion:1.2\n\n\0").unwrap();
                stream.flush().unwrap();
            } else {
                return;
            }
        }
    })
}

#[test]
fn a_tls_identity_that_is_wrong_is_4_never_tried_again_and_never_fallen_back_from() {
    let (ours, strange) = (authority("Ours"), authority("Strange"));
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 1);
    let cases = [
        (Held::new("broker.example", &ours, |_| {}), "broker.example"),
        (Held::new("127.0.0.1", &ours, expired), "expired"),
        (Held::new("127.0.0.1", &strange, |_| {}), "--cafile"),
    ];
    let cafile = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(cafile.path(), ours.pem()).unwrap();
    let again =
        ["--reconnect", "--reconnect-delay", "0.001,0.01", "--cafile", cafile.path().to_str().unwrap()];
    for (held, says) in &cases {
        let peer = tls(vec![held.config()]);
        // A proxy sees whether anything went out that is not TLS.
        let proxy = Proxy::harmless(peer.port());
        let url = format!("stomps://127.0.0.1:{}", proxy.port());
        let refused = Stomp::new(["-s", &url]).args(again).args(["send", "/queue/a", "x"]).run().code(4);
        refused.stdout("").stderr_has(&[says]);
        let tapes = proxy.ended();
        assert_eq!(tapes.len(), 1, "{says}");
        assert!(memchr::memmem::find(&tapes[0].up, b"CONNECT").is_none());
    }

    // The same when it turns wrong later.
    let good = Held::new("127.0.0.1", &ours, |_| {});
    for (held, says) in &cases {
        let peer = tls(vec![good.config(), held.config()]);
        let proxy = Proxy::harmless(peer.port());
        let url = format!("stomps://127.0.0.1:{}", proxy.port());
        let refused = Stomp::new(["-s", &url]).args(again).args(["send", "/queue/a", "x"]).run().code(4);
        refused.stderr_has(&[says, "confirmed 0, unknown 1, not sent 0\n"]);
        assert_eq!(proxy.ended().len(), 2, "{says}");
    }
}

#[test]
fn plain_to_a_tls_port_and_the_reverse_are_3_and_say_what_the_port_speaks() {
    let ours = authority("Ours");
    let peer = tls(vec![Held::new("127.0.0.1", &ours, |_| {}).config()]);
    for command in COMMANDS {
        let plain = Stomp::new(["-s", &peer.url()]).args(command).run().code(3);
        plain.stdout("").stderr_has(&["this port speaks TLS"]);
    }
    let broker = Embedded::start();
    let url = format!("stomps://127.0.0.1:{}", broker.port());
    for command in COMMANDS {
        let tls = Stomp::new(["-s", &url, "--connect-timeout", "5"]).args(command).run().code(3);
        tls.stdout("").stderr_has(&["stomp://"]);
    }
}
