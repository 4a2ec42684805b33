//! The book of a core's open connections: who is late, who rests, who must end.
//!
//! Time limits of connections are coarse and many, so they cost the request path no timer: a
//! connection notes in its entry what it is doing, and a sweep every few milliseconds cuts those
//! that have done it for too long.

use std::cell::{Cell, OnceCell, RefCell};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::task::Waker;
use std::time::{Duration, Instant};

use haleway_blueprint::ListenerLimits;
use http::{HeaderValue, Version};
use rustls::ServerConnection;

use super::tls::TlsFacts;
use super::tunnel::Tunnel;

/// Time for which a client may refuse to take a byte of an answer.
const STALLED_MAX: Duration = Duration::from_secs(60);

/// What a connection is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// It rests between two requests.
    Idle,
    /// A head is expected: the connection is new, or the first bytes are here.
    Head,
    /// A request is served.
    Serving,
    /// It carries another protocol, whose pace is its own.
    Tunnel,
}

/// A connection's entry in the book.
pub(crate) struct Entry {
    /// The listener that it came through.
    pub(crate) listener: SocketAddr,
    /// The client's side.
    pub(crate) peer: SocketAddr,
    /// The client's address as a header value: most requests pass it on.
    peer_value: HeaderValue,
    /// Unset without TLS.
    tls: OnceCell<TlsFacts>,
    limits: Limits,
    clock: Rc<Cell<Instant>>,
    phase: Cell<Phase>,
    since: Cell<Instant>,
    /// Since when the current request is being read.
    reading_since: Cell<Instant>,
    /// Bodies that are coming: more than one only on HTTP/2.
    bodies: Cell<u32>,
    /// Requests being served: more than one only on HTTP/2.
    active: Cell<u32>,
    /// Since when the client takes nothing.
    stalled: Cell<Option<Instant>>,
    /// It carries HTTP/2: bytes at rest announce no request.
    multiplexed: Cell<bool>,
    cut: Cell<bool>,
    draining: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    /// Where the connection goes on after a 101.
    pub(crate) tunnel: RefCell<Option<Tunnel>>,
}

#[derive(Clone, Copy)]
struct Limits {
    head: Option<Duration>,
    read: Option<Duration>,
    write: Option<Duration>,
    idle: Option<Duration>,
}

impl Entry {
    /// An address as a header value.
    pub(crate) fn address_value(&self, address: IpAddr) -> HeaderValue {
        if address == self.peer.ip().to_canonical() {
            return self.peer_value.clone();
        }
        address_value(address)
    }

    /// Its TLS handshake is done.
    pub(crate) fn encrypted(&self, session: &ServerConnection) {
        // A connection has one handshake.
        drop(self.tls.set(TlsFacts::of(session)));
    }

    /// What was agreed on, where it is encrypted.
    pub(crate) fn tls(&self) -> Option<&TlsFacts> {
        self.tls.get()
    }

    /// Whether it is encrypted.
    pub(crate) fn is_tls(&self) -> bool {
        self.tls().is_some()
    }

    /// The name in its TLS handshake, in lower case.
    pub(crate) fn server_name(&self) -> Option<&str> {
        let name = self.tls().map(|tls| &*tls.server_name);
        name.filter(|name| !name.is_empty())
    }

    /// Bytes came in.
    pub(super) fn received(&self) {
        if self.phase.get() == Phase::Idle && !self.multiplexed.get() {
            self.enter(Phase::Head);
            self.reading_since.set(self.clock.get());
        }
    }

    /// Bytes went out, or could not.
    pub(super) fn wrote(&self, progress: bool) {
        if progress {
            self.stalled.set(None);
        } else if self.stalled.get().is_none() {
            self.stalled.set(Some(self.clock.get()));
        }
    }

    /// A request begins.
    pub(super) fn begin(&self, version: Version) {
        self.multiplexed.set(version == Version::HTTP_2);
        if self.active.replace(self.active.get() + 1) == 0 {
            if self.phase.get() != Phase::Head {
                self.reading_since.set(self.clock.get());
            }
            self.enter(Phase::Serving);
        }
    }

    /// A request has a body, and not all of it is here.
    pub(super) fn body_begins(&self) {
        self.bodies.set(self.bodies.get() + 1);
    }

    /// All of it is here, or nobody wants the rest.
    pub(super) fn body_ends(&self) {
        self.bodies.set(self.bodies.get().saturating_sub(1));
    }

    /// The last byte of an answer is on its way, or never will be.
    pub(super) fn end(&self) {
        let left = self.active.get().saturating_sub(1);
        self.active.set(left);
        match left {
            0 => self.enter(Phase::Idle),
            // Others go on beside it; each of them has time of its own.
            _ => {
                self.since.set(self.clock.get());
                self.reading_since.set(self.clock.get());
            }
        }
    }

