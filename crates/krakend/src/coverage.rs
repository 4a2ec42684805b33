//! The table of what is covered, from the tables that the decoders read by.

use std::fmt::Write as _;

use crate::backend::BACKEND_KEYS;
use crate::endpoint::ENDPOINT_KEYS;
use crate::key::{Key, State};
use crate::namespace::registry::{Level, REGISTRY};
use crate::namespace::{
    backend_http, backend_http_client, bot_detector, circuit_breaker, cors, error_body, flatmap,
    haleway_compat, haleway_health, logging, proxy, router,
};
use crate::root::ROOT_KEYS;
use crate::tls::{CLIENT_TLS_KEYS, TLS_KEYS};

/// All tables of keys, with where they stand and the level.
static TABLES: &[(&str, &str, &[Key])] = &[
    ("", "service", ROOT_KEYS),
    ("tls.", "service", TLS_KEYS),
    ("client_tls.", "service", CLIENT_TLS_KEYS),
    ("", "endpoint", ENDPOINT_KEYS),
    ("", "backend", BACKEND_KEYS),
    ("router: ", "service", router::KEYS),
    ("router: error_body.", "service", error_body::KEYS),
    ("proxy: ", "endpoint", proxy::ENDPOINT_KEYS),
    ("proxy: static.", "endpoint", proxy::STATIC_KEYS),
    ("proxy: flatmap_filter.", "endpoint, backend", flatmap::KEYS),
    ("proxy: ", "backend", proxy::BACKEND_KEYS),
    ("backend/http: ", "backend", backend_http::KEYS),
    (
        "backend/http/client: ",
        "backend",
        backend_http_client::KEYS,
    ),
    ("security/cors: ", "service", cors::KEYS),
    (
        "security/bot-detector: ",
        "service, endpoint",
        bot_detector::KEYS,
    ),
    ("telemetry/logging: ", "service", logging::KEYS),
    ("qos/circuit-breaker: ", "backend", circuit_breaker::KEYS),
    ("haleway/compat: ", "service", haleway_compat::KEYS),
    ("haleway/health: ", "service, backend", haleway_health::KEYS),
    (
        "haleway/health: active.",
        "service, backend",
        haleway_health::ACTIVE_KEYS,
    ),
    (
        "haleway/health: passive.",
        "service, backend",
        haleway_health::PASSIVE_KEYS,
    ),
    (
        "haleway/health: recover.",
        "service, backend",
        haleway_health::RECOVER_KEYS,
    ),
    (
        "haleway/health: recover.half_open.",
        "service, backend",
        haleway_health::HALF_OPEN_KEYS,
    ),
    (
        "haleway/health: probes.",
        "service, backend",
        haleway_health::PROBES_KEYS,
    ),
    (
        "haleway/health: damp_flaps.",
        "service, backend",
        haleway_health::FLAPS_KEYS,
    ),
    (
        "haleway/health: silence.",
        "service, backend",
        haleway_health::SILENCE_KEYS,
    ),
    (
        "haleway/health: hedge.",
        "service, backend",
        haleway_health::HEDGE_KEYS,
    ),
];

/// What is covered, as a table in Markdown: key or namespace, level, state, note.
#[must_use]
pub fn coverage() -> String {
    let mut out = String::from("| key or namespace | level | state | note |\n|---|---|---|---|\n");
    for (prefix, level, keys) in TABLES {
        for key in *keys {
            row(
                &mut out,
                (&format!("{prefix}{}", key.name), key.older),
                level,
                key.state,
                key.note,
            );
        }
    }
    for namespace in REGISTRY {
        let levels: Vec<&str> = match namespace.levels {
            levels if levels.len() == 4 => vec!["any"],
            levels => levels.iter().map(|level: &Level| level.word()).collect(),
        };
        row(
            &mut out,
            (namespace.short, namespace.long),
            &levels.join(", "),
            namespace.state,
            namespace.note,
        );
    }
    out
}

fn row(out: &mut String, (name, other): (&str, &[&str]), level: &str, state: State, note: &str) {
    let other: Vec<String> = other.iter().map(|it| format!("`{it}`")).collect();
    let names = if other.is_empty() {
        String::new()
    } else {
        format!(" ({})", other.join(", "))
    };
    let _ = writeln!(
        out,
        "| `{name}`{names} | {level} | {} | {note} |",
        state.word()
    );
}
