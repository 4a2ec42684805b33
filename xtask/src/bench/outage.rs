//! `cargo xtask bench outage`: one of three endpoints gets into trouble under load. How many
//! clients notice, for how long, and how soon does the endpoint serve again?

mod contestants;
mod damage;
mod field;
mod options;
mod tables;
mod trouble;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::client::{self, Exchange};
use super::pools::Setup;
use super::programs::{self, Programs};
use super::proxies::{Proxy, Running};
use super::{machine, results};
use contestants::Contestant;
use damage::Damage;
pub(super) use field::Field;
use options::Options;
use trouble::Trouble;

/// Between the start of the load and its first request.
const LEAD: Duration = Duration::from_millis(100);

/// When things happen, counted from the start of the load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Schedule {
    pub(super) breaks: Duration,
    pub(super) mends: Duration,
    pub(super) ends: Duration,
}

impl Schedule {
    const FULL: Self = Self {
        breaks: Duration::from_secs(3),
        mends: Duration::from_secs(8),
        ends: Duration::from_secs(12),
    };
    const QUICK: Self = Self {
        breaks: Duration::from_secs(1),
        mends: Duration::from_secs(4),
        ends: Duration::from_secs(7),
    };
}

/// What one proxy made of one trouble.
struct Outcome {
    contestant: &'static Contestant,
    trouble: Trouble,
    damage: Damage,
}

/// Runs the drills that `arguments` ask for and prints the report; a complete one is also written
/// to `bench/RESULTS.md`.
pub(super) fn run(arguments: &[String]) -> Result<()> {
    let options = Options::parse(arguments)?;
    let drill = Drill::prepare(&options)?;
    let mut outcomes = Vec::new();
    for trouble in options.troubles() {
        for contestant in options.contestants(trouble) {
            let damage = drill.measure(contestant, trouble)?;
            eprintln!("{}: {}: {damage}", trouble.name(), contestant.name);
            outcomes.push(Outcome {
                contestant,
                trouble,
                damage,
            });
        }
    }
    let mut about = machine::describe();
    about.extend(drill.programs.versions());
    let text = tables::markdown(&outcomes, drill.schedule, &about);
    println!("{text}");
    if options.are_complete() {
        results::write_section("outage", &text)?;
    }
    Ok(())
}

struct Drill {
    programs: Programs,
    endpoint: PathBuf,
    folder: PathBuf,
    schedule: Schedule,
}

impl Drill {
    fn prepare(options: &Options) -> Result<Self> {
        let mut proxies: Vec<Proxy> = Vec::new();
        for trouble in options.troubles() {
            for contestant in options.contestants(trouble) {
                let proxy = contestant.dialect.proxy();
                if !proxies.contains(&proxy) {
                    proxies.push(proxy);
                }
            }
        }
        let programs = Programs::prepare(options.build, &proxies, options.binary.as_deref())?;
        Ok(Self {
            endpoint: programs.endpoint()?,
            programs,
            folder: programs::folder("outage")?,
            schedule: options.schedule(),
        })
    }

    fn measure(&self, contestant: &Contestant, trouble: Trouble) -> Result<Damage> {
        let mut field = Field::start(&self.endpoint, &self.folder)?;
        let pools = [field.addresses()];
        let running = contestant.start(&self.programs, &self.setup(contestant, &pools))?;
        let start = Instant::now() + LEAD;
        let load = self.load(&running, start);
        let wait = |until: Duration| {
            let left = (start + until).saturating_duration_since(Instant::now());
            std::thread::sleep(left);
        };
        wait(self.schedule.breaks);
        let broke = start.elapsed();
        trouble.begin(&mut field)?;
        wait(self.schedule.mends);
        trouble.end(&mut field)?;
        let mended = start.elapsed();
        let exchanges = load.join().ok().context("the load broke off")??;
        Ok(Damage::assess(&exchanges, broke, mended))
    }

    fn setup<'a>(
        &'a self,
        contestant: &Contestant,
        pools: &'a [Vec<std::net::SocketAddrV4>],
    ) -> Setup<'a> {
        Setup {
            name: "outage",
            folder: &self.folder,
            pools,
            care: contestant.care,
            extra: contestant.extra,
        }
    }

    /// The load runs on a thread of its own, so that signals leave on time.
    fn load(
        &self,
        running: &Running,
        start: Instant,
    ) -> std::thread::JoinHandle<Result<Vec<Exchange>>> {
        let address = running.address();
        let length = self.schedule.ends;
        std::thread::spawn(move || client::drive(address, start, length, async {}))
    }
}
