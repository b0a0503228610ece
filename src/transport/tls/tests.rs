#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};
use tempfile::NamedTempFile;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::transport::{DialErrorKind, Dialed, Scheme, dial};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate and its key, as a server or a client holds them.
struct TestIdentity {
    chain: Vec<CertificateDer<'static>>,
    pem: String,
    key: KeyPair,
}

impl TestIdentity {
    fn new(names: &[&str], by: Option<&Authority>, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = match by {
            Some(by) => params.signed_by(&key, by).unwrap(),
            None => params.self_signed(&key).unwrap(),
        };
        Self { chain: vec![certificate.der().clone()], pem: certificate.pem(), key }
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()))
    }
}

fn plain_config(held: &TestIdentity) -> ServerConfig {
    ServerConfig::builder().with_no_client_auth().with_single_cert(held.chain.clone(), held.key()).unwrap()
}

/// Serves one connection: four bytes come, are sent back, and the connection ends without TLS's
/// farewell. Gives whether the client showed a certificate.
async fn serve(config: ServerConfig) -> (Endpoint, JoinHandle<io::Result<bool>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(async move {
        let (tcp, _) = listener.accept().await?;
        let mut stream = TlsAcceptor::from(Arc::new(config)).accept(tcp).await?;
        let mut four = [0; 4];
        stream.read_exact(&mut four).await?;
        stream.write_all(&four).await?;
        stream.flush().await?;
        Ok(stream.get_ref().1.peer_certificates().is_some())
    });
    (Endpoint::new(Scheme::Stomps, "127.0.0.1", Some(port)), served)
}

fn file(text: &str) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

fn trusting(file: &NamedTempFile) -> DialOptions {
    DialOptions { cafile: Some(file.path().to_owned()), ..DialOptions::default() }
}

async fn echoes(dialed: &mut Dialed) -> io::Result<()> {
    dialed.stream.write_all(b"ping").await?;
    dialed.stream.flush().await?;
    let mut all = Vec::new();
    dialed.stream.read_to_end(&mut all).await?;
    assert_eq!(all, b"ping");
    Ok(())
}

async fn problem(held: &TestIdentity, options: &DialOptions) -> TlsProblem {
    let (endpoint, _served) = serve(plain_config(held)).await;
    match dial(&endpoint, options).await.map(|dialed| dialed.tls) {
        Err(error @ DialError::Tls { .. }) => {
            assert_eq!(error.kind(), DialErrorKind::NotTrusted, "{error}");
            assert!(!error.may_retry());
            let DialError::Tls { problem, .. } = error else { unreachable!() };
            problem
        }
        other => panic!("not a problem of TLS: {other:?}"),
    }
}

#[tokio::test]
async fn a_certificate_of_the_given_authority_is_trusted_and_a_hang_up_is_the_end() {
    let authority = authority("Ours");
    let held = TestIdentity::new(&["127.0.0.1"], Some(&authority), |_| {});
    let (endpoint, served) = serve(plain_config(&held)).await;
    let mut dialed = dial(&endpoint, &trusting(&file(&authority.pem()))).await.unwrap();
    assert_eq!(
        dialed.tls.as_ref().unwrap(),
        &TlsSummary {
            version: "TLS 1.3".to_owned(),
            cipher: "TLS13_AES_256_GCM_SHA384".to_owned(),
            peer_name: "127.0.0.1".to_owned(),
            verified: true,
        }
    );
    assert_eq!(dialed.peer.port(), endpoint.port);
    echoes(&mut dialed).await.unwrap();
    assert!(!served.await.unwrap().unwrap(), "no certificate was asked for");
}

#[tokio::test]
async fn the_name_of_the_url_is_sent_and_matched() {
    let authority = authority("Ours");
    let held = TestIdentity::new(&["localhost"], Some(&authority), |_| {});
    let (endpoint, _served) = serve(plain_config(&held)).await;
    let by_name = Endpoint { host: "localhost".to_owned(), ..endpoint };
    let dialed = dial(&by_name, &trusting(&file(&authority.pem()))).await.unwrap();
    assert_eq!(dialed.tls.unwrap().peer_name, "localhost");
}

#[tokio::test]
async fn a_certificate_for_another_host_names_those_it_is_for() {
    let authority = authority("Ours");
    let held = TestIdentity::new(&["broker.example", "127.0.0.2"], Some(&authority), |_| {});
    let problem = problem(&held, &trusting(&file(&authority.pem()))).await;
    assert_eq!(
        problem,
        TlsProblem::WrongHost { presented: vec!["broker.example".to_owned(), "127.0.0.2".to_owned()] }
    );
    assert!(
        problem.to_string().starts_with("its certificate is for broker.example, 127.0.0.2, not for the host")
    );
}

#[tokio::test]
async fn an_expired_certificate_tells_its_date() {
    let authority = authority("Ours");
    let held = TestIdentity::new(&["127.0.0.1"], Some(&authority), |params| {
        params.not_after = date_time_ymd(2001, 2, 3);
    });
    let problem = problem(&held, &trusting(&file(&authority.pem()))).await;
    assert!(
        problem.to_string().starts_with("its certificate expired on 2001-02-03 00:00 UTC; "),
        "{problem}"
    );
}

