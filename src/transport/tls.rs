//! TLS on a TCP connection, verified unless `--insecure` is given.

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
    crypto::{
        CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client};

use super::{
    ByteStream, CertificateFileError, DialError, DialOptions, Endpoint, certificates,
    tls_problem::{TlsProblem, is_authority_itself},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsSummary {
    /// `TLS 1.3` or `TLS 1.2`.
    pub version: String,
    pub cipher: String,
    /// The name that the certificate was checked against, also sent to the broker (SNI) unless it is an IP
    /// address.
    pub peer_name: String,
    /// False with `--insecure`.
    pub verified: bool,
}

/// Completes the TLS handshake. Nothing that TLS needs is loaded before this is called.
pub(super) async fn connect(
    tcp: TcpStream,
    endpoint: &Endpoint,
    options: &DialOptions,
) -> Result<(TlsStream, TlsSummary), DialError> {
    let authority = || endpoint.authority();
    // The zone of a link-local address has no meaning for the broker.
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
        // A STOMP port that reads a ClientHello finds no frame in it and closes the connection.
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
    let chain = if options.insecure { None } else { Some(chain_verifier(options, &provider)?) };
    let verifier = Arc::new(Verifier { chain, algorithms: provider.signature_verification_algorithms });
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

fn chain_verifier(
    options: &DialOptions,
    provider: &Arc<CryptoProvider>,
) -> Result<ChainVerifier, CertificateFileError> {
    let (roots, from_cafile) = certificates::authorities(options)?;
    let library = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|error| CertificateFileError::NoAuthorities { what: Some(error.to_string()) })?;
    Ok(ChainVerifier { library, from_cafile })
}

/// Verifies certificates as the library does, with one exception that the library always refuses: a
/// self-signed certificate that is marked as an authority's (as `openssl req -x509` makes) and is byte
/// for byte in `--cafile`. Its dates and names are checked all the same.
#[derive(Debug)]
struct ChainVerifier {
    library: Arc<WebPkiServerVerifier>,
    from_cafile: Vec<CertificateDer<'static>>,
}

#[derive(Debug)]
struct Verifier {
    /// `None` with `--insecure`: any certificate is accepted if the peer holds its key.
    chain: Option<ChainVerifier>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(ChainVerifier { library, from_cafile }) = &self.chain else {
            return Ok(ServerCertVerified::assertion());
        };
        let verdict = library.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match &verdict {
            Err(Error::InvalidCertificate(error @ CertificateError::Other(_)))
                if is_authority_itself(error) && from_cafile.contains(end_entity) =>
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
        verify_tls12_signature(message, cert, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// A TLS connection that treats a closed socket as its end: brokers close without TLS's close_notify. A
/// truncated frame has no NUL, so the decoder still notices it.
pub(super) struct TlsStream(client::TlsStream<TcpStream>);

impl ByteStream for TlsStream {}

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
