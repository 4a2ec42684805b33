//! Markup: a body of XML as a tree of elements, for the decodings that make objects of it.
//!
//! Reading begins at the first element and ends where that one closes; what stands around it is not
//! looked at. Comments, declarations and instructions vanish. A run of text ends wherever anything
//! but text or a character reference stands, as in Go's decoder. Error texts are Go's where the
//! mistake is a common one.

use std::borrow::Cow;

use encoding_rs::Encoding;
use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::escape::{resolve_html5_entity, unescape};
use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::DecodeError;
use crate::limits::XML_DEPTH_MAX;

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Name with its prefix.
    pub(super) name: String,
    /// Names with their prefixes, and values.
    pub(super) attributes: Vec<(String, String)>,
    /// What is inside, in order.
    pub(super) content: Vec<Content>,
}

/// What is inside an element.
#[derive(Debug)]
pub(super) enum Content {
    Element(Element),
    /// A run of text, references resolved.
    Text(String),
    /// A section of character data, as it came.
    Literal(String),
}

/// What to do about references to entities that XML does not define.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entities {
    /// They are mistakes.
    Xml,
    /// Those of HTML are resolved, others stand as they are.
    Html,
}

impl Element {
    /// The elements inside.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.content.iter().filter_map(|content| match content {
            Content::Element(element) => Some(element),
            _ => None,
        })
    }

    /// The value of the attribute with this name, whatever its prefix; empty when there is none.
    pub(super) fn attribute(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|(key, _)| local(key) == name);
        found.map_or("", |(_, value)| value)
    }

    /// The prefix of the name; empty when there is none.
    pub(super) fn prefix(&self) -> &str {
        self.name[..self.name.len() - self.local_name().len()].trim_end_matches(':')
    }

    /// The name without its prefix.
    pub(super) fn local_name(&self) -> &str {
        local(&self.name)
    }
}

/// A name without its prefix. Go takes a colon at either end for a part of the name.
pub(super) fn local(name: &str) -> &str {
    match name.split_once(':') {
        Some((prefix, local)) if !prefix.is_empty() && !local.is_empty() => local,
        _ => name,
    }
}

/// Reads the first element of `body`.
///
/// # Errors
/// [`DecodeError::Empty`] when there is no element, [`DecodeError::Xml`] when it is broken.
pub(super) fn read(body: &[u8], entities: Entities) -> Result<Element, DecodeError> {
    let text = as_text(body)?;
    let mut reader = Reader::from_str(&text);
    let mut open: Vec<Element> = Vec::new();
    let mut run = String::new();
    loop {
        let event = reader.read_event();
        let fail = |reason: String| Err(syntax(&text, reader.buffer_position(), &reason));
        let event = match event {
            Ok(event) => event,
            Err(error) => return fail(broken(&error)),
        };
        match &event {
            Event::Text(part) => run.push_str(&part.xml10_content()),
            Event::GeneralRef(name) => match (resolve(name), entities) {
                (Some(char), _) => run.push(char),
                (None, Entities::Html) => push_html_entity(name, &mut run),
                (None, Entities::Xml) => {
                    return fail(format!("invalid character entity &{};", &**name));
                }
            },
            other => {
                end_run(&mut run, open.last_mut());
                if let (Event::CData(part), Some(element)) = (other, open.last_mut()) {
                    element
                        .content
                        .push(Content::Literal(part.xml10_content().into_owned()));
                }
            }
        }
        let closed = match event {
            Event::Start(_) if open.len() == XML_DEPTH_MAX => {
                return fail("nested too deep".into());
            }
            Event::Start(tag) => {
                open.push(start(&tag).or_else(fail)?);
                continue;
            }
            Event::Empty(tag) => start(&tag).or_else(fail)?,
            Event::End(_) => open.pop().unwrap_or_default(),
            Event::Eof if open.is_empty() => return Err(DecodeError::Empty),
            Event::Eof => return fail("unexpected EOF".into()),
            _ => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.content.push(Content::Element(closed)),
            None => return Ok(closed),
        }
    }
}

