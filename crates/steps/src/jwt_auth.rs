//! Recognises who asks by a signed token (Kong 3.9, `kong/plugins/jwt/handler.lua`).

mod places;
#[cfg(test)]
mod tests;
mod token;

use std::sync::Arc;

use bytes::Bytes;
use haleway_blueprint::{JwtAuth, JwtClaim, JwtMessages};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Map, Value};

use self::places::{Places, Shown};
use self::token::{Broken, Token};
use crate::consumers::{Credential, TokenKey, Verdict};
use crate::recognition::{Recognition, header_name};
use crate::refusal::header_value;
use crate::{Answer, Consumers, Content, Context, Passage, arguments};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// A [`JwtAuth`], ready to run.
#[derive(Debug)]
pub(crate) struct JwtAuthPlan {
    places: Places,
    key_claim: String,
    secret_is_base64: bool,
    verify: Vec<JwtClaim>,
    lifetime_s_max: Option<f64>,
    skip_options: bool,
    challenge: Option<HeaderValue>,
    challenge_refused: Option<HeaderValue>,
    messages: Box<JwtMessages>,
    secrets: Vec<HeaderName>,
    recognition: Recognition,
    consumers: Arc<Consumers>,
}

/// Why a token does not hold: the members of the answer.
type Refused = Map<String, Value>;

impl JwtAuthPlan {
    pub(crate) fn compile(step: &JwtAuth, context: &Context<'_>) -> Result<Self, String> {
        let headers = step.in_headers.iter().map(|name| header_name(name));
        let headers: Vec<HeaderName> = headers.collect::<Result<_, String>>()?;
        let parameters = step.in_query.iter();
        let parameters = parameters.filter_map(|name| arguments::log_name(name));
        Ok(Self {
            secrets: headers.iter().cloned().chain(parameters).collect(),
            places: Places {
                parameters: step.in_query.clone(),
                cookies: step.in_cookies.clone(),
                headers,
            },
            key_claim: step.key_claim.clone(),
            secret_is_base64: step.secret_is_base64,
            verify: step.verify.clone(),
            lifetime_s_max: step.lifetime_us_max.map(|us| us as f64 / 1e6),
            skip_options: step.skip_options,
            challenge: header_value(step.challenge.as_deref())?,
            challenge_refused: header_value(step.challenge_refused.as_deref())?,
            messages: step.messages.clone(),
            recognition: Recognition::compile(&step.tells, step.anonymous.as_ref(), context)?,
            consumers: Arc::clone(context.consumers),
        })
    }

    pub(crate) fn on_request(&self, passage: &mut Passage<'_>) -> Option<Answer> {
        let secrets = &mut passage.notes.secret_headers;
        secrets.extend(self.secrets.iter().cloned());
        if !self.places.cookies.is_empty() {
            secrets.push(http::header::COOKIE);
        }
        if self.skip_options && passage.head.method == Method::OPTIONS {
            return None;
        }
        if self.recognition.is_settled(passage.notes) {
            return None;
        }
        let now_s = (passage.facts.began_unix_us)() / 1_000_000;
        let refusal = match self.places.shown(passage.head) {
            Shown::Nothing => {
                let missing = message(&self.messages.missing);
                answer(missing, self.challenge.as_ref())
            }
            shown => match self.credential(shown, now_s) {
                Ok(credential) => {
                    self.recognition.recognise(passage, credential);
                    return None;
                }
                Err(refused) => answer(refused, self.challenge_refused.as_ref()),
            },
        };
        self.recognition.refuse(passage, refusal)
    }

    fn credential(&self, shown: Shown, now_s: u64) -> Result<&Credential, Refused> {
        let messages = &*self.messages;
        let refused = |text: &String| message(text);
        let token = match shown {
            Shown::Token(token) => token,
            Shown::Several => return Err(refused(&messages.several)),
            Shown::Nothing | Shown::NoText => return Err(refused(&messages.no_text)),
        };
        let token = Token::parse(&token).map_err(|broken| {
            refused(match broken {
                Broken::Json => &messages.no_json,
                Broken::Algorithm => &messages.no_algorithm,
                Broken::Claims => &messages.no_claims,
                Broken::Signature => &messages.no_signature,
            })
        })?;
        let key = self.key(&token)?;
        let verdict = key.verify(token.signed, &token.signature, self.secret_is_base64);
        match verdict {
            Verdict::Holds => {}
            Verdict::Broken => return Err(refused(&messages.wrong_signature)),
            Verdict::NoSecret => return Err(refused(&messages.no_secret)),
        }
        self.check(&token.claims, now_s)?;
        Ok(&key.credential)
    }

    /// What the token is to be checked with.
    fn key(&self, token: &Token<'_>) -> Result<&TokenKey, Refused> {
        let messages = &*self.messages;
        let named = |members: &Map<String, Value>| {
            let value = members.get(&self.key_claim);
            value.filter(|value| **value != Value::Bool(false)).cloned()
        };
        let key = named(&token.claims).or_else(|| named(&token.header));
        let key = match key {
            None => return Err(message(&messages.no_key)),
            Some(Value::String(key)) if key.is_empty() => {
                return Err(message(&messages.empty_key));
            }
            Some(Value::String(key)) => self.consumers.token(&key),
            Some(_) => None,
        };
        let key = key.ok_or_else(|| message(&messages.unknown_key))?;
        if key.is_for(token.algorithm) {
            return Ok(key);
        }
        Err(message(&messages.other_algorithm))
    }

    /// Checks the claims against the clock, whose time is in seconds since 1970.
    fn check(&self, claims: &Map<String, Value>, now_s: u64) -> Result<(), Refused> {
        let messages = &*self.messages;
        let now = now_s as f64;
        let mut errors = Refused::new();
        for claim in &self.verify {
            let error = match (claim, claims.get(claim.name()).and_then(Value::as_f64)) {
                (_, None) => &messages.no_number,
                (JwtClaim::Exp, Some(exp)) if exp <= now => &messages.expired,
                (JwtClaim::Nbf, Some(nbf)) if nbf > now => &messages.too_early,
                _ => continue,
            };
            errors.insert(claim.name().to_owned(), error.as_str().into());
        }
        if errors.is_empty()
            && let Some(max) = self.lifetime_s_max
        {
            let exp = claims.get(JwtClaim::Exp.name()).and_then(Value::as_f64);
            if exp.is_none_or(|exp| exp - now > max) {
                let name = JwtClaim::Exp.name().to_owned();
                errors.insert(name, messages.too_long.as_str().into());
            }
        }
        if errors.is_empty() {
            return Ok(());
        }
        Err(errors)
    }
}

fn message(text: &str) -> Refused {
    Refused::from_iter([("message".to_owned(), text.into())])
}

fn answer(refused: Refused, challenge: Option<&HeaderValue>) -> Answer {
    let mut answer = Answer::empty(StatusCode::UNAUTHORIZED);
    let body = Bytes::from(Value::Object(refused).to_string());
    answer.content = Content::Body(JSON, body);
    if let Some(challenge) = challenge {
        answer.headers.insert(WWW_AUTHENTICATE, challenge.clone());
    }
    answer
}
