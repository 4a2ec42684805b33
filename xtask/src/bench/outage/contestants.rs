//! Who takes part, and in which troubles.

use anyhow::Result;

use super::super::pools::{Care, Dialect, Extra, Setup};
use super::super::programs::Programs;
use super::super::proxies::Running;
use super::trouble::Trouble;

/// A proxy with one way of configuring it.
#[derive(Debug, PartialEq)]
pub(crate) struct Contestant {
    /// As it stands in the report.
    pub(crate) name: &'static str,
    pub(crate) dialect: Dialect,
    pub(crate) care: Care,
    pub(crate) extra: Extra,
    pub(crate) troubles: &'static [Trouble],
}

const ALL: &[Contestant] = &[
    plain("nginx", Dialect::Nginx),
    retrying("nginx, 500 retried", Dialect::Nginx),
    plain("haproxy", Dialect::Haproxy),
    retrying("haproxy, 500 retried", Dialect::Haproxy),
    plain("envoy", Dialect::Envoy),
    retrying("envoy, 500 retried", Dialect::Envoy),
    plain("haleway", Dialect::Kong),
    retrying("haleway, 500 retried", Dialect::Kong),
    Contestant {
        extra: Extra::Silence,
        ..plain("haleway, silence and hedge", Dialect::Kong)
    },
    plain("haleway, KrakenD", Dialect::Krakend),
    Contestant {
        extra: Extra::Silence,
        ..plain("haleway, KrakenD, silence and hedge", Dialect::Krakend)
    },
];

const fn plain(name: &'static str, dialect: Dialect) -> Contestant {
    Contestant {
        name,
        dialect,
        care: Care::Retries,
        extra: Extra::None,
        troubles: Trouble::ALL,
    }
}

const fn retrying(name: &'static str, dialect: Dialect) -> Contestant {
    Contestant {
        care: Care::Statuses,
        troubles: &[Trouble::Errors],
        ..plain(name, dialect)
    }
}

impl Contestant {
    /// All that have a part in `trouble`.
    pub(super) fn of(trouble: Trouble) -> impl Iterator<Item = &'static Self> {
        ALL.iter()
            .filter(move |one| one.troubles.contains(&trouble))
    }

    /// Starts the proxy in front of the first pool of `setup`.
    pub(super) fn start(&self, programs: &Programs, setup: &Setup<'_>) -> Result<Running> {
        let program = programs.path(self.dialect.proxy())?;
        self.dialect.start(program, setup)
    }
}
