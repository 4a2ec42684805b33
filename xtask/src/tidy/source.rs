//! Rust source as the rules see it: code apart from comments, strings and tests.
//!
//! This is no parser. `masked` has the same length and the same lines as the text, with comments
//! blanked and the insides of strings and characters replaced, so that brackets in it are brackets
//! and words in it are code.

mod mask;

use mask::mask;

/// One file of Rust.
pub(super) struct Source {
    /// Relative to the workspace's root.
    pub(super) path: String,
    /// As it was written.
    pub(super) text: String,
    masked: String,
}

/// One function with a body.
pub(super) struct Function {
    pub(super) name: String,
    /// The line of the word `fn`, counted from 1.
    pub(super) line: usize,
    /// Lines of code between the braces.
    pub(super) lines: usize,
    /// It carries an attribute that names `too_many_lines`.
    pub(super) excused: bool,
}

impl Source {
    pub(super) fn new(path: &str, text: String) -> Self {
        let masked = mask(&text);
        Self {
            path: path.to_owned(),
            text,
            masked,
        }
    }

    /// All functions with a body, in the order of the file.
    pub(super) fn functions(&self) -> Vec<Function> {
        words(&self.masked, "fn")
            .filter_map(|at| self.function(at))
            .collect()
    }

    fn function(&self, at: usize) -> Option<Function> {
        let rest = &self.masked[at + 2..];
        let name: String = rest
            .trim_start()
            .chars()
            .take_while(|c| is_word(*c))
            .collect();
        if name.is_empty() {
            return None;
        }
        let (open, close) = body(&self.masked, at)?;
        let inside = &self.masked[open + 1..close];
        Some(Function {
            name,
            line: line_of(&self.masked, at),
            lines: inside
                .lines()
                .filter(|line| !line.trim().is_empty())
                .count(),
            excused: self.attributes_before(at).contains("too_many_lines"),
        })
    }

    /// The text between the end of the item before `at` and `at`.
    fn attributes_before(&self, at: usize) -> &str {
        let from = self.masked[..at]
            .rfind(['{', '}', ';'])
            .map_or(0, |found| found + 1);
        &self.masked[from..at]
    }

    /// The code with every item below `#[cfg(test)]` blanked.
    pub(super) fn without_tests(&self) -> String {
        let mut code = self.masked.clone();
        for at in test_attributes(&self.masked) {
            let end = body(&self.masked, at).map_or_else(
                || {
                    self.masked[at..]
                        .find(';')
                        .map_or(self.masked.len(), |found| at + found)
                },
                |(_, close)| close + 1,
            );
            let blank: String = self.masked[at..end]
                .chars()
                .map(|c| if c == '\n' { c } else { ' ' })
                .collect();
            code.replace_range(at..end, &blank);
        }
        code
    }

    /// The names in `#[cfg(test)] mod NAME;`.
    pub(super) fn test_modules(&self) -> Vec<String> {
        let mut names = Vec::new();
        for at in test_attributes(&self.masked) {
            let Some(closed) = self.masked[at..].find(']') else {
                continue;
            };
            let item = self.masked[at + closed + 1..].trim_start();
            let item = item.strip_prefix("pub(crate) ").unwrap_or(item);
            let Some(rest) = item.strip_prefix("mod ") else {
                continue;
            };
            let name: String = rest.chars().take_while(|c| is_word(*c)).collect();
            if rest[name.len()..].trim_start().starts_with(';') {
                names.push(name);
            }
        }
        names
    }
}

/// Where `#[cfg(test)]`, alone or within `all(...)`, begins.
fn test_attributes(code: &str) -> impl Iterator<Item = usize> {
    code.match_indices("#[cfg(").map(|(at, _)| at).filter(|at| {
        let condition = code[*at..].split(']').next().unwrap_or_default();
        !condition.contains("not(") && words(condition, "test").next().is_some()
    })
}

/// The braces of the item that begins at `at`; none when it ends with a semicolon.
fn body(code: &str, at: usize) -> Option<(usize, usize)> {
    let mut nested = 0_i32;
    let mut open = None;
    for (offset, byte) in code.bytes().enumerate().skip(at) {
        match byte {
            b'(' | b'[' => nested += 1,
            b')' | b']' => nested -= 1,
            b';' if nested == 0 => return None,
            b'{' if nested == 0 => {
                open = Some(offset);
                break;
            }
            _ => {}
        }
    }
    let open = open?;
    Some((open, closing_brace(code, open)?))
}

fn closing_brace(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (offset, byte) in code.bytes().enumerate().skip(open) {
        depth += match byte {
            b'{' => 1,
            b'}' => -1,
            _ => 0,
        };
        if depth == 0 {
            return Some(offset);
        }
    }
    None
}

fn line_of(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

/// Where `word` stands by itself in `code`.
fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| {
            let before = code[..*at].chars().next_back();
            let after = code[at + word.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn functions(text: &str) -> Vec<(String, usize, usize)> {
        let source = Source::new("a.rs", text.into());
        source
            .functions()
            .into_iter()
            .map(|f| (f.name, f.line, f.lines))
            .collect()
    }

    #[test]
    fn measures_functions() {
        let text = "struct A;\n\nfn one() {\n    a();\n    b();\n}\ntrait T { fn open(&self); }\n";
        assert_eq!(functions(text), [("one".into(), 3, 2)]);
    }

    #[test]
    fn is_not_led_astray_by_brackets_in_signatures() {
        let text = "fn f(a: [u8; 4]) -> [u8; 4]\nwhere\n    A: B,\n{\n    a\n}\n";
        assert_eq!(functions(text), [("f".into(), 1, 1)]);
    }

    #[test]
    fn is_not_led_astray_by_braces_in_strings() {
        let text = "fn f() {\n    g(\"}\", '}', r#\"\"}\"#); // }\n    h();\n}\n";
        assert_eq!(functions(text), [("f".into(), 1, 2)]);
    }

    #[test]
    fn takes_a_function_pointer_for_no_function() {
        assert!(functions("type F = fn(u8) -> u8;\n").is_empty());
    }

    #[test]
    fn blanks_tests_and_keeps_the_lines() {
        let text = "a();\n#[cfg(all(test, unix))]\nmod t {\n  b();\n}\nc();\n";
        let code = Source::new("a.rs", text.into()).without_tests();
        assert_eq!(
            code.lines().map(str::trim).collect::<Vec<_>>(),
            ["a();", "", "", "", "", "c();"]
        );
    }

    #[test]
    fn keeps_what_stands_outside_tests() {
        let text = "#[cfg(not(test))]\nfn f() { a(); }\n";
        assert!(
            Source::new("a.rs", text.into())
                .without_tests()
                .contains("a();")
        );
    }
}
