//! Endpoint paths, read as gin reads them after KrakenD has put its parameters in gin's form.
//!
//! `/users/{id}` becomes `/users/:id`. Where a parameter ends, gin takes everything up to the next
//! slash: `/{id}.json` is one parameter named `id.json`.

use haleway_blueprint::{PathPattern, Segment};

/// A path that was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EndpointPath {
    /// What the router matches.
    pub(crate) pattern: PathPattern,
    /// The parameters that backends may name.
    pub(crate) parameters: Vec<String>,
    /// What is odd about it; it is served all the same.
    pub(crate) oddities: Vec<String>,
}

/// The path with its one leading slash.
pub(crate) fn clean(path: &str) -> String {
    format!("/{}", path.strip_prefix('/').unwrap_or(path))
}

/// Reads a clean path. `anywhere` is the service's `disable_rest`: parameters may stand anywhere,
/// not only at the start of a segment. An error says why gin would refuse it.
pub(crate) fn parse(path: &str, anywhere: bool) -> Result<EndpointPath, String> {
    let parameters = parameters(path, anywhere);
    let mut routed = path.to_owned();
    for name in &parameters {
        routed = routed.replace(&format!("{{{name}}}"), &format!(":{name}"));
    }
    let mut oddities = Vec::new();
    let mut segments = Vec::new();
    for part in routed[1..].split('/') {
        segments.push(segment(part, &parameters, &mut oddities)?);
    }
    if segments
        .iter()
        .any(|it| matches!(it, Segment::Literal(text) if text.contains('{')))
    {
        let hint = if anywhere {
            ""
        } else {
            " (set `disable_rest` to allow parameters inside a segment)"
        };
        oddities.push(format!("braces in it stand for themselves{hint}"));
    }
    Ok(EndpointPath {
        pattern: PathPattern { segments },
        parameters,
        oddities,
    })
}

fn segment(
    part: &str,
    parameters: &[String],
    oddities: &mut Vec<String>,
) -> Result<Segment, String> {
    let Some(at) = part.find([':', '*']) else {
        return Ok(Segment::Literal(part.to_owned()));
    };
    let (prefix, name) = (&part[..at], &part[at + 1..]);
    if part[at..].starts_with('*') {
        return Err("wildcards are a feature of KrakenD Enterprise".to_owned());
    }
    if name.contains([':', '*']) {
        return Err(format!(
            "only one parameter may stand in a segment: `{part}` has more"
        ));
    }
    if name.is_empty() {
        return Err(format!("the parameter in `{part}` has no name"));
    }
    let known = parameters.iter().find(|it| name.starts_with(it.as_str()));
    if let Some(known) = known.filter(|it| *it != name) {
        let after = &name[known.len()..];
        oddities.push(format!(
            "the router takes everything up to the next slash as one parameter named `{name}`: \
             `{after}` is not matched, and `{{{known}}}` in a backend is never filled in"
        ));
    }
    Ok(Segment::Parameter {
        prefix: prefix.to_owned(),
        name: name.to_owned(),
    })
}

/// The names between braces, in the order in which they stand.
fn parameters(path: &str, anywhere: bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut rest = path;
    while let Some(at) = rest.find('{') {
        let starts_segment = rest[..at].ends_with('/');
        let inside = &rest[at + 1..];
        if let Some(end) = inside.find('}') {
            let name = &inside[..end];
            let allowed = |c: char| {
                c.is_ascii_alphanumeric() || "-_".contains(c) || (anywhere && ".:/".contains(c))
            };
            if !name.is_empty()
                && name.chars().all(allowed)
                && (anywhere || starts_segment)
                && !names.iter().any(|it| it == name)
            {
                names.push(name.to_owned());
            }
        }
        rest = inside;
    }
    names
}

/// Whether a path lies at or below one of the reserved ones, wherever in it that stands.
pub(crate) fn is_reserved(path: &str, reserved: &[&str]) -> bool {
    reserved.iter().any(|name| {
        path.match_indices(name).any(|(at, _)| {
            let after = &path[at + name.len()..];
            after.is_empty() || after.starts_with('/')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{clean, is_reserved, parse};
    use haleway_blueprint::Segment::{self, Literal, Parameter};

    fn literal(text: &str) -> Segment {
        Literal(text.into())
    }

    fn parameter(prefix: &str, name: &str) -> Segment {
        Parameter {
            prefix: prefix.into(),
            name: name.into(),
        }
    }

    #[test]
    fn segments_are_those_of_gin() {
        for (path, anywhere, expected) in [
            ("/", false, vec![literal("")]),
            ("/a/", false, vec![literal("a"), literal("")]),
            (
                "/a/{x}/b",
                false,
                vec![literal("a"), parameter("", "x"), literal("b")],
            ),
            (
                "/{x}/{y-z_1}",
                false,
                vec![parameter("", "x"), parameter("", "y-z_1")],
            ),
            ("/a{x}", false, vec![literal("a{x}")]),
            ("/a{x}", true, vec![parameter("a", "x")]),
            ("/{x}.json", true, vec![parameter("", "x.json")]),
            ("/:id", false, vec![parameter("", "id")]),
        ] {
            let read = parse(path, anywhere).unwrap();
            assert_eq!(read.pattern.segments, expected, "{path}");
        }
    }

    #[test]
    fn what_gin_refuses_is_refused() {
        for path in ["/{a}{b}", "/a/*", "/x:/b", "/*"] {
            assert!(parse(path, true).is_err(), "{path}");
        }
    }

    #[test]
    fn oddities_are_named() {
        assert_eq!(parse("/{x}.json", false).unwrap().oddities.len(), 1);
        assert_eq!(parse("/a{x}", false).unwrap().oddities.len(), 1);
        assert!(parse("/a/{x}", false).unwrap().oddities.is_empty());
    }

    #[test]
    fn reserved_paths_are_found_anywhere() {
        let reserved = ["/__debug", "/__health"];
        for (path, expected) in [
            ("/__debug", true),
            ("/__debug/x", true),
            ("/a/__health", true),
            ("/a/__health/x", true),
            ("/__healthy", false),
            ("/__debugger/__health", true),
            ("/health", false),
        ] {
            assert_eq!(is_reserved(path, &reserved), expected, "{path}");
        }
    }

    #[test]
    fn a_clean_path_has_one_slash_more_at_most() {
        assert_eq!(clean("a"), "/a");
        assert_eq!(clean("/a"), "/a");
        assert_eq!(clean("//a"), "//a");
        assert_eq!(clean(""), "/");
    }
}
