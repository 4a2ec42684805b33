//! The cost of a probe: thousands of endpoints, each probed once a second by one proxy at a time.
//! The endpoints are addresses of this machine, all served by one process that counts.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::super::pools::{Care, Dialect, Extra, PROBE_PATH};
use super::super::process::{LOAD_CORE, Server, body, free_port, pinned};
use super::super::programs::Build;
use super::super::report::{Goal, grid};
use super::options::Options;
use super::{Contestant, Ground, Section};

const SIZES: &[u16] = &[2_000, 10_000];
const QUICK_SIZES: &[u16] = &[200];
const POOL_ENDPOINTS: usize = 100;
/// What a process opens beside one connection per endpoint.
const OTHER_FILES: u64 = 1_000;
/// How long it may take until each endpoint has seen a probe.
const WARM_UP_MAX: Duration = Duration::from_secs(60);
/// Between that and the measurement, so that what starting costs is over.
const SETTLING: Duration = Duration::from_secs(2);
const MIB_IN_KIB: f64 = 1024.0;

const CONTESTANTS: &[Contestant] = &[
    Contestant::new("haproxy", Dialect::Haproxy, Care::Probes),
    Contestant::new("envoy", Dialect::Envoy, Care::Probes),
    Contestant {
        extra: Extra::FreshProbes,
        ..Contestant::new(
            "envoy, a connection per probe",
            Dialect::Envoy,
            Care::Probes,
        )
    },
    Contestant::new("haleway", Dialect::Kong, Care::Probes),
    Contestant {
        extra: Extra::KeptProbes,
        ..Contestant::new("haleway, kept", Dialect::Kong, Care::Probes)
    },
    Contestant::new("haleway, KrakenD", Dialect::Krakend, Care::Probes),
];

/// What one proxy spent on one number of endpoints.
struct Spent {
    name: &'static str,
    endpoints: u16,
    probes_per_second: f64,
    connections_per_probe: f64,
    cpu_us_per_probe: f64,
    resident_mib: f64,
}

pub(super) fn measure(ground: &Ground, options: &Options, section: &mut Section) -> Result<()> {
    let sizes = match options.build {
        Build::Measured => SIZES,
        Build::Quick => QUICK_SIZES,
    };
    let files = rlimit::increase_nofile_limit(u64::MAX).context("raising the limit of files")?;
    let mut all = Vec::new();
    for size in sizes {
        ensure!(
            files >= u64::from(*size) + OTHER_FILES,
            "{size} endpoints need more open files than {files}"
        );
        for one in CONTESTANTS
            .iter()
            .filter(|one| options.wants_dialect(one.dialect))
        {
            eprintln!("probing {size}: {}", one.name);
            let spent = probe(ground, one, *size, options.seconds)
                .with_context(|| format!("{} probing {size}", one.name))?;
            all.push(spent);
        }
    }
    report(&all, options, section);
    Ok(())
}

/// The process behind all endpoints.
struct Sink {
    port: u16,
    /// Held so that it runs.
    _server: Server,
}

/// What the sink has seen.
#[derive(Clone, Copy, Debug)]
struct Counts {
    connections: u64,
    requests: u64,
    addresses: u64,
}

impl Sink {
    fn start(ground: &Ground) -> Result<Self> {
        let port = free_port()?;
        let mut command = pinned(LOAD_CORE, &ground.endpoint);
        command.args([&format!("0.0.0.0:{port}"), "sink"]);
        let mut server = Server::start("sink", command, &ground.folder)?;
        server.wait_until_serving(port, PROBE_PATH)?;
        Ok(Self {
            port,
            _server: server,
        })
    }

    fn counts(&self) -> Result<Counts> {
        let body = body(self.port, "/control/counts")?;
        let counts: serde_json::Value = serde_json::from_str(&body).context("no counts")?;
        let count = |name: &str| counts[name].as_u64().context("a count is missing");
        Ok(Counts {
            connections: count("connections")?,
            requests: count("requests")?,
            addresses: count("addresses")?,
        })
    }