fn end_run(run: &mut String, element: Option<&mut Element>) {
    if !run.is_empty()
        && let Some(element) = element
    {
        element.content.push(Content::Text(std::mem::take(run)));
    }
    run.clear();
}

fn start(tag: &BytesStart<'_>) -> Result<Element, String> {
    let mut element = Element {
        name: tag.name().as_ref().to_owned(),
        ..Element::default()
    };
    let first = element.name.chars().next();
    if element.name.matches(':').count() > 1 {
        return Err("expected element name after <".to_owned());
    }
    if !first.is_some_and(|char| char.is_alphabetic() || matches!(char, '_' | ':')) {
        return Err(match first {
            Some(char) if char.is_ascii_digit() => format!("invalid XML name: {}", element.name),
            _ => "expected element name after <".to_owned(),
        });
    }
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| match error {
            AttrError::ExpectedEq(_) => "attribute name without = in element".to_owned(),
            _ => "unquoted or missing attribute value in element".to_owned(),
        })?;
        if attribute.value.contains('<') {
            return Err("unescaped < inside quoted string".to_owned());
        }
        let value = unescape(&attribute.value)
            .map_err(|_| "invalid character entity in attribute value".to_owned())?;
        element
            .attributes
            .push((attribute.key.as_ref().to_owned(), lines(&value)));
    }
    Ok(element)
}

/// Ends every line with a bare line feed.
fn lines(text: &str) -> String {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text.to_owned()
    }
}

fn resolve(reference: &BytesRef<'_>) -> Option<char> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten();
    }
    Some(match &**reference {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

fn push_html_entity(reference: &BytesRef<'_>, run: &mut String) {
    match resolve_html5_entity(reference) {
        Some(text) => run.push_str(text),
        None => {
            run.push('&');
            run.push_str(reference);
            run.push(';');
        }
    }
}

fn broken(error: &Error) -> String {
    match error {
        Error::Syntax(_) => "unexpected EOF".to_owned(),
        Error::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
            format!("element <{expected}> closed by </{found}>")
        }
        Error::IllFormed(IllFormedError::UnmatchedEndTag(name)) => {
            format!("unexpected end element </{name}>")
        }
        Error::IllFormed(IllFormedError::UnclosedReference) => {
            "invalid character entity & (no semicolon)".to_owned()
        }
        other => other.to_string(),
    }
}

fn syntax(text: &str, position: u64, reason: &str) -> DecodeError {
    let end = usize::try_from(position)
        .unwrap_or(usize::MAX)
        .min(text.len());
    let line = 1 + text.as_bytes()[..end]
        .iter()
        .filter(|&&byte| byte == b'\n')
        .count();
    DecodeError::Xml(format!("XML syntax error on line {line}: {reason}"))
}

/// The body as UTF-8, converted when its declaration names another encoding.
fn as_text(body: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if let Some(label) = declared_encoding(body)
        && !label.eq_ignore_ascii_case("utf-8")
    {
        let Some(encoding) = Encoding::for_label(label.as_bytes()) else {
            let reason = format!("xml: opening charset {label:?}: unsupported charset: {label:?}");
            return Err(DecodeError::Xml(reason));
        };
        return Ok(encoding.decode_without_bom_handling(body).0);
    }
    match std::str::from_utf8(body) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) => Err(syntax("", 0, "invalid UTF-8")),
    }
}

/// The `encoding` of an XML declaration at the very beginning.
fn declared_encoding(body: &[u8]) -> Option<&str> {
    /// A declaration is a line; further on nothing is looked for.
    const DECLARATION_BYTES_MAX: usize = 256;
    let head = body.strip_prefix(b"<?xml")?;
    let head = &head[..head.len().min(DECLARATION_BYTES_MAX)];
    let end = head.windows(2).position(|pair| pair == b"?>")?;
    let declaration = std::str::from_utf8(&head[..end]).ok()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value
        .chars()
        .next()
        .filter(|&char| char == '"' || char == '\'')?;
    value[1..].split_once(quote).map(|(label, _)| label)
}
