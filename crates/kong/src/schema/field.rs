//! One field of a table.

use super::Check;

/// A field of an entity, a record or a plugin's configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// Its name; empty for the elements of lists and maps.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
    /// It must not be null.
    pub(crate) required: bool,
    /// The default as JSON.
    pub(crate) default: Option<&'static str>,
    /// Rules beside the kind, in the order in which they are applied.
    pub(crate) checks: &'static [Check],
    /// It is filled in where it is left out: ids and times.
    pub(crate) auto: bool,
    /// No other entity may have the same value.
    pub(crate) unique: bool,
    /// It may be a reference to a vault, such as `{vault://env/name}`.
    pub(crate) referenceable: bool,
    /// An older name: where its value goes, with dots.
    pub(crate) moved_to: Option<&'static str>,
    /// What becomes of it.
    pub(crate) state: State,
    /// One line for the documentation.
    pub(crate) doc: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A list in which nothing stands twice.
    Set(&'static Field),
    /// A list.
    Array(&'static Field),
    /// Keys and values.
    Map(&'static Field, &'static Field),
    /// Named fields.
    Record(&'static [Field]),
    /// An entity of this kind, by id, name or an object with one of the two.
    Foreign(&'static str),
    /// Any value, as it stands (the `config` of a plugin before its name is known).
    Any,
}

/// What becomes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It works as in Kong.
    Supported,
    /// It works, with a difference that the text names.
    Approximated(&'static str),
    /// It is read and does nothing here, for the reason given.
    Idle(&'static str),
}

impl State {
    /// The word in the coverage table.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Approximated(_) => "approximated",
            Self::Idle(_) => "ignored",
        }
    }

    /// What there is to say about it.
    pub(crate) fn note(self) -> &'static str {
        match self {
            Self::Approximated(note) | Self::Idle(note) => note,
            Self::Supported => "",
        }
    }
}

impl Field {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: false,
            default: None,
            checks: &[],
            auto: false,
            unique: false,
            referenceable: false,
            moved_to: None,
            state: State::Supported,
            doc: "",
        }
    }

    /// A text.
    pub(crate) const fn string(name: &'static str) -> Self {
        Self::new(name, Kind::String)
    }

    /// A whole number.
    pub(crate) const fn integer(name: &'static str) -> Self {
        Self::new(name, Kind::Integer)
    }

    /// A number.
    pub(crate) const fn number(name: &'static str) -> Self {
        Self::new(name, Kind::Number)
    }

    /// True or false.
    pub(crate) const fn boolean(name: &'static str) -> Self {
        Self::new(name, Kind::Boolean)
    }

    /// A list in which nothing stands twice.
    pub(crate) const fn set(name: &'static str, element: &'static Self) -> Self {
        Self::new(name, Kind::Set(element))
    }

    /// A list.
    pub(crate) const fn array(name: &'static str, element: &'static Self) -> Self {
        Self::new(name, Kind::Array(element))
    }

    /// Keys and values.
    pub(crate) const fn map(
        name: &'static str,
        keys: &'static Self,
        values: &'static Self,
    ) -> Self {
        Self::new(name, Kind::Map(keys, values))
    }

    /// Named fields.
    pub(crate) const fn record(name: &'static str, fields: &'static [Self]) -> Self {
        Self::new(name, Kind::Record(fields))
    }

    /// An entity of this kind.
    pub(crate) const fn foreign(name: &'static str, entity: &'static str) -> Self {
        Self::new(name, Kind::Foreign(entity))
    }

    /// Any value.
    pub(crate) const fn any(name: &'static str) -> Self {
        Self::new(name, Kind::Any)
    }

    /// A shape under a name.
    pub(crate) const fn of(name: &'static str, shape: &'static Self) -> Self {
        Self { name, ..*shape }
    }

    /// The same, and it must not be null.
    pub(crate) const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    /// The same with a default, written as JSON.
    pub(crate) const fn default(self, json: &'static str) -> Self {
        Self {
            default: Some(json),
            ..self
        }
    }

    /// The same with these rules in place of those before.
    pub(crate) const fn checks(self, checks: &'static [Check]) -> Self {
        Self { checks, ..self }
    }

    /// The same, filled in where it is left out.
    pub(crate) const fn auto(self) -> Self {
        Self { auto: true, ..self }
    }

    /// The same, and no other entity may have its value.
    pub(crate) const fn unique(self) -> Self {
        Self {
            unique: true,
            ..self
        }
    }

    /// The same, and it may be a reference to a vault.
    pub(crate) const fn referenceable(self) -> Self {
        Self {
            referenceable: true,
            ..self
        }
    }

    /// The same as an older name of another field, whose path is given with dots.
    pub(crate) const fn moved_to(self, path: &'static str) -> Self {
        Self {
            moved_to: Some(path),
            ..self
        }
    }

    /// The same, and it works with this difference.
    pub(crate) const fn approximated(self, note: &'static str) -> Self {
        Self {
            state: State::Approximated(note),
            ..self
        }
    }

    /// The same, and it does nothing here for this reason.
    pub(crate) const fn idle(self, note: &'static str) -> Self {
        Self {
            state: State::Idle(note),
            ..self
        }
    }

    /// The same with a line of documentation.
    pub(crate) const fn doc(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }
}
