//! Certificates made for one story, and a client that speaks TLS.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{WantsServerCert, WebPkiClientVerifier};
use rustls::{
    ClientConfig, ClientConnection, ConfigBuilder, DigitallySignedStruct, RootCertStore,
    ServerConfig, SignatureScheme, StreamOwned, WantsVerifier,
};

use super::wire::{Message, Wire};

/// An authority that signs certificates for `localhost`.
pub(crate) struct Authority {
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, as PEM.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut terms = CertificateParams::new(Vec::new()).unwrap();
        terms.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = terms.self_signed(&key).unwrap().pem();
        Self {
            pem,
            issuer: Issuer::new(terms, key),
        }
    }

    pub(crate) fn sign(&self) -> Identity {
        self.sign_for(&["localhost", "127.0.0.1"])
    }

    /// For other names.
    pub(crate) fn sign_for(&self, names: &[&str]) -> Identity {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let terms = CertificateParams::new(names).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = terms.signed_by(&key, &self.issuer).unwrap().pem();
        Identity {
            certificate,
            key: key.serialize_pem(),
        }
    }

    /// A client that trusts this authority, offers these protocols and shows a certificate.
    pub(crate) fn client(&self, protocols: &[&str], shows: Option<&Identity>) -> ClientConfig {
        self.client_of(rustls::DEFAULT_VERSIONS, protocols, shows)
    }

    /// The same with these versions only.
    pub(crate) fn client_of(
        &self,
        versions: &[&'static rustls::SupportedProtocolVersion],
        protocols: &[&str],
        shows: Option<&Identity>,
    ) -> ClientConfig {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(self.trusted());
        let mut config = match shows {
            Some(own) => builder
                .with_client_auth_cert(own.chain(), own.private())
                .unwrap(),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        config
    }
}

impl Authority {
    fn trusted(&self) -> RootCertStore {
        let own = CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap();
        let mut store = RootCertStore::empty();
        store.add(own).unwrap();
        store
    }
}

impl Identity {
    fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap()]
    }

    fn private(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap()
    }

    /// A server with this certificate.
    pub(crate) fn server(&self, protocols: &[&str]) -> Arc<ServerConfig> {
        self.serving(server().with_no_client_auth(), protocols)
    }

    /// The same that asks clients for a certificate of an authority.
    pub(crate) fn server_asking(&self, authority: &Authority) -> Arc<ServerConfig> {
        let roots = Arc::new(authority.trusted());
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider());
        let builder = server().with_client_cert_verifier(verifier.build().unwrap());
        self.serving(builder, &[])
    }

    fn serving(
        &self,
        builder: ConfigBuilder<ServerConfig, WantsServerCert>,
        protocols: &[&str],
    ) -> Arc<ServerConfig> {
        let mut config = builder
            .with_single_cert(self.chain(), self.private())
            .unwrap();
        config.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        Arc::new(config)
    }
}

fn server() -> ConfigBuilder<ServerConfig, WantsVerifier> {
    ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// What came of a request over TLS.
pub(crate) struct Secured {
    pub(crate) answer: Message,
    /// The certificate that the other side showed.
    pub(crate) certificate: Vec<u8>,
}

/// Asks over TLS, in HTTP/1.1, and reads the whole answer.
pub(crate) fn get(to: SocketAddr, config: ClientConfig, target: &str) -> io::Result<Secured> {
    get_as(to, "localhost", config, target)
}

/// The same, asking for another name.
pub(crate) fn get_as(
    to: SocketAddr,
    name: &str,
    config: ClientConfig,
    target: &str,
) -> io::Result<Secured> {
    let mut stream = secure(to, name, config)?;
    stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())?;
    let mut wire = Wire::over(stream);
    let mut answer = wire.head()?;
    answer.body = wire.answer_body(&answer)?;
    let shown = wire.stream.conn.peer_certificates().unwrap_or_default();
    let certificate = shown.first().map(|it| it.to_vec()).unwrap_or_default();
    Ok(Secured {
        answer,
        certificate,
    })
}

/// A connection that will speak TLS, whatever inside of it.
pub(crate) type SecuredStream = StreamOwned<ClientConnection, TcpStream>;

/// Connects, to speak TLS from the first byte on.
pub(crate) fn secure(
    to: SocketAddr,
    name: &str,
    config: ClientConfig,
) -> io::Result<SecuredStream> {
    let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
    let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let tcp = TcpStream::connect(to)?;
    tcp.set_read_timeout(Some(super::DEADLINE))?;
    Ok(StreamOwned::new(connection, tcp))
}

/// A client that trusts everybody and offers these protocols.
pub(crate) fn trusting(protocols: &[&str]) -> ClientConfig {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
    config
}

#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = provider().signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

/// A certificate as it goes over the wire.
pub(crate) fn der(identity: &Identity) -> Vec<u8> {
    identity.chain()[0].to_vec()
}
