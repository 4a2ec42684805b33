//! Steps: small mechanisms between a request and its action.

mod answer_edit;
mod by_consumer;
mod correlation_id;
mod cors;
mod rate_limit;
mod redirect;
mod request_edit;
mod request_log;
mod request_metrics;
mod require_tls;
mod terminate;
mod user_agent_filter;

pub use answer_edit::{AnswerEdit, HeaderEdits, JsonEdits};
pub use by_consumer::ByConsumer;
pub use correlation_id::{CorrelationId, IdGenerator};
pub use cors::{Cors, CorsRequestHeaders, Origins};
pub use rate_limit::{RateKey, RateLimit, Window, WindowLimit};
pub use redirect::{Redirect, RedirectLocation};
pub use request_edit::{
    FieldEdits, RequestEdit, RequestTemplate, RequestTemplatePart, RequestValue,
};
pub use request_log::{LogEndpoint, LogFile, LogForm, LogHttp, LogQueue};
pub use request_metrics::{MetricFamily, RequestMetricFamilies, RequestMetrics};
pub use require_tls::RequireTls;
pub use terminate::{Terminate, TerminateContent};
pub use user_agent_filter::UserAgentFilter;

use serde::{Deserialize, Serialize};

/// One step. It lets the request pass, changes it or its answer, or answers itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Changes of the answer.
    AnswerEdit(AnswerEdit),
    /// What to do depends on who asks.
    ByConsumer(ByConsumer),
    /// An id in a header.
    CorrelationId(CorrelationId),
    /// Cross-origin resource sharing.
    Cors(Cors),
    /// A log of requests in a file.
    LogFile(LogFile),
    /// A log of requests at a server.
    LogHttp(LogHttp),
    /// So many requests per window.
    RateLimit(RateLimit),
    /// Leads the client elsewhere.
    Redirect(Redirect),
    /// Changes of the request.
    RequestEdit(Box<RequestEdit>),
    /// Metrics of requests.
    RequestMetrics(RequestMetrics),
    /// Refuses requests without TLS.
    RequireTls(RequireTls),
    /// Answers in place of the endpoint.
    Terminate(Terminate),
    /// Refuses requests by their `User-Agent`.
    UserAgentFilter(UserAgentFilter),
}
