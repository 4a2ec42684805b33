//! Changes of a request on its way to the endpoint (Kong 3,
//! `kong/plugins/request-transformer/access.lua`): path, method, headers, body, query.

mod argument_list;
mod body;
mod fields;
mod headers;
mod multipart;
mod template;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use haleway_blueprint::{FieldEdits, RequestEdit, RequestTemplatePart, RequestValue};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};

use self::argument_list::ArgumentList;
use self::body::BodyKind;
use self::headers::HeaderPlan;
use self::template::Sources;
use crate::{Answer, Passage, arguments};

/// What is escaped in a path that a template made: all but the reserved and unreserved characters
/// of RFC 3986, `%`, and what would end the path (Kong's `kong/tools/uri.lua`).
const PATH_ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A [`RequestEdit`], ready to run.
#[derive(Debug)]
pub(crate) struct RequestEditPlan {
    edit: Box<RequestEdit>,
    headers: HeaderPlan,
    method: Option<Method>,
    /// The parameters of a form join the query.
    form_joins_query: bool,
    /// Templates ask for headers, which this step may change meanwhile.
    keeps_headers: bool,
}

impl RequestEditPlan {
    pub(crate) fn compile(step: &RequestEdit) -> Result<Self, String> {
        let method = step.method.as_deref().map(|method| {
            let parsed = Method::from_bytes(method.as_bytes());
            parsed.map_err(|_| format!("{method:?} is no method"))
        });
        let method = method.transpose()?;
        let asks_headers = |edits: &FieldEdits| edits.templates().any(asks_headers);
        Ok(Self {
            headers: HeaderPlan::compile(&step.headers)?,
            form_joins_query: [Method::GET, Method::HEAD, Method::TRACE]
                .iter()
                .any(|known| method.as_ref() == Some(known)),
            method,
            keeps_headers: asks_headers(&step.headers)
                || asks_headers(&step.body)
                || asks_headers(&step.query),
            edit: Box::new(step.clone()),
        })
    }

    pub(crate) fn wants_body(&self) -> Option<usize> {
        let wanted = self.form_joins_query || !self.edit.body.is_empty();
        wanted.then_some(self.edit.body_bytes_max)
    }

    pub(crate) fn on_request(&self, passage: &mut Passage<'_>) -> Option<Answer> {
        let kept: Option<HeaderMap> = self.keeps_headers.then(|| passage.head.headers.clone());
        let original_query = passage.head.uri.query().unwrap_or_default().to_owned();
        if let Some(refused) = self.edit_path(passage, &original_query) {
            return Some(refused);
        }
        self.edit_method(passage);
        let nothing = HeaderMap::new();
        let sources = Sources {
            headers: kept.as_ref().unwrap_or(&nothing),
            query: original_query.as_bytes(),
            captures: passage.facts.captures,
        };
        let host = self.headers.apply(&mut passage.head.headers, &sources);
        if host.is_some() {
            passage.notes.upstream.host = host;
        }
        self.edit_body(passage, &sources);
        self.edit_query(passage.head, &sources);
        None
    }

    /// Puts another path in place. A template that gives no path is a fault of the configuration.
    fn edit_path(&self, passage: &mut Passage<'_>, query: &str) -> Option<Answer> {
        let template = self.edit.path.as_ref()?;
        let sources = Sources {
            headers: &passage.head.headers,
            query: query.as_bytes(),
            captures: passage.facts.captures,
        };
        let path = sources.render(template);
        if path.is_empty() {
            return None;
        }
        if path.first() != Some(&b'/') {
            let message = "An unexpected error occurred";
            return Some(Answer::message(StatusCode::INTERNAL_SERVER_ERROR, message));
        }
        let escaped = percent_encode(&path, PATH_ESCAPED).to_string();
        let path = match escaped.split_once('?') {
            Some((path, query)) => {
                set_query(passage.head, query);
                path.to_owned()
            }
            None => escaped,
        };
        passage.notes.upstream.path = Some(path);
        None
    }

    fn edit_method(&self, passage: &mut Passage<'_>) {
        let Some(method) = &self.method else {
            return;
        };
        passage.head.method = method.clone();
        let form = passage.body.as_deref().filter(|body| !body.is_empty());
        if let Some(form) = form
            && self.form_joins_query
            && BodyKind::of(&passage.head.headers) == Some(BodyKind::Form)
        {
            let mut list = ArgumentList::parse(arguments::query(passage.head));
            list.join(ArgumentList::parse(form));
            set_query(passage.head, &list.sorted());
        }
    }

    fn edit_body(&self, passage: &mut Passage<'_>, sources: &Sources<'_>) {
        let Passage { head, body, .. } = passage;
        let edits = &self.edit.body;
        let (Some(body), Some(kind)) = (body, BodyKind::of(&head.headers)) else {
            return;
        };
        if edits.is_empty() {
            return;
        }
        let content_type = head.headers.get(CONTENT_TYPE);
        let content_type = content_type.map_or(&b""[..], HeaderValue::as_bytes);
        let Some(changed) = kind.edited(body, content_type, edits, sources) else {
            return;
        };
        head.headers.remove(TRANSFER_ENCODING);
        head.headers
            .insert(CONTENT_LENGTH, HeaderValue::from(changed.len()));
        **body = Bytes::from(changed);
    }

    fn edit_query(&self, head: &mut Parts, sources: &Sources<'_>) {
        let edits = &self.edit.query;
        if edits.is_empty() {
            return;
        }
        let mut list = ArgumentList::parse(arguments::query(head));
        fields::edit(&mut list, edits, sources, true);
        set_query(head, &list.sorted());
    }
}

fn asks_headers(template: &haleway_blueprint::RequestTemplate) -> bool {
    template.parts.iter().any(|part| match part {
        RequestTemplatePart::Text(_) => false,
        RequestTemplatePart::FirstOf(values) => values
            .iter()
            .any(|value| matches!(value, RequestValue::Header(_))),
    })
}

/// Puts another query in place; an empty one goes with its `?`.
fn set_query(head: &mut Parts, query: &str) {
    let path = head.uri.path();
    let target = match query.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{query}"),
    };
    let Ok(target) = PathAndQuery::try_from(target) else {
        return;
    };
    let mut parts = head.uri.clone().into_parts();
    parts.path_and_query = Some(target);
    if let Ok(uri) = Uri::from_parts(parts) {
        head.uri = uri;
    }
}
