//! What signed tokens are checked with.

use aws_lc_rs::hmac::{self, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
    ParsedPublicKey, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    VerificationAlgorithm,
};
use haleway_blueprint::JwtCredential;

use super::Credential;
use crate::base64;

/// An algorithm of signatures (RFC 7518 section 3.1, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Algorithm {
    name: &'static str,
}

/// Those that Kong 3.9 has.
const ALGORITHMS: [&str; 13] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
    "ES384", "ES512", "EdDSA",
];

/// What tokens that name one credential are checked with.
#[derive(Debug)]
pub(crate) struct TokenKey {
    pub(crate) credential: Credential,
    algorithm: Option<Algorithm>,
    verifier: Verifier,
}

#[derive(Debug)]
enum Verifier {
    /// A shared secret, as it stands there and, where it is that, read as Base64.
    Shared(Box<hmac::Key>, Option<Box<hmac::Key>>),
    Public(ParsedPublicKey),
    /// There is a key that cannot be read, or is none for the algorithm.
    Unusable,
    /// There is none.
    Missing,
}

/// Whether a signature holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Holds,
    Broken,
    /// There is nothing to check it with.
    NoSecret,
}

impl Algorithm {
    /// The algorithm of a name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let name = ALGORITHMS.into_iter().find(|known| *known == name)?;
        Some(Self { name })
    }

    fn hmac(self) -> Option<hmac::Algorithm> {
        match self.name {
            "HS256" => Some(HMAC_SHA256),
            "HS384" => Some(HMAC_SHA384),
            "HS512" => Some(HMAC_SHA512),
            _ => None,
        }
    }

    fn public(self) -> Option<&'static dyn VerificationAlgorithm> {
        Some(match self.name {
            "RS256" => &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            "RS384" => &RSA_PKCS1_2048_8192_SHA384,
            "RS512" => &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
            "PS256" => &RSA_PSS_2048_8192_SHA256,
            "PS384" => &RSA_PSS_2048_8192_SHA384,
            "PS512" => &RSA_PSS_2048_8192_SHA512,
            "ES256" => &ECDSA_P256_SHA256_FIXED,
            "ES384" => &ECDSA_P384_SHA384_FIXED,
            "ES512" => &ECDSA_P521_SHA512_FIXED,
            "EdDSA" => &ED25519,
            _ => return None,
        })
    }
}

impl TokenKey {
    pub(super) fn new(stored: &JwtCredential, credential: Credential) -> Self {
        let algorithm = Algorithm::of(&stored.algorithm);
        Self {
            credential,
            algorithm,
            verifier: algorithm.map_or(Verifier::Missing, |it| verifier(it, stored)),
        }
    }

    /// Whether it is for tokens of this algorithm.
    pub(crate) fn is_for(&self, algorithm: Algorithm) -> bool {
        self.algorithm == Some(algorithm)
    }

    /// Checks a signature.
    pub(crate) fn verify(&self, signed: &[u8], signature: &[u8], from_base64: bool) -> Verdict {
        let holds = match (&self.verifier, from_base64) {
            (Verifier::Shared(key, _), false) | (Verifier::Shared(_, Some(key)), true) => {
                hmac::verify(key, signed, signature).is_ok()
            }
            (Verifier::Public(key), _) => key.verify_sig(signed, signature).is_ok(),
            (Verifier::Unusable, _) => false,
            (Verifier::Missing | Verifier::Shared(..), _) => return Verdict::NoSecret,
        };
        if holds {
            Verdict::Holds
        } else {
            Verdict::Broken
        }
    }
}

fn verifier(algorithm: Algorithm, stored: &JwtCredential) -> Verifier {
    if let Some(hmac) = algorithm.hmac() {
        let Some(secret) = &stored.secret else {
            return Verifier::Missing;
        };
        let secret = secret.expose().as_bytes();
        let key = |secret: &[u8]| Box::new(hmac::Key::new(hmac, secret));
        let decoded = base64::decode_any(secret).map(|secret| key(&secret));
        return Verifier::Shared(key(secret), decoded);
    }
    let Some(pem) = &stored.public_key else {
        return Verifier::Missing;
    };
    let key = algorithm.public().zip(der_of(pem));
    let key = key.and_then(|(algorithm, der)| ParsedPublicKey::new(algorithm, der).ok());
    key.map_or(Verifier::Unusable, Verifier::Public)
}

/// What stands in a PEM text (RFC 7468) that is a public key.
fn der_of(pem: &str) -> Option<Vec<u8>> {
    let (_, behind) = pem.split_once("-----BEGIN ")?;
    let (label, behind) = behind.split_once("-----")?;
    if !matches!(label, "PUBLIC KEY" | "RSA PUBLIC KEY") {
        return None;
    }
    let (inner, _) = behind.split_once("-----END ")?;
    let letters = inner.bytes().filter(|byte| !byte.is_ascii_whitespace());
    base64::decode(&letters.collect::<Vec<_>>())
}
