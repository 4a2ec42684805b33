//! Steps, compiled: the list of mechanisms.

use bytes::Bytes;
use haleway_blueprint::Step;
use http::{StatusCode, response};

use crate::by_consumer::ByConsumerPlan;
use crate::cors::CorsPlan;
use crate::require_tls::RequireTlsPlan;
use crate::user_agent_filter::UserAgentFilterPlan;
use crate::{Answer, Consumers, Memory, Notes, Passage};

/// What steps are compiled with.
pub struct Context<'a> {
    /// Who may be known.
    pub consumers: &'a std::sync::Arc<Consumers>,
    /// What outlives the plan.
    pub memory: &'a std::sync::Arc<Memory>,
}

/// A step, ready to run.
#[derive(Debug)]
pub struct StepPlan(Kind);

#[derive(Debug)]
enum Kind {
    ByConsumer(ByConsumerPlan),
    Cors(CorsPlan),
    RequireTls(RequireTlsPlan),
    UserAgentFilter(UserAgentFilterPlan),
}

impl StepPlan {
    /// Compiles a step.
    ///
    /// # Errors
    /// In words, what of the step cannot be run: a text that is no header value, a status out of
    /// range, a broken pattern. A dialect has checked all of it before.
    pub fn compile(step: &Step, context: &Context<'_>) -> Result<Self, String> {
        let kind = match step {
            Step::ByConsumer(step) => Kind::ByConsumer(ByConsumerPlan::compile(step, context)?),
            Step::Cors(step) => Kind::Cors(CorsPlan::compile(step)?),
            Step::RequireTls(step) => Kind::RequireTls(RequireTlsPlan::compile(step)?),
            Step::UserAgentFilter(step) => {
                Kind::UserAgentFilter(UserAgentFilterPlan::compile(step)?)
            }
            _ => return Err("this step is not built yet".to_owned()),
        };
        Ok(Self(kind))
    }

    /// How many bytes of the request's body are to be read whole before the step runs; `None`
    /// leaves it alone.
    #[must_use]
    pub fn wants_body(&self) -> Option<usize> {
        match &self.0 {
            Kind::ByConsumer(step) => step.all().filter_map(Self::wants_body).max(),
            Kind::Cors(_) | Kind::RequireTls(_) | Kind::UserAgentFilter(_) => None,
        }
    }

    /// Runs the step on a request. An answer ends the request here.
    pub fn on_request(&self, passage: &mut Passage<'_>) -> Option<Answer> {
        match &self.0 {
            Kind::ByConsumer(step) => step.chosen(passage.notes)?.on_request(passage),
            Kind::Cors(step) => {
                let Passage { head, notes, .. } = passage;
                let refused = step.apply(&head.method, &head.headers, &mut notes.append);
                refused.map(Answer::empty)
            }
            Kind::RequireTls(step) => step.on_request(passage),
            Kind::UserAgentFilter(step) => step.apply(&passage.head.headers).map(Answer::empty),
        }
    }

    /// Runs the step on an answer's head, whoever gave it. `proxied` says that an endpoint did.
    pub fn on_answer(&self, answer: &mut response::Parts, proxied: bool, notes: &Notes) {
        match &self.0 {
            Kind::ByConsumer(step) => {
                if let Some(step) = step.chosen(notes) {
                    step.on_answer(answer, proxied, notes);
                }
            }
            Kind::Cors(_) | Kind::RequireTls(_) | Kind::UserAgentFilter(_) => {}
        }
    }

    /// How many bytes of an answer's body are to be read whole for [`Self::on_answer_body`];
    /// `None` leaves it alone.
    #[must_use]
    pub fn wants_answer_body(&self, answer: &response::Parts, notes: &Notes) -> Option<usize> {
        match &self.0 {
            Kind::ByConsumer(step) => step.chosen(notes)?.wants_answer_body(answer, notes),
            Kind::Cors(_) | Kind::RequireTls(_) | Kind::UserAgentFilter(_) => None,
        }
    }

    /// Changes an answer's body; the caller mends `Content-Length`.
    #[must_use]
    pub fn on_answer_body(&self, head: &mut response::Parts, body: Bytes, notes: &Notes) -> Bytes {
        match &self.0 {
            Kind::ByConsumer(step) => match step.chosen(notes) {
                Some(step) => step.on_answer_body(head, body, notes),
                None => body,
            },
            Kind::Cors(_) | Kind::RequireTls(_) | Kind::UserAgentFilter(_) => body,
        }
    }
}

/// A status.
///
/// # Errors
/// It is none.
pub(crate) fn status(code: u16) -> Result<StatusCode, String> {
    StatusCode::from_u16(code).map_err(|_| format!("{code} is no status"))
}
