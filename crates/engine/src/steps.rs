//! Steps, compiled: small mechanisms between a request and its action.
//!
//! A step looks at the request's head, may put headers on the answer (whoever gives it) and may
//! answer itself, with an empty body. It keeps nothing between requests.

mod cors;
mod user_agent_filter;

use haleway_blueprint::Step;
use http::{HeaderMap, Method, StatusCode};

use self::cors::CorsPlan;
use self::user_agent_filter::UserAgentFilterPlan;

/// A step, ready to run.
#[derive(Debug)]
pub(crate) enum StepPlan {
    /// Cross-origin resource sharing.
    Cors(CorsPlan),
    /// Refuses requests by their `User-Agent`.
    UserAgentFilter(UserAgentFilterPlan),
}

impl StepPlan {
    /// Compiles a step.
    ///
    /// # Errors
    /// In words, what of the step no engine can run: a text that is no header value, a status out
    /// of range, a broken pattern. A dialect has checked all of it before.
    pub(crate) fn compile(step: &Step) -> Result<Self, String> {
        match step {
            Step::Cors(cors) => CorsPlan::compile(cors).map(Self::Cors),
            Step::UserAgentFilter(filter) => {
                UserAgentFilterPlan::compile(filter).map(Self::UserAgentFilter)
            }
        }
    }

    /// Runs the step on a request. `answer` takes headers for the final answer. A status ends the
    /// request here: it is answered with that and an empty body.
    pub(crate) fn apply(
        &self,
        method: &Method,
        headers: &HeaderMap,
        answer: &mut HeaderMap,
    ) -> Option<StatusCode> {
        match self {
            Self::Cors(cors) => cors.apply(method, headers, answer),
            Self::UserAgentFilter(filter) => filter.apply(headers),
        }
    }
}

fn status(code: u16) -> Result<StatusCode, String> {
    StatusCode::from_u16(code).map_err(|_| format!("{code} is no status"))
}
