//! GitHub.
use crate::{Diagnostic, Sources};
pub(super) fn render(sources: &Sources, findings: &[Diagnostic]) -> String {
    super::json::render(sources, findings)
}
