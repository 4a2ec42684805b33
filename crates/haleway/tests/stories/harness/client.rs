//! A client that sends what it is told, however wrong.

use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use super::wire::{Message, Wire};

/// A connection to the program.
pub(crate) struct Client {
    pub(crate) wire: Wire,
}

impl Client {
    pub(crate) fn connect(to: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&to, super::DEADLINE).unwrap();
        Self {
            wire: Wire::new(stream),
        }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.wire.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// The same where the other side may be gone already.
    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.wire.stream.write_all(bytes.as_ref())
    }

    /// A request without a body, on a connection that stays.
    pub(crate) fn ask(&mut self, method: &str, target: &str) -> Message {
        self.send(format!(
            "{method} {target} HTTP/1.1\r\nHost: gateway\r\n\r\n"
        ));
        if method == "HEAD" {
            self.wire.head().unwrap()
        } else {
            self.answer()
        }
    }

    /// The next whole answer.
    pub(crate) fn answer(&mut self) -> Message {
        self.try_answer()
            .unwrap_or_else(|error| panic!("no whole answer: {error}"))
    }

    pub(crate) fn try_answer(&mut self) -> io::Result<Message> {
        let mut head = self.wire.head()?;
        head.body = self.wire.answer_body(&head)?;
        Ok(head)
    }

    /// Says that nothing more will be sent.
    pub(crate) fn finish(&mut self) {
        self.wire.stream.shutdown(Shutdown::Write).unwrap();
    }

    /// Whether the program closes the connection without another byte.
    pub(crate) fn is_closed(&mut self) -> bool {
        match self.wire.some() {
            Ok(bytes) => bytes.is_empty(),
            Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
        }
    }
}

pub(crate) fn get(to: SocketAddr, target: &str) -> Message {
    Client::connect(to).ask("GET", target)
}

pub(crate) fn post(to: SocketAddr, target: &str, body: &str) -> Message {
    let mut client = Client::connect(to);
    let length = body.len();
    client.send(format!(
        "POST {target} HTTP/1.1\r\nHost: gateway\r\nContent-Length: {length}\r\n\r\n{body}"
    ));
    client.answer()
}
