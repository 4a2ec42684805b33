//! Calls, compiled.

use std::sync::Arc;
use std::time::Duration;

use haleway_blueprint::{
    Call, CallPath, CallTarget, Decoding, FlatmapOp, Forwarded, ForwardedChain, ForwardedHeaders,
    HeaderPass, QueryPass, RetryOn, Shape, StatusPolicy, StatusText, Template, TemplatePart,
    TryLimits, Upgrade,
};
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method};

use crate::health::BreakerState;
use crate::plan::Targets;
use crate::upstream::PoolState;

/// A call, ready to be made.
pub(crate) struct CallPlan {
    /// Method and path as the user wrote them, for texts.
    name: String,
    /// `None` succeeds at once with no data.
    pub(crate) pool: Option<Arc<PoolState>>,
    /// Tries after the first one.
    pub(crate) retries_max: u32,
    /// What is tried again.
    pub(crate) retry_on: RetryOn,
    /// `None` always lets it through.
    pub(crate) breaker: Option<Arc<BreakerState>>,
    pub(crate) method: Option<Method>,
    pub(crate) path: PathPlan,
    pub(crate) query: NamePass,
    pub(crate) query_only: Option<Vec<String>>,
    pub(crate) headers: Arc<HeaderPlan>,
    /// The client's `Host` is sent.
    pub(crate) keep_host: bool,
    pub(crate) ask_gzip: bool,
    pub(crate) hops_max: u32,
    pub(crate) resend_body: bool,
    pub(crate) tunnel: bool,
    pub(crate) race: u32,
    pub(crate) race_timeout: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) try_limits: Option<TryDurations>,
    pub(crate) status: StatusPolicy,
    pub(crate) decoding: haleway_compose::Decoding,
    pub(crate) shapes: Vec<haleway_compose::Shape>,
}

/// Time limits of one try.
#[derive(Clone, Copy)]
pub(crate) struct TryDurations {
    pub(crate) connect: Duration,
    pub(crate) send: Duration,
    pub(crate) read: Duration,
}

impl TryDurations {
    fn new(limits: TryLimits) -> Self {
        Self {
            connect: Duration::from_micros(limits.connect_us),
            send: Duration::from_micros(limits.send_us),
            read: Duration::from_micros(limits.read_us),
        }
    }
}

/// The path of a call.
pub(crate) enum PathPlan {
    /// The same for every request, query included.
    Fixed(PathAndQuery),
    Parts(Vec<PathPart>),
    /// The client's behind a base.
    Joined {
        base: String,
        strip_matched: bool,
    },
}

/// A part of a path.
pub(crate) enum PathPart {
    Text(String),
    /// Index of a parameter of the route.
    Parameter(usize),
    /// A value of an earlier answer.
    Result {
        call: usize,
        path: Vec<String>,
        otherwise: String,
    },
}

/// Names that pass.
pub(crate) enum NamePass {
    All,
    Named(Vec<String>),
    /// All, to the letter.
    AsSent,
}

/// Headers of a call.
pub(crate) enum HeaderPlan {
    Stated(StatedPlan),
    Chained(ChainPlan),
}

/// Headers of a chain of proxies.
pub(crate) struct ChainPlan {
    pub(crate) via: Option<HeaderValue>,
    pub(crate) request_id: Option<HeaderName>,
    pub(crate) announce_keep_alive: bool,
}

/// Headers of our choice.
pub(crate) struct StatedPlan {
    /// `None` passes all.
    pub(crate) pass: Option<Vec<HeaderName>>,
    pub(crate) only: Option<Vec<HeaderName>>,
    pub(crate) client_address: Option<HeaderName>,
    pub(crate) host: Option<HeaderName>,
    pub(crate) user_agent: Option<HeaderValue>,
    pub(crate) via: Option<HeaderName>,
}

