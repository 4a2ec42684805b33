//! Cross-origin resource sharing as Kong does it (Kong 3.9, `kong/plugins/cors/handler.lua`).

mod origin;
#[cfg(test)]
mod tests;

use haleway_blueprint::{OriginMatch, OriginPolicy, OriginRule};
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, response};
use regex::{Regex, RegexBuilder};

use self::origin::Normal;
use crate::plan::status;
use crate::refusal::header_value;
use crate::{Answer, Notes, Passage};

/// Bytes that a compiled pattern may take.
const PATTERN_BYTES_MAX: usize = 10 << 20;

const ANY: HeaderValue = HeaderValue::from_static("*");
const TRUE: HeaderValue = HeaderValue::from_static("true");
const VARIES: HeaderValue = HeaderValue::from_static("Origin");
const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");
const REQUEST_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");

/// What the answer of a request needs to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum CrossOrigin {
    /// No policy has seen the request, or its answer stays as it is.
    #[default]
    Settled,
    /// The request named this origin, or none.
    From(Option<HeaderValue>),
}

/// An [`OriginPolicy`], ready to run.
#[derive(Debug)]
pub(crate) struct OriginPolicyPlan {
    origins: Rule,
    methods: HeaderValue,
    headers: Option<HeaderValue>,
    expose_headers: Option<HeaderValue>,
    max_age: Option<HeaderValue>,
    credentials: bool,
    private_network: bool,
    forward_preflights: bool,
    preflight_status: StatusCode,
}

#[derive(Debug)]
enum Rule {
    Any,
    Fixed(HeaderValue),
    Listed(Vec<Match>),
}

#[derive(Debug)]
enum Match {
    Any,
    Exact(String),
    Pattern(Regex),
    HostPattern(Regex),
}

impl OriginPolicyPlan {
    pub(crate) fn compile(step: &OriginPolicy) -> Result<Self, String> {
        let methods = header_value(Some(&step.methods))?;
        Ok(Self {
            origins: Rule::compile(&step.origins)?,
            methods: methods.unwrap_or(HeaderValue::from_static("")),
            headers: header_value(step.headers.as_deref())?,
            expose_headers: header_value(step.expose_headers.as_deref())?,
            max_age: header_value(step.max_age.as_deref())?,
            credentials: step.credentials,
            private_network: step.private_network,
            forward_preflights: step.forward_preflights,
            preflight_status: status(step.preflight_status)?,
        })
    }

    pub(crate) fn on_request(&self, passage: &mut Passage<'_>) -> Option<Answer> {
        let headers = &passage.head.headers;
        let Some(origin) = headers.get(ORIGIN) else {
            passage.notes.cross_origin = CrossOrigin::From(None);
            return None;
        };
        let preflight = passage.head.method == Method::OPTIONS
            && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if !preflight {
            passage.notes.cross_origin = CrossOrigin::From(Some(origin.clone()));
            return None;
        }
        passage.notes.cross_origin = CrossOrigin::Settled;
        (!self.forward_preflights).then(|| self.preflight(origin, passage.head))
    }

    /// Changes an answer that is none of a preflight.
    pub(crate) fn on_answer(&self, answer: &mut response::Parts, notes: &Notes) {
        let CrossOrigin::From(origin) = &notes.cross_origin else {
            return;
        };
        self.allow(origin.as_ref(), &mut answer.headers);
        if let Some(exposed) = &self.expose_headers {
            let exposed = exposed.clone();
            answer
                .headers
                .insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }

    fn preflight(&self, origin: &HeaderValue, head: &Parts) -> Answer {
        let mut answer = Answer::empty(self.preflight_status);
        let headers = &mut answer.headers;
        self.allow(Some(origin), headers);
        // Here the header is set where other answers have it added.
        if headers.contains_key(VARY) {
            headers.insert(VARY, VARIES);
        }
        let asked = head.headers.get(ACCESS_CONTROL_REQUEST_HEADERS);
        if let Some(allowed) = self.headers.as_ref().or(asked) {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed.clone());
        }
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, self.methods.clone());
        if let Some(max_age) = &self.max_age {
            headers.insert(ACCESS_CONTROL_MAX_AGE, max_age.clone());
        }
        let private = head.headers.get(REQUEST_PRIVATE_NETWORK);
        if self.private_network && private.is_some_and(|value| value == "true") {
            headers.insert(ALLOW_PRIVATE_NETWORK, TRUE);
        }
        answer
    }

    /// Says which origin is allowed, and whether credentials are.
    fn allow(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        let any = self.allow_origin(origin, headers);
        if !self.credentials {
            return;
        }
        if !any {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
        } else if let Some(origin) = origin {
            headers.append(VARY, VARIES);
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
        }
    }

    /// Says which origin is allowed; true where all are.
    fn allow_origin(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) -> bool {
        if !matches!(self.origins, Rule::Any) {
            headers.append(VARY, VARIES);
        }
        let (allowed, any) = match &self.origins {
            Rule::Any => (Some(ANY), true),
            Rule::Fixed(origin) => (Some(origin.clone()), false),
            Rule::Listed(list) => listed(list, origin),
        };
        match allowed {
            Some(allowed) => headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed),
            None => headers.remove(ACCESS_CONTROL_ALLOW_ORIGIN),
        };
        any
    }
}

/// The origin that a list allows, and whether it allows all.
fn listed(list: &[Match], origin: Option<&HeaderValue>) -> (Option<HeaderValue>, bool) {
    let Some(origin) = origin else {
        return (None, false);
    };
    if list.iter().any(|entry| matches!(entry, Match::Any)) {
        return (Some(ANY), true);
    }
    let Ok(text) = origin.to_str() else {
        return (None, false);
    };
    let normal = Normal::of(text);
    if list.iter().any(|entry| entry.holds(&normal)) {
        return (HeaderValue::from_str(&normal.origin).ok(), false);
    }
    (None, false)
}

impl Rule {
    fn compile(rule: &OriginRule) -> Result<Self, String> {
        Ok(match rule {
            OriginRule::Any => Self::Any,
            OriginRule::Fixed(origin) => {
                let value = header_value(Some(origin))?;
                Self::Fixed(value.unwrap_or(HeaderValue::from_static("")))
            }
            OriginRule::Listed(list) => {
                let list = list.iter().map(Match::compile);
                Self::Listed(list.collect::<Result<_, String>>()?)
            }
        })
    }
}

impl Match {
    fn compile(entry: &OriginMatch) -> Result<Self, String> {
        Ok(match entry {
            OriginMatch::Any => Self::Any,
            OriginMatch::Exact(origin) => Self::Exact(Normal::of(origin).origin.into_owned()),
            OriginMatch::Pattern(pattern) => Self::Pattern(compile_pattern(pattern)?),
            OriginMatch::HostPattern(pattern) => Self::HostPattern(compile_pattern(pattern)?),
        })
    }

    fn holds(&self, asked: &Normal<'_>) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(origin) => *origin == asked.origin,
            Self::Pattern(pattern) => pattern.is_match(&asked.origin),
            Self::HostPattern(pattern) => pattern.is_match(asked.host),
        }
    }
}

fn compile_pattern(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .size_limit(PATTERN_BYTES_MAX)
        .build()
        .map_err(|error| format!("the origin {pattern:?} is refused: {error}"))
}
