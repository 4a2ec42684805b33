//! Plugins: one file per plugin with its table of fields and what it becomes.
//!
//! # How to add one
//!
//! ```ignore
//! //! `key-auth`: ...
//!
//! pub(super) static KIND: PluginKind = PluginKind {
//!     name: "key-auth",
//!     priority: 1250,
//!     version: "3.9.1",
//!     protocols: HTTP,
//!     scopes: Scopes { consumer: false, ..Scopes::ALL },
//!     fields: FIELDS,
//!     checks: &[],
//!     build,
//!     writes: told_names,
//!     doc: "asks for a key in a header, the query or the body",
//! };
//!
//! static FIELDS: &[Field] = &[ ... ];
//!
//! fn build(plugin: &Plugin<'_>, build: &Build<'_>) -> Vec<Step> {
//!     let hide = plugin.config.flag("hide_credentials");
//!     ...
//! }
//! ```
//!
//! and put `&key_auth::KIND` into [`REGISTRY`]. Then the name is known, `config` is decoded by the
//! table (see [`crate::schema`]) and its defaults are filled in, unknown fields and wrong values
//! refuse the document, `/schemas/plugins/key-auth` and the coverage table show it, and the steps
//! stand in each route that the plugin is attached to, in the order of the priorities. `build` runs
//! once for each entity of `plugins` that is enabled; it reports what only it can know with
//! [`Build::report`]. Consumers and their credentials stand in the blueprint already.

mod acl;
mod basic_auth;
mod correlation_id;
mod cors;
mod edits;
mod file_log;
mod http_log;
mod ip_restriction;
mod jwt;
mod key_auth;
mod log;
mod prometheus;
mod rate_limiting;
mod recognition;
mod redirect;
mod request_size_limiting;
mod request_termination;
mod request_transformer;
mod response_transformer;

pub(crate) use self::log::WORKSPACE;

use haleway_blueprint::{Origin, Step};
use haleway_document::{Diagnostic, Span};

use crate::context::Context;
use crate::entity::{Entity, Store};
use crate::schema::{EntityCheck, Field, Record};
use crate::version::Version;

/// A plugin that can be configured.
pub(crate) struct PluginKind {
    /// Its name in files.
    pub(crate) name: &'static str,
    /// The higher, the earlier it runs (Kong 3.9).
    pub(crate) priority: i32,
    /// Version that an Admin API names.
    pub(crate) version: &'static str,
    /// The protocols that it may be set for; those of [`HTTP`] are the default.
    pub(crate) protocols: &'static [&'static str],
    /// What it may be attached to.
    pub(crate) scopes: Scopes,
    /// The fields of its `config`.
    pub(crate) fields: &'static [Field],
    /// Rules about several fields of its `config`. What they say of no field is said of the plugin,
    /// and of its `config` where the path is [`crate::schema::ITSELF`].
    pub(crate) checks: &'static [EntityCheck],
    /// What it becomes.
    pub(crate) build: fn(&Plugin<'_>, &Build<'_>) -> Vec<Step>,
    /// Names of the headers that it writes by its `config`, as Kong spells them. Those whose words
    /// begin with a capital each, such as `X-Request-Id`, need not be told.
    pub(crate) writes: fn(&Record) -> Vec<String>,
    /// One line for the documentation.
    pub(crate) doc: &'static str,
}

/// What a plugin may be attached to. Everything may be global.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scopes {
    /// A service.
    pub(crate) service: bool,
    /// A route.
    pub(crate) route: bool,
    /// A consumer.
    pub(crate) consumer: bool,
}

impl Scopes {
    /// Everything.
    pub(crate) const ALL: Self = Self {
        service: true,
        route: true,
        consumer: true,
    };

    /// Not consumers: what runs before it is known who asks.
    pub(crate) const NO_CONSUMER: Self = Self {
        consumer: false,
        ..Self::ALL
    };
}

/// No header, or only such as are spelled the usual way.
pub(crate) fn no_names(_: &Record) -> Vec<String> {
    Vec::new()
}

