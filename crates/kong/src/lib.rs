//! The Kong dialect: declarative files of the formats 1.1, 2.1 and 3.0 to a blueprint.
//!
//! Pure and total: the same documents and supplies give the same blueprint, nothing is read from
//! the outside, and no input panics. Everything that is not taken over as Kong 3.9 would do it is
//! said in a diagnostic with its place. Answers look like those of Kong 3.4.2 unless another
//! version is asked for.

mod code;
mod compile;
mod context;
mod coverage;
mod detect;
mod entity;
mod export;
mod plugin;
mod read;
mod schema;
mod setting;
mod trap;
mod validate;
mod version;

pub use compile::{ApiSocket, ApiSockets};
pub use coverage::coverage;
pub use detect::{detects, wants};
pub use export::{Entities, EntityList, NodeView, PluginView, entity_schema, plugin_schema};
pub use setting::{DECLARATIVE_CONFIG, Declared, declared, declared_wants};
pub use trap::Traps;
pub use validate::Validator;

use haleway_blueprint::{AccessLogFormat, Blueprint, Supplies};
use haleway_document::{Diagnostic, Node, Severity, Sources};

use crate::compile::Compilation;
use crate::context::Context;
use crate::read::Reading;
use crate::schema::Vaults;
use crate::setting::Settings;
use crate::version::Version;

/// What the command line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Port of the plain listener, above what the settings say; TLS moves along, 443 above it.
    pub port: Option<u16>,
    /// Version to look like (`3.9.3`); `None` is 3.4.2.
    pub compat: Option<String>,
    /// An unknown plugin is left out with a warning instead of refusing the document.
    pub allow_unknown_plugins: bool,
    /// The file with settings, where there is one; variables stand above it.
    pub kong_conf: Option<String>,
    /// The setting that names the document; `None` where the command line does.
    pub declared_by: Option<&'static str>,
    /// How the access log looks; `None` leaves it to the settings.
    pub access_log: Option<AccessLogFormat>,
}

/// What came of a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compiled {
    /// What is to run; `None` exactly when an error refuses the document.
    pub blueprint: Option<Blueprint>,
    /// What an Admin API shows; `None` together with the blueprint.
    pub node: Option<NodeView>,
    /// What of the document may hold a trap; to be looked at when all overlays are laid over.
    pub traps: Traps,
    /// All findings, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles a document. Never panics; everything that is wrong is said in one run.
#[must_use]
pub fn compile(root: &Node, sources: &Sources, supplies: &Supplies, options: &Options) -> Compiled {
    let context = Context::new(sources, supplies, options);
    let outcome = outcome(&context, root);
    let refused = context.has_errors();
    let (traps, outcome) = outcome.unzip();
    let (blueprint, node) = outcome.filter(|_| !refused).unzip();
    Compiled {
        blueprint,
        node,
        traps: traps.unwrap_or_default(),
        diagnostics: context.finish(),
    }
}

fn outcome(context: &Context<'_>, root: &Node) -> Option<(Traps, (Blueprint, NodeView))> {
    let version = version(context);
    let settings = Settings::new(context);
    let listens = setting::listens(&settings, context.options.port);
    let reading = Reading {
        context,
        vaults: Vaults {
            variables: context.supplies.variables.clone(),
            prefixes: read::vault_prefixes(root),
        },
        expressions: expressions(&settings),
        plugins: enabled_plugins(&settings),
    };
    report_database(&settings);
    let store = read::read(&reading, root)?;
    let compilation = Compilation::new(context, &store, &settings, &listens, version);
    let format_version = read::format_version(root).unwrap_or("3.0");
    let blueprint = compilation.blueprint(format_version);
    let validator = Validator {
        expressions: reading.expressions,
        plugins: reading.plugins,
    };
    let node = export::node_view(&compilation, root, validator);
    Some((Traps::new(&store), (blueprint, node)))
}

fn version(context: &Context<'_>) -> Version {
    let Some(text) = &context.options.compat else {
        return version::DEFAULT;
    };
    Version::parse(text).unwrap_or_else(|| {
        let message = format!("{text:?} is no version of Kong");
        let help = "write one such as 3.9.3, or leave it out for 3.4.2";
        context.report(Diagnostic::error(code::BAD_COMPAT, message).help(help));
        version::DEFAULT
    })
}

/// Whether routes may be expressions.
fn expressions(settings: &Settings<'_>) -> bool {
    match settings.text("router_flavor") {
        "expressions" => true,
        "traditional_compatible" => false,
        "traditional" => {
            let what = "is `traditional`, whose order differs in ties: routes are tried in the order of `traditional_compatible`";
            settings.report(Severity::Parity, "router_flavor", what);
            false
        }
        other => {
            let message = format!(
                "has an invalid value: '{other}' (traditional, traditional_compatible, expressions)"
            );
            settings.refuse("router_flavor", &message);
            false
        }
    }
}

fn enabled_plugins(settings: &Settings<'_>) -> Vec<String> {
    let names = settings.list("plugins").into_iter();
    names.map(str::to_owned).collect()
}

fn report_database(settings: &Settings<'_>) {
    if settings.text("database") != "off" {
        let what = "names a database: the declarative file serves in its place";
        settings.report(Severity::Parity, "database", what);
    }
}
