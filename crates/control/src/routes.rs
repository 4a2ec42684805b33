//! Which path gives which answer.

use haleway_blueprint::runtime::PoolStatus;
use http::{Method, Request, StatusCode};
use serde::Serialize;

use crate::answer::{self, Answer};
use crate::events::{self, Subscribers};
use crate::percent::percent_decoded;
use crate::{Subject, metrics, ready};

/// The description of all paths, kept by hand beside the code; a test holds the two together.
pub const OPENAPI: &str = include_str!("openapi.json");

const READING: &str = "GET, HEAD";

/// Answers one request. The body of the request is never read.
pub(crate) async fn answer<B>(
    subject: &Subject,
    subscribers: &Subscribers,
    request: &Request<B>,
) -> Answer {
    let path = request.uri().path();
    let Some(resource) = Resource::of(path) else {
        return answer::not_found(&format!("there is nothing at {path}"));
    };
    match *request.method() {
        Method::POST if resource == Resource::Reload => reload(subject).await,
        _ if resource == Resource::Reload => answer::method_not_allowed("POST"),
        Method::GET if resource == Resource::Events => {
            let query = request.uri().query();
            events::events(subject, subscribers, request.headers(), query)
        }
        Method::GET => resource.read(subject, request.uri().query()),
        Method::HEAD => answer::head_only(resource.read(subject, request.uri().query())),
        _ => answer::method_not_allowed(READING),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Resource<'a> {
    Live,
    Ready,
    Metrics,
    Blueprint,
    Reload,
    Pools,
    Pool(&'a str),
    Why(&'a str, &'a str),
    Events,
    Openapi,
}

impl<'a> Resource<'a> {
    fn of(path: &'a str) -> Option<Self> {
        Some(match path {
            "/livez" => Self::Live,
            "/readyz" => Self::Ready,
            "/metrics" => Self::Metrics,
            "/v1/blueprint" => Self::Blueprint,
            "/v1/reload" => Self::Reload,
            "/v1/pools" => Self::Pools,
            "/v1/events" => Self::Events,
            "/v1/openapi.json" => Self::Openapi,
            _ => {
                let name = path.strip_prefix("/v1/pools/")?;
                if let Some((pool, endpoint)) = endpoint(name) {
                    return Some(Self::Why(pool, endpoint));
                }
                if name.is_empty() || name.contains('/') {
                    return None;
                }
                Self::Pool(name)
            }
        })
    }

    fn read(&self, subject: &Subject, query: Option<&str>) -> Answer {
        match self {
            Self::Live => answer::text(StatusCode::OK, "alive\n".to_owned()),
            Self::Ready => ready::ready(subject, asks_for(query, "verbose")),
            Self::Metrics => answer::metrics(metrics::write(subject)),
            Self::Blueprint => {
                answer::json_text(StatusCode::OK, subject.running.blueprint().to_json())
            }
            Self::Pools => pools(subject),
            Self::Pool(name) => pool(subject, name),
            Self::Why(pool, endpoint) => why(subject, pool, endpoint),
            Self::Events => answer::json_lines(String::new()),
            Self::Openapi => answer::json_text(StatusCode::OK, OPENAPI.trim_end().to_owned()),
            Self::Reload => answer::method_not_allowed("POST"),
        }
    }
}

/// Pool and endpoint of `POOL/endpoints/ENDPOINT/why`.
fn endpoint(rest: &str) -> Option<(&str, &str)> {
    let (pool, rest) = rest.split_once("/endpoints/")?;
    let endpoint = rest.strip_suffix("/why")?;
    let whole = |name: &str| !name.is_empty() && !name.contains('/');
    (whole(pool) && whole(endpoint)).then_some((pool, endpoint))
}

fn asks_for(query: Option<&str>, name: &str) -> bool {
    query
        .unwrap_or_default()
        .split('&')
        .any(|pair| pair.split('=').next() == Some(name))
}

async fn reload(subject: &Subject) -> Answer {
    let reload = subject.reload.clone();
    let Ok(outcome) = tokio::task::spawn_blocking(move || reload.reload()).await else {
        let message = "the reload broke off; what served before goes on serving";
        return answer::error(StatusCode::INTERNAL_SERVER_ERROR, message);
    };
    let status = if outcome.accepted {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    answer::json(status, &outcome)
}

fn pools(subject: &Subject) -> Answer {
    #[derive(Serialize)]
    struct Pools {
        pools: Vec<PoolStatus>,
    }
    answer::json(
        StatusCode::OK,
        &Pools {
            pools: subject.running.pools(),
        },
    )
}

fn pool(subject: &Subject, written: &str) -> Answer {
    let name = percent_decoded(written);
    match subject
        .running
        .pools()
        .into_iter()
        .find(|pool| pool.name == name)
    {
        Some(pool) => answer::json(StatusCode::OK, &pool),
        None => answer::not_found(&format!("there is no pool {name}")),
    }
}

fn why(subject: &Subject, pool: &str, endpoint: &str) -> Answer {
    let (pool, endpoint) = (percent_decoded(pool), percent_decoded(endpoint));
    let Some(why) = subject.running.why(&pool, &endpoint) else {
        let message = format!("nothing watches over an endpoint {endpoint} of a pool {pool}");
        return answer::not_found(&message);
    };
    let mut json = why.json;
    if let serde_json::Value::Object(fields) = &mut json {
        fields.insert("page".to_owned(), why.text.into());
    }
    answer::json(StatusCode::OK, &json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbose_is_a_name_and_not_a_piece_of_one() {
        assert!(asks_for(Some("verbose"), "verbose"));
        assert!(asks_for(Some("a=1&verbose=true"), "verbose"));
        assert!(!asks_for(Some("verbosely"), "verbose"));
        assert!(!asks_for(None, "verbose"));
    }

    #[test]
    fn a_pool_name_holds_no_slash() {
        assert_eq!(Resource::of("/v1/pools/a:80"), Some(Resource::Pool("a:80")));
        let path = "/v1/pools/a:80/endpoints/b:81/why";
        assert_eq!(Resource::of(path), Some(Resource::Why("a:80", "b:81")));
        assert_eq!(Resource::of("/v1/pools/a/endpoints//why"), None);
        assert_eq!(Resource::of("/v1/pools/a/b"), None);
        assert_eq!(Resource::of("/v1/pools/"), None);
    }

    #[test]
    fn the_description_names_every_path_and_no_other() {
        let document: serde_json::Value = serde_json::from_str(OPENAPI).unwrap();
        let paths: Vec<&str> = document["paths"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let known = [
            "/livez",
            "/metrics",
            "/readyz",
            "/v1/blueprint",
            "/v1/events",
            "/v1/openapi.json",
            "/v1/pools",
            "/v1/pools/{pool}",
            "/v1/pools/{pool}/endpoints/{address}/why",
            "/v1/reload",
        ];
        assert_eq!(paths, known);
        for path in known {
            assert!(Resource::of(path).is_some(), "{path}");
        }
    }
}
