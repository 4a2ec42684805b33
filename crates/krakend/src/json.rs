//! JSON as Go's encoder writes a decoded document: compact, keys sorted, numbers as `float64`, and
//! `<`, `>`, `&` escaped.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use haleway_document::{Node, Value};

/// Nesting that is followed.
pub(crate) const DEPTH_MAX: usize = 128;

/// The text of a value; `None` where it is nested deeper than [`DEPTH_MAX`].
pub(crate) fn text(node: &Node) -> Option<String> {
    let mut out = String::new();
    write(node, DEPTH_MAX, &mut out)?;
    Some(out)
}

fn write(node: &Node, depth: usize, out: &mut String) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(text) => out.push_str(&number(text)),
        Value::String(text) => string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, depth, out)?;
            }
            out.push(']');
        }
        Value::Object(entries) => {
            let sorted: BTreeMap<&str, &Node> = entries
                .iter()
                .map(|entry| (entry.key.text.as_str(), &entry.node))
                .collect();
            out.push('{');
            for (index, (key, node)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                string(key, out);
                out.push(':');
                write(node, depth, out)?;
            }
            out.push('}');
        }
    }
    Some(())
}

/// A number as Go prints the `float64` that it decoded it to; what is none becomes 0.
fn number(text: &str) -> String {
    let value: f64 = text
        .parse()
        .ok()
        .filter(|value: &f64| value.is_finite())
        .unwrap_or(0.0);
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let shown = format!("{value:e}");
        return match shown.split_once('e') {
            Some((digits, exponent)) if exponent.starts_with('-') => format!("{digits}e{exponent}"),
            Some((digits, exponent)) => format!("{digits}e+{exponent}"),
            None => shown,
        };
    }
    format!("{value}")
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::{DEPTH_MAX, number, text};
    use haleway_document::{Entry, Key, Node, Span, Value};

    fn node(value: Value) -> Node {
        Node {
            value,
            span: Span::default(),
        }
    }

    #[test]
    fn numbers_are_written_as_go_writes_floats() {
        for (written, shown) in [
            ("42", "42"),
            ("1.0", "1"),
            ("1e3", "1000"),
            ("-0", "-0"),
            ("0.1", "0.1"),
            ("1e21", "1e+21"),
            ("0.0000001", "1e-7"),
            ("9007199254740993", "9007199254740992"),
            ("1e999", "0"),
        ] {
            assert_eq!(number(written), shown, "{written}");
        }
    }

    #[test]
    fn keys_are_sorted_and_html_is_escaped() {
        let entry = |key: &str, value| Entry {
            key: Key {
                text: key.to_owned(),
                span: Span::default(),
            },
            node: node(value),
        };
        let object = node(Value::Object(vec![
            entry("b", Value::String("<a & \"b\">\u{1}".into())),
            entry(
                "a",
                Value::Array(vec![node(Value::Null), node(Value::Bool(true))]),
            ),
        ]));
        let expected = r#"{"a":[null,true],"b":"\u003ca \u0026 \"b\"\u003e\u0001"}"#;
        assert_eq!(text(&object).as_deref(), Some(expected));
    }

    #[test]
    fn depth_is_bounded() {
        let mut deep = node(Value::Null);
        for _ in 0..DEPTH_MAX {
            deep = node(Value::Array(vec![deep]));
        }
        assert_eq!(text(&deep), None);
    }
}
