//! The last request to an endpoint that died. Right after its process was killed, a catcher takes
//! its port over: it notes who still comes and closes every connection without an answer.

mod catcher;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::super::client;
use super::super::outage::Field;
use super::super::pools::{Care, Dialect};
use super::super::programs::Build;
use super::super::report::grid;
use super::options::Options;
use super::{Contestant, Ground, Section};
use catcher::{Caught, What};

/// Between the start of the load and its first request.
const LEAD: Duration = Duration::from_millis(100);

const CONTESTANTS: &[Contestant] = &[
    Contestant::new("nginx", Dialect::Nginx, Care::Retries),
    Contestant::new("haproxy", Dialect::Haproxy, Care::Retries),
    Contestant::new("envoy", Dialect::Envoy, Care::Retries),
    Contestant::new("haleway", Dialect::Kong, Care::Retries),
    Contestant::new("haleway, KrakenD", Dialect::Krakend, Care::Retries),
];

/// What one proxy did after a death.
struct Aftermath {
    name: &'static str,
    failed: usize,
    tries: usize,
    probes: usize,
    /// From the death to the last try.
    last: Option<Duration>,
}

/// When the endpoint dies and when the load ends.
struct Schedule {
    dies: Duration,
    ends: Duration,
}

pub(super) fn measure(ground: &Ground, options: &Options, section: &mut Section) -> Result<()> {
    let schedule = match options.build {
        Build::Measured => Schedule {
            dies: Duration::from_secs(3),
            ends: Duration::from_secs(10),
        },
        Build::Quick => Schedule {
            dies: Duration::from_secs(1),
            ends: Duration::from_secs(4),
        },
    };
    let mut all = Vec::new();
    for one in CONTESTANTS
        .iter()
        .filter(|one| options.wants_dialect(one.dialect))
    {
        eprintln!("death: {}", one.name);
        let aftermath = kill(ground, one, &schedule)
            .with_context(|| format!("{} while an endpoint dies", one.name))?;
        all.push(aftermath);
    }
    report(&all, &schedule, section);
    Ok(())
}

fn kill(ground: &Ground, one: &Contestant, schedule: &Schedule) -> Result<Aftermath> {
    let mut field = Field::start(&ground.endpoint, &ground.folder)?;
    let addresses = field.addresses();
    let taken_over = addresses[0];
    let running = ground.start(one, &[addresses])?;
    let start = Instant::now() + LEAD;
    let (address, length, dies) = (running.address(), schedule.ends, start + schedule.dies);
    let (sender, caught) = mpsc::channel();
    let load = std::thread::spawn(move || {
        let catcher = catcher::catch(taken_over, dies, sender);
        client::drive(address, start, length, catcher)
    });
    std::thread::sleep(dies.saturating_duration_since(Instant::now()));
    let died = Instant::now();
    field.kill_first();
    let exchanges = load.join().ok().context("the load broke off")??;
    let caught: Vec<Caught> = caught.try_iter().collect();
    let count = |what| caught.iter().filter(|one| one.what == what).count();
    let tries = caught.iter().filter(|one| one.what == What::Try);
    Ok(Aftermath {
        name: one.name,
        failed: exchanges.iter().filter(|one| one.failed()).count(),
        tries: count(What::Try),
        probes: count(What::Probe),
        last: tries
            .map(|one| one.at.saturating_duration_since(died))
            .max(),
    })
}

fn report(all: &[Aftermath], schedule: &Schedule, section: &mut Section) {
    section.title("The last request to an endpoint that died");
    let titles = [
        "",
        "failed requests",
        "tries at the dead endpoint",
        "ms from its death to the last of them",
        "probes of it",
    ];
    let row = |one: &Aftermath| {
        let last = one.last.map_or_else(
            || "-".to_owned(),
            |last| format!("{:.1}", last.as_secs_f64() * 1e3),
        );
        vec![
            one.name.to_owned(),
            one.failed.to_string(),
            one.tries.to_string(),
            last,
            one.probes.to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    section.text += &grid(&titles, &rows);
    section.text += &format!(
        "\nOne of three endpoints is killed under {} requests a second and stays dead for {} s; \
         connections to its port are taken and closed. What came before the port was taken over, \
         within the first milliseconds, was refused and is not counted.\n",
        client::RATE,
        (schedule.ends - schedule.dies).as_secs_f64()
    );
}
