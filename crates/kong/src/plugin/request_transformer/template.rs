//! Texts with `$(...)`: of Kong's Lua expressions those that look a value up, with `or` between.

use haleway_blueprint::{RequestTemplate, RequestTemplatePart, RequestValue};

/// Reads a text with `$(...)`.
///
/// # Errors
/// An expression that is none of those that are known, or one that does not end.
pub(super) fn parse(text: &str) -> Result<RequestTemplate, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, inner)) = rest.split_once("$(") {
        if !before.is_empty() {
            parts.push(RequestTemplatePart::Text(before.to_owned()));
        }
        // Without an end, Kong takes it as text.
        let Some(end) = end(inner) else {
            parts.push(RequestTemplatePart::Text(rest[before.len()..].to_owned()));
            return Ok(RequestTemplate { parts });
        };
        let expression = &inner[..end];
        let values = values(expression).ok_or_else(|| refusal(expression))?;
        parts.push(RequestTemplatePart::FirstOf(values));
        rest = &inner[end + 1..];
    }
    if !rest.is_empty() {
        parts.push(RequestTemplatePart::Text(rest.to_owned()));
    }
    Ok(RequestTemplate { parts })
}

fn refusal(expression: &str) -> String {
    format!(
        "'$({expression})' is Lua that cannot run here: $(headers.NAME), $(query_params.NAME), $(uri_captures.NAME), $(shared.NAME) and texts can be used, with `or` between them"
    )
}

/// Where the parenthesis that was opened before is closed.
fn end(inner: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => return Some(at),
            b')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The values of an expression; those that are always nothing are left out.
fn values(expression: &str) -> Option<Vec<RequestValue>> {
    let mut values = Vec::new();
    let mut rest = expression;
    loop {
        let (value, after) = term(rest.trim_start())?;
        values.extend(value);
        rest = after.trim_start();
        if rest.is_empty() {
            return Some(values);
        }
        let next = rest.strip_prefix("or")?;
        if !next.starts_with([' ', '\t', '"', '\'']) {
            return None;
        }
        rest = next;
    }
}

/// A value and what stands behind it; no value is `nil`.
fn term(text: &str) -> Option<(Option<RequestValue>, &str)> {
    if let Some((quoted, rest)) = quoted(text) {
        return Some((Some(RequestValue::Text(quoted.to_owned())), rest));
    }
    let (word, rest) = word(text);
    let number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    match word {
        "nil" | "false" => Some((None, rest)),
        _ if number => Some((Some(RequestValue::Text(word.to_owned())), rest)),
        "headers" => member(rest).map(|(name, rest)| {
            // Names are looked up as nginx's Lua module does.
            let name = name.to_ascii_lowercase().replace('_', "-");
            (Some(RequestValue::Header(name)), rest)
        }),
        "query_params" => {
            let (name, rest) = member(rest)?;
            Some((Some(RequestValue::Query(name.to_owned())), rest))
        }
        "uri_captures" => {
            let (name, rest) = member(rest)?;
            Some((Some(RequestValue::Capture(name.to_owned())), rest))
        }
        // Only plugins of the user's could have put something there.
        "shared" => {
            let (_, mut rest) = member(rest)?;
            while let Some((_, after)) = member(rest) {
                rest = after;
            }
            Some((None, rest))
        }
        _ => None,
    }
}

/// `.name`, `["name"]`, `['name']` or `[1]`.
fn member(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix('.') {
        let (name, rest) = word(rest);
        let begins_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        return begins_well.then_some((name, rest));
    }
    let inner = text.strip_prefix('[')?.trim_start();
    let (name, rest) = match quoted(inner) {
        Some(quoted) => quoted,
        None => {
            let (digits, rest) = word(inner);
            let number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            number.then_some((digits, rest))?
        }
    };
    Some((name, rest.trim_start().strip_prefix(']')?))
}

/// A text in quotes, without escapes.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let mark = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (inner, rest) = text[1..].split_once(mark)?;
    (!inner.contains('\\')).then_some((inner, rest))
}

fn word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    text.split_at(end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let template = match parse(text) {
            Ok(template) => template,
            Err(_) => return "refused".to_owned(),
        };
        let part = |part: &RequestTemplatePart| match part {
            RequestTemplatePart::Text(text) => text.clone(),
            RequestTemplatePart::FirstOf(values) => {
                let value = |value: &RequestValue| match value {
                    RequestValue::Header(name) => format!("h:{name}"),
                    RequestValue::Query(name) => format!("q:{name}"),
                    RequestValue::Capture(name) => format!("c:{name}"),
                    RequestValue::Text(text) => format!("t:{text}"),
                };
                let values: Vec<String> = values.iter().map(value).collect();
                format!("<{}>", values.join("|"))
            }
        };
        template.parts.iter().map(part).collect()
    }

    #[test]
    fn values_are_looked_up_and_other_code_is_refused() {
        for (text, expected) in [
            ("plain", "plain"),
            ("", ""),
            (
                "$(headers.X_Key)-$(headers[\"x-two\"])",
                "<h:x-key>-<h:x-two>",
            ),
            (
                "/u/$(uri_captures['user-id'])/$(uri_captures[1])",
                "/u/<c:user-id>/<c:1>",
            ),
            (
                "$( query_params.q or headers.h or 'none' )",
                "<q:q|h:h|t:none>",
            ),
            ("$(query_params.q or\"x\")", "<q:q|t:x>"),
            ("$(shared.a.b or \"x\")$(nil)$(7)", "<t:x><><t:7>"),
            ("$5 and $(", "$5 and $("),
            ("a)$(headers.b", "a)$(headers.b"),
            ("$(os.time())", "refused"),
            ("$((function() return 1 end)())", "refused"),
            ("$(headers.a .. 'b')", "refused"),
            ("$(headers)", "refused"),
            ("$(headers.a and 'b')", "refused"),
            ("$('a\\'b')", "refused"),
            ("$(query_params.a orheaders.b)", "refused"),
            ("$()", "refused"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[$()\\[\\].'\" a-zäor0-9_]{0,40}") {
            drop(parse(&text));
        }
    }
}
