//! The media type in which a client wants to be told something.

use std::borrow::Cow;

use haleway_blueprint::MessageMedia;
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName};

/// A media type of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Json,
    Html,
    Xml,
    Plain,
}

impl Media {
    /// The one that `Accept` gives the highest quality, the first among equals; JSON where it
    /// names none of them (Kong 3, `kong.response.error`).
    pub(crate) fn preferred(request: &HeaderMap) -> Self {
        Self::first_of(request, ACCEPT)
    }

    /// The same for the failure of a call: where there is no `Accept`, the `Content-Type` of the
    /// request counts, and without that one the site's own (Kong 3, `kong/error_handlers`).
    pub(crate) fn of_failure(request: &HeaderMap, otherwise: MessageMedia) -> Self {
        let names = [ACCEPT, CONTENT_TYPE];
        match names.into_iter().find(|name| request.contains_key(name)) {
            Some(name) => Self::first_of(request, name),
            None => match otherwise {
                MessageMedia::Json => Self::Json,
                MessageMedia::Html => Self::Html,
                MessageMedia::Xml => Self::Xml,
                MessageMedia::Plain => Self::Plain,
            },
        }
    }

    fn first_of(request: &HeaderMap, name: HeaderName) -> Self {
        let list = request.get(name).and_then(|value| value.to_str().ok());
        let mut best: Option<(u32, Self)> = None;
        for range in list.unwrap_or_default().split(',') {
            let mut parts = range.split(';').map(str::trim);
            let Some(media) = Self::named(parts.next().unwrap_or_default()) else {
                continue;
            };
            let quality = parts.find_map(quality).unwrap_or(1000);
            if quality > best.map_or(0, |(known, _)| known) {
                best = Some((quality, media));
            }
        }
        best.map_or(Self::Json, |(_, media)| media)
    }

    fn named(range: &str) -> Option<Self> {
        match range.to_ascii_lowercase().as_str() {
            "application/json" | "application/*" | "*/*" => Some(Self::Json),
            "text/html" | "text/*" => Some(Self::Html),
            "application/xml" | "text/xml" => Some(Self::Xml),
            "text/plain" => Some(Self::Plain),
            _ => None,
        }
    }

    /// A text as it may stand in this media type.
    pub(crate) fn escaped(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Plain => Cow::Borrowed(text),
            Self::Json => {
                let quoted = serde_json::Value::from(text).to_string();
                match quoted.get(1..quoted.len() - 1) {
                    Some(inner) if inner != text => Cow::Owned(inner.to_owned()),
                    _ => Cow::Borrowed(text),
                }
            }
            Self::Html | Self::Xml => match text.contains(['&', '<', '>', '"', '\'']) {
                false => Cow::Borrowed(text),
                true => Cow::Owned(
                    text.replace('&', "&amp;")
                        .replace('<', "&lt;")
                        .replace('>', "&gt;")
                        .replace('"', "&quot;")
                        .replace('\'', "&#39;"),
                ),
            },
        }
    }
}

/// `q=0.8` as thousandths.
fn quality(parameter: &str) -> Option<u32> {
    let value = parameter.strip_prefix("q=")?;
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let whole: u32 = whole.parse().ok()?;
    let digits: String = format!("{fraction:0<3}").chars().take(3).collect();
    let fraction: u32 = digits.parse().ok()?;
    Some((whole * 1000).saturating_add(fraction).min(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_quality_wins_and_json_where_nothing_is_known() {
        let table = [
            (None, Media::Json),
            (Some("*/*"), Media::Json),
            (Some("text/html,application/xml;q=0.9"), Media::Html),
            (Some("text/plain;q=0.5, application/xml;q=0.7"), Media::Xml),
            (Some("text/plain"), Media::Plain),
            (Some("image/png"), Media::Json),
            (Some("text/html;q=0, application/json;q=0.1"), Media::Json),
            (Some(";;;q=,,"), Media::Json),
        ];
        for (accept, expected) in table {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(ACCEPT, accept.parse().unwrap());
            }
            assert_eq!(Media::preferred(&headers), expected, "{accept:?}");
        }
    }

    #[test]
    fn failures_go_by_the_content_type_where_nothing_is_accepted() {
        let otherwise = MessageMedia::Plain;
        let mut headers = HeaderMap::new();
        assert_eq!(Media::of_failure(&headers, otherwise), Media::Plain);
        headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
        assert_eq!(Media::of_failure(&headers, otherwise), Media::Json);
        headers.insert(ACCEPT, "text/html".parse().unwrap());
        assert_eq!(Media::of_failure(&headers, otherwise), Media::Html);
    }

    #[test]
    fn texts_are_escaped_for_their_media_type() {
        assert_eq!(Media::Json.escaped("a\"b\n"), "a\\\"b\\n");
        assert_eq!(Media::Html.escaped("<a & b>"), "&lt;a &amp; b&gt;");
        assert_eq!(Media::Plain.escaped("<a>"), "<a>");
    }
}
