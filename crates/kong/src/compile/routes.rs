//! Routes and the order in which they are tried.

use haleway_blueprint::{
    AddressRange, MatchRule, PeerMatch, Refusal, RequestMatch, RequireGrpc, RequireTls, Route,
    RouteMatch, Step,
};
use haleway_document::Diagnostic;
use haleway_routing::RequestRouter;
use haleway_routing::rank::{self, RouteFields};

use super::attach::Attachments;
use super::pools::Pools;
use super::{Compilation, proxy, shown};
use crate::code;
use crate::entity::Entity;
use crate::entity::route::{Traffic, has_sound_paths, traffic};
use crate::read::identity;
use crate::schema::Record;

/// One way in which a request finds a route, before its place in the order is known.
struct Ranked {
    priority: u64,
    id: String,
    rule: MatchRule,
    route: usize,
}

/// All routes of requests, in the order of the document.
pub(super) fn routes(
    compilation: &Compilation<'_>,
    pools: &mut Pools,
    attachments: &Attachments<'_>,
) -> Vec<Route> {
    let entities: Vec<&Entity> = served(compilation)
        .filter(|route| traffic(&route.record) != Traffic::Stream)
        .collect();
    let mut matches = ordered(&entities);
    for (entity, matches) in entities.iter().zip(&matches) {
        check_matches(compilation, entity, matches);
    }
    let routes = entities.iter().enumerate().map(|(at, entity)| {
        let service = compilation.store.referred(entity, "service", "services");
        let pool = service.map(|service| (service, pools.of_service(compilation, service)));
        let mut steps: Vec<Step> = require_tls(&entity.record).into_iter().collect();
        steps.extend(require_grpc(&entity.record));
        steps.extend(attachments.steps(entity, service));
        Route {
            name: entity.name().to_owned(),
            service: service.map(|service| service.name().to_owned()),
            matches: RouteMatch::Requests(std::mem::take(&mut matches[at])),
            steps,
            action: proxy::action(compilation, entity, pool),
            log_request: false,
            described: shown::described(entity, service),
            origin: compilation.context.origin(entity.span),
        }
    });
    routes.collect()
}

/// Routes whose service is not disabled: Kong acts as if the others were not there.
pub(super) fn served<'a>(compilation: &Compilation<'a>) -> impl Iterator<Item = &'a Entity> {
    let store = compilation.store;
    store.all("routes").iter().filter(move |route| {
        let service = store.referred(route, "service", "services");
        service.is_none_or(|service| service.record.flag("enabled"))
    })
}

/// The matches of each route with their places: the highest priority first, and of equal ones the
/// larger id.
pub(super) fn ordered(entities: &[&Entity]) -> Vec<Vec<RequestMatch>> {
    let mut ranked: Vec<Ranked> = entities
        .iter()
        .enumerate()
        .flat_map(|(at, entity)| ranked(at, entity))
        .collect();
    ranked.sort_by(|one, other| (other.priority, &other.id).cmp(&(one.priority, &one.id)));
    let mut matches: Vec<Vec<RequestMatch>> = vec![Vec::new(); entities.len()];
    for (position, one) in ranked.into_iter().enumerate() {
        matches[one.route].push(RequestMatch {
            position: u32::try_from(position).unwrap_or(u32::MAX),
            rule: one.rule,
        });
    }
    matches
}

/// What a message with an excerpt of the text comes to.
fn last_line(message: &str) -> &str {
    let last = message.lines().rev().find(|line| !line.trim().is_empty());
    last.unwrap_or(message)
        .trim_start_matches([' ', '='])
        .trim()
}

