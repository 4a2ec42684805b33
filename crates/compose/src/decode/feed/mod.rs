//! Feeds in: RSS, RDF, Atom and JSON Feed become one form, that of KrakenD's `rss` decoder.
//!
//! The keys of the feed are those of krakend-rss, the keys of its items those of gofeed 1.2: text
//! that is missing is left out of items and empty in the feed. Four deviations: keys of items are
//! sorted like all others, prefixes of extensions are taken as they are written, moments are always
//! in UTC, and markup inside of text is not rewritten.

mod atom;
mod date;
mod extension;
mod json;
mod person;
mod rss;

use bytes::Bytes;

use super::DecodeError;
use super::markup::{self, Content, Element, Entities};
use crate::{Json, Object};

/// What a feed says of itself, whatever its format.
#[derive(Debug, Default)]
struct Feed {
    kind: &'static str,
    title: String,
    description: String,
    language: String,
    copyright: String,
    published: String,
    updated: String,
    author: Option<Json>,
    categories: Vec<String>,
    image_url: Option<String>,
    items: Vec<Json>,
}

pub(super) fn decode(body: Bytes) -> Result<Object, DecodeError> {
    let unknown = || DecodeError::Feed("Failed to detect feed type".to_owned());
    let lead = |byte: &u8| matches!(byte, b' ' | b'\r' | b'\n' | b'\t' | 0xef | 0xbb | 0xbf);
    let start = body
        .iter()
        .position(|byte| !lead(byte))
        .ok_or_else(unknown)?;
    let body = body.slice(start..);
    if body[0] == b'{' {
        let parsed = super::parse(body).map_err(|_| unknown())?;
        return Ok(json::read(parsed.as_object().ok_or_else(unknown)?).into_object());
    }
    let root = markup::read(&body, Entities::Html).map_err(|error| match error {
        DecodeError::Empty => unknown(),
        DecodeError::Xml(reason) => DecodeError::Feed(reason),
        other => other,
    })?;
    match root.local_name().to_ascii_lowercase().as_str() {
        "rss" | "rdf" => Ok(rss::read(&root).into_object()),
        "feed" => Ok(atom::read(&root).into_object()),
        _ => Err(unknown()),
    }
}

impl Feed {
    fn into_object(self) -> Object {
        let categories = match self.categories.is_empty() {
            true => Json::Null,
            false => texts(self.categories),
        };
        let mut feed = Object::new();
        feed.insert("author", self.author.unwrap_or_default());
        feed.insert("categories", categories);
        feed.insert("copyright", self.copyright);
        feed.insert("custom", Json::Null);
        feed.insert("description", self.description);
        if let Some(url) = self.image_url {
            feed.insert("img_url", url);
        }
        feed.insert("items", self.items);
        feed.insert("language", self.language);
        feed.insert("published", self.published);
        feed.insert("title", self.title);
        feed.insert("type", self.kind);
        feed.insert("updated", self.updated);
        feed
    }
}

/// Sets `key` unless `text` is empty.
fn set_text(object: &mut Object, key: &'static str, text: impl Into<String>) {
    let text = text.into();
    if !text.is_empty() {
        object.insert(key, text);
    }
}

/// Sets `key` unless there is no text.
fn set_texts(object: &mut Object, key: &'static str, list: Vec<String>) {
    if !list.is_empty() {
        object.insert(key, texts(list));
    }
}

/// Sets a date as it was written and, under the second key, as a moment.
fn set_date(object: &mut Object, keys: (&'static str, &'static str), text: String) {
    if let Some(moment) = date::moment(&text) {
        object.insert(keys.1, moment);
    }
    set_text(object, keys.0, text);
}

fn texts(list: Vec<String>) -> Json {
    Json::Array(list.into_iter().map(Json::from).collect())
}

/// The first that is not empty.
fn first_of(texts: [String; 2]) -> String {
    let [first, second] = texts;
    if first.is_empty() { second } else { first }
}

/// The text of an element: white space around it is cut, but not inside of character data.
fn text(element: &Element) -> String {
    let mut text = String::new();
    let mut kept = 0;
    for content in &element.content {
        match content {
            Content::Text(run) if kept == 0 && text.is_empty() => text.push_str(run.trim_start()),
            Content::Text(run) => text.push_str(run),
            Content::Literal(run) => {
                text.push_str(run);
                kept = text.len();
            }
            Content::Element(inner) => text.push_str(&self::text(inner)),
        }
    }
    let end = kept.max(text.trim_end().len());
    text.truncate(end);
    text
}

#[cfg(test)]
mod tests;
