//! The typed model between the dialects and the engine.
//!
//! A [`Blueprint`] says completely what is to run. It is total (defaults are filled in, references
//! are ids that resolve, durations and patterns are checked), immutable, serialisable and hashed,
//! and every node carries its [`Origin`]: the place in the user's document that asked for it.
//! It names mechanisms with exact parameters and knows no product: what Kong or KrakenD mean by a
//! setting is settled before a blueprint exists.
//!
//! [`audit`] is a second opinion on a finished blueprint, independent of whoever compiled it.

mod action;
mod audit;
mod balance;
mod body;
mod call;
mod client_address;
mod consumer;
mod health;
mod identity;
mod listener;
mod logging;
mod origin;
mod pool;
mod request_match;
mod route;
pub mod runtime;
mod secret;
mod site;
mod step;
mod stream;
mod supplies;
mod template;
mod tls;
mod voice;

pub use action::{
    Action, CacheControl, Compose, ErrorAnswer, Failures, Fill, FillWhen, Order, Output, Proxy,
    Respond,
};
pub use audit::audit;
pub use balance::{Balance, HashBalance, HashInput, StickyBalance};
pub use body::{Body, BodyPart, JsonText};
pub use call::{
    Call, CallPath, CallTarget, Decoding, FlatmapOp, HeaderPass, QueryPass, Redirects, Shape,
    StatusPolicy, StatusText, TryLimits, Upgrade,
};
pub use client_address::{AddressRange, ClientAddress};
pub use consumer::{BasicCredential, Consumer, JwtCredential, KeyCredential, StoredPassword};
pub use health::{Breaker, Hedge, PoolHealth, ProbeKind, ProbeRequest, Retries, RetryOn};
pub use identity::{Forwarded, ForwardedChain, ForwardedHeaders, Header};
pub use listener::{HeaderCase, Listener, ListenerLimits};
pub use logging::{AccessLog, AccessLogFormat, Level, LogFormat, Logging};
pub use origin::Origin;
pub use pool::{
    Discovery, Endpoint, HostList, Lookups, Pool, PoolId, Protocol, RecordKind, Scheme, Target,
    Transport,
};
pub use request_match::{
    FieldMatch, HeaderMatch, HeaderValueMatch, HostMatch, MatchRule, PathMatch, PeerMatch,
    RequestMatch,
};
pub use route::{PathPattern, Route, RouteMatch, Segment};
pub use secret::{Pem, Secret};
pub use site::{OwnAnswer, PathRules, Routing, Site, SiteId, Unmatched};
pub use step::{
    AddressFilter, Anonymous, AnswerEdit, BasicAuth, BodySizeLimit, ByConsumer, ConsumerHeaders,
    CorrelationId, Cors, CorsRequestHeaders, Edits, FieldEdits, GroupRule, Groups, HeadLimit,
    HeaderEdits, IdGenerator, JsonEdits, JwtAuth, JwtClaim, JwtMessages, KeyAuth, LogEndpoint,
    LogFile, LogForm, LogHttp, LogQueue, MethodFilter, MetricFamily, OriginMatch, OriginPolicy,
    OriginRule, Origins, RateKey, RateLimit, Redirect, RedirectLocation, Refusal, RequestEdit,
    RequestMetricFamilies, RequestMetrics, RequestTemplate, RequestTemplatePart, RequestValue,
    RequireGrpc, RequireTls, Step, Terminate, TerminateContent, UserAgentFilter, Window,
    WindowLimit,
};
pub use stream::{StreamProtocol, StreamRoute, StreamSite};
pub use supplies::{FileContent, Supplies, Wants};
pub use template::{Template, TemplatePart};
pub use tls::{CertificateFiles, TlsClient, TlsTermination, TlsVersion};
pub use voice::{
    FailureMessages, LatencyHeaders, MessageForm, MessageMedia, Negotiated, StatusMessage, Via,
    Voice,
};

use serde::{Deserialize, Serialize};

/// All that is to run, complete and checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blueprint {
    /// The name that the user gave to the service; for people, never a key.
    pub name: String,
    /// The dialect that it was compiled from, for people: `krakend 3`.
    pub dialect: String,
    /// The sockets to open.
    pub listeners: Vec<Listener>,
    /// What is served on them.
    pub sites: Vec<Site>,
    /// What is served on listeners whose protocol is not HTTP.
    pub streams: Vec<StreamSite>,
    /// Where requests go.
    pub pools: Vec<Pool>,
    /// Who may be known by a credential.
    pub consumers: Vec<Consumer>,
    /// How the process talks.
    pub logging: Logging,
    /// How long a stop waits for requests in flight; `None` waits for ever.
    pub drain_ms_max: Option<u64>,
}

impl Blueprint {
    /// The blueprint as JSON, pretty-printed, with its hash: what `haleway render` prints.
    ///
    /// # Panics
    /// Never: every type in here serialises to JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Rendered<'a> {
            schema: u32,
            hash: String,
            #[serde(flatten)]
            blueprint: &'a Blueprint,
        }
        let rendered = Rendered {
            schema: SCHEMA_VERSION,
            hash: self.hash(),
            blueprint: self,
        };
        serde_json::to_string_pretty(&rendered).expect("string keys and finite numbers only")
    }

    /// A hash over the whole content, origins included: 64 hexadecimal digits of SHA-256. Equal
    /// hashes mean that a reload changed nothing.
    #[must_use]
    pub fn hash(&self) -> String {
        use sha2::{Digest, Sha256};
        let bytes = serde_json::to_vec(self).expect("string keys and finite numbers only");
        Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// The site of an id.
    #[must_use]
    pub fn site(&self, id: &SiteId) -> Option<&Site> {
        self.sites.iter().find(|site| site.id == *id)
    }

    /// The breakers of all calls.
    pub fn breakers(&self) -> impl Iterator<Item = &Breaker> {
        let routes = self.sites.iter().flat_map(|site| &site.routes);
        let calls = routes.flat_map(|route| route.action.calls());
        calls.filter_map(|call| call.breaker.as_ref())
    }

    /// The pool of an id.
    #[must_use]
    pub fn pool(&self, id: &PoolId) -> Option<&Pool> {
        self.pools.iter().find(|pool| pool.id == *id)
    }
}

/// Version of the rendered form; it grows when a field changes its meaning.
pub const SCHEMA_VERSION: u32 = 1;
