//! What is recorded, and what came now.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use haleway_blueprint::{Blueprint, audit};
use haleway_document::{Diagnostic, Sources};

use crate::Case;

/// Compares with golden files, or writes them.
#[derive(Debug)]
pub struct Record {
    update: bool,
    wrong: Vec<String>,
}

/// Compares as a test says and tells all differences at once.
///
/// # Panics
/// Something differs from what is recorded.
pub fn recorded(compare: impl FnOnce(&mut Record)) {
    let mut record = Record {
        update: std::env::var_os("UPDATE").is_some(),
        wrong: Vec::new(),
    };
    compare(&mut record);
    let wrong = record.wrong.join("\n");
    assert!(wrong.is_empty(), "differs from what is recorded:\n{wrong}");
}

impl Record {
    /// One golden file, and what came.
    ///
    /// # Panics
    /// The file is to be written and cannot be.
    pub fn compare(&mut self, path: &Path, came: &str) {
        if self.update {
            fs::write(path, came).expect("golden files can be written");
            return;
        }
        let Ok(known) = fs::read_to_string(path) else {
            self.wrong.push(format!("{}: is not there", path.display()));
            return;
        };
        if known != came {
            let difference = first_difference(&known, came);
            self.wrong.push(format!("{}{difference}", path.display()));
        }
    }

    /// What a dialect made of a case: `diagnostics.txt` and `blueprint.json`. There is a blueprint
    /// unless a finding is an error, and the audit has nothing to say about it.
    ///
    /// # Panics
    /// Errors come with a blueprint, none comes without errors, or the audit has findings.
    pub fn compiled(
        &mut self,
        case: &Case,
        blueprint: Option<&Blueprint>,
        diagnostics: &[Diagnostic],
    ) {
        let name = &case.name;
        let refused = diagnostics.iter().any(Diagnostic::is_error);
        assert_eq!(blueprint.is_none(), refused, "{name}");
        let defects = blueprint.map(audit).unwrap_or_default();
        assert!(defects.is_empty(), "{name}: the audit has {defects:?}");
        let told = shown(&case.sources, diagnostics);
        self.compare(&case.folder.join("diagnostics.txt"), &told);
        let json = blueprint.map(Blueprint::to_json).unwrap_or_default();
        self.compare(&case.folder.join("blueprint.json"), &json);
    }
}

fn first_difference(known: &str, came: &str) -> String {
    let same = known.lines().zip(came.lines());
    let same = same.take_while(|(known, came)| known == came).count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("(the end)").to_owned();
    let (known, came) = (line(known), line(came));
    format!(":{}\n  recorded: {known}\n  came:     {came}", same + 1)
}

/// Findings with all their places, in a form that changes with nothing but the findings.
fn shown(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for finding in diagnostics {
        // Writing to a string does not fail.
        let _ = show(&mut out, sources, finding);
    }
    out
}

fn show(out: &mut String, sources: &Sources, finding: &Diagnostic) -> std::fmt::Result {
    let place = |span| match sources.place(span) {
        Some((file, at)) => format!("{file}:{}:{}", at.line, at.column),
        None => "?".to_owned(),
    };
    let primary = finding.primary.as_ref();
    let at = primary.map_or_else(|| "-".to_owned(), |label| place(label.span));
    let word = finding.severity.word();
    writeln!(out, "{at}: {word}[{}]: {}", finding.code, finding.message)?;
    if let Some(label) = primary.filter(|label| !label.text.is_empty()) {
        writeln!(out, "    ^ {}", label.text)?;
    }
    for label in &finding.secondary {
        writeln!(out, "    {}: {}", place(label.span), label.text)?;
    }
    if !finding.help.is_empty() {
        writeln!(out, "    help: {}", finding.help)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_told_with_its_first_line_and_what_is_written_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("golden.txt");
        let mut record = Record {
            update: false,
            wrong: Vec::new(),
        };
        record.compare(&path, "a\nb\n");
        assert!(record.wrong.pop().unwrap().ends_with("is not there"));
        record.update = true;
        record.compare(&path, "a\nb\n");
        record.update = false;
        record.compare(&path, "a\nb\n");
        assert_eq!(record.wrong.len(), 0);
        for (came, told) in [
            ("a\nc\n", ":2\n  recorded: b\n  came:     c"),
            ("a\n", ":2\n  recorded: b\n  came:     (the end)"),
            ("a\nb", ":3\n  recorded: (the end)\n  came:     (the end)"),
        ] {
            record.compare(&path, came);
            assert!(record.wrong.pop().unwrap().ends_with(told), "{came:?}");
        }
    }
}