/// What no table could check: patterns of headers, and expressions.
pub(super) fn check_matches(
    compilation: &Compilation<'_>,
    route: &Entity,
    matches: &[RequestMatch],
) {
    // A pattern that is none has been told where it stands.
    if !has_sound_paths(&route.record) {
        return;
    }
    let entries: Vec<(usize, &RequestMatch)> = matches.iter().map(|one| (0, one)).collect();
    let Err(error) = RequestRouter::new(&entries) else {
        return;
    };
    let written = ["expression", "headers"].into_iter().find_map(|field| {
        let known = route.record.fields.iter().any(|(name, _)| *name == field);
        known.then(|| route.record.span(field)).flatten()
    });
    let message = format!(
        "route {}: Router Expression failed validation: {}",
        route.name(),
        last_line(&error.message)
    );
    let finding = Diagnostic::error(code::ENTITY_CHECK, message);
    compilation
        .context
        .report(finding.at(written.unwrap_or(route.span), ""));
}

fn ranked(at: usize, entity: &Entity) -> Vec<Ranked> {
    let record = &entity.record;
    if let Some(expression) = record
        .fields
        .iter()
        .any(|(name, _)| *name == "expression")
        .then(|| record.text("expression"))
        .flatten()
    {
        let own = record.integer("priority").unwrap_or(0);
        return vec![Ranked {
            priority: rank::expression_priority(u64::try_from(own).unwrap_or(0)),
            id: entity.id.clone(),
            rule: MatchRule::Expression(expression.to_owned()),
            route: at,
        }];
    }
    let entries = with_fields(record, rank::entries);
    let split = entries.len() > 1;
    let numbered = entries.into_iter().enumerate();
    numbered
        .map(|(n, (priority, fields))| Ranked {
            priority,
            id: match split {
                true => identity::part(&entity.id, n + 1),
                false => entity.id.clone(),
            },
            rule: MatchRule::Fields(fields),
            route: at,
        })
        .collect()
}

/// A route's fields as its user wrote them.
pub(super) fn with_fields<T>(record: &Record, ask: impl FnOnce(&RouteFields<'_>) -> T) -> T {
    let texts = |field: &str| -> Vec<String> {
        record.texts(field).into_iter().map(str::to_owned).collect()
    };
    let headers = record.entries("headers").iter().map(|(name, values)| {
        let values = values.as_texts().into_iter().map(str::to_owned);
        (name.clone(), values.collect())
    });
    ask(&RouteFields {
        stream: traffic(record) == Traffic::Stream,
        methods: &texts("methods"),
        hosts: &texts("hosts"),
        paths: &texts("paths"),
        headers: &headers.collect::<Vec<(String, Vec<String>)>>(),
        snis: &texts("snis"),
        sources: &peers(record, "sources"),
        destinations: &peers(record, "destinations"),
        regex_priority: record.integer("regex_priority").unwrap_or(0),
    })
}

fn peers(record: &Record, field: &str) -> Vec<PeerMatch> {
    let peers = record.records(field).into_iter().map(|peer| PeerMatch {
        addresses: peer.text("ip").and_then(AddressRange::parse),
        port: peer
            .integer("port")
            .and_then(|port| u16::try_from(port).ok()),
    });
    peers.collect()
}

/// What a route says that is for TLS only, where a request comes without.
fn require_tls(route: &Record) -> Option<Step> {
    let protocols = route.texts("protocols");
    if protocols.contains(&"http") || !protocols.contains(&"https") {
        return None;
    }
    let status = route.integer("https_redirect_status_code").unwrap_or(426);
    Some(Step::RequireTls(RequireTls {
        status: u16::try_from(status).unwrap_or(426),
        message: "Please use HTTPS protocol".to_owned(),
    }))
}

/// What a route of gRPC says to a request that is none.
fn require_grpc(route: &Record) -> Option<Step> {
    let protocols = route.texts("protocols");
    let plain = protocols.contains(&"grpc");
    (plain || protocols.contains(&"grpcs")).then(|| {
        Step::RequireGrpc(RequireGrpc {
            other_type: Refusal::new(415, "Non-gRPC request matched gRPC route"),
            old_version: Refusal::new(426, "Please use HTTP2 protocol"),
            without_tls: (!plain).then(|| "gRPC request matched gRPCs route".to_owned()),
        })
    })
}
