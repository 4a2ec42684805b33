//! One measurement: load on a port for some seconds, and what it cost the server behind the port.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::process::{Cpu, LOAD_CORE, Server, pinned};

const CONNECTIONS: &str = "-c64";
const WARM_UP_SECONDS: u32 = 1;

/// The load generator.
pub(super) struct Load {
    pub(super) wrk: PathBuf,
    pub(super) seconds: u32,
}

/// What the clients saw.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Seen {
    pub(super) requests: u64,
    pub(super) per_second: f64,
    pub(super) p50_us: f64,
    pub(super) p99_us: f64,
    pub(super) socket_errors: u64,
}

/// What the clients saw and what it cost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sample {
    pub(super) seen: Seen,
    /// Per request.
    pub(super) cpu: Cpu,
    pub(super) resident_kib: u64,
}

impl Load {
    /// Warms `url` up, then measures it. `server` is what stands between load and upstream.
    pub(super) fn measure(
        &self,
        url: &str,
        script: Option<&Path>,
        server: Option<&Server>,
    ) -> Result<Sample> {
        self.run(url, script, WARM_UP_SECONDS)?;
        let before = server.map(Server::cpu).transpose()?.unwrap_or_default();
        let seen = self.run(url, script, self.seconds)?;
        let after = server.map(Server::cpu).transpose()?.unwrap_or_default();
        let spent = after - before;
        let requests = seen.requests as f64;
        Ok(Sample {
            seen,
            cpu: Cpu {
                user_us: spent.user_us / requests,
                kernel_us: spent.kernel_us / requests,
            },
            resident_kib: server.map_or(0, Server::resident_kib),
        })
    }

    fn run(&self, url: &str, script: Option<&Path>, seconds: u32) -> Result<Seen> {
        let mut command: Command = pinned(LOAD_CORE, &self.wrk);
        command
            .args(["-t1", CONNECTIONS, "--latency"])
            .arg(format!("-d{seconds}s"));
        if let Some(script) = script {
            command.arg("-s").arg(script);
        }
        let output = command.arg(url).output().context("starting wrk")?;
        let text = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "wrk {url}: {text}");
        parse(&text).with_context(|| format!("wrk {url} said: {text}"))
    }
}

/// Reads wrk's report.
fn parse(report: &str) -> Result<Seen> {
    let mut seen = Seen::default();
    for line in report.lines().map(str::trim) {
        if let Some((requests, _)) = line.split_once(" requests in ") {
            seen.requests = requests.parse()?;
        } else if let Some(rate) = line.strip_prefix("Requests/sec:") {
            seen.per_second = rate.trim().parse()?;
        } else if let Some(latency) = line.strip_prefix("50%") {
            seen.p50_us = micros(latency.trim())?;
        } else if let Some(latency) = line.strip_prefix("99%") {
            seen.p99_us = micros(latency.trim())?;
        } else if let Some(errors) = line.strip_prefix("Socket errors:") {
            seen.socket_errors = errors
                .split([' ', ','])
                .filter_map(|n| n.parse::<u64>().ok())
                .sum();
        } else if line.starts_with("Non-2xx or 3xx responses:") {
            bail!("{line}");
        }
    }
    ensure!(seen.requests > 0, "no request was answered");
    Ok(seen)
}

fn micros(text: &str) -> Result<f64> {
    let split = text
        .find(|c: char| c.is_ascii_alphabetic())
        .context("a latency without unit")?;
    let (number, unit) = text.split_at(split);
    let scale = match unit {
        "us" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        "m" => 6e7,
        _ => bail!("unknown unit {unit}"),
    };
    Ok(number.parse::<f64>()? * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "Running 2s test @ http://127.0.0.1:8080/\n  1 threads and 64 connections\n\
        \x20 Thread Stats   Avg      Stdev     Max   +/- Stdev\n\
        \x20   Latency     1.25ms  120.00us   3.10ms   80.00%\n\
        \x20 Latency Distribution\n     50%  980.00us\n     75%    1.10ms\n     99%    2.50ms\n\
        \x20 12345 requests in 2.00s, 1.00MB read\nRequests/sec:   6172.50\n";

    #[test]
    fn reads_a_report() {
        let seen = parse(REPORT).unwrap();
        assert_eq!(seen.requests, 12345);
        assert_eq!(
            (seen.per_second, seen.p50_us, seen.p99_us),
            (6172.5, 980.0, 2500.0)
        );
        assert_eq!(seen.socket_errors, 0);
    }

    #[test]
    fn counts_broken_connections() {
        let report = format!("{REPORT}  Socket errors: connect 1, read 2, write 0, timeout 3\n");
        assert_eq!(parse(&report).unwrap().socket_errors, 6);
    }

    #[test]
    fn takes_no_refusal_for_a_measurement() {
        let report = format!("{REPORT}  Non-2xx or 3xx responses: 17\n");
        assert!(parse(&report).is_err());
        assert!(parse("unable to connect").is_err());
    }
}
