//! Reads the small documents of our own (overlays, scenarios): every key is known or an error, every
//! value has its one type, and all that is wrong comes out in one run, each with its place.
//!
//! What a document's family calls its findings comes in as [`StrictCodes`]. `null` counts as absent.

use std::cell::RefCell;

use crate::units::{duration_us, share_ppm};
use crate::{Diagnostic, Node, Sources, Span, Value, nearest};

/// The codes of a family of documents for what can be wrong in each of them.
#[derive(Clone, Copy, Debug)]
pub struct StrictCodes {
    /// A key that does not exist.
    pub unknown_key: &'static str,
    /// A value of another type.
    pub wrong_type: &'static str,
    /// A value of the right type that cannot be used.
    pub bad_value: &'static str,
    /// A key that must stand there.
    pub missing_key: &'static str,
}

/// A reading: where findings are collected.
#[derive(Debug)]
pub struct Strict<'a> {
    sources: &'a Sources,
    codes: StrictCodes,
    findings: RefCell<Vec<Diagnostic>>,
}

/// A value and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// The fields of one object.
#[derive(Debug)]
pub struct Fields<'a> {
    strict: &'a Strict<'a>,
    node: &'a Node,
    keys: &'static [&'static str],
    path: String,
}

impl<'a> Strict<'a> {
    /// A reading without findings.
    #[must_use]
    pub fn new(sources: &'a Sources, codes: StrictCodes) -> Self {
        Self {
            sources,
            codes,
            findings: RefCell::default(),
        }
    }

    /// The fields of an object that may have these keys; `None`, after a finding, where it is no
    /// object.
    pub fn fields(
        &'a self,
        node: &'a Node,
        keys: &'static [&'static str],
        path: impl Into<String>,
    ) -> Option<Fields<'a>> {
        let path = path.into();
        let Some(entries) = node.as_object() else {
            let shown = if path.is_empty() { "document" } else { &path };
            self.wrong_type(node, shown, "an object");
            return None;
        };
        let fields = Fields {
            strict: self,
            node,
            keys,
            path,
        };
        for entry in entries {
            if !keys.contains(&entry.key.text.as_str()) {
                fields.unknown(&entry.key.text, entry.key.span);
            }
        }
        Some(fields)
    }

    /// Takes a finding in.
    pub fn report(&self, finding: Diagnostic) {
        self.findings.borrow_mut().push(finding);
    }

    /// A place as people read it: `haleway.yaml:4:9`.
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        let place = self.sources.place(span);
        place.map_or_else(String::new, |(file, at)| {
            format!("{file}:{}:{}", at.line, at.column)
        })
    }

    /// The sources that are read from.
    #[must_use]
    pub fn sources(&self) -> &'a Sources {
        self.sources
    }

    /// All findings, in the order of their places.
    #[must_use]
    pub fn finish(self) -> Vec<Diagnostic> {
        let mut findings = self.findings.into_inner();
        findings.sort_by_key(|finding| finding.primary.as_ref().map(|label| label.span));
        findings
    }

    fn wrong_type(&self, node: &Node, path: &str, expected: &str) {
        let message = format!("`{path}` is {}, not {expected}", node.kind());
        let finding = Diagnostic::error(self.codes.wrong_type, message);
        self.report(finding.at(node.span, format!("write {expected}")));
    }
}

