//! A request to try steps on.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use haleway_blueprint::{Consumer, ConsumerHeaders, Origin};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request};

use crate::{Answer, Consumers, Content, Context, Facts, Memory, NoCaptures, Notes, Passage};

/// A request to try steps on.
pub(crate) struct Trial {
    pub(crate) head: Parts,
    pub(crate) body: Option<Bytes>,
    pub(crate) client: IpAddr,
    pub(crate) now_unix_us: u64,
    pub(crate) notes: Notes,
}

impl Trial {
    /// GET of a target.
    pub(crate) fn get(target: &str) -> Self {
        let request = Request::builder().uri(target).body(()).unwrap();
        Self {
            head: request.into_parts().0,
            body: None,
            client: Ipv4Addr::LOCALHOST.into(),
            now_unix_us: 1_700_000_000_000_000,
            notes: Notes::default(),
        }
    }

    /// The same with these headers, too.
    pub(crate) fn with(mut self, headers: &[(&str, &str)]) -> Self {
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            self.head.headers.append(name, value);
        }
        self
    }

    /// The same with another method.
    pub(crate) fn method(mut self, method: &str) -> Self {
        self.head.method = method.parse().unwrap();
        self
    }

    /// The same with this body.
    pub(crate) fn body(mut self, content_type: &str, body: &str) -> Self {
        self.body = Some(Bytes::copy_from_slice(body.as_bytes()));
        let length = body.len().to_string();
        self.with(&[("content-type", content_type), ("content-length", &length)])
    }

    /// Runs a step. `STATUS TEXT` with ` | NAME: VALUE` for each header is an answer; otherwise `-`
    /// with ` NAME: VALUE` for each header that is new in the request and ` !NAME` for each that is
    /// gone, each sorted.
    pub(crate) fn run(&mut self, step: impl FnOnce(&mut Passage<'_>) -> Option<Answer>) -> String {
        let before = self.head.headers.clone();
        let facts = Facts {
            client: self.client,
            listener: ([10, 0, 0, 7], 8000).into(),
            tls: false,
            secure: false,
            asked_host: "",
            host: "",
            path: "/",
            route: "",
            service: None,
            began_unix_us: &|| self.now_unix_us,
            captures: &NoCaptures,
        };
        let answer = step(&mut Passage {
            head: &mut self.head,
            body: self.body.as_mut(),
            facts: &facts,
            notes: &mut self.notes,
        });
        if let Some(answer) = answer {
            return said(&answer);
        }
        let after = &self.head.headers;
        let new = after
            .iter()
            .filter(|(name, value)| before.get(*name) != Some(*value));
        let mut new: Vec<String> = new
            .map(|(name, value)| format!(" {name}: {}", String::from_utf8_lossy(value.as_bytes())))
            .collect();
        new.sort_unstable();
        let gone = before.keys().filter(|name| !after.contains_key(*name));
        let mut gone: Vec<String> = gone.map(|name| format!(" !{name}")).collect();
        gone.sort_unstable();
        format!("-{}{}", new.concat(), gone.concat())
    }
}

/// An answer as text.
pub(crate) fn said(answer: &Answer) -> String {
    let mut text = answer.status.as_str().to_owned();
    match &answer.content {
        Content::Empty => {}
        Content::Message(message) | Content::Failure(message) => {
            text.push_str(&format!(" {message}"));
        }
        Content::Body(_, body) | Content::Untyped(body) => {
            text.push_str(&format!(" {}", String::from_utf8_lossy(body)))
        }
    }
    for (name, value) in &answer.headers {
        text.push_str(&format!(" | {name}: {}", value.to_str().unwrap()));
    }
    text
}

/// A consumer without credentials, named `user` and its id.
pub(crate) fn consumer(id: &str) -> Consumer {
    Consumer {
        id: id.to_owned(),
        username: Some(format!("user{id}")),
        custom_id: None,
        tags: Vec::new(),
        groups: Vec::new(),
        keys: Vec::new(),
        passwords: Vec::new(),
        tokens: Vec::new(),
        origin: Origin::default_value(),
    }
}

/// The table of consumers.
pub(crate) fn consumers(consumers: &[Consumer]) -> Arc<Consumers> {
    Arc::new(Consumers::new(consumers))
}

/// Compiles a step with consumers.
pub(crate) fn compiled<T>(
    among: &[Consumer],
    compile: impl FnOnce(&Context<'_>) -> Result<T, String>,
) -> T {
    let context = Context {
        consumers: &consumers(among),
        memory: &Arc::new(Memory::default()),
    };
    compile(&context).unwrap()
}

/// The headers that Kong tells consumers in.
pub(crate) fn tells() -> ConsumerHeaders {
    ConsumerHeaders {
        id: "X-Consumer-ID".to_owned(),
        username: "X-Consumer-Username".to_owned(),
        custom_id: "X-Consumer-Custom-ID".to_owned(),
        credential: "X-Credential-Identifier".to_owned(),
        anonymous: "X-Anonymous-Consumer".to_owned(),
    }
}
