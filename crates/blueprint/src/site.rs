//! What is served on a listener.

use serde::{Deserialize, Serialize};

use crate::{AccessLog, ClientAddress, Respond, Route, StatusMessage, Step, Voice};

/// Name of a site, unique in its blueprint.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SiteId(pub String);

/// Routes, what happens before them, and what happens where none matches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// Its name.
    pub id: SiteId,
    /// Steps that see every request before routing.
    pub steps: Vec<Step>,
    /// How a request finds its route.
    pub routing: Routing,
    /// The routes.
    pub routes: Vec<Route>,
    /// What happens where no route matches.
    pub unmatched: Unmatched,
    /// How the site speaks for itself.
    pub voice: Voice,
    /// How the address of the client is found.
    pub client_address: ClientAddress,
    /// The access log; `None` writes none.
    pub access_log: Option<AccessLog>,
    /// Names of headers that go out on HTTP/1.1 as they are spelled here, to clients and to
    /// endpoints, unless the other side has spelled them. A name that is not here begins each of
    /// its words with a capital: `X-Request-Id`.
    pub header_names: Vec<String>,
}

/// How a request finds its route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Routing {
    /// By method and path alone: the more specific path wins, literal before parameter, segment by
    /// segment.
    Paths(PathRules),
    /// By everything that a request shows: the match with the lowest position wins. The path is
    /// normalised before.
    Requests,
}

/// How a path finds its route. The semantics are those of gin's router (1.7 to 1.12): paths are
/// matched after percent-decoding, per method, and near misses are redirected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathRules {
    /// `/a/` and `/a` lead to each other: 301 for GET, 307 for other methods.
    pub redirect_trailing_slash: bool,
    /// `//a/../b` and other letter cases lead to the route by a redirect.
    pub redirect_fixed_path: bool,
    /// Another method's route at the path gives 405 with `Allow`; otherwise 404.
    pub method_not_allowed: bool,
    /// Repeated slashes count as one.
    pub merge_slashes: bool,
    /// A parameter that still holds `%xx`, `?` or `#` after decoding is answered with this.
    pub encoded_parameter: Option<Respond>,
}

/// Answers where no route matches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unmatched {
    /// Steps before these answers.
    pub steps: Vec<Step>,
    /// No route at this path.
    pub not_found: OwnAnswer,
    /// A route at this path, but for other methods.
    pub method_not_allowed: OwnAnswer,
}

/// An answer that no endpoint gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnAnswer {
    /// The same to everyone.
    Fixed(Respond),
    /// A message in the site's voice.
    Message(StatusMessage),
}
