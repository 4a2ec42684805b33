//! Every namespace that a KrakenD configuration may carry: those of Community under both names,
//! those of Enterprise, those that were removed, and the plugins of version 1.x.

use haleway_document::Severity;

use crate::key::State::{
    self, Approximated, Enterprise, GoPlugin, Idle, NotBuilt, Removed, Supported,
};

use Level::{Agent, Backend, Endpoint, Service};

/// Where an `extra_config` stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// At the root.
    Service,
    /// In an endpoint.
    Endpoint,
    /// In a backend.
    Backend,
    /// In an asynchronous agent.
    Agent,
}

impl Level {
    /// As it reads in a message.
    pub(crate) fn phrase(self) -> &'static str {
        match self {
            Service => "the service",
            Endpoint => "an endpoint",
            Backend => "a backend",
            Agent => "an async agent",
        }
    }

    /// As it reads in the coverage table.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Service => "service",
            Endpoint => "endpoint",
            Backend => "backend",
            Agent => "async agent",
        }
    }
}

/// A namespace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Namespace {
    /// Its name in version 3.
    pub(crate) short: &'static str,
    /// Its names in version 2.
    pub(crate) long: &'static [&'static str],
    /// Where it does something.
    pub(crate) levels: &'static [Level],
    /// What becomes of it.
    pub(crate) state: State,
    /// What there is to say about it.
    pub(crate) note: &'static str,
}

impl Namespace {
    /// Every name.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.short).chain(self.long.iter().copied())
    }

    /// Whether it only watches: without it every answer stays the same.
    pub(crate) fn is_telemetry(&self) -> bool {
        self.short.starts_with("telemetry/")
    }
}

/// The namespace of a name.
pub(crate) fn find(name: &str) -> Option<&'static Namespace> {
    REGISTRY
        .iter()
        .find(|namespace| namespace.names().any(|it| it == name))
}

const fn of(
    short: &'static str,
    long: &'static [&'static str],
    levels: &'static [Level],
    state: State,
    note: &'static str,
) -> Namespace {
    Namespace {
        short,
        long,
        levels,
        state,
        note,
    }
}

const S: &[Level] = &[Service];
const E: &[Level] = &[Endpoint];
const B: &[Level] = &[Backend];
const SB: &[Level] = &[Service, Backend];
const SE: &[Level] = &[Service, Endpoint];
const EB: &[Level] = &[Endpoint, Backend];
const SEB: &[Level] = &[Service, Endpoint, Backend];
const ALL: &[Level] = &[Service, Endpoint, Backend, Agent];

const PLUGIN: &str = "rewrite what the plugin does as a backend service, or remove it";
const ONLY_ENTERPRISE: &str = "KrakenD Community ignores it, too";
const METADATA: &str = "it is metadata for generators of documentation";

