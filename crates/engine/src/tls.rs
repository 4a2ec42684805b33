//! What both sides of TLS share: providers, versions, and PEM files.

use std::sync::Arc;

use haleway_blueprint::{Pem, TlsTermination, TlsVersion};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, SupportedProtocolVersion};

use crate::listener::acceptor;

/// TLS as a listener of the engine ends it, for listeners that are not the engine's.
///
/// # Errors
/// A certificate, key or authority cannot be used; the text names its file.
pub fn server_tls(settings: &TlsTermination) -> Result<Arc<ServerConfig>, String> {
    Ok(acceptor(settings)?.config().clone())
}

/// The cryptography, narrowed to the suites and groups that the settings allow. Names and ids that
/// this build does not know (old and unsafe ones) are left out.
///
/// # Errors
/// Nothing would be left.
pub(crate) fn provider(suites: &[String], curves: &[u16]) -> Result<Arc<CryptoProvider>, String> {
    let mut provider = aws_lc_rs::default_provider();
    if !suites.is_empty() {
        provider.cipher_suites.retain(|suite| {
            let name = format!("{:?}", suite.suite());
            // TLS 1.3 suites are not configurable in Go's crypto/tls, nor here.
            name.starts_with("TLS13_") || suites.contains(&name)
        });
    }
    if !curves.is_empty() {
        provider
            .kx_groups
            .retain(|group| curves.contains(&u16::from(group.name())));
        if provider.kx_groups.is_empty() {
            return Err(format!("none of the curves {curves:?} is supported"));
        }
    }
    Ok(Arc::new(provider))
}

/// The protocol versions between two, both included.
///
/// # Errors
/// There is none.
pub(crate) fn versions(
    min: TlsVersion,
    max: TlsVersion,
) -> Result<&'static [&'static SupportedProtocolVersion], String> {
    static BOTH: [&SupportedProtocolVersion; 2] =
        [&rustls::version::TLS13, &rustls::version::TLS12];
    match (min, max) {
        (TlsVersion::Tls12, TlsVersion::Tls12) => Ok(&BOTH[1..]),
        (TlsVersion::Tls12, TlsVersion::Tls13) => Ok(&BOTH),
        (TlsVersion::Tls13, TlsVersion::Tls13) => Ok(&BOTH[..1]),
        (TlsVersion::Tls13, TlsVersion::Tls12) => {
            Err("the newest TLS version allowed is older than the oldest one".to_owned())
        }
    }
}

/// All certificates of a file.
///
/// # Errors
/// It is not PEM.
pub(crate) fn certificates(pem: &Pem) -> Result<Vec<CertificateDer<'static>>, String> {
    CertificateDer::pem_slice_iter(&pem.bytes)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("{} is no PEM file of certificates: {error}", pem.file))
}

/// The certificate chain of a file.
///
/// # Errors
/// It is not PEM, or holds no certificate.
pub(crate) fn certificate_chain(pem: &Pem) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain = certificates(pem)?;
    if chain.is_empty() {
        return Err(format!("{} holds no certificate", pem.file));
    }
    Ok(chain)
}

/// The private key of a file.
///
/// # Errors
/// It is not PEM, or holds no key.
pub(crate) fn private_key(pem: &Pem) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(&pem.bytes)
        .map_err(|error| format!("{} holds no private key: {error}", pem.file))
}
