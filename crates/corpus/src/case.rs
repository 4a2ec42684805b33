//! The cases of a corpus: one folder each, with a document and what comes of it.

use std::fs;
use std::path::{Path, PathBuf};

use haleway_document::{Format, Node, Source, Sources, parse};

/// A folder of `tests/corpus` whose document has been read.
#[derive(Debug)]
pub struct Case {
    /// The folder's name.
    pub name: String,
    /// Where it is.
    pub folder: PathBuf,
    /// Its document as a source.
    pub sources: Sources,
    /// What stands in it.
    pub root: Node,
}

impl Case {
    /// All cases of the crate whose folder this is, by name. The document of each is the first of
    /// `inputs` that is there.
    ///
    /// # Panics
    /// A document is missing or is none.
    #[must_use]
    pub fn all(of: &str, inputs: &[&str]) -> Vec<Self> {
        let folders = entries(of).into_iter();
        folders.map(|folder| Self::new(folder, inputs)).collect()
    }

    fn new(folder: PathBuf, inputs: &[&str]) -> Self {
        let there = inputs.iter().find(|name| folder.join(name).exists());
        let input = there.expect("each folder of a corpus has an input");
        let text = fs::read_to_string(folder.join(input)).expect("an input can be read");
        let mut sources = Sources::new();
        let root = read(&mut sources, input, &text);
        let name = folder.file_name().expect("entries of folders have names");
        Self {
            name: name.to_string_lossy().into_owned(),
            folder,
            sources,
            root,
        }
    }

    /// The lines of the case's file `options`; none where it has no such file.
    #[must_use]
    pub fn options(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder.join("options")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

/// What stands in `tests/corpus` of the crate whose folder this is, sorted.
///
/// # Panics
/// There is no corpus, or an empty one.
#[must_use]
pub fn entries(of: &str) -> Vec<PathBuf> {
    let corpus = Path::new(of).join("tests/corpus");
    let entries = fs::read_dir(corpus).expect("the crate has a corpus");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the corpus can be listed").path())
        .collect();
    assert!(!paths.is_empty(), "{of}: the corpus is empty");
    paths.sort();
    paths
}

/// Reads a document without findings; its name says its format.
///
/// # Panics
/// It has findings.
pub fn read(sources: &mut Sources, name: &str, text: &str) -> Node {
    let source = sources.add(Source::new(name, text));
    let mut parsed = parse(source, text, Format::of_name(name));
    let findings = &parsed.diagnostics;
    assert!(findings.is_empty(), "{name}: {findings:?}");
    parsed.roots.remove(0)
}