    /// It goes on in another protocol.
    pub(crate) fn tunnelled(&self) {
        self.enter(Phase::Tunnel);
        self.stalled.set(None);
    }

    /// Whether the connection must end at once. The waker is kept to tell it when it must.
    pub(super) fn is_cut(&self, waker: &Waker) -> bool {
        let mut kept = self.waker.borrow_mut();
        if !kept.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
            *kept = Some(waker.clone());
        }
        self.cut.get()
    }

    /// Whether the connection must end after its current request.
    pub(super) fn is_draining(&self) -> bool {
        self.draining.get()
    }

    fn enter(&self, phase: Phase) {
        self.phase.set(phase);
        self.since.set(self.clock.get());
    }

    fn is_late(&self, now: Instant) -> bool {
        let over = |limit: Option<Duration>, since: Instant| {
            limit.is_some_and(|limit| now.saturating_duration_since(since) > limit)
        };
        let since = self.since.get();
        let late = match self.phase.get() {
            Phase::Idle => over(self.limits.idle, since),
            Phase::Head => over(self.limits.head, since) || self.reads_too_long(over),
            Phase::Serving => {
                over(self.limits.write, since) || self.bodies.get() > 0 && self.reads_too_long(over)
            }
            Phase::Tunnel => false,
        };
        late || self
            .stalled
            .get()
            .is_some_and(|since| over(Some(STALLED_MAX), since))
    }

    fn reads_too_long(&self, over: impl Fn(Option<Duration>, Instant) -> bool) -> bool {
        over(self.limits.read, self.reading_since.get())
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }
}

fn address_value(address: IpAddr) -> HeaderValue {
    HeaderValue::from_str(&address.to_string()).expect("an address has visible characters only")
}

/// The open connections of a core.
pub(crate) struct Connections {
    entries: RefCell<Vec<Option<Rc<Entry>>>>,
    free: RefCell<Vec<usize>>,
    /// The time of the last sweep: precise enough for limits of connections.
    clock: Rc<Cell<Instant>>,
    draining: Cell<bool>,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            entries: RefCell::default(),
            free: RefCell::default(),
            clock: Rc::new(Cell::new(Instant::now())),
            draining: Cell::new(false),
        }
    }
}

/// A place in the book; dropping it strikes the entry out.
pub(super) struct Place {
    pub(super) entry: Rc<Entry>,
    connections: Rc<Connections>,
    index: usize,
}

impl Connections {
    /// Enters a connection.
    pub(super) fn enter(
        self: &Rc<Self>,
        listener: SocketAddr,
        peer: SocketAddr,
        limits: &ListenerLimits,
    ) -> Place {
        let micros = |limit: Option<u64>| limit.map(Duration::from_micros);
        let entry = Rc::new(Entry {
            listener,
            peer,
            peer_value: address_value(peer.ip().to_canonical()),
            tls: OnceCell::new(),
            limits: Limits {
                head: micros(limits.header_read_timeout_us),
                read: micros(limits.read_timeout_us),
                write: micros(limits.write_timeout_us),
                idle: micros(limits.idle_timeout_us),
            },
            clock: self.clock.clone(),
            phase: Cell::new(Phase::Head),
            since: Cell::new(self.clock.get()),
            reading_since: Cell::new(self.clock.get()),
            bodies: Cell::new(0),
            active: Cell::new(0),
            stalled: Cell::new(None),
            multiplexed: Cell::new(false),
            cut: Cell::new(false),
            draining: Cell::new(self.draining.get()),
            waker: RefCell::new(None),
            tunnel: RefCell::new(None),
        });
        let mut entries = self.entries.borrow_mut();
        let index = self.free.borrow_mut().pop().unwrap_or_else(|| {
            entries.push(None);
            entries.len() - 1
        });
        entries[index] = Some(entry.clone());
        Place {
            entry,
            connections: self.clone(),
            index,
        }
    }

    /// Cuts the connections that are late.
    pub(crate) fn sweep(&self, now: Instant) {
        self.clock.set(now);
        for entry in self.entries.borrow().iter().flatten() {
            if entry.is_late(now) {
                entry.cut.set(true);
                entry.wake();
            }
        }
    }

    /// Ends every connection when its current request is done.
    pub(crate) fn drain(&self) {
        self.draining.set(true);
        self.drain_where(|_| true);
    }

    /// Ends those of one listener so.
    pub(crate) fn drain_listener(&self, listener: SocketAddr) {
        self.drain_where(|entry| entry.listener == listener);
    }

    fn drain_where(&self, meant: impl Fn(&Entry) -> bool) {
        let entries = self.entries.borrow();
        for entry in entries.iter().flatten().filter(|entry| meant(entry)) {
            entry.draining.set(true);
            entry.wake();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.entries.borrow_mut()[self.index] = None;
        self.connections.free.borrow_mut().push(self.index);
    }
}
