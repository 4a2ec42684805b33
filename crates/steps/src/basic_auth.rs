//! Recognises who asks by name and password (Kong 3, `kong/plugins/basic-auth/access.lua`).

#[cfg(test)]
mod tests;

use std::sync::Arc;

use haleway_blueprint::BasicAuth;
use http::HeaderName;
use http::header::{AUTHORIZATION, PROXY_AUTHORIZATION};

use crate::consumers::{Credential, Password};
use crate::recognition::Recognition;
use crate::refusal::RefusalPlan;
use crate::{Answer, Consumers, Context, Passage, base64, scheme};

/// Headers that may hold the two, in the order in which they are tried.
const HEADERS: [HeaderName; 2] = [PROXY_AUTHORIZATION, AUTHORIZATION];

/// A [`BasicAuth`], ready to run.
#[derive(Debug)]
pub(crate) struct BasicAuthPlan {
    hide: bool,
    missing: RefusalPlan,
    wrong: RefusalPlan,
    recognition: Recognition,
    consumers: Arc<Consumers>,
}

impl BasicAuthPlan {
    pub(crate) fn compile(step: &BasicAuth, context: &Context<'_>) -> Result<Self, String> {
        Ok(Self {
            hide: step.hide,
            missing: RefusalPlan::compile(&step.missing)?,
            wrong: RefusalPlan::compile(&step.wrong)?,
            recognition: Recognition::compile(&step.tells, step.anonymous.as_ref(), context)?,
            consumers: Arc::clone(context.consumers),
        })
    }

    pub(crate) fn on_request(&self, passage: &mut Passage<'_>) -> Option<Answer> {
        passage.notes.secret_headers.extend(HEADERS);
        if self.recognition.is_settled(passage.notes) {
            return None;
        }
        let headers = &passage.head.headers;
        if !HEADERS.iter().any(|name| headers.contains_key(name)) {
            let refusal = self.missing.answer();
            return self.recognition.refuse(passage, refusal);
        }
        match self.credential(passage) {
            Some(credential) => {
                self.recognition.recognise(passage, credential);
                None
            }
            None => self.recognition.refuse(passage, self.wrong.answer()),
        }
    }

    /// The first header with a name that is known decides; those behind it are not looked at, and
    /// not taken off.
    fn credential(&self, passage: &mut Passage<'_>) -> Option<&Credential> {
        let headers = &mut passage.head.headers;
        HEADERS
            .iter()
            .find_map(|header| {
                let shown = headers
                    .get(header)
                    .and_then(|value| shown(value.as_bytes()));
                if self.hide {
                    headers.remove(header);
                }
                let shown = shown?;
                let known = self.consumers.password(&shown.username)?;
                Some((known, shown.password))
            })
            .and_then(|(known, password): (&Password, Vec<u8>)| {
                known.is(&password).then_some(&known.credential)
            })
    }
}

/// What a header shows.
struct Shown {
    username: Vec<u8>,
    password: Vec<u8>,
}

/// Reads a header as Kong does: the name may not be empty, so colons before it are skipped, and the
/// password ends with its line.
fn shown(header: &[u8]) -> Option<Shown> {
    let decoded = base64::decode(scheme::behind(header, b"basic", 0)?)?;
    let start = decoded.iter().position(|byte| *byte != b':')?;
    let decoded = &decoded[start..];
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let password = &decoded[colon + 1..];
    let end = password.iter().position(|byte| *byte == b'\n');
    Some(Shown {
        username: decoded[..colon].to_vec(),
        password: password[..end.unwrap_or(password.len())].to_vec(),
    })
}
