//! Certificates and keys from PEM files, and what can be wrong with those files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
};

use super::DialOptions;

#[derive(Debug, thiserror::Error)]
pub enum CertificateFileError {
    #[error("{option} {}: {error}", path.display())]
    Unreadable { option: &'static str, path: PathBuf, error: io::Error },
    #[error("{option} {}: not a PEM file: {what}", path.display())]
    NotPem { option: &'static str, path: PathBuf, what: String },
    #[error("{option} {}: no certificate in it; PEM is wanted (BEGIN CERTIFICATE)", path.display())]
    NoCertificate { option: &'static str, path: PathBuf },
    #[error("{option} {}: no private key in it; PEM in PKCS#8, PKCS#1 or SEC1 is wanted, without a passphrase{}", path.display(), key_hint(option, *encrypted))]
    NoKey {
        option: &'static str,
        path: PathBuf,
        /// Whether the file holds a key that is protected by a passphrase.
        encrypted: bool,
    },
    #[error("{option} {}: cannot be used: {what}", path.display())]
    Unusable { option: &'static str, path: PathBuf, what: String },
    #[error("--key needs --cert, the certificate that belongs to the key")]
    KeyAlone,
    #[error("this machine has no list of trusted authorities{}; give the broker's authority with --cafile FILE", what.as_ref().map(|what| format!(" ({what})")).unwrap_or_default())]
    NoAuthorities { what: Option<String> },
}

fn key_hint(option: &str, encrypted: bool) -> &'static str {
    match (encrypted, option) {
        (true, _) => " (`openssl pkey -in OLD -out NEW` takes it off)",
        (false, "--cert") => " (--key names another file)",
        (false, _) => "",
    }
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// The certificates that sign a trusted chain, from the platform and `--cafile`, and those of `--cafile`
/// alone.
pub(super) fn authorities(
    options: &DialOptions,
) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), CertificateFileError> {
    let mut roots = RootCertStore::empty();
    let mut from_cafile = Vec::new();
    if let Some(path) = &options.cafile {
        from_cafile = certificates("--cafile", path)?;
        for certificate in &from_cafile {
            roots.add(certificate.clone()).map_err(|error| CertificateFileError::Unusable {
                option: "--cafile",
                path: path.clone(),
                what: error.to_string(),
            })?;
        }
    }
    let platform = rustls_native_certs::load_native_certs();
    // Platforms keep a few certificates that no library parses; what can be used is used.
    roots.add_parsable_certificates(platform.certs);
    if roots.is_empty() {
        let what = platform.errors.first().map(ToString::to_string);
        return Err(CertificateFileError::NoAuthorities { what });
    }
    Ok((roots, from_cafile))
}

/// The client's certificate chain and key, or `None` without `--cert` and `--key`.
pub(super) fn identity(options: &DialOptions) -> Result<Option<Identity>, CertificateFileError> {
    let (cert, key, option) = match (&options.cert, &options.key) {
        (None, None) => return Ok(None),
        (None, Some(_)) => return Err(CertificateFileError::KeyAlone),
        (Some(cert), None) => (cert, cert, "--cert"),
        (Some(cert), Some(key)) => (cert, key, "--key"),
    };
    Ok(Some((certificates("--cert", cert)?, private_key(option, key)?)))
}

fn certificates(
    option: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, CertificateFileError> {
    let text = read(option, path)?;
    let certificates = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| not_pem(option, path, &error))?;
    if certificates.is_empty() {
        return Err(CertificateFileError::NoCertificate { option, path: path.to_owned() });
    }
    Ok(certificates)
}

fn private_key(option: &'static str, path: &Path) -> Result<PrivateKeyDer<'static>, CertificateFileError> {
    let text = read(option, path)?;
    match PrivateKeyDer::from_pem_slice(&text) {
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) => {
            let encrypted = memchr::memmem::find(&text, b"BEGIN ENCRYPTED PRIVATE KEY").is_some();
            Err(CertificateFileError::NoKey { option, path: path.to_owned(), encrypted })
        }
        Err(error) => Err(not_pem(option, path, &error)),
    }
}

fn read(option: &'static str, path: &Path) -> Result<Vec<u8>, CertificateFileError> {
    fs::read(path).map_err(|error| CertificateFileError::Unreadable { option, path: path.to_owned(), error })
}

fn not_pem(option: &'static str, path: &Path, error: &pem::Error) -> CertificateFileError {
    CertificateFileError::NotPem { option, path: path.to_owned(), what: error.to_string() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use tempfile::NamedTempFile;

    use super::*;

    fn file(text: &str) -> (NamedTempFile, PathBuf) {
        let file = NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        let path = file.path().to_owned();
        (file, path)
    }

    fn section(label: &str) -> String {
        format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n")
    }

    #[test]
    fn keys_are_read_in_each_of_the_three_forms() {
        for (label, form) in
            [("PRIVATE KEY", "Pkcs8"), ("RSA PRIVATE KEY", "Pkcs1"), ("EC PRIVATE KEY", "Sec1")]
        {
            let (_kept, path) = file(&format!("{}{}", section("EC PARAMETERS"), section(label)));
            let read = match private_key("--key", &path).unwrap() {
                PrivateKeyDer::Pkcs8(_) => "Pkcs8",
                PrivateKeyDer::Pkcs1(_) => "Pkcs1",
                PrivateKeyDer::Sec1(_) => "Sec1",
                _ => "another",
            };
            assert_eq!(read, form);
        }
    }

    #[test]
    fn a_key_behind_a_passphrase_is_told_from_no_key() {
        let (_kept, path) = file(&section("ENCRYPTED PRIVATE KEY"));
        let said = private_key("--key", &path).unwrap_err().to_string();
        assert!(said.ends_with("(`openssl pkey -in OLD -out NEW` takes it off)"), "{said}");
        let (_kept, path) = file(&section("CERTIFICATE"));
        let said = private_key("--cert", &path).unwrap_err().to_string();
        assert!(said.ends_with("(--key names another file)"), "{said}");
    }

    #[test]
    fn a_file_that_is_missing_empty_or_broken_is_named_with_its_option() {
        let missing = PathBuf::from("/nonexistent/ca.pem");
        let options = DialOptions { cafile: Some(missing), ..DialOptions::default() };
        let said = authorities(&options).unwrap_err().to_string();
        assert!(said.starts_with("--cafile /nonexistent/ca.pem: "), "{said}");

        let (_kept, path) = file("not a certificate\n");
        let options = DialOptions { cafile: Some(path.clone()), ..DialOptions::default() };
        let said = authorities(&options).unwrap_err().to_string();
        assert_eq!(
            said,
            format!("--cafile {}: no certificate in it; PEM is wanted (BEGIN CERTIFICATE)", path.display())
        );

        let (_kept, path) = file("-----BEGIN CERTIFICATE-----\nAAAA\n");
        let options = DialOptions { cert: Some(path), ..DialOptions::default() };
        assert!(matches!(identity(&options), Err(CertificateFileError::NotPem { option: "--cert", .. })));

        let (_kept, path) = file(&section("CERTIFICATE"));
        let options = DialOptions { cafile: Some(path), ..DialOptions::default() };
        assert!(matches!(authorities(&options), Err(CertificateFileError::Unusable { .. })));
    }

    #[test]
    fn a_key_without_a_certificate_is_refused() {
        let options = DialOptions { key: Some("key.pem".into()), ..DialOptions::default() };
        assert!(matches!(identity(&options), Err(CertificateFileError::KeyAlone)));
        assert!(identity(&DialOptions::default()).unwrap().is_none());
    }
}
