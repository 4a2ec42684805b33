//! Recognition by a signed token.

use serde::{Deserialize, Serialize};

use super::{Anonymous, ConsumerHeaders};
use crate::Origin;

/// Recognises who asks by a signed token (Kong 3, `jwt`). All places are looked at, and all of them
/// together must show one token. A refusal is a JSON object: `{"message":"..."}`, or the claims
/// that do not hold with what is wrong with each, `{"exp":"..."}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwtAuth {
    /// Parameters of the query that may hold a token.
    pub in_query: Vec<String>,
    /// Cookies that may hold one.
    pub in_cookies: Vec<String>,
    /// Headers that may hold one behind `Bearer`.
    pub in_headers: Vec<String>,
    /// The claim, or the field of the token's header, that names the credential.
    pub key_claim: String,
    /// Shared secrets are kept in Base64.
    pub secret_is_base64: bool,
    /// Claims that are checked against the clock.
    pub verify: Vec<JwtClaim>,
    /// How far ahead `exp` may lie, in microseconds.
    pub lifetime_us_max: Option<u64>,
    /// OPTIONS requests pass unseen.
    pub skip_options: bool,
    /// `WWW-Authenticate` where there is no token.
    pub challenge: Option<String>,
    /// `WWW-Authenticate` where there is one that does not hold.
    pub challenge_refused: Option<String>,
    /// What is said; the status is 401.
    pub messages: Box<JwtMessages>,
    /// Who a request counts as that would be refused; `None` refuses it.
    pub anonymous: Option<Anonymous>,
    /// How endpoints are told who asks.
    pub tells: ConsumerHeaders,
    /// Who asked for it.
    pub origin: Origin,
}

/// A claim that is checked against the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JwtClaim {
    /// `exp`: when the token ends.
    Exp,
    /// `nbf`: when it begins.
    Nbf,
}

impl JwtClaim {
    /// The claim's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exp => "exp",
            Self::Nbf => "nbf",
        }
    }
}

/// What is said of tokens that do not hold, in the order in which it is found out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwtMessages {
    /// There is no token.
    pub missing: String,
    /// There are several.
    pub several: String,
    /// A parameter without a value stands in its place.
    pub no_text: String,
    /// It is not three parts, or header or claims are no JSON in Base64.
    pub no_json: String,
    /// Its header names no algorithm that is known.
    pub no_algorithm: String,
    /// Its claims are no object.
    pub no_claims: String,
    /// Its signature is not in Base64.
    pub no_signature: String,
    /// It does not name a credential.
    pub no_key: String,
    /// The credential's name is empty.
    pub empty_key: String,
    /// Nobody has this credential.
    pub unknown_key: String,
    /// The credential is for another algorithm.
    pub other_algorithm: String,
    /// The credential has no secret or key that can be used.
    pub no_secret: String,
    /// The signature is wrong.
    pub wrong_signature: String,
    /// Of a claim: it is no number.
    pub no_number: String,
    /// Of `nbf`: it lies ahead.
    pub too_early: String,
    /// Of `exp`: it is over.
    pub expired: String,
    /// Of `exp`: it lies too far ahead.
    pub too_long: String,
}
