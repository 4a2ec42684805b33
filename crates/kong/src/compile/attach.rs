//! Which plugins stand in which route: of each name one, the most specific that fits.

use std::collections::HashMap;

use haleway_blueprint::{ByConsumer, Step};
use haleway_document::Diagnostic;

use super::Compilation;
use crate::code;
use crate::entity::Entity;
use crate::plugin::{self, Build, Plugin, PluginKind};

/// The plugins of a configuration, built.
pub(super) struct Attachments<'a> {
    compilation: &'a Compilation<'a>,
    /// In the order in which they run.
    names: Vec<&'static PluginKind>,
    built: Vec<Built<'a>>,
    /// Places in `built` by name and by the route and the service that a plugin is for.
    scoped: HashMap<Scope<'a>, Vec<usize>>,
}

/// A name, a route and a service.
type Scope<'a> = (&'static str, Option<&'a str>, Option<&'a str>);

/// A plugin and what it became.
struct Built<'a> {
    kind: &'static PluginKind,
    entity: &'a Entity,
    steps: Vec<Step>,
}

impl<'a> Attachments<'a> {
    /// Builds every plugin that is enabled.
    pub(super) fn new(compilation: &'a Compilation<'a>) -> Self {
        let build = Build::new(compilation.context, compilation.store, compilation.version);
        let entities = compilation.store.all("plugins").iter();
        let enabled = entities.filter(|entity| entity.record.flag("enabled"));
        let built: Vec<Built<'a>> = enabled
            .filter_map(|entity| {
                let kind = plugin::kind(entity.record.text("name")?)?;
                let config = entity.record.record("config")?;
                let plugin = Plugin {
                    kind,
                    entity,
                    config,
                };
                Some(Built {
                    kind,
                    entity,
                    steps: (kind.build)(&plugin, &build),
                })
            })
            .collect();
        let mut names: Vec<&'static PluginKind> = built.iter().map(|one| one.kind).collect();
        // Equal priorities run in the reverse order of their names, as in Kong.
        names.sort_by_key(|kind| std::cmp::Reverse((kind.priority, kind.name)));
        names.dedup_by_key(|kind| kind.name);
        let mut scoped: HashMap<Scope<'a>, Vec<usize>> = HashMap::new();
        for (at, one) in built.iter().enumerate() {
            let (route, service) = (one.entity.foreign("route"), one.entity.foreign("service"));
            let places = scoped.entry((one.kind.name, route, service)).or_default();
            places.push(at);
        }
        Self {
            compilation,
            names,
            built,
            scoped,
        }
    }

    /// The names of headers that plugins write, in the order of the document.
    pub(super) fn header_names(&self) -> impl Iterator<Item = String> + '_ {
        let configured = self.built.iter().filter_map(|one| {
            let config = one.entity.record.record("config")?;
            Some((one.kind.writes)(config))
        });
        configured.flatten()
    }

    /// The steps of a route.
    pub(super) fn steps(&self, route: &Entity, service: Option<&Entity>) -> Vec<Step> {
        let mut steps = Vec::new();
        let service = service.map(|service| service.id.as_str());
        for kind in &self.names {
            let route_id = Some(route.id.as_str());
            let mut scopes = vec![(kind.name, None, None), (kind.name, route_id, None)];
            if service.is_some() {
                scopes.extend([(kind.name, None, service), (kind.name, route_id, service)]);
            }
            let places = scopes.iter().filter_map(|scope| self.scoped.get(scope));
            let fitting: Vec<(u8, &Built<'_>)> = places
                .flatten()
                .map(|at| &self.built[*at])
                .filter(|one| self.speaks(one, route))
                .map(|one| (specificity(one.entity), one))
                .collect();
            steps.extend(merged(&fitting));
        }
        steps
    }

    /// What is done to requests that find no route: only global plugins that look at answers.
    pub(super) fn unmatched(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for kind in &self.names {
            let global = self
                .built
                .iter()
                .filter(|one| one.kind.name == kind.name && is_global(one.entity));
            let looking = global
                .flat_map(|one| &one.steps)
                .filter(|step| looks_at_answers(step));
            steps.extend(looking.cloned());
        }
        steps
    }

    /// Whether a plugin is for some protocol of a route.
    fn speaks(&self, one: &Built<'_>, route: &Entity) -> bool {
        let its = one.entity.record.texts("protocols");
        let theirs = route.record.texts("protocols");
        let common = theirs.iter().filter(|it| its.contains(it)).count();
        if common > 0 && common < theirs.len() {
            let message = format!(
                "plugin {} is set for some protocols of route {} only, and runs for all of them",
                one.kind.name,
                route.name()
            );
            let place = one.entity.record.place("protocols");
            let finding = Diagnostic::parity(code::PLUGIN_PROTOCOL, message).at(place, "");
            self.compilation.context.report(finding);
        }
        common > 0
    }
}

