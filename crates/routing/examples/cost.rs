//! What it costs to find a route among ten and among ten thousand, in nanoseconds.

use std::hint::black_box;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

use haleway_blueprint::{
    FieldMatch, HeaderMatch, HeaderValueMatch, HostMatch, MatchRule, PathMatch, RequestMatch,
};
use haleway_routing::{RequestRouter, RequestView};
use http::{HeaderMap, HeaderValue, Method};

/// How routes differ from each other.
type Kind = (&'static str, fn(usize) -> MatchRule);

const LOOKUPS: usize = 2_000_000;

fn main() -> io::Result<()> {
    let kinds: [Kind; 7] = [
        ("path", |n| {
            fields(|f| f.paths = vec![PathMatch::Prefix(path(n))])
        }),
        ("host + path", |n| {
            fields(|f| {
                f.hosts = vec![host(n / 10)];
                f.paths = vec![PathMatch::Prefix(path(n))];
            })
        }),
        ("host", |n| fields(|f| f.hosts = vec![host(n)])),
        ("header", |n| fields(|f| f.headers = vec![header(n)])),
        ("path + method", |n| {
            fields(|f| {
                f.paths = vec![PathMatch::Prefix(path(n / 4))];
                f.methods = vec![["GET", "POST", "PUT", "DELETE"][n % 4].to_owned()];
            })
        }),
        ("pattern", |n| {
            fields(|f| f.paths = vec![PathMatch::Regex(format!("{}/(?<id>[0-9]+)$", path(n)))])
        }),
        ("expression", |n| {
            let (host, path) = (host(n / 10).host, path(n));
            let text = format!(r#"http.host == "{host}" && (http.path ^= "{path}")"#);
            MatchRule::Expression(text)
        }),
    ];
    let mut out = io::stdout().lock();
    for (name, rule) in kinds {
        let [few, many] = [10, 10_000].map(|routes| cost(routes, rule));
        writeln!(out, "{name:14} {few:6.0} {many:6.0} ns")?;
    }
    Ok(())
}

fn cost(routes: usize, rule: fn(usize) -> MatchRule) -> f64 {
    let entries: Vec<RequestMatch> = (0..)
        .zip(0..routes)
        .map(|(position, n)| RequestMatch {
            position,
            rule: rule(n),
        })
        .collect();
    let entries: Vec<_> = entries.iter().enumerate().collect();
    let router = RequestRouter::new(&entries).expect("patterns and expressions are right");
    let asked: Vec<Asked> = (0..routes).map(|n| asked(n * 7919 % routes)).collect();
    let all = time(&asked, |request| router.find(request).is_some());
    let without = time(&asked, |request| request.path.is_empty());
    all - without
}

/// What tells requests apart.
struct Asked {
    host: String,
    path: String,
    tenant: HeaderValue,
}

fn asked(n: usize) -> Asked {
    Asked {
        host: host(n / 10).host,
        path: format!("{}/17", path(n)),
        tenant: HeaderValue::from_str(&format!("tenant-{n}")).expect("ASCII"),
    }
}

/// Nanoseconds for each request. A request has just been read when it is routed: it is copied
/// before, so that only the router's memory may be cold.
fn time(asked: &[Asked], look: impl Fn(&RequestView<'_>) -> bool) -> f64 {
    let (mut host, mut path, mut headers) = (String::new(), String::new(), HeaderMap::new());
    let start = Instant::now();
    for asked in asked.iter().cycle().take(LOOKUPS) {
        host.clone_from(&asked.host);
        path.clone_from(&asked.path);
        let tenant = HeaderValue::from_bytes(asked.tenant.as_bytes()).expect("it was one");
        headers.insert("x-tenant", tenant);
        black_box(look(&RequestView {
            method: &Method::GET,
            scheme: "http",
            host: &host,
            port: 80,
            path: &path,
            query: None,
            headers: &headers,
            sni: None,
            source: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 4000),
            destination: IpAddr::V4(Ipv4Addr::LOCALHOST),
        }));
    }
    start.elapsed().as_nanos() as f64 / LOOKUPS as f64
}

fn fields(fill: impl FnOnce(&mut FieldMatch)) -> MatchRule {
    let mut fields = FieldMatch::default();
    fill(&mut fields);
    MatchRule::Fields(fields)
}

fn path(n: usize) -> String {
    format!("/team{}/service{n}", n % 17)
}

fn host(n: usize) -> HostMatch {
    HostMatch {
        host: format!("service{n}.example.com"),
        port: None,
    }
}

fn header(n: usize) -> HeaderMatch {
    HeaderMatch {
        name: "x-tenant".to_owned(),
        values: vec![HeaderValueMatch::Exact(format!("tenant-{n}"))],
    }
}
