//! Extensions of feeds: elements of other namespaces.

use std::collections::BTreeMap;

use super::super::markup::Element;
use crate::{Json, Object, Text};

/// The extensions of a feed or an item: by prefix, then by name, in order.
#[derive(Debug, Default)]
pub(super) struct Extensions<'a>(BTreeMap<&'a str, BTreeMap<&'a str, Vec<&'a Element>>>);

/// Names of Dublin Core.
const DUBLIN_CORE: [&str; 16] = [
    "title",
    "creator",
    "author",
    "subject",
    "description",
    "publisher",
    "contributor",
    "date",
    "type",
    "format",
    "identifier",
    "source",
    "language",
    "relation",
    "coverage",
    "rights",
];

/// Names of what iTunes says of an item.
const ITUNES_ITEM: [&str; 12] = [
    "author",
    "block",
    "duration",
    "explicit",
    "keywords",
    "subtitle",
    "summary",
    "isClosedCaptioned",
    "episode",
    "season",
    "order",
    "episodeType",
];

/// Whether `element` is no part of the feed's own format.
pub(super) fn is_extension(element: &Element) -> bool {
    !matches!(element.prefix(), "" | "rss" | "rdf" | "content")
}

impl<'a> Extensions<'a> {
    pub(super) fn of(parent: &'a Element) -> Self {
        let mut extensions = Self::default();
        for element in parent.elements().filter(|element| is_extension(element)) {
            let names = extensions.0.entry(element.prefix()).or_default();
            names.entry(element.local_name()).or_default().push(element);
        }
        extensions
    }

    /// The elements with this name.
    pub(super) fn all(&self, prefix: &str, name: &str) -> &[&'a Element] {
        self.0
            .get(prefix)
            .and_then(|names| names.get(name))
            .map_or(&[], Vec::as_slice)
    }

    /// The text of the first element with this name; empty when there is none.
    pub(super) fn text(&self, prefix: &str, name: &str) -> String {
        self.all(prefix, name)
            .first()
            .map(|element| own_text(element))
            .unwrap_or_default()
    }

    /// The texts of all elements with this name.
    pub(super) fn texts(&self, prefix: &str, name: &str) -> Vec<String> {
        self.all(prefix, name)
            .iter()
            .map(|element| own_text(element))
            .collect()
    }

    /// The address of the picture that iTunes names.
    pub(super) fn itunes_image(&self) -> Option<String> {
        let url = self.all("itunes", "image").first()?.attribute("href");
        (!url.is_empty()).then(|| url.to_owned())
    }

    /// Puts `extensions`, `dcExt` and `itunesExt` into an item.
    pub(super) fn describe(&self, item: &mut Object) {
        if self.0.is_empty() {
            return;
        }
        if self.0.contains_key("dc") {
            item.insert("dcExt", self.dublin_core());
        }
        if self.0.contains_key("itunes") {
            item.insert("itunesExt", self.itunes());
        }
        let by_name = |names: &BTreeMap<&str, Vec<&Element>>| grouped(names);
        let entries = self
            .0
            .iter()
            .map(|(prefix, names)| (owned(prefix), by_name(names)));
        item.insert("extensions", entries.collect::<Object>());
    }

    fn dublin_core(&self) -> Object {
        let mut core = Object::new();
        for name in DUBLIN_CORE {
            super::set_texts(&mut core, name, self.texts("dc", name));
        }
        core
    }

    fn itunes(&self) -> Object {
        let mut itunes = Object::new();
        for name in ITUNES_ITEM {
            super::set_text(&mut itunes, name, self.text("itunes", name));
        }
        super::set_text(
            &mut itunes,
            "image",
            self.itunes_image().unwrap_or_default(),
        );
        itunes
    }
}

fn grouped(names: &BTreeMap<&str, Vec<&Element>>) -> Json {
    let list = |elements: &Vec<&Element>| {
        Json::Array(elements.iter().map(|element| whole(element)).collect())
    };
    let entries = names
        .iter()
        .map(|(name, elements)| (owned(name), list(elements)));
    Json::Object(entries.collect())
}

/// An extension with everything in it.
fn whole(element: &Element) -> Json {
    let mut children: BTreeMap<&str, Vec<&Element>> = BTreeMap::new();
    for child in element.elements() {
        children.entry(child.local_name()).or_default().push(child);
    }
    let attributes = element.attributes.iter();
    let attributes = attributes
        .map(|(name, value)| (owned(super::markup::local(name)), Json::from(value.clone())));
    let mut extension = Object::new();
    extension.insert("attrs", attributes.collect::<Object>());
    extension.insert("children", grouped(&children));
    extension.insert("name", element.local_name().to_owned());
    extension.insert("value", own_text(element));
    Json::Object(extension)
}

/// The text directly inside, without that of the elements inside.
fn own_text(element: &Element) -> String {
    use super::super::markup::Content;
    let runs = element.content.iter().map(|content| match content {
        Content::Text(run) | Content::Literal(run) => run.as_str(),
        Content::Element(_) => "",
    });
    runs.collect::<String>().trim().to_owned()
}

fn owned(text: &str) -> Text {
    Text::from(text.to_owned())
}
