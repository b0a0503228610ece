//! Headers with tokens, which stand in files and in variables and not among the arguments.

use std::path::Path;

use crate::peer::Peer;
use crate::stomp::{Finished, Stomp};
use crate::websocket::{Upgraded, ws};

/// A secret that stands nowhere by chance.
const CANARY: &str = "cAnArY-4711";

#[track_caller]
fn hides(ended: &Finished) {
    let shown = String::from_utf8_lossy(&ended.stdout);
    assert!(!shown.contains("cAnArY") && !ended.stderr.contains("cAnArY"), "{shown}\n{}", ended.stderr);
}

/// A file that nobody else can read.
fn private(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    format!("@{}", path.display())
}

/// A broker that wants the token in CONNECT, and confirms everything.
fn wanting_token() -> Peer {
    Peer::start(|mut talk, _| {
        let connect = talk.hear_of("CONNECT").unwrap();
        assert_eq!(connect.header("Authorization"), "Bearer cAnArY-4711");
        talk.say("CONNECTED\nversion:1.2\nheart-beat:0,0\n\n^");
        talk.confirm_all();
    })
}

#[test]
fn a_token_reaches_connect_from_a_file_and_from_variables() {
    let peer = wanting_token();
    let folder = tempfile::tempdir().unwrap();
    let header = format!("Authorization: Bearer {CANARY}");
    let call = || Stomp::new(["-vv", "-s", &peer.url()]).env("TOKEN", CANARY);
    for given in [
        "Authorization: Bearer ${TOKEN}",
        &private(folder.path(), "plain", &format!("# of the test\n\n{header}\nx-team: a\n")),
        &private(folder.path(), "windows", &format!("\u{feff}{header}\r\n")),
    ] {
        let ended = call().args(["--connect-header", given, "send", "/queue/a", "x"]).run().code(0);
        assert!(!ended.stderr.contains("can be seen"), "{}", ended.stderr);
        hides(&ended);
    }
    // Other users of the machine see arguments.
    let ended = call().args(["--connect-header", &header, "send", "/queue/a", "x"]).run().code(0);
    hides(&ended);
    ended.stderr_has(&["warning: the value of --connect-header 'Authorization' can be seen by other users"]);
}

#[test]
fn a_context_keeps_where_the_token_of_connect_is_and_not_the_token() {
    let peer = wanting_token();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("stomp/config.toml");
    let call = |arguments: &[&str]| {
        let call = Stomp::new(arguments).env("XDG_CONFIG_HOME", folder.path()).env("TOKEN", CANARY);
        call.folder(folder.path())
    };
    private(folder.path(), "token", &format!("Authorization: Bearer {CANARY}\n"));
    let url = peer.url();
    let literal = format!("Authorization: Bearer {CANARY}");
    let refused = call(&["ctx", "add", "a", &url, "--connect-header", &literal]).run().code(2);
    hides(&refused);
    refused.stderr_has(&["has no place in the config file", "--connect-header 'Authorization: ${TOKEN}'"]);
    assert!(!config.exists());
    for (given, kept) in [("Authorization: Bearer ${TOKEN}", "${TOKEN}"), ("@token", "/token")] {
        call(&["ctx", "add", "a", &url, "--connect-header", given]).run().code(0);
        let written = std::fs::read_to_string(&config).unwrap();
        assert!(written.contains(kept) && !written.contains(CANARY), "{written}");
        hides(&call(&["-vv", "--context", "a", "send", "/queue/a", "x"]).folder("/").run().code(0));
    }
    // By hand anything can be written.
    let silent = Peer::start(|mut talk, _| drop(talk.be_silent()));
    for key in ["connect_header", "ws_header"] {
        let url = if key == "ws_header" { ws(&silent, "/ws") } else { peer.url() };
        let text = format!("[context.a]\nurl = \"{url}\"\n{key} = \"Authorization: Bearer {CANARY}\"\n");
        std::fs::write(&config, text).unwrap();
        let ended = call(&["--context", "a", "--connect-timeout", "0.5", "send", "/queue/a", "x"]).run();
        hides(&ended);
        let option = key.replace('_', "-");
        ended.stderr_has(&[&format!("the value of --{option} 'Authorization' can be seen by other users")]);
    }
}

#[test]
fn a_header_of_connect_that_cannot_be_used_is_a_usage_error_that_shows_no_value() {
    let peer = Peer::start(|_, _| {});
    let folder = tempfile::tempdir().unwrap();
    let nested = private(folder.path(), "nested", "@other\n");
    for (given, says) in [
        (&*format!("Authorization Bearer {CANARY}"), "a header of --connect-header has no colon"),
        (&*format!(": {CANARY}"), "has no name before its colon"),
        ("Authorization: Bearer ${NOWHERE}", "NOWHERE, which is not set"),
        (&nested, "names another one"),
        ("@/nowhere", "cannot read the header file /nowhere"),
    ] {
        let ended = Stomp::new(["-s", &peer.url(), "--connect-header", given, "send", "/queue/a", "x"]).run();
        hides(&ended);
        assert!(matches!(ended.code, Some(2 | 8)), "{:?}", ended.code);
        ended.stderr_has(&[says]);
    }
    assert_eq!(peer.connections(), 0);
}

#[test]
fn a_variable_for_the_handshake_may_name_files_and_variables() {
    let folder = tempfile::tempdir().unwrap();
    let peer = Peer::start(|talk, _| {
        let mut socket = Upgraded::accept(talk);
        assert_eq!(socket.header("authorization"), ["Bearer cAnArY-4711"]);
        socket.login("");
        socket.confirm_all();
    });
    let file = private(folder.path(), "token", &format!("\u{feff}Authorization: Bearer {CANARY}\r\n"));
    for variable in [&*file, "Authorization: Bearer ${TOKEN}", &format!("X-Tenant: a\n{file}\n")] {
        let call = Stomp::new(["-vv", "-s", &ws(&peer, "/ws"), "send", "/queue/a", "x"]);
        hides(&call.env("STOMP_WS_HEADER", variable).env("TOKEN", CANARY).run().code(0));
    }
}

#[test]
fn a_reconnect_reads_the_token_of_connect_from_its_file_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = private(folder.path(), "token", "token: first-token\n");
    let path = folder.path().join("token");
    let peer = Peer::start(move |mut talk, number| {
        let connect = talk.hear_of("CONNECT").unwrap();
        assert_eq!(connect.header("token"), ["first-token", "second-token"][number]);
        std::fs::write(&path, "token: second-token\n").unwrap();
        talk.say("CONNECTED\nversion:1.2\nheart-beat:0,0\n\n^");
        let came = talk.hear_of("SUBSCRIBE").unwrap();
        if number == 1 {
            talk.receipt(&came);
            talk.say("MESSAGE\nsubscription:1\nmessage-id:1\nack:1\ndestination:/queue/a\n\nx^");
            talk.confirm_all();
        }
    });
    let call = Stomp::new(["-q", "-s", &peer.url(), "--connect-header", &file, "--reconnect"]);
    call.args(["--reconnect-delay", "0.001,0.01", "sub", "-c", "1", "/queue/a"]).run().code(0).stdout("x\n");
    assert_eq!(peer.connections(), 2);
}
