//! TLS on a TCP connection: always verified, unless the user says otherwise for one run.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client};

use super::{
    CertificateFileError, DialError, DialOptions, Endpoint, certificates,
    tls_problem::{TlsProblem, is_authority_itself},
};

/// What TLS agreed on, for `status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSummary {
    /// `TLS 1.3` or `TLS 1.2`.
    pub version: String,
    /// The cipher suite, by its registered name.
    pub cipher: String,
    /// The name that the certificate was checked against, and that was sent to the broker (SNI) if it
    /// is no address.
    pub peer_name: String,
    /// Whether the certificate was verified; false with `--insecure`.
    pub verified: bool,
}

/// Shakes hands on `tcp`. Nothing that TLS needs is loaded before this is called.
pub(super) async fn connect(
    tcp: TcpStream,
    endpoint: &Endpoint,
    options: &DialOptions,
) -> Result<(TlsStream, TlsSummary), DialError> {
    let authority = || endpoint.authority();
    // The zone of a link-local address is this machine's own affair.
    let host = endpoint.host.split('%').next().unwrap_or_default();
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| DialError::Tls { authority: authority(), problem: TlsProblem::NoName })?;
    let connector = TlsConnector::from(Arc::new(config(endpoint, options)?));
    let stream = connector.connect(name, tcp).await.map_err(|error| failure(endpoint, error))?;
    let (_, session) = stream.get_ref();
    let summary = TlsSummary {
        version: match session.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
            Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
            other => format!("{other:?}"),
        },
        cipher: session
            .negotiated_cipher_suite()
            .map(|suite| format!("{:?}", suite.suite()))
            .unwrap_or_default(),
        peer_name: host.to_owned(),
        verified: !options.insecure,
    };
    Ok((TlsStream(stream), summary))
}

fn failure(endpoint: &Endpoint, error: io::Error) -> DialError {
    let authority = endpoint.authority();
    match TlsProblem::from_io(&error) {
        Some(TlsProblem::NotTls) => DialError::PeerSpeaksPlain { authority, how: "what it sends is not TLS" },
        Some(problem) => DialError::Tls { authority, problem },
        // A STOMP port waits for a frame, does not find one in our greeting, and hangs up.
        None if is_hang_up(&error) => {
            DialError::PeerSpeaksPlain { authority, how: "it closed the connection in the TLS handshake" }
        }
        None => DialError::Io { authority, doing: "the TLS handshake", error },
    }
}

fn is_hang_up(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(error.kind(), K::UnexpectedEof | K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe)
}

fn config(endpoint: &Endpoint, options: &DialOptions) -> Result<ClientConfig, DialError> {
    let provider = Arc::new(ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = if options.insecure {
        Arc::new(Unverified(provider.clone()))
    } else {
        let (roots, own) = certificates::authorities(options)?;
        let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
            .build()
            .map_err(|error| CertificateFileError::NoAuthorities { what: Some(error.to_string()) })?;
        Arc::new(Verified { chain, own })
    };
    let protocol = |error: Error| DialError::Tls {
        authority: endpoint.authority(),
        problem: TlsProblem::Handshake { what: error.to_string() },
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(protocol)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match certificates::identity(options)? {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => {
            builder.with_client_auth_cert(chain, key).map_err(|error| CertificateFileError::Unusable {
                option: if options.key.is_some() { "--key" } else { "--cert" },
                path: options.key.as_ref().or(options.cert.as_ref()).cloned().unwrap_or_default(),
                what: error.to_string(),
            })?
        }
    };
    if endpoint.scheme.is_websocket() {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
    }
    Ok(config)
}

/// The library's verification, and beside it one certificate that it refuses on principle: a
/// self-signed one which is marked as an authority's (what `openssl req -x509` makes) and which the
/// user gave with `--cafile`, to the byte. Its dates and names are checked all the same.
#[derive(Debug)]
struct Verified {
    chain: Arc<WebPkiServerVerifier>,
    own: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verified {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict =
            self.chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match &verdict {
            Err(Error::InvalidCertificate(error @ CertificateError::Other(_)))
                if is_authority_itself(error) && self.own.iter().any(|own| own == end_entity) =>
            {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            _ => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

/// `--insecure`: any certificate will do, as long as the peer holds its key.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// A TLS connection that ends where the peer ends it. Brokers hang up without TLS's own farewell; a
/// frame that is cut short by that has no NUL, so nothing is lost by calling it an end.
pub(super) struct TlsStream(client::TlsStream<TcpStream>);

impl AsyncRead for TlsStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf).map(|read| match read {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(()),
            other => other,
        })
    }
}

impl AsyncWrite for TlsStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