#[tokio::test]
async fn a_certificate_of_the_future_is_not_valid_yet() {
    let authority = authority("Ours");
    let held = TestIdentity::new(&["127.0.0.1"], Some(&authority), |params| {
        params.not_before = date_time_ymd(3000, 1, 1);
    });
    let problem = problem(&held, &trusting(&file(&authority.pem()))).await;
    assert!(problem.to_string().starts_with("its certificate is not valid before 3000-01-01"), "{problem}");
}

#[tokio::test]
async fn an_unknown_authority_is_answered_with_cafile() {
    let (ours, theirs) = (authority("Ours"), authority("Theirs"));
    let held = TestIdentity::new(&["127.0.0.1"], Some(&theirs), |_| {});
    let problem = problem(&held, &trusting(&file(&ours.pem()))).await;
    assert_eq!(problem, TlsProblem::UnknownAuthority);
    assert!(problem.to_string().contains("--cafile"), "{problem}");
}

/// What `openssl req -x509` makes: self-signed, and marked as an authority's.
fn self_signed(change: impl FnOnce(&mut CertificateParams)) -> TestIdentity {
    TestIdentity::new(&["127.0.0.1"], None, |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        change(params);
    })
}

#[tokio::test]
async fn a_self_signed_certificate_is_trusted_only_where_cafile_holds_it() {
    let held = self_signed(|_| {});
    let ours = authority("Ours");
    assert_eq!(problem(&held, &trusting(&file(&ours.pem()))).await, TlsProblem::SelfSigned);
    // Another one with the same names in the file does not help.
    let other = self_signed(|_| {});
    assert_eq!(problem(&held, &trusting(&file(&other.pem))).await, TlsProblem::SelfSigned);

    let (endpoint, _served) = serve(plain_config(&held)).await;
    let mut dialed = dial(&endpoint, &trusting(&file(&held.pem))).await.unwrap();
    assert!(dialed.tls.as_ref().unwrap().verified);
    echoes(&mut dialed).await.unwrap();
}

#[tokio::test]
async fn a_self_signed_certificate_in_cafile_is_still_checked_for_host_and_dates() {
    let old = self_signed(|params| params.not_after = date_time_ymd(2001, 2, 3));
    assert!(matches!(problem(&old, &trusting(&file(&old.pem))).await, TlsProblem::Expired { .. }));
    let elsewhere = self_signed(|params| {
        params.subject_alt_names =
            CertificateParams::new(["a.example".to_owned()]).unwrap().subject_alt_names;
    });
    assert_eq!(
        problem(&elsewhere, &trusting(&file(&elsewhere.pem))).await,
        TlsProblem::WrongHost { presented: vec!["a.example".to_owned()] }
    );
}

#[tokio::test]
async fn insecure_accepts_any_certificate_and_says_that_it_was_not_verified() {
    let held = TestIdentity::new(&["a.example"], None, |params| {
        params.not_after = date_time_ymd(2001, 2, 3);
    });
    let (endpoint, _served) = serve(plain_config(&held)).await;
    let options = DialOptions { insecure: true, ..DialOptions::default() };
    let mut dialed = dial(&endpoint, &options).await.unwrap();
    assert!(!dialed.tls.as_ref().unwrap().verified);
    echoes(&mut dialed).await.unwrap();
}

/// A port that reads what comes first, answers with `reply`, and hangs up.
async fn answering(reply: &'static [u8]) -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await?;
        let mut some = [0; 4096];
        let _ = tcp.read(&mut some).await?;
        tcp.write_all(reply).await
    });
    Endpoint::new(Scheme::Stomps, "127.0.0.1", Some(port))
}

#[tokio::test]
async fn tls_into_a_plain_port_says_so_and_does_not_fall_back() {
    let options = DialOptions { insecure: true, ..DialOptions::default() };
    for reply in [&b""[..], b"ERROR\nmessage:what?\n\n\0", b"HTTP/1.1 400 Bad Request\r\n\r\n"] {
        let error = dial(&answering(reply).await, &options).await.map(|_| ()).unwrap_err();
        assert!(matches!(error, DialError::PeerSpeaksPlain { .. }), "{error:?}");
        assert_eq!(error.kind(), DialErrorKind::CannotReach);
        assert!(error.to_string().contains("stomp://"), "{error}");
    }
}

#[tokio::test]
async fn a_handshake_that_fails_for_want_of_a_cipher_is_no_matter_of_identity() {
    let options = DialOptions { insecure: true, ..DialOptions::default() };
    let alert = &[0x15, 3, 3, 0, 2, 2, 40];
    let error = dial(&answering(alert).await, &options).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, DialError::Tls { problem: TlsProblem::Handshake { .. }, .. }), "{error:?}");
    assert_eq!(error.kind(), DialErrorKind::CannotReach);
    assert!(error.to_string().contains("HandshakeFailure"), "{error}");
}

