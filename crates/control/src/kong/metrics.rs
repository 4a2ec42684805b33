//! `/metrics` as Kong's `prometheus` plugin writes it (`kong/plugins/prometheus/exporter.lua`): the
//! node, its connections, the health of targets, and what the plugin counts of requests.

use std::fmt::{Display, Write};

use super::health::{self, Health, TargetHealth};
use super::kind;
use super::node::Node;
use super::status::resident_bytes;
use super::view::{self, View};

/// Family of the health of targets.
const TARGET_HEALTH: &str = "kong_upstream_target_health";

/// All of it in Prometheus' text format.
pub(super) fn write(node: &Node, view: &View) -> String {
    let mut page = Page {
        out: String::with_capacity(16 * 1024),
    };
    page.node(node, view);
    page.connections(node);
    page.targets(node, view);
    page.requests(node);
    page.out
}

struct Page {
    out: String,
}

impl Page {
    fn node(&mut self, node: &Node, view: &View) {
        let id = escaped(&node.id);
        let version = escaped(&view.facts().version);
        self.family("kong_node_info", "gauge", "Kong Node metadata information");
        let labels = format!("node_id=\"{id}\",version=\"{version}\"");
        self.sample("kong_node_info", &labels, 1);
        let help = "Datastore reachable from Kong, 0 is unreachable";
        self.family("kong_datastore_reachable", "gauge", help);
        self.line("kong_datastore_reachable 1");
        let name = "kong_memory_workers_lua_vms_bytes";
        self.family(name, "gauge", "Allocated bytes in worker Lua VM");
        let pid = std::process::id();
        let labels = format!("node_id=\"{id}\",pid=\"{pid}\",kong_subsystem=\"http\"");
        self.sample(name, &labels, resident_bytes());
    }

    fn connections(&mut self, node: &Node) {
        let id = escaped(&node.id);
        let traffic = node.running.traffic();
        let accepted = traffic.connections_accepted;
        let active = accepted.saturating_sub(traffic.connections_closed);
        let name = "kong_nginx_connections_total";
        self.family(name, "gauge", "Number of connections by subsystem");
        let states = [
            ("accepted", accepted),
            ("active", active),
            ("handled", accepted),
            ("reading", 0),
            ("total", traffic.requests),
            ("waiting", active),
            ("writing", 0),
        ];
        for (state, value) in states {
            let labels = format!("node_id=\"{id}\",subsystem=\"http\",state=\"{state}\"");
            self.sample(name, &labels, value);
        }
        let name = "kong_nginx_requests_total";
        self.family(name, "gauge", "Total number of requests");
        let labels = format!("node_id=\"{id}\",subsystem=\"http\"");
        self.sample(name, &labels, traffic.requests);
        let name = "kong_nginx_timers";
        self.family(name, "gauge", "Number of Nginx timers");
        for state in ["pending", "running"] {
            self.sample(name, &format!("state=\"{state}\""), 0);
        }
        let name = "kong_nginx_metric_errors_total";
        self.family(name, "counter", "Number of nginx-lua-prometheus errors");
        self.line(&format!("{name} 0"));
    }

    fn targets(&mut self, node: &Node, view: &View) {
        let Some(upstreams) = kind::named("upstreams") else {
            return;
        };
        let help = "Health status of targets of upstream. States = \
                    healthchecks_off|healthy|unhealthy|dns_error, value is 1 when state is populated.";
        self.family(TARGET_HEALTH, "gauge", help);
        let pools = health::pools_by_name(&*node.running);
        for upstream in view.all(upstreams) {
            let name = escaped(view::text(upstream, "name").unwrap_or_default());
            let collected = health::collect(view, upstream, &pools);
            for target in &collected.targets {
                self.target(&name, target, collected.checked);
            }
        }
    }

    /// What steps count. A configuration that asks for the health of targets has it there as well:
    /// once is enough.
    fn requests(&mut self, node: &Node) {
        let mut counted = String::new();
        node.running.request_metrics(&mut counted);
        for line in counted.lines() {
            let bare = line
                .trim_start_matches("# HELP ")
                .trim_start_matches("# TYPE ");
            if !bare.starts_with(TARGET_HEALTH) {
                self.line(line);
            }
        }
    }

    fn target(&mut self, upstream: &str, target: &TargetHealth<'_>, checked: bool) {
        let name = escaped(view::text(target.entity, "target").unwrap_or_default());
        let mut states = |address: &str, now: Health| {
            let address = escaped(address);
            for state in [
                Health::Off,
                Health::Healthy,
                Health::Unhealthy,
                Health::DnsError,
            ] {
                let labels = format!(
                    "upstream=\"{upstream}\",target=\"{name}\",address=\"{address}\",state=\"{}\",subsystem=\"http\"",
                    state.label()
                );
                self.sample(TARGET_HEALTH, &labels, u8::from(state == now));
            }
        };
        for address in &target.addresses {
            let shown = format!("{}:{}", address.ip, address.port);
            states(&shown, target.address_health(address, checked));
        }
        if target.addresses.is_empty() {
            states("", Health::DnsError);
        }
    }

    fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.line(&format!("# HELP {name} {help}\n# TYPE {name} {kind}"));
    }

    fn sample(&mut self, name: &str, labels: &str, value: impl Display) {
        self.line(&format!("{name}{{{labels}}} {value}"));
    }

    fn line(&mut self, text: &str) {
        writeln!(self.out, "{text}").expect("a String takes all text");
    }
}

fn escaped(label: &str) -> String {
    label
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
