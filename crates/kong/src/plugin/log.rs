//! What the plugins share that log requests (`kong.log.serialize` in `kong/pdk/log.lua`).

use haleway_blueprint::{JsonText, LogForm};
use serde_json::Value as Json;

use super::{Build, Plugin};
use crate::schema::{Check, Field};
use crate::version::Version;

/// The protocols that such plugins may be set for; they stand in streams, too.
pub(super) const LOGGED: &[&str] = &[
    "grpc",
    "grpcs",
    "http",
    "https",
    "tcp",
    "tls",
    "tls_passthrough",
    "udp",
    "ws",
    "wss",
];

/// The id of the workspace that every entity of a declarative file is in.
pub(crate) const WORKSPACE: &str = "0dc6f45b-8f8d-40d2-a504-473544ee190b";

/// Its name.
pub(super) const WORKSPACE_NAME: &str = "default";

/// From this version on entries name their source.
const SOURCE: Version = Version(3, 6, 0);

/// From this version on entries tell the time for receiving apart, and name the workspace.
const RECEIVE: Version = Version(3, 7, 0);

/// Fields of entries that are set by code.
pub(super) const CUSTOM_FIELDS: Field = Field::map("custom_fields_by_lua", &PATH, &CODE)
    .doc("fields of entries that are set by Lua code; only `return` with a constant can be used, and `return nil` takes a field away");

static PATH: Field = Field::string("").checks(&[Check::LenMin(1)]);
static CODE: Field = Field::string("").checks(&[Check::LenMin(1), Check::Text(code)]);

/// What entries tell.
pub(super) fn form(plugin: &Plugin<'_>, build: &Build<'_>) -> LogForm {
    let custom = plugin.config.entries("custom_fields_by_lua").iter();
    let custom = custom.filter_map(|(path, code)| {
        let value = constant(code.as_text()?)?;
        Some((path.clone(), value))
    });
    let version = build.version;
    let names = ("upstream".to_owned(), "kong".to_owned());
    let workspace = (WORKSPACE.to_owned(), WORKSPACE_NAME.to_owned());
    LogForm {
        request_id: version.has_request_id(),
        source: (version >= SOURCE).then_some(names),
        receive: version >= RECEIVE,
        workspace: (version >= RECEIVE).then_some(workspace),
        fields: custom.collect(),
    }
}

fn code(text: &str) -> Result<(), String> {
    match constant(text) {
        Some(_) => Ok(()),
        None => Err(
            "is Lua that cannot run here: `return` with nil, true, false, a number or a text can be used"
                .to_owned(),
        ),
    }
}

/// The constant that code returns: JSON, or nothing for `nil`.
fn constant(code: &str) -> Option<Option<JsonText>> {
    let value = code.trim().strip_prefix("return")?;
    if !value.starts_with([' ', '\t', '\n', '"', '\'']) {
        return None;
    }
    let value = value.trim().trim_end_matches(';').trim_end();
    let json = match value {
        "nil" => return Some(None),
        "true" => Json::Bool(true),
        "false" => Json::Bool(false),
        _ => match quoted(value) {
            Some(text) => Json::from(text),
            None => serde_json::from_str::<serde_json::Number>(value)
                .ok()?
                .into(),
        },
    };
    JsonText::new(json.to_string()).ok().map(Some)
}

/// A text in quotes, without escapes.
fn quoted(value: &str) -> Option<&str> {
    let mark = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = value[1..].strip_suffix(mark)?;
    (!inner.contains(['\\', mark])).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_read_and_code_is_not() {
        let json = |text: &str| Some(Some(JsonText::new(text).unwrap()));
        for (code, expected) in [
            ("return nil", Some(None)),
            ("  return  'a b' ; ", json("\"a b\"")),
            ("return\"x\"", json("\"x\"")),
            ("return -1.5", json("-1.5")),
            ("return true", json("true")),
            ("return kong.request.get_header('x')", None),
            ("return 'a' .. 'b'", None),
            ("return 'a\\n'", None),
            ("return", None),
            ("returnnil", None),
            ("local x = 1", None),
        ] {
            assert_eq!(constant(code), expected, "{code}");
        }
    }
}
