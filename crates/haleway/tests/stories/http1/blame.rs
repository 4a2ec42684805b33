//! A client whose body breaks off: its endpoint is not to blame for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::{Site, on_one_core, to_the_end};
use crate::harness::config::no_op;
use crate::harness::{Client, Start, Upstream, until};
use crate::kong;

/// An endpoint that answers whole requests, unless it is asked to hang up. Counts connections that
/// have ended.
struct Endpoint {
    upstream: Upstream,
    ended: Arc<AtomicUsize>,
}

impl Endpoint {
    fn new() -> Self {
        let ended = Arc::new(AtomicUsize::new(0));
        let count = ended.clone();
        let upstream = Upstream::with(move |peer| {
            while let Some(request) = peer.request() {
                if request.header("x-deadly").is_some() {
                    break;
                }
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsound");
            }
            peer.close();
            count.fetch_add(1, Ordering::SeqCst);
        });
        Self { upstream, ended }
    }

    /// The endpoint, out of reach after one failure of any kind.
    fn krakend(&self) -> Site {
        let config = json!({
            "version": 3,
            "timeout": "10s",
            "endpoints": [no_op("GET", &self.upstream), no_op("POST", &self.upstream)],
            "extra_config": {
                "router": {"return_error_msg": true},
                "haleway/health": {
                    "passive": {"http_failures": 1, "tcp_failures": 1, "timeouts": 1},
                    "recover": {"after": "60s", "up_to": "60s"},
                },
            },
        });
        Site {
            name: "krakend",
            gateway: on_one_core(Start::with(&config.to_string())),
        }
    }

    /// The same in Kong's words, where requests are sent on as they come: a try that is not
    /// repeated counts by the status that its client gets.
    fn kong(&self) -> Site {
        let checks = "healthchecks:\n  passive:\n    unhealthy: \
                      {http_failures: 1, tcp_failures: 1, timeouts: 1, http_statuses: [500, 502]}";
        let config = kong::balanced(&[self.upstream.address()], checks, "retries: 0");
        let route = "paths: [/x]\n    strip_path: false\n    request_buffering: false";
        Site {
            name: "kong unbuffered",
            gateway: on_one_core(kong::start(&config.replace("paths: [/test]", route))),
        }
    }
}

const HEAD: &str = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Bodies that go wrong before some of them was passed on, and behind that.
const MALFORMED: [&str; 5] = [
    "zz\r\n",
    "5\r\nhello\r\nzz\r\n",
    "5\r\nhello!\r\n0\r\n\r\n",
    "5\r\nhello\r\n0\r\nno trailer\r\n\r\n",
    "5\nhello\r\n0\r\n\r\n",
];

/// Bodies that end too early.
const CUT: [&str; 4] = ["", "5", "5\r\nhel", "5\r\nhello\r\n0\r\n"];

/// Another client is served: nothing was counted.
fn serves(site: &Site, what: &str) {
    let answer = site.connect().ask("GET", "/x");
    let told = (answer.status(), answer.text());
    assert_eq!(told, (200, "sound"), "{} {what:?}", site.name);
}

fn ask_deadly(site: &Site) -> u16 {
    let mut client = site.connect();
    client.send("GET /x HTTP/1.1\r\nHost: a\r\nX-Deadly: 1\r\n\r\n");
    client.answer().status()
}

fn is_not_blamed(endpoint: &Endpoint, site: &Site) {
    for body in MALFORMED {
        let mut client = site.connect();
        client.send(format!("{HEAD}{body}"));
        assert_eq!(client.answer().status(), 400, "{} {body:?}", site.name);
        assert!(to_the_end(&mut client).is_empty(), "{body:?}");
        serves(site, body);
    }
    for body in CUT {
        for gone in [false, true] {
            let before = endpoint.upstream.connections();
            let mut client: Client = site.connect();
            client.send(format!("{HEAD}{body}"));
            if gone {
                drop(client);
            } else {
                client.finish();
                to_the_end(&mut client);
            }
            until("the endpoint is let go", || {
                endpoint.ended.load(Ordering::SeqCst) >= before
            });
            serves(site, body);
        }
    }
    // What it does itself is counted all the same.
    assert!(ask_deadly(site) >= 500, "{}", site.name);
    let answer = site.connect().ask("GET", "/x");
    let status = if site.name == "krakend" { 500 } else { 503 };
    assert_eq!(answer.status(), status, "{}: {answer:?}", site.name);
}

#[test]
fn a_body_that_its_client_breaks_is_no_fault_of_the_endpoint() {
    let endpoint = Endpoint::new();
    is_not_blamed(&endpoint, &endpoint.krakend());
    let endpoint = Endpoint::new();
    is_not_blamed(&endpoint, &endpoint.kong());
}
