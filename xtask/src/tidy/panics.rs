//! Nothing that panics stands outside tests: neither `unwrap()` nor the macros that give up.

use super::Finding;
use super::source::Source;

const FORBIDDEN: &[&str] = &[".unwrap()", "panic!", "todo!", "unimplemented!", "dbg!"];
const TEST_FOLDERS: &[&str] = &["tests", "benches", "fuzz"];

/// The path prefixes of the modules that only tests compile (`#[cfg(test)] mod laws;`).
pub(super) fn test_modules(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        let (folder, stem) = source.path.rsplit_once('/').unwrap_or(("", &source.path));
        let stem = stem.trim_end_matches(".rs");
        let own = if matches!(stem, "lib" | "main" | "mod") {
            folder.to_owned()
        } else {
            format!("{folder}/{stem}")
        };
        found.extend(
            source
                .test_modules()
                .into_iter()
                .map(|name| format!("{own}/{name}")),
        );
    }
    found
}

pub(super) fn check(source: &Source, test_modules: &[String]) -> Vec<Finding> {
    if only_tests(&source.path, test_modules) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (index, line) in source.without_tests().lines().enumerate() {
        for forbidden in FORBIDDEN {
            if stands_alone(line, forbidden) {
                let message = format!("`{forbidden}` outside tests");
                findings.push(Finding::new(&source.path, index + 1, message));
            }
        }
    }
    findings
}

/// Whether nothing but tests compiles the file.
pub(super) fn only_tests(path: &str, test_modules: &[String]) -> bool {
    let stem = path
        .rsplit('/')
        .next()
        .unwrap_or(path)
        .trim_end_matches(".rs");
    path.split('/').any(|part| TEST_FOLDERS.contains(&part))
        || stem == "tests"
        || stem.ends_with("_tests")
        || test_modules.iter().any(|module| {
            path.strip_prefix(module.as_str())
                .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        })
}

/// Whether `what` occurs in `line` and is not the end of a longer word.
fn stands_alone(line: &str, what: &str) -> bool {
    line.match_indices(what).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        what.starts_with('.') || !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let source = Source::new(path, text.into());
        check(&source, &[])
            .into_iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn finds_what_panics() {
        assert_eq!(
            lines(
                "src/a.rs",
                "fn f() {\n    g().unwrap();\n    panic!(\"no\");\n}\n"
            ),
            [2, 3]
        );
    }

    #[test]
    fn looks_neither_into_comments_nor_into_strings() {
        let text = "/// Never `x.unwrap()`.\nfn f() { g(\"panic!\"); } // todo!\n";
        assert!(lines("src/a.rs", text).is_empty());
    }

    #[test]
    fn lets_tests_unwrap() {
        let text = "fn f() {}\n#[cfg(test)]\nmod tests {\n    fn t() { f().unwrap(); }\n}\n";
        assert!(lines("src/a.rs", text).is_empty());
        assert!(lines("src/a/tests.rs", "fn t() { f().unwrap(); }\n").is_empty());
        assert!(lines("tests/story.rs", "fn t() { f().unwrap(); }\n").is_empty());
    }

    #[test]
    fn goes_on_behind_the_tests() {
        let text = "#[cfg(test)]\nmod tests {\n}\nfn f() { g().unwrap(); }\n";
        assert_eq!(lines("src/a.rs", text), [4]);
    }

    #[test]
    fn knows_the_modules_that_only_tests_compile() {
        let parent = Source::new("src/a.rs", "#[cfg(test)]\nmod laws;\nmod work;\n".into());
        let modules = test_modules(&[parent]);
        assert_eq!(modules, ["src/a/laws"]);
        let unwrapping = |path| Source::new(path, "fn t() { f().unwrap(); }\n".into());
        assert!(check(&unwrapping("src/a/laws.rs"), &modules).is_empty());
        assert_eq!(check(&unwrapping("src/a/work.rs"), &modules).len(), 1);
    }

    #[test]
    fn tells_words_apart() {
        assert!(lines("src/a.rs", "fn f() { g().unwrap_or(1); no_panic!(); }\n").is_empty());
    }
}
