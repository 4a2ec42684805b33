//! Reads the kinds of values that `haleway/health` has, and through them the settings that it shares
//! with overlays. What cannot be used is ignored, as everywhere in `extra_config`.

use haleway_document::Diagnostic;
use haleway_document::units::share_ppm;
use haleway_overlay::{HalfOpen, Part, Placed, ReadSettings, Switch, switch};

use crate::code;
use crate::context::Context;
use crate::key::{Key, key};
use crate::reader::{Reader, Strictness};

/// Keys of `recover`: those of `half_open`, or that.
pub(crate) static RECOVER_KEYS: &[Key] =
    &[key("after"), key("up_to"), key("trials"), key("half_open")];

/// Keys of `recover.half_open`.
pub(crate) static HALF_OPEN_KEYS: &[Key] = &[key("after"), key("up_to"), key("trials")];

/// Keys of `probes`.
pub(crate) static PROBES_KEYS: &[Key] = &[key("keep_connections")];

/// Keys of `damp_flaps`.
pub(crate) static FLAPS_KEYS: &[Key] = &[key("after"), key("within"), key("hold")];

/// Keys of `silence`.
pub(crate) static SILENCE_KEYS: &[Key] = &[key("factor"), key("at_least")];

/// Keys of `hedge`.
pub(crate) static HEDGE_KEYS: &[Key] = &[key("budget")];

/// The objects that are shared.
fn table(name: &str) -> &'static [Key] {
    match name {
        "recover" => RECOVER_KEYS,
        "half_open" => HALF_OPEN_KEYS,
        "probes" => PROBES_KEYS,
        "damp_flaps" => FLAPS_KEYS,
        "silence" => SILENCE_KEYS,
        "hedge" => HEDGE_KEYS,
        _ => &[],
    }
}

/// Reads the kinds of values that these blocks have.
pub(super) struct Scope<'s, 'r> {
    pub(super) context: &'s Context<'s>,
    pub(super) reader: &'s Reader<'r>,
}

impl Scope<'_, '_> {
    /// A whole number between two others.
    pub(super) fn count(&self, name: &str, least: u32, most: u32) -> Option<Placed<u32>> {
        let written = self.reader.integer(name)?;
        let value = u32::try_from(written.value).ok();
        let value = value.filter(|value| (least..=most).contains(value));
        if value.is_none() {
            let message = format!("`{name}` is {}, and is ignored", written.value);
            let finding = Diagnostic::warning(code::OUT_OF_RANGE, self.reader.says(&message))
                .at(written.span, "")
                .help(format!("write a whole number from {least} to {most}"));
            self.context.report(finding);
        }
        value.map(|value| Placed {
            value,
            line: self.context.origin(written.span).to_string(),
        })
    }

    /// A duration and its place.
    pub(super) fn duration_us(&self, name: &str) -> Option<Placed<u64>> {
        let value = self.reader.duration(name)?;
        let span = self.reader.node(name)?.span;
        Some(Placed {
            value: value.micros(),
            line: self.context.origin(span).to_string(),
        })
    }

    /// A share such as `20%` or `61.1%`, in parts per million.
    fn share(&self, name: &str) -> Option<u32> {
        let written = self.reader.text(name)?;
        let share = share_ppm(&written.value);
        if share.is_none() {
            let message = format!(
                "`{name}` is {:?}, which is no share, and is ignored",
                written.value
            );
            let finding = Diagnostic::warning(code::OUT_OF_RANGE, self.reader.says(&message))
                .at(written.span, "")
                .help("write a share from \"0%\" to \"100%\"");
            self.context.report(finding);
        }
        share
    }

    /// One of several words.
    pub(super) fn word<T: Clone>(&self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let written = self.reader.text(name)?;
        let found = words.iter().find(|(word, _)| *word == written.value);
        if found.is_none() {
            let known = words.iter().map(|(word, _)| *word);
            let hint = haleway_document::nearest(&written.value, known.clone());
            let label = hint.map_or_else(String::new, |hint| format!("did you mean `{hint}`?"));
            let message = format!(
                "`{name}` is `{}`, which is unknown, and is ignored",
                written.value
            );
            let list: Vec<&str> = known.collect();
            let finding = Diagnostic::warning(code::UNKNOWN_VALUE, self.reader.says(&message))
                .at(written.span, label)
                .help(format!("write one of: {}", list.join(", ")));
            self.context.report(finding);
        }
        found.map(|(_, value)| value.clone())
    }
}

impl ReadSettings for Scope<'_, '_> {
    fn is_off(&self, name: &str) -> bool {
        let node = self.reader.node(name);
        node.is_some_and(|node| node.as_str() == Some("off") || node.as_bool() == Some(false))
    }

    fn count(&self, name: &str, least: u32, most: u32) -> Option<Placed<u32>> {
        Scope::count(self, name, least, most)
    }

    fn duration_us(&self, name: &str) -> Option<Placed<u64>> {
        Scope::duration_us(self, name)
    }

    fn share_ppm(&self, name: &str) -> Option<u32> {
        self.share(name)
    }

    fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Option<T> {
        Scope::word(self, name, words)
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.reader.flag_if_any(name)
    }

    fn part<P: Part>(&self, name: &str) -> Option<P> {
        let place = format!("{}, {name}", self.reader.place);
        let node = self.reader.node(name)?;
        let reader = Reader::new(self.context, node, table(name), place, Strictness::Ignores)?;
        let scope = Scope {
            context: self.context,
            reader: &reader,
        };
        let part = P::read(&scope);
        reader.finish();
        Some(part)
    }

    fn half_open(&self) -> Option<Switch<HalfOpen>> {
        match switch(self, "recover", |it, name| it.part::<Recover>(name))? {
            Switch::Off => Some(Switch::Off),
            Switch::On(recover) => Some(recover.0),
        }
    }
}

/// `recover`, whose keys may also stand in `half_open`, as an overlay has them.
#[derive(Clone)]
struct Recover(Switch<HalfOpen>);

impl Part for Recover {
    const KEYS: &'static [&'static str] = &["after", "up_to", "trials", "half_open"];

    fn read(fields: &impl ReadSettings) -> Self {
        let flat = HalfOpen {
            name: "recover",
            ..HalfOpen::read(fields)
        };
        let nested = switch(fields, "half_open", |it, name| it.part::<HalfOpen>(name));
        Self(match nested {
            None => Switch::On(flat),
            Some(Switch::Off) => Switch::Off,
            Some(Switch::On(nested)) => Switch::On(nested.over(&flat)),
        })
    }

    fn over(self, _other: &Self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use haleway_overlay::{Flaps, HalfOpen, HedgePart, Part, ProbesPart, Silence};

    use super::{Recover, table};

    #[test]
    fn the_tables_have_what_the_parts_read() {
        for (name, keys) in [
            ("recover", Recover::KEYS),
            ("half_open", HalfOpen::KEYS),
            ("probes", ProbesPart::KEYS),
            ("damp_flaps", Flaps::KEYS),
            ("silence", Silence::KEYS),
            ("hedge", HedgePart::KEYS),
        ] {
            let names: Vec<&str> = table(name).iter().map(|key| key.name).collect();
            assert_eq!(names, keys, "{name}");
        }
    }
}
