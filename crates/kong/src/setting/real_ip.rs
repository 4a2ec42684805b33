//! `trusted_ips`, `real_ip_header`, `real_ip_recursive`: whose word about the client counts.

use haleway_blueprint::{AddressRange, ClientAddress};
use haleway_document::Severity;

use super::Settings;

/// How the client's address is found.
pub(crate) fn client_address(settings: &Settings<'_>) -> ClientAddress {
    let mut trusted = Vec::new();
    for text in settings.list("trusted_ips") {
        match AddressRange::parse(text) {
            Some(range) => trusted.push(range),
            // Connections over sockets of the file system do not come here.
            None if text == "unix:" => {}
            None => settings.refuse(
                "trusted_ips",
                &format!("must be a comma separated list in the form of IPv4 or IPv6 address or CIDR block or 'unix:', got '{text}'"),
            ),
        }
    }
    let injected = settings.written("nginx_proxy_real_ip_header");
    let header = injected.map_or(settings.text("real_ip_header"), |it| it.text.as_str());
    let headers = match header {
        _ if trusted.is_empty() => Vec::new(),
        "proxy_protocol" => Vec::new(),
        header => vec![header.to_owned()],
    };
    report_lists(settings, &headers);
    ClientAddress { headers, trusted }
}

/// Without `real_ip_recursive` nginx takes the last address of a list even if it is trusted, too.
fn report_lists(settings: &Settings<'_>, headers: &[String]) {
    let injected = settings.written("nginx_proxy_real_ip_recursive");
    let recursive = match injected {
        Some(it) => it.text.eq_ignore_ascii_case("on"),
        None => settings.flag("real_ip_recursive"),
    };
    let list = |name: &String| name.eq_ignore_ascii_case("x-forwarded-for");
    if !recursive && headers.iter().any(list) {
        let what = "is a list: its last address that is not trusted counts, as with `real_ip_recursive = on`";
        settings.report(Severity::Parity, "real_ip_header", what);
    }
}
