//! `cargo xtask bench`: what Haleway costs beside the proxies that people know.
//!
//! One core belongs to the proxy under test, the other to load and upstream. Everything is measured
//! round by round, each round touching every contestant, so that a disturbance of the machine hits
//! all of them alike; medians over the rounds are compared. The figure that counts is CPU time per
//! request, read from `/proc`: on two cores the load generator is the bottleneck and requests per
//! second say little.

mod haleway;
mod load;
mod machine;
mod options;
mod process;
mod programs;
mod proxies;
mod report;
mod series;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::workspace;
use load::Load;
use options::{DIRECT, Options};
use process::{LOAD_CORE, PROXY_CORE, Server, free_port, pinned};
use programs::Programs;
use proxies::{Proxy, Running};
use report::{Comparison, Goal, Report, Table};
use series::{Series, median};

const MANY_ENDPOINTS: usize = 10_000;
const START_ENDPOINTS: usize = 1_000;
const START_ROUNDS: u32 = 7;
/// Memory is read after this time without a request.
const IDLE: Duration = Duration::from_secs(1);
const MIB_IN_KIB: f64 = 1024.0;
/// Where the report begins to be written by hand; what follows is kept.
const NOTES: &str = "\n## Notes\n";

/// Measures what `arguments` ask for and prints the report; a report of everything is also written
/// to `bench/RESULTS.md`.
pub(crate) fn run(arguments: &[String]) -> Result<bool> {
    let options = Options::parse(arguments)?;
    let cores = std::thread::available_parallelism()?.get();
    ensure!(
        cores >= 2,
        "two cores are needed: one for the proxy, one for load and upstream"
    );
    let complete = options.are_complete();
    let bench = Bench::prepare(options)?;
    let text = bench.report()?.markdown();
    println!("{text}");
    if complete {
        write_results(&text)?;
    }
    Ok(true)
}

/// Everything that stands ready while measuring.
struct Bench {
    options: Options,
    folder: PathBuf,
    programs: Programs,
    load: Load,
    upstream_port: u16,
    /// Held so that it runs.
    _upstream: Server,
}

impl Bench {
    fn prepare(options: Options) -> Result<Self> {
        let programs = Programs::prepare(&options)?;
        let folder = programs::target().join("bench");
        fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
        let upstream_port = free_port()?;
        let mut command = pinned(LOAD_CORE, &programs.upstream);
        command.arg(format!("127.0.0.1:{upstream_port}"));
        let mut upstream = Server::start("upstream", command, &folder)?;
        upstream.wait_until_serving(upstream_port, "/small")?;
        let load = Load {
            wrk: programs.wrk.clone(),
            seconds: options.seconds,
        };
        Ok(Self {
            options,
            folder,
            programs,
            load,
            upstream_port,
            _upstream: upstream,
        })
    }

    fn report(&self) -> Result<Report> {
        let mut report = Report {
            about: self.about(),
            ..Report::default()
        };
        self.compare(&mut report)?;
        if self.options.wants("merge") {
            self.merge(&mut report)?;
        }
        if self.options.wants("routes") {
            self.routes(&mut report)?;
        }
        if self.options.wants("idle") {
            self.idle(&mut report)?;
        }
        if self.options.wants("start") {
            self.start(&mut report)?;
        }
        Ok(report)
    }

    fn about(&self) -> Vec<String> {
        let Options {
            seconds, rounds, ..
        } = &self.options;
        let mut about = vec![format!(
            "method: {rounds} interleaved rounds of {seconds} s after 1 s of warm-up, 64 kept \
             connections, proxy on core {PROXY_CORE}, load and upstream on core {LOAD_CORE}, \
             medians"
        )];
        about.extend(machine::describe());
        about.extend(self.programs.versions());
        about
    }

    /// All proxies, and the upstream without any, on both sizes of answer.
    fn compare(&self, report: &mut Report) -> Result<()> {
        let wanted = |proxy: &Proxy| self.options.wants(proxy.name());
        let mut running = Vec::new();
        for proxy in self.programs.proxies().filter(wanted) {
            let program = self.programs.path(proxy)?;
            running.push((
                proxy,
                proxy.start(program, self.upstream_port, &self.folder)?,
            ));
        }
        let direct = self.options.wants(DIRECT);
        if running.is_empty() && !direct {
            return Ok(());
        }
        for (path, title) in [
            ("/small", "Answers of 120 B"),
            ("/large", "Answers of 16 KB"),
        ] {
            let title = title.to_owned();
            let comparison = Comparison {
                title,
                rows: self.rounds(path, direct, &running)?,
            };
            report.goals.extend(comparison_goals(&comparison));
            report.comparisons.push(comparison);
        }
        Ok(())
    }

