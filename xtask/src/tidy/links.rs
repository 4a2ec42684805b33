//! What a page of the documentation points at is there: the target of each link within the
//! project, the heading behind its `#`, and each path between backticks that begins with a folder
//! of the project.

use std::collections::BTreeSet;

use super::Finding;

/// Folders at the root: text between backticks that begins with one of them is a path.
const FOLDERS: &[&str] = &["bench/", "crates/", "docs/", "examples/", "fuzz/", "xtask/"];

/// Looks at all `pages`, given by path, in a project of these files.
pub(super) fn check(pages: &[(String, String)], files: &[String]) -> Vec<Finding> {
    let mut there: BTreeSet<&str> = files.iter().map(String::as_str).collect();
    for file in files {
        there.extend(file.match_indices('/').map(|(at, _)| &file[..at]));
    }
    let mut findings = Vec::new();
    for (page, text) in pages {
        for (index, line) in text.lines().enumerate() {
            let mut wrong = |message| findings.push(Finding::new(page, index + 1, message));
            for link in links(line) {
                if let Some(message) = dead(page, link, pages, &there) {
                    wrong(message);
                }
            }
            for path in named_paths(line).filter(|path| !there.contains(path)) {
                wrong(format!("there is no `{path}`"));
            }
        }
    }
    findings
}

/// The targets of the links of a line.
fn links(line: &str) -> impl Iterator<Item = &str> {
    let ends = line.split("](").skip(1);
    ends.filter_map(|rest| Some(rest.split_once(')')?.0))
}

/// The paths of the project that a line names between backticks, patterns left out.
fn named_paths(line: &str) -> impl Iterator<Item = &str> {
    let codes = line.split('`').skip(1).step_by(2);
    codes
        .filter(|code| FOLDERS.iter().any(|folder| code.starts_with(folder)))
        .filter(|code| !code.contains([' ', '*', '{', '<']))
        .map(|code| code.trim_end_matches('/'))
        .filter(|code| !code.chars().any(|one| one.is_ascii_uppercase()) || code.contains('.'))
}

fn dead(
    page: &str,
    link: &str,
    pages: &[(String, String)],
    there: &BTreeSet<&str>,
) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = if file.is_empty() {
        page.to_owned()
    } else {
        resolved(page, file)
    };
    if !there.contains(target.as_str()) {
        return Some(format!("the link `{link}` leads nowhere"));
    }
    let (_, text) = pages.iter().find(|(path, _)| *path == target)?;
    let known = heading.is_empty() || headings(text).any(|known| known == heading);
    (!known).then(|| format!("`{target}` has no heading for `#{heading}`"))
}

/// Where a link leads from the folder of its page.
fn resolved(page: &str, link: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// The anchors of a page's headings, as code hosts make them: letters and digits in small, hyphens
/// for spaces, and nothing of the rest.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().filter(|line| line.starts_with('#'));
    lines.map(|line| {
        let words = line.trim_start_matches('#').trim().chars();
        words
            .filter(|one| one.is_alphanumeric() || matches!(one, ' ' | '-' | '_'))
            .map(|one| match one {
                ' ' => '-',
                one => one.to_ascii_lowercase(),
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        let pages = [
            ("docs/a.md".to_owned(), text.to_owned()),
            ("docs/b/c.md".to_owned(), "# Why `this` is\n".to_owned()),
        ];
        let files = [
            "docs/a.md",
            "docs/b/c.md",
            "crates/x/src/lib.rs",
            "README.md",
        ];
        let files = files.map(str::to_owned);
        let findings = check(&pages, &files);
        findings.into_iter().map(|it| it.message).collect()
    }

    #[test]
    fn what_is_there_may_be_pointed_at() {
        for text in [
            "[one](b/c.md#why-this-is), [two](../README.md) and [three](b/)",
            "# Here\n[up](#here) [out](https://example.org/x#y)",
            "`crates/x/src/lib.rs`, `crates/x/`, `crates/CRATE`, `docs/*.md` and `src/lib.rs`",
        ] {
            assert_eq!(said(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_told() {
        for (text, told) in [
            ("[one](c.md)", "the link `c.md` leads nowhere"),
            (
                "[one](b/c.md#how)",
                "`docs/b/c.md` has no heading for `#how`",
            ),
            ("[up](#there)", "`docs/a.md` has no heading for `#there`"),
            ("`crates/y/src/lib.rs`", "there is no `crates/y/src/lib.rs`"),
        ] {
            assert_eq!(said(text), [told], "{text}");
        }
    }
}
