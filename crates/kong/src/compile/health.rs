//! Health checks of upstreams: Kong's counters with Kong's defaults.

use haleway_blueprint::{Header, PoolHealth, ProbeKind, ProbeRequest};
use haleway_document::Diagnostic;
use haleway_health::{
    Classes, CountersConfig, Initial, Limit, Period, PoolConfig, PoolLimits, ProbeConfig,
    ReportLimits,
};

use super::Compilation;
use crate::code;
use crate::entity::Entity;
use crate::schema::Record;

/// How long Kong remembers a target that left the configuration.
const MEMORY_US: u64 = 300_000_000;

/// A status that counts as a timeout, whatever the lists say.
const TIMEOUT_STATUS: u16 = 504;

/// What a lost connection counts as on a request's last try.
const LAST_TRY_STATUS: u16 = 502;

/// The health of an upstream; `None` where nothing is checked. `is_carried` says that connections
/// without HTTP go there, and no requests.
pub(super) fn health(
    compilation: &Compilation<'_>,
    upstream: &Entity,
    is_carried: bool,
) -> Option<PoolHealth> {
    let checks = upstream.record.record("healthchecks")?;
    let reader = Reader {
        compilation,
        checks,
    };
    let probe = reader.probe().filter(|_| reader.is_sent(is_carried));
    let config = PoolConfig {
        counters: Some(CountersConfig {
            active: Some(reader.limits("active")),
            passive: Some(reader.limits("passive")),
        }),
        outcomes: Classes {
            healthy: reader.statuses("passive.healthy"),
            unhealthy: reader.statuses("passive.unhealthy"),
            timeout: vec![TIMEOUT_STATUS],
            last_try_status: Some(LAST_TRY_STATUS),
        },
        probe,
        initial: Initial::Healthy,
        limits: PoolLimits {
            threshold: reader.threshold(),
            ..PoolLimits::default()
        },
        memory_us: MEMORY_US,
        ..PoolConfig::default()
    };
    if !config.is_checked() && config.limits.threshold.value == 0 {
        return None;
    }
    let probe = config.probe.as_ref().map(|_| reader.request(upstream));
    Some(PoolHealth {
        config,
        probe,
        hedge: None,
        origin: compilation
            .context
            .origin(upstream.record.place("healthchecks")),
    })
}

/// Says what of an upstream's probes is otherwise than it is written, or than in Kong.
pub(super) fn report(compilation: &Compilation<'_>, upstream: &Entity, is_carried: bool) {
    let Some(checks) = upstream.record.record("healthchecks") else {
        return;
    };
    let reader = Reader {
        compilation,
        checks,
    };
    match (reader.probe(), is_carried) {
        (Some(_), false) => reader.report_mended(upstream),
        (Some(_), true) if !reader.is_sent(true) => reader.report_unsent(upstream),
        _ => {}
    }
}

struct Reader<'a> {
    compilation: &'a Compilation<'a>,
    checks: &'a Record,
}

