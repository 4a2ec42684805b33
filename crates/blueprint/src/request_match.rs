//! How a request finds its route by more than its path: method, host, headers, name in the TLS
//! handshake, addresses, or an expression over all of them.

use serde::{Deserialize, Serialize};

use crate::AddressRange;

/// One way in which a request finds a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestMatch {
    /// Place in the order of evaluation: the lowest that matches wins. Unique within a site; the
    /// dialect has sorted.
    pub position: u32,
    /// What is asked of the request.
    pub rule: MatchRule,
}

/// What is asked of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchRule {
    /// Lists of fields.
    Fields(FieldMatch),
    /// An expression in the language of atc-router 1.7 (Kong 3.9, router flavour `expressions`),
    /// over the fields `net.protocol`, `net.src.ip`, `net.src.port`, `net.dst.ip`, `net.dst.port`,
    /// `net.port`, `tls.sni`, `http.method`, `http.host`, `http.path`, `http.path.segments.*`,
    /// `http.headers.*` and `http.queries.*`.
    Expression(String),
}

/// Lists of fields. Every list that is not empty must match, and of a list one item must; a request
/// is never asked about an empty list, so that no lists at all match every request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldMatch {
    /// Methods, upper case.
    pub methods: Vec<String>,
    /// Hosts of the request.
    pub hosts: Vec<HostMatch>,
    /// Normalised paths. The first in this order that matches says how much of the path matched.
    pub paths: Vec<PathMatch>,
    /// Headers; all of these must match.
    pub headers: Vec<HeaderMatch>,
    /// Names in the TLS handshake: lower case, without a dot at the end; one `*` may lead or trail
    /// and stands for any text, nothing included. Only requests over TLS (`https`, `tls`) are
    /// asked; others match (Kong 3, `kong/router/transform.lua`).
    pub snis: Vec<String>,
    /// Where the connection comes from.
    pub sources: Vec<PeerMatch>,
    /// Where the connection goes to; ports as in [`HostMatch::port`].
    pub destinations: Vec<PeerMatch>,
}

/// A host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostMatch {
    /// Lower case, without port. One `*` may lead or trail and stands for any text, dots and
    /// nothing included: `*.example.com` is whatever ends with `.example.com`.
    pub host: String,
    /// The port that the `Host` header names, or the listener's where it names none (Kong 3,
    /// `kong/router/fields.lua`).
    pub port: Option<u16>,
}

/// A path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathMatch {
    /// This path and nothing else. It counts as matched to its end.
    Exact(String),
    /// Whatever begins with this text, whole segments or not.
    Prefix(String),
    /// Whatever matches this pattern, in the syntax of the crate `regex`, behind a `^` that the
    /// router writes before it. It is not anchored at its end, and of `a|b` only `a` is anchored,
    /// as in Kong 3: who wants both writes `(?:a|b)`.
    Regex(String),
}

/// A header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderMatch {
    /// Lower case, with dashes as requests have them.
    pub name: String,
    /// One of the header's lines must match one of these.
    pub values: Vec<HeaderValueMatch>,
}

/// The value of a header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeaderValueMatch {
    /// This value, letter case of ASCII aside.
    Exact(String),
    /// A pattern that occurs in the value put into lower case; the pattern is searched for as it
    /// stands (Kong 3 writes `~*` before it and puts it into lower case, too).
    Regex(String),
}

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerMatch {
    /// The network that its address lies in; `None` is any.
    pub addresses: Option<AddressRange>,
    /// Its port; `None` is any.
    pub port: Option<u16>,
}
