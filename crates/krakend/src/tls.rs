//! TLS on both sides: `tls` ends it at the listener, `client_tls` is for backends.

use std::sync::Arc;

use haleway_blueprint::{CertificateFiles, Pem, TlsClient, TlsTermination, TlsVersion};
use haleway_document::{Diagnostic, Node, Severity, Span, nearest};

use crate::cipher_suites;
use crate::code;
use crate::context::Context;
use crate::key::{Key, idle, key, near};
use crate::reader::{Reader, Spanned, Strictness};

/// Keys of `tls`.
pub(crate) static TLS_KEYS: &[Key] = &[
    key("keys"),
    key("public_key"),
    key("private_key"),
    key("disabled"),
    near("min_version", "TLS 1.2 is the oldest version spoken"),
    near("max_version", "TLS 1.2 is the oldest version spoken"),
    near(
        "curve_preferences",
        "P-256, P-384, X25519 and X25519MLKEM768 are spoken",
    ),
    near(
        "cipher_suites",
        "suites without forward secrecy or authenticated encryption are not spoken",
    ),
    idle(
        "prefer_server_cipher_suites",
        Severity::Note,
        "the server's order always counts, as in Go since 1.17",
    ),
    key("enable_mtls"),
    key("ca_certs"),
    key("disable_system_ca_pool"),
];

/// Keys of `client_tls`.
pub(crate) static CLIENT_TLS_KEYS: &[Key] = &[
    key("allow_insecure_connections"),
    key("ca_certs"),
    key("disable_system_ca_pool"),
    near("min_version", "TLS 1.2 is the oldest version spoken"),
    near("max_version", "TLS 1.2 is the oldest version spoken"),
    near(
        "curve_preferences",
        "P-256, P-384, X25519 and X25519MLKEM768 are spoken",
    ),
    near(
        "cipher_suites",
        "suites without forward secrecy or authenticated encryption are not spoken",
    ),
    key("client_certs"),
];

static PAIR_KEYS: &[Key] = &[key("public_key"), key("private_key")];
static CLIENT_PAIR_KEYS: &[Key] = &[key("certificate"), key("private_key")];

/// The TLS of the listener; `None` where there is none or it is wrong.
pub(crate) fn termination(context: &Context<'_>, node: &Node) -> Option<TlsTermination> {
    let reader = Reader::new(context, node, TLS_KEYS, "tls", Strictness::Refuses)?;
    let mut certificates = Vec::new();
    for item in reader.items("keys") {
        let pair = Reader::new(context, item, PAIR_KEYS, "tls.keys", Strictness::Refuses)?;
        let (public, private) = (pair.text("public_key"), pair.text("private_key"));
        certificates.extend(certificate(context, public, private, item.span));
        pair.finish();
    }
    let (public, private) = (reader.text("public_key"), reader.text("private_key"));
    let pairs_written = !reader.items("keys").is_empty() || public.is_some() || private.is_some();
    if public.is_some() || private.is_some() {
        certificates.extend(certificate(context, public, private, node.span));
    }
    let required = reader.flag("enable_mtls");
    let mut client_authorities = authorities(context, &reader);
    if required {
        client_authorities.extend(
            certificates
                .iter()
                .map(|it: &CertificateFiles| it.certificate.clone()),
        );
    } else {
        client_authorities.clear();
    }
    let terms = Terms::read(context, &reader, node.span);
    let disabled = reader.flag("disabled");
    let system_authorities = !reader.flag("disable_system_ca_pool");
    reader.finish();
    if disabled {
        return None;
    }
    if !pairs_written {
        let finding = Diagnostic::error(code::TLS_INCOMPLETE, "`tls` has no key pair")
            .at(
                node.span,
                "neither `keys` nor `public_key` and `private_key`",
            )
            .help("add `\"keys\": [{\"public_key\": \"cert.pem\", \"private_key\": \"key.pem\"}]`");
        context.report(finding);
    }
    Some(TlsTermination {
        certificates,
        self_signed: None,
        http2: true,
        version_min: terms.version_min,
        version_max: terms.version_max,
        cipher_suites: terms.cipher_suites,
        curves: terms.curves,
        client_certificate_required: required,
        client_authorities,
        system_authorities,
    })
}

/// The TLS towards backends. `insecure` is the service's own `allow_insecure_connections`.
pub(crate) fn client(context: &Context<'_>, node: Option<&Node>, insecure: bool) -> TlsClient {
    let mut tls = TlsClient::default();
    if insecure {
        tls.insecure = true;
        if !context.profile.insecure_keeps_versions {
            tls.version_min = TlsVersion::Tls13;
        }
    }
    let Some(node) = node else { return tls };
    let reader = Reader::new(
        context,
        node,
        CLIENT_TLS_KEYS,
        "client_tls",
        Strictness::Refuses,
    );
    let Some(reader) = reader else { return tls };
    for item in reader.items("client_certs") {
        let place = "client_tls.client_certs";
        let pair = Reader::new(context, item, CLIENT_PAIR_KEYS, place, Strictness::Refuses);
        let Some(pair) = pair else { continue };
        let (public, private) = (pair.text("certificate"), pair.text("private_key"));
        tls.certificates
            .extend(certificate(context, public, private, item.span));
        pair.finish();
    }
    tls.insecure |= reader.flag("allow_insecure_connections");
    tls.authorities = authorities(context, &reader);
    tls.system_authorities = !reader.flag("disable_system_ca_pool");
    let terms = Terms::read(context, &reader, node.span);
    reader.finish();
    TlsClient {
        version_min: terms.version_min,
        version_max: terms.version_max,
        cipher_suites: terms.cipher_suites,
        curves: terms.curves,
        ..tls
    }
}

