//! What the user asked the measurement of health for.

use std::path::PathBuf;

use anyhow::Result;

use super::super::flags::{Chosen, Flags, QUICK};
use super::super::pools::Dialect;
use super::super::programs::Build;

/// What can be measured alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Requests while checks are on.
    Proxying,
    /// Probes of thousands of endpoints.
    Probing,
    /// The last request to an endpoint that died.
    Death,
}

impl Part {
    const ALL: &[Self] = &[Self::Proxying, Self::Probing, Self::Death];

    /// As it stands on the command line.
    fn name(self) -> &'static str {
        match self {
            Self::Proxying => "proxying",
            Self::Probing => "probing",
            Self::Death => "death",
        }
    }
}

/// The command line after `cargo xtask bench health`.
pub(super) struct Options {
    /// How long one measurement takes.
    pub(super) seconds: u32,
    /// How often the cost of requests is measured; medians are reported.
    pub(super) rounds: u32,
    parts: Chosen,
    only: Chosen,
    pub(super) build: Build,
    /// Another Haleway than the one built from this tree.
    pub(super) binary: Option<PathBuf>,
}

impl Options {
    pub(super) fn parse(arguments: &[String]) -> Result<Self> {
        let valued = ["--seconds", "--rounds", "--part", "--only", "--binary"];
        let flags = Flags::parse(arguments, &valued, &[QUICK])?;
        let parts: Vec<&str> = Part::ALL.iter().map(|one| one.name()).collect();
        let dialects: Vec<&str> = Dialect::ALL.iter().map(|one| one.name()).collect();
        let quick = flags.has(QUICK);
        Ok(Self {
            seconds: flags.number("--seconds", if quick { 1 } else { 10 })?,
            rounds: flags.number("--rounds", if quick { 1 } else { 5 })?,
            parts: flags.names("--part", &parts)?,
            only: flags.names("--only", &dialects)?,
            build: Build::of_run(&flags),
            binary: flags.path("--binary"),
        })
    }

    /// Whether the run says enough to be written down.
    pub(super) fn are_complete(&self) -> bool {
        let everything = self.parts.is_all() && self.only.is_all();
        everything && self.binary.is_none() && self.build == Build::Measured
    }

    pub(super) fn wants(&self, part: Part) -> bool {
        self.parts.wants(part.name())
    }

    pub(super) fn wants_dialect(&self, dialect: Dialect) -> bool {
        self.only.wants(dialect.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Options {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&arguments).unwrap()
    }

    #[test]
    fn measures_the_parts_that_are_named() {
        let options = parse("--part probing --only kong,envoy");
        assert!(options.wants(Part::Probing) && !options.wants(Part::Death));
        assert!(options.wants_dialect(Dialect::Kong) && !options.wants_dialect(Dialect::Nginx));
        assert!(!options.are_complete());
    }

    #[test]
    fn is_short_when_it_only_proves_that_it_works() {
        let (quick, full) = (parse("--quick"), parse(""));
        assert!(quick.seconds < full.seconds && quick.rounds < full.rounds);
        assert!(full.are_complete() && !quick.are_complete());
    }
}
