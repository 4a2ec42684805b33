//! `url_pattern` of a backend: the path and query of its request, with holes in braces.
//!
//! A hole is a parameter of the endpoint, a value of an earlier answer (`{resp0_user.id}`) or a
//! claim of a token (`{JWT.sub}`). What KrakenD never fills in stays as its own placeholder,
//! `{{.Name}}`.

use haleway_blueprint::{Template, TemplatePart};
use haleway_document::{Diagnostic, Span, nearest};

use crate::code;
use crate::context::Context;
use crate::path;
use crate::reader::Spanned;

/// What the holes may be.
pub(crate) struct Holes<'a> {
    /// Parameters of the endpoint.
    pub(crate) parameters: &'a [String],
    /// Parameters that the router really fills in.
    pub(crate) routed: Vec<&'a str>,
    /// How many earlier answers there are; `None` where answers do not come one after the other.
    pub(crate) earlier: Option<usize>,
    /// A token validator stands before the endpoint.
    pub(crate) has_claims: bool,
}

/// The pattern as lura writes it in messages: `/users/{{.Id}}`.
pub(crate) fn as_lura_writes(pattern: &str) -> String {
    let mut out = String::new();
    for part in parts(&path::clean(pattern)) {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Hole(name) => out.push_str(&placeholder(name)),
        }
    }
    out
}

/// Reads a pattern; findings go to the context with `place` before them.
pub(crate) fn template(
    context: &Context<'_>,
    pattern: &Spanned<String>,
    holes: &Holes<'_>,
    place: &str,
) -> Template {
    let mut template = Template::default();
    let clean = path::clean(&pattern.value);
    for part in parts(&clean) {
        let part = match part {
            Part::Text(text) => TemplatePart::Text(text.to_owned()),
            Part::Hole(name) => hole(context, name, holes, pattern.span, place),
        };
        push(&mut template, part);
    }
    template
}

