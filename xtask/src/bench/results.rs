//! `bench/RESULTS.md`: the report of `cargo xtask bench`, a section per other command, and notes
//! that were written by hand. Each command replaces its own part and keeps the others.

use std::fs;

use anyhow::{Context, Result};

use crate::workspace;

/// Where the notes begin.
const NOTES: &str = "\n## Notes\n";
/// How the mark before each section begins.
const SECTION: &str = "\n<!-- section ";

/// Replaces the report that the file begins with.
pub(super) fn write_report(text: &str) -> Result<()> {
    change(|before| with_report(before, text))
}

/// Replaces the section called `name`.
pub(super) fn write_section(name: &str, text: &str) -> Result<()> {
    change(|before| with_section(before, name, text))
}

fn change(new: impl FnOnce(&str) -> String) -> Result<()> {
    let path = workspace::root().join("bench/RESULTS.md");
    let before = fs::read_to_string(&path).unwrap_or_default();
    fs::write(&path, new(&before)).with_context(|| format!("writing {}", path.display()))
}

fn with_report(before: &str, text: &str) -> String {
    let rest = [SECTION, NOTES].iter().filter_map(|mark| before.find(mark));
    let rest = rest.min().map_or("", |at| &before[at..]);
    format!("{text}{rest}")
}

fn with_section(before: &str, name: &str, text: &str) -> String {
    let mark = format!("{SECTION}{name} -->\n");
    let section = format!("{mark}\n{}\n", text.trim());
    let notes = before.find(NOTES).unwrap_or(before.len());
    let Some(start) = before.find(&mark) else {
        return format!("{}{section}{}", &before[..notes], &before[notes..]);
    };
    let behind = start + mark.len();
    let next = before[behind..].find(SECTION).map(|at| behind + at);
    let end = next.unwrap_or(notes).max(behind);
    format!("{}{section}{}", &before[..start], &before[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_one_part_and_keeps_the_others() {
        let mut text = with_report("old\n\n## Notes\n\nby hand\n", "# new\n");
        assert_eq!(text, "# new\n\n## Notes\n\nby hand\n");
        text = with_section(&text, "outage", "## Outage\n\nfirst\n");
        text = with_section(&text, "health", "## Health\n");
        text = with_section(&text, "outage", "## Outage\n\nsecond\n");
        text = with_report(&text, "# newer\n");
        let order = ["# newer", "second", "## Health", "## Notes", "by hand"];
        let found: Vec<usize> = order.iter().map(|part| text.find(part).unwrap()).collect();
        assert!(found.is_sorted(), "{text}");
        assert!(!text.contains("first"), "{text}");
        assert_eq!(text, with_section(&text, "health", "## Health\n"));
    }
}
