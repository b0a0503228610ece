//! Why TLS fails, and the option that helps.

use std::{fmt, io};

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsProblem {
    #[error(
        "its certificate is for {}, not for the host of the URL; use a name that it holds (--insecure skips the check, for a test)",
        list(presented)
    )]
    WrongHost { presented: Vec<String> },
    /// The host of the URL is neither a DNS name nor an IP address.
    #[error("the host of the URL can stand in no certificate; use a DNS name or an IP address")]
    NoName,
    #[error("its certificate expired{}; the broker needs a new one (--insecure skips the check, for a test)", date_after(" on ", *on))]
    Expired {
        /// The end of its validity, in seconds since 1970.
        on: Option<u64>,
    },
    #[error("its certificate is not valid{} (or this machine's clock is wrong)", date_after(" before ", *before))]
    NotYetValid {
        /// The start of its validity, in seconds since 1970.
        before: Option<u64>,
    },
    #[error(
        "its certificate comes from an authority that is not trusted here; give that authority's certificate with --cafile FILE (--insecure skips the check, for a test)"
    )]
    UnknownAuthority,
    #[error(
        "its certificate is self-signed and not trusted here; if it is the right one, give it with --cafile FILE (--insecure skips the check, for a test)"
    )]
    SelfSigned,
    #[error("its certificate is not acceptable: {what} (--insecure skips the check, for a test)")]
    Certificate { what: String },
    #[error("it wants a client certificate; give one with --cert FILE and --key FILE")]
    ClientCertificateWanted,
    #[error("it refused the client certificate, or the lack of one ({alert}); see --cert and --key")]
    ClientCertificateRefused { alert: String },
    #[error("the handshake failed: {what}; TLS 1.2 or 1.3 is needed")]
    Handshake { what: String },
    #[error("what it sends is not TLS")]
    NotTls,
}

impl TlsProblem {
    /// Whether one side rejected the identity of the other, so that another attempt cannot succeed.
    pub(crate) fn is_identity(&self) -> bool {
        !matches!(self, Self::Handshake { .. } | Self::NotTls)
    }

    /// The problem in an error of a TLS stream. It may come after the handshake: with TLS 1.3, a broker
    /// rejects the client certificate only on the first read.
    pub(crate) fn from_io(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref::<Error>().map(Self::from)
    }
}

impl From<&Error> for TlsProblem {
    fn from(error: &Error) -> Self {
        match error {
            Error::InvalidCertificate(error) => Self::from(error),
            Error::InvalidMessage(InvalidMessage::InvalidContentType) => Self::NotTls,
            Error::UnsupportedNameType => Self::NoName,
            Error::NoCertificatesPresented => Self::Certificate { what: "there is none".to_owned() },
            Error::AlertReceived(alert) => Self::from(*alert),
            other => Self::Handshake { what: other.to_string() },
        }
    }
}

impl From<&CertificateError> for TlsProblem {
    fn from(error: &CertificateError) -> Self {
        use CertificateError as E;
        match error {
            E::NotValidForName => Self::WrongHost { presented: Vec::new() },
            E::NotValidForNameContext { presented, .. } => {
                Self::WrongHost { presented: presented.iter().map(|name| plain_name(name)).collect() }
            }
            E::Expired => Self::Expired { on: None },
            E::ExpiredContext { not_after, .. } => Self::Expired { on: Some(not_after.as_secs()) },
            E::NotValidYet => Self::NotYetValid { before: None },
            E::NotValidYetContext { not_before, .. } => {
                Self::NotYetValid { before: Some(not_before.as_secs()) }
            }
            E::UnknownIssuer => Self::UnknownAuthority,
            other if is_authority_itself(other) => Self::SelfSigned,
            other => Self::Certificate { what: other.to_string() },
        }
    }
}

impl From<AlertDescription> for TlsProblem {
    fn from(alert: AlertDescription) -> Self {
        use AlertDescription as A;
        match alert {
            A::CertificateRequired => Self::ClientCertificateWanted,
            A::BadCertificate
            | A::UnsupportedCertificate
            | A::CertificateRevoked
            | A::CertificateExpired
            | A::CertificateUnknown
            | A::UnknownCA
            | A::AccessDenied
            | A::NoCertificate => Self::ClientCertificateRefused { alert: format!("{alert:?}") },
            other => Self::Handshake { what: format!("it sent the alert {other:?}") },
        }
    }
}

/// Whether a certificate was refused only because it is marked as an authority's. The library checks the
/// dates before this mark, so they are known to be valid.
pub(super) fn is_authority_itself(error: &CertificateError) -> bool {
    // The library exposes only the name of this error, not its type.
    matches!(error, CertificateError::Other(_)) && error.to_string().contains("CaUsedAsEndEntity")
}

/// Takes the name out of `DnsName("a.example")` or `IpAddress(127.0.0.1)`, as the library writes it.
fn plain_name(name: &str) -> String {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
    // The broker chose the name: its control characters must not reach a terminal.
    inner.trim_matches('"').escape_debug().to_string()
}

fn list(names: &[String]) -> String {
    match names {
        [] => "no name at all".to_owned(),
        names if names.len() > 5 => {
            format!("{} and {} more", names[..5].join(", "), names.len() - 5)
        }
        names => names.join(", "),
    }
}

fn date_after(words: &'static str, seconds: Option<u64>) -> impl fmt::Display {
    let date = seconds
        .and_then(|seconds| i64::try_from(seconds).ok())
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    date.map(|date| format!("{words}{}", date.strftime("%Y-%m-%d %H:%M UTC"))).unwrap_or_default()
}
