//! What Haleway is given: a KrakenD configuration of version 3 with as many endpoints as asked for.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

/// The endpoints of an ordinary configuration.
pub(super) const FEW_ENDPOINTS: usize = 10;

/// A configuration with `/small`, `/large`, `/merge` and the endpoints `/e0`, `/e1`, ... which
/// make the number up to `endpoints`; all but `/merge` pass bodies through.
pub(super) fn document(port: u16, upstream: u16, endpoints: usize) -> String {
    let host = format!("http://127.0.0.1:{upstream}");
    let pass = |path: &str| {
        json!({
            "endpoint": path,
            "output_encoding": "no-op",
            "backend": [{"url_pattern": path, "encoding": "no-op", "host": [host]}],
        })
    };
    let parts = ["/a", "/b", "/c"].map(|path| json!({"url_pattern": path, "host": [host]}));
    let merge = json!({"endpoint": "/merge", "backend": parts});
    let mut all: Vec<Value> = vec![pass("/small"), pass("/large"), merge];
    all.extend((0..endpoints.saturating_sub(all.len())).map(|number| pass(&path(number))));
    let document = json!({
        "version": 3,
        "port": port,
        "timeout": "10s",
        "extra_config": {
            "router": {"disable_access_log": true},
            "telemetry/logging": {"level": "ERROR", "prefix": "", "stdout": true},
        },
        "endpoints": all,
    });
    document.to_string()
}

/// The path of one of the endpoints that only make up the number.
fn path(number: usize) -> String {
    format!("/e{number}")
}

/// A script for the load generator that asks for all numbered endpoints in turn.
pub(super) fn script(endpoints: usize) -> String {
    let numbered = endpoints.saturating_sub(3).max(1);
    format!(
        "local requests, next = {{}}, 0
init = function()
  for number = 0, {numbered} - 1 do
    requests[number] = wrk.format(\"GET\", \"/e\" .. number)
  end
end
request = function()
  next = (next + 1) % {numbered}
  return requests[next]
end
"
    )
}

/// The command line and environment: one core, no admin listener.
pub(super) fn arguments(command: &mut Command, documents: &[PathBuf]) {
    command
        .args(["run", "--admin", "off"])
        .args(documents)
        .env("GOMAXPROCS", "1");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_as_many_endpoints_as_asked_for() {
        for endpoints in [FEW_ENDPOINTS, 1000] {
            let document: Value = serde_json::from_str(&document(80, 81, endpoints)).unwrap();
            assert_eq!(document["endpoints"].as_array().unwrap().len(), endpoints);
        }
    }

    #[test]
    fn asks_for_endpoints_that_exist() {
        let document = document(80, 81, FEW_ENDPOINTS);
        let last = path(FEW_ENDPOINTS - 4);
        assert!(document.contains(&format!("\"endpoint\":\"{last}\"")));
        assert!(script(FEW_ENDPOINTS).contains("number = 0, 7 - 1"));
    }
}
