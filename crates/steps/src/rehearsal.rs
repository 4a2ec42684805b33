//! A request to rehearse steps with that edit, count and tell.

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request};

use crate::{Captures, Facts, Notes, Passage};

/// A request to rehearse steps with.
pub(crate) struct Rehearsal {
    pub(crate) head: Parts,
    pub(crate) body: Option<Bytes>,
    pub(crate) notes: Notes,
    pub(crate) client: IpAddr,
    pub(crate) now_unix_us: u64,
    pub(crate) service: Option<&'static str>,
    pub(crate) captures: Vec<(&'static str, String)>,
}

impl Rehearsal {
    pub(crate) fn get(uri: &str) -> Self {
        Self::new("GET", uri)
    }

    pub(crate) fn new(method: &str, uri: &str) -> Self {
        let request = Request::builder().method(method).uri(uri).body(());
        Self {
            head: request.unwrap().into_parts().0,
            body: None,
            notes: Notes::default(),
            client: IpAddr::V4(Ipv4Addr::LOCALHOST),
            now_unix_us: 1_700_000_000_000_000,
            service: Some("demo"),
            captures: Vec::new(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        self.head.headers.append(name, value);
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Lets a step run.
    pub(crate) fn pass<T>(&mut self, step: impl FnOnce(&mut Passage<'_>) -> T) -> T {
        let host = self.head.headers.get("host");
        let host = host.map_or("", |host| host.to_str().unwrap()).to_owned();
        let captures = Captured(&self.captures);
        let facts = Facts {
            client: self.client,
            listener: ([10, 0, 0, 7], 8000).into(),
            tls: false,
            secure: false,
            asked_host: "",
            host: host.split(':').next().unwrap_or_default(),
            path: "/",
            route: "route",
            service: self.service,
            began_unix_us: &|| self.now_unix_us,
            captures: &captures,
        };
        step(&mut Passage {
            head: &mut self.head,
            body: self.body.as_mut(),
            facts: &facts,
            notes: &mut self.notes,
        })
    }
}

struct Captured<'a>(&'a [(&'static str, String)]);

impl Captures for Captured<'_> {
    fn capture(&self, group: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, _)| *name == group)?;
        Some(&found.1)
    }
}
