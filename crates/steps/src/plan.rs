//! Steps, compiled: the list of mechanisms.

use bytes::Bytes;
use haleway_blueprint::Step;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode, response};

use crate::address_filter::AddressFilterPlan;
use crate::answer_edit::AnswerEditPlan;
use crate::basic_auth::BasicAuthPlan;
use crate::body_size_limit::BodySizeLimitPlan;
use crate::by_consumer::ByConsumerPlan;
use crate::correlation_id::CorrelationIdPlan;
use crate::cors::CorsPlan;
use crate::groups::GroupsPlan;
use crate::head_limit::HeadLimitPlan;
use crate::jwt_auth::JwtAuthPlan;
use crate::key_auth::KeyAuthPlan;
use crate::method_filter::MethodFilterPlan;
use crate::origin_policy::OriginPolicyPlan;
use crate::rate_limit::RateLimitPlan;
use crate::redirect::RedirectPlan;
use crate::request_edit::RequestEditPlan;
use crate::require_grpc::RequireGrpcPlan;
use crate::require_tls::RequireTlsPlan;
use crate::terminate::TerminatePlan;
use crate::user_agent_filter::UserAgentFilterPlan;
use crate::{Answer, Consumers, LogSink, Memory, Notes, Passage};

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
    AddressFilter(AddressFilterPlan),
    AnswerEdit(AnswerEditPlan),
    BasicAuth(Box<BasicAuthPlan>),
    BodySizeLimit(BodySizeLimitPlan),
    ByConsumer(ByConsumerPlan),
    CorrelationId(CorrelationIdPlan),
    Cors(CorsPlan),
    Groups(GroupsPlan),
    HeadLimit(HeadLimitPlan),
    JwtAuth(Box<JwtAuthPlan>),
    KeyAuth(Box<KeyAuthPlan>),
    Log(LogSink),
    MethodFilter(MethodFilterPlan),
    OriginPolicy(OriginPolicyPlan),
    RateLimit(RateLimitPlan),
    Redirect(RedirectPlan),
    RequestEdit(Box<RequestEditPlan>),
    RequireGrpc(RequireGrpcPlan),
    RequireTls(RequireTlsPlan),
    Terminate(TerminatePlan),
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
            Step::AddressFilter(step) => Kind::AddressFilter(AddressFilterPlan::compile(step)?),
            Step::BasicAuth(step) => {
                Kind::BasicAuth(Box::new(BasicAuthPlan::compile(step, context)?))
            }
            Step::BodySizeLimit(step) => Kind::BodySizeLimit(BodySizeLimitPlan::compile(step)?),
            Step::Groups(step) => Kind::Groups(GroupsPlan::compile(step)?),
            Step::HeadLimit(step) => Kind::HeadLimit(HeadLimitPlan::compile(step)?),
            Step::JwtAuth(step) => Kind::JwtAuth(Box::new(JwtAuthPlan::compile(step, context)?)),
            Step::KeyAuth(step) => Kind::KeyAuth(Box::new(KeyAuthPlan::compile(step, context)?)),
            Step::MethodFilter(step) => Kind::MethodFilter(MethodFilterPlan::compile(step)?),
            Step::OriginPolicy(step) => Kind::OriginPolicy(OriginPolicyPlan::compile(step)?),
            Step::ByConsumer(step) => Kind::ByConsumer(ByConsumerPlan::compile(step, context)?),
            Step::Cors(step) => Kind::Cors(CorsPlan::compile(step)?),
            Step::RequireGrpc(step) => Kind::RequireGrpc(RequireGrpcPlan::compile(step)?),
            Step::RequireTls(step) => Kind::RequireTls(RequireTlsPlan::compile(step)?),
            Step::UserAgentFilter(step) => {
                Kind::UserAgentFilter(UserAgentFilterPlan::compile(step)?)
            }
            Step::AnswerEdit(step) => Kind::AnswerEdit(AnswerEditPlan::compile(step)?),
            Step::CorrelationId(step) => Kind::CorrelationId(CorrelationIdPlan::compile(step)?),
            Step::LogFile(step) => Kind::Log(LogSink::file(step)),
            Step::LogHttp(step) => Kind::Log(LogSink::http(step)),
            Step::RateLimit(step) => Kind::RateLimit(RateLimitPlan::compile(step, context)?),
            Step::Redirect(step) => Kind::Redirect(RedirectPlan::compile(step)?),
            Step::RequestEdit(step) => Kind::RequestEdit(Box::new(RequestEditPlan::compile(step)?)),
            Step::RequestMetrics(step) => Kind::Log(LogSink::metrics(step)),
            Step::Terminate(step) => Kind::Terminate(TerminatePlan::compile(step)?),
        };
        Ok(Self(kind))
    }

    /// How many bytes of the request's body are to be read whole before the step runs; `None`
    /// leaves it alone.
    #[must_use]
    pub fn wants_body(&self, head: &Parts, notes: &Notes) -> Option<usize> {
        match &self.0 {
            Kind::BodySizeLimit(step) => step.wants_body(head),
            Kind::ByConsumer(step) => step.chosen(notes)?.wants_body(head, notes),
            Kind::KeyAuth(step) => step.wants_body(head),
            Kind::RequestEdit(step) => step.wants_body(),
            Kind::Terminate(step) => step.wants_body(),
            _ => None,
        }
    }

    /// The answer to a body that is larger than [`Self::wants_body`] asks for; `None` leaves it to
    /// the site.
    #[must_use]
    pub fn body_too_large(&self, head: &Parts, notes: &Notes) -> Option<Answer> {
        match &self.0 {
            Kind::BodySizeLimit(step) => Some(step.too_large(&head.headers)),
            Kind::ByConsumer(step) => step.chosen(notes)?.body_too_large(head, notes),
            _ => None,
        }
    }

    /// Runs the step on a request. An answer ends the request here.
    pub fn on_request(&self, passage: &mut Passage<'_>) -> Option<Answer> {
        match &self.0 {
            Kind::AddressFilter(step) => step.on_request(passage),
            Kind::BasicAuth(step) => step.on_request(passage),
            Kind::BodySizeLimit(step) => step.on_request(passage),
            Kind::Groups(step) => step.on_request(passage),
            Kind::HeadLimit(step) => step.on_request(passage),
            Kind::JwtAuth(step) => step.on_request(passage),
            Kind::KeyAuth(step) => step.on_request(passage),
            Kind::MethodFilter(step) => step.on_request(passage),
            Kind::OriginPolicy(step) => step.on_request(passage),
            Kind::ByConsumer(step) => step.chosen(passage.notes)?.on_request(passage),
            Kind::Cors(step) => {
                let Passage { head, notes, .. } = passage;
                let refused = step.apply(&head.method, &head.headers, &mut notes.append);
                refused.map(Answer::empty)
            }
            Kind::AnswerEdit(_) | Kind::Log(_) => None,
            Kind::CorrelationId(step) => {
                step.on_request(passage);
                None
            }
            Kind::RateLimit(step) => step.on_request(passage),
            Kind::Redirect(step) => Some(step.on_request(passage)),
            Kind::RequestEdit(step) => step.on_request(passage),
            Kind::RequireGrpc(step) => step.on_request(passage),
            Kind::RequireTls(step) => step.on_request(passage),
            Kind::Terminate(step) => step.on_request(passage),
            Kind::UserAgentFilter(step) => step.apply(&passage.head.headers).map(Answer::empty),
        }
    }

    /// Runs the step on an answer's head, whoever gave it.
    pub fn on_answer(&self, answer: &mut response::Parts, notes: &Notes) {
        match &self.0 {
            Kind::ByConsumer(step) => {
                if let Some(step) = step.chosen(notes) {
                    step.on_answer(answer, notes);
                }
            }
            Kind::AnswerEdit(step) => step.on_answer(answer),
            Kind::OriginPolicy(step) => step.on_answer(answer, notes),
            _ => {}
        }
    }

    /// How many bytes of an answer's body are to be read whole for [`Self::on_answer_body`];
    /// `None` leaves it alone.
    #[must_use]
    pub fn wants_answer_body(&self, answer: &response::Parts, notes: &Notes) -> Option<usize> {
        match &self.0 {
            Kind::AnswerEdit(step) => step.wants_answer_body(answer),
            Kind::ByConsumer(step) => step.chosen(notes)?.wants_answer_body(answer, notes),
            _ => None,
        }
    }

    /// Changes an answer's body; the caller mends `Content-Length`.
    #[must_use]
    pub fn on_answer_body(&self, body: Bytes, notes: &Notes) -> Bytes {
        match &self.0 {
            Kind::ByConsumer(step) => match step.chosen(notes) {
                Some(step) => step.on_answer_body(body, notes),
                None => body,
            },
            Kind::AnswerEdit(step) => step.on_answer_body(body),
            _ => body,
        }
    }

    /// Where an entry goes when a request that passed the step has ended, whoever answered it.
    #[must_use]
    pub fn log(&self, notes: &Notes) -> Option<&LogSink> {
        match &self.0 {
            Kind::ByConsumer(step) => step.chosen(notes)?.log(notes),
            Kind::Log(sink) => Some(sink),
            _ => None,
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

/// The name of a header.
///
/// # Errors
/// It is none.
pub(crate) fn header_name(name: &str) -> Result<HeaderName, String> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{name:?} is no header's name"))
}

/// The value of a header.
///
/// # Errors
/// It is none.
pub(crate) fn header_value(value: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| format!("{value:?} cannot be a header's value"))
}
