//! TLS on both sides.

use serde::{Deserialize, Serialize};

use crate::{Origin, Pem};

/// A protocol version. Older ones than these are not spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TlsVersion {
    /// TLS 1.2.
    #[serde(rename = "1.2")]
    Tls12,
    /// TLS 1.3.
    #[serde(rename = "1.3")]
    Tls13,
}

/// A certificate chain with its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFiles {
    /// The chain, leaf first.
    pub certificate: Pem,
    /// The private key.
    pub key: Pem,
    /// Names that it serves whatever stands in it, lower case; empty goes by the names in it. A `*`
    /// as first or last label stands for any one label, `*` alone for any name. The closest counts:
    /// the name itself, then `*.b.c`, `a.b.*`, `*` (Kong 3: `kong/runloop/certificate.lua`).
    pub server_names: Vec<String>,
    /// Who asked for it.
    pub origin: Origin,
}

/// TLS that ends at a listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsTermination {
    /// Certificates; the first one serves where no name matches.
    pub certificates: Vec<CertificateFiles>,
    /// Where no name matches, a certificate made at the start for this name serves in place of the
    /// first one.
    pub self_signed: Option<String>,
    /// ALPN offers `h2` beside `http/1.1`.
    pub http2: bool,
    /// Oldest version accepted.
    pub version_min: TlsVersion,
    /// Newest version accepted.
    pub version_max: TlsVersion,
    /// IANA names of the cipher suites allowed; empty allows all that are safe.
    pub cipher_suites: Vec<String>,
    /// IANA ids of the key exchange groups allowed; empty allows all that are safe.
    pub curves: Vec<u16>,
    /// Clients must show a certificate.
    pub client_certificate_required: bool,
    /// Authorities that client certificates are checked against.
    pub client_authorities: Vec<Pem>,
    /// Client certificates are checked against the system's authorities, too.
    pub system_authorities: bool,
}

/// TLS towards endpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsClient {
    /// Accept any certificate. Only for tests and closed networks.
    pub insecure: bool,
    /// Authorities trusted beside the system's.
    pub authorities: Vec<Pem>,
    /// Trust the system's authorities.
    pub system_authorities: bool,
    /// Certificates to show when asked; the first one is used.
    pub certificates: Vec<CertificateFiles>,
    /// Oldest version accepted.
    pub version_min: TlsVersion,
    /// Newest version accepted.
    pub version_max: TlsVersion,
    /// IANA names of the cipher suites allowed; empty allows all that are safe.
    pub cipher_suites: Vec<String>,
    /// IANA ids of the key exchange groups allowed; empty allows all that are safe.
    pub curves: Vec<u16>,
}

impl Default for TlsClient {
    fn default() -> Self {
        Self {
            insecure: false,
            authorities: Vec::new(),
            system_authorities: true,
            certificates: Vec::new(),
            version_min: TlsVersion::Tls12,
            version_max: TlsVersion::Tls13,
            cipher_suites: Vec::new(),
            curves: Vec::new(),
        }
    }
}
