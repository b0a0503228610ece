#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use proptest::prelude::*;

use super::*;

fn one(text: &str) -> Endpoint {
    Endpoint::parse(text).unwrap()
}

fn shown(text: &str) -> Vec<String> {
    parse_list(text).unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn a_full_url_gives_each_of_its_parts() {
    let url = one("stomp://anna:geheim@broker.example:7000/orders");
    assert_eq!(url.scheme, Scheme::Stomp);
    assert_eq!((url.host.as_str(), url.port), ("broker.example", 7000));
    assert_eq!(url.vhost.as_deref(), Some("orders"));
    assert_eq!(url.user.as_deref(), Some("anna"));
    assert_eq!(url.password.unwrap().expose(), "geheim");
}

#[test]
fn each_scheme_has_its_own_port() {
    for (text, port) in
        [("stomp://h", 61613), ("stomps://h", 61614), ("ws://h", 80), ("wss://h", 443), ("STOMPS://h", 61614)]
    {
        assert_eq!(one(text).port, port, "{text}");
    }
}

#[test]
fn the_names_that_activemq_uses_are_understood() {
    for (text, scheme) in [
        ("tcp://h", Scheme::Stomp),
        ("ssl://h", Scheme::Stomps),
        ("tls://h", Scheme::Stomps),
        ("stomp+ssl://h", Scheme::Stomps),
        ("stomp+tls://h", Scheme::Stomps),
    ] {
        assert_eq!(one(text).scheme, scheme, "{text}");
    }
}

#[test]
fn a_host_with_a_port_or_a_vhost_needs_no_scheme() {
    assert_eq!(one("localhost:7000").to_string(), "stomp://localhost:7000");
    assert_eq!(one("localhost/orders").to_string(), "stomp://localhost:61613/orders");
    assert_eq!(one("u:p@localhost").to_string(), "stomp://u:***@localhost:61613");
}

#[test]
fn no_path_is_no_vhost_and_a_lone_slash_is_the_vhost_slash() {
    for (text, vhost) in [
        ("stomp://h", None),
        ("stomp://h:1", None),
        ("stomp://h/", Some("/")),
        ("stomp://h/%2F", Some("/")),
        ("stomp://h/%2f", Some("/")),
        ("stomp://h/%2Fa", Some("/a")),
        ("stomp://h/a/b", Some("a/b")),
        ("stomp://h/a%20b", Some("a b")),
        ("stomp://h/%E2%82%AC", Some("€")),
        ("stomp://h/€", Some("€")),
        ("stomp://h/a@b:c", Some("a@b:c")),
    ] {
        assert_eq!(one(text).vhost.as_deref(), vhost, "{text}");
    }
}

#[test]
fn a_websocket_path_is_kept_as_written_and_is_no_vhost() {
    for (text, path) in [
        ("ws://h", "/"),
        ("ws://h/", "/"),
        ("ws://h:15674/ws", "/ws"),
        ("wss://h/a%2Fb/c?token=x@y&z=1", "/a%2Fb/c?token=x@y&z=1"),
        ("ws://h?token=x", "/?token=x"),
    ] {
        let url = one(text);
        assert_eq!((url.path.as_str(), url.vhost), (path, None), "{text}");
    }
    assert_eq!(one("stomp://h/ws").path, "/");
}

#[test]
fn a_login_is_percent_decoded_and_split_at_its_first_colon() {
    for (text, user, password) in [
        ("stomp://u@h", Some("u"), None),
        ("stomp://u:@h", Some("u"), Some("")),
        ("stomp://:p@h", None, Some("p")),
        ("stomp://@h", None, None),
        ("stomp://u:a:b@h", Some("u"), Some("a:b")),
        ("stomp://u%3Av:a%2Fb%2C%40%25@h", Some("u:v"), Some("a/b,@%")),
        ("stomp://u@corp:p@ss@h", Some("u@corp"), Some("p@ss")),
        ("stomp://%C3%BC:%e2%82%ac@h", Some("ü"), Some("€")),
    ] {
        let url = one(text);
        assert_eq!(url.host, "h", "{text}");
        assert_eq!(
            (url.user.as_deref(), url.password.as_ref().map(Secret::expose)),
            (user, password),
            "{text}"
        );
    }
}

#[test]
fn an_ipv6_address_stands_in_brackets() {
    let url = one("stomp://u:p@[::1]:7000/v");
    assert_eq!((url.host.as_str(), url.port), ("::1", 7000));
    assert_eq!(url.to_string(), "stomp://u:***@[::1]:7000/v");
    let url = one("wss://h/ws?access_token=x&y&z=").to_string();
    assert_eq!(url, "wss://h:443/ws?access_token=***&***&z=***");
    assert_eq!(one("[::1]").port, 61613);
    assert_eq!(one("stomp://[fe80::1%25eth0]").host, "fe80::1%eth0");
    assert_eq!(one("stomp://[fe80::1%eth0]").to_string(), "stomp://[fe80::1%25eth0]:61613");
}

#[test]
fn commas_make_a_failover_list() {
    assert_eq!(
        shown("stomp://a, stomps://u:p@b:2/v ,ws://c/ws"),
        ["stomp://a:61613", "stomps://u:***@b:2/v", "ws://c:80/ws"]
    );
    assert_eq!(shown("a:1,b:2"), ["stomp://a:1", "stomp://b:2"]);
}

#[test]
fn an_entry_without_a_scheme_goes_on_with_the_url_before_it() {
    assert_eq!(
        shown("stomps://u:p@a,b:2,w@c/v"),
        ["stomps://u:***@a:61614/v", "stomps://u:***@b:2/v", "stomps://w@c:61614/v"]
    );
    assert_eq!(
        shown("stomp://a/x,b,c/y,d"),
        ["stomp://a:61613/x", "stomp://b:61613/x", "stomp://c:61613/y", "stomp://d:61613/y"]
    );
    let list = parse_list("stomp://u:p@a,b").unwrap();
    assert_eq!(list[1].password.as_ref().unwrap().expose(), "p");
}

#[test]
fn a_new_scheme_in_a_list_takes_neither_login_nor_vhost_from_the_url_before_it() {
    assert_eq!(shown("stomp://u:p@a/v,stomp://b"), ["stomp://u:***@a:61613/v", "stomp://b:61613"]);
    assert_eq!(shown("stomp://a,stomp://b/v"), ["stomp://a:61613", "stomp://b:61613/v"]);
}

#[test]
fn each_mistake_is_named_with_its_column() {
    use UrlError as E;
    for (text, error) in [
        ("", E::Empty { column: 1 }),
        ("stomp://a,,b", E::Empty { column: 11 }),
        ("stomp://a,", E::Empty { column: 11 }),
        ("stomp://", E::NoHost { column: 9 }),
        ("stomp:///v", E::NoHost { column: 9 }),
        ("/queue/a", E::NoHost { column: 1 }),
        ("stomp://u:p@", E::NoHost { column: 13 }),
        ("stomp://:61613", E::NoHost { column: 9 }),
        ("stomp://h:", E::Port { column: 11 }),
        ("stomp://h:0", E::Port { column: 11 }),
        ("stomp://h:65536", E::Port { column: 11 }),
        ("stomp://h:+1", E::Port { column: 11 }),
        ("stomp://h:1x/v", E::Port { column: 11 }),
        ("stomp://[::1]7", E::Port { column: 15 }),
        ("stomp://[::1", E::Bracket { column: 9 }),
        ("stomp://[localhost]", E::Ipv6 { column: 10 }),
        ("stomp://[::1%25]", E::Ipv6 { column: 10 }),
        ("stomp://::1", E::BareIpv6 { column: 9 }),
        ("stomp://a b", E::HostCharacter { column: 10 }),
        ("stomp://a%20b", E::HostCharacter { column: 10 }),
        ("stomp://a,b\\c", E::HostCharacter { column: 12 }),
        ("stomp://büro", E::NotAscii { column: 10 }),
        ("stomp://u:p?q@h", E::LoginCharacter { column: 12 }),
        ("stomp://ü#:p@h", E::LoginCharacter { column: 10 }),
        ("stomp://u:%4@h", E::Percent { column: 11 }),
        ("stomp://h/%zz", E::Percent { column: 11 }),
        ("stomp://h/ab%0Alogin:x", E::Control { column: 13 }),
        ("stomp://u:%00@h", E::Control { column: 11 }),
        ("stomp://u:%ff@h", E::NotUtf8 { column: 11 }),
        ("stomp://h/v?x=1", E::VhostCharacter { column: 12 }),
        ("stomp://h?x=1", E::VhostCharacter { column: 10 }),
        ("ws://h/a b", E::PathCharacter { column: 9 }),
        ("ws://h/a#b", E::PathCharacter { column: 9 }),
    ] {
        assert_eq!(parse_list(text), Err(error), "{text}");
    }
    assert_eq!(Endpoint::parse("stomp://a,stomp://b"), Err(E::List { column: 10 }));
}

#[test]
fn an_unknown_scheme_is_answered_with_the_one_that_was_meant() {
    let said = |text: &str| parse_list(text).unwrap_err().to_string();
    assert_eq!(said("http://h"), "column 1: unknown scheme \"http\"; a WebSocket is ws://");
    assert!(said("amqp://h").ends_with("its port is usually 61613"));
    assert!(said("stomp://a,x://h").starts_with("column 11: unknown scheme \"x\""));
}

#[test]
fn no_complaint_repeats_a_password_that_was_not_encoded() {
    for text in [
        "stomp://u:canary/x@h",
        "stomp://u:can,canary@h",
        "stomp://u:canary?@h",
        "stomp://u:canary%@h",
        "u:canary/canary@h",
        "stomp://u:a:canary/b@h",
        "stomp://u:[canary/@h",
        "stomp://canary:canary:canary",
    ] {
        let error = parse_list(text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{text}: {error}");
    }
    let debug = format!("{:?}", one("stomp://u:canary@h"));
    assert!(!debug.contains("canary"), "{debug}");
}

#[test]
fn a_first_word_with_a_colon_or_a_slash_looks_like_a_url() {
    for word in ["stomp://h", "h:1", "h/", "[::1]:1"] {
        assert!(looks_like_url(word), "{word}");
    }
    for word in ["send", "broker", "localhost", ""] {
        assert!(!looks_like_url(word), "{word}");
    }
}

#[test]
fn loopback_is_known_by_name_and_by_address() {
    for text in ["localhost:1", "127.0.0.9:1", "[::1]:1", "LocalHost:1"] {
        assert!(one(text).is_loopback(), "{text}");
    }
    for text in ["example.org:1", "10.0.0.1:1", "[::2]:1", "localhost.example:1"] {
        assert!(!one(text).is_loopback(), "{text}");
    }
}

fn endpoints() -> impl Strategy<Value = Endpoint> {
    let text = || "[^\\x00\\r\\n]{1,12}";
    let host = prop_oneof![
        "[a-z0-9]([a-z0-9.-]{0,10}[a-z0-9])?".prop_map(|host| host),
        any::<[u8; 16]>().prop_map(|bytes| Ipv6Addr::from(bytes).to_string()),
    ];
    let scheme = prop::sample::select(vec![Scheme::Stomp, Scheme::Stomps, Scheme::Ws, Scheme::Wss]);
    let login = (prop::option::of(text()), prop::option::of(text()));
    let place = (prop::option::of(text()), "/[a-zA-Z0-9%/._?&=-]{0,12}");
    (scheme, host, 1u16.., login, place).prop_map(|(scheme, host, port, (user, password), (vhost, path))| {
        let websocket = scheme.is_websocket();
        Endpoint {
            scheme,
            host,
            port,
            path: if websocket { path } else { "/".to_owned() },
            vhost: vhost.filter(|_| !websocket),
            user,
            password: password.map(Secret::from),
        }
    })
}

#[test]
fn what_looks_like_a_token_in_a_path_is_not_displayed() {
    for (path, shown) in [
        ("/ws", "/ws"),
        ("/api/v2/stomp-endpoint-of-orders/websocket", "/api/v2/stomp-endpoint-of-orders/websocket"),
        ("/auth/websocket", "/auth/websocket"),
        ("/ws/eyJhbGciOiJIUzI1NiJ9.e30.x/a", "/ws/***/a"),
        ("/ws/0123456789abcdef0123456789abcdef", "/ws/***"),
        ("/ws/aB3aB3aB3aB3aB3aB3aB3", "/ws/***"),
        ("/token/s3cret-4711?x=y", "/token/***?x=***"),
        ("/ws?access_token=x&y", "/ws?access_token=***&***"),
    ] {
        assert_eq!(
            Endpoint::parse(&format!("ws://h:1{path}")).unwrap().to_string(),
            format!("ws://h:1{shown}")
        );
    }
}

proptest! {
    #[test]
    fn what_is_displayed_parses_to_the_same_but_for_secrets(endpoint in endpoints()) {
        let shown = endpoint.to_string();
        let parsed = Endpoint::parse(&shown).unwrap();
        let masked = endpoint.password.as_ref().map(|_| Secret::new(Secret::MASK));
        let path = endpoint.shown_path().into_owned();
        prop_assert_eq!(&parsed, &Endpoint { password: masked, path, ..endpoint }, "{}", &shown);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC*", wild in "[stompw:/@,%\\[\\]?#a1é ]{0,24}") {
        let _ = parse_list(&text);
        let _ = parse_list(&wild);
        let _ = parse_list(&format!("stomp://{wild}"));
    }
}