/// The higher, the more specific (Kong 3: the order of `kong/runloop/plugins_iterator.lua`).
fn specificity(plugin: &Entity) -> u8 {
    let is_for = |field: &str| plugin.foreign(field).is_some();
    match (is_for("route"), is_for("service"), is_for("consumer")) {
        (true, true, true) => 8,
        (true, false, true) => 7,
        (false, true, true) => 6,
        (true, true, false) => 5,
        (false, false, true) => 4,
        (true, false, false) => 3,
        (false, true, false) => 2,
        (false, false, false) => 1,
    }
}

fn is_global(plugin: &Entity) -> bool {
    let scopes = ["route", "service", "consumer"];
    scopes.iter().all(|field| plugin.foreign(field).is_none())
}

/// The steps of the best of several plugins of one name; where that depends on the consumer, steps
/// that ask who it is.
fn merged(fitting: &[(u8, &Built<'_>)]) -> Vec<Step> {
    let best = |consumer: Option<&str>| {
        let mut found: Option<&(u8, &Built<'_>)> = None;
        for one in fitting {
            let its = one.1.entity.foreign("consumer");
            let fits = its.is_none() || its == consumer;
            // Of equals the last one counts.
            if fits && found.is_none_or(|known| one.0 >= known.0) {
                found = Some(one);
            }
        }
        found.map(|(_, built)| *built)
    };
    let otherwise = best(None);
    let mut consumers: Vec<(&str, &Built<'_>)> = Vec::new();
    for (_, built) in fitting {
        let Some(consumer) = built.entity.foreign("consumer") else {
            continue;
        };
        let winner = best(Some(consumer)).filter(|it| it.entity.foreign("consumer").is_some());
        let known = consumers.iter().any(|(known, _)| *known == consumer);
        if let (Some(winner), false) = (winner, known) {
            consumers.push((consumer, winner));
        }
    }
    let general = otherwise.map_or(&[][..], |built| &built.steps);
    if consumers.is_empty() {
        return general.to_vec();
    }
    let most = consumers.iter().map(|(_, built)| built.steps.len());
    let count = most.max().unwrap_or(0).max(general.len());
    let steps = (0..count).map(|at| {
        let of = |(id, built): &(&str, &Built<'_>)| {
            let step = built.steps.get(at)?;
            Some(((*id).to_owned(), step.clone()))
        };
        Step::ByConsumer(ByConsumer {
            consumers: consumers.iter().filter_map(of).collect(),
            otherwise: general.get(at).cloned().map(Box::new),
        })
    });
    steps.collect()
}

/// Steps that answer nothing themselves: Kong runs them for requests without a route, too.
fn looks_at_answers(step: &Step) -> bool {
    matches!(
        step,
        Step::LogFile(_) | Step::LogHttp(_) | Step::RequestMetrics(_) | Step::AnswerEdit(_)
    )
}
