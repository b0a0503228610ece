//! A context as the config file holds it: a broker's URL and the connection options that go with it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::connection::{
    CONNECT_HEADERS, ConnectionArgs, parse_delays, parse_limit, parse_seconds, parse_version,
};
use super::exit::Problem;
use super::websocket_options::WebSocketArgs;
use crate::protocol::{HeartBeat, Limit, Version};
use crate::render::secrets::url_token;
use crate::session::ReceiptPolicy;
use crate::transport::http::HttpUrl;
use crate::transport::{Secret, parse_list};

/// A broker by name. Its keys are the long names of options, and so are their values.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredContext {
    /// A URL, or a comma list of them.
    pub url: String,
    pub user: Option<String>,
    pub password_file: Option<PathBuf>,
    pub vhost: Option<String>,
    pub client_id: Option<String>,
    /// As --connect-header takes them; secrets stand in files and variables.
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub connect_header: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub escape_connect: bool,
    #[serde(default, with = "text")]
    pub protocol: Option<Version>,
    #[serde(default, with = "text")]
    pub heartbeat: Option<HeartBeat>,
    #[serde(default, with = "text")]
    pub connect_timeout: Option<Duration>,
    #[serde(default, with = "text")]
    pub receipt_timeout: Option<Duration>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reconnect: bool,
    #[serde(default, with = "text")]
    pub wait: Option<Duration>,
    #[serde(default, with = "text")]
    pub reconnect_delay: Option<(Duration, Duration)>,
    pub cafile: Option<PathBuf>,
    pub cert: Option<PathBuf>,
    pub key: Option<PathBuf>,
    pub max_body: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "texts")]
    pub limit: Vec<(Limit, u64)>,
    pub management: Option<HttpUrl>,
    pub receipts: Option<ReceiptPolicy>,
    /// As --ws-header takes them; secrets stand in files and variables.
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub ws_header: Vec<String>,
    pub origin: Option<String>,
    pub ws_protocol: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ws_basic: bool,
    pub ws_chunk: Option<usize>,
    /// Whether commands that consume messages ask first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub production: bool,
}

impl StoredContext {
    /// The context for `ctx add` with these options. Refuses an option that the file cannot hold.
    pub(crate) fn of(url: &str, args: &ConnectionArgs, production: bool) -> Result<Self> {
        // Every field is named, so that a new option does not compile before it is kept or refused here.
        let ConnectionArgs {
            server,
            host,
            port,
            user,
            ask_password,
            password,
            password_file,
            vhost,
            client_id,
            connect_header,
            escape_connect,
            protocol,
            heartbeat,
            connect_timeout,
            receipt_timeout,
            reconnect,
            wait,
            reconnect_delay,
            cafile,
            cert,
            key,
            insecure,
            max_body,
            limit,
            context,
            management,
            embedded,
            trace,
            receipts,
            websocket,
        } = args.clone();
        if let Some(name) = url_token(url) {
            let message = format!("the value of '{name}' in the URL has no place in the config file");
            let hint = format!("name an environment variable, in single quotes: '…?{name}=${{TOKEN}}'");
            return Err(Problem::usage_hint(message, hint).into());
        }
        let WebSocketArgs { ws_header, origin, ws_protocol, ws_basic, ws_chunk } = websocket.for_context()?;
        let in_url = parse_list(url)?.iter().any(|endpoint| endpoint.password.is_some());
        let connect_header = CONNECT_HEADERS.for_context(&connect_header)?;
        let secrets = [
            ("a password in the URL", in_url),
            ("--password", password.is_some()),
            ("--ask-password", ask_password),
        ];
        if let Some((secret, _)) = secrets.into_iter().find(|(_, given)| *given) {
            let hint =
                "keep the password in a file of its own (chmod 600) and name that with --password-file";
            let message = format!("{secret} cannot be stored: a password has no place in the config file");
            return Err(Problem::usage_hint(message, hint).into());
        }
        let url_hint = "the broker's URL is the second word: stomp ctx add NAME URL";
        let refused = [
            ("--server", server.is_some(), url_hint),
            ("--host", host.is_some(), url_hint),
            ("--port", port.is_some(), url_hint),
            ("--embedded", embedded, url_hint),
            ("--context", context.is_some(), "'stomp ctx edit' opens the file, to copy from another context"),
            ("--insecure", insecure, "it is said anew for each run; --cafile FILE makes it unnecessary"),
            ("--trace", trace, "give --trace or -vv with the command whose frames you want to see"),
        ];
        if let Some((option, _, hint)) = refused.into_iter().find(|(_, given, _)| *given) {
            return Err(Problem::usage_hint(format!("a context cannot hold {option}"), hint).into());
        }
        let absolute = |file: Option<PathBuf>| file.map(std::path::absolute).transpose();
        Ok(Self {
            url: url.to_owned(),
            user,
            password_file: absolute(password_file)?,
            vhost,
            client_id,
            connect_header: texts_of(&connect_header),
            escape_connect,
            protocol,
            heartbeat,
            connect_timeout,
            receipt_timeout,
            reconnect,
            wait,
            reconnect_delay,
            cafile: absolute(cafile)?,
            cert: absolute(cert)?,
            key: absolute(key)?,
            max_body,
            limit,
            management,
            receipts,
            ws_header: texts_of(&ws_header),
            origin,
            ws_protocol,
            ws_basic,
            ws_chunk,
            production,
        })
    }
}

