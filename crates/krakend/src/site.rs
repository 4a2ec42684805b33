//! From a root object to a blueprint.

use std::cell::RefCell;

use haleway_blueprint::{
    AccessLog, AccessLogFormat, Blueprint, Body, BodyPart, Header, Origin, OwnAnswer, PathRules,
    Respond, Route, Routing, Site, SiteId, Step, Unmatched, Voice,
};
use haleway_document::{Diagnostic, Node, nearest};

use crate::auto_options;
use crate::code;
use crate::context::Context;
use crate::encoding;
use crate::endpoint;
use crate::environment;
use crate::identity::{COMPLETED, Identity};
use crate::internal_endpoints;
use crate::namespace::registry::Level;
use crate::namespace::router::Router;
use crate::namespace::{Extra, bot_detector, cors, haleway_compat, haleway_health, logging};
use crate::pool::Pools;
use crate::profile::Health;
use crate::reader::{Reader, Strictness};
use crate::root::{Inherited, ROOT_KEYS};
use crate::routes::{self, Served};
use crate::server;
use crate::service::{OwnHealth, Service};
use crate::transport;

/// Compiles a root object of a known version; findings go to the context.
pub(crate) fn blueprint(context: &Context<'_>, node: &Node) -> Option<Blueprint> {
    let overrides = environment::overrides(context, node);
    let root = Reader::new(context, node, ROOT_KEYS, "", Strictness::Refuses)?;
    let root = root.with_overrides(&overrides);
    let extra = Extra::read(context, root.node("extra_config"), Level::Service, "");
    let site_id = SiteId("krakend".to_owned());
    let mut listener = server::listener(context, &root, node.span, site_id.clone());
    let router = Router::read(context, extra.get("router"));
    listener.h2c |= router.use_h2c;
    let original = haleway_compat::original_health(context, extra.get("haleway/compat"));
    let own_health = router.health_path.as_deref().filter(|_| !original);
    let own_health = own_health.map(|path| OwnHealth::new(&listener, path));
    let bot = extra
        .get("security/bot-detector")
        .and_then(|node| bot_detector::read(context, node, "security/bot-detector"));
    let transport = transport::transport(context, &root, root.node("client_tls"));
    let service = Service {
        context,
        identity: Identity::new(context, router.hide_version_header),
        inherited: Inherited::read(context, &root),
        bot_detector: bot.map(Step::UserAgentFilter),
        own_health,
        health: haleway_health::Written::read(
            context,
            extra.get("haleway/health"),
            "haleway/health",
        ),
        pools: RefCell::new(Pools::new(context.supplies.cores, transport)),
        router,
    };
    report_output(&service, &root);
    report_health(&service, &root, original);
    let routes = routes(&service, &root, original);
    let site = site(&service, &extra, site_id, routes);
    let name = root.text("name").map(|it| it.value).unwrap_or_default();
    let drain = root
        .duration("max_shutdown_wait_time")
        .filter(|it| !it.is_zero());
    root.node("version");
    root.finish();
    Some(Blueprint {
        name,
        dialect: context.profile.dialect.to_owned(),
        listeners: vec![listener],
        sites: vec![site],
        streams: Vec::new(),
        pools: service.pools.into_inner().finish(),
        consumers: Vec::new(),
        logging: logging::read(context, extra.get("telemetry/logging")),
        drain_ms_max: drain.map(|it| it.millis()),
    })
}

/// The gateway's own routes, those of the endpoints, and OPTIONS on each path where that is asked.
fn routes(service: &Service<'_>, root: &Reader<'_>, original: bool) -> Vec<Route> {
    let context = service.context;
    let guard = || service.bot_detector.iter().cloned().collect::<Vec<_>>();
    let place = |key| {
        root.key_span(key)
            .map_or_else(Origin::default_value, |span| context.origin(span))
    };
    let (debug, echo) = (
        root.flag("debug_endpoint") || context.options.debug,
        root.flag("echo_endpoint"),
    );
    let compiled: Vec<endpoint::Compiled> = root
        .items("endpoints")
        .iter()
        .filter_map(|node| endpoint::compile(service, node))
        .collect();
    let health = internal_endpoints::health(service, original);
    let mut served: Vec<Served<'_>> = Vec::new();
    served.extend(health.as_ref().and_then(|route| {
        Some(Served {
            method: "GET",
            path: route.matches.path()?,
            what: format!("the health endpoint GET {}", route.name),
            span: service
                .router
                .health_path_written
                .as_ref()
                .map(|it| it.span),
        })
    }));
    served.extend(compiled.iter().filter_map(|it| {
        Some(Served {
            method: &it.method,
            path: it.route.matches.path()?,
            what: format!("endpoint {} {}", it.method, it.route.name),
            span: Some(it.span),
        })
    }));
    routes::check(context, &served);
    let mut routes: Vec<Route> = health.into_iter().collect();
    if debug {
        routes.push(internal_endpoints::debug(guard(), place("debug_endpoint")));
    }
    if echo {
        routes.push(internal_endpoints::echo(guard(), place("echo_endpoint")));
    }
    let options = if service.router.auto_options {
        auto_options::routes(service, &compiled)
    } else {
        Vec::new()
    };
    routes.extend(compiled.into_iter().map(|it| it.route));
    routes.extend(options);
    routes
}