impl Reader<'_> {
    fn limits(&self, side: &str) -> ReportLimits {
        ReportLimits {
            successes: self.limit(&format!("{side}.healthy.successes")),
            http_failures: self.limit(&format!("{side}.unhealthy.http_failures")),
            tcp_failures: self.limit(&format!("{side}.unhealthy.tcp_failures")),
            timeouts: self.limit(&format!("{side}.unhealthy.timeouts")),
        }
    }

    fn limit(&self, path: &str) -> Limit {
        let value = self.checks.integer(path).unwrap_or(0);
        Limit {
            value: u32::try_from(value).unwrap_or(0),
            name: path.to_owned(),
            line: self.line(path),
        }
    }

    fn statuses(&self, path: &str) -> Vec<u16> {
        let statuses = self.checks.integers(&format!("{path}.http_statuses"));
        let fits = statuses.into_iter().filter_map(|it| u16::try_from(it).ok());
        fits.collect()
    }

    fn threshold(&self) -> Limit {
        let percent = self.checks.number("threshold").unwrap_or(0.0);
        Limit {
            value: (percent * 10_000.0).round() as u32,
            name: "threshold".to_owned(),
            line: self.line("threshold"),
        }
    }

    fn probe(&self) -> Option<ProbeConfig> {
        let healthy_interval = self.period("active.healthy.interval");
        let unhealthy_interval = self.period("active.unhealthy.interval");
        if healthy_interval.us == 0 && unhealthy_interval.us == 0 {
            return None;
        }
        let concurrency = self.checks.integer("active.concurrency").unwrap_or(10);
        Some(ProbeConfig {
            healthy_interval,
            unhealthy_interval,
            timeout_us: self.period("active.timeout").us,
            concurrency: u32::try_from(concurrency).unwrap_or(u32::MAX),
            jitter_ppm: 0,
            classes: Classes {
                healthy: self.statuses("active.healthy"),
                unhealthy: self.statuses("active.unhealthy"),
                ..Classes::default()
            },
        })
    }

    fn period(&self, path: &str) -> Period {
        let seconds = self.checks.number(path).unwrap_or(0.0);
        Period {
            us: (seconds * 1e6).round() as u64,
            name: path.to_owned(),
            line: self.line(path),
        }
    }

    fn request(&self, upstream: &Entity) -> ProbeRequest {
        let kind = self.checks.text("active.type").unwrap_or("http");
        let host_header = upstream.record.text("host_header");
        let named = self.checks.text("active.https_sni").or(host_header);
        let headers = self.checks.entries("active.headers").iter();
        let headers = headers.flat_map(|(name, values)| {
            let values = values.as_texts().into_iter();
            values.map(move |value| Header::new(name.clone(), value))
        });
        ProbeRequest {
            kind: match kind {
                "tcp" => ProbeKind::Tcp,
                "https" => ProbeKind::Https,
                "grpc" | "grpcs" => ProbeKind::Grpc,
                _ => ProbeKind::Http,
            },
            path: match kind {
                "grpc" | "grpcs" => String::new(),
                _ => self
                    .checks
                    .text("active.http_path")
                    .unwrap_or("/")
                    .to_owned(),
            },
            host: host_header.map(str::to_owned),
            host_without_port: true,
            headers: headers.collect(),
            server_name: named.map(str::to_owned),
            verify: self.checks.flag("active.https_verify_certificate"),
            port: None,
            // One connection each, never used again.
            keep_connection: false,
        }
    }

    fn line(&self, path: &str) -> String {
        self.compilation.context.line(self.checks.span(path))
    }

    /// Like Kong, only probes over TCP are sent to what may speak another protocol than HTTP.
    fn is_sent(&self, is_carried: bool) -> bool {
        !is_carried || self.checks.text("active.type") == Some("tcp")
    }

    fn report_unsent(&self, upstream: &Entity) {
        let kind = self.checks.text("active.type").unwrap_or("http");
        let message = format!(
            "upstream {}: `healthchecks.active` has no effect: only connections of stream routes go there, and no probe of `type: {kind}` is sent for those",
            upstream.name()
        );
        let place = self.checks.span("active.type");
        let place = place.unwrap_or_else(|| self.checks.place("active"));
        let finding = Diagnostic::parity(code::NO_EFFECT, message).at(place, "");
        let help = "write `type: tcp`, as for Kong";
        self.compilation.context.report(finding.help(help));
    }

    /// Probes that Kong 3.9 does otherwise: over TCP not at all, for gRPC with an exception, and
    /// over HTTP in version 1.0, which many servers refuse.
    fn report_mended(&self, upstream: &Entity) {
        let name = upstream.name();
        let kind = self.checks.text("active.type").unwrap_or("http");
        let message = match kind {
            "tcp" => format!(
                "upstream {name}: Kong never sends probes of `type: tcp` to an upstream of requests; Haleway does"
            ),
            "grpc" | "grpcs" => format!(
                "upstream {name}: Kong 3.9 accepts `type: {kind}` and breaks on it; Haleway asks the gRPC health service"
            ),
            _ => format!(
                "upstream {name}: Kong up to 3.9 probes over HTTP/1.0, which servers may refuse; Haleway probes over HTTP/1.1 and tries the other version after 505 and 426"
            ),
        };
        let place = self
            .checks
            .span("active.type")
            .or_else(|| self.checks.span("active"))
            .unwrap_or(upstream.span);
        let finding = Diagnostic::parity(code::CHECK_MENDED, message).at(place, "");
        self.compilation.context.report(finding);
    }
}
