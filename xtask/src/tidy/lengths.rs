//! How long a file and a function may become before they must be taken apart.

use super::Finding;
use super::source::Source;

const FILE_LINES_MAX: usize = 800;
const FUNCTION_LINES_MAX: usize = 70;
/// The first line of a file that may be longer, followed by the reason.
const LONG_MARKER: &str = "// tidy: long because ";

pub(super) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lines = source.text.lines().count();
    let excused = source.text.starts_with(LONG_MARKER);
    if lines > FILE_LINES_MAX && !excused {
        let message = format!("{lines} lines; a file has {FILE_LINES_MAX} at most");
        findings.push(Finding::new(&source.path, 1, message));
    }
    for function in source.functions() {
        if function.lines > FUNCTION_LINES_MAX && !function.excused {
            let message = format!(
                "{} has {} lines; a function has {FUNCTION_LINES_MAX} at most",
                function.name, function.lines
            );
            findings.push(Finding::new(&source.path, function.line, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: String) -> Vec<usize> {
        check(&Source::new("a.rs", text))
            .into_iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn finds_a_file_that_is_too_long() {
        assert_eq!(found("// x\n".repeat(801)), [1]);
        assert!(found("// x\n".repeat(800)).is_empty());
        let excused = format!("{LONG_MARKER}it is one table\n{}", "// x\n".repeat(900));
        assert!(found(excused).is_empty());
    }

    #[test]
    fn finds_a_function_that_is_too_long() {
        let function = |lines: usize| format!("\nfn f() {{\n{}}}\n", "    g();\n".repeat(lines));
        assert_eq!(found(function(71)), [2]);
        assert!(found(function(70)).is_empty());
    }

    #[test]
    fn counts_neither_comments_nor_blank_lines() {
        let body = "    // why\n\n".repeat(60) + &"    g();\n".repeat(60);
        assert!(found(format!("fn f() {{\n{body}}}\n")).is_empty());
    }

    #[test]
    fn takes_a_reasoned_expectation_for_an_excuse() {
        let body = "    g();\n".repeat(100);
        let attribute = "#[expect(clippy::too_many_lines, reason = \"one table\")]";
        assert!(found(format!("{attribute}\nfn f() {{\n{body}}}\n")).is_empty());
    }
}