/// The protocols of most plugins.
pub(crate) const HTTP: &[&str] = &["grpc", "grpcs", "http", "https"];

/// A plugin as it is configured.
pub(crate) struct Plugin<'a> {
    /// What it is.
    pub(crate) kind: &'static PluginKind,
    /// The entity of `plugins`: `id`, `instance_name`, `tags`, `protocols`.
    pub(crate) entity: &'a Entity,
    /// Its `config`, complete.
    pub(crate) config: &'a Record,
}

/// What a plugin is built with.
pub(crate) struct Build<'a> {
    context: &'a Context<'a>,
    /// All entities, references resolved.
    pub(crate) store: &'a Store,
    /// The version that answers look like.
    pub(crate) version: Version,
}

impl<'a> Build<'a> {
    /// What plugins of this configuration are built with.
    pub(crate) fn new(context: &'a Context<'a>, store: &'a Store, version: Version) -> Self {
        Self {
            context,
            store,
            version,
        }
    }

    /// Takes a finding in.
    pub(crate) fn report(&self, finding: Diagnostic) {
        self.context.report(finding);
    }

    /// The place of a span.
    pub(crate) fn origin(&self, span: Span) -> Origin {
        self.context.origin(span)
    }

    /// The id of the consumer that a field names by id or username (`anonymous`).
    pub(crate) fn consumer(&self, text: &str) -> Option<&'a str> {
        let consumer = self.store.find("consumers", text)?;
        Some(&consumer.id)
    }
}

impl Plugin<'_> {
    /// Where it stands, for messages: `plugin key-auth of route a`.
    pub(crate) fn place(&self, store: &Store) -> String {
        place(self.kind.name, self.entity, store)
    }
}

/// Where a plugin stands, for messages.
pub(crate) fn place(name: &str, entity: &Entity, store: &Store) -> String {
    let mut out = format!("plugin {name}");
    let scopes = [
        ("route", "routes"),
        ("service", "services"),
        ("consumer", "consumers"),
    ];
    for (field, kind) in scopes {
        if let Some(owner) = store.referred(entity, field, kind) {
            out.push_str(&format!(" of {field} {}", owner.name()));
        }
    }
    out
}

/// All plugins that can be configured.
pub(crate) static REGISTRY: &[&PluginKind] = &[
    &acl::KIND,
    &basic_auth::KIND,
    &correlation_id::KIND,
    &cors::KIND,
    &file_log::KIND,
    &http_log::KIND,
    &ip_restriction::KIND,
    &jwt::KIND,
    &key_auth::KIND,
    &prometheus::KIND,
    &rate_limiting::KIND,
    &redirect::KIND,
    &request_size_limiting::KIND,
    &request_termination::KIND,
    &request_transformer::KIND,
    &response_transformer::KIND,
];

