//! What can be wrong with a URL, where, and what to write instead.

/// Why a text is not the URL of a broker. Columns count characters from 1. Only the scheme is quoted, since
/// any other part may belong to a password that was not percent-encoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("column {column}: a URL is missing here; write stomp://HOST:PORT")]
    Empty { column: usize },
    #[error("column {column}: one URL is wanted here, not a list; a comma in a password is written %2C")]
    List { column: usize },
    #[error("column {column}: unknown scheme {scheme:?}; {hint}")]
    Scheme { scheme: String, column: usize, hint: &'static str },
    #[error(
        "column {column}: no host here; a URL is stomp://HOST:PORT/VHOST, and a destination stands after a command, as in `sub /queue/a`"
    )]
    NoHost { column: usize },
    #[error(
        "column {column}: this character cannot stand in a host name; in a user name or password write it as % and two hex digits"
    )]
    HostCharacter { column: usize },
    #[error("column {column}: a host name is ASCII here; write an international one in its xn-- form")]
    NotAscii { column: usize },
    #[error("column {column}: a [ without its ]; an IPv6 address is written stomp://[::1]:61613")]
    Bracket { column: usize },
    #[error(
        "column {column}: not an IPv6 address; only one of those stands in brackets, as in stomp://[::1]:61613"
    )]
    Ipv6 { column: usize },
    #[error(
        "column {column}: more than one colon; an IPv6 address stands in brackets, as in stomp://[::1]:61613, and `:` `/` `,` in a password are written %3A %2F %2C"
    )]
    BareIpv6 { column: usize },
    #[error(
        "column {column}: the port is not a number from 1 to 65535; `/` and `,` in a password are written %2F and %2C"
    )]
    Port { column: usize },
    #[error("column {column}: in a user name or password write ? as %3F and # as %23")]
    LoginCharacter { column: usize },
    #[error("column {column}: in a vhost write ? as %3F and # as %23; a stomp:// URL takes no options")]
    VhostCharacter { column: usize },
    #[error(
        "column {column}: this character cannot stand in a WebSocket's path; write it as % and two hex digits"
    )]
    PathCharacter { column: usize },
    #[error("column {column}: a % without two hex digits; write a percent sign as %25")]
    Percent { column: usize },
    #[error("column {column}: a NUL, CR or LF, which STOMP's CONNECT cannot carry; leave it out")]
    Control { column: usize },
    #[error("column {column}: not UTF-8 once decoded; STOMP's headers are UTF-8")]
    NotUtf8 { column: usize },
}
