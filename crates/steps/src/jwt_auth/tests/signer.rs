//! Tokens with signatures.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac::{self as lc, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};

type Sign = dyn Fn(&[u8]) -> Vec<u8>;

/// Somebody who signs tokens.
pub(super) struct Signer {
    pub(super) algorithm: &'static str,
    pub(super) pem: String,
    /// The public key, however it is written.
    pub(super) key: Vec<u8>,
    sign: Box<Sign>,
}

impl Signer {
    /// One for each algorithm with public keys; those of RSA share two keys.
    pub(super) fn all() -> Vec<Self> {
        let pkcs1 = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let pss = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let [pkcs1, pss] = [pkcs1, pss].map(std::rc::Rc::new);
        vec![
            Self::rsa("RS256", &RSA_PKCS1_SHA256, &pkcs1),
            Self::rsa("RS384", &RSA_PKCS1_SHA384, &pkcs1),
            Self::rsa("RS512", &RSA_PKCS1_SHA512, &pkcs1),
            Self::rsa("PS256", &RSA_PSS_SHA256, &pss),
            Self::rsa("PS384", &RSA_PSS_SHA384, &pss),
            Self::rsa("PS512", &RSA_PSS_SHA512, &pss),
            Self::ecdsa("ES256", &ECDSA_P256_SHA256_FIXED_SIGNING),
            Self::ecdsa("ES384", &ECDSA_P384_SHA384_FIXED_SIGNING),
            Self::ecdsa("ES512", &ECDSA_P521_SHA512_FIXED_SIGNING),
            Self::ed25519(),
        ]
    }

    fn rsa(
        algorithm: &'static str,
        encoding: &'static dyn RsaEncoding,
        pair: &std::rc::Rc<RsaKeyPair>,
    ) -> Self {
        let der = pair.public_key().as_der().unwrap();
        // RSA keys also come in their older form.
        let pem = match algorithm {
            "RS512" => pem("RSA PUBLIC KEY", pair.public_key().as_ref()),
            _ => pem("PUBLIC KEY", der.as_ref()),
        };
        let key = der.as_ref().to_vec();
        let pair = std::rc::Rc::clone(pair);
        let sign = move |signed: &[u8]| {
            let mut signature = vec![0; pair.public_modulus_len()];
            let random = SystemRandom::new();
            pair.sign(encoding, &random, signed, &mut signature)
                .unwrap();
            signature
        };
        Self {
            algorithm,
            pem,
            key,
            sign: Box::new(sign),
        }
    }

    fn ecdsa(algorithm: &'static str, curve: &'static EcdsaSigningAlgorithm) -> Self {
        let pair = EcdsaKeyPair::generate(curve).unwrap();
        let der = pair.public_key().as_der().unwrap();
        let pem = pem("PUBLIC KEY", der.as_ref());
        let key = der.as_ref().to_vec();
        let sign = move |signed: &[u8]| {
            let signature = pair.sign(&SystemRandom::new(), signed).unwrap();
            signature.as_ref().to_vec()
        };
        Self {
            algorithm,
            pem,
            key,
            sign: Box::new(sign),
        }
    }

    fn ed25519() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let der = pair.public_key().as_der().unwrap();
        let pem = pem("PUBLIC KEY", der.as_ref());
        Self {
            algorithm: "EdDSA",
            pem,
            key: der.as_ref().to_vec(),
            sign: Box::new(move |signed: &[u8]| pair.sign(signed).as_ref().to_vec()),
        }
    }

    /// A token.
    pub(super) fn token(&self, header: &str, claims: &str) -> String {
        let signed = signed(header, claims);
        let signature = (self.sign)(signed.as_bytes());
        format!("{signed}.{}", encoded(&signature))
    }
}

/// A token with a shared secret.
pub(super) fn hmac(algorithm: &str, header: &str, claims: &str, secret: &[u8]) -> String {
    let algorithm = match algorithm {
        "HS256" => HMAC_SHA256,
        "HS384" => HMAC_SHA384,
        _ => HMAC_SHA512,
    };
    let signed = signed(header, claims);
    let tag = lc::sign(&lc::Key::new(algorithm, secret), signed.as_bytes());
    format!("{signed}.{}", encoded(tag.as_ref()))
}

fn signed(header: &str, claims: &str) -> String {
    let [header, claims] = [header, claims].map(|part| encoded(part.as_bytes()));
    format!("{header}.{claims}")
}

/// Base64 for URLs, without `=`.
pub(super) fn encoded(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let mut bits = 0;
        for at in 0..3 {
            bits = bits << 8 | usize::from(chunk.get(at).copied().unwrap_or(0));
        }
        for at in 0..=chunk.len() {
            out.push(char::from(LETTERS[bits >> (18 - 6 * at) & 63]));
        }
    }
    out
}

fn pem(label: &str, der: &[u8]) -> String {
    let letters = encoded(der).replace('-', "+").replace('_', "/");
    let lines: Vec<&str> = letters
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let lines = lines.join("\n");
    format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
}
