//! Leads clients elsewhere (Kong 3.9, `kong/plugins/redirect/handler.lua`).

use bytes::Bytes;
use haleway_blueprint::{Redirect, RedirectLocation};
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};

use crate::plan::{header_value, status};
use crate::{Answer, Content, Passage};

/// A [`Redirect`], ready to run.
#[derive(Debug)]
pub(crate) struct RedirectPlan {
    status: StatusCode,
    location: LocationPlan,
    body: Bytes,
}

#[derive(Debug)]
enum LocationPlan {
    Fixed(HeaderValue),
    SamePath { origin: String, fragment: String },
}

impl RedirectPlan {
    pub(crate) fn compile(step: &Redirect) -> Result<Self, String> {
        let location = match &step.location {
            RedirectLocation::Fixed(location) => LocationPlan::Fixed(header_value(location)?),
            RedirectLocation::SamePath { origin, fragment } => {
                header_value(&format!("{origin}{fragment}"))?;
                LocationPlan::SamePath {
                    origin: origin.clone(),
                    fragment: fragment.clone(),
                }
            }
        };
        Ok(Self {
            status: status(step.status)?,
            location,
            body: Bytes::from(step.body.clone()),
        })
    }

    pub(crate) fn on_request(&self, passage: &Passage<'_>) -> Answer {
        let mut answer = Answer::empty(self.status);
        answer.content = Content::Untyped(self.body.clone());
        if let Some(location) = self.location.of(passage) {
            answer.headers.insert(LOCATION, location);
        }
        answer
    }
}

impl LocationPlan {
    fn of(&self, passage: &Passage<'_>) -> Option<HeaderValue> {
        let Self::SamePath { origin, fragment } = self else {
            let Self::Fixed(location) = self else {
                return None;
            };
            return Some(location.clone());
        };
        let uri = &passage.head.uri;
        let (path, query) = (uri.path(), uri.query().unwrap_or_default());
        let mark = if query.is_empty() { "" } else { "?" };
        let location = format!("{origin}{path}{mark}{query}{fragment}");
        HeaderValue::try_from(location).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::Rehearsal;

    fn location(location: RedirectLocation, uri: &str) -> String {
        let plan = RedirectPlan::compile(&Redirect {
            status: 308,
            location,
            body: "redirecting".to_owned(),
        });
        let plan = plan.unwrap();
        let answer = Rehearsal::get(uri).pass(|passage| plan.on_request(passage));
        assert_eq!(answer.status, 308);
        assert!(matches!(&answer.content, Content::Untyped(body) if body == "redirecting"));
        answer.headers[LOCATION].to_str().unwrap().to_owned()
    }

    #[test]
    fn path_and_query_are_kept_where_that_is_asked_for() {
        let same = RedirectLocation::SamePath {
            origin: "https://example.com".to_owned(),
            fragment: "#top".to_owned(),
        };
        let fixed = RedirectLocation::Fixed("https://example.com/x?y=z".to_owned());
        for (target, uri, expected) in [
            (&fixed, "/a?b=c", "https://example.com/x?y=z"),
            (&same, "/a%20b?b=c&d", "https://example.com/a%20b?b=c&d#top"),
            (&same, "/a?", "https://example.com/a#top"),
            (&same, "/", "https://example.com/#top"),
        ] {
            assert_eq!(location(target.clone(), uri), expected);
        }
    }
}
