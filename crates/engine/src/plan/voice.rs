//! How a site speaks for itself, compiled.

use haleway_blueprint::{MessageForm, Negotiated, StatusMessage, Voice};
use haleway_http1::Reason;
use http::{HeaderName, HeaderValue, StatusCode};

/// How a site speaks for itself.
pub(crate) struct VoicePlan {
    /// `None` writes messages as they are.
    pub(crate) negotiated: Option<Negotiated>,
    /// Reason phrases that differ from the usual ones.
    pub(crate) reasons: Vec<(StatusCode, Reason)>,
    pub(crate) failures: FailurePlan,
    pub(crate) server: Option<HeaderValue>,
    pub(crate) via: Option<ViaPlan>,
    pub(crate) latency: Option<LatencyPlan>,
    pub(crate) request_id: Option<HeaderName>,
    pub(crate) upstream_status: Option<HeaderName>,
    pub(crate) announce_keep_alive: bool,
    pub(crate) grpc: bool,
    /// Nothing of all this: answers need no finish.
    pub(crate) silent: bool,
}

/// A status and what is said with it.
pub(crate) struct MessagePlan {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
}

/// What is said when a call fails.
pub(crate) struct FailurePlan {
    pub(crate) no_endpoint: MessagePlan,
    pub(crate) none_left: MessagePlan,
    pub(crate) unresolved: MessagePlan,
    pub(crate) bad_answer: MessagePlan,
    pub(crate) timeout: MessagePlan,
    pub(crate) bad_request: MessagePlan,
    pub(crate) body_too_large: MessagePlan,
}

/// `Via` of an endpoint's answer.
pub(crate) struct ViaPlan {
    pub(crate) token: HeaderValue,
    pub(crate) appended: bool,
}

/// Headers with times.
pub(crate) struct LatencyPlan {
    pub(crate) upstream: Option<HeaderName>,
    pub(crate) proxy: Option<HeaderName>,
    pub(crate) own: Option<HeaderName>,
}

impl VoicePlan {
    /// Compiles a voice.
    ///
    /// # Errors
    /// A name, value or status cannot be written.
    pub(crate) fn compile(voice: &Voice) -> Result<Self, String> {
        let latency = voice.latency.as_ref().map(|names| {
            Ok::<_, String>(LatencyPlan {
                upstream: optional(&names.upstream)?,
                proxy: optional(&names.proxy)?,
                own: optional(&names.own)?,
            })
        });
        let via = voice.via.as_ref().map(|via| {
            Ok::<_, String>(ViaPlan {
                token: value(&via.token)?,
                appended: via.appended,
            })
        });
        let failures = &voice.failures;
        Ok(Self {
            negotiated: match &voice.form {
                MessageForm::Plain => None,
                MessageForm::Negotiated(forms) => Some(forms.clone()),
            },
            reasons: reasons(&voice.reasons)?,
            failures: FailurePlan {
                no_endpoint: MessagePlan::compile(&failures.no_endpoint)?,
                none_left: MessagePlan::compile(&failures.none_left)?,
                unresolved: MessagePlan::compile(&failures.unresolved)?,
                bad_answer: MessagePlan::compile(&failures.bad_answer)?,
                timeout: MessagePlan::compile(&failures.timeout)?,
                bad_request: MessagePlan::compile(&failures.bad_request)?,
                body_too_large: MessagePlan::compile(&failures.body_too_large)?,
            },
            server: voice.server.as_deref().map(value).transpose()?,
            via: via.transpose()?,
            latency: latency.transpose()?,
            request_id: optional(&voice.request_id)?,
            upstream_status: optional(&voice.upstream_status)?,
            announce_keep_alive: voice.announce_keep_alive,
            grpc: voice.grpc,
            silent: *voice == Voice::default(),
        })
    }
}

impl MessagePlan {
    /// Compiles a message.
    ///
    /// # Errors
    /// Its status is none.
    pub(crate) fn compile(message: &StatusMessage) -> Result<Self, String> {
        let status = match message.status {
            0 => StatusCode::BAD_GATEWAY,
            code => StatusCode::from_u16(code).map_err(|_| format!("{code} is no status"))?,
        };
        Ok(Self {
            status,
            message: message.message.clone(),
        })
    }
}

fn reasons(list: &[(u16, String)]) -> Result<Vec<(StatusCode, Reason)>, String> {
    let reason = |(code, text): &(u16, String)| {
        let status = StatusCode::from_u16(*code).map_err(|_| format!("{code} is no status"))?;
        let phrase = Reason::new(text).ok_or_else(|| format!("{text:?} is no reason phrase"))?;
        Ok((status, phrase))
    };
    list.iter().map(reason).collect()
}

fn name(text: &str) -> Result<HeaderName, String> {
    HeaderName::from_bytes(text.as_bytes()).map_err(|_| format!("{text:?} is no header name"))
}

fn optional(text: &Option<String>) -> Result<Option<HeaderName>, String> {
    text.as_deref().map(name).transpose()
}

fn value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text).map_err(|_| format!("{text:?} is no header value"))
}
