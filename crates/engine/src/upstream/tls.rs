//! TLS towards endpoints.

use std::sync::Arc;

use haleway_blueprint::{Protocol, TlsClient, Transport};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_rustls::TlsConnector;

use crate::tls::{certificate_chain, certificates, private_key, provider, versions};

/// The connector of a transport.
pub(crate) type ClientTls = TlsConnector;

/// Makes the connector of a transport.
///
/// # Errors
/// A certificate, key or authority cannot be used; the text names its file.
pub(crate) fn client(transport: &Transport) -> Result<ClientTls, String> {
    let settings = &transport.tls;
    let provider = provider(&settings.cipher_suites, &settings.curves)?;
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions(settings.version_min, settings.version_max)?)
        .map_err(|error| error.to_string())?;
    let builder = if settings.insecure {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(TrustAll(provider)))
    } else {
        builder.with_root_certificates(authorities(settings)?)
    };
    let mut config = match settings.certificates.first() {
        Some(files) => builder
            .with_client_auth_cert(
                certificate_chain(&files.certificate)?,
                private_key(&files.key)?,
            )
            .map_err(|error| format!("{}: {error}", files.certificate.file))?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = match transport.protocol {
        Protocol::Negotiate => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        Protocol::Http1 => vec![b"http/1.1".to_vec()],
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

fn authorities(settings: &TlsClient) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    if settings.system_authorities {
        // Authorities that cannot be read are left out: a certificate that needs them is refused.
        store.add_parsable_certificates(system_authorities().iter().cloned());
    }
    for pem in &settings.authorities {
        for certificate in certificates(pem)? {
            store
                .add(certificate)
                .map_err(|error| format!("{}: {error}", pem.file))?;
        }
    }
    Ok(store)
}

/// The system's authorities, read once.
pub(crate) fn system_authorities() -> &'static [CertificateDer<'static>] {
    static READ: std::sync::OnceLock<Vec<CertificateDer<'static>>> = std::sync::OnceLock::new();
    READ.get_or_init(|| rustls_native_certs::load_native_certs().certs)
}

/// Accepts any certificate: what `insecure` asks for. Signatures of the handshake are still
/// checked, so that the peer holds the key of what it shows.
#[derive(Debug)]
struct TrustAll(Arc<rustls::crypto::CryptoProvider>);

impl ServerCertVerifier for TrustAll {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
