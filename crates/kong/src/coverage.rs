//! The tables of what is covered, from the tables that the decoders read by.

use std::fmt::Write as _;

use crate::entity::{self, KINDS};
use crate::plugin::{ABSENT, Absence, REGISTRY};
use crate::schema::{Field, Kind, State};
use crate::setting::{Effect, TABLE};

/// What is covered, as tables in Markdown: entities, plugins, settings.
#[must_use]
pub fn coverage() -> String {
    let mut out = String::from("### Entities\n\n");
    for kind in KINDS {
        let kind = entity::kind(kind.name, true).unwrap_or(kind);
        let _ = writeln!(out, "`{}`: {}.\n", kind.name, kind.doc);
        fields_table(&mut out, kind.fields);
        out.push('\n');
    }
    out.push_str("### Plugins\n\n");
    plugins(&mut out);
    out.push_str("\n### Settings\n\n");
    settings(&mut out);
    out
}

fn fields_table(out: &mut String, fields: &[Field]) {
    out.push_str("| field | type | default | state | note |\n|---|---|---|---|---|\n");
    rows(out, "", fields);
}

fn rows(out: &mut String, prefix: &str, fields: &[Field]) {
    for field in fields {
        let name = format!("{prefix}{}", field.name);
        let default = field.default.filter(|text| *text != "{}").unwrap_or("");
        let note = match (field.moved_to, field.state.note()) {
            (Some(newer), _) => format!("an older name of `{newer}`"),
            (None, "") => field.doc.to_owned(),
            (None, note) => note.to_owned(),
        };
        let required = if field.required && field.default.is_none() {
            ", required"
        } else {
            ""
        };
        let shown = if default.is_empty() {
            String::new()
        } else {
            format!("`{default}`")
        };
        let _ = writeln!(
            out,
            "| `{name}` | {}{required} | {shown} | {} | {note} |",
            type_word(&field.kind),
            state_word(field.state),
        );
        if let Kind::Record(inner) = field.kind {
            rows(out, &format!("{name}."), inner);
        }
        if let Kind::Array(element) | Kind::Set(element) = field.kind
            && let Kind::Record(inner) = element.kind
        {
            rows(out, &format!("{name}[]."), inner);
        }
    }
}

fn plugins(out: &mut String) {
    for kind in REGISTRY {
        let _ = writeln!(
            out,
            "`{}` (priority {}): {}.\n",
            kind.name, kind.priority, kind.doc
        );
        fields_table(out, kind.fields);
        out.push('\n');
    }
    let absent = |why: Absence| -> String {
        let names = ABSENT.iter().filter(|(name, absence)| {
            *absence == why && !REGISTRY.iter().any(|kind| kind.name == *name)
        });
        let names: Vec<String> = names.map(|(name, _)| format!("`{name}`")).collect();
        names.join(", ")
    };
    let _ = writeln!(out, "Not built yet: {}.\n", absent(Absence::NotBuilt));
    let _ = writeln!(
        out,
        "They run Lua, which cannot run here: {}.",
        absent(Absence::Lua)
    );
}

fn settings(out: &mut String) {
    out.push_str("| setting | default | state | note |\n|---|---|---|---|\n");
    for row in TABLE {
        let (state, note) = match row.effect {
            Effect::Works => ("supported", ""),
            Effect::None(_, why) => ("ignored", why),
            Effect::Directive => (
                "ignored",
                "directives of nginx; each is told with what is missed",
            ),
        };
        let default = match row.default {
            "" => String::new(),
            text => format!("`{text}`"),
        };
        let _ = writeln!(out, "| `{}` | {default} | {state} | {note} |", row.name);
    }
}

fn state_word(state: State) -> &'static str {
    state.word()
}

fn type_word(kind: &Kind) -> String {
    match kind {
        Kind::String => "string".to_owned(),
        Kind::Integer => "integer".to_owned(),
        Kind::Number => "number".to_owned(),
        Kind::Boolean => "boolean".to_owned(),
        Kind::Set(element) => format!("set of {}", type_word(&element.kind)),
        Kind::Array(element) => format!("array of {}", type_word(&element.kind)),
        Kind::Map(_, values) => format!("map to {}", type_word(&values.kind)),
        Kind::Record(_) => "record".to_owned(),
        Kind::Foreign(to) => format!("reference to `{to}`"),
        Kind::Any => "any".to_owned(),
    }
}
