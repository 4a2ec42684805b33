//! Steps: small mechanisms between a request and its action.

mod address_filter;
mod answer_edit;
mod basic_auth;
mod body_size_limit;
mod by_consumer;
mod correlation_id;
mod cors;
mod edits;
mod groups;
mod head_limit;
mod jwt_auth;
mod key_auth;
mod method_filter;
mod origin_policy;
mod rate_limit;
mod recognition;
mod redirect;
mod refusal;
mod request_edit;
mod request_log;
mod request_metrics;
mod require_grpc;
mod require_tls;
mod terminate;
mod user_agent_filter;

pub use address_filter::AddressFilter;
pub use answer_edit::{AnswerEdit, HeaderEdits, JsonEdits};
pub use basic_auth::BasicAuth;
pub use body_size_limit::BodySizeLimit;
pub use by_consumer::ByConsumer;
pub use correlation_id::{CorrelationId, IdGenerator};
pub use cors::{Cors, CorsRequestHeaders, Origins};
pub use edits::Edits;
pub use groups::{GroupRule, Groups};
pub use head_limit::HeadLimit;
pub use jwt_auth::{JwtAuth, JwtClaim, JwtMessages};
pub use key_auth::KeyAuth;
pub use method_filter::MethodFilter;
pub use origin_policy::{OriginMatch, OriginPolicy, OriginRule};
pub use rate_limit::{RateKey, RateLimit, Window, WindowLimit};
pub use recognition::{Anonymous, ConsumerHeaders};
pub use redirect::{Redirect, RedirectLocation};
pub use refusal::Refusal;
pub use request_edit::{
    FieldEdits, RequestEdit, RequestTemplate, RequestTemplatePart, RequestValue,
};
pub use request_log::{LogEndpoint, LogFile, LogForm, LogHttp, LogQueue};
pub use request_metrics::{MetricFamily, RequestMetricFamilies, RequestMetrics};
pub use require_grpc::RequireGrpc;
pub use require_tls::RequireTls;
pub use terminate::{Terminate, TerminateContent};
pub use user_agent_filter::UserAgentFilter;

use serde::{Deserialize, Serialize};

/// One step. It lets the request pass, changes it or its answer, or answers itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Refuses requests by the address of their client.
    AddressFilter(AddressFilter),
    /// Changes of the answer.
    AnswerEdit(AnswerEdit),
    /// Recognises who asks by name and password.
    BasicAuth(Box<BasicAuth>),
    /// Refuses requests with large bodies.
    BodySizeLimit(BodySizeLimit),
    /// What to do depends on who asks.
    ByConsumer(ByConsumer),
    /// An id in a header.
    CorrelationId(CorrelationId),
    /// Cross-origin resource sharing as Go's rs/cors does it.
    Cors(Cors),
    /// Lets consumers pass by their groups.
    Groups(Groups),
    /// Refuses requests with large heads.
    HeadLimit(HeadLimit),
    /// Recognises who asks by a signed token.
    JwtAuth(Box<JwtAuth>),
    /// Recognises who asks by a key.
    KeyAuth(Box<KeyAuth>),
    /// A log of requests in a file.
    LogFile(LogFile),
    /// A log of requests at a server.
    LogHttp(LogHttp),
    /// Refuses requests by their method.
    MethodFilter(MethodFilter),
    /// Cross-origin resource sharing as Kong does it.
    OriginPolicy(OriginPolicy),
    /// So many requests per window.
    RateLimit(RateLimit),
    /// Leads the client elsewhere.
    Redirect(Redirect),
    /// Changes of the request.
    RequestEdit(Box<RequestEdit>),
    /// Metrics of requests.
    RequestMetrics(RequestMetrics),
    /// Refuses requests that are no gRPC.
    RequireGrpc(RequireGrpc),
    /// Refuses requests without TLS.
    RequireTls(RequireTls),
    /// Answers in place of the endpoint.
    Terminate(Terminate),
    /// Refuses requests by their `User-Agent`.
    UserAgentFilter(UserAgentFilter),
}
