//! What KrakenD 1.x (which ran version 2) and KrakenD 2.x (which runs version 3) answer
//! differently, as data. Observed in the integration suites of krakend-ce 1.4.1 and 2.13.8.

use haleway_blueprint::{CorsRequestHeaders, StatusText};
use haleway_document::{Diagnostic, Node, Span, Value};

use crate::Options;
use crate::code;

/// How one family of KrakenD answers.
pub(crate) struct Profile {
    /// The dialect as the blueprint names it.
    pub(crate) dialect: &'static str,
    /// The version that is named in answers, unless the command line names one.
    pub(crate) identity: &'static str,
    /// Which spelling of renamed keys is the usual one.
    pub(crate) spelling: Spelling,
    /// The text of a failure by a bad status.
    pub(crate) status_text: StatusText,
    /// `return_error_details` tells the content type.
    pub(crate) details_body_encoding: bool,
    /// Where `safejson` puts what is neither object nor list.
    pub(crate) scalar_key: &'static str,
    /// Content type of YAML answers.
    pub(crate) yaml_content_type: &'static str,
    /// Body of the health endpoint.
    pub(crate) health: Health,
    /// The service's bot detector sees requests to the health endpoint.
    pub(crate) bot_detector_guards_health: bool,
    /// Status of a CORS preflight.
    pub(crate) preflight_status: u16,
    /// How a preflight's requested headers are read.
    pub(crate) cors_request_headers: CorsRequestHeaders,
    /// How often `Vary: Origin` stands on an answer.
    pub(crate) cors_vary_repeat: u8,
    /// A 405 says `X-Krakend-Completed`.
    pub(crate) completed_on_405: bool,
    /// Paths below which endpoints are refused.
    pub(crate) reserved: &'static [&'static str],
    /// `KRAKEND_PORT` and the like count where the document does not have the key.
    pub(crate) environment_adds_keys: bool,
    /// Path parameters that are still encoded after decoding are refused.
    pub(crate) refuses_encoded_parameters: bool,
    /// A literal may stand beside a parameter.
    pub(crate) literal_beside_parameter: bool,
    /// `allow_insecure_connections` of the service leaves the TLS versions alone.
    pub(crate) insecure_keeps_versions: bool,
}

/// Which spelling of renamed keys is the usual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// `headers_to_pass`, `whitelist`, ...
    Old,
    /// `input_headers`, `allow`, ...
    New,
}

/// Body of the health endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// `status` alone.
    Status,
    /// `agents`, `now` and `status`.
    Agents,
}

/// KrakenD 1.4.1 on version 2.
pub(crate) static VERSION_2: Profile = Profile {
    dialect: "krakend 2",
    identity: "1.4.1",
    spelling: Spelling::Old,
    status_text: StatusText::Short,
    details_body_encoding: false,
    scalar_key: "result",
    yaml_content_type: "application/x-yaml; charset=utf-8",
    health: Health::Status,
    bot_detector_guards_health: true,
    preflight_status: 200,
    cors_request_headers: CorsRequestHeaders::Canonical,
    cors_vary_repeat: 2,
    completed_on_405: false,
    reserved: &["/__debug"],
    environment_adds_keys: false,
    refuses_encoded_parameters: false,
    literal_beside_parameter: false,
    insecure_keeps_versions: true,
};

/// KrakenD 2.13.8 on version 3.
pub(crate) static VERSION_3: Profile = Profile {
    dialect: "krakend 3",
    identity: "2.13.8",
    spelling: Spelling::New,
    status_text: StatusText::Full,
    details_body_encoding: true,
    scalar_key: "content",
    yaml_content_type: "application/yaml; charset=utf-8",
    health: Health::Agents,
    bot_detector_guards_health: false,
    preflight_status: 204,
    cors_request_headers: CorsRequestHeaders::Strict,
    cors_vary_repeat: 1,
    completed_on_405: true,
    reserved: &["/__debug", "/__echo", "/__health"],
    environment_adds_keys: true,
    refuses_encoded_parameters: true,
    literal_beside_parameter: true,
    insecure_keeps_versions: false,
};

/// The profile that a document asks for, or why there is none.
pub(crate) fn of(root: &Node, options: &Options) -> Result<&'static Profile, Box<Diagnostic>> {
    check_compat(options)?;
    let Some(entries) = root.as_object() else {
        let message = format!(
            "a KrakenD configuration is an object, this is {}",
            root.kind()
        );
        return Err(Box::new(
            Diagnostic::error(code::WRONG_TYPE, message).at(root.span, ""),
        ));
    };
    let Some(version) = entries.iter().find(|entry| entry.key.text == "version") else {
        let start = Span {
            end: root.span.start,
            ..root.span
        };
        let refusal =
            Diagnostic::error(code::VERSION_MISSING, "the configuration has no `version`")
                .at(start, "")
                .help("add `\"version\": 3` (or 2 for a configuration of KrakenD 1.x)");
        return Err(Box::new(refusal));
    };
    match number_text(&version.node) {
        Some("2") => Ok(&VERSION_2),
        Some("3") => Ok(&VERSION_3),
        _ => Err(Box::new(unsupported(&version.node))),
    }
}

/// What was written as version; KrakenD's parser takes a quoted number for a number.
fn number_text(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Number(text) | Value::String(text) => Some(text.trim()),
        _ => None,
    }
}

fn unsupported(node: &Node) -> Diagnostic {
    let have = number_text(node).unwrap_or(node.kind());
    let help = match have {
        "1" => "version 1 is the format of KrakenD before 2018; migrate it to version 3",
        _ => "write `\"version\": 3`, or 2 for a configuration of KrakenD 1.x",
    };
    Diagnostic::error(
        code::VERSION_UNSUPPORTED,
        format!("unsupported version: {have} (want: 2 or 3)"),
    )
    .at(node.span, "neither 2 nor 3")
    .help(help)
}

fn check_compat(options: &Options) -> Result<(), Box<Diagnostic>> {
    let Some(compat) = &options.compat else {
        return Ok(());
    };
    let plain = |byte: u8| byte.is_ascii_graphic();
    if !compat.is_empty() && compat.len() <= COMPAT_BYTES_MAX && compat.bytes().all(plain) {
        return Ok(());
    }
    let message = "the compatibility level is not a version that a header can carry";
    Err(Box::new(
        Diagnostic::error(code::BAD_COMPAT, message).help("write it like 2.13.8"),
    ))
}

/// Length of a version that is named in headers.
const COMPAT_BYTES_MAX: usize = 64;
