//! Reads an object by its table of keys: every key is looked up, converted and ticked off, so that
//! none is silently ignored.
//!
//! KrakenD reads its own fields with a weakly typed decoder (`"8080"` is a port, one text is a list
//! of one) and refuses what cannot be converted; blocks in `extra_config` are read by type and fall
//! back to defaults. [`Strictness`] tells the two apart.

mod words;

use std::cell::Cell;

use haleway_document::{Diagnostic, Entry, Node, Severity, Span, Value, nearest};

use crate::code;
use crate::context::Context;
use crate::duration::Duration;
use crate::key::{Key, State, is_comment};
use crate::profile::Spelling;

/// A value with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// What a value of the wrong type does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// It refuses the document, unless a weakly typed decoder can convert it.
    Refuses,
    /// It is ignored, and said so.
    Ignores,
}

/// A value that stands in the environment instead of in the document.
pub(crate) struct Override {
    pub(crate) key: &'static str,
    pub(crate) variable: String,
    pub(crate) node: Node,
}

/// An object that is read key by key.
pub(crate) struct Reader<'a> {
    pub(crate) place: String,
    context: &'a Context<'a>,
    keys: &'static [Key],
    slots: Vec<Option<Slot<'a>>>,
    strictness: Strictness,
    read: Cell<u128>,
}

#[derive(Clone, Copy)]
struct Slot<'a> {
    node: &'a Node,
    written: &'a str,
    key_span: Span,
}

impl<'a> Reader<'a> {
    /// Reads an object; `place` says in messages where it stands, such as `endpoint GET /users`.
    /// `None`, after a finding, where it is no object.
    pub(crate) fn new(
        context: &'a Context<'a>,
        node: &'a Node,
        keys: &'static [Key],
        place: impl Into<String>,
        strictness: Strictness,
    ) -> Option<Self> {
        debug_assert!(
            keys.len() <= 128,
            "the set of keys that were read is one u128"
        );
        let mut reader = Self {
            place: place.into(),
            context,
            keys,
            slots: vec![None; keys.len()],
            strictness,
            read: Cell::new(0),
        };
        let Some(entries) = node.as_object() else {
            reader.no_object(node);
            return None;
        };
        for entry in entries {
            reader.take(entry);
        }
        Some(reader)
    }

    /// Lets values of the environment stand in place of those of the document.
    pub(crate) fn with_overrides(mut self, overrides: &'a [Override]) -> Self {
        for item in overrides {
            if let Some(index) = self.keys.iter().position(|key| key.name == item.key) {
                let written = item.variable.as_str();
                let key_span = self.slots[index].map_or(item.node.span, |slot| slot.key_span);
                self.slots[index] = Some(Slot {
                    node: &item.node,
                    written,
                    key_span,
                });
            }
        }
        self
    }

