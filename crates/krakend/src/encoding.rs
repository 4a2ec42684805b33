//! Encodings of backends and of endpoints.

use haleway_blueprint::{Decoding, Output};

use crate::profile::Profile;

/// Encodings that a backend's answer may have. Others are read as `json`.
pub(crate) const INPUTS: &[&str] = &["json", "safejson", "string", "xml", "rss", "no-op"];

/// Encodings that an endpoint may write.
pub(crate) const OUTPUTS: &[&str] = &[
    "json",
    "json-collection",
    "string",
    "xml",
    "yaml",
    "negotiate",
    "no-op",
];

/// Input encodings that only KrakenD Enterprise has.
pub(crate) const ENTERPRISE_INPUTS: &[&str] = &["fast-json", "yaml"];

/// How a backend's answer is read; the name's case does not count.
pub(crate) fn decoding(name: &str, is_collection: bool, profile: &Profile) -> Decoding {
    match name.to_lowercase().as_str() {
        "safejson" => Decoding::SafeJson {
            scalar_key: profile.scalar_key.to_owned(),
        },
        "string" => Decoding::String,
        "xml" => Decoding::Xml,
        "rss" => Decoding::Rss,
        _ if is_collection => Decoding::JsonCollection,
        _ => Decoding::Json,
    }
}

/// How an endpoint's answer leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// The backend's answer passes through.
    Passed,
    /// It is written anew.
    Written(Output),
}

/// How an endpoint writes: what `output_encoding` names, else what the encoding of its only
/// backend names, else JSON (lura, router/gin/render.go). Case counts.
pub(crate) fn leaving(output: &str, only_backend: Option<&str>, profile: &Profile) -> Leaving {
    let fallback = || only_backend.and_then(|name| writer(name, profile));
    writer(output, profile)
        .or_else(fallback)
        .unwrap_or(Leaving::Written(Output::Json))
}

fn writer(name: &str, profile: &Profile) -> Option<Leaving> {
    let yaml = || profile.yaml_content_type.to_owned();
    Some(match name {
        "no-op" => Leaving::Passed,
        "json" => Leaving::Written(Output::Json),
        "json-collection" => Leaving::Written(Output::JsonCollection),
        "string" => Leaving::Written(Output::String),
        "xml" => Leaving::Written(Output::Xml),
        "yaml" => Leaving::Written(Output::Yaml {
            content_type: yaml(),
        }),
        "negotiate" => Leaving::Written(Output::Negotiate {
            yaml_content_type: yaml(),
        }),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Leaving, leaving};
    use crate::profile::VERSION_3;
    use haleway_blueprint::Output;

    #[test]
    fn unknown_outputs_fall_back_to_the_only_backend() {
        let of = |output, only| leaving(output, only, &VERSION_3);
        assert_eq!(of("json", Some("no-op")), Leaving::Written(Output::Json));
        assert_eq!(of("no_op", Some("no-op")), Leaving::Passed);
        assert_eq!(of("no_op", None), Leaving::Written(Output::Json));
        assert_eq!(of("form", Some("string")), Leaving::Written(Output::String));
        assert_eq!(of("form", Some("rss")), Leaving::Written(Output::Json));
    }
}
