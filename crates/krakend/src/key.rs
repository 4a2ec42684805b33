//! Tables of keys: one entry per key of an object, from which it is read, unknown keys are found,
//! and the coverage table is written.

use haleway_document::Severity;

/// A key of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// Its name in version 3.
    pub(crate) name: &'static str,
    /// Other names, most of them those of version 2.
    pub(crate) older: &'static [&'static str],
    /// What becomes of it.
    pub(crate) state: State,
    /// What there is to say about it; part of the message where it has no effect.
    pub(crate) note: &'static str,
}

/// What becomes of a key or namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It works as in KrakenD.
    Supported,
    /// It works, with differences that the note names.
    Approximated,
    /// It is known and does nothing here; the severity says how much that matters.
    Idle(Severity),
    /// It will work; it does not yet.
    NotBuilt,
    /// KrakenD Community ignores it.
    Enterprise,
    /// It loads Go code, which cannot run here.
    GoPlugin,
    /// KrakenD itself removed it.
    Removed,
}

impl State {
    /// The word in the coverage table.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Approximated => "approximated",
            Self::Idle(_) => "ignored",
            Self::NotBuilt => "not built yet",
            Self::Enterprise => "enterprise",
            Self::GoPlugin => "Go plugin",
            Self::Removed => "removed",
        }
    }
}

impl Key {
    /// Every name.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.older.iter().copied())
    }

    /// The same with names of earlier versions.
    pub(crate) const fn older(mut self, names: &'static [&'static str]) -> Self {
        self.older = names;
        self
    }
}

/// A key that works.
pub(crate) const fn key(name: &'static str) -> Key {
    Key {
        name,
        older: &[],
        state: State::Supported,
        note: "",
    }
}

/// A key that works with a difference.
pub(crate) const fn near(name: &'static str, note: &'static str) -> Key {
    Key {
        name,
        older: &[],
        state: State::Approximated,
        note,
    }
}

/// A key that does nothing here.
pub(crate) const fn idle(name: &'static str, severity: Severity, note: &'static str) -> Key {
    Key {
        name,
        older: &[],
        state: State::Idle(severity),
        note,
    }
}

/// A key that is not built yet.
pub(crate) const fn not_built(name: &'static str) -> Key {
    Key {
        name,
        older: &[],
        state: State::NotBuilt,
        note: "",
    }
}

/// A key of the Enterprise edition.
pub(crate) const fn enterprise(name: &'static str) -> Key {
    Key {
        name,
        older: &[],
        state: State::Enterprise,
        note: "",
    }
}

/// Keys that begin so are comments.
pub(crate) fn is_comment(name: &str) -> bool {
    name.starts_with(['@', '$', '_', '#'])
}
