//! What the steps share that find out who asks.

use std::sync::Arc;

use haleway_blueprint::{Anonymous, ConsumerHeaders};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::consumers::Credential;
use crate::refusal::RefusalPlan;
use crate::{Answer, Context, Known, Notes, Passage};

/// How a step notes and tells who asks.
#[derive(Debug)]
pub(crate) struct Recognition {
    tells: Names,
    anonymous: Option<AnonymousPlan>,
}

#[derive(Debug)]
enum AnonymousPlan {
    Consumer(Arc<Known>),
    Missing(RefusalPlan),
}

#[derive(Debug)]
struct Names {
    id: HeaderName,
    username: HeaderName,
    custom_id: HeaderName,
    credential: HeaderName,
    anonymous: HeaderName,
}

impl Recognition {
    pub(crate) fn compile(
        tells: &ConsumerHeaders,
        anonymous: Option<&Anonymous>,
        context: &Context<'_>,
    ) -> Result<Self, String> {
        let anonymous = match anonymous {
            None => None,
            Some(Anonymous::Missing(refusal)) => {
                Some(AnonymousPlan::Missing(RefusalPlan::compile(refusal)?))
            }
            Some(Anonymous::Consumer(id)) => {
                let known = context.consumers.by_id(id);
                let known = known.ok_or_else(|| format!("there is no consumer {id}"))?;
                Some(AnonymousPlan::Consumer(Arc::clone(known)))
            }
        };
        Ok(Self {
            tells: Names::compile(tells)?,
            anonymous,
        })
    }

    /// Whether an earlier step has seen a credential, and one is enough.
    pub(crate) fn is_settled(&self, notes: &Notes) -> bool {
        self.anonymous.is_some() && notes.credential.is_some()
    }

    /// Notes and tells who asks.
    pub(crate) fn recognise(&self, passage: &mut Passage<'_>, credential: &Credential) {
        let headers = &mut passage.head.headers;
        self.tells.tell(headers, &credential.known);
        set(headers, &self.tells.credential, credential.told.as_ref());
        headers.remove(&self.tells.anonymous);
        passage.notes.consumer = Some(Arc::clone(&credential.known));
        passage.notes.credential = Some(Arc::clone(&credential.id));
    }

    /// Nobody is recognised: the request counts as an anonymous consumer's, or is refused.
    pub(crate) fn refuse(&self, passage: &mut Passage<'_>, refusal: Answer) -> Option<Answer> {
        let known = match &self.anonymous {
            None => return Some(refusal),
            Some(AnonymousPlan::Missing(refusal)) => return Some(refusal.answer()),
            Some(AnonymousPlan::Consumer(known)) => known,
        };
        let headers = &mut passage.head.headers;
        self.tells.tell(headers, known);
        headers.remove(&self.tells.credential);
        let yes = HeaderValue::from_static("true");
        headers.insert(self.tells.anonymous.clone(), yes);
        passage.notes.consumer = Some(Arc::clone(known));
        passage.notes.credential = None;
        None
    }
}

impl Names {
    fn compile(tells: &ConsumerHeaders) -> Result<Self, String> {
        Ok(Self {
            id: header_name(&tells.id)?,
            username: header_name(&tells.username)?,
            custom_id: header_name(&tells.custom_id)?,
            credential: header_name(&tells.credential)?,
            anonymous: header_name(&tells.anonymous)?,
        })
    }

    fn tell(&self, headers: &mut HeaderMap, known: &Known) {
        set(headers, &self.id, known.told.id.as_ref());
        set(headers, &self.username, known.told.username.as_ref());
        set(headers, &self.custom_id, known.told.custom_id.as_ref());
    }
}

fn set(headers: &mut HeaderMap, name: &HeaderName, value: Option<&HeaderValue>) {
    match value {
        Some(value) => headers.insert(name.clone(), value.clone()),
        None => headers.remove(name),
    };
}

/// The name of a header.
///
/// # Errors
/// It is none.
pub(crate) fn header_name(text: &str) -> Result<HeaderName, String> {
    HeaderName::from_bytes(text.as_bytes())
        .map_err(|_| format!("{text:?} is not the name of a header"))
}