    /// Waits until each of so many endpoints has been probed.
    fn wait_for_all(&self, endpoints: u16) -> Result<()> {
        let deadline = Instant::now() + WARM_UP_MAX;
        loop {
            let counts = self.counts()?;
            // The harness itself connects to one address more.
            if counts.addresses > u64::from(endpoints) {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("not all endpoints were probed: {counts:?}");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

fn probe(ground: &Ground, one: &Contestant, endpoints: u16, seconds: u32) -> Result<Spent> {
    let sink = Sink::start(ground)?;
    let running = ground.start(one, &pools(endpoints, sink.port))?;
    sink.wait_for_all(endpoints)?;
    std::thread::sleep(SETTLING);
    let (before, cpu, began) = (sink.counts()?, running.server.cpu()?, Instant::now());
    std::thread::sleep(Duration::from_secs(seconds.into()));
    let (after, spent) = (sink.counts()?, running.server.cpu()? - cpu);
    let took = began.elapsed().as_secs_f64();
    let probes = (after.requests - before.requests) as f64;
    ensure!(probes > 0.0, "it stopped probing");
    Ok(Spent {
        name: one.name,
        endpoints,
        probes_per_second: probes / took,
        connections_per_probe: (after.connections - before.connections) as f64 / probes,
        cpu_us_per_probe: (spent.user_us + spent.kernel_us) / probes,
        resident_mib: running.server.resident_kib() as f64 / MIB_IN_KIB,
    })
}

/// Addresses of the loopback network that nothing else uses, a hundred to a pool.
fn pools(endpoints: u16, port: u16) -> Vec<Vec<SocketAddrV4>> {
    let address = |number: u16| {
        let [high, low] = number.to_be_bytes();
        SocketAddrV4::new(Ipv4Addr::new(127, 1, high, low), port)
    };
    let all: Vec<SocketAddrV4> = (0..endpoints).map(address).collect();
    all.chunks(POOL_ENDPOINTS).map(<[_]>::to_vec).collect()
}

/// Like is compared with like: who opens a connection for each probe, and who keeps it.
const PEERS: &[(&str, &str)] = &[("haleway", "haproxy"), ("haleway, kept", "envoy")];

fn beside(ours: &Spent, other: &Spent) -> Goal {
    let (name, endpoints) = (ours.name, ours.endpoints);
    Goal {
        what: format!(
            "{endpoints} endpoints: CPU per probe of {name}, beside {}",
            other.name
        ),
        measured: ours.cpu_us_per_probe,
        at_most: (other.cpu_us_per_probe * 100.0).round() / 100.0,
        unit: " µs",
    }
}

fn report(all: &[Spent], options: &Options, section: &mut Section) {
    for (own, other) in PEERS {
        for ours in all.iter().filter(|one| one.name == *own) {
            let peer = |one: &&Spent| one.name == *other && one.endpoints == ours.endpoints;
            section
                .goals
                .extend(all.iter().find(peer).map(|other| beside(ours, other)));
        }
    }
    section.title("Probing many endpoints");
    let titles = [
        "",
        "endpoints",
        "probes/s",
        "connections per probe",
        "CPU µs per probe",
        "RSS MiB",
    ];
    let row = |one: &Spent| {
        vec![
            one.name.to_owned(),
            one.endpoints.to_string(),
            format!("{:.0}", one.probes_per_second),
            format!("{:.2}", one.connections_per_probe),
            format!("{:.2}", one.cpu_us_per_probe),
            format!("{:.1}", one.resident_mib),
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    section.text += &grid(&titles, &rows);
    section.text += &format!(
        "\n{} s each, pools of {POOL_ENDPOINTS}, no other requests. Envoy keeps its connections \
         unless it is told not to, Haleway where an overlay says so.\n",
        options.seconds
    );
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn gives_each_endpoint_an_address_of_its_own() {
        let pools = pools(10_000, 80);
        assert_eq!(pools.len(), 100);
        let all: HashSet<SocketAddrV4> = pools.into_iter().flatten().collect();
        assert_eq!(all.len(), 10_000);
        assert!(all.iter().all(|one| one.ip().is_loopback()));
    }
}
