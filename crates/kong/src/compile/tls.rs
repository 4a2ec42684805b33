//! Certificates: for names in the handshake, and towards services.

use std::sync::Arc;

use haleway_blueprint::{CertificateFiles, Pem, TlsClient};

use super::Compilation;
use crate::entity::Entity;
use crate::setting::Pair;

/// The certificates that names choose.
pub(super) fn by_name(compilation: &Compilation<'_>) -> Vec<CertificateFiles> {
    let store = compilation.store;
    let certificates = store.all("certificates").iter().filter_map(|certificate| {
        let names = store.owned("snis", "certificate", &certificate.id);
        let names: Vec<String> = names
            .filter_map(|sni| sni.record.text("name"))
            .map(|name| name.trim_end_matches('.').to_lowercase())
            .collect();
        // Without a name no handshake leads to it.
        (!names.is_empty()).then(|| files(compilation, certificate, names))
    });
    certificates.collect()
}

/// TLS towards a service, and towards the targets of its upstream.
pub(super) fn client(
    compilation: &Compilation<'_>,
    service: &Entity,
    upstream: Option<&Entity>,
) -> TlsClient {
    let store = compilation.store;
    let authorities: Vec<Pem> = service
        .record
        .texts("ca_certificates")
        .iter()
        .filter_map(|id| {
            let certificate = store.by_id("ca_certificates", &id.to_lowercase());
            if certificate.is_none() {
                missing_authority(compilation, service, id);
            }
            certificate.map(|it| pem(it, "cert"))
        })
        .collect();
    let own = !authorities.is_empty();
    let ssl = &compilation.ssl;
    let shown = store
        .referred(service, "client_certificate", "certificates")
        .or_else(|| store.referred(upstream?, "client_certificate", "certificates"));
    TlsClient {
        insecure: !service.record.flag("tls_verify"),
        authorities: if own {
            authorities
        } else {
            ssl.authorities.clone()
        },
        system_authorities: !own && ssl.system,
        certificates: match shown {
            Some(certificate) => vec![files(compilation, certificate, Vec::new())],
            None => ssl.client.clone(),
        },
        version_min: ssl.version_min,
        version_max: ssl.version_max,
        cipher_suites: Vec::new(),
        curves: Vec::new(),
    }
}

fn missing_authority(compilation: &Compilation<'_>, service: &Entity, id: &str) {
    let message = format!(
        "service {}: `ca_certificates`: the following CA Certificates do not exist: {id}",
        service.name()
    );
    let place = service.record.place("ca_certificates");
    let finding = haleway_document::Diagnostic::error(crate::code::BAD_REFERENCE, message);
    compilation.context.report(finding.at(place, ""));
}

fn files(
    compilation: &Compilation<'_>,
    certificate: &Entity,
    names: Vec<String>,
) -> CertificateFiles {
    let pair = Pair {
        name: format!("certificate {}", certificate.id),
        certificate: bytes(certificate, "cert"),
        key: bytes(certificate, "key"),
    };
    pair.files(names, compilation.context.origin(certificate.span))
}

fn pem(certificate: &Entity, field: &str) -> Pem {
    Pem {
        file: format!("{} {}", certificate.kind.singular, certificate.id),
        bytes: bytes(certificate, field),
    }
}

fn bytes(certificate: &Entity, field: &str) -> Arc<[u8]> {
    Arc::from(
        certificate
            .record
            .text(field)
            .unwrap_or_default()
            .as_bytes(),
    )
}
