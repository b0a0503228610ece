//! Tests of the connection's options.
#![allow(clippy::unwrap_used)] // a failure here is the test's

use super::*;
use crate::client::Target;
use crate::transport::parse_list;

#[test]
fn times_have_units() {
    assert_eq!(parse_seconds("2"), Ok(Duration::from_secs(2)));
    assert_eq!(parse_seconds("500ms"), Ok(Duration::from_millis(500)));
    assert_eq!(parse_seconds("1.5m"), Ok(Duration::from_secs(90)));
    assert!(parse_seconds("x").is_err());
    assert!(parse_seconds("2 weeks").is_err());
    assert!(parse_seconds("").is_err());
    assert_eq!(parse_seconds("100000h"), Ok(Duration::from_secs(360_000_000)));
    for too_long in ["9300000000000000000", "1e300", "300000h"] {
        assert!(parse_seconds(too_long).is_err(), "{too_long}");
    }
}

#[test]
fn who_is_asked_for_a_password_keeps_the_user_of_the_context() {
    let context = ConnectionArgs {
        user: Some("ann".into()),
        password_file: Some("secret".into()),
        ..ConnectionArgs::default()
    };
    let asked = ConnectionArgs { ask_password: true, ..ConnectionArgs::default() }.over(&context);
    assert_eq!((asked.user.as_deref(), asked.password_file), (Some("ann"), None));
    let named = ConnectionArgs { user: Some("bob".into()), ..ConnectionArgs::default() }.over(&context);
    assert_eq!(named.user.as_deref(), Some("bob"));
    assert_eq!(named.password_file, context.password_file);
}

#[test]
fn a_password_that_others_can_see_is_warned_of() {
    let warnings = |server: &str, arguments: ConnectionArgs| {
        let arguments = ConnectionArgs { server: Some(server.to_owned()), ..arguments };
        let target = Target::Remote(parse_list(server).unwrap());
        arguments.warnings(&target)
    };
    let seen = |all: Vec<String>| all.iter().filter(|text| text.contains("can be seen")).count();
    assert_eq!(seen(warnings("stomp://ann:secret@localhost", ConnectionArgs::default())), 1);
    assert_eq!(seen(warnings("stomp://ann@localhost", ConnectionArgs::default())), 0);
    let password = Some(Secret::new("secret"));
    assert_eq!(seen(warnings("localhost", ConnectionArgs { password, ..ConnectionArgs::default() })), 1);
}

#[test]
fn a_header_has_a_name_and_a_colon() {
    assert_eq!(parse_header("a: b: c"), Ok(("a".into(), "b: c".into())));
    assert_eq!(parse_header("a:  b"), Ok(("a".into(), " b".into())));
    assert!(parse_header("a").is_err());
    assert!(parse_header(": x").is_err());
}
