//! What the plugins share that find out who asks.

use haleway_blueprint::{Anonymous, ConsumerHeaders, Refusal};
use haleway_document::Diagnostic;

use super::{Build, Plugin};
use crate::code;
use crate::schema::Record;
use crate::version::Version;

/// What Kong says where it has no better words (`kong/plugins/*/handler.lua`).
const UNEXPECTED: &str = "An unexpected error occurred";

/// The headers in which upstreams are told who asks (`kong/constants.lua`).
pub(super) fn tells() -> ConsumerHeaders {
    ConsumerHeaders {
        id: "X-Consumer-ID".to_owned(),
        username: "X-Consumer-Username".to_owned(),
        custom_id: "X-Consumer-Custom-ID".to_owned(),
        credential: "X-Credential-Identifier".to_owned(),
        anonymous: "X-Anonymous-Consumer".to_owned(),
    }
}

/// The headers that are written, to the upstream and to the client.
pub(super) fn told_names(_: &Record) -> Vec<String> {
    let ConsumerHeaders {
        id,
        username,
        custom_id,
        credential,
        anonymous,
    } = tells();
    let challenge = "WWW-Authenticate".to_owned();
    vec![id, username, custom_id, credential, anonymous, challenge]
}

/// The consumer that `anonymous` names by id or username. One that is not there makes Kong answer
/// 500, which is said in a finding.
pub(super) fn anonymous(plugin: &Plugin<'_>, build: &Build<'_>) -> Option<Anonymous> {
    let text = plugin.config.text("anonymous")?;
    if let Some(id) = build.consumer(text) {
        return Some(Anonymous::Consumer(id.to_owned()));
    }
    let message = format!(
        "{}: `config.anonymous` names consumer {text}, which does not exist; requests without a \
         valid credential are answered with 500, as in Kong",
        plugin.place(build.store)
    );
    let place = plugin.config.place("anonymous");
    build.report(Diagnostic::warning(code::BAD_REFERENCE, message).at(place, ""));
    Some(Anonymous::Missing(Refusal::new(500, UNEXPECTED)))
}

/// The value of `WWW-Authenticate` for a scheme and what `realm` says; `None` where Kong sends none
/// yet. A document that has a realm is for a version that knows it.
pub(super) fn challenge(
    scheme: &str,
    plugin: &Plugin<'_>,
    build: &Build<'_>,
    since: Version,
) -> Option<String> {
    let written = plugin.config.span("realm").is_some();
    (written || build.version >= since).then(|| match plugin.config.text("realm") {
        Some(realm) => format!("{scheme} realm=\"{}\"", header_text(realm)),
        None => scheme.to_owned(),
    })
}

/// A text without what no header can hold.
pub(super) fn header_text(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