impl CallPlan {
    /// Compiles a call of a route with these parameters.
    ///
    /// # Errors
    /// A name cannot be a header's, or a reference does not resolve: the audit finds these first.
    pub(crate) fn new(
        call: &Call,
        parameters: &[String],
        targets: &Targets,
    ) -> Result<Self, String> {
        let pool = match &call.target {
            CallTarget::Nothing => None,
            CallTarget::Pool(id) => Some(
                targets
                    .pools
                    .get(id)
                    .cloned()
                    .ok_or_else(|| format!("there is no pool {}", id.0))?,
            ),
        };
        let breaker = call.breaker.as_ref();
        let breaker = breaker.and_then(|breaker| targets.breakers.get(&breaker.id).cloned());
        let method = call
            .method
            .as_ref()
            .map(|method| Method::from_bytes(method.as_bytes()));
        Ok(Self {
            name: call.name.clone(),
            pool,
            retries_max: call.retries.retries_max,
            retry_on: call.retries.on.clone(),
            breaker,
            method: method
                .transpose()
                .map_err(|_| "the method is no token".to_owned())?,
            path: path(call, parameters)?,
            query: match &call.query {
                QueryPass::All => NamePass::All,
                QueryPass::AsSent => NamePass::AsSent,
                QueryPass::Named(names) => NamePass::Named(names.clone()),
            },
            query_only: call.query_only.clone(),
            headers: targets.call_headers.of(
                (&call.headers, &call.headers_only, &call.forwarded),
                |(pass, only, forwarded)| HeaderPlan::new(pass, only.as_deref(), forwarded),
            )?,
            keep_host: call.keep_host,
            ask_gzip: call.ask_gzip,
            hops_max: call.redirects.hops_max,
            resend_body: call.redirects.resend_body,
            tunnel: call.upgrade == Upgrade::Tunnel,
            race: call.race.max(1),
            race_timeout: call.race_timeout_us.map(Duration::from_micros),
            timeout: call.timeout_us.map(Duration::from_micros),
            try_limits: call.try_limits.map(TryDurations::new),
            status: call.status.clone(),
            decoding: decoding(&call.decoding),
            shapes: call.shapes.iter().map(shape).collect(),
        })
    }

    /// Whether the part of the path that the route matched is cut off.
    pub(crate) fn strips_matched(&self) -> bool {
        matches!(
            self.path,
            PathPlan::Joined {
                strip_matched: true,
                ..
            }
        )
    }

    /// Whether names and reason phrases keep the spelling of whoever wrote them.
    pub(crate) fn passes_spelling(&self) -> bool {
        matches!(*self.headers, HeaderPlan::Chained(_))
    }

    /// Whether a later call needs the raw body of this one.
    pub(crate) fn keeps_raw(&self) -> bool {
        matches!(self.decoding, haleway_compose::Decoding::Discard)
    }

    /// The failure's text for a status that does not count as success.
    pub(crate) fn status_text(&self, status: u16, url: &str) -> String {
        match &self.status {
            StatusPolicy::Success(StatusText::Short) => "Invalid status code".to_owned(),
            _ => format!("invalid status code {status} [{}]: {url}", self.name),
        }
    }
}

impl HeaderPlan {
    fn new(
        pass: &HeaderPass,
        only: Option<&[String]>,
        forwarded: &Forwarded,
    ) -> Result<Self, String> {
        match forwarded {
            Forwarded::Stated(stated) => StatedPlan::new(pass, only, stated).map(Self::Stated),
            Forwarded::Chained(chain) => ChainPlan::new(chain).map(Self::Chained),
        }
    }
}

impl ChainPlan {
    fn new(chain: &ForwardedChain) -> Result<Self, String> {
        let via = chain.via.as_deref().map(HeaderValue::from_str);
        Ok(Self {
            via: via
                .transpose()
                .map_err(|_| "`Via` is no header value".to_owned())?,
            request_id: chain.request_id.as_deref().map(header_name).transpose()?,
            announce_keep_alive: chain.announce_keep_alive,
        })
    }
}

impl StatedPlan {
    fn new(
        pass: &HeaderPass,
        only: Option<&[String]>,
        forwarded: &ForwardedHeaders,
    ) -> Result<Self, String> {
        let pass = match pass {
            HeaderPass::All => None,
            HeaderPass::Named(names) => Some(header_names(names)?),
        };
        let name = |name: &Option<String>| name.as_deref().map(header_name).transpose();
        let user_agent = forwarded
            .user_agent
            .as_deref()
            .map(HeaderValue::from_str)
            .transpose();
        Ok(Self {
            pass,
            only: only.map(header_names).transpose()?,
            client_address: name(&forwarded.client_address)?,
            host: name(&forwarded.host)?,
            user_agent: user_agent.map_err(|_| "the User-Agent is no header value".to_owned())?,
            via: name(&forwarded.via)?,
        })
    }
}

