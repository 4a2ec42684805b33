//! Events to tree, aliases included, within the limits.

use std::collections::HashMap;

use saphyr_parser::{Event, ScanError};

use super::super::findings::{Findings, quoted};
use super::keys::{is_merge, merge};
use super::places::Places;
use super::scalar::{self, Meaning};
use super::syntax;
use crate::limits::{ALIAS_BYTES_MAX, ALIAS_NODES_MAX, DEPTH_MAX, NODES_MAX};
use crate::{Diagnostic, Entry, Key, Node, Span, Value};

/// An event and the bytes that it was written in.
pub(super) struct Written<'t> {
    pub(super) event: Event<'t>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The document cannot be built; why is among the findings.
struct Stop;

type Built<T> = Result<T, Stop>;

/// Builds the documents of one source, and counts over all of them.
pub(super) struct Builder {
    pub(super) findings: Findings,
    nodes: usize,
    alias_nodes: usize,
    alias_bytes: usize,
}

impl Builder {
    pub(super) fn new(findings: Findings) -> Self {
        Self {
            findings,
            nodes: 0,
            alias_nodes: 0,
            alias_bytes: 0,
        }
    }

    /// The tree of one document's events.
    pub(super) fn document(&mut self, events: &[Written<'_>]) -> Option<Node> {
        let mut build = Build {
            all: self,
            events,
            anchors: anchors(events),
            inside: Vec::new(),
        };
        build.node(&mut 0, 0).ok()
    }

    pub(super) fn syntax_error(&mut self, error: &ScanError, places: &Places<'_>) {
        let at = places.byte(error.marker().index());
        if error.info().contains("recursion limit") {
            // The library looks ahead, and has a limit of its own.
            return self.too_deep((at, at));
        }
        self.error("T0201", error.info(), (at, at), syntax::help(error.info()));
    }

    pub(super) fn too_many(&mut self, place: (usize, usize)) {
        let message = format!("the document holds more than {NODES_MAX} values");
        self.error("T0004", message, place, "");
    }

    pub(super) fn too_deep(&mut self, place: (usize, usize)) {
        let message = format!("the document is nested deeper than {DEPTH_MAX} levels");
        self.error("T0003", message, place, "");
    }

    fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        (start, end): (usize, usize),
        help: &str,
    ) {
        let span = self.findings.span(start, end);
        self.findings
            .push(Diagnostic::error(code, message).at(span, "").help(help));
    }
}

/// Where the events of each anchor begin.
fn anchors(events: &[Written<'_>]) -> HashMap<usize, usize> {
    let id = |event: &Event<'_>| match event {
        Event::Scalar(_, _, id, _) | Event::SequenceStart(id, _) | Event::MappingStart(id, _) => {
            *id
        }
        _ => 0,
    };
    let all = events
        .iter()
        .enumerate()
        .map(|(i, written)| (id(&written.event), i));
    all.filter(|(id, _)| *id > 0).collect()
}

/// The building of one document.
struct Build<'b, 'e, 't> {
    all: &'b mut Builder,
    events: &'e [Written<'t>],
    anchors: HashMap<usize, usize>,
    /// The aliases that are being built, from the outermost.
    inside: Vec<Alias>,
}

/// An alias that is being built.
struct Alias {
    /// The first event of its anchor.
    first: usize,
    /// Where it is used.
    used: (usize, usize),
}

/// The mapping that is being built.
#[derive(Default)]
struct Mapping {
    entries: Vec<Entry>,
    merges: Vec<Node>,
    merge_key: Option<Span>,
}

