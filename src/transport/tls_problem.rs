//! What TLS can find wrong with a broker or a broker with us, and the option that helps.

use std::{fmt, io};

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

/// Why TLS was not, or is no longer, spoken with a broker.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the message of each variant explains its fields
pub enum TlsProblem {
    /// The certificate is for other names than the host of the URL.
    #[error(
        "its certificate is for {}, not for the host of the URL; use a name that it holds (--insecure skips the check, for a test)",
        list(presented)
    )]
    WrongHost { presented: Vec<String> },
    /// The host of the URL is neither a DNS name nor an address, so that no certificate can match it.
    #[error("the host of the URL can stand in no certificate; use a DNS name or an IP address")]
    NoName,
    /// The certificate, or one above it, is too old.
    #[error("its certificate expired{}; the broker needs a new one (--insecure skips the check, for a test)", when(" on ", *on))]
    Expired {
        /// Its last second, counted from 1970.
        on: Option<u64>,
    },
    /// The certificate, or one above it, is too new, or this machine's clock is behind.
    #[error("its certificate is not valid{} (or this machine's clock is wrong)", when(" before ", *before))]
    NotYetValid {
        /// Its first second, counted from 1970.
        before: Option<u64>,
    },
    /// No trusted authority stands behind the certificate.
    #[error(
        "its certificate comes from an authority that is not trusted here; give that authority's certificate with --cafile FILE (--insecure skips the check, for a test)"
    )]
    UnknownAuthority,
    /// The certificate is an authority's own, and `--cafile` does not hold it.
    #[error(
        "its certificate is self-signed and not trusted here; if it is the right one, give it with --cafile FILE (--insecure skips the check, for a test)"
    )]
    SelfSigned,
    /// Anything else that is wrong with the certificate.
    #[error("its certificate is not acceptable: {what} (--insecure skips the check, for a test)")]
    Certificate { what: String },
    /// The broker wants to see a certificate and saw none.
    #[error("it wants a client certificate; give one with --cert FILE and --key FILE")]
    ClientCertificateWanted,
    /// The broker does not accept our certificate, or wants one.
    #[error("it refused the client certificate, or the lack of one ({alert}); see --cert and --key")]
    ClientCertificateRefused { alert: String },
    /// The two have no version, cipher suite or the like in common, or one broke the protocol.
    #[error("the handshake failed: {what}; TLS 1.2 or 1.3 is needed")]
    Handshake { what: String },
    /// The peer does not speak TLS.
    #[error("what it sends is not TLS")]
    NotTls,
}

impl TlsProblem {
    /// Whether the identity of one side was not accepted, which no other try can mend.
    pub fn is_identity(&self) -> bool {
        !matches!(self, Self::Handshake { .. } | Self::NotTls)
    }

    /// The problem inside an error of a TLS stream, also of one that was good for a while: in TLS 1.3
    /// a broker's refusal of our certificate comes only with the first read.
    pub fn from_io(error: &io::Error) -> Option<Self> {
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

/// Whether a certificate was refused only because it is marked as an authority's. The library checks
/// the dates before this mark, so they are known to be good.
pub(super) fn is_authority_itself(error: &CertificateError) -> bool {
    // The library hands out the name of this error alone, not its type.
    matches!(error, CertificateError::Other(_)) && error.to_string().contains("CaUsedAsEndEntity")
}

/// The library gives names as `DnsName("a.example")` and `IpAddress(127.0.0.1)`.
fn plain_name(name: &str) -> String {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
    // A broker chose it: nothing of it may steer a terminal.
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

fn when(before: &'static str, seconds: Option<u64>) -> impl fmt::Display {
    let date = seconds
        .and_then(|seconds| i64::try_from(seconds).ok())
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    date.map(|date| format!("{before}{}", date.strftime("%Y-%m-%d %H:%M UTC"))).unwrap_or_default()
}
