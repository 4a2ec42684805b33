//! Changes of the headers of a request.

use haleway_blueprint::{FieldEdits, RequestTemplate};
use http::header::HOST;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::template::Sources;
use crate::plan::header_name;

/// Changes of headers, their names read.
#[derive(Debug, Default)]
pub(super) struct HeaderPlan {
    remove: Vec<HeaderName>,
    rename: Vec<(HeaderName, RequestTemplate)>,
    replace: Valued,
    add: Valued,
    append: Valued,
}

type Valued = Vec<(HeaderName, RequestTemplate)>;

impl HeaderPlan {
    pub(super) fn compile(edits: &FieldEdits) -> Result<Self, String> {
        let remove = edits.remove.iter().map(|name| header_name(name));
        let rename = edits.rename.iter().map(|(from, to)| {
            let from = header_name(from)?;
            Ok((from, to.clone()))
        });
        Ok(Self {
            remove: remove.collect::<Result<_, String>>()?,
            rename: rename.collect::<Result<_, String>>()?,
            replace: valued(&edits.replace)?,
            add: valued(&edits.add)?,
            append: valued(&edits.append)?,
        })
    }

    /// Applies them. The `Host` that the endpoint gets, where it is replaced.
    pub(super) fn apply(
        &self,
        headers: &mut HeaderMap,
        sources: &Sources<'_>,
    ) -> Option<HeaderValue> {
        for name in &self.remove {
            if *name != HOST {
                headers.remove(name);
            }
        }
        for (from, to) in &self.rename {
            let to = HeaderName::from_bytes(&sources.render(to));
            if let Ok(to) = to
                && *from != to
                && *from != HOST
            {
                rename(headers, from, &to);
            }
        }
        let mut host = None;
        for (name, value) in &self.replace {
            let value = || HeaderValue::from_bytes(&sources.render(value)).ok();
            if *name == HOST {
                host = value().or(host);
            } else if headers.contains_key(name)
                && let Some(value) = value()
            {
                headers.insert(name, value);
            }
        }
        for (name, value) in &self.add {
            if *name != HOST && !headers.contains_key(name) {
                append(headers, name, value, sources);
            }
        }
        for (name, value) in &self.append {
            if *name != HOST {
                append(headers, name, value, sources);
            }
        }
        host
    }
}

fn valued(edits: &[(String, Option<RequestTemplate>)]) -> Result<Valued, String> {
    // Without a value there is nothing to set.
    let edits = edits.iter().filter_map(|(name, value)| {
        let value = value.clone()?;
        Some(header_name(name).map(|name| (name, value)))
    });
    edits.collect()
}

fn rename(headers: &mut HeaderMap, from: &HeaderName, to: &HeaderName) {
    let values: Vec<HeaderValue> = headers.get_all(from).iter().cloned().collect();
    if values.is_empty() {
        return;
    }
    headers.remove(from);
    headers.remove(to);
    for value in values {
        headers.append(to, value);
    }
}

/// Puts a value behind those that are there. What cannot stand in a header is left out.
fn append(
    headers: &mut HeaderMap,
    name: &HeaderName,
    value: &RequestTemplate,
    sources: &Sources<'_>,
) {
    if let Ok(value) = HeaderValue::from_bytes(&sources.render(value)) {
        headers.append(name, value);
    }
}
