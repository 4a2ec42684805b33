//! Directives of nginx that are set from outside (`KONG_NGINX_...`): few of them mean something
//! here; the others are said.

use haleway_blueprint::RetryOn;
use haleway_document::Severity;

use super::Settings;

/// `proxy_next_upstream`: what is tried again.
pub(crate) struct NextUpstream;

impl NextUpstream {
    /// What the settings ask for; `None` tries nothing again (`off`).
    pub(crate) fn read(settings: &Settings<'_>) -> Option<RetryOn> {
        let names = [
            "nginx_proxy_proxy_next_upstream",
            "nginx_http_proxy_next_upstream",
        ];
        let Some(name) = names
            .into_iter()
            .find(|name| settings.written(name).is_some())
        else {
            return Some(RetryOn::default());
        };
        let mut on = RetryOn {
            error: false,
            timeout: false,
            invalid_header: false,
            statuses: Vec::new(),
            non_idempotent: false,
        };
        for word in settings.text(name).split_whitespace() {
            match word.trim_end_matches(';') {
                "off" => return None,
                "error" => on.error = true,
                "timeout" => on.timeout = true,
                "invalid_header" => on.invalid_header = true,
                "non_idempotent" => on.non_idempotent = true,
                word => match word.strip_prefix("http_").and_then(|it| it.parse().ok()) {
                    Some(status) if STATUSES.contains(&status) => on.statuses.push(status),
                    _ => settings.refuse(
                        name,
                        &format!("invalid value \"{word}\" in \"proxy_next_upstream\""),
                    ),
                },
            }
        }
        Some(on)
    }
}

/// `large_client_header_buffers`: how many lines of this size a head may fill.
pub(crate) struct HeaderBuffers {
    pub(crate) count: usize,
    pub(crate) size_bytes: usize,
}

impl HeaderBuffers {
    /// What the settings ask for: the server's directive stands above that of all servers.
    pub(crate) fn read(settings: &Settings<'_>) -> Self {
        let names = [
            "nginx_proxy_large_client_header_buffers",
            "nginx_http_large_client_header_buffers",
        ];
        let written = names
            .into_iter()
            .find(|name| settings.written(name).is_some());
        let name = written.unwrap_or(names[1]);
        let mut words = settings.text(name).split_whitespace();
        let count = words.next().and_then(|it| it.parse().ok());
        let size = words.next().and_then(bytes);
        match (count, size.and_then(|it| usize::try_from(it).ok())) {
            (Some(count), Some(size_bytes)) if count > 0 && size_bytes > 0 => {
                Self { count, size_bytes }
            }
            _ => {
                settings.refuse(name, "invalid arguments of \"large_client_header_buffers\"");
                Self {
                    count: 4,
                    size_bytes: 8192,
                }
            }
        }
    }

    /// Bytes of a whole head.
    pub(crate) fn bytes_max(&self) -> usize {
        self.count.saturating_mul(self.size_bytes)
    }
}

/// The statuses that nginx tries again.
const STATUSES: &[u16] = &[403, 404, 429, 500, 502, 503, 504];

/// Blocks of nginx's configuration that settings can write into.
const BLOCKS: &[(&str, &str)] = &[
    ("nginx_http_", "http"),
    ("nginx_proxy_", "the proxy's server"),
    ("nginx_admin_", "the Admin API's server"),
    ("nginx_status_", "the status server"),
    ("nginx_stream_", "stream"),
    ("nginx_sproxy_", "the stream proxy's server"),
    ("nginx_supstream_", "the stream upstream"),
    ("nginx_upstream_", "the upstream"),
    ("nginx_main_", "main"),
];

/// Effects that are missed where such a directive is not applied.
const EFFECTS: &[(&str, &str)] = &[
    (
        "client_header_buffer_size",
        "`large_client_header_buffers` says how large heads may be",
    ),
    ("keepalive_requests", "connections of clients are kept"),
    (
        "keepalive_timeout",
        "unused connections of clients are kept for 75 s",
    ),
    (
        "client_header_timeout",
        "a request's head must arrive within 60 s",
    ),
    ("client_body_timeout", "a request's body may take its time"),
    ("send_timeout", "slow clients are waited for"),
    ("gzip", "answers are passed on as services packed them"),
    ("ssl_protocols", "write ssl_protocols"),
    ("proxy_buffering", "answers are passed on as they come"),
    ("proxy_buffers", "answers are passed on as they come"),
    ("proxy_buffer_size", "heads of answers may have 128 KiB"),
    (
        "proxy_busy_buffers_size",
        "answers are passed on as they come",
    ),
    ("proxy_next_upstream_tries", "the service's `retries` count"),
    (
        "proxy_next_upstream_timeout",
        "tries are counted, not timed",
    ),
    ("underscores_in_headers", "headers with underscores pass"),
    (
        "add_header",
        "no header is added; use the plugin response-transformer",
    ),
    ("lua_shared_dict", "no Lua runs here"),
    ("include", "no file of nginx's is read"),
];

/// What to say about a directive that is not applied.
pub(super) fn unmapped(name: &str) -> (Severity, String) {
    let block = BLOCKS
        .iter()
        .find_map(|(head, block)| Some((name.strip_prefix(head)?, *block)));
    let (directive, block) = block.unwrap_or((name.trim_start_matches("nginx_"), "main"));
    let effect = EFFECTS.iter().find(|(known, _)| *known == directive);
    let effect = effect.map_or_else(String::new, |(_, effect)| format!(": {effect}"));
    let message = format!(
        "sets the directive `{directive}` of nginx ({block}), which is not applied{effect}"
    );
    (Severity::Warning, message)
}

/// Bytes as nginx writes them: `8k`, `1m`, `2g`; 0 where it cannot be read.
pub(crate) fn bytes(text: &str) -> Option<u64> {
    let text = text.trim().trim_end_matches(';');
    let (digits, factor) = match text.chars().last()?.to_ascii_lowercase() {
        'k' => (&text[..text.len() - 1], 1 << 10),
        'm' => (&text[..text.len() - 1], 1 << 20),
        'g' => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes("8k"), Some(8192));
        assert_eq!(bytes("10M"), Some(10 << 20));
        assert_eq!(bytes("0"), Some(0));
        assert_eq!(bytes("x"), None);
        assert_eq!(bytes("é"), None);
        assert_eq!(bytes(""), None);
    }

    #[test]
    fn directives_are_named_with_their_block() {
        let (_, message) = unmapped("nginx_http_gzip");
        assert!(message.contains("`gzip` of nginx (http)"), "{message}");
        let (_, message) = unmapped("nginx_proxy_foo");
        assert!(message.ends_with("which is not applied"), "{message}");
    }
}
