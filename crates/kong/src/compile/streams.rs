//! Routes of connections without HTTP: `tcp`, `tls` and `tls_passthrough`.
//!
//! A listener of `stream_listen` takes plain connections, or with `ssl` those with TLS; each of the
//! two kinds has a site. A route stands in the sites of its protocols, in Kong's order
//! (`kong/router/transform.lua`).

use std::collections::HashSet;

use haleway_blueprint::{
    Retries, RetryOn, Scheme, SiteId, StreamProtocol, StreamRoute, StreamSite,
};
use haleway_document::{Diagnostic, Severity};

use super::pools::Pools;
use super::{Compilation, pools, proxy, routes};
use crate::code;
use crate::entity::route::{Traffic, traffic};
use crate::entity::{Entity, Store};
use crate::plugin;
use crate::setting::Listen;

/// The setting that names the listeners.
const SETTING: &str = "stream_listen";

/// Plugins without which a route would let in whom it is to keep out.
const GUARDS: &[&str] = &["ip-restriction"];

/// The sites of the listeners of connections.
pub(super) fn streams(compilation: &Compilation<'_>, pools: &mut Pools) -> Vec<StreamSite> {
    let routes: Vec<&Entity> = of_connections(compilation).collect();
    for route in &routes {
        report(compilation, route);
        let matches = routes::ordered(&[*route]).concat();
        routes::check_matches(compilation, route, &matches);
    }
    report_datagrams(compilation, &routes);
    report_plugins(compilation, &routes);
    if compilation.listens.stream.iter().any(|listen| listen.udp) {
        let what = "names a listener with `udp`, which is not opened";
        let settings = compilation.settings;
        settings.report(Severity::Warning, SETTING, what);
    }
    let kinds = [false, true].into_iter();
    let kinds = kinds.filter(|tls| is_open(compilation, *tls));
    kinds
        .map(|tls| site(compilation, pools, &routes, tls))
        .collect()
}

/// The site of the listeners with or without TLS.
pub(super) fn site_id(tls: bool) -> SiteId {
    let name = if tls {
        "kong-stream-tls"
    } else {
        "kong-stream"
    };
    SiteId(name.to_owned())
}

/// The listeners that can be opened.
pub(super) fn listens<'a>(compilation: &Compilation<'a>) -> impl Iterator<Item = &'a Listen> {
    let all = compilation.listens.stream.iter();
    all.filter(|listen| !listen.udp)
}

/// The names of upstreams that connections go to, and no requests.
pub(crate) fn upstreams(store: &Store) -> HashSet<String> {
    let mut hosts = [HashSet::new(), HashSet::new()];
    for route in store.all("routes") {
        let service = store.referred(route, "service", "services");
        let service = service.filter(|service| service.record.flag("enabled"));
        if let Some(host) = service.and_then(|service| service.record.text("host")) {
            hosts[usize::from(is_of_connections(route))].insert(host.to_owned());
        }
    }
    let [asked, mut carried] = hosts;
    carried.retain(|host| !asked.contains(host));
    carried
}

fn of_connections<'a>(compilation: &Compilation<'a>) -> impl Iterator<Item = &'a Entity> {
    routes::served(compilation).filter(|route| is_of_connections(route))
}

fn is_of_connections(route: &Entity) -> bool {
    traffic(&route.record) == Traffic::Stream
}

fn is_open(compilation: &Compilation<'_>, tls: bool) -> bool {
    listens(compilation).any(|listen| listen.tls == tls)
}

fn site(
    compilation: &Compilation<'_>,
    pools: &mut Pools,
    routes: &[&Entity],
    tls: bool,
) -> StreamSite {
    let spoken = routes.iter().copied();
    let spoken: Vec<&Entity> = spoken
        .filter(|route| protocol(route, tls).is_some())
        .collect();
    let matches = routes::ordered(&spoken);
    let compiled = spoken.iter().zip(matches).filter_map(|(entity, matches)| {
        let protocol = protocol(entity, tls)?;
        let service = service(compilation, entity)?;
        Some(StreamRoute {
            name: entity.name().to_owned(),
            matches,
            protocol,
            pool: pools.of_service_as(compilation, service, scheme(service, protocol)),
            retries: retries(service),
            limits: proxy::try_limits(&service.record),
            origin: compilation.context.origin(entity.span),
        })
    });
    StreamSite {
        id: site_id(tls),
        routes: compiled.collect(),
    }
}

fn service<'a>(compilation: &Compilation<'a>, route: &Entity) -> Option<&'a Entity> {
    compilation.store.referred(route, "service", "services")
}

/// What a route does with the connections of a listener; `None` where it does not take them.
fn protocol(route: &Entity, tls: bool) -> Option<StreamProtocol> {
    let protocols = route.record.texts("protocols");
    let has = |name: &str| protocols.contains(&name);
    match tls {
        false => has("tcp").then_some(StreamProtocol::Tcp),
        true if has("tls") => Some(StreamProtocol::Tls),
        true => has("tls_passthrough").then_some(StreamProtocol::TlsPassthrough),
    }
}

/// What passes through is encrypted already, whatever the service's protocol.
fn scheme(service: &Entity, protocol: StreamProtocol) -> Scheme {
    match protocol {
        StreamProtocol::TlsPassthrough => Scheme::Http,
        StreamProtocol::Tcp | StreamProtocol::Tls => pools::scheme(&service.record),
    }
}

