//! The Kong dialect: declarative files of the formats 1.1, 2.1 and 3.0 to a blueprint.
//!
//! Pure and total: the same documents and supplies give the same blueprint, nothing is read from
//! the outside, and no input panics. Everything that is not taken over as Kong 3.9 would do it is
//! said in a diagnostic with its place.

mod code;
mod context;
mod entity;
mod plugin;
mod read;
mod schema;
mod version;

/// What the command line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Port of the plain listener, above what the environment says; TLS moves along.
    pub port: Option<u16>,
    /// Version to name in answers (`3.9.3`); `None` is 3.4.2.
    pub compat: Option<String>,
    /// An unknown plugin is left out with a warning instead of refusing the document.
    pub allow_unknown_plugins: bool,
}
