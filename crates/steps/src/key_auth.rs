//! Recognises who asks by a key (Kong 3, `kong/plugins/key-auth/handler.lua`).

mod form;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use haleway_blueprint::KeyAuth;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use self::form::Form;
use crate::arguments::{self, Found};
use crate::consumers::Credential;
use crate::recognition::{Recognition, header_name};
use crate::refusal::RefusalPlan;
use crate::{Answer, Consumers, Context, Passage};

/// A [`KeyAuth`], ready to run.
#[derive(Debug)]
pub(crate) struct KeyAuthPlan {
    names: Vec<Name>,
    in_header: bool,
    in_query: bool,
    body_bytes_max: Option<usize>,
    hide: bool,
    skip_options: bool,
    missing: RefusalPlan,
    several: RefusalPlan,
    unknown: RefusalPlan,
    recognition: Recognition,
    consumers: Arc<Consumers>,
}

/// A name that a key may stand under.
#[derive(Debug)]
struct Name {
    /// As it is in queries and bodies.
    text: Box<str>,
    header: HeaderName,
    /// With dashes for underscores: a header that counts where [`Self::header`] is not there.
    dashed: Option<HeaderName>,
}

/// What a request shows.
enum Shown<'a> {
    Nothing,
    Several,
    Key(&'a Name, Option<&'a Credential>),
    /// A key without a letter counts as none, but hides what stands behind it.
    Empty(&'a Name),
}

impl KeyAuthPlan {
    pub(crate) fn compile(step: &KeyAuth, context: &Context<'_>) -> Result<Self, String> {
        let names = step.names.iter().map(|name| Name::compile(name));
        let bytes_max = step.body_bytes_max;
        Ok(Self {
            names: names.collect::<Result<_, String>>()?,
            in_header: step.in_header,
            in_query: step.in_query,
            body_bytes_max: bytes_max.map(|max| usize::try_from(max).unwrap_or(usize::MAX)),
            hide: step.hide,
            skip_options: step.skip_options,
            missing: RefusalPlan::compile(&step.missing)?,
            several: RefusalPlan::compile(&step.several)?,
            unknown: RefusalPlan::compile(&step.unknown)?,
            recognition: Recognition::compile(&step.tells, step.anonymous.as_ref(), context)?,
            consumers: Arc::clone(context.consumers),
        })
    }

    /// The body is wanted where the key may be in it: it is nowhere before, or is to be hidden
    /// wherever it is.
    pub(crate) fn wants_body(&self, head: &Parts) -> Option<usize> {
        let bytes_max = self.body_bytes_max?;
        Form::of(&head.headers)?;
        let elsewhere = || matches!(self.shown(head, None), Shown::Key(..) | Shown::Several);
        (self.hide || !elsewhere()).then_some(bytes_max)
    }

    pub(crate) fn on_request(&self, passage: &mut Passage<'_>) -> Option<Answer> {
        let names = self.names.iter().map(|name| name.header.clone());
        passage.notes.secret_headers.extend(names);
        if self.skip_options && passage.head.method == Method::OPTIONS {
            return None;
        }
        if self.recognition.is_settled(passage.notes) {
            return None;
        }
        let refusal = match self.shown(passage.head, passage.body.as_deref()) {
            Shown::Nothing => &self.missing,
            Shown::Several => &self.several,
            Shown::Empty(name) => {
                self.hide(name, passage);
                &self.missing
            }
            Shown::Key(name, credential) => {
                self.hide(name, passage);
                match credential {
                    None => &self.unknown,
                    Some(credential) => {
                        self.recognition.recognise(passage, credential);
                        return None;
                    }
                }
            }
        };
        self.recognition.refuse(passage, refusal.answer())
    }

    fn shown(&self, head: &Parts, body: Option<&Bytes>) -> Shown<'_> {
        let form = self.body_bytes_max.and_then(|_| Form::of(&head.headers));
        for name in &self.names {
            let mut found = Found::Nothing;
            if self.in_header {
                found = name.in_headers(&head.headers);
            }
            if found == Found::Nothing && self.in_query {
                found = arguments::find(arguments::query(head), name.text.as_bytes());
            }
            if found == Found::Nothing
                && let Some((form, body)) = form.as_ref().zip(body)
            {
                found = form.find(body, &name.text);
            }
            match found {
                Found::Nothing | Found::Bare => {}
                Found::Several => return Shown::Several,
                Found::Text(key) if key.is_empty() => return Shown::Empty(name),
                Found::Text(key) => return Shown::Key(name, self.consumers.key(&key)),
            }
        }
        Shown::Nothing
    }

    /// Takes what stands under a name off the request, wherever it stands.
    fn hide(&self, name: &Name, passage: &mut Passage<'_>) {
        if !self.hide {
            return;
        }
        arguments::remove_from_query(passage.head, name.text.as_bytes());
        let headers = &mut passage.head.headers;
        headers.remove(&name.header);
        if let Some(dashed) = &name.dashed {
            headers.remove(dashed);
        }
        let form = self.body_bytes_max.and_then(|_| Form::of(headers));
        if let Some((form, body)) = form.zip(passage.body.as_deref_mut())
            && let Some(without) = form.without(body, &name.text)
        {
            if headers.contains_key(CONTENT_LENGTH) {
                headers.insert(CONTENT_LENGTH, HeaderValue::from(without.len()));
            }
            *body = Bytes::from(without);
        }
    }
}

impl Name {
    fn compile(name: &str) -> Result<Self, String> {
        let dashed = name.contains('_').then(|| name.replace('_', "-"));
        let dashed = dashed.map(|dashed| header_name(&dashed));
        Ok(Self {
            text: name.into(),
            header: header_name(name)?,
            dashed: dashed.transpose()?,
        })
    }

    fn in_headers<'a>(&self, headers: &'a HeaderMap) -> Found<'a> {
        let found = in_header(headers, &self.header);
        match &self.dashed {
            Some(dashed) if found == Found::Nothing => in_header(headers, dashed),
            _ => found,
        }
    }
}

fn in_header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Found<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Found::Nothing,
        (Some(value), None) => Found::Text(value.as_bytes().into()),
        (Some(_), Some(_)) => Found::Several,
    }
}

/// The media type of a body, as it is written.
fn content_type(headers: &HeaderMap) -> &[u8] {
    let value = headers.get(CONTENT_TYPE);
    value.map_or(&b""[..], HeaderValue::as_bytes)
}
