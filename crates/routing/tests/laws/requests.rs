//! Requests from small alphabets, so that they meet routes from the same alphabets.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use haleway_routing::RequestView;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// A request that owns what [`RequestView`] borrows.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) scheme: &'static str,
    pub(crate) host: &'static str,
    pub(crate) port: u16,
    pub(crate) path: String,
    /// Names and values, each as sent and as meant.
    pub(crate) arguments: Vec<(&'static str, (&'static str, &'static str))>,
    pub(crate) headers: HeaderMap,
    pub(crate) sni: Option<&'static str>,
    pub(crate) source: SocketAddr,
    pub(crate) destination: IpAddr,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            method: Method::GET,
            scheme: "http",
            host: "a.x",
            port: 80,
            path: "/".to_owned(),
            arguments: Vec::new(),
            headers: HeaderMap::new(),
            sni: None,
            source: SocketAddr::new(Ipv4Addr::new(10, 1, 0, 1).into(), 4000),
            destination: Ipv4Addr::LOCALHOST.into(),
        }
    }
}

impl Request {
    /// A GET of a path.
    pub(crate) fn of(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        let name = HeaderName::from_static(name);
        self.headers.append(name, HeaderValue::from_static(value));
        self
    }

    /// The query as it is sent; a value `None` stands for an argument without `=`.
    pub(crate) fn query(&self) -> Option<String> {
        let arguments = self.arguments.iter().map(|(name, (sent, _))| match *sent {
            "-" => (*name).to_owned(),
            sent => format!("{name}={sent}"),
        });
        let arguments: Vec<String> = arguments.collect();
        (!arguments.is_empty()).then(|| arguments.join("&"))
    }

    /// Shows the request to a router.
    pub(crate) fn view<T>(&self, show: impl FnOnce(&RequestView<'_>) -> T) -> T {
        let query = self.query();
        show(&RequestView {
            method: &self.method,
            scheme: self.scheme,
            host: self.host,
            port: self.port,
            path: &self.path,
            query: query.as_deref(),
            headers: &self.headers,
            sni: self.sni,
            source: self.source,
            destination: self.destination,
        })
    }
}

fn path() -> impl Strategy<Value = String> {
    let segments = vec(select(vec!["a", "b", "ab", "AB", "ä"]), 0..4);
    (segments, any::<bool>()).prop_map(|(segments, slash)| {
        let mut path: String = segments
            .iter()
            .map(|segment| format!("/{segment}"))
            .collect();
        if slash || path.is_empty() {
            path.push('/');
        }
        path
    })
}

fn headers() -> impl Strategy<Value = HeaderMap> {
    let line = (
        select(vec!["x-a", "x-b"]),
        select(vec!["1", "2", "V", "v", "zz", "ä", "\u{212a}"]),
    );
    vec(line, 0..4).prop_map(|lines| {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.append(HeaderName::from_static(name), value);
        }
        headers
    })
}

/// Any request.
pub(crate) fn request() -> impl Strategy<Value = Request> {
    let arguments = (
        select(vec!["q", "r"]),
        select(vec![
            ("1", "1"),
            ("a%20b", "a b"),
            ("a+b", "a b"),
            ("", ""),
            ("-", ""),
        ]),
    );
    let connection = (
        select(vec!["http", "https", "tls"]),
        option::of(select(vec!["s.x", "t.x", "s.y"])),
        (0_u8..3, 0_u8..3, select(vec![4000_u16, 4001])),
        select(vec![80_u16, 81]),
    );
    let head = (
        select(vec![Method::GET, Method::POST, Method::DELETE, brew()]),
        select(vec!["a.x", "b.x", "c.a.x", "a.y", "x", ""]),
        path(),
        vec(arguments, 0..3),
        headers(),
    );
    (head, connection).prop_map(
        |((method, host, path, arguments, headers), (scheme, sni, (b, d, from), port))| Request {
            method,
            scheme,
            host,
            port,
            path,
            arguments,
            headers,
            sni,
            source: SocketAddr::new(Ipv4Addr::new(10, b, 0, 1).into(), from),
            destination: Ipv4Addr::new(127, 0, 0, d).into(),
        },
    )
}

/// A method that no standard knows.
pub(crate) fn brew() -> Method {
    Method::from_bytes(b"BREW").unwrap()
}