fn site(service: &Service<'_>, extra: &Extra<'_>, id: SiteId, routes: Vec<Route>) -> Site {
    let context = service.context;
    let router = &service.router;
    let cors = extra
        .get("security/cors")
        .and_then(|node| cors::read(context, node));
    let encoded = Respond {
        status: 400,
        headers: vec![Header::new("Content-Type", "text/plain; charset=utf-8")],
        body: Body::text("error: encoded url params"),
    };
    Site {
        id,
        steps: cors.into_iter().map(Step::Cors).collect(),
        routing: Routing::Paths(PathRules {
            redirect_trailing_slash: router.redirect_trailing_slash,
            redirect_fixed_path: router.redirect_fixed_path,
            method_not_allowed: router.method_not_allowed,
            merge_slashes: router.merge_slashes,
            encoded_parameter: router.refuse_encoded_parameters.then_some(encoded),
        }),
        routes,
        unmatched: unmatched(service),
        voice: Voice::default(),
        client_address: router.client_address.clone(),
        access_log: router.access_log_skips.clone().map(|skip_paths| AccessLog {
            format: context.options.access_log.unwrap_or(AccessLogFormat::Gin),
            skip_paths,
        }),
        // Go writes every name so, its own ones, too.
        header_names: Vec::new(),
    }
}

fn unmatched(service: &Service<'_>) -> Unmatched {
    let router = &service.router;
    let mut on_405 = service.identity.incomplete();
    if !service.context.profile.completed_on_405 {
        on_405.retain(|header| header.name != COMPLETED);
    }
    Unmatched {
        steps: service.bot_detector.iter().cloned().collect(),
        not_found: miss(
            404,
            "404 page not found",
            router.body_404.as_ref(),
            service.identity.incomplete(),
        ),
        method_not_allowed: miss(
            405,
            "405 method not allowed",
            router.body_405.as_ref(),
            on_405,
        ),
    }
}

fn miss(status: u16, text: &str, json: Option<&String>, mut headers: Vec<Header>) -> OwnAnswer {
    let (content_type, text) = match json {
        Some(json) => ("application/json; charset=utf-8", json.clone()),
        None => ("text/plain", text.to_owned()),
    };
    headers.push(Header::new("Content-Type", content_type));
    OwnAnswer::Fixed(Respond {
        status,
        headers,
        body: Body {
            parts: vec![BodyPart::Text(text)],
        },
    })
}

fn report_output(service: &Service<'_>, root: &Reader<'_>) {
    let output = &service.inherited.output_encoding;
    if encoding::OUTPUTS.contains(&output.as_str()) {
        return;
    }
    let hint = nearest(output, encoding::OUTPUTS.iter().copied());
    let label = hint.map_or_else(String::new, |hint| format!("did you mean `{hint}`?"));
    let message = format!(
        "the output encoding `{output}` is unknown: endpoints write what their only backend's encoding says, else json"
    );
    let span = root
        .node("output_encoding")
        .map(|node| node.span)
        .unwrap_or_default();
    let finding = Diagnostic::warning(code::UNKNOWN_ENCODING, message).at(span, label);
    service
        .context
        .report(finding.help(format!("write one of: {}", encoding::OUTPUTS.join(", "))));
}

/// The documents of version 2 print another health answer than its code gives.
fn report_health(service: &Service<'_>, root: &Reader<'_>, original: bool) {
    let documented = service.context.profile.health == Health::Status && !original;
    if !documented || service.router.health_path.is_none() {
        return;
    }
    let message = "the health endpoint answers {\"status\":\"OK\"}, as documented; KrakenD 1.4.1 answers {\"status\":\"ok\"}";
    let span = root
        .node("version")
        .map(|node| node.span)
        .unwrap_or_default();
    let finding = Diagnostic::parity(code::HEALTH_BODY, message)
        .at(span, "")
        .help("for KrakenD's answer add `\"haleway/compat\": {\"health\": \"original\"}` to the service's `extra_config`");
    service.context.report(finding);
}
