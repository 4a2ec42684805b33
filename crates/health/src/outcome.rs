//! What was seen of an endpoint, by a request or a probe, and the class it falls into.
//!
//! [`What`] is the fact, [`Class`] is what a pool makes of it: the same status 503 may be a failure
//! for one pool and nothing at all for another. [`Classifier`] is the compiled form of a pool's
//! lists, for the path of a request.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use crate::config::Classes;
use crate::time::Tick;

/// What a pool makes of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Class {
    /// Speaks for the endpoint.
    Success,
    /// It answered, and badly.
    HttpFailure,
    /// No connection, or it broke.
    TcpFailure,
    /// It did not answer in time.
    Timeout,
    /// Says nothing: a status in neither list, or a request that its client gave up.
    Neutral,
}

wire_enum!(Class {
    Success = "success",
    HttpFailure = "http",
    TcpFailure = "tcp",
    Timeout = "timeout",
    Neutral = "neutral",
});

impl Class {
    /// Number of classes.
    pub const COUNT: usize = 5;

    /// All classes, in the order of [`Self::index`].
    pub const ALL: [Self; Self::COUNT] = [
        Self::Success,
        Self::HttpFailure,
        Self::TcpFailure,
        Self::Timeout,
        Self::Neutral,
    ];

    /// Its place in a table.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    /// True if it speaks against the endpoint.
    #[must_use]
    pub fn is_failure(self) -> bool {
        matches!(self, Self::HttpFailure | Self::TcpFailure | Self::Timeout)
    }
}

/// The fact that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum What {
    /// An HTTP answer with this status.
    Status(u16),
    /// A connection came about, and no more was asked.
    Connected,
    /// A gRPC health service says that it serves.
    Serving,
    /// A gRPC health service answers anything else.
    NotServing,
    /// The connection was refused.
    Refused,
    /// The connection broke: reset, or closed before an answer.
    Reset,
    /// There is no way to the address.
    Unreachable,
    /// No connection in time.
    ConnectTimeout,
    /// The TLS handshake failed or the certificate does not hold.
    TlsFailed,
    /// No TLS handshake in time.
    TlsTimeout,
    /// No answer in time.
    AnswerTimeout,
    /// Bytes that are no answer.
    Garbage,
    /// The client gave up first.
    Cancelled,
}

wire_enum!(What {
    Status(status) = "status",
    Connected = "connected",
    Serving = "serving",
    NotServing = "not-serving",
    Refused = "refused",
    Reset = "reset",
    Unreachable = "unreachable",
    ConnectTimeout = "connect-timeout",
    TlsFailed = "tls-failed",
    TlsTimeout = "tls-timeout",
    AnswerTimeout = "answer-timeout",
    Garbage = "garbage",
    Cancelled = "cancelled",
});

impl What {
    /// True if the endpoint itself said something, whatever it was.
    #[must_use]
    pub fn is_answer(self) -> bool {
        use What::{Connected, Garbage, NotServing, Serving, Status};
        matches!(self, Status(_) | Connected | Serving | NotServing | Garbage)
    }

    /// The compact form in HAProxy's manner: layer and kind, with the status behind it, for
    /// instance `L4TOUT`, `L7STS/503`, `L7OK/200`.
    #[must_use]
    pub fn compact(self, class: Class) -> String {
        let code = match self {
            Self::Status(_) if class.is_failure() => "L7STS",
            Self::Status(_) | Self::Serving => "L7OK",
            Self::NotServing => "L7STS",
            Self::Connected => "L4OK",
            Self::Refused | Self::Unreachable => "L4CON",
            Self::ConnectTimeout => "L4TOUT",
            Self::TlsFailed => "L6RSP",
            Self::TlsTimeout => "L6TOUT",
            Self::AnswerTimeout => "L7TOUT",
            Self::Reset | Self::Garbage => "L7RSP",
            Self::Cancelled => "UNK",
        };
        let mut text = String::from(code);
        if let Self::Status(status) = self {
            // Writing to a String cannot fail.
            let _ = write!(text, "/{status}");
        }
        text
    }
}

impl fmt::Display for What {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Status(status) => return write!(out, "status {status}"),
            Self::Connected => "connected",
            Self::Serving => "serving",
            Self::NotServing => "not serving",
            Self::Refused => "connection refused",
            Self::Reset => "connection reset",
            Self::Unreachable => "address unreachable",
            Self::ConnectTimeout => "connect timeout",
            Self::TlsFailed => "TLS failed",
            Self::TlsTimeout => "TLS timeout",
            Self::AnswerTimeout => "timeout",
            Self::Garbage => "no HTTP answer",
            Self::Cancelled => "cancelled by the client",
        })
    }
}