/// Plugins of Kong 3.9 that are not built yet, and those of its Enterprise edition.
#[rustfmt::skip]
pub(crate) static ABSENT: &[(&str, Absence)] = &[
    ("acl", Absence::NotBuilt), ("acme", Absence::NotBuilt), ("ai-prompt-decorator", Absence::NotBuilt),
    ("ai-prompt-guard", Absence::NotBuilt), ("ai-prompt-template", Absence::NotBuilt), ("ai-proxy", Absence::NotBuilt),
    ("ai-request-transformer", Absence::NotBuilt), ("ai-response-transformer", Absence::NotBuilt),
    ("aws-lambda", Absence::NotBuilt), ("azure-functions", Absence::NotBuilt), ("basic-auth", Absence::NotBuilt),
    ("bot-detection", Absence::NotBuilt), ("correlation-id", Absence::NotBuilt), ("cors", Absence::NotBuilt),
    ("datadog", Absence::NotBuilt), ("file-log", Absence::NotBuilt), ("grpc-gateway", Absence::NotBuilt),
    ("grpc-web", Absence::NotBuilt), ("hmac-auth", Absence::NotBuilt), ("http-log", Absence::NotBuilt),
    ("ip-restriction", Absence::NotBuilt), ("jwt", Absence::NotBuilt), ("key-auth", Absence::NotBuilt),
    ("ldap-auth", Absence::NotBuilt), ("loggly", Absence::NotBuilt), ("oauth2", Absence::NotBuilt),
    ("opentelemetry", Absence::NotBuilt), ("post-function", Absence::Lua), ("pre-function", Absence::Lua),
    ("prometheus", Absence::NotBuilt), ("proxy-cache", Absence::NotBuilt), ("rate-limiting", Absence::NotBuilt),
    ("redirect", Absence::NotBuilt), ("request-size-limiting", Absence::NotBuilt),
    ("request-termination", Absence::NotBuilt), ("request-transformer", Absence::NotBuilt),
    ("response-ratelimiting", Absence::NotBuilt), ("response-transformer", Absence::NotBuilt),
    ("session", Absence::NotBuilt), ("standard-webhooks", Absence::NotBuilt), ("statsd", Absence::NotBuilt),
    ("syslog", Absence::NotBuilt), ("tcp-log", Absence::NotBuilt), ("udp-log", Absence::NotBuilt),
    ("zipkin", Absence::NotBuilt),
    ("ai-rate-limiting-advanced", Absence::Enterprise), ("ai-semantic-cache", Absence::Enterprise),
    ("application-registration", Absence::Enterprise), ("canary", Absence::Enterprise),
    ("degraphql", Absence::Enterprise), ("exit-transformer", Absence::Enterprise),
    ("forward-proxy", Absence::Enterprise), ("graphql-proxy-cache-advanced", Absence::Enterprise),
    ("graphql-rate-limiting-advanced", Absence::Enterprise), ("header-cert-auth", Absence::Enterprise),
    ("jq", Absence::Enterprise), ("json-threat-protection", Absence::Enterprise), ("jwe-decrypt", Absence::Enterprise),
    ("jwt-signer", Absence::Enterprise), ("kafka-log", Absence::Enterprise), ("kafka-upstream", Absence::Enterprise),
    ("key-auth-enc", Absence::Enterprise), ("ldap-auth-advanced", Absence::Enterprise),
    ("mocking", Absence::Enterprise), ("mtls-auth", Absence::Enterprise), ("oas-validation", Absence::Enterprise),
    ("oauth2-introspection", Absence::Enterprise), ("opa", Absence::Enterprise),
    ("openid-connect", Absence::Enterprise), ("proxy-cache-advanced", Absence::Enterprise),
    ("rate-limiting-advanced", Absence::Enterprise), ("request-transformer-advanced", Absence::Enterprise),
    ("request-validator", Absence::Enterprise), ("response-transformer-advanced", Absence::Enterprise),
    ("route-by-header", Absence::Enterprise), ("route-transformer-advanced", Absence::Enterprise),
    ("saml", Absence::Enterprise), ("service-protection", Absence::Enterprise), ("statsd-advanced", Absence::Enterprise),
    ("tls-handshake-modifier", Absence::Enterprise), ("tls-metadata-headers", Absence::Enterprise),
    ("upstream-oauth", Absence::Enterprise), ("upstream-timeout", Absence::Enterprise),
    ("vault-auth", Absence::Enterprise), ("websocket-size-limit", Absence::Enterprise),
    ("websocket-validator", Absence::Enterprise), ("xml-threat-protection", Absence::Enterprise),
];

/// Why a plugin that Kong knows is not in the [`REGISTRY`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absence {
    /// It is part of Kong 3.9 and not built yet.
    NotBuilt,
    /// It runs Lua of the user's.
    Lua,
    /// It is part of Kong Enterprise only.
    Enterprise,
}

/// The plugin of a name.
pub(crate) fn kind(name: &str) -> Option<&'static PluginKind> {
    REGISTRY.iter().copied().find(|kind| kind.name == name)
}

/// Why there is no plugin of a name that Kong knows.
pub(crate) fn absence(name: &str) -> Option<Absence> {
    let known = ABSENT.iter().find(|(known, _)| *known == name)?;
    kind(name).is_none().then_some(known.1)
}
