//! Nearest-name hints.

/// The candidate that `written` was most likely meant to be, if one is near enough: at most a
/// third of its letters differ.
#[must_use]
pub fn nearest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let lower = written.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::osa_distance(&lower, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance * 3 <= candidate.chars().count().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["timeout", "endpoints", "cache_ttl", "url"];
        for (written, meant) in [
            ("timout", Some("timeout")),
            ("Timeout", Some("timeout")),
            ("endpoint", Some("endpoints")),
            ("cachettl", Some("cache_ttl")),
            ("ulr", Some("url")),
            ("version", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, names), meant, "{written}");
        }
    }
}