impl From<&StoredContext> for ConnectionArgs {
    fn from(stored: &StoredContext) -> Self {
        // As above: each key becomes an option.
        let StoredContext {
            url,
            user,
            password_file,
            vhost,
            client_id,
            connect_header,
            escape_connect,
            protocol,
            heartbeat,
            connect_timeout,
            receipt_timeout,
            reconnect,
            wait,
            reconnect_delay,
            cafile,
            cert,
            key,
            max_body,
            limit,
            management,
            receipts,
            ws_header,
            origin,
            ws_protocol,
            ws_basic,
            ws_chunk,
            production: _,
        } = stored.clone();
        let secrets = |texts: Vec<String>| texts.into_iter().map(Secret::from).collect();
        let ws_header = secrets(ws_header);
        Self {
            server: Some(url),
            user,
            password_file,
            vhost,
            client_id,
            connect_header: secrets(connect_header),
            escape_connect,
            protocol,
            heartbeat,
            connect_timeout,
            receipt_timeout,
            reconnect,
            wait,
            reconnect_delay,
            cafile,
            cert,
            key,
            max_body,
            limit,
            management,
            receipts,
            websocket: WebSocketArgs { ws_header, origin, ws_protocol, ws_basic, ws_chunk },
            ..Self::default()
        }
    }
}

/// Headers as the file holds them. They hold no secrets themselves.
fn texts_of(headers: &[Secret]) -> Vec<String> {
    headers.iter().map(|header| header.expose().to_owned()).collect()
}

/// Reads a list of texts, or one text. An error quotes neither: they may be secrets.
fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Texts {
        One(String),
        Many(Vec<String>),
    }
    match Texts::deserialize(deserializer) {
        Ok(Texts::One(text)) => Ok(vec![text]),
        Ok(Texts::Many(texts)) => Ok(texts),
        Err(_) => Err(serde::de::Error::custom("a list of texts is wanted here")),
    }
}

/// A value that the file holds as the command line does.
trait OptionText: Sized {
    fn parse(text: &str) -> Result<Self, String>;
    fn text(&self) -> String;
}

/// Implements [`OptionText`] by the parser of the command line and a way back.
macro_rules! option_text {
    ($type:ty, $parse:expr, $text:expr) => {
        impl OptionText for $type {
            fn parse(text: &str) -> Result<Self, String> {
                $parse(text)
            }

            fn text(&self) -> String {
                $text(self)
            }
        }
    };
}

option_text!(Version, parse_version, Version::to_string);
option_text!(HeartBeat, |text: &str| text.parse().map_err(|error| format!("{error}")), HeartBeat::to_string);
option_text!(Duration, parse_seconds, |time: &Self| time.as_secs_f64().to_string());
option_text!((Duration, Duration), parse_delays, |(min, max): &Self| format!(
    "{},{}",
    min.text(),
    max.text()
));
option_text!((Limit, u64), parse_limit, |(limit, most): &Self| format!("{}={most}", limit.name()));

/// A number needs no quotes in the file.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Integer(i64),
    Float(f64),
}

impl Scalar {
    fn parse<T: OptionText>(self) -> Result<T, String> {
        match self {
            Self::Text(text) => T::parse(&text),
            Self::Integer(number) => T::parse(&number.to_string()),
            Self::Float(number) => T::parse(&number.to_string()),
        }
    }
}

mod text {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::{OptionText, Scalar};