enum Part<'a> {
    Text(&'a str),
    Hole(&'a str),
}

/// Cuts a pattern at its holes: `\{([\w\-\.:/]+)\}`.
fn parts(pattern: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(open) = pattern[at..].find('{').map(|found| at + found) {
        at = open + 1;
        let inside = &pattern[at..];
        let end = inside.find(|c: char| !(c.is_ascii_alphanumeric() || "_-.:/".contains(c)));
        let Some(end) = end.filter(|end| *end > 0 && inside[*end..].starts_with('}')) else {
            continue;
        };
        parts.push(Part::Text(&pattern[start..open]));
        parts.push(Part::Hole(&inside[..end]));
        at += end + 1;
        start = at;
    }
    parts.push(Part::Text(&pattern[start..]));
    parts
}

/// Adds a part; texts that follow each other become one.
fn push(template: &mut Template, part: TemplatePart) {
    match (template.parts.last_mut(), part) {
        (_, TemplatePart::Text(text)) if text.is_empty() => {}
        (Some(TemplatePart::Text(before)), TemplatePart::Text(text)) => before.push_str(&text),
        (_, part) => template.parts.push(part),
    }
}

fn hole(
    context: &Context<'_>,
    name: &str,
    holes: &Holes<'_>,
    span: Span,
    place: &str,
) -> TemplatePart {
    if holes.parameters.iter().any(|it| it == name) {
        if holes.routed.contains(&name) {
            return TemplatePart::Parameter(name.to_owned());
        }
        return TemplatePart::Text(placeholder(name));
    }
    if let Some(result) = result_name(name) {
        return result_hole(context, name, result, holes, span, place);
    }
    if name.starts_with("JWT.") && name.len() > "JWT.".len() {
        if !holes.has_claims {
            let message = format!(
                "{place}: `{{{name}}}` is never filled in, as the endpoint has no `auth/validator`"
            );
            let finding = Diagnostic::warning(code::UNFILLED_CLAIM, message)
                .at(span, "stays as it stands")
                .help("add `auth/validator` to the endpoint's `extra_config`");
            context.report(finding);
        }
        return TemplatePart::Text(placeholder(name));
    }
    context.report(unknown(name, holes, span, place));
    TemplatePart::Text(placeholder(name))
}

fn unknown(name: &str, holes: &Holes<'_>, span: Span, place: &str) -> Diagnostic {
    let known: Vec<String> = holes
        .parameters
        .iter()
        .map(|it| format!("{{{it}}}"))
        .collect();
    let list = match known.as_slice() {
        [] => "the endpoint's path has no parameters".to_owned(),
        _ => format!("the endpoint's path has {}", known.join(", ")),
    };
    let hint = nearest(name, holes.parameters.iter().map(String::as_str));
    let label = hint.map_or_else(
        || list.clone(),
        |hint| format!("did you mean `{{{hint}}}`?"),
    );
    let message = format!("{place}: `{{{name}}}` is no parameter of the endpoint");
    Diagnostic::error(code::UNKNOWN_PARAMETER, message)
        .at(span, label)
        .help(format!(
            "{list}; use one of its parameters, or add `{{{name}}}` to it"
        ))
}

/// The part behind `resp`, where a name begins so and goes on as a reference to an answer:
/// the index of the answer, and the path in it.
fn result_name(name: &str) -> Option<(&str, &str)> {
    let (index, path) = name.strip_prefix("resp")?.split_once('_')?;
    let digits = !index.is_empty() && index.bytes().all(|it| it.is_ascii_digit());
    (digits && !path.is_empty()).then_some((index, path))
}

fn result_hole(
    context: &Context<'_>,
    name: &str,
    (index, path): (&str, &str),
    holes: &Holes<'_>,
    span: Span,
    place: &str,
) -> TemplatePart {
    let readable = !path.contains([':', '/']);
    let problem = match (holes.earlier, index.parse::<usize>()) {
        (None, _) => "the endpoint is not sequential",
        (Some(earlier), Ok(call)) if call < earlier && readable => {
            let path = path.split('.').map(str::to_owned).collect();
            return TemplatePart::Result {
                call,
                path,
                otherwise: placeholder(name),
            };
        }
        (Some(_), _) if !readable => "it holds a character that no key may have here",
        _ => "there is no such earlier backend",
    };
    let message = format!("{place}: `{{{name}}}` is never filled in: {problem}");
    let finding = Diagnostic::warning(code::UNFILLED_RESULT, message).at(span, "stays as it stands").help(
        "answers of earlier backends are at hand where the endpoint's `proxy` says `\"sequential\": true`",
    );
    context.report(finding);
    TemplatePart::Text(placeholder(name))
}

/// What stands in a path where nothing fills a hole.
fn placeholder(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    let name: String = first.into_iter().chain(chars).collect();
    format!("{{{{.{name}}}}}")
}

#[cfg(test)]
mod tests {
    use super::{Part, as_lura_writes, parts};

    #[test]
    fn holes_are_found_as_lura_finds_them() {
        for (pattern, expected) in [
            ("/a", vec![]),
            ("/{a}", vec!["a"]),
            ("/{a}?x={b-c}&y={resp0_d.e}", vec!["a", "b-c", "resp0_d.e"]),
            ("/{JWT.http://x/y}", vec!["JWT.http://x/y"]),
            ("/{}{ a}{a", vec![]),
            ("/{{a}}", vec!["a"]),
            ("/{ä}", vec![]),
        ] {
            let found: Vec<&str> = parts(pattern)
                .into_iter()
                .filter_map(|part| match part {
                    Part::Hole(name) => Some(name),
                    Part::Text(_) => None,
                })
                .collect();
            assert_eq!(found, expected, "{pattern}");
        }
    }

    #[test]
    fn lura_writes_holes_with_a_capital() {
        assert_eq!(
            as_lura_writes("users/{id}?a={b_c}"),
            "/users/{{.Id}}?a={{.B_c}}"
        );
    }
}
