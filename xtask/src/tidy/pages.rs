//! Each page below `docs/errors/` explains the code that its name says.

use super::Finding;

pub(super) fn check(path: &str, text: &str) -> Option<Finding> {
    let code = path.strip_prefix("docs/errors/")?.strip_suffix(".md")?;
    let title = text.lines().next().unwrap_or_default();
    let named = title
        .strip_prefix("# ")
        .and_then(|rest| rest.strip_prefix(code));
    match named {
        Some(rest) if rest.starts_with(|next: char| !next.is_alphanumeric()) => None,
        _ if code == "README" => None,
        _ => Some(Finding::new(
            path,
            1,
            format!("the title must be `# {code}` and what it says"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wants_the_code_in_the_title() {
        assert!(check("docs/errors/K0001.md", "# K0001: unknown key\n").is_none());
        assert!(check("docs/errors/K0001.md", "# K0002: unknown key\n").is_some());
        assert!(check("docs/errors/K0001.md", "# K00011: unknown key\n").is_some());
        assert!(check("docs/errors/K0001.md", "").is_some());
    }

    #[test]
    fn looks_at_no_other_page() {
        assert!(check("docs/architecture.md", "# Architecture\n").is_none());
    }
}
