//! The document: which one it is, what stands in it, and how it is laid over a blueprint.

use haleway_blueprint::{Blueprint, Origin, Pool};
use haleway_document::strict::{Fields, Strict};
use haleway_document::{Diagnostic, Node, Sources, Span, glob};
use haleway_health::Initial;

use crate::code;
use crate::settings::{ENTRY_KEYS, Settings};

/// Keys of the document.
pub(crate) const ROOT_KEYS: &[&str] = &["haleway", "pools", "$schema"];

/// Entries of one overlay.
const ENTRIES_MAX: usize = 10_000;

/// Pools that one finding names.
const NAMED_MAX: usize = 3;

/// An overlay that was read.
#[derive(Debug)]
pub struct Overlay {
    entries: Vec<Entry>,
}

/// One entry of `pools`.
#[derive(Debug)]
struct Entry {
    pattern: String,
    settings: Settings,
    origin: Origin,
    span: Span,
    fitted: bool,
    /// Pools whose endpoints no check lets in, with what to say about them.
    waiting: Vec<String>,
}

/// Whether a document is an overlay: an object with the key `haleway`.
#[must_use]
pub fn detects(root: &Node) -> bool {
    root.get("haleway").is_some()
}

/// What is said where nothing but overlays was given.
#[must_use]
pub fn alone(root: &Node) -> Diagnostic {
    let message = "this is an overlay, and there is no configuration beside it";
    let span = Span {
        end: root.span.start,
        ..root.span
    };
    Diagnostic::error(code::ALONE, message)
        .at(span, "the overlay begins here")
        .help("name the configuration, too: `haleway run kong.yml haleway.yaml`")
}

impl Overlay {
    /// Reads an overlay. What cannot be read is said and left out.
    #[must_use]
    pub fn read(root: &Node, sources: &Sources) -> (Self, Vec<Diagnostic>) {
        let strict = Strict::new(sources, code::STRICT);
        let entries = entries(&strict, root);
        (Self { entries }, strict.finish())
    }

    /// Lays it over a blueprint.
    pub fn apply(&mut self, blueprint: &mut Blueprint) {
        for pool in &mut blueprint.pools {
            let mut settings = Settings::default();
            let mut origin = None;
            for entry in &mut self.entries {
                if glob(&entry.pattern, &pool.id.0) {
                    entry.fitted = true;
                    settings = entry.settings.clone().over(&settings);
                    origin.get_or_insert_with(|| entry.origin.clone());
                }
            }
            let Some(origin) = origin else {
                continue;
            };
            if pool.health.is_none() && settings.asks() {
                pool.health = Some(Settings::unchecked(origin));
            }
            if let Some(health) = &mut pool.health {
                settings.apply(health);
            }
            if settings.initial == Some(Initial::Unhealthy) && !lets_in(pool) {
                self.warn_of(pool);
            }
        }
    }

    /// What is to be said once it was laid over everything there is.
    #[must_use]
    pub fn finish(self) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for entry in self.entries {
            if !entry.fitted {
                findings.push(fits_none(&entry));
            }
            if !entry.waiting.is_empty() {
                findings.push(waits(&entry));
            }
        }
        findings
    }

    /// Books a pool with the last entry that wants its endpoints to begin unhealthy.
    fn warn_of(&mut self, pool: &Pool) {
        let mut entries = self.entries.iter_mut().rev();
        let wants = |it: &&mut Entry| {
            it.settings.initial == Some(Initial::Unhealthy) && glob(&it.pattern, &pool.id.0)
        };
        if let Some(entry) = entries.find(wants) {
            entry.waiting.push(pool.id.0.clone());
        }
    }
}

/// Whether probes can let an endpoint in that begins unhealthy.
fn lets_in(pool: &Pool) -> bool {
    let config = pool.health.as_ref().map(|health| &health.config);
    let counts = config
        .and_then(|config| config.counters.as_ref()?.active.as_ref())
        .is_some_and(|active| active.successes.value > 0);
    let probed = config
        .and_then(|config| config.probe.as_ref())
        .is_some_and(|probe| probe.unhealthy_interval.us > 0);
    counts && probed
}

fn entries(strict: &Strict<'_>, root: &Node) -> Vec<Entry> {
    let Some(fields) = strict.fields(root, ROOT_KEYS, "") else {
        return Vec::new();
    };
    version(&fields);
    let items = fields.objects("pools", ENTRY_KEYS, ENTRIES_MAX);
    items.iter().filter_map(entry).collect()
}

fn version(fields: &Fields<'_>) {
    let Some(node) = fields.node("haleway") else {
        fields.require("haleway", "write `haleway: 1`");
        return;
    };
    if node.as_number() != Some("1") && node.as_str() != Some("1") {
        let message = format!(
            "the overlay says version {}, and only 1 is known",
            node.to_json()
        );
        let finding = Diagnostic::error(code::VERSION, message);
        let finding = finding.at(node.span, "").help("write `haleway: 1`");
        fields.strict().report(finding);
    }
}

fn entry(fields: &Fields<'_>) -> Option<Entry> {
    let settings = Settings::read(fields);
    let help = "write the pools' name, or a pattern such as `\"*\"` for all of them";
    if !fields.require("match", help) {
        return None;
    }
    let pattern = fields.text("match")?;
    let span = pattern.span;
    Some(Entry {
        pattern: pattern.value.to_owned(),
        settings,
        origin: Origin::of(fields.strict().sources(), fields.span()),
        span,
        fitted: false,
        waiting: Vec::new(),
    })
}

fn fits_none(entry: &Entry) -> Diagnostic {
    let message = format!(
        "no pool has a name that fits `{}`, so this entry does nothing",
        entry.pattern
    );
    Diagnostic::warning(code::NO_POOL, message)
        .at(entry.span, "")
        .help("`haleway render` lists the pools with their names; `*` stands for any characters")
}

fn waits(entry: &Entry) -> Diagnostic {
    let named = entry.waiting.iter().take(NAMED_MAX);
    let mut named = named.cloned().collect::<Vec<_>>().join(", ");
    if entry.waiting.len() > NAMED_MAX {
        named.push_str(&format!(" and {} more", entry.waiting.len() - NAMED_MAX));
    }
    let message = format!(
        "`initial: unhealthy` does not fit {named}: no probe goes out there that could let an \
         endpoint in"
    );
    Diagnostic::warning(code::WAITS, message)
        .at(entry.span, "this entry asks for it")
        .help("give these pools active checks with successes, or leave `initial` out for them")
}
