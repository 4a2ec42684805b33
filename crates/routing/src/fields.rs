//! A match by lists of fields.

use std::borrow::Cow;
use std::net::IpAddr;

use haleway_blueprint::{FieldMatch, HeaderMatch, HeaderValueMatch, PathMatch, PeerMatch};
use http::{HeaderMap, HeaderName};
use regex::Regex;

use crate::RequestView;
use crate::candidate::Check;
use crate::expression::lowered;
use crate::method;
use crate::name::Name;
use crate::pattern::{Pattern, Shape, shape};
use crate::rule::{Evidence, Keys, PathKey};

/// A compiled [`FieldMatch`].
#[derive(Debug)]
pub(crate) struct Fields {
    methods: Box<[Box<str>]>,
    hosts: Box<[Host]>,
    paths: Box<[Path]>,
    headers: Box<[Header]>,
    snis: Box<[Name]>,
    sources: Box<[PeerMatch]>,
    destinations: Box<[PeerMatch]>,
}

#[derive(Debug)]
struct Host {
    name: Name,
    port: Option<u16>,
}

#[derive(Debug)]
enum Path {
    Exact(Box<str>),
    Prefix(Box<str>),
    Pattern(Pattern),
}

#[derive(Debug)]
struct Header {
    name: HeaderName,
    exact: Box<[Box<str>]>,
    patterns: Box<[Regex]>,
}

impl Fields {
    pub(crate) fn new(fields: &FieldMatch) -> Result<Self, String> {
        let hosts = fields.hosts.iter().map(|host| Host {
            name: Name::new(&host.host),
            port: host.port,
        });
        Ok(Self {
            methods: fields.methods.iter().map(|name| (**name).into()).collect(),
            hosts: hosts.collect(),
            paths: fields
                .paths
                .iter()
                .map(Path::new)
                .collect::<Result<_, _>>()?,
            headers: fields
                .headers
                .iter()
                .map(Header::new)
                .collect::<Result<_, _>>()?,
            snis: fields.snis.iter().map(|name| Name::new(name)).collect(),
            sources: fields.sources.clone().into(),
            destinations: fields.destinations.clone().into(),
        })
    }

    pub(crate) fn matches<'r>(&'r self, request: &RequestView<'_>) -> Option<Evidence<'r>> {
        let fits = any_or_none(&self.methods, |name| **name == *request.method.as_str())
            && any_or_none(&self.hosts, |host| host.matches(request));
        if !fits {
            return None;
        }
        let evidence = match self.paths.is_empty() {
            true => Evidence::default(),
            false => self.paths.iter().find_map(|path| path.find(request.path))?,
        };
        let port = request.port;
        let fits = self
            .headers
            .iter()
            .all(|header| header.matches(request.headers))
            && (!request.over_tls()
                || any_or_none(&self.snis, |name| {
                    request.sni.is_some_and(|sni| name.matches(sni))
                }))
            && any_or_none(&self.sources, |peer| {
                peer_matches(peer, request.source.ip(), request.source.port())
            })
            && any_or_none(&self.destinations, |peer| {
                peer_matches(peer, request.destination, port)
            });
        fits.then_some(evidence)
    }

    /// Keys name hosts without ports, and plain paths, completely. With several paths only the rule
    /// knows which of them counts.
    pub(crate) fn left_to_ask(&self) -> Option<Check> {
        let matched = match &*self.paths {
            [] => None,
            [Path::Exact(text) | Path::Prefix(text)] => Some(u32::try_from(text.len()).ok()?),
            _ => return None,
        };
        let hosts = self.hosts.is_empty() || !self.keys().hosts_to_look_up().is_empty();
        let complete = hosts
            && self.hosts.iter().all(|host| host.port.is_none())
            && self.headers.is_empty()
            && self.snis.is_empty()
            && self.sources.is_empty()
            && self.destinations.is_empty();
        let methods = match self.methods.is_empty() {
            true => method::ALL,
            false => method::bits(self.methods.iter().map(|name| &**name))?,
        };
        complete.then_some(Check::Method { methods, matched })
    }

