//! TLS that ends at a listener.

use std::sync::Arc;

use haleway_blueprint::TlsTermination;
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use crate::tls::{certificate_chain, certificates, private_key, provider, versions};
use crate::upstream::system_authorities;

/// Makes the acceptor of a listener.
///
/// # Errors
/// A certificate, key or authority cannot be used; the text names its file.
pub(crate) fn acceptor(settings: &TlsTermination) -> Result<TlsAcceptor, String> {
    let provider = provider(&settings.cipher_suites, &settings.curves)?;
    let mut keys = Vec::new();
    for files in &settings.certificates {
        let chain = certificate_chain(&files.certificate)?;
        let key = private_key(&files.key)?;
        let certified = CertifiedKey::from_der(chain, key, &provider).map_err(|error| {
            format!(
                "{} and {} do not fit: {error}",
                files.certificate.file, files.key.file
            )
        })?;
        keys.push(Arc::new(certified));
    }
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions(settings.version_min, settings.version_max)?)
        .map_err(|error| error.to_string())?;
    let builder = if settings.client_certificate_required {
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(authorities(settings)?), provider)
                .build()
                .map_err(|error| format!("client certificates cannot be checked: {error}"))?;
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    let mut config = builder.with_cert_resolver(Arc::new(ByName(named(keys)?)));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn authorities(settings: &TlsTermination) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    if settings.system_authorities {
        store.add_parsable_certificates(system_authorities().iter().cloned());
    }
    for pem in &settings.client_authorities {
        for certificate in certificates(pem)? {
            store
                .add(certificate)
                .map_err(|error| format!("{}: {error}", pem.file))?;
        }
    }
    Ok(store)
}

fn named(keys: Vec<Arc<CertifiedKey>>) -> Result<Vec<Arc<CertifiedKey>>, String> {
    if keys.is_empty() {
        Err("there is no certificate".to_owned())
    } else {
        Ok(keys)
    }
}

/// Chooses the first certificate that is good for the name that the client asks for, or the first
/// one, as Go's crypto/tls does.
#[derive(Debug)]
struct ByName(Vec<Arc<CertifiedKey>>);

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let fits = |key: &&Arc<CertifiedKey>| {
            let leaf = key.cert.first()?;
            let certificate = rustls::server::ParsedCertificate::try_from(leaf).ok()?;
            let name = rustls::pki_types::ServerName::try_from(hello.server_name()?).ok()?;
            rustls::client::verify_server_name(&certificate, &name).ok()
        };
        let fitting = self.0.iter().find(|key| fits(key).is_some());
        fitting.or(self.0.first()).cloned()
    }
}
