//! Sites and their routes, compiled.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use haleway_blueprint::{
    AccessLog, Action, Balance, Compose, ErrorAnswer, Failures, FillWhen, HashInput, JsonText,
    Order, Output, Proxy, Route, RouteMatch, Routing, Site, Step,
};
use haleway_compose::{Json, Object};
use haleway_http1::ListedNames;
use haleway_routing::RequestRouter;
use haleway_steps::StepPlan;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::Targets;
use super::respond::{OwnAnswerPlan, RespondPlan, headers};
use super::voice::{MessagePlan, VoicePlan};
use crate::call::{CallPlan, flatmap};
use crate::client_address::ClientAddressPlan;
use crate::error::StartError;
use crate::routing::{Router, Served, parameter_names};

/// A site, compiled.
pub(crate) struct SitePlan {
    pub(crate) steps: Vec<StepPlan>,
    pub(crate) finder: Routes,
    pub(crate) routes: Vec<Arc<RoutePlan>>,
    pub(crate) unmatched_steps: Vec<StepPlan>,
    pub(crate) not_found: OwnAnswerPlan,
    pub(crate) method_not_allowed: OwnAnswerPlan,
    pub(crate) voice: VoicePlan,
    /// A step before the answer to a request without route may keep a log.
    pub(crate) logs_unmatched: bool,
    pub(crate) client_address: ClientAddressPlan,
    pub(crate) access_log: Option<AccessLogPlan>,
    /// Names with a spelling of their own; `None` where there are none.
    pub(crate) header_names: Option<Arc<ListedNames>>,
}

/// How a request finds its route.
pub(crate) enum Routes {
    ByPath(Box<PathFinder>),
    ByRequest(Box<RequestRouter>),
}

/// Finds routes by method and path.
pub(crate) struct PathFinder {
    pub(crate) router: Router,
    /// The answer to a parameter that is still encoded after decoding.
    pub(crate) encoded_parameter: Option<RespondPlan>,
}

/// The access log of a site.
pub(crate) struct AccessLogPlan {
    pub(crate) format: haleway_blueprint::AccessLogFormat,
    skip_paths: Vec<String>,
}

impl AccessLogPlan {
    fn new(log: &AccessLog) -> Self {
        Self {
            format: log.format,
            skip_paths: log.skip_paths.clone(),
        }
    }

    /// Whether requests of this path leave no line.
    pub(crate) fn skips(&self, path: &str) -> bool {
        self.skip_paths.iter().any(|skipped| skipped == path)
    }
}

/// A route, compiled.
pub(crate) struct RoutePlan {
    pub(crate) name: String,
    pub(crate) service: Option<String>,
    pub(crate) steps: Vec<StepPlan>,
    pub(crate) action: ActionPlan,
    pub(crate) log_request: bool,
    /// What logs tell about the route, key by key.
    pub(crate) described: Vec<(String, JsonText)>,
    /// A step may keep a log.
    pub(crate) logs: bool,
    /// Somebody may ask for what the route's pattern captured.
    pub(crate) asks_captures: bool,
}

/// An action, compiled.
pub(crate) enum ActionPlan {
    Respond(RespondPlan),
    Message(MessagePlan),
    Echo,
    Proxy(Box<ProxyPlan>),
    Compose(Box<ComposePlan>),
}

/// One upstream call whose answer passes through unread, compiled.
pub(crate) struct ProxyPlan {
    pub(crate) call: CallPlan,
    pub(crate) shadows: Vec<Arc<CallPlan>>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) buffer_request: bool,
    pub(crate) headers: Arc<HeaderMap>,
    /// `None` lets the site's voice speak.
    pub(crate) errors: Option<ErrorPlan>,
}

/// Upstream calls whose answers are merged, compiled.
pub(crate) struct ComposePlan {
    pub(crate) calls: Vec<CallPlan>,
    pub(crate) shadows: Vec<Arc<CallPlan>>,
    pub(crate) sequential: bool,
    pub(crate) timeout: Duration,
    pub(crate) calls_timeout: Duration,
    pub(crate) flatmap: Option<haleway_compose::Shape>,
    pub(crate) fill: Option<FillPlan>,
    pub(crate) output: haleway_compose::Output,
    pub(crate) headers: Arc<HeaderMap>,
    pub(crate) completeness_header: Option<HeaderName>,
    pub(crate) cache: Option<HeaderValue>,
    pub(crate) errors: ErrorPlan,
    pub(crate) body_bytes_max: usize,
}

/// Fixed data, compiled.
pub(crate) struct FillPlan {
    pub(crate) data: Object,
    pub(crate) when: FillWhen,
}

/// What a client gets when its request failed, compiled.
pub(crate) struct ErrorPlan {
    pub(crate) status: StatusCode,
    pub(crate) show_text: bool,
}