/// Who saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum By {
    /// The request with this number.
    Request(u64),
    /// The probe with this attempt number.
    Probe(u64),
}

wire_enum!(By { Request(number) = "request", Probe(attempt) = "probe" });

impl By {
    /// True for a probe.
    #[must_use]
    pub fn is_probe(self) -> bool {
        matches!(self, Self::Probe(_))
    }
}

/// One piece of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Seen {
    /// When the judge heard of it.
    pub at: Tick,
    /// Who saw it.
    pub by: By,
    /// The fact.
    pub what: What,
    /// What the pool makes of it.
    pub class: Class,
    /// How long it took, in microseconds.
    pub latency_us: u64,
}

wire_struct!(Seen {
    at,
    by,
    what,
    class,
    latency_us
});

impl fmt::Display for Seen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (who, number) = match self.by {
            By::Request(number) => ("request", number),
            By::Probe(attempt) => ("probe", attempt),
        };
        let (ms, us) = (self.latency_us / 1000, self.latency_us % 1000);
        write!(out, "{who} {number}: {} after {ms}.{us:03} ms", self.what)
    }
}

/// A set of statuses from 0 to 1023.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusSet([u64; 16]);

impl StatusSet {
    /// The set of these statuses; one above 1023 is left out, no answer can have it.
    #[must_use]
    pub fn new(statuses: &[u16]) -> Self {
        let mut set = Self::default();
        for status in statuses {
            if let Some(word) = set.0.get_mut(usize::from(status / 64)) {
                *word |= 1 << (status % 64);
            }
        }
        set
    }

    /// True if the status belongs to it.
    #[must_use]
    pub fn contains(&self, status: u16) -> bool {
        let word = self.0.get(usize::from(status / 64));
        word.is_some_and(|word| word >> (status % 64) & 1 == 1)
    }
}

/// The lists of a pool, compiled for the path of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Classifier {
    healthy: StatusSet,
    unhealthy: StatusSet,
    timeout: StatusSet,
    last_try_status: Option<u16>,
}

impl Classifier {
    /// Compiles the lists.
    #[must_use]
    pub fn new(classes: &Classes) -> Self {
        Self {
            healthy: StatusSet::new(&classes.healthy),
            unhealthy: StatusSet::new(&classes.unhealthy),
            timeout: StatusSet::new(&classes.timeout),
            last_try_status: classes.last_try_status,
        }
    }

    /// The class of an outcome. `last_try` says that no further try followed.
    #[must_use]
    pub fn class(&self, what: What, last_try: bool) -> Class {
        match what {
            What::Status(status) => self.of_status(status),
            What::Connected | What::Serving => Class::Success,
            What::NotServing | What::Garbage => Class::HttpFailure,
            What::ConnectTimeout | What::TlsTimeout | What::AnswerTimeout => Class::Timeout,
            What::Refused | What::Reset | What::Unreachable | What::TlsFailed => {
                let status = self.last_try_status.filter(|_| last_try);
                status.map_or(Class::TcpFailure, |status| self.of_status(status))
            }
            What::Cancelled => Class::Neutral,
        }
    }

    /// The class of what a probe saw. A TLS handshake that takes too long is a TCP failure to it,
    /// as to lua-resty-healthcheck 3.1, which knows no other end of a handshake.
    #[must_use]
    pub fn probe_class(&self, what: What) -> Class {
        match what {
            What::TlsTimeout => Class::TcpFailure,
            what => self.class(what, false),
        }
    }

    fn of_status(&self, status: u16) -> Class {
        if self.timeout.contains(status) {
            Class::Timeout
        } else if self.healthy.contains(status) {
            Class::Success
        } else if self.unhealthy.contains(status) {
            Class::HttpFailure
        } else {
            Class::Neutral
        }
    }
}

/// How many pieces of evidence are kept for one cause.
pub(crate) const EVIDENCE_MAX: usize = 8;

/// Adds evidence and lets the oldest go once there is too much.
pub(crate) fn remember(evidence: &mut Vec<Seen>, seen: Seen) {
    if evidence.len() >= EVIDENCE_MAX {
        evidence.remove(0);
    }
    evidence.push(seen);
}
