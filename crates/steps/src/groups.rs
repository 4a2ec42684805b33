//! Lets consumers pass by their groups (Kong 3, `kong/plugins/acl/handler.lua`).

use std::collections::HashSet;

use haleway_blueprint::{GroupRule, Groups};
use http::HeaderName;

use crate::recognition::header_name;
use crate::refusal::RefusalPlan;
use crate::{Answer, Passage};

/// A [`Groups`], ready to run.
#[derive(Debug)]
pub(crate) struct GroupsPlan {
    groups: HashSet<String>,
    /// Consumers of the groups pass; otherwise all others do.
    allow: bool,
    header: Option<HeaderName>,
    nobody: RefusalPlan,
    refused: RefusalPlan,
}

impl GroupsPlan {
    pub(crate) fn compile(step: &Groups) -> Result<Self, String> {
        let (groups, allow) = match &step.rule {
            GroupRule::Allow(groups) => (groups, true),
            GroupRule::Deny(groups) => (groups, false),
        };
        let header = step.header.as_deref().map(header_name);
        Ok(Self {
            groups: groups.iter().cloned().collect(),
            allow,
            header: header.transpose()?,
            nobody: RefusalPlan::compile(&step.nobody)?,
            refused: RefusalPlan::compile(&step.refused)?,
        })
    }

    pub(crate) fn on_request(&self, passage: &mut Passage<'_>) -> Option<Answer> {
        let Some(known) = &passage.notes.consumer else {
            return Some(self.nobody.answer());
        };
        let mut groups = known.consumer.groups.iter();
        if groups.any(|group| self.groups.contains(group)) != self.allow {
            return Some(self.refused.answer());
        }
        if let (Some(header), Some(groups)) = (&self.header, &known.told.groups) {
            let headers = &mut passage.head.headers;
            headers.insert(header.clone(), groups.clone());
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use haleway_blueprint::{Origin, Refusal};

    use super::*;
    use crate::trial::{Trial, consumer, consumers};

    fn groups(rule: GroupRule, header: Option<&str>) -> Groups {
        Groups {
            rule,
            header: header.map(str::to_owned),
            nobody: Refusal::new(401, "Unauthorized"),
            refused: Refusal::new(403, "You cannot consume this service"),
            origin: Origin::default_value(),
        }
    }

    fn run(rule: GroupRule, header: Option<&str>, of: Option<&[&str]>) -> String {
        let mut asks = consumer("1");
        asks.groups = of
            .unwrap_or_default()
            .iter()
            .map(|it| (*it).to_owned())
            .collect();
        let table = consumers(&[asks]);
        let plan = GroupsPlan::compile(&groups(rule, header)).unwrap();
        let mut trial = Trial::get("/");
        trial.notes.consumer = of.and_then(|_| table.by_id("1").cloned());
        trial.run(|passage| plan.on_request(passage))
    }

    fn named(groups: &[&str]) -> Vec<String> {
        groups.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn groups_decide() {
        let allow = || GroupRule::Allow(named(&["a", "b"]));
        let deny = || GroupRule::Deny(named(&["a", "b"]));
        let refused = "403 You cannot consume this service";
        for (rule, of, expected) in [
            (allow(), None, "401 Unauthorized"),
            (deny(), None, "401 Unauthorized"),
            (allow(), Some(&[][..]), refused),
            (allow(), Some(&["c"]), refused),
            (allow(), Some(&["c", "b"]), "- x-groups: c, b"),
            (deny(), Some(&[]), "- x-groups: "),
            (deny(), Some(&["c"]), "- x-groups: c"),
            (deny(), Some(&["c", "b"]), refused),
        ] {
            let shown = format!("{rule:?} {of:?}");
            assert_eq!(run(rule, Some("X-Groups"), of), expected, "{shown}");
        }
    }

    #[test]
    fn the_header_may_be_kept_back() {
        assert_eq!(run(GroupRule::Deny(named(&["a"])), None, Some(&["b"])), "-");
    }
}
