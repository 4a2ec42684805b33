//! What names the gateway in answers and requests: `X-Krakend` and `User-Agent`.

use haleway_blueprint::{Body, Header, Respond};

use crate::context::Context;

/// The header that tells complete answers from partial ones.
pub(crate) const COMPLETED: &str = "X-Krakend-Completed";

/// How the gateway names itself.
pub(crate) struct Identity {
    version: Header,
    /// `User-Agent` of requests to backends.
    pub(crate) user_agent: String,
}

impl Identity {
    /// The identity of a compilation; `hidden` is the router's `hide_version_header`.
    pub(crate) fn new(context: &Context<'_>, hidden: bool) -> Self {
        let version = context
            .options
            .compat
            .as_deref()
            .unwrap_or(context.profile.identity);
        let shown = if hidden { "undefined" } else { version };
        Self {
            version: Header::new("X-Krakend", format!("Version {shown}")),
            user_agent: format!("KrakenD Version {version}"),
        }
    }

    /// The header that names the version.
    pub(crate) fn version(&self) -> Header {
        self.version.clone()
    }

    /// Both headers, for answers that are never complete.
    pub(crate) fn incomplete(&self) -> Vec<Header> {
        vec![self.version(), Header::new(COMPLETED, "false")]
    }

    /// The answer of an endpoint that cannot be served.
    pub(crate) fn refusal(&self) -> Respond {
        Respond {
            status: 500,
            headers: self.incomplete(),
            body: Body::default(),
        }
    }
}
