//! Opens listening sockets: one per core on the same address, so that the system spreads new
//! connections over the cores (SO_REUSEPORT).

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

/// Connections that may wait to be accepted, per core.
const BACKLOG: i32 = 4096;

/// The sockets of one listener.
pub(crate) struct Bound {
    /// The address that was given, with the port that the system chose where none was asked for.
    pub(crate) address: SocketAddr,
    /// One per core.
    pub(crate) sockets: Vec<TcpListener>,
}

/// Opens `cores` sockets on an address.
///
/// # Errors
/// The system's, for example because the port is in use.
pub(crate) fn bind(address: SocketAddr, cores: usize) -> io::Result<Bound> {
    // A socket that shares its port would also share it with another process. One that does not
    // share finds out first.
    drop(open(address, false)?);
    let first = open(address, true)?;
    let address = first.local_addr()?;
    let mut sockets = vec![first];
    while sockets.len() < cores {
        sockets.push(open(address, true)?);
    }
    Ok(Bound { address, sockets })
}

fn open(address: SocketAddr, shared: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    if address.is_ipv6() {
        // `::` serves both families, as Go's listeners do.
        socket.set_only_v6(false)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
