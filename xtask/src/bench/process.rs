//! Programs that run while something is measured: started, watched through `/proc`, and ended.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::ops::Sub;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::tools;

/// The load generator and the upstream share this core.
pub(super) const LOAD_CORE: &str = "0";
/// The proxy under test has this core alone.
pub(super) const PROXY_CORE: &str = "1";

const START_DEADLINE: Duration = Duration::from_secs(30);
const END_DEADLINE: Duration = Duration::from_secs(2);
const POLL_EVERY: Duration = Duration::from_micros(200);
const LOG_TAIL_LINES: usize = 20;

/// A running program; ended, with everything it started, when dropped.
pub(super) struct Server {
    name: String,
    child: Child,
    log: PathBuf,
}

/// Time that a program has spent on a core.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cpu {
    pub(super) user_us: f64,
    pub(super) kernel_us: f64,
}

impl Sub for Cpu {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            user_us: self.user_us - earlier.user_us,
            kernel_us: self.kernel_us - earlier.kernel_us,
        }
    }
}

/// `program`, tied to one core.
pub(super) fn pinned(core: &str, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", core]).arg(program);
    command
}

/// A port that nobody listens on now.
pub(super) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

impl Server {
    /// Starts `command`; its output goes to `folder/name.log`.
    pub(super) fn start(name: &str, mut command: Command, folder: &Path) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let file = File::create(&log).with_context(|| format!("creating {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("starting {name}: {command:?}"))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log,
        })
    }

    /// Waits until `path` on `port` is answered with 200.
    pub(super) fn wait_until_serving(&mut self, port: u16, path: &str) -> Result<()> {
        let deadline = Instant::now() + START_DEADLINE;
        loop {
            let last = match status(port, path) {
                Ok(200) => return Ok(()),
                Ok(status) => format!("{path} answers {status}"),
                Err(error) => error.to_string(),
            };
            if let Some(ended) = self.child.try_wait()? {
                bail!("{} ended with {ended}{}", self.name, self.log_tail());
            }
            if Instant::now() > deadline {
                bail!("{} does not serve: {last}{}", self.name, self.log_tail());
            }
            std::thread::sleep(POLL_EVERY);
        }
    }

    /// Sends the program a signal, such as `KILL`.
    pub(super) fn signal(&self, name: &str) {
        signal(name, &[self.child.id()]);
    }

    /// Kills the program and waits until it is gone.
    pub(super) fn kill(&mut self) {
        // A program that has ended already needs no killing.
        drop(self.child.kill());
        drop(self.child.wait());
    }

    fn log_tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let from = lines.len().saturating_sub(LOG_TAIL_LINES);
        format!("\n{}", lines[from..].join("\n"))
    }

    /// Time spent so far by the program and everything it started.
    pub(super) fn cpu(&self) -> Result<Cpu> {
        let tick_us = 1e6 / ticks_per_second();
        let mut total = Cpu::default();
        for pid in self.family() {
            let Some(stat) = Stat::read(pid) else {
                continue;
            };
            total.user_us += stat.user_ticks as f64 * tick_us;
            total.kernel_us += stat.kernel_ticks as f64 * tick_us;
        }
        Ok(total)
    }

    /// Resident memory of the program and everything it started, in KiB.
    pub(super) fn resident_kib(&self) -> u64 {
        self.family().into_iter().filter_map(resident_kib).sum()
    }

    /// The program's process and its descendants.
    fn family(&self) -> Vec<u32> {
        let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(|pid| Some((pid, Stat::read(pid)?.parent)))
            .collect();
        let mut family = vec![self.child.id()];
        let mut next = 0;
        while let Some(&parent) = family.get(next) {
            family.extend(
                parents
                    .iter()
                    .filter(|(_, of)| *of == parent)
                    .map(|(pid, _)| *pid),
            );
            next += 1;
        }
        family
    }

    fn end(&mut self) {
        let family = self.family();
        signal("TERM", &family[..1]);
        let deadline = Instant::now() + END_DEADLINE;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        signal("KILL", &family);
        // Nothing can be done about a program that outlives this.
        drop(self.child.wait());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.end();
        }
    }
}

fn signal(name: &str, pids: &[u32]) {
    let pids = pids.iter().map(u32::to_string);
    // A process that has ended meanwhile needs no signal.
    drop(
        Command::new("kill")
            .arg(format!("-{name}"))
            .args(pids)
            .stderr(Stdio::null())
            .status(),
    );
}

/// The status that `GET path` on `port` is answered with.
pub(super) fn status(port: u16, path: &str) -> Result<u16> {
    let mut head = [0; 12];
    ask(port, path)?.read_exact(&mut head)?;
    let status = std::str::from_utf8(&head)?.strip_prefix("HTTP/1.1 ");
    status
        .and_then(|status| status.parse().ok())
        .context("no HTTP/1.1 answer")
}

/// The body that `GET path` on `port` is answered with.
pub(super) fn body(port: u16, path: &str) -> Result<String> {
    let mut answer = String::new();
    ask(port, path)?.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").context("no body")?;
    Ok(body.to_owned())
}

/// A connection on which `GET path` was sent, the last of its requests.
fn ask(port: u16, path: &str) -> Result<TcpStream> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    )?;
    Ok(stream)
}

/// What `/proc/PID/stat` says.
struct Stat {
    parent: u32,
    user_ticks: u64,
    kernel_ticks: u64,
}

impl Stat {
    fn read(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The fields follow the program's name, which stands in brackets and may hold anything.
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.rsplit_once(") ")?.1.split_whitespace().collect();
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            user_ticks: fields.get(11)?.parse().ok()?,
            kernel_ticks: fields.get(12)?.parse().ok()?,
        })
    }
}

fn resident_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn ticks_per_second() -> f64 {
    let said = tools::version(Path::new("getconf"), &["CLK_TCK"]);
    said.parse().unwrap_or(100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_stat_line_whatever_the_name_holds() {
        let line = "7 (a) b) S 3 7 7 0 -1 4 90 0 0 0 15 25 0 0 20 0 1 0 5 9 9";
        let stat = Stat::parse(line).unwrap();
        assert_eq!(
            (stat.parent, stat.user_ticks, stat.kernel_ticks),
            (3, 15, 25)
        );
    }

    #[test]
    fn knows_its_own_memory() {
        assert!(resident_kib(std::process::id()).unwrap() > 100);
    }

    #[test]
    fn ends_a_program_and_what_it_started() {
        let folder = std::env::temp_dir();
        let name = format!("xtask-family-{}", std::process::id());
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' TERM; sleep 60 & echo $!; wait"]);
        let server = Server::start(&name, command, &folder).unwrap();
        let log = server.log.clone();
        let deadline = Instant::now() + START_DEADLINE;
        while server.family().len() < 2 {
            assert!(Instant::now() < deadline);
        }
        let family = server.family();
        drop(server);
        fs::remove_file(log).unwrap();
        let alive = |pid: &u32| {
            fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
        };
        while family.iter().any(alive) {
            assert!(Instant::now() < deadline);
        }
    }

    #[test]
    fn shows_the_log_of_a_program_that_ends_early() {
        let folder = std::env::temp_dir();
        let name = format!("xtask-early-{}", std::process::id());
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such file; exit 3"]);
        let mut server = Server::start(&name, command, &folder).unwrap();
        let error = server
            .wait_until_serving(free_port().unwrap(), "/")
            .unwrap_err()
            .to_string();
        fs::remove_file(&server.log).unwrap();
        assert!(error.contains("no such file"), "{error}");
    }
}
