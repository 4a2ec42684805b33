//! Refuses requests that came without TLS (Kong 3, `protocols: [https]`).

use haleway_blueprint::RequireTls;
use http::header::{CONNECTION, LOCATION, UPGRADE};
use http::{HeaderValue, StatusCode};

use crate::{Answer, Passage};

/// A [`RequireTls`], ready to run.
#[derive(Debug)]
pub(crate) struct RequireTlsPlan {
    status: StatusCode,
    message: String,
}

impl RequireTlsPlan {
    pub(crate) fn compile(step: &RequireTls) -> Result<Self, String> {
        Ok(Self {
            status: crate::plan::status(step.status)?,
            message: step.message.clone(),
        })
    }

    pub(crate) fn on_request(&self, passage: &Passage<'_>) -> Option<Answer> {
        if passage.facts.secure {
            return None;
        }
        if !self.status.is_redirection() {
            let mut answer = Answer::message(self.status, self.message.clone());
            let upgrade = HeaderValue::from_static("TLS/1.2, HTTP/1.1");
            answer.headers.insert(UPGRADE, upgrade);
            let connection = HeaderValue::from_static("Upgrade");
            answer.headers.insert(CONNECTION, connection);
            return Some(answer);
        }
        let target = passage.head.uri.path_and_query();
        let target = target.map_or("/", |it| it.as_str());
        let location = format!("https://{}{target}", passage.facts.asked_host);
        let mut answer = Answer::empty(self.status);
        if let Ok(location) = HeaderValue::from_str(&location) {
            answer.headers.insert(LOCATION, location);
        }
        Some(answer)
    }
}
