//! Cross-origin resource sharing as rs/cors 1.11 does it, and where it differs, as 1.6 and 1.7 do.
//!
//! A preflight is an OPTIONS request with a non-empty `Access-Control-Request-Method`. Every
//! answer says on what it depends (`Vary`), refused or not; only a granted one carries
//! `Access-Control-Allow-*`. Headers are put on in the order of their names, as Go's server writes
//! them.

mod request_headers;
#[cfg(test)]
mod tests;

use haleway_blueprint::{Cors, CorsRequestHeaders, Origins};
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use self::request_headers::RequestHeaders;
use crate::plan::status;

const TRUE: HeaderValue = HeaderValue::from_static("true");
const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");
const REQUEST_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");

/// A [`Cors`], ready to run.
#[derive(Debug)]
pub(crate) struct CorsPlan {
    origins: AllowedOrigins,
    methods: Vec<Box<str>>,
    /// Methods are compared without case and echoed in upper case (rs/cors up to 1.7).
    methods_any_case: bool,
    request_headers: RequestHeaders,
    expose_headers: Option<HeaderValue>,
    max_age: Option<HeaderValue>,
    credentials: bool,
    private_network: bool,
    passthrough: bool,
    preflight_status: StatusCode,
    preflight_vary: &'static [&'static str],
    vary_repeat: u8,
}

#[derive(Debug)]
enum AllowedOrigins {
    Any,
    Listed(Vec<OriginPattern>),
}

/// An origin in lower case; with `tail`, any text may stand between the two.
#[derive(Debug)]
struct OriginPattern {
    head: Box<str>,
    tail: Option<Box<str>>,
}

impl CorsPlan {
    pub(crate) fn compile(cors: &Cors) -> Result<Self, String> {
        let old = cors.request_headers == CorsRequestHeaders::Canonical;
        let exposed = cors.expose_headers.join(", ");
        let max_age = cors.max_age_s.map(HeaderValue::from);
        Ok(Self {
            origins: AllowedOrigins::compile(&cors.origins),
            methods: cors
                .methods
                .iter()
                .map(|method| method.as_str().into())
                .collect(),
            methods_any_case: old,
            request_headers: RequestHeaders::compile(cors.request_headers, cors.headers.as_deref()),
            expose_headers: match exposed.is_empty() {
                true => None,
                false => Some(exposed.parse().map_err(|_| {
                    format!("the exposed headers {exposed:?} cannot be a header's value")
                })?),
            },
            max_age,
            credentials: cors.credentials,
            private_network: cors.private_network,
            passthrough: cors.passthrough,
            preflight_status: status(cors.preflight_status)?,
            preflight_vary: preflight_vary(old, cors.private_network),
            vary_repeat: cors.vary_repeat,
        })
    }

    pub(crate) fn apply(
        &self,
        method: &Method,
        headers: &HeaderMap,
        answer: &mut HeaderMap,
    ) -> Option<StatusCode> {
        let requested = headers.get(ACCESS_CONTROL_REQUEST_METHOD);
        match requested.filter(|value| method == Method::OPTIONS && !value.is_empty()) {
            Some(requested) => {
                self.preflight(requested.as_bytes(), headers, answer);
                (!self.passthrough).then_some(self.preflight_status)
            }
            None => {
                self.actual(method.as_str().as_bytes(), headers, answer);
                None
            }
        }
    }

    fn preflight(&self, requested: &[u8], headers: &HeaderMap, answer: &mut HeaderMap) {
        if self.origin_allowed(headers)
            && self.method_allowed(requested)
            && self.request_headers.allowed(headers)
        {
            if self.credentials {
                answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
            }
            self.request_headers
                .echo(headers, answer, ACCESS_CONTROL_ALLOW_HEADERS);
            self.allow_methods(headers, answer);
            self.allow_origin(headers, answer);
            let private = headers.get(REQUEST_PRIVATE_NETWORK);
            if self.private_network && private.is_some_and(|value| value == "true") {
                answer.insert(ALLOW_PRIVATE_NETWORK, TRUE);
            }
            if let Some(max_age) = &self.max_age {
                answer.insert(ACCESS_CONTROL_MAX_AGE, max_age.clone());
            }
        }
        for vary in self.preflight_vary {
            answer.append(VARY, HeaderValue::from_static(vary));
        }
    }