impl<'a> Fields<'a> {
    /// The value of a key as it stands.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&'a Node> {
        debug_assert!(self.keys.contains(&name), "{name} is not in its table");
        let node = self.node.get(name)?;
        (node.value != Value::Null).then_some(node)
    }

    /// Where the object stands.
    #[must_use]
    pub fn span(&self) -> Span {
        self.node.span
    }

    /// The reading that this is a part of.
    #[must_use]
    pub fn strict(&self) -> &'a Strict<'a> {
        self.strict
    }

    /// A key with the path to it: `pools[0].silence`.
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// A text.
    pub fn text(&self, name: &str) -> Option<Found<&'a str>> {
        let node = self.node(name)?;
        self.found(name, node, node.as_str(), "a text")
    }

    /// True or false.
    pub fn flag(&self, name: &str) -> Option<Found<bool>> {
        let node = self.node(name)?;
        self.found(name, node, node.as_bool(), "true or false")
    }

    /// A whole number between two others.
    pub fn count(&self, name: &str, least: u64, most: u64) -> Option<Found<u64>> {
        let node = self.node(name)?;
        let Some(text) = node.as_number() else {
            self.strict
                .wrong_type(node, &self.path(name), "a whole number");
            return None;
        };
        let value = text.parse().ok();
        let value = value.filter(|value| (least..=most).contains(value));
        if value.is_none() {
            let help = format!("write a whole number from {least} to {most}");
            self.bad_value(name, node, text, &help);
        }
        Some(Found {
            value: value?,
            span: node.span,
        })
    }

    /// A length of time, in microseconds.
    pub fn duration_us(&self, name: &str) -> Option<Found<u64>> {
        let node = self.node(name)?;
        let text = self.found(name, node, node.as_str(), "a duration such as `2s`")?;
        match duration_us(text.value) {
            Ok(value) => Some(Found {
                value,
                span: node.span,
            }),
            Err(reason) => {
                let shown = format!("`{}`, which is no duration: {reason}", text.value);
                self.bad_value(name, node, &shown, "write `50ms`, `2s`, `1m30s` or `1h`");
                None
            }
        }
    }

    /// A share of a whole, in parts per million.
    pub fn share_ppm(&self, name: &str) -> Option<Found<u32>> {
        let node = self.node(name)?;
        let text = self.found(name, node, node.as_str(), "a share such as `50%`")?;
        let value = share_ppm(text.value);
        if value.is_none() {
            let shown = format!("`{}`, which is no share", text.value);
            let help = "write a share from `0%` to `100%`, with at most four decimals";
            self.bad_value(name, node, &shown, help);
        }
        Some(Found {
            value: value?,
            span: node.span,
        })
    }

    /// One of several words.
    pub fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Option<Found<T>> {
        let node = self.node(name)?;
        let list: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let expected = format!("one of: {}", list.join(", "));
        let text = self.found(name, node, node.as_str(), &expected)?;
        let found = words.iter().find(|(word, _)| *word == text.value);
        if found.is_none() {
            let hint = nearest(text.value, list.iter().copied());
            let shown = format!("`{}`, which is unknown", text.value);
            let help = match hint {
                Some(hint) => format!("did you mean `{hint}`? Write {expected}"),
                None => format!("write {expected}"),
            };
            self.bad_value(name, node, &shown, &help);
        }
        Some(Found {
            value: found?.1,
            span: node.span,
        })
    }

    /// True where a setting is switched off: `off`, or `false`.
    #[must_use]
    pub fn is_off(&self, name: &str) -> bool {
        let node = self.node(name);
        node.is_some_and(|node| node.as_str() == Some("off") || node.as_bool() == Some(false))
    }

    /// The fields of an object below.
    pub fn object(&self, name: &str, keys: &'static [&'static str]) -> Option<Fields<'a>> {
        let node = self.node(name)?;
        self.strict.fields(node, keys, self.path(name))
    }

    /// The fields of each object of a list of at most `most`.
    pub fn objects(
        &self,
        name: &str,
        keys: &'static [&'static str],
        most: usize,
    ) -> Vec<Fields<'a>> {
        let Some(node) = self.node(name) else {
            return Vec::new();
        };
        let Some(items) = node.as_array() else {
            self.strict.wrong_type(node, &self.path(name), "a list");
            return Vec::new();
        };
        if items.len() > most {
            let shown = format!("a list of {} items", items.len());
            self.bad_value(name, node, &shown, &format!("write {most} at most"));
        }
        let items = items.iter().take(most).enumerate();
        items
            .filter_map(|(index, item)| {
                let path = format!("{}[{index}]", self.path(name));
                self.strict.fields(item, keys, path)
            })
            .collect()
    }

    /// Says that a key is missing, where it is.
    pub fn require(&self, name: &str, help: &str) -> bool {
        let is_there = self.node(name).is_some();
        if !is_there {
            let message = format!("`{}` is missing", self.path(name));
            let finding = Diagnostic::error(self.strict.codes.missing_key, message);
            self.strict
                .report(finding.at(self.span_of_beginning(), "here").help(help));
        }
        is_there
    }

    /// Says that the value of a key cannot be used; `shown` completes "is ...".
    pub fn bad_value(&self, name: &str, node: &Node, shown: &str, help: &str) {
        let message = format!("`{}` is {shown}", self.path(name));
        let finding = Diagnostic::error(self.strict.codes.bad_value, message);
        self.strict.report(finding.at(node.span, "").help(help));
    }

    /// Says that a value is of another type than the one expected.
    pub fn wrong_type(&self, name: &str, node: &Node, expected: &str) {
        self.strict.wrong_type(node, &self.path(name), expected);
    }

    fn found<T>(
        &self,
        name: &str,
        node: &Node,
        value: Option<T>,
        expected: &str,
    ) -> Option<Found<T>> {
        if value.is_none() {
            self.strict.wrong_type(node, &self.path(name), expected);
        }
        Some(Found {
            value: value?,
            span: node.span,
        })
    }

    fn unknown(&self, name: &str, span: Span) {
        let hint = nearest(name, self.keys.iter().copied());
        let label = hint.map_or_else(String::new, |hint| format!("did you mean `{hint}`?"));
        let message = format!("unknown key `{}`", self.path(name));
        let help = format!("the keys here are: {}", self.keys.join(", "));
        let finding = Diagnostic::error(self.strict.codes.unknown_key, message);
        self.strict.report(finding.at(span, label).help(help));
    }

    fn span_of_beginning(&self) -> Span {
        Span {
            end: self.node.span.start,
            ..self.node.span
        }
    }
}

#[cfg(test)]
mod tests;
