//! RSS 0.9x, 1.0 (RDF) and 2.0.

use super::super::markup::Element;
use super::extension::{Extensions, is_extension};
use super::{Feed, first_of, person, set_date, set_text, set_texts, text};
use crate::{Json, Object};

/// Elements of an item that gofeed knows and this form has no place for.
const WITHOUT_PLACE: [&str; 2] = ["comments", "source"];

pub(super) fn read(root: &Element) -> Feed {
    let mut feed = Feed {
        kind: "rss",
        ..Feed::default()
    };
    for element in own(root) {
        match lower(element).as_str() {
            "channel" => channel(element, &mut feed),
            "image" => feed.image_url = Some(image_url(element)),
            _ => {}
        }
    }
    feed.items.extend(
        own(root)
            .filter(|element| lower(element) == "item")
            .map(item),
    );
    feed
}

/// The elements that belong to RSS itself.
fn own(parent: &Element) -> impl Iterator<Item = &Element> {
    parent.elements().filter(|element| !is_extension(element))
}

fn lower(element: &Element) -> String {
    element.local_name().to_ascii_lowercase()
}

fn channel(channel: &Element, feed: &mut Feed) {
    let (mut editor, mut master) = (String::new(), String::new());
    for element in own(channel) {
        match lower(element).as_str() {
            "title" => feed.title = text(element),
            "description" => feed.description = text(element),
            "language" => feed.language = text(element),
            "copyright" => feed.copyright = text(element),
            "pubdate" => feed.published = text(element),
            "lastbuilddate" => feed.updated = text(element),
            "managingeditor" => editor = text(element),
            "webmaster" => master = text(element),
            "category" => feed.categories.push(text(element)),
            "image" => feed.image_url = Some(image_url(element)),
            "item" => feed.items.push(item(element)),
            _ => {}
        }
    }
    let extensions = Extensions::of(channel);
    let dublin = |name| extensions.text("dc", name);
    let or_dublin = |text: &mut String, name| {
        *text = first_of([std::mem::take(text), dublin(name)]);
    };
    or_dublin(&mut feed.title, "title");
    or_dublin(&mut feed.updated, "date");
    or_dublin(&mut feed.language, "language");
    or_dublin(&mut feed.copyright, "rights");
    feed.author = author(first_of([editor, master]), &extensions);
    feed.image_url = feed.image_url.take().or_else(|| extensions.itunes_image());
    feed.categories.extend(keywords(&extensions));
    for category in extensions.all("itunes", "category") {
        feed.categories.push(category.attribute("text").to_owned());
        let inner = category
            .elements()
            .find(|inner| inner.local_name() == "category");
        feed.categories
            .extend(inner.map(|inner| inner.attribute("text").to_owned()));
    }
    feed.categories.extend(extensions.texts("dc", "subject"));
}

fn keywords(extensions: &Extensions<'_>) -> Vec<String> {
    match extensions.text("itunes", "keywords").as_str() {
        "" => Vec::new(),
        keywords => keywords.split(',').map(str::to_owned).collect(),
    }
}

/// The author that RSS names, or the first that an extension names.
fn author(named: String, extensions: &Extensions<'_>) -> Option<Json> {
    let others = [("dc", "author"), ("dc", "creator"), ("itunes", "author")];
    let others = others.map(|(prefix, name)| extensions.text(prefix, name));
    let found = [named]
        .into_iter()
        .chain(others)
        .find(|name| !name.is_empty())?;
    Some(person::from_text(&found))
}

fn image_url(image: &Element) -> String {
    let url = image
        .elements()
        .filter(|element| lower(element) == "url")
        .last();
    url.map(text).unwrap_or_default()
}

fn link(element: &Element) -> String {
    first_of([text(element), element.attribute("href").to_owned()])
}

fn item(element: &Element) -> Json {
    let mut item = Object::new();
    let (mut published, mut named) = (String::new(), String::new());
    let (mut title, mut description) = (String::new(), String::new());
    let (mut links, mut categories, mut enclosures) = (Vec::new(), Vec::new(), Vec::new());
    let mut custom = Object::new();
    for part in own(element) {
        match lower(part).as_str() {
            "title" => title = text(part),
            "description" => description = text(part),
            "encoded" if part.prefix() == "content" => set_text(&mut item, "content", text(part)),
            "encoded" => {}
            "link" => links.push(link(part)),
            "author" => named = text(part),
            "pubdate" => published = text(part),
            "guid" => set_text(&mut item, "guid", text(part)),
            "category" => categories.push(text(part)),
            "enclosure" => enclosures.push(enclosure(part)),
            known if WITHOUT_PLACE.contains(&known) => {}
            _ => {
                custom.insert(part.local_name().to_owned(), text(part));
            }
        }
    }
    let extensions = Extensions::of(element);
    let dublin = |name| extensions.text("dc", name);
    set_text(&mut item, "title", first_of([title, dublin("title")]));
    set_text(
        &mut item,
        "description",
        first_of([description, dublin("description")]),
    );
    set_text(&mut item, "link", links.last().cloned().unwrap_or_default());
    set_texts(&mut item, "links", links);
    set_date(
        &mut item,
        ("published", "publishedParsed"),
        first_of([published, dublin("date")]),
    );
    if let Some(author) = author(named, &extensions) {
        item.insert("authors", vec![author.clone()]);
        item.insert("author", author);
    }
    if let Some(url) = extensions.itunes_image() {
        item.insert(
            "image",
            [("url".into(), url.into())].into_iter().collect::<Object>(),
        );
    }
    categories.extend(keywords(&extensions));
    categories.extend(extensions.texts("dc", "subject"));
    set_texts(&mut item, "categories", categories);
    if !enclosures.is_empty() {
        item.insert("enclosures", enclosures);
    }
    if !custom.is_empty() {
        item.insert("custom", custom);
    }
    extensions.describe(&mut item);
    item.into()
}

fn enclosure(element: &Element) -> Json {
    let mut enclosure = Object::new();
    for name in ["url", "length", "type"] {
        set_text(&mut enclosure, name, element.attribute(name));
    }
    enclosure.into()
}
