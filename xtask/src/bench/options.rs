//! What the user asked the benchmark for.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};

use super::proxies::Proxy;

/// Parts of the benchmark beside the comparison of proxies.
pub(super) const PARTS: &[&str] = &["merge", "routes", "idle", "start"];
/// The comparison of all proxies; `direct` and each proxy's name ask for a piece of it.
pub(super) const COMPARISON: &str = "proxies";
pub(super) const DIRECT: &str = "direct";

/// The command line after `cargo xtask bench`.
#[derive(Debug, PartialEq)]
pub(super) struct Options {
    /// How long one measurement takes.
    pub(super) seconds: u32,
    /// How often each measurement is made; medians are reported.
    pub(super) rounds: u32,
    /// Names of parts and proxies; empty means everything.
    only: Vec<String>,
    /// Another Haleway than the one built from this tree.
    pub(super) binary: Option<PathBuf>,
}

impl Options {
    pub(super) fn parse(arguments: &[String]) -> Result<Self> {
        let mut options = Self {
            seconds: 5,
            rounds: 3,
            only: Vec::new(),
            binary: None,
        };
        let mut rest = arguments.iter();
        while let Some(flag) = rest.next() {
            let value = rest
                .next()
                .with_context(|| format!("{flag} needs a value"))?;
            match flag.as_str() {
                "--seconds" => options.seconds = number(flag, value)?,
                "--rounds" => options.rounds = number(flag, value)?,
                "--only" => options.only.extend(value.split(',').map(str::to_owned)),
                "--binary" => options.binary = Some(PathBuf::from(value)),
                _ => bail!("unknown option {flag}"),
            }
        }
        options.check_names()?;
        Ok(options)
    }

    fn check_names(&self) -> Result<()> {
        let proxies = Proxy::ALL.iter().map(|proxy| proxy.name());
        let known: Vec<&str> = [COMPARISON, DIRECT]
            .into_iter()
            .chain(PARTS.iter().copied())
            .chain(proxies)
            .collect();
        for name in &self.only {
            let all = known.join(", ");
            ensure!(
                known.contains(&name.as_str()),
                "--only {name}: not one of {all}"
            );
        }
        Ok(())
    }

    /// Whether everything is to be measured, on the Haleway of this tree.
    pub(super) fn are_complete(&self) -> bool {
        self.only.is_empty() && self.binary.is_none()
    }

    /// Whether the part called `name` is to be measured.
    pub(super) fn wants(&self, name: &str) -> bool {
        self.only.is_empty()
            || self.only.iter().any(|only| only == name)
            || (!PARTS.contains(&name) && self.only.iter().any(|only| only == COMPARISON))
    }
}

fn number(flag: &str, value: &str) -> Result<u32> {
    let number = value.parse().with_context(|| format!("{flag} {value}"))?;
    ensure!(number > 0, "{flag} must be above 0");
    Ok(number)
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
    fn refuses_what_it_does_not_know() {
        for line in ["--only apache", "--seconds 0", "--rounds", "--fast yes"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
