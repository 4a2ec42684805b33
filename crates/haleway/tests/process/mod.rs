//! Starts the program, talks to it, and makes sure that it is gone in the end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Longest wait for anything.
const DEADLINE: Duration = Duration::from_secs(20);

/// A folder with configurations, and the program under both of its names.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn with(name: &str, text: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for program in ["haleway", "krakend"] {
            let to = folder.0.path().join(program);
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_haleway"), to).unwrap();
        }
        folder.write(name, text);
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Runs the program to its end: code, standard output, standard error.
    pub(crate) fn finish(
        &self,
        program: &str,
        arguments: &[&str],
    ) -> (Option<i32>, String, String) {
        self.finish_with(program, arguments, "")
    }

    pub(crate) fn finish_with(
        &self,
        program: &str,
        arguments: &[&str],
        input: &str,
    ) -> (Option<i32>, String, String) {
        let mut command = self.command(program, arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.path(program));
        command.args(arguments).current_dir(self.0.path());
        command
            .env_remove("RUST_LOG")
            .env("NO_COLOR", "1")
            .stderr(Stdio::piped());
        command
    }
}

/// A running program. It is killed when the test is over.
pub(crate) struct Gateway {
    child: Child,
    admin: SocketAddr,
    lines: Receiver<String>,
    pub(crate) ready_line: String,
}

impl Gateway {
    /// Starts it on free ports and waits until it says that it serves.
    pub(crate) fn start(folder: &Folder, arguments: &[&str]) -> Self {
        Self::start_with(folder, arguments, &[])
    }

    /// The same with these variables in its environment.
    pub(crate) fn start_with(
        folder: &Folder,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let admin = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let mut command = folder.command("haleway", arguments);
        command.envs(variables.iter().copied());
        let port = free_port().to_string();
        command
            .args(["-p", &port, "--admin", &admin.to_string()])
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut gateway = Self {
            child,
            admin,
            lines,
            ready_line: String::new(),
        };
        gateway.ready_line = gateway.expect_line(" serves ");
        gateway
    }

    pub(crate) fn admin(&self) -> SocketAddr {
        self.admin
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(status.unwrap().success());
    }

    /// The next line on standard error with this text.
    pub(crate) fn expect_line(&mut self, part: &str) -> String {
        let until = Instant::now() + DEADLINE;
        let mut seen = Vec::new();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if line.contains(part) => return line,
                Ok(line) => seen.push(line),
                Err(_) => panic!("no line with {part:?}, only {seen:#?}"),
            }
        }
    }

    /// Asks again and again until it holds.
    pub(crate) fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let until = Instant::now() + DEADLINE;
        while !holds(self) {
            assert!(Instant::now() < until, "not in time: {what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it wrote on standard output until its end; for a few lines only.
    pub(crate) fn data(&mut self) -> String {
        let mut data = String::new();
        self.child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut data)
            .unwrap();
        data
    }

    pub(crate) fn exit_code(&mut self) -> Option<i32> {
        let until = Instant::now() + DEADLINE;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("it did not end");
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

pub(crate) fn get(address: SocketAddr, target: &str) -> (u16, String) {
    ask(address, "GET", target)
}

pub(crate) fn post(address: SocketAddr, target: &str) -> (u16, String) {
    ask(address, "POST", target)
}

fn ask(address: SocketAddr, method: &str, target: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (
        head.split(' ').nth(1).unwrap().parse().unwrap(),
        body.to_owned(),
    )
}