impl SitePlan {
    /// Compiles a site.
    ///
    /// # Errors
    /// All parts that cannot be run. The dialect and the audit check for these, so each is a
    /// defect, but a defect that must not bring the process down.
    pub(crate) fn compile(site: &Site, targets: &Targets) -> Result<Self, Vec<StartError>> {
        let mut errors = Vec::new();
        let mut routes = Vec::with_capacity(site.routes.len());
        for route in &site.routes {
            match RoutePlan::compile(route, targets) {
                Ok(plan) => routes.push(Arc::new(plan)),
                Err(message) => {
                    let message = format!("{}: {message}", route.name);
                    errors.push(StartError::new(&route.origin, message, "mend this route"));
                }
            }
        }
        let rest = Self::compile_rest(site, routes, targets).map_err(|message| {
            let origin = haleway_blueprint::Origin::default_value();
            StartError::new(&origin, message, "mend the settings of the service")
        });
        match rest {
            Ok(plan) if errors.is_empty() => Ok(plan),
            Ok(_) => Err(errors),
            Err(error) => Err(errors.into_iter().chain([error]).collect()),
        }
    }

    fn compile_rest(
        site: &Site,
        routes: Vec<Arc<RoutePlan>>,
        targets: &Targets,
    ) -> Result<Self, String> {
        let unmatched = &site.unmatched;
        Ok(Self {
            steps: targets.steps(&site.steps)?,
            finder: finder(site)?,
            routes,
            unmatched_steps: targets.steps(&unmatched.steps)?,
            not_found: OwnAnswerPlan::compile(&unmatched.not_found)?,
            method_not_allowed: OwnAnswerPlan::compile(&unmatched.method_not_allowed)?,
            voice: VoicePlan::compile(&site.voice)?,
            logs_unmatched: unmatched.steps.iter().any(keeps_log),
            client_address: ClientAddressPlan::new(&site.client_address),
            access_log: site.access_log.as_ref().map(AccessLogPlan::new),
            header_names: header_names(&site.header_names),
        })
    }
}

fn header_names(spelled: &[String]) -> Option<Arc<ListedNames>> {
    let listed = || Arc::new(ListedNames::new(spelled.iter().map(String::as_str)));
    (!spelled.is_empty()).then(listed)
}

/// Whether a step may keep a log.
fn keeps_log(step: &Step) -> bool {
    match step {
        Step::LogFile(_) | Step::LogHttp(_) | Step::RequestMetrics(_) => true,
        Step::ByConsumer(step) => {
            let others = step.consumers.iter().map(|(_, step)| step);
            others.chain(step.otherwise.as_deref()).any(keeps_log)
        }
        _ => false,
    }
}

fn finder(site: &Site) -> Result<Routes, String> {
    let routes = site.routes.iter().enumerate();
    match &site.routing {
        Routing::Paths(rules) => {
            let served = routes.filter_map(|(index, route)| match &route.matches {
                RouteMatch::Path { methods, path } => Some(Served {
                    index,
                    methods,
                    path,
                }),
                RouteMatch::Requests(_) => None,
            });
            let encoded = rules.encoded_parameter.as_ref();
            Ok(Routes::ByPath(Box::new(PathFinder {
                router: Router::new(rules, &served.collect::<Vec<_>>()),
                encoded_parameter: encoded.map(RespondPlan::compile).transpose()?,
            })))
        }
        Routing::Requests => {
            let entries = routes.flat_map(|(index, route)| match &route.matches {
                RouteMatch::Requests(matches) => {
                    matches.iter().map(|it| (index, it)).collect::<Vec<_>>()
                }
                RouteMatch::Path { .. } => Vec::new(),
            });
            let router = RequestRouter::new(&entries.collect::<Vec<_>>());
            let router = router.map_err(|error| {
                let name = &site.routes[error.route].name;
                format!("{name}: {}", error.message)
            })?;
            Ok(Routes::ByRequest(Box::new(router)))
        }
    }
}

impl RoutePlan {
    fn compile(route: &Route, targets: &Targets) -> Result<Self, String> {
        let parameters = route.matches.path().map(parameter_names);
        let parameters = parameters.unwrap_or_default();
        let action = match &route.action {
            Action::Respond(respond) => ActionPlan::Respond(RespondPlan::compile(respond)?),
            Action::Message(message) => ActionPlan::Message(MessagePlan::compile(message)?),
            Action::Echo => ActionPlan::Echo,
            Action::Proxy(proxy) => {
                ActionPlan::Proxy(Box::new(ProxyPlan::compile(proxy, &parameters, targets)?))
            }
            Action::Compose(compose) => ActionPlan::Compose(Box::new(ComposePlan::compile(
                compose,
                &parameters,
                targets,
            )?)),
        };
        Ok(Self {
            name: route.name.clone(),
            service: route.service.clone(),
            steps: targets.steps(&route.steps)?,
            asks_captures: !route.steps.is_empty() || action.hashes_captures(),
            action,
            log_request: route.log_request,
            described: route.described.clone(),
            logs: route.steps.iter().any(keeps_log),
        })
    }
}