/// Connections are tried elsewhere when they cannot be made, whatever is said about requests
/// (nginx: `proxy_next_upstream` of streams, which is on).
fn retries(service: &Entity) -> Retries {
    let retries = service.record.integer("retries").unwrap_or(0);
    Retries {
        retries_max: u32::try_from(retries).unwrap_or(0),
        on: RetryOn {
            error: true,
            timeout: true,
            ..RetryOn::default()
        },
    }
}

/// What a route asks for in vain.
fn report(compilation: &Compilation<'_>, route: &Entity) {
    let context = compilation.context;
    let name = route.name();
    let place = route.record.place("protocols");
    let protocols = route.record.texts("protocols");
    let service = service(compilation, route);
    if protocols.contains(&"udp") {
        let message = format!(
            "route {name}: `protocols`: `udp` is not built yet, so the document is refused"
        );
        context.report(Diagnostic::error(code::NOT_BUILT, message).at(place, ""));
    }
    if service.is_none() {
        let message = format!(
            "route {name} has no service: other routes are asked for its connections, where Kong closes them"
        );
        context.report(Diagnostic::parity(code::NO_EFFECT, message).at(route.span, ""));
    }
    let is_taken = |tls: bool| protocol(route, tls).is_some() && is_open(compilation, tls);
    if !is_taken(false) && !is_taken(true) && !protocols.contains(&"udp") {
        report_unreachable(compilation, route);
    }
    if route.record.flag("preserve_host") && is_taken(true) {
        let message = format!(
            "route {name}: `preserve_host` has no effect: the name in handshakes with targets is their own"
        );
        let place = route.record.place("preserve_host");
        context.report(Diagnostic::parity(code::NO_EFFECT, message).at(place, ""));
    }
}

/// Services that speak UDP.
fn report_datagrams(compilation: &Compilation<'_>, routes: &[&Entity]) {
    let used: HashSet<&str> = routes
        .iter()
        .filter_map(|route| route.foreign("service"))
        .collect();
    let services = compilation.store.all("services").iter();
    let services = services.filter(|service| used.contains(service.id.as_str()));
    for service in services.filter(|it| it.record.text("protocol") == Some("udp")) {
        let message = format!(
            "service {}: `protocol`: `udp` is not built yet, so the document is refused",
            service.name()
        );
        let place = service.record.place("protocol");
        let finding = Diagnostic::error(code::NOT_BUILT, message).at(place, "");
        compilation.context.report(finding);
    }
}

/// No listener is for the route's protocols.
fn report_unreachable(compilation: &Compilation<'_>, route: &Entity) {
    let protocols = route.record.texts("protocols");
    let named: Vec<String> = protocols.iter().map(|it| format!("`{it}`")).collect();
    let (why, listener) = match (
        protocol(route, false).is_some(),
        listens(compilation).count(),
    ) {
        (true, 0) => ("names no listener", "0.0.0.0:9000"),
        (false, 0) => ("names no listener", "0.0.0.0:9443 ssl"),
        (true, _) => ("names no listener without `ssl`", "0.0.0.0:9000"),
        (false, _) => ("names no listener with `ssl`", "0.0.0.0:9443 ssl"),
    };
    let message = format!(
        "route {} is for {}, and KONG_STREAM_LISTEN {why}: no connection finds it",
        route.name(),
        named.join(" and ")
    );
    let help = format!("set KONG_STREAM_LISTEN, for example to '{listener}'");
    let place = route.record.place("protocols");
    let finding = Diagnostic::warning(code::NO_LISTENER, message).at(place, "");
    compilation.context.report(finding.help(help));
}

/// Plugins that Kong would run for connections.
fn report_plugins(compilation: &Compilation<'_>, routes: &[&Entity]) {
    let plugins = compilation.store.all("plugins").iter();
    for entity in plugins.filter(|entity| entity.record.flag("enabled")) {
        let name = entity.record.text("name").unwrap_or_default();
        let Some(kind) = plugin::kind(name) else {
            continue;
        };
        let written = entity.record.span("protocols").is_some();
        let its = match written {
            true => entity.record.texts("protocols"),
            false => kind.protocols.to_vec(),
        };
        let runs = |route: &&&Entity| {
            let theirs = route.record.texts("protocols");
            fits(entity, route) && theirs.iter().any(|it| its.contains(it))
        };
        let Some(route) = routes.iter().find(runs) else {
            continue;
        };
        let place = entity.record.place("name");
        let finding = match GUARDS.contains(&name) {
            true => {
                let message = format!(
                    "plugin {name} is not built yet for connections such as those of route {}, so the document is refused",
                    route.name()
                );
                Diagnostic::error(code::NOT_BUILT, message)
                    .help("name protocols of requests only in its `protocols`")
            }
            false => {
                let message = format!(
                    "plugin {name} is not run for connections such as those of route {}",
                    route.name()
                );
                Diagnostic::parity(code::NO_EFFECT, message)
            }
        };
        compilation.context.report(finding.at(place, ""));
    }
}

/// Whether a plugin is for a route. Nobody knows the consumers of connections.
fn fits(plugin: &Entity, route: &Entity) -> bool {
    let on_route = plugin.foreign("route");
    let on_service = plugin.foreign("service");
    plugin.foreign("consumer").is_none()
        && on_route.is_none_or(|id| id == route.id)
        && on_service.is_none_or(|id| route.foreign("service") == Some(id))
}