    pub(crate) fn keys(&self) -> Keys<'_> {
        let headers = self
            .headers
            .iter()
            .filter(|header| header.patterns.is_empty());
        Keys {
            hosts: some(self.hosts.iter().map(|host| Cow::Borrowed(&host.name))),
            paths: some(self.paths.iter().map(Path::key)),
            methods: some(self.methods.iter().map(|name| &**name)),
            headers: headers
                .map(|header| {
                    let values = header.exact.iter().map(|value| &**value);
                    (&header.name, values.collect())
                })
                .collect(),
            snis: some(self.snis.iter().map(Cow::Borrowed)),
        }
    }
}

impl Host {
    fn matches(&self, request: &RequestView<'_>) -> bool {
        self.name.matches(request.host) && self.port.is_none_or(|port| port == request.port)
    }
}

impl Path {
    fn new(path: &PathMatch) -> Result<Self, String> {
        Ok(match path {
            PathMatch::Exact(text) => Self::Exact((**text).into()),
            PathMatch::Prefix(text) => Self::Prefix((**text).into()),
            PathMatch::Regex(pattern) => {
                let pattern = format!("^{pattern}");
                match shape(&pattern) {
                    Shape::Exact(text) => Self::Exact(text),
                    Shape::Prefix(text) => Self::Prefix(text),
                    Shape::Open(_) => Self::Pattern(Pattern::new(&pattern)?),
                }
            }
        })
    }

    fn find(&self, path: &str) -> Option<Evidence<'_>> {
        let (matched, pattern) = match self {
            Self::Exact(text) => (**text == *path).then_some((text.len(), None)),
            Self::Prefix(text) => path.starts_with(&**text).then_some((text.len(), None)),
            Self::Pattern(Pattern { regex, .. }) => {
                let found = regex.find(path)?;
                Some((found.len(), Some((regex, false))))
            }
        }?;
        Some(Evidence {
            matched: Some(matched),
            pattern,
        })
    }

    fn key(&self) -> PathKey<'_> {
        match self {
            Self::Exact(text) => PathKey::Exact(text),
            Self::Prefix(text) => PathKey::Prefix(text),
            Self::Pattern(Pattern { head, .. }) => PathKey::Prefix(head),
        }
    }
}

impl Header {
    fn new(header: &HeaderMatch) -> Result<Self, String> {
        let name = HeaderName::from_bytes(header.name.as_bytes())
            .map_err(|_| format!("`{}` is no name of a header", header.name))?;
        let (mut exact, mut patterns) = (Vec::new(), Vec::new());
        for value in &header.values {
            match value {
                HeaderValueMatch::Exact(text) => exact.push((**text).into()),
                HeaderValueMatch::Regex(pattern) => {
                    patterns.push(Regex::new(pattern).map_err(|error| error.to_string())?);
                }
            }
        }
        Ok(Self {
            name,
            exact: exact.into(),
            patterns: patterns.into(),
        })
    }

    fn matches(&self, headers: &HeaderMap) -> bool {
        headers.get_all(&self.name).iter().any(|line| {
            let line = line.as_bytes();
            self.exact
                .iter()
                .any(|value| value.as_bytes().eq_ignore_ascii_case(line))
                || !self.patterns.is_empty() && {
                    let text = String::from_utf8_lossy(line);
                    let text = lowered(&text);
                    self.patterns.iter().any(|pattern| pattern.is_match(&text))
                }
        })
    }
}

/// No list asks for nothing; of a list one must hold.
fn any_or_none<T>(list: &[T], holds: impl FnMut(&T) -> bool) -> bool {
    list.is_empty() || list.iter().any(holds)
}

fn some<T>(list: impl ExactSizeIterator<Item = T>) -> Option<Vec<T>> {
    (list.len() > 0).then(|| list.collect())
}

fn peer_matches(peer: &PeerMatch, address: IpAddr, port: u16) -> bool {
    peer.addresses.is_none_or(|range| range.contains(address))
        && peer.port.is_none_or(|expected| expected == port)
}