/// All of them.
#[rustfmt::skip]
pub(crate) static REGISTRY: &[Namespace] = &[
    of("proxy", &["github.com/devopsfaith/krakend/proxy"], EB, Approximated, "answers of parallel backends are merged in the order of the configuration"),
    of("router", &["github_com/luraproject/lura/router/gin", "github.com/luraproject/lura/router/gin"], S, Supported, ""),
    of("backend/http", &["github.com/devopsfaith/krakend/http"], B, Supported, ""),
    of("backend/http/client", &[], B, Supported, "`send_body_on_redirect`; its other keys are Enterprise"),
    of("security/cors", &["github_com/devopsfaith/krakend-cors"], S, Supported, ""),
    of("security/bot-detector", &["github_com/devopsfaith/krakend-botdetector"], SE, Supported, ""),
    of("telemetry/logging", &["github_com/devopsfaith/krakend-gologging"], S, Supported, ""),
    of("qos/circuit-breaker", &["github.com/devopsfaith/krakend-circuitbreaker/gobreaker"], B, Supported, ""),
    of("haleway/compat", &[], S, Supported, "`{\"health\": \"original\"}` gives the health answers that KrakenD really gives"),
    of("haleway/health", &[], SB, Supported, "checks of hosts by probes and requests, balancing, retries; a backend's block wins over the service's, key by key"),

    of("qos/ratelimit/router", &["github.com/devopsfaith/krakend-ratelimit/juju/router", "github.com/devopsfaith/krakend-ratelimit/rate/router"], E, NotBuilt, ""),
    of("qos/ratelimit/proxy", &["github.com/devopsfaith/krakend-ratelimit/juju/proxy", "github.com/devopsfaith/krakend-ratelimit/rate/proxy"], B, NotBuilt, ""),
    of("qos/http-cache", &["github.com/devopsfaith/krakend-httpcache"], B, NotBuilt, ""),
    of("auth/client-credentials", &["github.com/devopsfaith/krakend-oauth2-clientcredentials"], B, NotBuilt, ""),
    of("auth/validator", &["github.com/devopsfaith/krakend-jose/validator"], SE, NotBuilt, ""),
    of("auth/signer", &["github.com/devopsfaith/krakend-jose/signer"], E, NotBuilt, ""),
    of("auth/revoker", &["github_com/devopsfaith/bloomfilter"], S, NotBuilt, ""),
    of("security/http", &["github_com/devopsfaith/krakend-httpsecure"], S, NotBuilt, ""),
    of("validation/cel", &["github.com/devopsfaith/krakend-cel"], EB, NotBuilt, ""),
    of("validation/json-schema", &["github.com/devopsfaith/krakend-jsonschema"], E, NotBuilt, ""),
    of("modifier/martian", &["github.com/devopsfaith/krakend-martian"], B, NotBuilt, ""),
    of("modifier/lua-endpoint", &["github.com/devopsfaith/krakend-lua/router"], SE, NotBuilt, ""),
    of("modifier/lua-proxy", &["github.com/devopsfaith/krakend-lua/proxy"], E, NotBuilt, ""),
    of("modifier/lua-backend", &["github.com/devopsfaith/krakend-lua/proxy/backend"], B, NotBuilt, ""),
    of("backend/amqp/consumer", &["github.com/devopsfaith/krakend-amqp/consume"], B, NotBuilt, ""),
    of("backend/amqp/producer", &["github.com/devopsfaith/krakend-amqp/produce"], B, NotBuilt, ""),
    of("async/amqp", &["github.com/devopsfaith/krakend-amqp/agent"], &[Agent], NotBuilt, ""),
    of("backend/pubsub/publisher", &["github.com/devopsfaith/krakend-pubsub/publisher"], B, NotBuilt, ""),
    of("backend/pubsub/subscriber", &["github.com/devopsfaith/krakend-pubsub/subscriber"], B, NotBuilt, ""),
    of("backend/lambda", &["github.com/devopsfaith/krakend-lambda"], B, NotBuilt, ""),
    of("backend/graphql", &["github.com/devopsfaith/krakend/transport/http/client/graphql"], B, NotBuilt, ""),
    of("telemetry/logstash", &["github_com/devopsfaith/krakend-logstash"], S, NotBuilt, ""),
    of("telemetry/gelf", &["github_com/devopsfaith/krakend-gelf"], S, NotBuilt, ""),
    of("telemetry/metrics", &["github_com/devopsfaith/krakend-metrics"], S, NotBuilt, ""),
    of("telemetry/influx", &["github_com/letgoapp/krakend-influx", "github_com/devopsfaith/krakend-influx"], S, NotBuilt, ""),
    of("telemetry/opencensus", &["github_com/devopsfaith/krakend-opencensus"], SEB, NotBuilt, ""),
    of("telemetry/opentelemetry", &[], SEB, NotBuilt, ""),

    of("plugin/http-server", &["github_com/devopsfaith/krakend/transport/http/server/handler"], S, GoPlugin, PLUGIN),
    of("plugin/http-client", &["github.com/devopsfaith/krakend/transport/http/client/executor"], B, GoPlugin, PLUGIN),
    of("plugin/req-resp-modifier", &["github.com/devopsfaith/krakend/proxy/plugin"], EB, GoPlugin, PLUGIN),

    of("documentation/openapi", &["github.com/devopsfaith/krakend-openapi", "github_com/devopsfaith/krakend-openapi", "github_com/devopsfaith/krakend-swagger"], SEB, Idle(Severity::Note), METADATA),
    of("documentation/postman", &[], SEB, Idle(Severity::Note), METADATA),

    of("auth/api-keys", &["github_com/devopsfaith/krakend-apikeys", "github.com/devopsfaith/krakend-apikeys"], SEB, Enterprise, ONLY_ENTERPRISE),
    of("auth/basic", &["github.com/devopsfaith/krakend-basic-auth", "krakend-basic-auth"], SEB, Enterprise, ONLY_ENTERPRISE),
    of("auth/gcp", &[], SEB, Enterprise, ONLY_ENTERPRISE),
    of("auth/aws-sigv4", &[], SEB, Enterprise, ONLY_ENTERPRISE),
    of("auth/ntlm", &[], SEB, Enterprise, ONLY_ENTERPRISE),
    of("qos/ratelimit/service", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("qos/ratelimit/service/redis", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("qos/ratelimit/router/redis", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("qos/ratelimit/tiered", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("qos/circuit-breaker/http", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("security/policies", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("websocket", &["github.com/devopsfaith/krakend-websocket"], ALL, Enterprise, "connections of `no-op` endpoints may be upgraded without it: forward the header `Upgrade`"),
    of("grpc", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("backend/grpc", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("backend/soap", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("backend/conditional", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("backend/static-filesystem", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("server/static-filesystem", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("server/virtualhost", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("workflow", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("redis", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("governance/quota", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("governance/processors", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("ai/llm", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("ai/mcp", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("modifier/jmespath", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("modifier/request-body-generator", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("modifier/response-body-generator", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("modifier/response-body", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("modifier/response-headers", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("modifier/request-body-extractor", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("plugin/middleware", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("validation/response-json-schema", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("telemetry/moesif", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("telemetry/newrelic", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("telemetry/opentelemetry-security", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("telemetry/instana", &["github_com/devopsfaith/krakend-instana"], ALL, Enterprise, ONLY_ENTERPRISE),
    of("async/kafka", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("backend/kafka/publisher", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("backend/kafka/subscriber", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("dns-shared", &[], ALL, Enterprise, ONLY_ENTERPRISE),
    of("krakend-redirect", &["github.com/devopsfaith/krakend-redirect"], ALL, Enterprise, ONLY_ENTERPRISE),
    of("krakend-wildcard", &["github.com/devopsfaith/krakend-wildcard"], ALL, Enterprise, ONLY_ENTERPRISE),
    of("krakend-ipfilter", &["github_com/devopsfaith/krakend-ipfilter"], ALL, Enterprise, ONLY_ENTERPRISE),
    of("krakend-geoip", &["github_com/devopsfaith/krakend-geoip"], ALL, Enterprise, ONLY_ENTERPRISE),
    of("krakend-static-live", &["github_com/devopsfaith/krakend-static-live"], ALL, Enterprise, ONLY_ENTERPRISE),
    of("krakend-jwk-aggregator", &["github_com/devopsfaith/krakend-jwk-aggregator"], ALL, Enterprise, ONLY_ENTERPRISE),
    of("krakend-dumper", &["github_com/devopsfaith/krakend-dumper"], ALL, Enterprise, ONLY_ENTERPRISE),

    of("krakend-etcd", &["github.com/devopsfaith/krakend-etcd", "github_com/devopsfaith/krakend-etcd"], ALL, Removed, "use `sd: dns`"),
    of("krakend-consul", &["github.com/devopsfaith/krakend-consul", "github_com/devopsfaith/krakend-consul"], ALL, Removed, "use `sd: dns` with Consul's DNS interface"),
];
