//! `cargo xtask bench`: what Haleway costs beside the proxies that people know.

mod options;

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::load::Load;
use super::process::{LOAD_CORE, PROXY_CORE, Server, free_port, pinned};
use super::programs::{self, Build, Programs};
use super::proxies::{self, Proxy, Running};
use super::report::{Comparison, Goal, Report, Table};
use super::series::{Contestant, Series, contest, median};
use super::{haleway, machine, results};
use crate::tools;
use options::{DIRECT, Options};

const MANY_ENDPOINTS: usize = 10_000;
const START_ENDPOINTS: usize = 1_000;
const START_ROUNDS: u32 = 7;
/// Memory is read after this time without a request.
const IDLE: Duration = Duration::from_secs(1);
const MIB_IN_KIB: f64 = 1024.0;

/// Measures what `arguments` ask for and prints the report; a report of everything is also written
/// to `bench/RESULTS.md`.
pub(super) fn run(arguments: &[String]) -> Result<()> {
    let options = Options::parse(arguments)?;
    let complete = options.are_complete();
    let bench = Bench::prepare(options)?;
    let text = bench.report()?.markdown();
    println!("{text}");
    if complete {
        results::write_report(&text)?;
    }
    Ok(())
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
        let wanted = options.proxies();
        let programs = Programs::prepare(Build::Measured, &wanted, options.binary.as_deref())?;
        let folder = programs::folder("bench")?;
        let upstream_port = free_port()?;
        let mut command = pinned(LOAD_CORE, &programs.upstream()?);
        command.arg(format!("127.0.0.1:{upstream_port}"));
        let mut upstream = Server::start("upstream", command, &folder)?;
        upstream.wait_until_serving(upstream_port, "/small")?;
        let load = Load {
            wrk: programs::wrk()?,
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
        about.push(format!("load: {}", tools::version(&self.load.wrk, &["-v"])));
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
            let contestants = self.contestants(path, direct, &running);
            let comparison = Comparison {
                title: title.to_owned(),
                rows: contest(&self.load, self.options.rounds, &contestants)?,
            };
            report.goals.extend(comparison_goals(&comparison));
            report.comparisons.push(comparison);
        }
        Ok(())
    }

    fn contestants<'a>(
        &self,
        path: &str,
        direct: bool,
        running: &'a [(Proxy, Running)],
    ) -> Vec<Contestant<'a>> {
        let direct = direct.then_some((DIRECT, self.upstream_port, None));
        let proxies = running
            .iter()
            .map(|(proxy, one)| (proxy.name(), one.port, Some(&one.server)));
        direct
            .into_iter()
            .chain(proxies)
            .map(|(name, port, server)| Contestant {
                name: name.to_owned(),
                url: format!("http://127.0.0.1:{port}{path}"),
                script: None,
                server,
            })
            .collect()
    }

    /// A merge of three JSON answers beside one answer passed through.
    fn merge(&self, report: &mut Report) -> Result<()> {
        let program = self.programs.path(Proxy::Haleway)?;
        let running = Proxy::Haleway.start(program, self.upstream_port, &self.folder)?;
        let contestants =
            [("/small", "passed through"), ("/merge", "merge of three")].map(|(path, name)| {
                Contestant {
                    name: name.to_owned(),
                    url: format!("http://127.0.0.1:{}{path}", running.port),
                    script: None,
                    server: Some(&running.server),
                }
            });
        let rows = contest(&self.load, self.options.rounds, &contestants)?;
        let goal = ("merge of three / passed through, CPU", 4.5);
        beside(report, "A merge of three JSON answers", goal, rows);
        Ok(())
    }

    /// Ten thousand endpoints beside ten, all asked for in turn.
    fn routes(&self, report: &mut Report) -> Result<()> {
        let mut all = Vec::new();
        for endpoints in [haleway::FEW_ENDPOINTS, MANY_ENDPOINTS] {
            let (running, _) = self.haleway(endpoints, true)?;
            let script = self.folder.join(format!("endpoints-{endpoints}.lua"));
            proxies::write(&script, &haleway::script(endpoints))?;
            all.push((endpoints, running, script));
        }
        let contestants: Vec<Contestant<'_>> = all
            .iter()
            .map(|(endpoints, running, script)| Contestant {
                name: format!("{endpoints} endpoints"),
                url: format!("http://127.0.0.1:{}/", running.port),
                script: Some(script.clone()),
                server: Some(&running.server),
            })
            .collect();
        let rows = contest(&self.load, self.options.rounds, &contestants)?;
        let goal = ("10,000 endpoints / ten, CPU", 1.1);
        beside(report, "Ten thousand endpoints", goal, rows);
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
        haleway::arguments(&mut command, &[config]);
        let started = Instant::now();
        let mut server = Server::start(&name, command, &self.folder)?;
        server.wait_until_serving(port, "/__health")?;
        Ok((Running { port, server }, started.elapsed()))
    }
}

/// Two kinds of work of one proxy, and how much more than the first the second may cost.
fn beside(
    report: &mut Report,
    title: &str,
    (what, at_most): (&str, f64),
    rows: Vec<(String, Series)>,
) {
    report.goals.push(Goal {
        what: what.to_owned(),
        measured: rows[1].1.cpu_us() / rows[0].1.cpu_us(),
        at_most,
        unit: " x",
    });
    report.extras.push(Table {
        title: title.to_owned(),
        rows,
    });
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