impl<'e, 't> Build<'_, 'e, 't> {
    fn node(&mut self, at: &mut usize, depth: usize) -> Built<Node> {
        let Some(written) = self.events.get(*at) else {
            return Err(Stop);
        };
        self.count(written, depth)?;
        *at += 1;
        let (start, mut end) = (written.start, written.end);
        let value = match &written.event {
            Event::Scalar(..) => self.scalar(written),
            Event::Alias(id) => return self.alias(*id, written, depth),
            Event::SequenceStart(..) => {
                let items = self.sequence(at, depth)?;
                end = self.end(*at);
                Value::Array(items)
            }
            Event::MappingStart(..) => {
                let entries = self.mapping(at, depth)?;
                end = self.end(*at);
                Value::Object(entries)
            }
            _ => return Err(Stop),
        };
        Ok(Node {
            value,
            span: self.all.findings.span(start, end),
        })
    }

    /// A container ends with its bracket, or in block style with the last that stands in it.
    fn end(&self, behind: usize) -> usize {
        let written = self.events[..behind]
            .iter()
            .rev()
            .find(|written| written.end > written.start);
        written.map_or(0, |written| written.end)
    }

    fn count(&mut self, written: &Written<'_>, depth: usize) -> Built<()> {
        let all = &mut *self.all;
        all.nodes += 1;
        if !self.inside.is_empty() {
            all.alias_nodes += 1;
            all.alias_bytes += match &written.event {
                Event::Scalar(text, ..) => text.len(),
                _ => 0,
            };
        }
        let place = self
            .inside
            .first()
            .map_or((written.start, written.start), |alias| alias.used);
        if depth >= DEPTH_MAX && !matches!(written.event, Event::Scalar(..) | Event::Alias(_)) {
            all.too_deep(place);
        } else if all.nodes > NODES_MAX {
            all.too_many(place);
        } else if all.alias_nodes > ALIAS_NODES_MAX || all.alias_bytes > ALIAS_BYTES_MAX {
            let message = "the aliases of this document repeat too much";
            let help = format!(
                "at most {ALIAS_NODES_MAX} values and {ALIAS_BYTES_MAX} bytes may come of aliases"
            );
            all.error("T0203", message, place, &help);
        } else {
            return Ok(());
        }
        Err(Stop)
    }

    fn scalar(&mut self, written: &Written<'_>) -> Value {
        let Event::Scalar(text, style, _, tag) = &written.event else {
            return Value::Null;
        };
        let place = (written.start, written.end);
        match scalar::meaning(text, *style, tag.as_deref()) {
            Meaning::Value(value) => value,
            Meaning::NotFinite => {
                let message = format!("the number {} cannot be used here", quoted(text));
                self.all
                    .error("T0205", message, place, "write a number that has digits");
                Value::Null
            }
            Meaning::Contradiction(kind) => {
                let message = format!("{} is not {kind}, though its tag says so", quoted(text));
                self.all.error(
                    "T0206",
                    message,
                    place,
                    "remove the tag or correct the value",
                );
                Value::Null
            }
        }
    }

    fn alias(&mut self, id: usize, written: &Written<'_>, depth: usize) -> Built<Node> {
        let Some(&(mut first)) = self.anchors.get(&id) else {
            return Err(Stop);
        };
        let used = (written.start, written.end);
        if self.inside.iter().any(|alias| alias.first == first) || self.holds(first, written) {
            let message = "an alias stands inside the value that it repeats";
            self.all
                .error("T0208", message, used, "an anchor cannot contain itself");
            let span = self.all.findings.span(used.0, used.1);
            return Ok(Node {
                value: Value::Null,
                span,
            });
        }
        self.inside.push(Alias { first, used });
        let node = self.node(&mut first, depth);
        self.inside.pop();
        node
    }

    /// Whether an alias is one of the events of the container that begins at `first`.
    fn holds(&self, first: usize, alias: &Written<'_>) -> bool {
        let mut open = 0_usize;
        for written in &self.events[first..] {
            match written.event {
                Event::SequenceStart(..) | Event::MappingStart(..) => open += 1,
                Event::SequenceEnd | Event::MappingEnd => open -= 1,
                _ => {}
            }
            if std::ptr::eq(written, alias) {
                return true;
            }
            if open == 0 {
                break;
            }
        }
        false
    }

    fn sequence(&mut self, at: &mut usize, depth: usize) -> Built<Vec<Node>> {
        let mut items = Vec::new();
        while !self.ends(at) {
            items.push(self.node(at, depth + 1)?);
        }
        Ok(items)
    }

    fn mapping(&mut self, at: &mut usize, depth: usize) -> Built<Vec<Entry>> {
        let mut mapping = Mapping::default();
        while !self.ends(at) {
            self.entry(at, depth, &mut mapping)?;
        }
        let Mapping {
            mut entries,
            merges,
            ..
        } = mapping;
        self.all.refuse_doubles(&mut entries);
        merge(&mut entries, merges);
        Ok(entries)
    }

    fn ends(&self, at: &mut usize) -> bool {
        let end = match self.events.get(*at) {
            Some(written) => matches!(written.event, Event::SequenceEnd | Event::MappingEnd),
            None => true,
        };
        *at += usize::from(end);
        end
    }

    fn entry(&mut self, at: &mut usize, depth: usize, mapping: &mut Mapping) -> Built<()> {
        let events = self.events;
        let Some(written) = events.get(*at) else {
            return Err(Stop);
        };
        let text = self.key_text(at, written, depth)?;
        let Some(text) = text else {
            return self.node(at, depth + 1).map(drop);
        };
        let key = Key {
            text,
            span: self.all.findings.span(written.start, written.end),
        };
        let mut node = self.node(at, depth + 1)?;
        if node.value == Value::Null && node.span.start == node.span.end {
            // Nothing was written: the library puts it where the next token is.
            node.span = self.all.findings.span(written.end, written.end);
        }
        if is_merge(&written.event) {
            if let Some(first) = mapping.merge_key.replace(key.span) {
                self.all.double("<<", first, key.span);
            }
            self.take_merge(node, mapping);
        } else {
            mapping.entries.push(Entry { key, node });
        }
        Ok(())
    }

    /// A key's text as it was written, whatever a value of that text would be.
    fn key_text(
        &mut self,
        at: &mut usize,
        written: &Written<'_>,
        depth: usize,
    ) -> Built<Option<String>> {
        let scalar = match &written.event {
            Event::Alias(id) => self.anchors.get(id).map(|first| &self.events[*first].event),
            event => Some(event),
        };
        if let Some(Event::Scalar(text, ..)) = scalar {
            if matches!(written.event, Event::Alias(_)) {
                self.all.alias_bytes += text.len();
            }
            self.count(written, depth)?;
            *at += 1;
            return Ok(Some(text.to_string()));
        }
        let place = (written.start, written.start);
        let help = "a key is a text, a number or a boolean";
        self.all
            .error("T0207", "a mapping or a list cannot be a key", place, help);
        self.node(at, depth + 1).map(|_| None)
    }

    fn take_merge(&mut self, node: Node, mapping: &mut Mapping) {
        let place = (node.span.start as usize, node.span.end as usize);
        let sources = match node.value {
            Value::Array(items) => items,
            value => vec![Node {
                value,
                span: node.span,
            }],
        };
        if sources.iter().any(|source| source.as_object().is_none()) {
            let help = "write `<<: *name`, where `&name` stands at a mapping";
            let message = "`<<` needs a mapping or a list of mappings";
            self.all.error("T0204", message, place, help);
        }
        mapping.merges.extend(sources);
    }
}