fn header_names(names: &[String]) -> Result<Vec<HeaderName>, String> {
    names.iter().map(|name| header_name(name)).collect()
}

fn header_name(name: &str) -> Result<HeaderName, String> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{name:?} is no header name"))
}

fn path(call: &Call, parameters: &[String]) -> Result<PathPlan, String> {
    match &call.path {
        CallPath::Template(template) => {
            let parts = parts(template, parameters)?;
            let fixed = fixed_target(call, &parts);
            Ok(fixed.map_or(PathPlan::Parts(parts), PathPlan::Fixed))
        }
        CallPath::Joined {
            base,
            strip_matched,
        } => Ok(PathPlan::Joined {
            base: base.clone(),
            strip_matched: *strip_matched,
        }),
    }
}

fn parts(template: &Template, parameters: &[String]) -> Result<Vec<PathPart>, String> {
    let part = |part: &TemplatePart| {
        Ok(match part {
            TemplatePart::Text(text) => PathPart::Text(text.clone()),
            TemplatePart::Parameter(name) => PathPart::Parameter(
                parameters
                    .iter()
                    .position(|known| known == name)
                    .ok_or_else(|| format!("there is no parameter {name}"))?,
            ),
            TemplatePart::Result {
                call,
                path,
                otherwise,
            } => PathPart::Result {
                call: *call,
                path: path.clone(),
                otherwise: otherwise.clone(),
            },
        })
    };
    template.parts.iter().map(part).collect()
}

fn fixed_target(call: &Call, parts: &[PathPart]) -> Option<PathAndQuery> {
    let [PathPart::Text(text)] = parts else {
        return None;
    };
    let passes_none = matches!(&call.query, QueryPass::Named(names) if names.is_empty());
    passes_none
        .then(|| super::target::written(text, "").ok())
        .flatten()
}

fn decoding(decoding: &Decoding) -> haleway_compose::Decoding {
    use haleway_compose::Decoding as Compiled;
    match decoding {
        Decoding::Json => Compiled::Json,
        Decoding::JsonCollection => Compiled::JsonCollection,
        Decoding::SafeJson { scalar_key } => Compiled::SafeJson {
            scalar_key: scalar_key.clone(),
        },
        Decoding::String => Compiled::String,
        Decoding::Xml => Compiled::Xml,
        Decoding::Rss => Compiled::Rss,
        Decoding::Raw => Compiled::Discard,
    }
}

fn shape(shape: &Shape) -> haleway_compose::Shape {
    use haleway_compose::Shape as Compiled;
    match shape {
        Shape::Target(path) => Compiled::target(dotted(path)),
        Shape::Allow(paths) => Compiled::allow(paths.iter().map(|path| dotted(path)).collect()),
        Shape::Deny(paths) => Compiled::deny(paths.iter().map(|path| dotted(path)).collect()),
        Shape::Mapping(names) => Compiled::mapping(names.clone()),
        Shape::Group(name) => Compiled::group(name.clone()),
        Shape::Flatmap(operations) => Compiled::flatmap(flatmap(operations)),
    }
}

/// Tree operations, compiled.
pub(crate) fn flatmap(operations: &[FlatmapOp]) -> Vec<haleway_compose::FlatmapOp> {
    use haleway_compose::FlatmapOp as Compiled;
    let one = |operation: &FlatmapOp| match operation {
        FlatmapOp::Move { from, to } => Compiled::Move {
            from: dotted(from),
            to: dotted(to),
        },
        FlatmapOp::Delete(paths) => Compiled::Delete {
            paths: paths.iter().map(|path| dotted(path)).collect(),
        },
        FlatmapOp::Append { from, to } => Compiled::Append {
            from: dotted(from),
            to: dotted(to),
        },
    };
    operations.iter().map(one).collect()
}

fn dotted(path: &str) -> Vec<String> {
    path.split('.').map(str::to_owned).collect()
}
