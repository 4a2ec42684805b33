//! Every module says first what it is: the file begins with `//!`.
//!
//! A `tests.rs` or `x_tests.rs` beside the module it tests has said it by its name.

use super::Finding;
use super::source::Source;

pub(super) fn check(source: &Source) -> Option<Finding> {
    if source.path.ends_with("/tests.rs") || source.path.ends_with("_tests.rs") {
        return None;
    }
    let first = source
        .text
        .lines()
        .find(|line| !line.starts_with("// tidy:"));
    if first.is_some_and(|line| line.starts_with("//!")) {
        return None;
    }
    Some(Finding::new(
        &source.path,
        1,
        "a module begins with a `//!` header that says what it is",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wants_the_header_first() {
        assert!(check(&Source::new("a.rs", "//! What it is.\nuse b;\n".into())).is_none());
        assert!(check(&Source::new("a.rs", "use b;\n//! Late.\n".into())).is_some());
        assert!(check(&Source::new("a.rs", String::new())).is_some());
    }

    #[test]
    fn lets_a_marker_stand_before_it() {
        let text = "// tidy: long because it is one table\n//! A table.\n";
        assert!(check(&Source::new("a.rs", text.into())).is_none());
    }
}