/// What both sides have in common.
struct Terms {
    version_min: TlsVersion,
    version_max: TlsVersion,
    cipher_suites: Vec<String>,
    curves: Vec<u16>,
}

impl Terms {
    fn read(context: &Context<'_>, reader: &Reader<'_>, span: Span) -> Self {
        let version_min = version(context, reader, "min_version");
        let version_max = version(context, reader, "max_version");
        if version_min > version_max {
            let message = reader
                .says("`min_version` is newer than `max_version`, so no handshake can succeed");
            let finding = Diagnostic::error(code::TLS_INCOMPLETE, message)
                .at(
                    reader.key_span("max_version").unwrap_or(span),
                    "older than `min_version`",
                )
                .help("both default to TLS13: to allow TLS 1.2, set `\"min_version\": \"TLS12\"`");
            context.report(finding);
        }
        let mut cipher_suites: Vec<String> = numbers(
            context,
            reader,
            "cipher_suites",
            "cipher suite",
            cipher_suites::suite,
        )
        .into_iter()
        .map(str::to_owned)
        .collect();
        if !cipher_suites.is_empty() {
            let newest = cipher_suites::TLS_1_3
                .iter()
                .map(|(_, name)| (*name).to_owned());
            let missing: Vec<_> = newest
                .filter(|name| !cipher_suites.contains(name))
                .collect();
            cipher_suites.extend(missing);
        }
        let curves = numbers(
            context,
            reader,
            "curve_preferences",
            "key exchange group",
            cipher_suites::group,
        );
        Self {
            version_min,
            version_max,
            cipher_suites,
            curves,
        }
    }
}

/// A list of numbers, each replaced by what is spoken under it.
fn numbers<T>(
    context: &Context<'_>,
    reader: &Reader<'_>,
    key: &str,
    noun: &str,
    known: impl Fn(i64) -> Option<T>,
) -> Vec<T> {
    let mut found = Vec::new();
    for item in reader.items(key) {
        let text = item.as_number().or_else(|| item.as_str());
        let Some(number) = text.and_then(|text| text.parse().ok()) else {
            reader.wrong_type(item, key, "a list of numbers");
            continue;
        };
        match known(number) {
            Some(value) => found.push(value),
            None => {
                let message = reader.says(&format!(
                    "the {noun} {number} is not spoken and is left out"
                ));
                let finding = Diagnostic::parity(code::TLS_ADAPTED, message).at(item.span, "");
                context.report(finding);
            }
        }
    }
    found
}

/// Names of versions as KrakenD knows them; both bounds default to TLS 1.3.
const VERSIONS: &[&str] = &["SSL3.0", "TLS10", "TLS11", "TLS12", "TLS13"];

fn version(context: &Context<'_>, reader: &Reader<'_>, key: &str) -> TlsVersion {
    let Some(written) = reader.text(key) else {
        return TlsVersion::Tls13;
    };
    match written.value.as_str() {
        "TLS13" | "" => TlsVersion::Tls13,
        "TLS12" => TlsVersion::Tls12,
        old @ ("SSL3.0" | "TLS10" | "TLS11") => {
            let message = reader.says(&format!(
                "`{key}` asks for {old}, but TLS 1.2 is the oldest version spoken"
            ));
            let finding =
                Diagnostic::parity(code::TLS_ADAPTED, message).at(written.span, "TLS12 serves");
            context.report(finding);
            TlsVersion::Tls12
        }
        other => {
            let hint = nearest(other, VERSIONS.iter().copied()).unwrap_or("TLS13");
            let message = reader.says(&format!(
                "`{key}` is `{other}`, which is no version, so TLS13 serves"
            ));
            let finding = Diagnostic::warning(code::UNKNOWN_VALUE, message)
                .at(written.span, format!("did you mean `{hint}`?"))
                .help(format!("write one of {}", VERSIONS.join(", ")));
            context.report(finding);
            TlsVersion::Tls13
        }
    }
}

fn authorities(context: &Context<'_>, reader: &Reader<'_>) -> Vec<Pem> {
    reader
        .texts("ca_certs")
        .iter()
        .filter_map(|name| file(context, name))
        .collect()
}

fn certificate(
    context: &Context<'_>,
    public: Option<Spanned<String>>,
    private: Option<Spanned<String>>,
    span: Span,
) -> Option<CertificateFiles> {
    let present =
        |name: &Option<Spanned<String>>| name.as_ref().is_some_and(|it| !it.value.is_empty());
    if !present(&public) || !present(&private) {
        let missing = if present(&public) {
            "private key"
        } else {
            "certificate"
        };
        let finding =
            Diagnostic::error(code::TLS_INCOMPLETE, format!("a key pair has no {missing}"))
                .at(span, "")
                .help("a key pair names two PEM files: the certificate and its private key");
        context.report(finding);
        return None;
    }
    let (certificate, key) = (file(context, &public?), file(context, &private?));
    Some(CertificateFiles {
        certificate: certificate?,
        key: key?,
        server_names: Vec::new(),
        origin: context.origin(span),
    })
}

fn file(context: &Context<'_>, name: &Spanned<String>) -> Option<Pem> {
    let reason = match context.supplies.files.get(&name.value) {
        Some(Ok(bytes)) => {
            return Some(Pem {
                file: name.value.clone(),
                bytes: Arc::clone(bytes),
            });
        }
        Some(Err(reason)) => reason.as_str(),
        None => "it was not supplied",
    };
    let message = format!("the file {} cannot be read: {reason}", name.value);
    let finding = Diagnostic::error(code::FILE_UNREADABLE, message)
        .at(name.span, "named here")
        .help("a relative name is looked up from the folder that Haleway is started in");
    context.report(finding);
    None
}
