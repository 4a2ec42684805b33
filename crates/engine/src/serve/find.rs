//! Finds the route of a request.

use std::borrow::Cow;
use std::sync::Arc;

use haleway_routing::{Found, RequestRouter, RequestView, normalise_path};
use http::header::{CONTENT_TYPE, LOCATION};
use http::request::Parts;
use http::{Response, Uri};

use super::Arrival;
use crate::body::Body;
use crate::client::{Place, host_text, split_port};
use crate::gotext::path_unescape;
use crate::plan::{PathFinder, RoutePlan, Routes};
use crate::routing::{Matched, Params, Redirection};

/// A route and how it was found.
pub(super) struct Finding<'a, 'u> {
    pub(super) route: &'a Arc<RoutePlan>,
    /// The path that was looked up.
    pub(super) path: Cow<'u, str>,
    pub(super) place: Place,
}

/// No route.
pub(super) enum Miss {
    /// Nothing serves it.
    NotFound,
    /// Routes of other methods do: `GET, POST`.
    MethodNotAllowed { allow: String },
    /// It is answered otherwise.
    Answer(Box<Response<Body>>),
}

/// Finds the route of a request.
pub(super) fn find<'a, 'u>(
    arrival: &'u Arrival<'a>,
    head: &Parts,
) -> Result<Finding<'a, 'u>, Miss> {
    let uri = &arrival.visit.uri;
    match &arrival.site.finder {
        Routes::ByPath(finder) => by_path(arrival, finder, head, uri),
        Routes::ByRequest(router) => by_request(arrival, router, head, uri),
    }
}

fn by_path<'a, 'u>(
    arrival: &Arrival<'a>,
    finder: &PathFinder,
    head: &Parts,
    uri: &'u Uri,
) -> Result<Finding<'a, 'u>, Miss> {
    let Some(decoded) = path_unescape(uri.path()) else {
        let reason = "invalid URL escape";
        let voice = &arrival.site.voice;
        let answer = voice.bad_request(reason, &head.headers, &arrival.visit);
        return Err(Miss::Answer(Box::new(answer)));
    };
    let path = match decoded {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    };
    match finder.router.find(&head.method, &path) {
        Matched::Route { index, params } => {
            if let Some(refusal) = &finder.encoded_parameter
                && params.values(&path).any(still_encoded)
            {
                return Err(Miss::Answer(Box::new(refusal.answer())));
            }
            Ok(Finding {
                route: &arrival.site.routes[index],
                path,
                place: Place {
                    params,
                    ..Place::default()
                },
            })
        }
        Matched::Redirect(near) => {
            let near = Redirection::new(&near, &head.method, uri.query(), &head.headers);
            Err(Miss::Answer(Box::new(redirect(near))))
        }
        Matched::MethodNotAllowed { allow } => Err(Miss::MethodNotAllowed { allow }),
        Matched::NotFound => Err(Miss::NotFound),
    }
}

fn by_request<'a, 'u>(
    arrival: &Arrival<'a>,
    router: &RequestRouter,
    head: &Parts,
    uri: &'u Uri,
) -> Result<Finding<'a, 'u>, Miss> {
    let path = normalise_path(uri.path());
    let connection = arrival.connection;
    let (host, port) = split_host(host_text(head));
    let view = RequestView {
        method: &head.method,
        scheme: if arrival.visit.tls { "https" } else { "http" },
        host: &host,
        port: port.unwrap_or(arrival.visit.port),
        path: &path,
        query: uri.query(),
        headers: &head.headers,
        sni: connection.server_name(),
        source: connection.peer,
        destination: connection.listener.ip(),
    };
    let found = router.find(&view).ok_or(Miss::NotFound)?;
    let route = &arrival.site.routes[found.route];
    let place = Place {
        params: Params::default(),
        matched: found.matched_path,
        captures: match route.asks_captures {
            true => captures(&found, &path),
            false => Vec::new(),
        },
    };
    Ok(Finding { route, path, place })
}

/// Every group by its number, and those that have one by their name, too.
fn captures(found: &Found<'_>, path: &str) -> Vec<(String, String)> {
    let Some(captures) = found.captures(path) else {
        return Vec::new();
    };
    let mut list = Vec::new();
    for (number, name, text) in captures.iter() {
        list.push((number.to_string(), text.to_owned()));
        list.extend(name.map(|name| (name.to_owned(), text.to_owned())));
    }
    list
}

/// A host in lower case, and its port.
pub(super) fn split_host(authority: &str) -> (Cow<'_, str>, Option<u16>) {
    let (host, port) = split_port(authority);
    let host = if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(host.to_ascii_lowercase())
    } else {
        Cow::Borrowed(host)
    };
    (host, port)
}

fn redirect(redirection: Redirection) -> Response<Body> {
    let mut answer = Response::new(Body::full(redirection.body));
    *answer.status_mut() = redirection.status;
    answer.headers_mut().insert(LOCATION, redirection.location);
    if let Some(content_type) = redirection.content_type {
        answer.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    answer
}

/// Whether a parameter would change its meaning when it is decoded once more.
fn still_encoded(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| match byte {
        b'?' | b'#' => true,
        b'%' => bytes
            .get(at + 1..at + 3)
            .is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::split_host;

    #[test]
    fn a_host_loses_its_port_and_its_capitals() {
        let table = [
            ("Example.COM:8000", "example.com", Some(8000)),
            ("example.com", "example.com", None),
            ("[::1]:80", "[::1]", Some(80)),
            ("[::1]", "[::1]", None),
            ("", "", None),
            ("a:b", "a:b", None),
            ("a:99999", "a:99999", None),
        ];
        for (authority, host, port) in table {
            let (found, found_port) = split_host(authority);
            assert_eq!((&*found, found_port), (host, port), "{authority}");
        }
    }
}
