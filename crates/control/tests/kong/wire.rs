//! Requests and answers as bytes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use haleway_control::Control;
use serde_json::Value as Json;

/// An answer.
pub(crate) struct Answered {
    pub(crate) status: u16,
    /// The head, as it was written.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answered {
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.split("\r\n");
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

pub(crate) fn ask(to: &Control, method: &str, target: &str) -> Answered {
    ask_with(to, method, target, "", "")
}

/// With header lines, each with its end, and a body.
pub(crate) fn ask_with(
    to: &Control,
    method: &str,
    target: &str,
    headers: &str,
    body: &str,
) -> Answered {
    let length = body.len();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    send(to, request.as_bytes())
}

pub(crate) fn get(to: &Control, target: &str) -> Json {
    let answered = ask(to, "GET", target);
    assert_eq!(answered.status, 200, "{target} {}", answered.body);
    answered.json()
}

pub(crate) fn send(to: &Control, bytes: &[u8]) -> Answered {
    let mut stream = TcpStream::connect(to.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    // The answer may come before all of a large body is sent.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    Answered {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}
