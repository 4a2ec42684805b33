//! `GET /status`: memory, connections, and the hash of the configuration. There is no `database`
//! where there is none.

use http::StatusCode;
use serde_json::{Value as Json, json};

use super::answer;
use super::node::Node;
use super::query::Arguments;
use super::view::View;
use crate::answer::Answer;

/// Digits behind the point of a size.
const SCALE: usize = 2;
/// More digits than that are not written.
const SCALE_MAX: usize = 15;

/// The state of the node.
pub(super) fn status(node: &Node, view: &View, arguments: &Arguments) -> Answer {
    let memory = match Size::of(arguments).map(|size| size.shown(resident_bytes())) {
        Ok(memory) => memory,
        Err(message) => return answer::message(StatusCode::BAD_REQUEST, &message),
    };
    let traffic = node.running.traffic();
    let active = traffic
        .connections_accepted
        .saturating_sub(traffic.connections_closed);
    answer::ok(&json!({
        "memory": {
            "workers_lua_vms": [{"http_allocated_gc": memory, "pid": std::process::id()}],
            // Memory shared by nginx' workers: here all cores share all memory.
            "lua_shared_dicts": {},
        },
        "server": {
            "connections_accepted": traffic.connections_accepted,
            "connections_active": active,
            "connections_handled": traffic.connections_accepted,
            "connections_reading": 0,
            "connections_writing": 0,
            "connections_waiting": active,
            "total_requests": traffic.requests,
        },
        "configuration_hash": view.facts().hash,
    }))
}

/// Memory of the process that is in use, in bytes; 0 where the system does not say.
pub(super) fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kib.and_then(|kib| kib.trim().parse::<u64>().ok())
        .unwrap_or(0)
        * 1024
}

/// How a size is written: `?unit=b|k|m|g&scale=2`.
#[derive(Debug, PartialEq, Eq)]
struct Size {
    unit: Unit,
    scale: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Bytes,
    Kibi,
    Mebi,
    Gibi,
}

impl Size {
    fn of(arguments: &Arguments) -> Result<Self, String> {
        let unit = match arguments.value("unit").unwrap_or("m") {
            "b" | "B" => Unit::Bytes,
            "k" | "K" => Unit::Kibi,
            "m" | "M" => Unit::Mebi,
            "g" | "G" => Unit::Gibi,
            other => {
                return Err(format!(
                    "invalid unit '{other}' (expected 'k/K', 'm/M', or 'g/G')"
                ));
            }
        };
        // What is no number is not looked at, as in Kong.
        let scale = arguments
            .value("scale")
            .and_then(|text| text.parse::<f64>().ok());
        match scale {
            Some(scale) if scale < 0.0 => Err("scale must be equal or greater than 0".to_owned()),
            scale => Ok(Self {
                unit,
                scale: scale.map_or(SCALE, |scale| (scale as usize).min(SCALE_MAX)),
            }),
        }
    }

    fn shown(&self, bytes: u64) -> Json {
        let (divisor, word) = match self.unit {
            Unit::Bytes => return Json::from(bytes),
            Unit::Kibi => (1_u64 << 10, "KiB"),
            Unit::Mebi => (1 << 20, "MiB"),
            Unit::Gibi => (1 << 30, "GiB"),
        };
        let value = bytes as f64 / divisor as f64;
        Json::from(format!("{value:.*} {word}", self.scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(query: &str, bytes: u64) -> Result<Json, String> {
        Size::of(&Arguments::of(query)).map(|size| size.shown(bytes))
    }

    #[test]
    fn sizes_come_in_units() {
        let bytes = 5 << 20;
        assert_eq!(shown("", bytes), Ok(json!("5.00 MiB")));
        assert_eq!(shown("unit=K&scale=0", bytes), Ok(json!("5120 KiB")));
        assert_eq!(shown("unit=g&scale=3", bytes), Ok(json!("0.005 GiB")));
        assert_eq!(shown("unit=b", bytes), Ok(json!(bytes)));
        let message = "invalid unit 'V' (expected 'k/K', 'm/M', or 'g/G')";
        assert_eq!(shown("unit=V", bytes), Err(message.to_owned()));
        assert!(shown("scale=-1", bytes).is_err());
        assert_eq!(
            shown("scale=1e300&unit=g", 0),
            Ok(json!("0.000000000000000 GiB"))
        );
    }

    #[test]
    fn the_process_uses_memory() {
        assert!(resident_bytes() > 0);
    }
}
