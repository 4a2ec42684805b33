//! What tests of the three formats compare.

use crate::{Format, Source, SourceId, Sources, parse, render};

/// All findings about a text, one per line, without the file's name; `helps` says whether with
/// what helps.
pub(super) fn said(format: Format, text: &str, helps: bool) -> String {
    let mut sources = Sources::new();
    let _ = sources.add(Source::new("f", text));
    let mut findings = parse(SourceId(0), text, format).diagnostics;
    if !helps {
        findings.iter_mut().for_each(|finding| finding.help.clear());
    }
    let lines = findings
        .iter()
        .map(|finding| render::one_line(&sources, finding).replacen("f:", "", 1));
    lines.collect::<Vec<_>>().join("\n")
}