    fn rounds(
        &self,
        path: &str,
        direct: bool,
        running: &[(Proxy, Running)],
    ) -> Result<Vec<(&'static str, Series)>> {
        let mut contestants: Vec<(&'static str, u16, Option<&Server>)> = Vec::new();
        if direct {
            contestants.push((DIRECT, self.upstream_port, None));
        }
        contestants.extend(
            running
                .iter()
                .map(|(proxy, one)| (proxy.name(), one.port, Some(&one.server))),
        );
        let mut rows: Vec<(&'static str, Series)> = contestants
            .iter()
            .map(|(name, ..)| (*name, Series::default()))
            .collect();
        for round in 1..=self.options.rounds {
            for ((name, port, server), (_, series)) in contestants.iter().zip(&mut rows) {
                eprintln!("{path} round {round}: {name}");
                let url = format!("http://127.0.0.1:{port}{path}");
                series.samples.push(self.load.measure(&url, None, *server)?);
            }
        }
        Ok(rows)
    }

    /// A merge of three JSON answers beside one answer passed through.
    fn merge(&self, report: &mut Report) -> Result<()> {
        let program = self.programs.path(Proxy::Haleway)?;
        let running = Proxy::Haleway.start(program, self.upstream_port, &self.folder)?;
        let mut rows = [("/small", "passed through"), ("/merge", "merge of three")]
            .map(|(path, name)| (path, name.to_owned(), Series::default()));
        for round in 1..=self.options.rounds {
            for (path, _, series) in &mut rows {
                eprintln!("{path} round {round}");
                let url = format!("http://127.0.0.1:{}{path}", running.port);
                series
                    .samples
                    .push(self.load.measure(&url, None, Some(&running.server))?);
            }
        }
        let measured = rows[1].2.cpu_us() / rows[0].2.cpu_us();
        let what = "merge of three / passed through, CPU".to_owned();
        report.goals.push(Goal {
            what,
            measured,
            at_most: 4.5,
            unit: " x",
        });
        let rows = rows
            .into_iter()
            .map(|(_, name, series)| (name, series))
            .collect();
        report.extras.push(Table {
            title: "A merge of three JSON answers".to_owned(),
            rows,
        });
        Ok(())
    }

    /// Ten thousand endpoints beside ten, all asked for in turn.
    fn routes(&self, report: &mut Report) -> Result<()> {
        let mut contestants = Vec::new();
        for endpoints in [haleway::FEW_ENDPOINTS, MANY_ENDPOINTS] {
            let (running, _) = self.haleway(endpoints, true)?;
            let script = self.folder.join(format!("endpoints-{endpoints}.lua"));
            proxies::write(&script, &haleway::script(endpoints))?;
            contestants.push((
                format!("{endpoints} endpoints"),
                running,
                script,
                Series::default(),
            ));
        }
        for round in 1..=self.options.rounds {
            for (name, running, script, series) in &mut contestants {
                eprintln!("{name} round {round}");
                let url = format!("http://127.0.0.1:{}/", running.port);
                let server = Some(&running.server);
                series
                    .samples
                    .push(self.load.measure(&url, Some(script), server)?);
            }
        }
        let measured = contestants[1].3.cpu_us() / contestants[0].3.cpu_us();
        let what = "10,000 endpoints / ten, CPU".to_owned();
        report.goals.push(Goal {
            what,
            measured,
            at_most: 1.1,
            unit: " x",
        });
        let rows = contestants
            .into_iter()
            .map(|(name, .., series)| (name, series))
            .collect();
        report.extras.push(Table {
            title: "Ten thousand endpoints".to_owned(),
            rows,
        });
        Ok(())
    }

    fn idle(&self, report: &mut Report) -> Result<()> {
        eprintln!("idle");
        let (running, _) = self.haleway(haleway::FEW_ENDPOINTS, false)?;
        std::thread::sleep(IDLE);
        let measured = running.server.resident_kib() as f64 / MIB_IN_KIB;
        let what = "memory without load, RSS".to_owned();
        report.goals.push(Goal {
            what,
            measured,
            at_most: 15.0,
            unit: " MiB",
        });
        Ok(())
    }

    fn start(&self, report: &mut Report) -> Result<()> {
        let mut took_ms = Vec::new();
        for round in 1..=START_ROUNDS {
            eprintln!("start round {round}");
            let (_, took) = self.haleway(START_ENDPOINTS, false)?;
            took_ms.push(took.as_secs_f64() * 1e3);
        }
        let what = "start to serving with 1,000 endpoints".to_owned();
        let measured = median(took_ms);
        report.goals.push(Goal {
            what,
            measured,
            at_most: 50.0,
            unit: " ms",
        });
        Ok(())
    }

    /// Starts Haleway with that many endpoints; also how long it took to serve.
    fn haleway(&self, endpoints: usize, on_one_core: bool) -> Result<(Running, Duration)> {
        let program = self.programs.path(Proxy::Haleway)?;
        let port = free_port()?;
        let name = format!("haleway-{endpoints}");
        let config = self.folder.join(format!("{name}.json"));
        proxies::write(
            &config,
            &haleway::document(port, self.upstream_port, endpoints),
        )?;
        let mut command = if on_one_core {
            pinned(PROXY_CORE, program)
        } else {
            Command::new(program)
        };
        haleway::arguments(&mut command, &config);
        let started = Instant::now();
        let mut server = Server::start(&name, command, &self.folder)?;
        server.wait_until_serving(port, "/__health")?;
        Ok((Running { port, server }, started.elapsed()))
    }
}

fn comparison_goals(comparison: &Comparison) -> Vec<Goal> {
    let goal = |of: &str, at_most| {
        let measured = comparison.ratio("haleway", of)?;
        let what = format!("{}: haleway / {of}, CPU", comparison.title);
        Some(Goal {
            what,
            measured,
            at_most,
            unit: " x",
        })
    };
    [goal("nginx", 1.05), goal("envoy", 0.50)]
        .into_iter()
        .flatten()
        .collect()
}

/// Writes the report, keeping the notes that were written by hand.
fn write_results(text: &str) -> Result<()> {
    let path: &Path = &workspace::root().join("bench/RESULTS.md");
    let before = fs::read_to_string(path).unwrap_or_default();
    let notes = before.find(NOTES).map_or("", |at| &before[at..]);
    fs::write(path, format!("{text}{notes}")).with_context(|| format!("writing {}", path.display()))
}