    #[allow(clippy::ref_option)] // the signature is serde's
    pub(super) fn serialize<S: Serializer>(
        value: &Option<impl OptionText>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(OptionText::text).serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: OptionText, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        Scalar::deserialize(deserializer)?.parse().map(Some).map_err(D::Error::custom)
    }
}

mod texts {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::{OptionText, Scalar};

    pub(super) fn serialize<S: Serializer>(
        values: &[impl OptionText],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(OptionText::text))
    }

    pub(super) fn deserialize<'de, T: OptionText, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<T>, D::Error> {
        let values = Vec::<Scalar>::deserialize(deserializer)?;
        values.into_iter().map(Scalar::parse).collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a failure here is the test's
    use clap::{Args as _, FromArgMatches as _};

    use super::*;

    /// The options that the command line parses from these words.
    fn parsed(words: &[&str]) -> Option<ConnectionArgs> {
        let command = ConnectionArgs::augment_args(clap::Command::new("stomp"));
        let matches = command.try_get_matches_from([&["stomp"], words].concat()).ok()?;
        Some(ConnectionArgs::from_arg_matches(&matches).unwrap())
    }

    #[test]
    fn a_context_keeps_each_connection_option_or_refuses_it() {
        let mut refused = Vec::new();
        let command = ConnectionArgs::augment_args(clap::Command::new("stomp"));
        for argument in command.get_arguments() {
            let option = format!("--{}", argument.get_long().unwrap());
            // Whatever its value looks like, one of these is one.
            let mut values: Vec<String> = match &*option {
                "--ws-header" | "--connect-header" => vec!["a: b".to_owned()],
                "--ws-protocol" => vec!["v12.stomp".to_owned()],
                _ => ["/x", "7", "1.2", "1,2", "a: b", "head=5", "http://h:1"].map(str::to_owned).into(),
            };
            values.extend(argument.get_possible_values().iter().map(|value| value.get_name().to_owned()));
            let given = if argument.get_action().takes_values() {
                values.iter().find_map(|value| parsed(&[&option, value]))
            } else {
                parsed(&[&option])
            };
            let given = given.unwrap_or_else(|| panic!("no value that fits {option}"));
            match StoredContext::of("stomp://h", &given, false) {
                Err(error) => {
                    assert!(error.to_string().contains(&option), "{option}: {error}");
                    refused.push(option);
                }
                Ok(stored) => {
                    let file = toml_edit::ser::to_string(&stored).unwrap();
                    let read: StoredContext = toml_edit::de::from_str(&file).unwrap();
                    let used = ConnectionArgs::default().over(&ConnectionArgs::from(&read));
                    let expected = ConnectionArgs { server: Some("stomp://h".into()), ..given };
                    assert_eq!(format!("{used:?}"), format!("{expected:?}"), "{option}\n{file}");
                }
            }
        }
        refused.sort();
        let expected = [
            "--ask-password",
            "--context",
            "--embedded",
            "--host",
            "--insecure",
            "--password",
            "--port",
            "--server",
            "--trace",
        ];
        assert_eq!(refused, expected);
    }

    #[test]
    fn a_secret_header_is_refused_without_its_value() {
        let given = parsed(&["--connect-header", "passcode: cAnArY"]).unwrap();
        let error = StoredContext::of("stomp://h", &given, false).unwrap_err().to_string();
        assert!(
            error.contains("the value of 'passcode' has no place") && !error.contains("cAnArY"),
            "{error}"
        );
    }

    #[test]
    fn a_number_needs_no_quotes() {
        let file = "url = \"stomp://h\"\nconnect_timeout = 5\nreceipt_timeout = 2.5\nprotocol = 1.1\n\
            reconnect_delay = \"500ms,1m\"\n";
        let read: StoredContext = toml_edit::de::from_str(file).unwrap();
        assert_eq!(read.connect_timeout, Some(Duration::from_secs(5)));
        assert_eq!(read.receipt_timeout, Some(Duration::from_millis(2_500)));
        assert_eq!(read.protocol, Some(Version::V1_1));
        assert_eq!(read.reconnect_delay, Some((Duration::from_millis(500), Duration::from_secs(60))));
        let wrong = "url = \"stomp://h\"\nconnect_timeout = \"soon\"\n";
        let error = toml_edit::de::from_str::<StoredContext>(wrong).unwrap_err();
        assert!(error.to_string().contains("'soon' is not"), "{error}");
    }
}
