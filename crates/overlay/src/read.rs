//! How settings are read, whoever reads them.

use haleway_document::strict::{Fields, Found};

use crate::part::{HalfOpen, Part, Recover};

/// A value and the place that set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// The place, such as `haleway.yaml:4:9`.
    pub line: String,
}

/// A setting that may be switched off, also where something before it switched it on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Switch<T> {
    /// `off`.
    Off,
    /// On, with this.
    On(T),
}

impl<T> Switch<T> {
    /// What it is on with.
    #[must_use]
    pub fn on(&self) -> Option<&T> {
        match self {
            Self::Off => None,
            Self::On(value) => Some(value),
        }
    }
}

/// The fields of an object that holds settings. Whoever implements it says what is wrong with a
/// value in its own words, and then gives `None`.
pub trait ReadSettings: Sized {
    /// True where the setting is switched off.
    fn is_off(&self, name: &str) -> bool;

    /// A whole number between two others.
    fn count(&self, name: &str, least: u32, most: u32) -> Option<Placed<u32>>;

    /// A length of time, in microseconds.
    fn duration_us(&self, name: &str) -> Option<Placed<u64>>;

    /// A share, in parts per million.
    fn share_ppm(&self, name: &str) -> Option<u32>;

    /// One of several words.
    fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Option<T>;

    /// True or false.
    fn flag(&self, name: &str) -> Option<bool>;

    /// An object below.
    fn part<P: Part>(&self, name: &str) -> Option<P>;

    /// Recovery by trial: `recover.half_open`, where nobody writes it otherwise.
    fn half_open(&self) -> Option<Switch<HalfOpen>> {
        match switch(self, "recover", |it, name| it.part::<Recover>(name))? {
            Switch::Off => Some(Switch::Off),
            Switch::On(recover) => recover.half_open,
        }
    }
}

/// Reads a setting that may be `off`.
pub fn switch<R: ReadSettings, T>(
    fields: &R,
    name: &str,
    read: impl FnOnce(&R, &str) -> Option<T>,
) -> Option<Switch<T>> {
    if fields.is_off(name) {
        Some(Switch::Off)
    } else {
        read(fields, name).map(Switch::On)
    }
}

impl ReadSettings for Fields<'_> {
    fn is_off(&self, name: &str) -> bool {
        Fields::is_off(self, name)
    }

    fn count(&self, name: &str, least: u32, most: u32) -> Option<Placed<u32>> {
        let found = Fields::count(self, name, least.into(), most.into())?;
        Some(Placed {
            value: u32::try_from(found.value).ok()?,
            line: self.strict().place(found.span),
        })
    }

    fn duration_us(&self, name: &str) -> Option<Placed<u64>> {
        let found = Fields::duration_us(self, name)?;
        Some(Placed {
            value: found.value,
            line: self.strict().place(found.span),
        })
    }

    fn share_ppm(&self, name: &str) -> Option<u32> {
        Fields::share_ppm(self, name).map(|found| found.value)
    }

    fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let found: Option<Found<T>> = Fields::word(self, name, words);
        found.map(|found| found.value)
    }

    fn flag(&self, name: &str) -> Option<bool> {
        Fields::flag(self, name).map(|found| found.value)
    }

    fn part<P: Part>(&self, name: &str) -> Option<P> {
        let fields = self.object(name, P::KEYS)?;
        Some(P::read(&fields))
    }
}
