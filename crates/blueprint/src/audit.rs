//! A second opinion on a finished blueprint, independent of whoever compiled it.

use std::collections::HashSet;

use haleway_document::Diagnostic;

use crate::{
    Blueprint, Call, CallPath, CallTarget, PathPattern, Route, RouteMatch, Routing, Segment, Site,
    TemplatePart,
};

/// Checks what every blueprint must hold: references resolve, no route is shadowed, templates use
/// parameters that exist. A finding here is a defect of the dialect, not of the user's document,
/// so its message says so.
#[must_use]
pub fn audit(blueprint: &Blueprint) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for listener in &blueprint.listeners {
        let mut streams = blueprint.streams.iter();
        let known = blueprint.site(&listener.site).is_some()
            || streams.any(|stream| stream.id == listener.site);
        if !known {
            findings.push(defect(
                "B0001",
                format!(
                    "listener {} serves site {}, which does not exist",
                    listener.name, listener.site.0
                ),
            ));
        }
    }
    let mut names = HashSet::new();
    for pool in &blueprint.pools {
        if !names.insert(&pool.id) {
            findings.push(defect(
                "B0002",
                format!("two pools are named {}", pool.id.0),
            ));
        }
    }
    for breaker in blueprint.breakers() {
        if !names.insert(&breaker.id) {
            findings.push(defect(
                "B0002",
                format!("two breakers or pools are named {}", breaker.id.0),
            ));
        }
    }
    for route in blueprint.streams.iter().flat_map(|site| &site.routes) {
        if blueprint.pool(&route.pool).is_none() {
            let (name, pool) = (&route.name, &route.pool.0);
            let problem = format!("{name} leads to pool {pool}, which does not exist");
            findings.push(defect("B0004", problem));
        }
    }
    for site in &blueprint.sites {
        audit_site(blueprint, site, &mut findings);
    }
    findings
}

fn audit_site(blueprint: &Blueprint, site: &Site, findings: &mut Vec<Diagnostic>) {
    let mut seen = Seen::default();
    for route in &site.routes {
        if let Some(problem) = seen.problem(site, route) {
            findings.push(defect("B0003", problem));
        }
        let parameters = match &route.matches {
            RouteMatch::Path { path, .. } => parameters(path),
            RouteMatch::Requests(_) => HashSet::new(),
        };
        for (index, call) in route.action.calls().enumerate() {
            audit_call(blueprint, &route.name, index, call, &parameters, findings);
        }
    }
}

/// What the routes of a site have taken so far.
#[derive(Default)]
struct Seen<'a> {
    paths: HashSet<(&'a str, &'a PathPattern)>,
    positions: HashSet<u32>,
}

impl<'a> Seen<'a> {
    /// What of a route cannot be: it serves what another one serves, or is found in another way
    /// than its site finds routes.
    fn problem(&mut self, site: &Site, route: &'a Route) -> Option<String> {
        match (&site.routing, &route.matches) {
            (Routing::Paths(_), RouteMatch::Path { methods, path }) => {
                let mut taken = methods
                    .iter()
                    .filter(|method| !self.paths.insert((method, path)));
                let method = taken.next()?;
                Some(format!("two routes serve {method} {}", route.name))
            }
            (Routing::Requests, RouteMatch::Requests(matches)) => {
                let mut taken = matches
                    .iter()
                    .filter(|one| !self.positions.insert(one.position));
                let one = taken.next()?;
                let (name, position) = (&route.name, one.position);
                Some(format!(
                    "{name} shares position {position} with another match"
                ))
            }
            _ => Some(format!("site {} cannot find {}", site.id.0, route.name)),
        }
    }
}

fn parameters(path: &PathPattern) -> HashSet<&str> {
    let segments = path.segments.iter().filter_map(|segment| match segment {
        Segment::Literal(_) => None,
        Segment::Parameter { name, .. } | Segment::Rest(name) => Some(name.as_str()),
    });
    segments.collect()
}

fn audit_call(
    blueprint: &Blueprint,
    route: &str,
    index: usize,
    call: &Call,
    parameters: &HashSet<&str>,
    findings: &mut Vec<Diagnostic>,
) {
    if let CallTarget::Pool(id) = &call.target
        && blueprint.pool(id).is_none()
    {
        findings.push(defect(
            "B0004",
            format!("{route} calls pool {}, which does not exist", id.0),
        ));
    }
    let CallPath::Template(path) = &call.path else {
        return;
    };
    for part in &path.parts {
        let problem = match part {
            TemplatePart::Parameter(name) if !parameters.contains(name.as_str()) => {
                format!("{route} has no parameter {name}, which its call {index} uses")
            }
            TemplatePart::Result { call, .. } if *call >= index => {
                format!(
                    "call {index} of {route} uses the answer of call {call}, which is not earlier"
                )
            }
            _ => continue,
        };
        findings.push(defect("B0005", problem));
    }
}

fn defect(code: &'static str, message: String) -> Diagnostic {
    Diagnostic::error(code, message)
        .help("this is a defect of Haleway, not of your configuration; please report it")
}
