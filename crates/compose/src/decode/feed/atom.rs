//! Atom 0.3 and 1.0.

use super::super::markup::Element;
use super::extension::{Extensions, is_extension};
use super::{Feed, first_of, person, set_date, set_text, set_texts, text};
use crate::{Json, Object};

pub(super) fn read(root: &Element) -> Feed {
    let mut feed = Feed {
        kind: "atom",
        ..Feed::default()
    };
    feed.language = root.attribute("lang").to_owned();
    for element in own(root) {
        match lower(element).as_str() {
            "title" => feed.title = text(element),
            "subtitle" | "tagline" => feed.description = text(element),
            "rights" | "copyright" => feed.copyright = text(element),
            "updated" | "modified" => feed.updated = text(element),
            "logo" => feed.image_url = Some(text(element)).filter(|url| !url.is_empty()),
            "category" => feed.categories.push(element.attribute("term").to_owned()),
            "author" if feed.author.is_none() => feed.author = Some(author(element)),
            "entry" => feed.items.push(entry(element)),
            _ => {}
        }
    }
    feed
}

/// The elements that belong to Atom itself, with or without a prefix for it.
fn own(parent: &Element) -> impl Iterator<Item = &Element> {
    parent
        .elements()
        .filter(|element| !is_extension(element) || element.prefix() == "atom")
}

fn lower(element: &Element) -> String {
    element.local_name().to_ascii_lowercase()
}

fn author(element: &Element) -> Json {
    let part = |name| {
        let part = element.elements().filter(|part| lower(part) == name).last();
        part.map(text).unwrap_or_default()
    };
    person::person(&part("name"), &part("email"))
}

fn entry(element: &Element) -> Json {
    let mut item = Object::new();
    let (mut published, mut updated) = (String::new(), String::new());
    let (mut authors, mut categories, mut links) = (Vec::new(), Vec::new(), Vec::new());
    for part in own(element) {
        match lower(part).as_str() {
            "title" => set_text(&mut item, "title", text(part)),
            "summary" => set_text(&mut item, "description", text(part)),
            "content" => set_text(&mut item, "content", text(part)),
            "id" => set_text(&mut item, "guid", text(part)),
            "published" | "issued" => published = text(part),
            "updated" | "modified" => updated = text(part),
            "author" => authors.push(author(part)),
            "category" => categories.push(part.attribute("term").to_owned()),
            "link" => links.push(part),
            _ => {}
        }
    }
    set_date(&mut item, ("updated", "updatedParsed"), updated.clone());
    set_date(
        &mut item,
        ("published", "publishedParsed"),
        first_of([published, updated]),
    );
    set_texts(&mut item, "categories", categories);
    set_links(&mut item, &links);
    if let Some(first) = authors.first() {
        item.insert("author", first.clone());
        item.insert("authors", authors);
    }
    let extensions = Extensions::of(element);
    extensions.describe(&mut item);
    // Only RSS gets these two.
    item.remove("dcExt");
    item.remove("itunesExt");
    item.into()
}

fn set_links(item: &mut Object, links: &[&Element]) {
    let relation = |link: &Element| match link.attribute("rel") {
        "" => "alternate".to_owned(),
        relation => relation.to_owned(),
    };
    let target = |link: &&&Element| link.attribute("href").to_owned();
    let main = links.iter().find(|link| relation(link) == "alternate");
    set_text(item, "link", main.as_ref().map(target).unwrap_or_default());
    let listed = links
        .iter()
        .filter(|link| matches!(relation(link).as_str(), "alternate" | "self"));
    set_texts(item, "links", listed.map(|link| target(&link)).collect());
    let enclosed = links.iter().filter(|link| relation(link) == "enclosure");
    let enclosures: Vec<Json> = enclosed.map(|link| enclosure(link)).collect();
    if !enclosures.is_empty() {
        item.insert("enclosures", enclosures);
    }
}

fn enclosure(link: &Element) -> Json {
    let mut enclosure = Object::new();
    for (key, name) in [("url", "href"), ("length", "length"), ("type", "type")] {
        set_text(&mut enclosure, key, link.attribute(name));
    }
    enclosure.into()
}
