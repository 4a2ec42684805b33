//! `qos/circuit-breaker`: stops calling a backend that fails (krakend-circuitbreaker/gobreaker).

use haleway_blueprint::{Breaker, PoolId};
use haleway_document::{Diagnostic, Node, Severity};
use haleway_health::{BreakerConfig, Limit, Period};

use crate::code;
use crate::context::Context;
use crate::key::{Key, idle, key};
use crate::reader::{Reader, Strictness};

/// Its keys.
pub(crate) static KEYS: &[Key] = &[
    key("interval"),
    key("timeout"),
    key("max_errors").older(&["maxErrors"]),
    idle(
        "name",
        Severity::Note,
        "a breaker is named after its endpoint and backend",
    ),
    Key {
        older: &["logStatusChange"],
        ..idle(
            "log_status_change",
            Severity::Note,
            "changes are always logged",
        )
    },
];

/// From open to half-open where nothing is said, in seconds (gobreaker).
const TIMEOUT_S: u64 = 60;

/// A breaker as it is written.
pub(crate) struct Written {
    config: BreakerConfig,
    origin: haleway_blueprint::Origin,
}

/// Reads the block.
pub(crate) fn read(context: &Context<'_>, node: &Node, place: &str) -> Option<Written> {
    let reader = Reader::new(context, node, KEYS, place, Strictness::Ignores)?;
    let errors = number(context, &reader, "max_errors");
    let (interval, timeout) = (
        number(context, &reader, "interval"),
        number(context, &reader, "timeout"),
    );
    let period = |name: &str, (seconds, line): (u64, String)| Period {
        us: seconds.saturating_mul(1_000_000),
        name: name.to_owned(),
        line,
    };
    let timeout = match timeout {
        (0, _) => (TIMEOUT_S, String::new()),
        written => written,
    };
    let written = Written {
        config: BreakerConfig {
            max_errors: Limit {
                value: u32::try_from(errors.0).unwrap_or(u32::MAX),
                name: "max_errors".to_owned(),
                line: errors.1,
            },
            interval: period("interval", interval),
            timeout: period("timeout", timeout),
        },
        origin: context.origin(node.span),
    };
    reader.finish();
    Some(written)
}

impl Written {
    /// The breaker of the call at this place, which goes to this pool.
    pub(crate) fn breaker(&self, place: &str, pool: &PoolId) -> Breaker {
        let place = place.strip_prefix("endpoint ").unwrap_or(place);
        let name: String = place
            .chars()
            .filter(|letter| *letter != ',')
            .map(|letter| match letter {
                '/' => '_',
                ' ' => '-',
                other => other,
            })
            .collect();
        Breaker {
            id: PoolId(format!("breaker-{name}")),
            guards: pool.0.clone(),
            config: self.config.clone(),
            origin: self.origin.clone(),
        }
    }
}

/// A number that is not negative, and its place; absent is 0.
fn number(context: &Context<'_>, reader: &Reader<'_>, name: &str) -> (u64, String) {
    let Some(written) = reader.integer(name) else {
        return (0, String::new());
    };
    let line = context.origin(written.span).to_string();
    if let Ok(value) = u64::try_from(written.value) {
        return (value, line);
    }
    let message = reader.says(&format!("`{name}` is {}, and 0 serves", written.value));
    let finding = Diagnostic::warning(code::OUT_OF_RANGE, message)
        .at(written.span, "")
        .help("write a number that is not negative");
    context.report(finding);
    (0, String::new())
}
