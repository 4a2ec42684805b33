//! A configuration in the body of a request: as it is, in a field of JSON, or in a form.

use http::HeaderMap;
use serde_json::Value as Json;

use super::multipart;
use crate::kong::query::Arguments;
use crate::kong::request::media_type;

/// The field of a body that holds the configuration.
const FIELD: &str = "config";

/// What was posted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Posted {
    /// The text of the configuration.
    pub(super) text: String,
    /// It was sent as a text, of which a hash can be compared; otherwise the body is it.
    pub(super) as_text: bool,
}

/// Why there is no configuration.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// There is none.
    Missing,
    /// The body says that it is JSON, and is not.
    NoJson,
    /// It is of a kind that holds none.
    MediaType,
    /// It is no text.
    NoText,
}

impl Posted {
    /// Takes the configuration out of a body.
    pub(super) fn of(headers: &HeaderMap, body: &[u8]) -> Result<Self, Unusable> {
        if body.is_empty() {
            return Err(Unusable::Missing);
        }
        let posted = match media_type(headers).as_str() {
            "application/json" => Self::of_json(body)?,
            "multipart/form-data" => {
                let part = multipart::field(headers, body, FIELD).ok_or(Unusable::Missing)?;
                Self::as_text(part)?
            }
            // What `curl --data-binary @kong.yml` says of any file.
            "application/x-www-form-urlencoded" => Self::of_form(body)?,
            "" | "text/plain" | "text/yaml" | "text/x-yaml" | "application/yaml"
            | "application/x-yaml" => Self::as_text(body)?,
            _ => return Err(Unusable::MediaType),
        };
        match posted.text.trim() {
            "" => Err(Unusable::Missing),
            _ => Ok(posted),
        }
    }

    fn of_json(body: &[u8]) -> Result<Self, Unusable> {
        let value: Json = serde_json::from_slice(body).map_err(|_| Unusable::NoJson)?;
        let is_document = value.get("_format_version").is_some();
        match value.get(FIELD).filter(|_| !is_document) {
            Some(Json::String(text)) => Ok(Self {
                text: text.clone(),
                as_text: true,
            }),
            Some(value @ Json::Object(_)) => Ok(Self {
                text: value.to_string(),
                as_text: false,
            }),
            _ => Ok(Self {
                as_text: false,
                ..Self::as_text(body)?
            }),
        }
    }

    fn of_form(body: &[u8]) -> Result<Self, Unusable> {
        let text = std::str::from_utf8(body).map_err(|_| Unusable::NoText)?;
        if text.starts_with("config=") || text.contains("&config=") {
            let arguments = Arguments::of(text);
            if let Some(text) = arguments.value(FIELD) {
                return Self::as_text(text.as_bytes());
            }
        }
        Self::as_text(body)
    }

    fn as_text(bytes: &[u8]) -> Result<Self, Unusable> {
        let text = std::str::from_utf8(bytes).map_err(|_| Unusable::NoText)?;
        Ok(Self {
            text: text.to_owned(),
            as_text: true,
        })
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::CONTENT_TYPE;

    use super::*;

    fn posted(media_type: &'static str, body: &str) -> Result<(String, bool), Unusable> {
        let mut headers = HeaderMap::new();
        if !media_type.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        }
        let posted = Posted::of(&headers, body.as_bytes())?;
        Ok((posted.text, posted.as_text))
    }

    #[test]
    fn a_configuration_comes_in_many_forms() {
        let yaml = "_format_version: '3.0'\n";
        let same = Ok((yaml.to_owned(), true));
        assert_eq!(posted("text/yaml", yaml), same);
        assert_eq!(posted("", yaml), same);
        assert_eq!(posted("application/x-www-form-urlencoded", yaml), same);
        let form = "config=_format_version%3A+%273.0%27%0A";
        assert_eq!(posted("application/x-www-form-urlencoded", form), same);
        let field = r#"{"config": "_format_version: '3.0'\n"}"#;
        assert_eq!(posted("application/json; charset=utf-8", field), same);
        let json = r#"{"_format_version": "3.0", "config": 1}"#;
        assert_eq!(
            posted("application/json", json),
            Ok((json.to_owned(), false))
        );
        let nested = r#"{"config":{"_format_version":"3.0"}}"#;
        let expected = r#"{"_format_version":"3.0"}"#;
        assert_eq!(
            posted("application/json", nested),
            Ok((expected.to_owned(), false))
        );
        let part = "--b\r\nContent-Disposition: form-data; name=\"config\"; filename=\"kong.yml\"\r\n\r\n_format_version: '3.0'\n\r\n--b--\r\n";
        assert_eq!(posted("multipart/form-data; boundary=b", part), same);
    }

    #[test]
    fn what_holds_none_is_refused() {
        assert_eq!(posted("", ""), Err(Unusable::Missing));
        assert_eq!(posted("text/yaml", " \n"), Err(Unusable::Missing));
        assert_eq!(posted("application/json", "{"), Err(Unusable::NoJson));
        assert_eq!(posted("image/png", "x"), Err(Unusable::MediaType));
        assert_eq!(
            posted("multipart/form-data; boundary=b", "--b--"),
            Err(Unusable::Missing)
        );
        assert_eq!(posted("multipart/form-data", "x"), Err(Unusable::Missing));
        let headers = HeaderMap::new();
        assert_eq!(Posted::of(&headers, b"\xff"), Err(Unusable::NoText));
    }
}
