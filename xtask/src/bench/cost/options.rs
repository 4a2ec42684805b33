//! What the user asked the comparison of costs for.

use std::path::PathBuf;

use anyhow::Result;

use super::super::flags::{Chosen, Flags};
use super::super::proxies::Proxy;

/// Parts of the benchmark beside the comparison of proxies.
const PARTS: &[&str] = &["merge", "routes", "idle", "start"];
/// The comparison of all proxies; `direct` and each proxy's name ask for a piece of it.
const COMPARISON: &str = "proxies";
pub(super) const DIRECT: &str = "direct";

/// The command line after `cargo xtask bench`.
#[derive(Debug, PartialEq)]
pub(super) struct Options {
    /// How long one measurement takes.
    pub(super) seconds: u32,
    /// How often each measurement is made; medians are reported.
    pub(super) rounds: u32,
    /// Parts and proxies.
    only: Chosen,
    /// Another Haleway than the one built from this tree.
    pub(super) binary: Option<PathBuf>,
}

impl Options {
    pub(super) fn parse(arguments: &[String]) -> Result<Self> {
        let valued = ["--seconds", "--rounds", "--only", "--binary"];
        let flags = Flags::parse(arguments, &valued, &[])?;
        let proxies = Proxy::ALL.iter().map(|proxy| proxy.name());
        let known: Vec<&str> = [COMPARISON, DIRECT]
            .into_iter()
            .chain(PARTS.iter().copied())
            .chain(proxies)
            .collect();
        Ok(Self {
            seconds: flags.number("--seconds", 5)?,
            rounds: flags.number("--rounds", 3)?,
            only: flags.names("--only", &known)?,
            binary: flags.path("--binary"),
        })
    }

    /// Whether everything is to be measured, on the Haleway of this tree.
    pub(super) fn are_complete(&self) -> bool {
        self.only.is_all() && self.binary.is_none()
    }

    /// Whether the part called `name` is to be measured.
    pub(super) fn wants(&self, name: &str) -> bool {
        let is_compared = !PARTS.contains(&name);
        self.only.wants(name) || (is_compared && self.only.names(COMPARISON))
    }

    /// The proxies that are needed. Haleway is part of everything but a run of `direct` and other
    /// proxies alone.
    pub(super) fn proxies(&self) -> Vec<Proxy> {
        let parts = PARTS.iter().any(|part| self.wants(part));
        let wanted =
            |proxy: &Proxy| self.wants(proxy.name()) || (*proxy == Proxy::Haleway && parts);
        Proxy::ALL.iter().copied().filter(wanted).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&arguments)
    }

    #[test]
    fn measures_everything_unless_told() {
        let options = parse("").unwrap();
        assert!(options.wants("merge") && options.wants(DIRECT) && options.wants("envoy"));
        assert!(options.rounds >= 3);
    }

    #[test]
    fn measures_what_is_named() {
        let options = parse("--only haleway,idle --seconds 2").unwrap();
        assert!(options.wants("haleway") && options.wants("idle"));
        assert!(!options.wants("nginx") && !options.wants("merge"));
        let options = parse("--only proxies").unwrap();
        assert!(options.wants("nginx") && !options.wants("merge"));
    }

    #[test]
    fn needs_no_haleway_to_measure_another() {
        assert_eq!(
            parse("--only direct,nginx").unwrap().proxies(),
            [Proxy::Nginx]
        );
        assert_eq!(parse("--only idle").unwrap().proxies(), [Proxy::Haleway]);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for line in ["--only apache", "--seconds 0", "--rounds", "--fast yes"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
