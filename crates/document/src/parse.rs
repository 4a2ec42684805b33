//! Text to tree.
//!
//! One reader per format, all with the same three promises: they never panic, they never take more
//! than the named limits allow, and every span that they give lies inside the text on character
//! boundaries.

mod decimal;
mod findings;
mod json;
#[cfg(test)]
mod said;
mod toml;
mod yaml;

use self::findings::Findings;
use crate::limits::SOURCE_BYTES_MAX;
use crate::{Diagnostic, Node, SourceId};

/// The format of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Strict JSON, as Go's `encoding/json` reads it.
    Json,
    /// YAML 1.2 with Go's YAML 1.1 leniency for scalars; may hold several documents.
    Yaml,
    /// TOML 1.
    Toml,
}

impl Format {
    /// The format that a file name promises: `.yaml`, `.yml`, `.toml`; anything else is JSON, as
    /// KrakenD 2.12 decides.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Self::Yaml,
            "toml" => Self::Toml,
            _ => Self::Json,
        }
    }
}

/// What came of a source: its documents, as far as they could be read, and the findings.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// One tree per document; JSON and TOML have at most one, YAML may have several.
    pub roots: Vec<Node>,
    /// All findings; an error among them means that a tree is missing or incomplete.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a text as `format`. Never panics, whatever the text.
#[must_use]
pub fn parse(source: SourceId, text: &str, format: Format) -> Parsed {
    if text.len() > SOURCE_BYTES_MAX {
        return too_large(source, text.len());
    }
    match format {
        Format::Json => json::read(source, text),
        Format::Yaml => yaml::read(source, text),
        Format::Toml => toml::read(source, text),
    }
}

fn too_large(source: SourceId, bytes: usize) -> Parsed {
    let mut findings = Findings::new(source);
    let message = format!("the source is too large: {bytes} bytes, {SOURCE_BYTES_MAX} are allowed");
    let span = findings.span(0, 0);
    findings.push(Diagnostic::error("T0001", message).at(span, ""));
    Parsed {
        roots: Vec::new(),
        diagnostics: findings.finish(),
    }
}
