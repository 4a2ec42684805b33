//! A connection of a probe in HTTP/1 or over TCP: a socket that never waits, in the clear or behind
//! TLS.

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use haleway_health::What;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use rustls::{ClientConnection, StreamOwned};
use socket2::{Domain, Protocol, Socket, Type};

use super::Secure;

/// The socket, with what is spoken on it. It ends when this is dropped.
#[derive(Debug)]
pub(super) enum Wire {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Wire {
    /// Begins a connection; events about it carry the token. `speaks_first` says that something is
    /// sent as soon as it stands.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn connect(
        address: SocketAddr,
        speaks_first: bool,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let kind = Type::STREAM.nonblocking();
        let socket = Socket::new(Domain::for_address(address), kind, Some(Protocol::TCP))?;
        if speaks_first {
            acknowledge_with_data(&socket);
        }
        match socket.connect(&address.into()) {
            Err(error) if !is_under_way(&error) => return Err(error),
            _ => {}
        }
        let mut stream = TcpStream::from_std(socket.into());
        // Dropping the socket takes it off the registry again.
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self::Clear(stream))
    }

    /// What became of the connection.
    ///
    /// # Errors
    /// It came to nothing.
    pub(super) fn connected(&self) -> io::Result<()> {
        self.socket().take_error()?.map_or(Ok(()), Err)
    }

    /// The same connection behind TLS.
    ///
    /// # Errors
    /// The configuration or the server's name cannot be used.
    pub(super) fn secure(self, secure: &Secure) -> Result<Self, What> {
        let Self::Clear(stream) = self else {
            return Ok(self);
        };
        // The end of the handshake and the request are two small writes in a row. Without this a
        // probe only takes longer.
        let _ = stream.set_nodelay(true);
        let (connector, name) = secure.parts()?;
        let connection = ClientConnection::new(connector.config().clone(), name);
        let connection = connection.map_err(|_| What::TlsFailed)?;
        let secured = StreamOwned::new(connection, stream);
        Ok(Self::Tls(Box::new(secured)))
    }

    /// Goes on with the handshake; true once it is over.
    ///
    /// # Errors
    /// It failed.
    pub(super) fn shake_hands(&mut self) -> io::Result<bool> {
        let Self::Tls(secured) = self else {
            return Ok(true);
        };
        while secured.conn.is_handshaking() {
            match secured.conn.complete_io(&mut secured.sock) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Sends what it can; `None` where there is no room now.
    ///
    /// # Errors
    /// The system's, or TLS'.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<Option<usize>> {
        again(|| match self {
            Self::Clear(stream) => stream.write(bytes),
            Self::Tls(secured) => secured.write(bytes),
        })
    }

    /// Sends what was written and is still here; false where there is no room now.
    ///
    /// # Errors
    /// The system's, or TLS'.
    pub(super) fn flush(&mut self) -> io::Result<bool> {
        match self {
            Self::Clear(_) => Ok(true),
            Self::Tls(secured) => Ok(again(|| secured.flush())?.is_some()),
        }
    }

    /// Reads what is there; `None` where there is nothing now, 0 where nothing will come any more.
    ///
    /// # Errors
    /// The system's, or TLS'.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        again(|| match self {
            Self::Clear(stream) => stream.read(buffer),
            Self::Tls(secured) => secured.read(buffer),
        })
    }

    /// Reading less than there was room for says that nothing is left. TLS reads record by record.
    pub(super) fn is_drained_by(&self, read: usize, room: usize) -> bool {
        matches!(self, Self::Clear(_)) && read < room
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Self::Clear(stream) => stream,
            Self::Tls(secured) => &secured.sock,
        }
    }
}

/// Once more where a signal came in between.
fn again<T>(mut once: impl FnMut() -> io::Result<T>) -> io::Result<Option<T>> {
    loop {
        match once() {
            Ok(done) => return Ok(Some(done)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn is_under_way(error: &io::Error) -> bool {
    error.raw_os_error() == Some(EINPROGRESS) || error.kind() == io::ErrorKind::WouldBlock
}

/// The system's number for a connection that is under way, for which the library has no name yet.
#[cfg(target_os = "linux")]
const EINPROGRESS: i32 = 115;
#[cfg(not(target_os = "linux"))]
const EINPROGRESS: i32 = 36;

/// The packet that would only say that the connection stands is left out: the request, which
/// follows at once, says it too (tcp(7), `TCP_QUICKACK`). HAProxy's checks do the same. Without it
/// a probe only costs more.
#[cfg(target_os = "linux")]
fn acknowledge_with_data(socket: &Socket) {
    let _ = socket.set_tcp_quickack(false);
}

#[cfg(not(target_os = "linux"))]
fn acknowledge_with_data(_socket: &Socket) {}
