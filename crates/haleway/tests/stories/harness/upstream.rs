//! Upstreams that do what a script says, byte by byte.

use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::wire::{Message, Wire};

/// A listening upstream. Each connection is served by a thread of its own.
pub(crate) struct Upstream {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    connections: AtomicUsize,
    requests: Mutex<Vec<Message>>,
    ended: AtomicBool,
}

/// One connection, as the script sees it.
pub(crate) struct Peer {
    pub(crate) wire: Wire,
    /// Which connection this is, from 0.
    pub(crate) number: usize,
    shared: Arc<Shared>,
}

impl Upstream {
    /// Runs a script on every connection.
    pub(crate) fn with(script: impl Fn(&mut Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let (script, known) = (Arc::new(script), shared.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if known.ended.load(Ordering::SeqCst) {
                    return;
                }
                let number = known.connections.fetch_add(1, Ordering::SeqCst);
                let (script, shared) = (script.clone(), known.clone());
                std::thread::spawn(move || {
                    script(&mut Peer {
                        wire: Wire::new(stream),
                        number,
                        shared,
                    });
                });
            }
        });
        Self { address, shared }
    }

    /// Answers every request on every connection with these bytes.
    pub(crate) fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::with(move |peer| {
            while peer.request().is_some() {
                peer.send(&bytes);
            }
        })
    }

    /// Answers every request with 200 and this JSON.
    pub(crate) fn json(body: &str) -> Self {
        Self::answering(answer(200, "application/json", body))
    }

    /// Answers each request as a function says.
    pub(crate) fn by(reply: impl Fn(&Message) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::with(move |peer| {
            while let Some(request) = peer.request() {
                peer.send(reply(&request));
            }
        })
    }

    /// As a host of a configuration.
    pub(crate) fn host(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections it has seen.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The requests that it has read.
    pub(crate) fn requests(&self) -> Vec<Message> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// The only request that it has read.
    pub(crate) fn request(&self) -> Message {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:#?}");
        requests[0].clone()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

impl Peer {
    /// The next request with its body; `None` where the connection has ended.
    pub(crate) fn request(&mut self) -> Option<Message> {
        let mut request = self.wire.head().ok()?;
        request.body = self.wire.request_body(&request).ok()?;
        self.shared.requests.lock().unwrap().push(request.clone());
        Some(request)
    }

    /// The head of the next request; its body is left to be read.
    pub(crate) fn head(&mut self) -> Option<Message> {
        let request = self.wire.head().ok()?;
        self.shared.requests.lock().unwrap().push(request.clone());
        Some(request)
    }

    /// Sends bytes. Nobody may be there any more to take them.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.try_send(bytes);
    }

    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.wire.stream.write_all(bytes.as_ref())
    }

    /// Ends the connection as one does.
    pub(crate) fn close(&mut self) {
        let _ = self.wire.stream.shutdown(Shutdown::Both);
    }

    /// Ends it with a reset.
    pub(crate) fn reset(&mut self) {
        let socket = socket2::SockRef::from(&self.wire.stream);
        socket.set_linger(Some(std::time::Duration::ZERO)).unwrap();
    }

    /// Says nothing more until the other side goes.
    pub(crate) fn hang(&mut self) {
        self.wire.rest();
    }
}

/// An answer with its length.
pub(crate) fn answer(status: u16, content_type: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Whatever\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
