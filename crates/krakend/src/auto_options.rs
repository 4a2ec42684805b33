//! `router.auto_options`: OPTIONS on every path of an endpoint, answered with the methods that are
//! served there (lura, router/gin/router.go).

use std::collections::HashMap;

use haleway_blueprint::{Action, Body, Header, PathPattern, Respond, Route, RouteMatch};

use crate::endpoint::Compiled;
use crate::service::Service;

/// One route per path, in the order in which the paths appear.
pub(crate) fn routes(service: &Service<'_>, endpoints: &[Compiled]) -> Vec<Route> {
    let mut paths: Vec<(&Route, Vec<&str>)> = Vec::new();
    let mut by_path: HashMap<&PathPattern, usize> = HashMap::new();
    for endpoint in endpoints {
        let Some(path) = endpoint.route.matches.path() else {
            continue;
        };
        let index = *by_path.entry(path).or_insert_with(|| {
            paths.push((&endpoint.route, Vec::new()));
            paths.len() - 1
        });
        paths[index].1.push(&endpoint.method);
    }
    paths
        .into_iter()
        .filter_map(|(endpoint, methods)| route(service, endpoint, methods))
        .collect()
}

fn route(service: &Service<'_>, endpoint: &Route, mut methods: Vec<&str>) -> Option<Route> {
    methods.sort_unstable();
    let allow = Header::new("Allow", methods.join(", "));
    Some(Route {
        name: endpoint.name.clone(),
        service: None,
        matches: RouteMatch::Path {
            methods: vec!["OPTIONS".to_owned()],
            path: endpoint.matches.path()?.clone(),
        },
        steps: service.bot_detector.iter().cloned().collect(),
        action: Action::Respond(Respond {
            status: 200,
            headers: vec![allow, service.identity.version()],
            body: Body::default(),
        }),
        log_request: false,
        described: Vec::new(),
        origin: endpoint.origin.clone(),
    })
}
