//! `cargo xtask docs`: the parts of `docs/` that the code writes.
//!
//! Such a part stands between two marker lines; everything around it is written by hand. `tidy`
//! compares it with what the code says now.

use std::fs;

use anyhow::{Context, Result};

use crate::workspace;

/// A part of a page.
struct Part {
    page: &'static str,
    name: &'static str,
    text: fn() -> String,
}

const PARTS: &[Part] = &[
    Part {
        page: "docs/dialects/krakend.md",
        name: "coverage",
        text: haleway_krakend::coverage,
    },
    Part {
        page: "docs/dialects/kong.md",
        name: "coverage",
        text: haleway_kong::coverage,
    },
];

/// Writes all parts anew.
pub(crate) fn run() -> Result<bool> {
    for part in PARTS {
        let path = workspace::root().join(part.page);
        let page = fs::read_to_string(&path).with_context(|| format!("reading {}", part.page))?;
        let written = part.written_into(&page)?;
        if written != page {
            fs::write(&path, written).with_context(|| format!("writing {}", part.page))?;
            eprintln!("wrote {} of {}", part.name, part.page);
        }
    }
    Ok(true)
}

/// The pages that say something else than the code, each with what is wrong.
pub(crate) fn stale() -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for part in PARTS {
        let page = fs::read_to_string(workspace::root().join(part.page)).unwrap_or_default();
        match part.written_into(&page) {
            Ok(written) if written == page => {}
            Ok(_) => {
                found.push((
                    part.page,
                    format!("{} is stale: run `cargo xtask docs`", part.name),
                ));
            }
            Err(error) => found.push((part.page, error.to_string())),
        }
    }
    found
}

impl Part {
    fn written_into(&self, page: &str) -> Result<String> {
        replace(page, self.name, &(self.text)()).with_context(|| {
            let name = self.name;
            format!("the page lacks `<!-- {name}:begin -->` or `<!-- {name}:end -->`")
        })
    }
}

/// `page` with `text` between the markers of `name`.
fn replace(page: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (
        format!("<!-- {name}:begin -->\n"),
        format!("<!-- {name}:end -->"),
    );
    let from = page.find(&begin)? + begin.len();
    let upto = from + page[from..].find(&end)?;
    Some(format!(
        "{}\n{}\n\n{}",
        &page[..from],
        text.trim(),
        &page[upto..]
    ))
}

#[cfg(test)]
mod tests {
    use super::replace;

    const PAGE: &str = "# A\n<!-- x:begin -->\nold\n<!-- x:end -->\nafter\n";

    #[test]
    fn writes_between_the_markers() {
        let written = replace(PAGE, "x", "| a |\n").unwrap();
        assert_eq!(
            written,
            "# A\n<!-- x:begin -->\n\n| a |\n\n<!-- x:end -->\nafter\n"
        );
        assert_eq!(replace(&written, "x", "| a |").unwrap(), written);
    }

    #[test]
    fn misses_its_markers() {
        assert_eq!(replace(PAGE, "y", "text"), None);
        assert_eq!(
            replace("<!-- x:end --><!-- x:begin -->\n", "x", "text"),
            None
        );
    }
}
