//! Resolves a `Location` against the URL that answered with it (RFC 3986, 5.2).

use http::Uri;

/// The absolute URL that a reference means; `None` where it is none.
pub(crate) fn resolve(base: &str, reference: &[u8]) -> Option<Uri> {
    let reference = std::str::from_utf8(reference).ok()?.trim();
    let reference = reference.split('#').next().unwrap_or_default();
    let (scheme, rest) = base.split_once("://")?;
    let path_start = rest.find('/').unwrap_or(rest.len());
    let (authority, base_target) = rest.split_at(path_start);
    let absolute = if has_scheme(reference) {
        reference.to_owned()
    } else if let Some(other) = reference.strip_prefix("//") {
        format!("{scheme}://{other}")
    } else {
        let base_path = base_target.split('?').next().unwrap_or_default();
        let (path, query) = match reference.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (reference, None),
        };
        let path = match path {
            "" => base_path.to_owned(),
            path if path.starts_with('/') => remove_dots(path),
            path => {
                let parent = base_path
                    .rfind('/')
                    .map_or("/", |slash| &base_path[..=slash]);
                remove_dots(&format!("{parent}{path}"))
            }
        };
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        format!("{scheme}://{authority}{path}{query}")
    };
    absolute.parse().ok()
}

fn has_scheme(reference: &str) -> bool {
    reference.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    })
}

/// Takes `.` and `..` out of an absolute path.
fn remove_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." if last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if last {
                    kept.push("");
                }
            }
            segment => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn references_resolve_as_rfc_3986_says() {
        for (reference, expected) in [
            ("http://x:1/a", "http://x:1/a"),
            ("//x/a?b", "http://x/a?b"),
            ("/p/?status=301", "http://h:8081/p/?status=301"),
            ("c", "http://h:8081/a/c"),
            ("../c", "http://h:8081/c"),
            ("./", "http://h:8081/a/"),
            ("?q=2", "http://h:8081/a/b?q=2"),
            ("/x/../y#top", "http://h:8081/y"),
        ] {
            let resolved = resolve("http://h:8081/a/b?q=1", reference.as_bytes());
            assert_eq!(
                resolved.map(|uri| uri.to_string()).as_deref(),
                Some(expected)
            );
        }
    }

    #[test]
    fn nonsense_resolves_to_nothing() {
        assert_eq!(resolve("http://h/", b"http://[::1"), None);
        assert_eq!(resolve("http://h/", b"\xff"), None);
    }
}
