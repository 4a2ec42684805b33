//! Choosing a format by the request's `Accept`.

/// What an answer may be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Xml,
    Yaml,
}

/// What is offered, in the order of preference.
const OFFERS: [(&str, Format); 5] = [
    ("application/json", Format::Json),
    ("text/plain", Format::Yaml),
    ("application/xml", Format::Xml),
    ("application/x-yaml", Format::Yaml),
    ("application/yaml", Format::Yaml),
];

/// The format for `accept`, JSON when nothing fits.
///
/// As gin negotiates (KrakenD 2.13): accepted types count in the order in which they are written,
/// quality values are ignored, a type fits an offer that it is a prefix of, and a `*` fits whatever
/// follows it.
pub(super) fn choose(accept: Option<&str>) -> Format {
    accept
        .unwrap_or_default()
        .split(',')
        .filter_map(media_type)
        .find_map(|accepted| OFFERS.iter().find(|(offer, _)| fits(accepted, offer)))
        .map_or(Format::Json, |&(_, format)| format)
}

/// A part of the header without its parameters.
fn media_type(part: &str) -> Option<&str> {
    let end = part.find(';').filter(|&at| at > 0).unwrap_or(part.len());
    let kind = part[..end].trim();
    (!kind.is_empty()).then_some(kind)
}

fn fits(accepted: &str, offer: &str) -> bool {
    let before_star = accepted
        .split_once('*')
        .map_or(accepted, |(before, _)| before);
    offer.starts_with(before_star) && (before_star.len() < offer.len() || before_star == accepted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_as_gin_does() {
        let table = [
            ("", Format::Json),
            ("*/*", Format::Json),
            ("application/json", Format::Json),
            ("application/xml", Format::Xml),
            ("text/plain", Format::Yaml),
            ("text/*", Format::Yaml),
            ("application/*", Format::Json),
            ("application/x", Format::Xml),
            ("application/yaml", Format::Yaml),
            ("application/x-yaml", Format::Yaml),
            ("text/html, application/xml;q=0.9, */*;q=0.8", Format::Xml),
            ("text/html,*/*", Format::Json),
            ("application/xml;q=0.1, application/json", Format::Xml),
            ("application/xmlish", Format::Json),
            (";q=1, text/plain", Format::Yaml),
            (" , ,", Format::Json),
        ];
        for (accept, expected) in table {
            assert_eq!(choose(Some(accept)), expected, "{accept}");
        }
        assert_eq!(choose(None), Format::Json);
    }
}
