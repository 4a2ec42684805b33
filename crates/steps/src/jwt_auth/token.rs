//! Tokens in their three parts (RFC 7519; Kong 3.9, `kong/plugins/jwt/jwt_parser.lua`).

use serde_json::{Map, Value};

use crate::base64;
use crate::consumers::Algorithm;

/// A token whose signature is not checked yet.
pub(super) struct Token<'a> {
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
    pub(super) algorithm: Algorithm,
    /// What the signature is about.
    pub(super) signed: &'a [u8],
    pub(super) signature: Vec<u8>,
}

/// What makes a text no token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// There are no three parts, or header or claims are no JSON in Base64.
    Json,
    /// The header names no algorithm that is known.
    Algorithm,
    /// The claims are no object.
    Claims,
    /// The signature is not in Base64.
    Signature,
}

impl<'a> Token<'a> {
    pub(super) fn parse(text: &'a [u8]) -> Result<Self, Broken> {
        let mut dots = (0..text.len()).filter(|at| text[*at] == b'.');
        let (Some(first), Some(second)) = (dots.next(), dots.next()) else {
            return Err(Broken::Json);
        };
        let header = json(&text[..first])?;
        let claims = json(&text[first + 1..second])?;
        let Value::Object(header) = header else {
            return Err(Broken::Algorithm);
        };
        let algorithm = header.get("alg").and_then(Value::as_str);
        let algorithm = algorithm.and_then(Algorithm::of);
        let algorithm = algorithm.ok_or(Broken::Algorithm)?;
        let Value::Object(claims) = claims else {
            return Err(Broken::Claims);
        };
        let signature = base64::decode_any(&text[second + 1..]);
        Ok(Self {
            header,
            claims,
            algorithm,
            signed: &text[..second],
            signature: signature.ok_or(Broken::Signature)?,
        })
    }
}

fn json(part: &[u8]) -> Result<Value, Broken> {
    let text = base64::decode_any(part).ok_or(Broken::Json)?;
    serde_json::from_slice(&text).map_err(|_| Broken::Json)
}
