//! Changes of an answer on its way to the client (Kong 3.9,
//! `kong/plugins/response-transformer/header_transformer.lua` and `body_transformer.lua`).

#[cfg(test)]
mod tests;

use bytes::Bytes;
use haleway_blueprint::{AnswerEdit, HeaderEdits, JsonEdits, JsonText};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, response};

use crate::json_object::JsonObject;
use crate::plan::{header_name, header_value};

/// An [`AnswerEdit`], ready to run.
#[derive(Debug)]
pub(crate) struct AnswerEditPlan {
    headers: HeaderPlan,
    json: JsonEdits,
    body_bytes_max: usize,
}

#[derive(Debug)]
struct HeaderPlan {
    remove: Vec<HeaderName>,
    rename: Vec<(HeaderName, HeaderName)>,
    replace: Vec<(HeaderName, HeaderValue)>,
    add: Vec<(HeaderName, HeaderValue)>,
    append: Vec<(HeaderName, HeaderValue)>,
    /// It matters what was there before.
    looks_back: bool,
}

impl AnswerEditPlan {
    pub(crate) fn compile(step: &AnswerEdit) -> Result<Self, String> {
        Ok(Self {
            headers: HeaderPlan::compile(&step.headers)?,
            json: step.json.clone(),
            body_bytes_max: step.body_bytes_max,
        })
    }

    pub(crate) fn on_answer(&self, answer: &mut response::Parts) {
        self.headers.apply(&mut answer.headers);
    }

    pub(crate) fn wants_answer_body(&self, answer: &response::Parts) -> Option<usize> {
        let wanted = !self.json.is_empty() && is_json(&answer.headers);
        wanted.then_some(self.body_bytes_max)
    }

    pub(crate) fn on_answer_body(&self, body: Bytes) -> Bytes {
        match JsonObject::parse(&body) {
            Some(mut object) => {
                edit(&mut object, &self.json);
                object.written().into()
            }
            None => body,
        }
    }
}

impl HeaderPlan {
    fn compile(edits: &HeaderEdits) -> Result<Self, String> {
        let remove = edits.remove.iter().map(|name| header_name(name));
        let rename = edits.rename.iter();
        let rename = rename.map(|(from, to)| Ok((header_name(from)?, header_name(to)?)));
        let looks_back =
            !(edits.rename.is_empty() && edits.replace.is_empty() && edits.add.is_empty());
        Ok(Self {
            remove: remove.collect::<Result<_, String>>()?,
            rename: rename.collect::<Result<_, String>>()?,
            replace: valued(&edits.replace)?,
            add: valued(&edits.add)?,
            append: valued(&edits.append)?,
            looks_back,
        })
    }

    fn apply(&self, headers: &mut HeaderMap) {
        let before = self.looks_back.then(|| headers.clone());
        let before = before.unwrap_or_default();
        for name in &self.remove {
            headers.remove(name);
        }
        for (from, to) in &self.rename {
            if before.contains_key(from) {
                headers.remove(to);
                for value in before.get_all(from) {
                    headers.append(to, value.clone());
                }
                headers.remove(from);
            }
        }
        for (name, value) in &self.replace {
            if before.contains_key(name) {
                headers.insert(name, value.clone());
            }
        }
        for (name, value) in &self.add {
            if !before.contains_key(name) {
                headers.insert(name, value.clone());
            }
        }
        for (name, value) in &self.append {
            headers.append(name, value.clone());
        }
    }
}

fn valued(edits: &[(String, String)]) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let edits = edits.iter();
    edits
        .map(|(name, value)| Ok((header_name(name)?, header_value(value)?)))
        .collect()
}

fn edit(object: &mut JsonObject, edits: &JsonEdits) {
    for name in &edits.remove {
        object.remove(name);
    }
    for (from, to) in &edits.rename {
        object.rename(from, to);
    }
    let json = |value: &JsonText| value.as_str().to_owned();
    for (name, value) in &edits.replace {
        if object.is_true(name) {
            object.set(name, json(value));
        }
    }
    for (name, value) in &edits.add {
        if !object.is_true(name) {
            object.set(name, json(value));
        }
    }
    for (name, value) in &edits.append {
        object.append(name, json(value));
    }
}

/// Whether a body is `application/json`.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let mut types = value.unwrap_or_default().split(|byte| *byte == b',');
    types.any(|media| {
        let essence = media.split(|byte| *byte == b';').next();
        let essence = essence.unwrap_or_default().trim_ascii();
        essence.eq_ignore_ascii_case(b"application/json")
    })
}
