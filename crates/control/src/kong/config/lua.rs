//! Values as Kong writes them into messages: as tables of Lua (Penlight's `pretty.write` without
//! spaces).

use serde_json::Value as Json;

/// A value as Lua would write it.
pub(super) fn shown(value: &Json) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

fn write(out: &mut String, value: &Json) {
    match value {
        Json::Object(fields) => {
            let entries = fields.iter().map(|(name, value)| (key(name), value));
            table(out, entries);
        }
        Json::Array(items) => {
            // A hole ends the list; what follows names its place.
            let whole = items.iter().take_while(|item| !item.is_null()).count();
            let entries = items.iter().enumerate().filter(|(_, item)| !item.is_null());
            table(
                out,
                entries.map(|(at, item)| {
                    let key = (at >= whole).then(|| format!("[{}]=", at + 1));
                    (key.unwrap_or_default(), item)
                }),
            );
        }
        Json::String(text) => quote(out, text),
        Json::Null => out.push_str("nil"),
        other => out.push_str(&other.to_string()),
    }
}

fn table<'a>(out: &mut String, entries: impl Iterator<Item = (String, &'a Json)>) {
    out.push('{');
    for (at, (key, value)) in entries.enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&key);
        write(out, value);
    }
    out.push('}');
}

fn key(name: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if starts && name.chars().all(is_word) {
        return format!("{name}=");
    }
    let mut out = String::from("[");
    quote(&mut out, name);
    out.push_str("]=");
    out
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::shown;

    #[test]
    fn tables_are_lists_until_a_hole() {
        let value =
            json!({"services": [{"host": "required field missing", "port": "no \"port\""}]});
        let expected = r#"{services={{host="required field missing",port="no \"port\""}}}"#;
        assert_eq!(shown(&value), expected);
        let value = json!({"routes": ["a", null, {"@entity": ["b"]}], "n": 1});
        assert_eq!(
            shown(&value),
            r#"{n=1,routes={"a",[3]={["@entity"]={"b"}}}}"#
        );
        assert_eq!(shown(&json!({})), "{}");
    }
}
