//! The flags behind `cargo xtask bench`: `--name value`, and switches without a value.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};

/// The switch for a run that only proves that everything works.
pub(super) const QUICK: &str = "--quick";

/// Names that were asked for; none means all.
#[derive(Debug, PartialEq)]
pub(super) struct Chosen(Vec<String>);

impl Chosen {
    /// Whether nothing was named.
    pub(super) fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this one was named.
    pub(super) fn names(&self, name: &str) -> bool {
        self.0.iter().any(|one| one == name)
    }

    /// Whether this one is wanted.
    pub(super) fn wants(&self, name: &str) -> bool {
        self.is_all() || self.names(name)
    }
}

/// Flags in the order they were given.
pub(super) struct Flags {
    given: Vec<(String, String)>,
}

impl Flags {
    /// Takes `arguments` apart; `valued` are the flags that take a value, `switches` the others.
    pub(super) fn parse(arguments: &[String], valued: &[&str], switches: &[&str]) -> Result<Self> {
        let mut given = Vec::new();
        let mut rest = arguments.iter();
        while let Some(flag) = rest.next() {
            let value = if switches.contains(&flag.as_str()) {
                ""
            } else if valued.contains(&flag.as_str()) {
                rest.next()
                    .with_context(|| format!("{flag} needs a value"))?
            } else {
                bail!("unknown option {flag}");
            };
            given.push((flag.clone(), value.to_owned()));
        }
        Ok(Self { given })
    }

    pub(super) fn has(&self, flag: &str) -> bool {
        self.last(flag).is_some()
    }

    pub(super) fn path(&self, flag: &str) -> Option<PathBuf> {
        self.last(flag).map(PathBuf::from)
    }

    /// A number above 0.
    pub(super) fn number(&self, flag: &str, default: u32) -> Result<u32> {
        let Some(value) = self.last(flag) else {
            return Ok(default);
        };
        let number = value.parse().with_context(|| format!("{flag} {value}"))?;
        ensure!(number > 0, "{flag} must be above 0");
        Ok(number)
    }

    /// The names behind all flags of that name, each of them one of `known`.
    pub(super) fn names(&self, flag: &str, known: &[&str]) -> Result<Chosen> {
        let of_flag = self.given.iter().filter(|(given, _)| given == flag);
        let names: Vec<String> = of_flag
            .flat_map(|(_, value)| value.split(',').map(str::to_owned))
            .collect();
        for name in &names {
            let all = known.join(", ");
            ensure!(
                known.contains(&name.as_str()),
                "{flag} {name}: not one of {all}"
            );
        }
        Ok(Chosen(names))
    }

    fn last(&self, flag: &str) -> Option<&str> {
        let found = self.given.iter().rev().find(|(given, _)| given == flag);
        found.map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Flags> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Flags::parse(&arguments, &["--only", "--rounds"], &[QUICK])
    }

    #[test]
    fn reads_names_numbers_and_switches() {
        let flags = parse("--only a,b --quick --rounds 7 --only c").unwrap();
        let known = ["a", "b", "c", "d"];
        let only = flags.names("--only", &known).unwrap();
        assert_eq!(
            known.map(|name| only.wants(name)),
            [true, true, true, false]
        );
        let all = parse("").unwrap().names("--only", &known).unwrap();
        assert!(all.is_all() && all.wants("d") && !all.names("d"));
        assert_eq!(flags.number("--rounds", 3).unwrap(), 7);
        assert_eq!(flags.number("--seconds", 3).unwrap(), 3);
        assert!(flags.has(QUICK) && !flags.has("--binary"));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        assert!(parse("--fast yes").is_err());
        assert!(parse("--rounds").is_err());
        assert!(parse("--rounds 0").unwrap().number("--rounds", 3).is_err());
        assert!(parse("--only d").unwrap().names("--only", &["a"]).is_err());
    }
}
