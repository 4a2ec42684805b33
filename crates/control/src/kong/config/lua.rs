//! Values as Kong writes them into messages: as tables of Lua (Penlight's `pretty.write`).

use serde_json::Value as Json;

/// A value as Lua would write it, without blanks.
pub(in crate::kong) fn shown(value: &Json) -> String {
    let mut writer = Writer {
        out: String::new(),
        depth: None,
    };
    writer.write(value);
    writer.out
}

/// A value as Lua would write it, a line for each field.
pub(in crate::kong) fn pretty(value: &Json) -> String {
    let mut writer = Writer {
        out: String::new(),
        depth: Some(0),
    };
    writer.write(value);
    writer.out
}

struct Writer {
    out: String,
    /// How deep it is, where lines are broken.
    depth: Option<usize>,
}

impl Writer {
    fn write(&mut self, value: &Json) {
        match value {
            Json::Object(fields) => {
                let entries = fields.iter().map(|(name, value)| (Some(key(name)), value));
                self.table(entries);
            }
            Json::Array(items) => {
                // A hole ends the list; what follows names its place.
                let whole = items.iter().take_while(|item| !item.is_null()).count();
                let entries = items.iter().enumerate().filter(|(_, item)| !item.is_null());
                self.table(entries.map(|(at, item)| {
                    let key = (at >= whole).then(|| format!("[{}]", at + 1));
                    (key, item)
                }));
            }
            Json::String(text) => quote(&mut self.out, text),
            Json::Null => self.out.push_str("nil"),
            other => self.out.push_str(&other.to_string()),
        }
    }

    fn table<'a>(&mut self, entries: impl Iterator<Item = (Option<String>, &'a Json)>) {
        self.out.push('{');
        self.depth = self.depth.map(|depth| depth + 1);
        for (at, (key, value)) in entries.enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            self.line();
            if let Some(key) = key {
                self.out.push_str(&key);
                let is = if self.depth.is_some() { " = " } else { "=" };
                self.out.push_str(is);
            }
            self.write(value);
        }
        self.depth = self.depth.map(|depth| depth - 1);
        self.line();
        self.out.push('}');
    }

    fn line(&mut self) {
        if let Some(depth) = self.depth {
            self.out.push('\n');
            self.out.push_str(&"  ".repeat(depth));
        }
    }
}

fn key(name: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if starts && name.chars().all(is_word) {
        return name.to_owned();
    }
    let mut out = String::from("[");
    quote(&mut out, name);
    out.push(']');
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

    use super::{pretty, shown};

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
        let value = json!({"a": {"b-c": ["x", "y"]}});
        let expected = "{\n  a = {\n    [\"b-c\"] = {\n      \"x\",\n      \"y\"\n    }\n  }\n}";
        assert_eq!(pretty(&value), expected);
    }
}
