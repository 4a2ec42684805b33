//! Which route serves a path, by method and path alone.
//!
//! The semantics are those of gin's router (1.10 to 1.12, `handleHTTPRequest`): one tree per
//! method, paths matched after percent-decoding, near misses redirected, then 405, then 404. Where
//! gin's byte-wise tree gives up although a route matches (it goes back only to some of the
//! branches it skipped), or sends the client to a path that no route serves, the rule is followed
//! instead: literal before parameter before rest, segment by segment, with full backtracking, and
//! a redirect only where its target has a route.
//!
//! Invariant: a lookup that succeeds costs one hash lookup per segment, however many routes there
//! are, and visits no node of a tree twice.

mod clean;
mod params;
#[cfg(test)]
mod tests;
mod tree;

use std::borrow::Cow;

use haleway_blueprint::{PathPattern, PathRules, Segment};
use http::Method;

use self::clean::clean_path;
pub use self::params::Params;
use self::tree::Tree;

/// What becomes of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matched {
    /// A route serves it.
    Route {
        /// Index into the site's routes.
        index: usize,
        /// Values of the pattern's parameters.
        params: Params,
    },
    /// A path nearby has a route.
    Redirect(NearMiss),
    /// Routes of other methods serve it.
    MethodNotAllowed {
        /// Those methods, sorted: `GET, POST`.
        allow: String,
    },
    /// Nothing serves it.
    NotFound,
}

/// A path, decoded, that has a route, near one that has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NearMiss {
    /// A slash more or less at the end.
    TrailingSlash(String),
    /// Cleaned of `//`, `.` and `..`, with the letter case of the route, and with a slash more or
    /// less at the end where that is needed, too.
    FixedPath(String),
}

/// What a route serves.
#[derive(Clone, Copy, Debug)]
pub struct Served<'a> {
    /// Index into the site's routes.
    pub index: usize,
    /// Its methods; none stands for all.
    pub methods: &'a [String],
    /// Its path.
    pub path: &'a PathPattern,
}

/// Finds routes by method and path.
#[derive(Debug)]
pub struct Router {
    /// Trees of the methods that routes name, sorted by name.
    methods: Vec<(Method, Tree)>,
    /// The tree of all other methods: routes that name none. `None` where there is no such route.
    others: Option<Tree>,
    rules: PathRules,
}

impl Router {
    /// Compiles routes. Where two have the same method and path, the earlier one serves; one that
    /// names its methods comes before one that names none.
    #[must_use]
    pub fn new(rules: &PathRules, routes: &[Served<'_>]) -> Self {
        let mut names: Vec<&str> = routes
            .iter()
            .flat_map(|route| route.methods)
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        names.dedup();
        // A name that is no token can never arrive, so its routes can never serve.
        let methods = names
            .into_iter()
            .filter_map(|name| Some((name.parse().ok()?, tree_of(routes, Some(name)))))
            .collect();
        let open = routes.iter().any(|route| route.methods.is_empty());
        let others = open.then(|| tree_of(routes, None));
        Self {
            methods,
            others,
            rules: rules.clone(),
        }
    }

    /// What becomes of a percent-decoded path.
    #[must_use]
    pub fn find(&self, method: &Method, path: &str) -> Matched {
        let cleaned = match self.rules.merge_slashes {
            true => clean_path(path),
            false => Cow::Borrowed(path),
        };
        if let Some(tree) = self.tree(method) {
            if let Some((index, ranges)) = tree.find(&cleaned) {
                let moved = (*cleaned != *path).then(|| cleaned.as_ref().into());
                return Matched::Route {
                    index,
                    params: Params::new(ranges, moved),
                };
            }
            if let Some(near) = self.near_miss(tree, method, path, &cleaned) {
                return Matched::Redirect(near);
            }
        }
        self.other_methods(method, &cleaned)
    }

    fn tree(&self, method: &Method) -> Option<&Tree> {
        let named = self
            .methods
            .iter()
            .find(|(name, _)| name == method)
            .map(|(_, tree)| tree);
        named.or(self.others.as_ref())
    }

    /// `path` is what the client asked for and what a redirect rewrites; `cleaned` is what was
    /// looked for.
    fn near_miss(
        &self,
        tree: &Tree,
        method: &Method,
        path: &str,
        cleaned: &str,
    ) -> Option<NearMiss> {
        if method == Method::CONNECT || cleaned == "/" || !path.starts_with('/') {
            return None;
        }
        if self.rules.redirect_trailing_slash
            && tree.find(&with_trailing_slash_changed(cleaned)).is_some()
        {
            return Some(NearMiss::TrailingSlash(with_trailing_slash_changed(path)));
        }
        if !self.rules.redirect_fixed_path {
            return None;
        }
        let fixed = clean_path(path);
        let written = match tree.find(&fixed) {
            Some(_) => Some(fixed.into_owned()),
            None => tree
                .find_folded(&fixed)
                .or_else(|| tree.find_folded(&with_trailing_slash_changed(&fixed))),
        };
        written.map(NearMiss::FixedPath)
    }

    fn other_methods(&self, method: &Method, path: &str) -> Matched {
        if !self.rules.method_not_allowed {
            return Matched::NotFound;
        }
        let mut allow = String::new();
        for (other, tree) in &self.methods {
            if other != method && tree.find(path).is_some() {
                if !allow.is_empty() {
                    allow.push_str(", ");
                }
                allow.push_str(other.as_str());
            }
        }
        match allow.is_empty() {
            true => Matched::NotFound,
            false => Matched::MethodNotAllowed { allow },
        }
    }
}

fn tree_of(routes: &[Served<'_>], method: Option<&str>) -> Tree {
    let named = routes.iter().filter(|route| {
        method.is_some_and(|method| route.methods.iter().any(|name| name == method))
    });
    let open = routes.iter().filter(|route| route.methods.is_empty());
    let mut tree = Tree::new();
    for route in named.chain(open) {
        tree.insert(route.path, route.index);
    }
    tree
}

/// The names of a pattern's parameters, in the order of [`Params`].
#[must_use]
pub fn parameter_names(pattern: &PathPattern) -> Vec<String> {
    let names = pattern.segments.iter().filter_map(|segment| match segment {
        Segment::Literal(_) => None,
        Segment::Parameter { name, .. } | Segment::Rest(name) => Some(name.clone()),
    });
    names.collect()
}

fn with_trailing_slash_changed(path: &str) -> String {
    match path.strip_suffix('/') {
        Some(shorter) if !shorter.is_empty() => shorter.to_owned(),
        _ => format!("{path}/"),
    }
}
