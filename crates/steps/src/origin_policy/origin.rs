//! Origins in the form in which they are compared.

use std::borrow::Cow;

/// An origin in the form in which it is compared: scheme, host, and the port where it is not the
/// scheme's usual one; what is no URL with a host stays as it is. Letter case counts, as in Kong.
pub(super) struct Normal<'a> {
    pub(super) origin: Cow<'a, str>,
    pub(super) host: &'a str,
}

impl<'a> Normal<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let Some((scheme, authority)) = split(text) else {
            return Self {
                origin: Cow::Borrowed(text),
                host: text,
            };
        };
        let authority = authority.split_once('@').map_or(authority, |(_, it)| it);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port),
            _ => (authority, ""),
        };
        let usual = match scheme {
            "http" => "80",
            "https" => "443",
            _ => "",
        };
        let inner = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let host = inner.unwrap_or(host);
        let mut origin = String::with_capacity(text.len());
        for part in [scheme, if scheme.is_empty() { "" } else { "://" }, host] {
            origin.push_str(part);
        }
        if port != usual && !port.is_empty() {
            origin.push(':');
            origin.push_str(port);
        }
        Self {
            origin: Cow::Owned(origin),
            host,
        }
    }
}

/// Scheme and authority; `None` where there is no host.
fn split(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = match text.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (scheme, rest),
        _ => ("", text),
    };
    let authority = rest.strip_prefix("//")?;
    let authority = authority.split(['/', '?', '#']).next()?;
    (!authority.is_empty()).then_some((scheme, authority))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::Normal;

    #[test]
    fn usual_ports_and_paths_are_left_out() {
        for (text, origin, host) in [
            ("http://a.example", "http://a.example", "a.example"),
            ("http://a.example:80", "http://a.example", "a.example"),
            (
                "https://a.example:443/x?y",
                "https://a.example",
                "a.example",
            ),
            ("https://a.example:80", "https://a.example:80", "a.example"),
            (
                "http://A.example:8080",
                "http://A.example:8080",
                "A.example",
            ),
            ("http://u@a.example:", "http://a.example", "a.example"),
            ("//a.example:1", "a.example:1", "a.example"),
            ("http://[::1]:3000", "http://::1:3000", "::1"),
            ("a.example", "a.example", "a.example"),
            ("localhost:3000", "localhost:3000", "localhost:3000"),
            ("null", "null", "null"),
            ("http://", "http://", "http://"),
            ("", "", ""),
        ] {
            let normal = Normal::of(text);
            assert_eq!((&*normal.origin, normal.host), (origin, host), "{text}");
        }
    }
}