    /// The value of a key as it stands; `null` counts as absent, as in Go.
    pub(crate) fn node(&self, name: &str) -> Option<&'a Node> {
        self.slot(name).map(|slot| slot.node)
    }

    /// Where a key stands.
    pub(crate) fn key_span(&self, name: &str) -> Option<Span> {
        self.slot(name).map(|slot| slot.key_span)
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Option<Spanned<String>> {
        let slot = self.slot(name)?;
        let value = self.text_of(slot.node, slot.written)?;
        Some(Spanned {
            value,
            span: slot.node.span,
        })
    }

    /// A truth value; absent is false.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.flag_if_any(name).unwrap_or(false)
    }

    /// A truth value, if there is one.
    pub(crate) fn flag_if_any(&self, name: &str) -> Option<bool> {
        let slot = self.slot(name)?;
        let weak = self.strictness == Strictness::Refuses;
        let value = match &slot.node.value {
            Value::Bool(value) => Some(*value),
            Value::String(text) if weak => match text.as_str() {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
                "" | "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
                _ => None,
            },
            Value::Number(text) if weak => text.parse::<f64>().ok().map(|number| number != 0.0),
            _ => None,
        };
        if value.is_none() {
            self.wrong_type(slot.node, slot.written, "true or false");
        }
        value
    }

    /// A whole number.
    pub(crate) fn integer(&self, name: &str) -> Option<Spanned<i64>> {
        let slot = self.slot(name)?;
        let weak = self.strictness == Strictness::Refuses;
        let value = match &slot.node.value {
            Value::Number(text) => whole(text),
            Value::String(text) if weak => text.trim().parse().ok(),
            Value::Bool(value) if weak => Some(i64::from(*value)),
            _ => None,
        };
        if value.is_none() {
            self.wrong_type(slot.node, slot.written, "a whole number");
        }
        value.map(|value| Spanned {
            value,
            span: slot.node.span,
        })
    }

    /// A duration. One that cannot be read is none, as in KrakenD; a number is nanoseconds.
    pub(crate) fn duration(&self, name: &str) -> Option<Duration> {
        let slot = self.slot(name)?;
        let outcome = match &slot.node.value {
            Value::String(text) if text.is_empty() => return None,
            Value::String(text) => Duration::parse(text),
            Value::Number(text) if self.strictness == Strictness::Refuses => whole(text)
                .and_then(Duration::from_nanos)
                .ok_or("it is no whole number of nanoseconds"),
            _ => {
                self.wrong_type(slot.node, slot.written, "a duration such as \"2s\"");
                return None;
            }
        };
        outcome
            .map_err(|reason| {
                let shown = slot.node.to_json();
                let message = format!(
                    "`{}` is no duration ({reason}), so the default serves",
                    slot.written
                );
                let finding = Diagnostic::warning(code::BAD_DURATION, self.says(&message))
                    .at(slot.node.span, format!("{shown} counts as not set"))
                    .help("write a number with a unit: \"300ms\", \"2s\", \"1m30s\"");
                self.context.report(finding);
            })
            .ok()
    }

    /// A list of texts; an item that is none is reported and left out.
    pub(crate) fn texts(&self, name: &str) -> Vec<Spanned<String>> {
        let Some(slot) = self.slot(name) else {
            return Vec::new();
        };
        match &slot.node.value {
            Value::Array(items) => items
                .iter()
                .filter_map(|item| {
                    let value = self.text_of(item, slot.written)?;
                    Some(Spanned {
                        value,
                        span: item.span,
                    })
                })
                .collect(),
            Value::String(text) if self.strictness == Strictness::Refuses => text
                .split(',')
                .filter(|part| !part.is_empty())
                .map(|part| Spanned {
                    value: part.to_owned(),
                    span: slot.node.span,
                })
                .collect(),
            _ => {
                self.wrong_type(slot.node, slot.written, "a list of texts");
                Vec::new()
            }
        }
    }

    /// A list of texts, without their places.
    pub(crate) fn values(&self, name: &str) -> Vec<String> {
        let texts = self.texts(name).into_iter();
        texts.map(|it| it.value).collect()
    }

    /// The items of a list.
    pub(crate) fn items(&self, name: &str) -> &'a [Node] {
        let Some(slot) = self.slot(name) else {
            return &[];
        };
        slot.node.as_array().unwrap_or_else(|| {
            self.wrong_type(slot.node, slot.written, "a list");
            &[]
        })
    }

    /// A message with the place before it.
    pub(crate) fn says(&self, message: &str) -> String {
        says(&self.place, message)
    }

    /// Reports a finding about the value of a key.
    pub(crate) fn report(&self, finding: Diagnostic) {
        self.context.report(finding);
    }

    /// Reports that a value is not of the type expected.
    pub(crate) fn wrong_type(&self, node: &Node, name: &str, expected: &str) {
        let what = format!("`{name}` is {}, not {expected}", node.kind());
        let finding = match self.strictness {
            Strictness::Refuses => Diagnostic::error(code::WRONG_TYPE, self.says(&what)),
            Strictness::Ignores => {
                let message = self.says(&format!("{what}, and is ignored"));
                Diagnostic::warning(code::WRONG_TYPE_IGNORED, message)
            }
        };
        self.context
            .report(finding.at(node.span, format!("write {expected}")));
    }

    /// The end of reading: every key that works was asked for.
    pub(crate) fn finish(self) {
        for (index, (key, slot)) in self.keys.iter().zip(&self.slots).enumerate() {
            let read = self.read.get() & (1 << index) != 0;
            debug_assert!(
                slot.is_none() || read,
                "key {} is in its table but never read",
                key.name
            );
        }
    }

    fn no_object(&self, node: &Node) {
        let name = if self.place.is_empty() {
            "the configuration"
        } else {
            &self.place
        };
        let message = format!("{name} is {}, not an object", node.kind());
        let finding = match self.strictness {
            Strictness::Refuses => Diagnostic::error(code::WRONG_TYPE, message),
            Strictness::Ignores => Diagnostic::warning(
                code::WRONG_TYPE_IGNORED,
                format!("{message}, and is ignored"),
            ),
        };
        self.context
            .report(finding.at(node.span, "write an object"));
    }

    fn slot(&self, name: &str) -> Option<Slot<'a>> {
        let index = self.keys.iter().position(|key| key.name == name);
        debug_assert!(index.is_some(), "key {name} is read but not in its table");
        let index = index?;
        self.read.set(self.read.get() | (1 << index));
        self.slots[index].filter(|slot| slot.node.value != Value::Null)
    }

    /// A node as a text; one that is none is reported under this name.
    pub(crate) fn text_of(&self, node: &Node, name: &str) -> Option<String> {
        let weak = self.strictness == Strictness::Refuses;
        match &node.value {
            Value::String(text) => Some(text.clone()),
            Value::Number(text) if weak => Some(text.clone()),
            Value::Bool(value) if weak => Some(if *value { "1" } else { "0" }.to_owned()),
            _ => {
                self.wrong_type(node, name, "a text");
                None
            }
        }
    }

    fn take(&mut self, entry: &'a Entry) {
        let name = entry.key.text.as_str();
        let Some(index) = self
            .keys
            .iter()
            .position(|key| key.names().any(|it| it == name))
        else {
            if !is_comment(name) {
                self.unknown(entry);
            }
            return;
        };
        let key = &self.keys[index];
        match key.state {
            State::Supported | State::Approximated => self.keep(index, entry),
            State::NotBuilt if is_empty(&entry.node) => {}
            _ => self.context.report(stateless(key, entry, &self.place)),
        }
    }

    fn keep(&mut self, index: usize, entry: &'a Entry) {
        let written = entry.key.text.as_str();
        let key = &self.keys[index];
        if let Some(earlier) = self.slots[index] {
            let message = format!(
                "`{}` and `{written}` are one setting; `{}` counts",
                earlier.written, key.name
            );
            let finding = Diagnostic::warning(code::WRITTEN_TWICE, self.says(&message))
                .at(entry.key.span, "written again")
                .also_at(earlier.key_span, "written here")
                .help("remove one of them");
            self.context.report(finding);
            if earlier.written == key.name {
                return;
            }
        } else {
            self.note_spelling(key, entry);
        }
        self.slots[index] = Some(Slot {
            node: &entry.node,
            written,
            key_span: entry.key.span,
        });
    }

    fn note_spelling(&self, key: &Key, entry: &Entry) {
        let written = entry.key.text.as_str();
        let usual = match self.context.profile.spelling {
            Spelling::New if written != key.name => key.name,
            Spelling::Old if written == key.name && !key.older.is_empty() => key.older[0],
            _ => return,
        };
        let message =
            format!("`{written}` is the other version's name of `{usual}`; both are read");
        let finding = Diagnostic::note(code::OTHER_SPELLING, self.says(&message))
            .at(entry.key.span, format!("`{usual}` in this version"));
        self.context.report(finding);
    }

    fn unknown(&self, entry: &Entry) {
        let name = entry.key.text.as_str();
        let known = self.keys.iter().flat_map(Key::names);
        let hint = nearest(name, known);
        let label = hint.map_or_else(String::new, |hint| format!("did you mean `{hint}`?"));
        let finding = Diagnostic::warning(
            code::UNKNOWN_KEY,
            self.says(&format!("unknown key `{name}` is ignored")),
        )
        .at(entry.key.span, label)
        .help(match hint {
            Some(hint) => format!("write `{hint}`, or begin the key with `@` to make it a comment"),
            None => "remove it, or begin the key with `@` to make it a comment".to_owned(),
        });
        self.context.report(finding);
    }
}

