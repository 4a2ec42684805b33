//! What the user asked the drill for.

use std::path::PathBuf;

use anyhow::Result;

use super::super::flags::{Chosen, Flags, QUICK};
use super::super::pools::Dialect;
use super::super::programs::Build;
use super::Schedule;
use super::contestants::Contestant;
use super::trouble::Trouble;

/// The command line after `cargo xtask bench outage`.
pub(super) struct Options {
    /// Dialects.
    only: Chosen,
    troubles: Chosen,
    pub(super) build: Build,
    /// Another Haleway than the one built from this tree.
    pub(super) binary: Option<PathBuf>,
}

impl Options {
    pub(super) fn parse(arguments: &[String]) -> Result<Self> {
        let flags = Flags::parse(arguments, &["--only", "--trouble", "--binary"], &[QUICK])?;
        let dialects: Vec<&str> = Dialect::ALL.iter().map(|one| one.name()).collect();
        let troubles: Vec<&str> = Trouble::ALL.iter().map(|one| one.name()).collect();
        Ok(Self {
            only: flags.names("--only", &dialects)?,
            troubles: flags.names("--trouble", &troubles)?,
            build: Build::of_run(&flags),
            binary: flags.path("--binary"),
        })
    }

    /// Whether the run says enough to be written down.
    pub(super) fn are_complete(&self) -> bool {
        let everything = self.only.is_all() && self.troubles.is_all();
        everything && self.binary.is_none() && self.build == Build::Measured
    }

    pub(super) fn troubles(&self) -> impl Iterator<Item = Trouble> {
        let wanted = |one: &Trouble| self.troubles.wants(one.name());
        Trouble::ALL.iter().copied().filter(wanted)
    }

    pub(super) fn contestants(
        &self,
        trouble: Trouble,
    ) -> impl Iterator<Item = &'static Contestant> {
        let wanted = |one: &&Contestant| self.only.wants(one.dialect.name());
        Contestant::of(trouble).filter(wanted)
    }

    pub(super) fn schedule(&self) -> Schedule {
        match self.build {
            Build::Measured => Schedule::FULL,
            Build::Quick => Schedule::QUICK,
        }
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
    fn runs_what_is_named() {
        let options = parse("--only nginx,kong --trouble hang");
        let troubles: Vec<Trouble> = options.troubles().collect();
        assert_eq!(troubles, [Trouble::Hang]);
        let mut names: Vec<&str> = options.contestants(Trouble::Hang).map(|c| c.name).collect();
        names.sort_unstable();
        assert_eq!(names, ["haleway", "haleway, silence and hedge", "nginx"]);
        assert!(!options.are_complete());
    }

    #[test]
    fn writes_down_neither_a_quick_run_nor_a_part() {
        assert!(parse("").are_complete());
        assert!(!parse("--quick").are_complete());
        assert!(!parse("--binary x").are_complete());
    }
}
