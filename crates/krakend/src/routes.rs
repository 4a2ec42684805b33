//! Whether routes can stand beside each other, by the rules of gin's tree, which panics at the
//! start where they cannot.

use std::collections::HashMap;

use haleway_blueprint::{PathPattern, Segment};
use haleway_document::{Diagnostic, Span};

use crate::code;
use crate::context::Context;

/// A route that is to be served.
pub(crate) struct Served<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a PathPattern,
    /// How messages name it: `endpoint GET /users`.
    pub(crate) what: String,
    /// Its place; the gateway's own routes may have none.
    pub(crate) span: Option<Span>,
}

/// Reports routes that are written twice or that gin cannot tell apart.
pub(crate) fn check(context: &Context<'_>, served: &[Served<'_>]) {
    let mut whole: HashMap<(&str, &PathPattern), &Served<'_>> = HashMap::new();
    let mut places: HashMap<String, Place<'_>> = HashMap::new();
    for route in served {
        if let Some(earlier) = whole.insert((route.method, route.path), route) {
            context.report(duplicate(earlier, route));
            continue;
        }
        let mut before = route.method.to_owned();
        for segment in &route.path.segments {
            let place = places.entry(before.clone()).or_default();
            visit(context, place, segment, route);
            before.push('/');
            before.push_str(&step(segment));
        }
    }
}

/// What stands at one place of the tree of a method.
#[derive(Default)]
struct Place<'a> {
    /// Parameters by the text before them: name and route.
    parameters: HashMap<&'a str, (&'a str, &'a Served<'a>)>,
    literal: Option<&'a Served<'a>>,
    reported: bool,
}

fn visit<'a>(
    context: &Context<'_>,
    place: &mut Place<'a>,
    segment: &'a Segment,
    route: &'a Served<'a>,
) {
    match segment {
        Segment::Literal(_) => place.literal = place.literal.or(Some(route)),
        Segment::Rest(_) => {}
        Segment::Parameter { prefix, name } => {
            let (earlier_name, earlier) = *place.parameters.entry(prefix).or_insert((name, route));
            if earlier_name != name {
                context.report(conflict(route, name, earlier, earlier_name));
            }
        }
    }
    if context.profile.literal_beside_parameter || place.reported {
        return;
    }
    if let (Some(literal), Some((_, parameter))) = (place.literal, place.parameters.values().next())
    {
        place.reported = true;
        context.report(beside(literal, parameter, route));
    }
}

/// A segment as a step down the tree: parameters of one place lead to one place.
fn step(segment: &Segment) -> String {
    match segment {
        Segment::Literal(text) => text.clone(),
        Segment::Parameter { prefix, .. } => format!("{prefix}:"),
        Segment::Rest(_) => "*".to_owned(),
    }
}

fn duplicate(earlier: &Served<'_>, route: &Served<'_>) -> Diagnostic {
    let message = if earlier.what == route.what {
        format!("{} is there twice", route.what)
    } else {
        format!("{} and {} have one route", earlier.what, route.what)
    };
    let finding = Diagnostic::error(code::DUPLICATE_ROUTE, message)
        .help("remove one of them, or change its path or method");
    places(finding, earlier, route)
}

fn conflict(
    route: &Served<'_>,
    name: &str,
    earlier: &Served<'_>,
    earlier_name: &str,
) -> Diagnostic {
    let message = format!(
        "{}: the parameter `{{{name}}}` stands where {} has `{{{earlier_name}}}`",
        route.what, earlier.what
    );
    let finding = Diagnostic::error(code::PARAMETER_CONFLICT, message).help(format!(
        "name it `{{{earlier_name}}}` in both: one place has one name"
    ));
    places(finding, earlier, route)
}

fn beside(literal: &Served<'_>, parameter: &Served<'_>, route: &Served<'_>) -> Diagnostic {
    let other = if std::ptr::eq(route, literal) {
        parameter
    } else {
        literal
    };
    let message = format!(
        "{}: a literal stands beside a parameter of {}; KrakenD 1.x refuses to start, here the literal wins",
        route.what, other.what
    );
    places(
        Diagnostic::parity(code::STATIC_BESIDE_PARAMETER, message),
        other,
        route,
    )
}

fn places(finding: Diagnostic, earlier: &Served<'_>, later: &Served<'_>) -> Diagnostic {
    match (earlier.span, later.span) {
        (Some(earlier), Some(later)) => finding.at(later, "").also_at(earlier, "the other one"),
        (Some(only), None) | (None, Some(only)) => finding.at(only, ""),
        (None, None) => finding,
    }
}