/// What is said about a key that does nothing.
fn stateless(key: &Key, entry: &Entry, place: &str) -> Diagnostic {
    let name = entry.key.text.as_str();
    let (code, severity, message) = match key.state {
        State::Enterprise => (
            code::ENTERPRISE,
            Severity::Warning,
            "is a feature of KrakenD Enterprise and is ignored".to_owned(),
        ),
        State::GoPlugin => (
            code::GO_PLUGIN,
            Severity::Warning,
            "loads Go plugins, which cannot run here; it is ignored".to_owned(),
        ),
        State::NotBuilt => (
            code::NOT_BUILT,
            Severity::Error,
            "is not built yet, so the document is refused".to_owned(),
        ),
        State::Idle(severity) => (
            code::NO_EFFECT,
            severity,
            format!("has no effect: {}", key.note),
        ),
        State::Removed | State::Supported | State::Approximated => (
            code::REMOVED,
            Severity::Warning,
            format!("was removed: {}", key.note),
        ),
    };
    Diagnostic::new(code, severity, says(place, &format!("`{name}` {message}")))
        .at(entry.key.span, "")
}

/// Whether nothing is written, so that nothing is missing where it is not built.
fn is_empty(node: &Node) -> bool {
    node.value == Value::Null || node.as_array().is_some_and(<[Node]>::is_empty)
}

/// A message with the place before it.
pub(crate) fn says(place: &str, message: &str) -> String {
    if place.is_empty() {
        message.to_owned()
    } else {
        format!("{place}: {message}")
    }
}

/// A number that is whole: `8080`, and `8080.0` as YAML and TOML tools write it.
fn whole(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok()?;
        (number.fract() == 0.0 && number.abs() < 9.0e15).then_some(number as i64)
    })
}