impl ActionPlan {
    /// Whether an endpoint may be chosen by what the route's pattern captured.
    fn hashes_captures(&self) -> bool {
        let Self::Proxy(proxy) = self else {
            return false;
        };
        let pool = proxy.call.pool.as_ref();
        pool.is_some_and(|pool| match &pool.blueprint.balance {
            Balance::Hash(hash) => [&hash.on, &hash.fallback]
                .iter()
                .any(|input| matches!(input, HashInput::PathCapture(_))),
            _ => false,
        })
    }
}

impl ProxyPlan {
    fn compile(proxy: &Proxy, parameters: &[String], targets: &Targets) -> Result<Self, String> {
        Ok(Self {
            call: CallPlan::new(&proxy.call, parameters, targets)?,
            shadows: shadows(&proxy.shadows, parameters, targets)?,
            timeout: proxy.timeout_us.map(Duration::from_micros),
            buffer_request: proxy.buffer_request,
            headers: answer_headers(&proxy.headers, targets)?,
            errors: match &proxy.errors {
                Failures::Answer(errors) => Some(ErrorPlan::compile(errors)?),
                Failures::Voiced => None,
            },
        })
    }
}

impl ComposePlan {
    fn compile(
        compose: &Compose,
        parameters: &[String],
        targets: &Targets,
    ) -> Result<Self, String> {
        let name = compose.completeness_header.as_ref();
        let calls = compose
            .calls
            .iter()
            .map(|call| CallPlan::new(call, parameters, targets));
        let cache = compose.cache.map(|cache| {
            let text = format!("public, max-age={}", cache.max_age_s);
            HeaderValue::from_str(&text).expect("digits are visible characters")
        });
        Ok(Self {
            calls: calls.collect::<Result<_, _>>()?,
            shadows: shadows(&compose.shadows, parameters, targets)?,
            sequential: compose.order == Order::Sequential,
            timeout: Duration::from_micros(compose.timeout_us),
            calls_timeout: Duration::from_micros(compose.calls_timeout_us),
            flatmap: (!compose.flatmap.is_empty())
                .then(|| haleway_compose::Shape::flatmap(flatmap(&compose.flatmap))),
            fill: compose.fill.as_ref().map(FillPlan::compile).transpose()?,
            output: output(&compose.output),
            headers: answer_headers(&compose.headers, targets)?,
            completeness_header: name
                .map(|name| {
                    name.parse()
                        .map_err(|_| format!("{name:?} is no header name"))
                })
                .transpose()?,
            cache,
            errors: ErrorPlan::compile(&compose.errors)?,
            body_bytes_max: compose.body_bytes_max,
        })
    }
}

fn answer_headers(
    list: &[haleway_blueprint::Header],
    targets: &Targets,
) -> Result<Arc<HeaderMap>, String> {
    targets.answer_headers.of(list, headers)
}

fn shadows(
    calls: &[haleway_blueprint::Call],
    parameters: &[String],
    targets: &Targets,
) -> Result<Vec<Arc<CallPlan>>, String> {
    calls
        .iter()
        .map(|call| CallPlan::new(call, parameters, targets).map(Arc::new))
        .collect()
}

impl FillPlan {
    fn compile(fill: &haleway_blueprint::Fill) -> Result<Self, String> {
        let text = Bytes::copy_from_slice(fill.data.as_str().as_bytes());
        match haleway_compose::parse(text) {
            Ok(Json::Object(data)) => Ok(Self {
                data,
                when: fill.when,
            }),
            Ok(_) => Err("the static data is no JSON object".to_owned()),
            Err(error) => Err(format!("the static data is no JSON: {error}")),
        }
    }
}

impl ErrorPlan {
    fn compile(errors: &ErrorAnswer) -> Result<Self, String> {
        let status = StatusCode::from_u16(errors.status)
            .map_err(|_| format!("{} is no status", errors.status))?;
        Ok(Self {
            status,
            show_text: errors.show_text,
        })
    }
}

fn output(output: &Output) -> haleway_compose::Output {
    use haleway_compose::Output as Compiled;
    match output {
        Output::Json => Compiled::Json,
        Output::JsonCollection => Compiled::JsonCollection,
        Output::String => Compiled::String,
        Output::Xml => Compiled::Xml,
        Output::Yaml { content_type } => Compiled::Yaml {
            content_type: content_type.clone(),
        },
        Output::Negotiate { yaml_content_type } => Compiled::Negotiate {
            yaml_content_type: yaml_content_type.clone(),
        },
    }
}
