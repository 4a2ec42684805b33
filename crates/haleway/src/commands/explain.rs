//! `haleway explain`: the pages about the codes of findings, taken into the program when it was
//! built.

use std::fmt::Write;

use haleway_document::nearest;

use crate::{exit, talk};

/// Code and page, sorted by code.
static PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// Prints one page, or one line for each.
pub(crate) fn explain(code: Option<&str>) -> u8 {
    let Some(code) = code else {
        talk::data(&list());
        return exit::FINE;
    };
    match page(code) {
        Some(page) => {
            talk::data(page);
            exit::FINE
        }
        None => {
            talk::say(&unknown(code));
            exit::FAILURE
        }
    }
}

fn page(code: &str) -> Option<&'static str> {
    PAGES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(code))
        .map(|(_, page)| *page)
}

fn list() -> String {
    let mut out = String::new();
    for (code, page) in PAGES {
        let title = title(code, page);
        writeln!(out, "{code}  {title}").expect("a String takes all text");
    }
    out
}

/// The first line without what every page begins with.
fn title<'a>(code: &str, page: &'a str) -> &'a str {
    let first = page
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches('#')
        .trim();
    first
        .strip_prefix(code)
        .unwrap_or(first)
        .trim_start_matches([':', '.', '-', ' '])
}

fn unknown(code: &str) -> String {
    let hint = match nearest(code, PAGES.iter().map(|(known, _)| *known)) {
        Some(near) => format!("did you mean {near}? "),
        None => String::new(),
    };
    format!("error: there is no code {code}\n{hint}`haleway explain` lists all codes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_begins_with_its_code_and_a_title() {
        assert!(PAGES.iter().any(|(code, _)| *code == "S0001"));
        for (code, page) in PAGES {
            let first = page.lines().next().unwrap_or_default();
            assert!(first.starts_with(&format!("# {code}")), "{code}: {first}");
            assert!(!title(code, page).is_empty(), "{code} has no title");
        }
    }

    #[test]
    fn codes_are_found_in_any_case() {
        assert!(page("s0001").is_some());
        assert!(page("S9999").is_none());
        assert!(unknown("S00O1").contains("did you mean S0001?"));
    }
}
