//! The program: started with a configuration, watched, ended.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::{DEADLINE, until};

/// How the program is to be started.
pub(crate) struct Start {
    folder: tempfile::TempDir,
    program: &'static str,
    config: &'static str,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    port: Option<u16>,
}

/// How a program that was not to stay ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) data: String,
    pub(crate) talk: String,
}

impl Start {
    /// With this configuration, in a folder of its own.
    pub(crate) fn with(config: &str) -> Self {
        Self::with_named("krakend.json", config)
    }

    /// The same with another name of the file.
    pub(crate) fn with_named(name: &'static str, config: &str) -> Self {
        let start = Self {
            folder: tempfile::tempdir().unwrap(),
            program: "haleway",
            config: name,
            arguments: Vec::new(),
            variables: Vec::new(),
            port: Some(0),
        };
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_haleway"), start.path("haleway")).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_haleway"), start.path("krakend")).unwrap();
        start.file(name, config)
    }

    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.path(name), content).unwrap();
        self
    }

    pub(crate) fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// On the port that the configuration names.
    pub(crate) fn own_port(mut self) -> Self {
        self.port = None;
        self
    }

    /// Reads the configuration from another file; without a name, no path is given.
    pub(crate) fn config(mut self, name: &'static str) -> Self {
        self.config = name;
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Called under another name.
    pub(crate) fn called(mut self, program: &'static str) -> Self {
        self.program = program;
        self
    }

    /// Serves, and waits until it says so.
    pub(crate) fn go(mut self) -> Gateway {
        let own = ["run", "--admin", "127.0.0.1:0"];
        let mut arguments: Vec<String> = own.map(str::to_owned).to_vec();
        if !self.config.is_empty() {
            arguments.extend(["-c".to_owned(), self.config.to_owned()]);
        }
        if let Some(port) = self.port {
            arguments.extend(["-p".to_owned(), port.to_string()]);
        }
        arguments.append(&mut self.arguments);
        let child = self.command(&arguments).spawn().unwrap();
        Gateway::watch(child, self.folder, self.config)
    }

    /// Runs a command line to its end.
    pub(crate) fn finish(&self, arguments: &[&str]) -> Ended {
        let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
        let mut child = self.command(&arguments).spawn().unwrap();
        let read = |stream: Option<Box<dyn Read + Send>>| {
            std::thread::spawn(move || {
                let mut text = String::new();
                stream.unwrap().read_to_string(&mut text).unwrap();
                text
            })
        };
        let data = read(child.stdout.take().map(|it| Box::new(it) as _));
        let talk = read(child.stderr.take().map(|it| Box::new(it) as _));
        let code = wait(&mut child);
        let _ = child.kill();
        Ended {
            code,
            data: data.join().unwrap(),
            talk: talk.join().unwrap(),
        }
    }

    fn command(&self, arguments: &[String]) -> Command {
        let mut command = Command::new(self.path(self.program));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("RUST_LOG")
            .env("NO_COLOR", "1")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

/// A running program. It is killed when the story is over.
pub(crate) struct Gateway {
    child: Child,
    folder: tempfile::TempDir,
    config: &'static str,
    address: SocketAddr,
    admin: SocketAddr,
    talk: Lines,
    log: Lines,
}

type Lines = Arc<Mutex<Vec<String>>>;

impl Gateway {
    /// With this configuration, on ports that the system chooses.
    pub(crate) fn start(config: &str) -> Self {
        Start::with(config).go()
    }

    /// Waits until it serves.
    fn watch(mut child: Child, folder: tempfile::TempDir, config: &'static str) -> Self {
        let talk = collect(child.stderr.take().unwrap());
        let log = collect(child.stdout.take().unwrap());
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut gateway = Self {
            child,
            folder,
            config,
            address: nowhere,
            admin: nowhere,
            talk,
            log,
        };
        let ready = gateway.expect_talk(" serves ");
        let (serving, admin) = ready.split_once("; admin ").unwrap();
        gateway.admin = admin.parse().unwrap_or(nowhere);
        gateway.address = addresses(serving)[0];
        gateway
    }

    /// Where it serves.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn admin(&self) -> SocketAddr {
        self.admin
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts another configuration in place, so that no half of it is ever read.
    pub(crate) fn write(&self, config: &str) {
        std::fs::write(self.path("next"), config).unwrap();
        std::fs::rename(self.path("next"), self.path(self.config)).unwrap();
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// What it has said so far on standard error.
    pub(crate) fn talk(&self) -> Vec<String> {
        self.talk.lock().unwrap().clone()
    }

    /// What it has written so far on standard output.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// The first line with this text on standard error, once it is there.
    pub(crate) fn expect_talk(&self, part: &str) -> String {
        expect(&self.talk, part, &self.talk)
    }

    /// The first line with this text on standard output, once it is there.
    pub(crate) fn expect_log(&self, part: &str) -> String {
        expect(&self.log, part, &self.talk)
    }

    /// A number of `/metrics`, by the text before it.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let metrics = super::get(self.admin, "/metrics");
        let line = metrics
            .text()
            .lines()
            .find_map(|line| line.strip_prefix(name));
        let line = line.unwrap_or_else(|| panic!("no {name} in {}", metrics.text()));
        line.trim().parse().unwrap()
    }

    /// Bytes of memory that it holds, apart from the program's own text.
    pub(crate) fn held_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"))
            .unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// Whether it has not ended.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// The code that it ends with.
    pub(crate) fn exit_code(&mut self) -> Option<i32> {
        wait(&mut self.child)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the program said: {:#?}", self.talk());
        }
    }
}

/// Addresses in a line, where `0.0.0.0` can be reached.
fn addresses(line: &str) -> Vec<SocketAddr> {
    let words = line
        .split([' ', ','])
        .filter_map(|word| word.parse::<SocketAddr>().ok());
    words
        .map(|found| SocketAddr::from(([127, 0, 0, 1], found.port())))
        .collect()
}

fn collect(stream: impl Read + Send + 'static) -> Lines {
    let lines = Lines::default();
    let into = lines.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            into.lock().unwrap().push(line);
        }
    });
    lines
}

fn expect(lines: &Lines, part: &str, talk: &Lines) -> String {
    let find = || {
        lines
            .lock()
            .unwrap()
            .iter()
            .find(|line| line.contains(part))
            .cloned()
    };
    let began = Instant::now();
    loop {
        if let Some(line) = find() {
            return line;
        }
        if began.elapsed() > DEADLINE {
            let said = talk.lock().unwrap().clone();
            panic!("no line with {part:?}; it said {said:#?}");
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

fn wait(child: &mut Child) -> Option<i32> {
    let mut status = None;
    until("the program ends", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    status.and_then(|status| status.code())
}
