//! JSON Feed 1.0 and 1.1.

use super::{Feed, first_of, person, set_date, set_text, set_texts};
use crate::{Json, Object};

pub(super) fn read(root: &Object) -> Feed {
    let items = list(root, "items");
    let first = items.first().and_then(Json::as_object);
    let of_first = |key| first.map(|item| text(item, key)).unwrap_or_default();
    Feed {
        kind: "json",
        title: text(root, "title"),
        description: text(root, "description"),
        language: text(root, "language"),
        published: of_first("date_published"),
        updated: of_first("date_modified"),
        author: author(root),
        image_url: Some(text(root, "icon")).filter(|url| !url.is_empty()),
        items: items.iter().filter_map(Json::as_object).map(item).collect(),
        ..Feed::default()
    }
}

fn text(object: &Object, key: &str) -> String {
    object
        .get(key)
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn list<'a>(object: &'a Object, key: &str) -> &'a [Json] {
    match object.get(key) {
        Some(Json::Array(items)) => items,
        _ => &[],
    }
}

fn author(object: &Object) -> Option<Json> {
    let author = object.get("author")?.as_object()?;
    Some(person::from_text(&text(author, "name")))
}

fn item(source: &Object) -> Json {
    let mut item = Object::new();
    set_text(&mut item, "guid", text(source, "id"));
    set_text(&mut item, "title", text(source, "title"));
    set_text(&mut item, "description", text(source, "summary"));
    let content = [text(source, "content_html"), text(source, "content_text")];
    set_text(&mut item, "content", first_of(content));
    set_text(&mut item, "link", text(source, "url"));
    let links = [text(source, "url"), text(source, "external_url")];
    let links = links.into_iter().filter(|link| !link.is_empty()).collect();
    set_texts(&mut item, "links", links);
    set_date(
        &mut item,
        ("published", "publishedParsed"),
        text(source, "date_published"),
    );
    set_date(
        &mut item,
        ("updated", "updatedParsed"),
        text(source, "date_modified"),
    );
    let image = first_of([text(source, "image"), text(source, "banner_image")]);
    if !image.is_empty() {
        item.insert(
            "image",
            [("url".into(), image.into())]
                .into_iter()
                .collect::<Object>(),
        );
    }
    let author = author(source);
    let named = list(source, "authors").iter().filter_map(Json::as_object);
    let mut authors: Vec<Json> = named
        .map(|author| person::from_text(&text(author, "name")))
        .collect();
    if authors.is_empty() {
        authors.extend(author.clone());
    }
    if !authors.is_empty() {
        item.insert("authors", authors);
    }
    if let Some(author) = author {
        item.insert("author", author);
    }
    let tags = list(source, "tags")
        .iter()
        .filter_map(Json::as_str)
        .map(str::to_owned)
        .collect();
    set_texts(&mut item, "categories", tags);
    let attached = list(source, "attachments")
        .iter()
        .filter_map(Json::as_object);
    let enclosures: Vec<Json> = attached.map(enclosure).collect();
    if !enclosures.is_empty() {
        item.insert("enclosures", enclosures);
    }
    item.into()
}

fn enclosure(attachment: &Object) -> Json {
    let mut enclosure = Object::new();
    set_text(&mut enclosure, "url", text(attachment, "url"));
    set_text(&mut enclosure, "type", text(attachment, "mime_type"));
    // gofeed puts the duration where the length in bytes belongs.
    let length = match attachment.get("duration_in_seconds") {
        Some(Json::Number(seconds)) => seconds.to_string(),
        _ => "0".to_owned(),
    };
    set_text(&mut enclosure, "length", length);
    enclosure.into()
}