    fn actual(&self, method: &[u8], headers: &HeaderMap, answer: &mut HeaderMap) {
        if self.origin_allowed(headers) && self.method_allowed(method) {
            if self.credentials {
                answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
            }
            self.allow_origin(headers, answer);
            if let Some(exposed) = &self.expose_headers {
                answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone());
            }
        }
        for _ in 0..self.vary_repeat {
            answer.append(VARY, HeaderValue::from_static("Origin"));
        }
    }

    fn origin_allowed(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(ORIGIN).filter(|origin| !origin.is_empty()) else {
            return false;
        };
        match &self.origins {
            AllowedOrigins::Any => true,
            AllowedOrigins::Listed(patterns) => patterns
                .iter()
                .any(|pattern| pattern.matches(origin.as_bytes())),
        }
    }

    fn method_allowed(&self, method: &[u8]) -> bool {
        let same = |allowed: &[u8]| match self.methods_any_case {
            true => method.eq_ignore_ascii_case(allowed),
            false => method == allowed,
        };
        let listed = self.methods.iter().any(|allowed| same(allowed.as_bytes()));
        listed || (same(b"OPTIONS") && !self.methods.is_empty())
    }

    fn allow_origin(&self, headers: &HeaderMap, answer: &mut HeaderMap) {
        match self.origins {
            AllowedOrigins::Any => {
                answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            }
            AllowedOrigins::Listed(_) => {
                echo(headers, &ORIGIN, answer, &ACCESS_CONTROL_ALLOW_ORIGIN);
            }
        }
    }

    fn allow_methods(&self, headers: &HeaderMap, answer: &mut HeaderMap) {
        let requested = headers.get(ACCESS_CONTROL_REQUEST_METHOD);
        let lower =
            requested.is_some_and(|value| value.as_bytes().iter().any(u8::is_ascii_lowercase));
        if let Some(value) = requested
            && self.methods_any_case
            && lower
            && let Ok(upper) = HeaderValue::from_bytes(&value.as_bytes().to_ascii_uppercase())
        {
            answer.insert(ACCESS_CONTROL_ALLOW_METHODS, upper);
            return;
        }
        echo(
            headers,
            &ACCESS_CONTROL_REQUEST_METHOD,
            answer,
            &ACCESS_CONTROL_ALLOW_METHODS,
        );
    }
}

/// Sets a header of the answer to all values that one of the request has.
fn echo(headers: &HeaderMap, from: &HeaderName, answer: &mut HeaderMap, to: &HeaderName) {
    answer.remove(to);
    for value in headers.get_all(from) {
        answer.append(to, value.clone());
    }
}

fn preflight_vary(old: bool, private_network: bool) -> &'static [&'static str] {
    match (old, private_network) {
        (true, _) => &[
            "Origin",
            "Access-Control-Request-Method",
            "Access-Control-Request-Headers",
        ],
        (false, false) => {
            &["Origin, Access-Control-Request-Method, Access-Control-Request-Headers"]
        }
        (false, true) => &["Origin, Access-Control-Request-Method, \
            Access-Control-Request-Headers, Access-Control-Request-Private-Network"],
    }
}

impl AllowedOrigins {
    fn compile(origins: &Origins) -> Self {
        match origins {
            Origins::Any => Self::Any,
            Origins::Listed(origins) => Self::Listed(
                origins
                    .iter()
                    .map(|origin| OriginPattern::compile(origin))
                    .collect(),
            ),
        }
    }
}

impl OriginPattern {
    fn compile(origin: &str) -> Self {
        let origin = origin.to_lowercase();
        match origin.split_once('*') {
            Some((head, tail)) => Self {
                head: head.into(),
                tail: Some(tail.into()),
            },
            None => Self {
                head: origin.into(),
                tail: None,
            },
        }
    }

    fn matches(&self, origin: &[u8]) -> bool {
        let Some(tail) = &self.tail else {
            return origin.eq_ignore_ascii_case(self.head.as_bytes());
        };
        let Some(between) = origin.len().checked_sub(tail.len()) else {
            return false;
        };
        let (head, tail) = (self.head.as_bytes(), tail.as_bytes());
        between >= head.len()
            && origin[..head.len()].eq_ignore_ascii_case(head)
            && origin[between..].eq_ignore_ascii_case(tail)
    }
}
