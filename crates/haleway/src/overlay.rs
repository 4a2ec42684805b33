//! Overlays among the documents of a run: they belong to every configuration beside them.

use haleway_blueprint::Blueprint;
use haleway_document::{Diagnostic, Sources};
use haleway_overlay::{Overlay, alone, detects};
use haleway_supply::Document;

/// The overlays of a run, in the order of the command line.
#[derive(Debug, Default)]
pub(crate) struct Overlays {
    list: Vec<Overlay>,
}

impl Overlays {
    /// Takes the overlays out of the documents and reads them. Nothing but overlays is an error,
    /// unless a configuration is missing because it could not be read.
    pub(crate) fn take(
        documents: &mut Vec<Document>,
        sources: &Sources,
        findings: &mut Vec<Diagnostic>,
    ) -> Self {
        let is_overlay = |document: &mut Document| detects(&document.root);
        let taken: Vec<Document> = documents.extract_if(.., is_overlay).collect();
        if let (Some(first), true) = (taken.first(), documents.is_empty())
            && !findings.iter().any(Diagnostic::is_error)
        {
            findings.push(alone(&first.root));
        }
        let read = taken.iter().map(|document| {
            let (overlay, said) = Overlay::read(&document.root, sources);
            findings.extend(said);
            overlay
        });
        Self {
            list: read.collect(),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Lays them over a blueprint.
    pub(crate) fn apply(&mut self, blueprint: &mut Blueprint) {
        for overlay in &mut self.list {
            overlay.apply(blueprint);
        }
    }

    /// What is to be said once every configuration was compiled.
    pub(crate) fn finish(&mut self) -> Vec<Diagnostic> {
        let list = std::mem::take(&mut self.list);
        list.into_iter().flat_map(Overlay::finish).collect()
    }
}
