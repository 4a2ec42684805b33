//! A second opinion on a finished blueprint, independent of whoever compiled it.

use std::collections::HashSet;

use haleway_document::Diagnostic;

use crate::{Blueprint, Call, CallTarget, Segment, Site, TemplatePart};

/// Checks what every blueprint must hold: references resolve, no route is shadowed, templates use
/// parameters that exist. A finding here is a defect of the dialect, not of the user's document,
/// so its message says so.
#[must_use]
pub fn audit(blueprint: &Blueprint) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for listener in &blueprint.listeners {
        if blueprint.site(&listener.site).is_none() {
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
    for site in &blueprint.sites {
        audit_site(blueprint, site, &mut findings);
    }
    findings
}

fn audit_site(blueprint: &Blueprint, site: &Site, findings: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    for route in &site.routes {
        for method in &route.methods {
            if !seen.insert((method, &route.path)) {
                findings.push(defect(
                    "B0003",
                    format!("two routes serve {method} {}", route.name),
                ));
            }
        }
        let parameters: HashSet<&str> = route
            .path
            .segments
            .iter()
            .filter_map(|segment| match segment {
                Segment::Literal(_) => None,
                Segment::Parameter { name, .. } | Segment::Rest(name) => Some(name.as_str()),
            })
            .collect();
        for (index, call) in route.action.calls().enumerate() {
            audit_call(blueprint, &route.name, index, call, &parameters, findings);
        }
    }
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
    for part in &call.path.parts {
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
