//! `security/bot-detector`: refuses requests by their `User-Agent` (krakend-botdetector 2).

use haleway_blueprint::UserAgentFilter;
use haleway_document::{Diagnostic, Node, Severity};
use regex::RegexBuilder;

use crate::code;
use crate::context::Context;
use crate::key::{Key, idle, key};
use crate::reader::{Reader, Spanned, Strictness};

/// Its keys.
pub(crate) static KEYS: &[Key] = &[
    key("allow").older(&["allowlist", "whitelist"]),
    key("deny").older(&["denylist", "blacklist"]),
    key("patterns"),
    Key {
        older: &["cacheSize"],
        ..idle("cache_size", Severity::Note, "matching needs no cache here")
    },
    key("empty_user_agent_is_bot"),
];

/// Bytes that one compiled pattern may take.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// The step of a service or endpoint that asks for it.
pub(crate) fn read(context: &Context<'_>, node: &Node, place: &str) -> Option<UserAgentFilter> {
    let reader = Reader::new(context, node, KEYS, place, Strictness::Ignores)?;
    let texts = |key| reader.values(key);
    let patterns = reader.texts("patterns");
    patterns
        .iter()
        .for_each(|pattern| check(context, &reader, pattern));
    let filter = UserAgentFilter {
        allow: texts("allow"),
        deny: texts("deny"),
        patterns: patterns.into_iter().map(|it| it.value).collect(),
        refuse_empty: reader.flag("empty_user_agent_is_bot"),
        status: 403,
        origin: context.origin(node.span),
    };
    reader.finish();
    Some(filter)
}

fn check(context: &Context<'_>, reader: &Reader<'_>, pattern: &Spanned<String>) {
    let Err(error) = RegexBuilder::new(&pattern.value)
        .size_limit(PATTERN_BYTES_MAX)
        .build()
    else {
        return;
    };
    let reason = error.to_string();
    let reason = reason
        .lines()
        .last()
        .unwrap_or_default()
        .trim_start_matches("error: ");
    let message = reader.says(&format!(
        "`{}` is no regular expression: {reason}",
        pattern.value
    ));
    let finding = Diagnostic::error(code::BAD_PATTERN, message)
        .at(pattern.span, "does not compile")
        .help("KrakenD would serve without the bot detector; mend the expression");
    context.report(finding);
}
