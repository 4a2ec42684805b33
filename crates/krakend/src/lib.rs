//! The KrakenD dialect: documents of version 2 and 3 to a blueprint.
//!
//! Pure and total: the same documents and supplies give the same blueprint, nothing is read from
//! the outside, and no input panics. Everything that is not taken over as KrakenD Community would
//! do it is said in a diagnostic with its place. KrakenD 1.x ran version 2 and KrakenD 2.x runs
//! version 3; where the two answer differently, a [`profile`] holds the difference as data.

mod action;
mod auto_options;
mod backend;
mod call;
mod cipher_suites;
mod code;
mod context;
mod coverage;
mod detect;
mod duration;
mod encoding;
mod endpoint;
mod environment;
mod headers;
mod host;
mod identity;
mod internal_endpoints;
mod json;
mod key;
mod namespace;
mod path;
mod pool;
mod profile;
mod reader;
mod root;
mod routes;
mod server;
mod service;
mod site;
mod tls;
mod transport;
mod url_pattern;

pub use coverage::coverage;
pub use detect::{detects, wants};

use haleway_blueprint::{AccessLogFormat, Blueprint, Supplies};
use haleway_document::{Diagnostic, Node, Sources};

/// What the outcome is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To say everything that is wrong: what is known but not built yet is an error.
    Check,
    /// To serve: an endpoint that needs what is not built yet answers 500.
    #[default]
    Run,
}

/// What the command line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What the outcome is for.
    pub purpose: Purpose,
    /// Port to listen on, above what document and environment say.
    pub port: Option<u16>,
    /// Serve `/__debug/` and write debug lines.
    pub debug: bool,
    /// Version to name in answers and requests (`2.13.8`); `None` follows the document's version.
    pub compat: Option<String>,
    /// How the access log looks; `None` is gin's form.
    pub access_log: Option<AccessLogFormat>,
}

/// What came of a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compiled {
    /// What is to run; `None` exactly when an error refuses the document.
    pub blueprint: Option<Blueprint>,
    /// All findings, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles a document. Never panics; everything that is wrong is said in one run.
#[must_use]
pub fn compile(root: &Node, sources: &Sources, supplies: &Supplies, options: &Options) -> Compiled {
    let profile = match profile::of(root, options) {
        Ok(profile) => profile,
        Err(refusal) => {
            return Compiled {
                blueprint: None,
                diagnostics: vec![*refusal],
            };
        }
    };
    let context = context::Context::new(sources, supplies, options, profile);
    let blueprint = site::blueprint(&context, root);
    let diagnostics = context.finish();
    let refused = diagnostics.iter().any(Diagnostic::is_error);
    Compiled {
        blueprint: blueprint.filter(|_| !refused),
        diagnostics,
    }
}
