//! Hosts of backends, as KrakenD cleans them or, with `disable_host_sanitize`, as they are written.

use std::sync::LazyLock;

use haleway_blueprint::{Endpoint, Scheme};
use regex::Regex;

/// Lura's pattern of a host (config/uri.go): it must be found exactly once in the text.
static HOST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(https?://)?([a-zA-Z0-9._\-]+)(:[0-9]{2,6})?/?").expect("the pattern is constant")
});

/// A host as KrakenD cleans it: the scheme defaults to http, a trailing slash goes. An error says
/// what is wrong.
pub(crate) fn clean(text: &str) -> Result<Endpoint, String> {
    let mut found = HOST.captures_iter(text);
    let (Some(host), None) = (found.next(), found.next()) else {
        return Err(
            "it must be a name or address with an optional scheme and port, and no path".to_owned(),
        );
    };
    let scheme = if host.get(1).is_some_and(|it| it.as_str() == "https://") {
        Scheme::Https
    } else {
        Scheme::Http
    };
    let name = &host[2];
    let port = host.get(3).map(|it| &it.as_str()[1..]);
    endpoint(scheme, name, port, "")
}

/// A host as it is written: KrakenD puts it before the path and reads the result as a URL.
pub(crate) fn as_written(text: &str) -> Result<Endpoint, String> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(
            "without a scheme every request to it fails: write `http://` before it".to_owned(),
        );
    };
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        "h2c" => Scheme::H2c,
        other => {
            return Err(format!(
                "the scheme `{other}` is none of http, https and h2c"
            ));
        }
    };
    let (authority, base_path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if rest.contains(['?', '#']) {
        return Err("a query or fragment cannot stand in a host".to_owned());
    }
    if authority.contains('@') {
        return Err("a user name cannot stand in a host".to_owned());
    }
    if rest.contains(|c: char| c.is_control() || c == ' ') {
        return Err("it holds characters that no URL has".to_owned());
    }
    let (name, port) = match authority.strip_prefix('[') {
        Some(inside) => inside.split_once(']').ok_or("a bracket is not closed")?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port = match port {
        "" => None,
        _ => Some(port.strip_prefix(':').ok_or("a port must follow a colon")?)
            .filter(|it| !it.is_empty()),
    };
    let mut endpoint = endpoint(scheme, name, port, base_path)?;
    endpoint.authority = authority.strip_suffix(':').unwrap_or(authority).to_owned();
    Ok(endpoint)
}

fn endpoint(
    scheme: Scheme,
    name: &str,
    port: Option<&str>,
    base_path: &str,
) -> Result<Endpoint, String> {
    if name.is_empty() {
        return Err("it has no name".to_owned());
    }
    let number = match port {
        Some(text) => match text.parse::<u16>() {
            Ok(number) if number > 0 => number,
            _ => return Err(format!("{text} is no port")),
        },
        None => scheme.default_port(),
    };
    Ok(Endpoint {
        scheme,
        host: name.to_owned(),
        port: number,
        authority: port.map_or_else(|| name.to_owned(), |port| format!("{name}:{port}")),
        base_path: base_path.to_owned(),
        weight: 1,
    })
}

#[cfg(test)]
mod tests {
    use super::{as_written, clean};
    use haleway_blueprint::Scheme;

    #[test]
    fn clean_hosts() {
        for (text, scheme, host, port, authority) in [
            (
                "http://127.0.0.1:8081",
                Scheme::Http,
                "127.0.0.1",
                8081,
                "127.0.0.1:8081",
            ),
            (
                "https://api.example.com/",
                Scheme::Https,
                "api.example.com",
                443,
                "api.example.com",
            ),
            ("users", Scheme::Http, "users", 80, "users"),
            ("a_b-c.d:80", Scheme::Http, "a_b-c.d", 80, "a_b-c.d:80"),
            (" http://a ", Scheme::Http, "a", 80, "a"),
        ] {
            let read = clean(text).unwrap();
            assert_eq!(
                (read.scheme, &*read.host, read.port, &*read.authority),
                (scheme, host, port, authority)
            );
            assert_eq!(read.base_path, "");
        }
    }

    #[test]
    fn hosts_that_krakend_refuses() {
        for text in [
            "",
            "http://a/b",
            "http://a:8",
            "ftp://a",
            "http://[::1]:80",
            "http://u:p@a",
            "a,b",
            "http://a:99999",
        ] {
            assert!(clean(text).is_err(), "{text}");
        }
    }

    #[test]
    fn written_hosts_keep_their_path() {
        let read = as_written("https://a.b:8443/base/").unwrap();
        assert_eq!(
            (&*read.host, read.port, &*read.base_path),
            ("a.b", 8443, "/base/")
        );
        let read = as_written("http://[::1]:80").unwrap();
        assert_eq!(
            (&*read.host, read.port, &*read.authority),
            ("::1", 80, "[::1]:80")
        );
        assert_eq!(as_written("h2c://a:9000").unwrap().scheme, Scheme::H2c);
        for text in [
            "a:80",
            "amqp://a",
            "http://",
            "http://a?x",
            "http://u@a",
            "http://[::1",
            "http://a:x",
        ] {
            assert!(as_written(text).is_err(), "{text}");
        }
    }
}
