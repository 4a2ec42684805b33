//! What a machine says of an endpoint: one type for all machines.

use alloc::vec::Vec;

use crate::cause::Code;
use crate::config::Limit;
use crate::outcome::Seen;
use crate::time::Tick;

/// Who gives a signal. The order is that in which equal opinions are named: the first one decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Source {
    /// A person, through the admin side.
    Operator,
    /// Whoever told of the endpoint.
    Discovery,
    /// Counters shared by probes and requests.
    Counters,
    /// Trials after an ejection by traffic.
    HalfOpen,
    /// The breaker.
    Breaker,
    /// Damping of flaps.
    Flaps,
    /// Suspicion by silence.
    Silence,
    /// Nobody: nothing speaks against the endpoint.
    Birth,
}

wire_enum!(Source {
    Operator = "operator",
    Discovery = "discovery",
    Counters = "counters",
    HalfOpen = "half-open",
    Breaker = "breaker",
    Flaps = "flaps",
    Silence = "silence",
    Birth = "birth",
});

/// What a signal wants, from mild to grave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Opinion {
    /// Requests may go there.
    Healthy,
    /// It owes answers: this many requests at once may find out.
    Suspect {
        /// Requests at once.
        trials: u8,
    },
    /// It was unhealthy: this many requests at once may find out.
    Trial {
        /// Requests at once.
        trials: u8,
    },
    /// No request may go there.
    Unhealthy,
}

wire_enum!(Opinion {
    Healthy = "healthy",
    Suspect { trials } = "suspect",
    Trial { trials } = "trial",
    Unhealthy = "unhealthy",
});

/// What became of all signals: what an endpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Verdict {
    /// Requests go there.
    Healthy,
    /// It owes answers: one request at a time until it answers.
    Suspect,
    /// Trials find out whether it came back.
    Trial,
    /// No request goes there.
    Unhealthy,
}

wire_enum!(Verdict {
    Healthy = "healthy",
    Suspect = "suspect",
    Trial = "trial",
    Unhealthy = "unhealthy",
});

impl Verdict {
    /// True if it counts as available for its pool. A suspect one does (it was not ejected); one
    /// on trial does not.
    #[must_use]
    pub fn is_available(self) -> bool {
        matches!(self, Self::Healthy | Self::Suspect)
    }

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Suspect => "suspect",
            Self::Trial => "trial",
            Self::Unhealthy => "unhealthy",
        }
    }
}

impl From<Opinion> for Verdict {
    fn from(opinion: Opinion) -> Self {
        match opinion {
            Opinion::Healthy => Self::Healthy,
            Opinion::Suspect { .. } => Self::Suspect,
            Opinion::Trial { .. } => Self::Trial,
            Opinion::Unhealthy => Self::Unhealthy,
        }
    }
}

/// One machine's word on one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Signal {
    /// Who says it.
    pub source: Source,
    /// What it wants.
    pub opinion: Opinion,
    /// True if traffic brought it about; such ejections are bounded by the ejection budget and
    /// can end by trial.
    pub by_traffic: bool,
    /// Since when.
    pub since: Tick,
    /// Why, as a code.
    pub code: Code,
    /// What was seen.
    pub seen: Vec<Seen>,
    /// How many it were, as the machine counted.
    pub count: u32,
    /// The limit that was reached, or that stands.
    pub limit: Option<Limit>,
    /// When it ends by itself, where a time is set.
    pub until: Option<Tick>,
}

wire_struct!(Signal {
    source,
    opinion,
    by_traffic,
    since,
    code,
    seen,
    count,
    limit,
    until,
});

impl Signal {
    /// A signal without evidence.
    pub(crate) fn new(source: Source, opinion: Opinion, since: Tick, code: Code) -> Self {
        Self {
            source,
            opinion,
            by_traffic: false,
            since,
            code,
            seen: Vec::new(),
            count: 0,
            limit: None,
            until: None,
        }
    }
}
