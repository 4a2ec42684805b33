//! The endpoints that the gateway has of its own: health, debug and echo.

use haleway_blueprint::{
    Action, Body, BodyPart, Header, Origin, PathPattern, Respond, Route, RouteMatch, Segment, Step,
};

use crate::path;
use crate::profile::Health;
use crate::service::Service;

const JSON: &str = "application/json; charset=utf-8";

/// The health endpoint; `original` follows KrakenD's code where its documents print another body.
pub(crate) fn health(service: &Service<'_>, original: bool) -> Option<Route> {
    let context = service.context;
    let path = service.router.health_path.as_deref()?;
    let origin = match &service.router.health_path_written {
        Some(written) => context.origin(written.span),
        None => Origin::default_value(),
    };
    let body = match (context.profile.health, original) {
        (Health::Agents, _) => Body {
            parts: vec![
                BodyPart::Text(r#"{"agents":{},"now":""#.to_owned()),
                BodyPart::GoTime,
                BodyPart::Text(r#"","status":"ok"}"#.to_owned()),
            ],
        },
        (Health::Status, true) => Body::text(r#"{"status":"ok"}"#),
        (Health::Status, false) => Body::text(r#"{"status":"OK"}"#),
    };
    let guard = service
        .bot_detector
        .clone()
        .filter(|_| context.profile.bot_detector_guards_health);
    Some(Route {
        name: path.to_owned(),
        service: None,
        matches: RouteMatch::Path {
            methods: vec!["GET".to_owned()],
            path: path::parse(&path::clean(path), false).ok()?.pattern,
        },
        steps: guard.into_iter().collect(),
        action: Action::Respond(Respond {
            status: 200,
            headers: json(),
            body,
        }),
        log_request: false,
        described: Vec::new(),
        origin,
    })
}

/// `/__debug/`: any method, logs the request.
pub(crate) fn debug(steps: Vec<Step>, origin: Origin) -> Route {
    let body = Body::text(r#"{"message":"pong"}"#);
    let action = Action::Respond(Respond {
        status: 200,
        headers: json(),
        body,
    });
    Route {
        log_request: true,
        ..below("/__debug/", "__debug", steps, action, origin)
    }
}

/// `/__echo/`: any method, answers with the request.
pub(crate) fn echo(steps: Vec<Step>, origin: Origin) -> Route {
    below("/__echo/", "__echo", steps, Action::Echo, origin)
}

fn below(name: &str, literal: &str, steps: Vec<Step>, action: Action, origin: Origin) -> Route {
    let segments = vec![
        Segment::Literal(literal.to_owned()),
        Segment::Rest("param".to_owned()),
    ];
    Route {
        name: name.to_owned(),
        service: None,
        matches: RouteMatch::Path {
            methods: Vec::new(),
            path: PathPattern { segments },
        },
        steps,
        action,
        log_request: false,
        described: Vec::new(),
        origin,
    }
}

fn json() -> Vec<Header> {
    vec![Header::new("Content-Type", JSON)]
}