fn wanting_certificates(
    held: &TestIdentity,
    of: &Authority,
    version: &'static rustls::SupportedProtocolVersion,
) -> ServerConfig {
    let mut roots = RootCertStore::empty();
    roots.add(of.der().clone()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().unwrap();
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(held.chain.clone(), held.key())
        .unwrap()
}

#[tokio::test]
async fn a_broker_that_wants_a_certificate_gets_it_from_one_file_or_two() {
    let authority = authority("Ours");
    let held = TestIdentity::new(&["127.0.0.1"], Some(&authority), |_| {});
    let client = TestIdentity::new(&["client.example"], Some(&authority), |_| {});
    let ca = file(&authority.pem());
    let (cert, key) = (file(&client.pem), file(&client.key.serialize_pem()));
    let both = file(&format!("{}{}", client.pem, client.key.serialize_pem()));
    for version in [&TLS12, &TLS13] {
        for (cert, key) in [(&cert, Some(&key)), (&both, None)] {
            let options = DialOptions {
                cert: Some(cert.path().to_owned()),
                key: key.map(|key| key.path().to_owned()),
                ..trusting(&ca)
            };
            let (endpoint, served) = serve(wanting_certificates(&held, &authority, version)).await;
            let mut dialed = dial(&endpoint, &options).await.unwrap();
            echoes(&mut dialed).await.unwrap();
            assert!(served.await.unwrap().unwrap(), "the broker saw the certificate");
        }
    }
}

#[tokio::test]
async fn a_missing_client_certificate_is_named_in_the_handshake_or_on_the_first_read() {
    let authority = authority("Ours");
    let held = TestIdentity::new(&["127.0.0.1"], Some(&authority), |_| {});
    let ca = file(&authority.pem());
    for version in [&TLS12, &TLS13] {
        let (endpoint, _served) = serve(wanting_certificates(&held, &authority, version)).await;
        let error = match dial(&endpoint, &trusting(&ca)).await {
            Err(error) => error,
            Ok(mut dialed) => {
                let read = dialed.stream.read_u8().await.unwrap_err();
                DialError::from_stream(&endpoint, "reading", read)
            }
        };
        assert_eq!(error.kind(), DialErrorKind::NotTrusted, "{version:?}: {error:?}");
        assert!(error.to_string().contains("--cert"), "{version:?}: {error}");
    }
}

#[tokio::test]
async fn a_client_certificate_of_a_strange_authority_is_refused_as_an_identity() {
    let (ours, theirs) = (authority("Ours"), authority("Theirs"));
    let held = TestIdentity::new(&["127.0.0.1"], Some(&ours), |_| {});
    let client = TestIdentity::new(&["client.example"], Some(&theirs), |_| {});
    let both = file(&format!("{}{}", client.pem, client.key.serialize_pem()));
    let ca = file(&ours.pem());
    let options = DialOptions { cert: Some(both.path().to_owned()), ..trusting(&ca) };
    let (endpoint, _served) = serve(wanting_certificates(&held, &ours, &TLS13)).await;
    let mut dialed = dial(&endpoint, &options).await.unwrap();
    let error = DialError::from_stream(&endpoint, "reading", dialed.stream.read_u8().await.unwrap_err());
    assert!(
        matches!(error, DialError::Tls { problem: TlsProblem::ClientCertificateRefused { .. }, .. }),
        "{error:?}"
    );
    assert_eq!(error.kind(), DialErrorKind::NotTrusted);
}

#[tokio::test]
async fn a_key_of_another_certificate_is_a_fault_of_the_file() {
    let authority = authority("Ours");
    let held = TestIdentity::new(&["127.0.0.1"], Some(&authority), |_| {});
    let (one, other) = (TestIdentity::new(&["a"], None, |_| {}), TestIdentity::new(&["b"], None, |_| {}));
    let (ca, cert, key) = (file(&authority.pem()), file(&one.pem), file(&other.key.serialize_pem()));
    let options =
        DialOptions { cert: Some(cert.path().to_owned()), key: Some(key.path().to_owned()), ..trusting(&ca) };
    let (endpoint, _served) = serve(plain_config(&held)).await;
    let error = dial(&endpoint, &options).await.map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), DialErrorKind::Local, "{error:?}");
    assert!(error.to_string().starts_with("--key "), "{error}");
}

#[tokio::test]
async fn giving_up_on_a_silent_peer_closes_the_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = Endpoint::new(Scheme::Stomps, "127.0.0.1", Some(listener.local_addr().unwrap().port()));
    let options = DialOptions { insecure: true, ..DialOptions::default() };
    let mut peer = tokio::select! {
        dialed = dial(&endpoint, &options) => panic!("{:?}", dialed.map(|dialed| dialed.tls)),
        greeted = async {
            let (mut tcp, _) = listener.accept().await.unwrap();
            assert_eq!(tcp.read_u8().await.unwrap(), 0x16, "a handshake record");
            tcp
        } => greeted,
    };
    let mut rest = Vec::new();
    peer.read_to_end(&mut rest).await.unwrap();
}
