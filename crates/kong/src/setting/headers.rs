//! `headers` and `headers_upstream`: which headers of our own are written.

use super::Settings;

/// Headers of our own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// `Server` on own answers, and on those of the Admin API.
    pub(crate) server: bool,
    /// `Via` on those of services.
    pub(crate) via: bool,
    /// `X-Kong-Upstream-Latency`.
    pub(crate) upstream_latency: bool,
    /// `X-Kong-Proxy-Latency`.
    pub(crate) proxy_latency: bool,
    /// `X-Kong-Response-Latency`.
    pub(crate) response_latency: bool,
    /// `X-Kong-Admin-Latency` on answers of the Admin API and the status listener.
    pub(crate) admin_latency: bool,
    /// `X-Kong-Upstream-Status`.
    pub(crate) upstream_status: bool,
    /// `X-Kong-Request-Id` on answers.
    pub(crate) request_id: bool,
    /// `X-Kong-Request-Id` on requests.
    pub(crate) upstream_request_id: bool,
}

const NAMES: &[&str] = &[
    "server_tokens",
    "latency_tokens",
    "server",
    "via",
    "x-kong-proxy-latency",
    "x-kong-response-latency",
    "x-kong-admin-latency",
    "x-kong-upstream-latency",
    "x-kong-upstream-status",
    "x-kong-request-id",
];

impl Tokens {
    /// What the settings ask for.
    pub(crate) fn read(settings: &Settings<'_>) -> Self {
        let mut tokens = Self::default();
        let list = settings.list("headers");
        for name in &list {
            if !name.eq_ignore_ascii_case("off") && !tokens.take(&name.to_ascii_lowercase()) {
                let known = NAMES.join(", ");
                let message = format!("invalid entry '{name}', expected off or of {known}");
                settings.refuse("headers", &message);
            }
        }
        // What stands behind an `off` in front is not looked at.
        if list
            .first()
            .is_some_and(|first| first.eq_ignore_ascii_case("off"))
        {
            tokens = Self::default();
        }
        let upstream = settings.list("headers_upstream");
        tokens.upstream_request_id = upstream
            .iter()
            .any(|name| name.eq_ignore_ascii_case("x-kong-request-id"));
        tokens
    }

    /// Whether a name, in lower case, is known; it is asked for then.
    fn take(&mut self, name: &str) -> bool {
        match name {
            "server_tokens" => (self.server, self.via) = (true, true),
            "latency_tokens" => {
                self.upstream_latency = true;
                self.proxy_latency = true;
                self.response_latency = true;
                self.admin_latency = true;
            }
            "server" => self.server = true,
            "via" => self.via = true,
            "x-kong-proxy-latency" => self.proxy_latency = true,
            "x-kong-response-latency" => self.response_latency = true,
            "x-kong-admin-latency" => self.admin_latency = true,
            "x-kong-upstream-latency" => self.upstream_latency = true,
            "x-kong-upstream-status" => self.upstream_status = true,
            "x-kong-request-id" => self.request_id = true,
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{NAMES, Tokens};

    #[test]
    fn every_name_that_is_offered_is_known_and_does_something() {
        for name in NAMES {
            let mut tokens = Tokens::default();
            assert!(tokens.take(name), "{name}");
            assert_ne!(tokens, Tokens::default(), "{name}");
        }
        assert!(!Tokens::default().take("x-kong-latency"));
    }
}
