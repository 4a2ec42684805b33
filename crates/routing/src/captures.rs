//! What the groups of a pattern caught.

use regex::Regex;

use crate::expression::lowered;

/// What the groups of the path's pattern caught, by number and by name. Owned: it is made only for
/// those who ask.
#[derive(Clone, Debug)]
pub struct PathCaptures<'r> {
    regex: &'r Regex,
    values: Vec<Option<String>>,
}

impl<'r> PathCaptures<'r> {
    /// Matches once more. `None` where no group but the whole match caught anything.
    pub(crate) fn new(regex: &'r Regex, lower: bool, path: &str) -> Option<Self> {
        let path = if lower { lowered(path) } else { path.into() };
        let captures = regex.captures(&path)?;
        let values: Vec<Option<String>> = captures
            .iter()
            .map(|group| group.map(|group| group.as_str().to_owned()))
            .collect();
        let caught = values.iter().skip(1).any(Option::is_some);
        caught.then_some(Self { regex, values })
    }

    /// What the group of a number caught; 0 is the whole match.
    #[must_use]
    pub fn by_number(&self, number: usize) -> Option<&str> {
        self.values.get(number)?.as_deref()
    }

    /// What the group of a name caught.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&str> {
        let number = self
            .regex
            .capture_names()
            .position(|found| found == Some(name))?;
        self.by_number(number)
    }

    /// Groups that caught something, the whole match first: number, name, text.
    pub fn iter(&self) -> impl Iterator<Item = (usize, Option<&'r str>, &str)> {
        self.regex
            .capture_names()
            .enumerate()
            .filter_map(|(number, name)| Some((number, name, self.by_number(number)?)))
    }
}
