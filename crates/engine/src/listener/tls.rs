//! TLS that ends at a listener.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use haleway_blueprint::TlsTermination;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{ProtocolVersion, RootCertStore, ServerConfig, ServerConnection};
use tokio_rustls::TlsAcceptor;

use crate::tls::{certificate_chain, certificates, private_key, provider, versions};
use crate::upstream::system_authorities;

/// What a TLS handshake has agreed on.
pub(crate) struct TlsFacts {
    /// The name that was asked for, in lower case; empty where there was none.
    pub(crate) server_name: Box<str>,
    /// `TLSv1.3`.
    pub(crate) version: &'static str,
    /// The suite as OpenSSL names those of TLS 1.3: `TLS_AES_256_GCM_SHA384`.
    pub(crate) cipher: String,
}

impl TlsFacts {
    pub(super) fn of(session: &ServerConnection) -> Self {
        let name = session.server_name().unwrap_or_default();
        let version = match session.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
            _ => "TLSv1.2",
        };
        let suite = session.negotiated_cipher_suite();
        let suite = suite.and_then(|suite| suite.suite().as_str());
        Self {
            server_name: name.trim_end_matches('.').to_ascii_lowercase().into(),
            version,
            cipher: suite.unwrap_or_default().replacen("TLS13_", "TLS_", 1),
        }
    }
}

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
        keys.push(Named {
            names: files.server_names.clone(),
            key: Arc::new(certified),
        });
    }
    let made = settings.self_signed.as_deref();
    let fallback = made.map(|name| self_signed(name, &provider)).transpose()?;
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
    let mut config = builder.with_cert_resolver(Arc::new(by_name(keys, fallback)?));
    let h2 = settings.http2.then(|| b"h2".to_vec());
    config.alpn_protocols = h2.into_iter().chain([b"http/1.1".to_vec()]).collect();
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

/// A certificate and the names that it serves whatever stands in it.
#[derive(Debug)]
struct Named {
    names: Vec<String>,
    key: Arc<CertifiedKey>,
}

/// Chooses the certificate for the name that the client asks for: by the names given to it, else the
/// first one that was made for that name. Where there is none, the fallback serves.
#[derive(Debug)]
struct ByName {
    named: HashMap<String, Arc<CertifiedKey>>,
    open: Vec<Arc<CertifiedKey>>,
    fallback: Arc<CertifiedKey>,
}

/// The first certificate serves where no name matches, as Go's crypto/tls does, unless another one
/// is made for that.
fn by_name(keys: Vec<Named>, made: Option<Arc<CertifiedKey>>) -> Result<ByName, String> {
    let first = keys.first().map(|named| named.key.clone());
    let fallback = made.or(first);
    let fallback = fallback.ok_or_else(|| "there is no certificate".to_owned())?;
    let mut named = HashMap::new();
    let mut open = Vec::new();
    for Named { names, key } in keys {
        if names.is_empty() {
            open.push(key.clone());
        }
        for name in names {
            named.entry(name).or_insert_with(|| key.clone());
        }
    }
    Ok(ByName {
        named,
        open,
        fallback,
    })
}

impl ByName {
    fn find(&self, asked: &str) -> Option<&Arc<CertifiedKey>> {
        let named = patterns(asked).find_map(|pattern| self.named.get(&*pattern));
        named.or_else(|| self.open.iter().find(|key| stands_in(key, asked)))
    }
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asked = hello.server_name().map(str::to_ascii_lowercase);
        let found = asked.as_deref().and_then(|asked| self.find(asked));
        Some(found.unwrap_or(&self.fallback).clone())
    }
}

/// What a name may be written as, the closest first: itself, with its first label left open, with
/// its last one left open, any name (Kong 3: `kong/runloop/certificate.lua`).
fn patterns(name: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let first = name.split_once('.').map(|(_, rest)| format!("*.{rest}"));
    let last = name.rsplit_once('.').map(|(rest, _)| format!("{rest}.*"));
    let wild = [first, last].into_iter().flatten().map(Cow::Owned);
    let exact = std::iter::once(Cow::Borrowed(name));
    exact.chain(wild).chain([Cow::Borrowed("*")])
}

/// Whether a certificate was made for a name.
fn stands_in(key: &CertifiedKey, name: &str) -> bool {
    let fits = || {
        let certificate = rustls::server::ParsedCertificate::try_from(key.cert.first()?).ok()?;
        let name = rustls::pki_types::ServerName::try_from(name).ok()?;
        rustls::client::verify_server_name(&certificate, &name).ok()
    };
    fits().is_some()
}

/// Makes a certificate that nobody has signed.
fn self_signed(name: &str, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, String> {
    let made = rcgen::generate_simple_self_signed([name.to_owned()])
        .map_err(|error| format!("no certificate can be made for {name}: {error}"))?;
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let chain = vec![made.cert.der().clone()];
    CertifiedKey::from_der(chain, key.into(), provider)
        .map(Arc::new)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_chooses_the_certificate() {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let key = |name: &str| self_signed(name, &provider).unwrap();
        let lists: [&[&str]; 7] = [
            &["a.example.com"],
            &["*.example.com", "other.test"],
            &["www.example.*"],
            &["*"],
            &["*.example.com"],
            &[],
            &[],
        ];
        let keys = ["k0", "k1", "k2", "k3", "k4", "open.test", "open.test"].map(key);
        let named = lists.iter().zip(&keys).map(|(names, key)| Named {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            key: key.clone(),
        });
        let named: Vec<Named> = named.collect();
        let table = [
            ("a.example.com", Some(0)),
            ("b.example.com", Some(1)),
            ("www.example.com", Some(1)),
            ("www.example.org", Some(2)),
            ("other.test", Some(1)),
            ("x.a.example.com", Some(3)),
            ("example.com", Some(3)),
            ("localhost", Some(3)),
            ("open.test", Some(3)),
        ];
        let all = by_name(named, None).unwrap();
        for (name, expected) in table {
            let found = all.find(name).map(|found| index(&keys, found));
            assert_eq!(found, expected, "{name}");
        }
        let named = keys[5..].iter().map(|key| Named {
            names: Vec::new(),
            key: key.clone(),
        });
        let open = by_name(named.collect(), Some(keys[0].clone())).unwrap();
        let found = open.find("open.test").map(|found| index(&keys, found));
        assert_eq!(found, Some(5), "the first of those made for it");
        assert!(open.find("closed.test").is_none());
        assert!(Arc::ptr_eq(&open.fallback, &keys[0]));
    }

    fn index(keys: &[Arc<CertifiedKey>], found: &Arc<CertifiedKey>) -> usize {
        keys.iter().position(|key| Arc::ptr_eq(key, found)).unwrap()
    }
}
