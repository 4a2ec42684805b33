//! `declarative_config` and `declarative_config_string`: the configuration itself.

use haleway_blueprint::{Supplies, Wants};
use haleway_document::Severity;

use super::{PREFIX, Settings, values};
use crate::Options;

/// A configuration that settings name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The setting: `declarative_config` or `declarative_config_string`.
    pub setting: &'static str,
    /// Where that is written: `KONG_DECLARATIVE_CONFIG`, or `kong.conf:12`.
    pub place: String,
    /// The path of a file, or for `declarative_config_string` the configuration.
    pub text: String,
}

/// The setting that names a file.
pub const DECLARATIVE_CONFIG: &str = "declarative_config";
const TEXT: &str = "declarative_config_string";

/// What [`declared`] needs: the variables of settings, and the file with them.
#[must_use]
pub fn declared_wants(options: &Options) -> Wants {
    let mut wants = Wants::default();
    wants.variable_prefixes.insert(PREFIX.to_owned());
    wants.files.extend(options.kong_conf.clone());
    wants
}

/// The configuration that settings name. A file counts before a text, as in Kong.
#[must_use]
pub fn declared(options: &Options, supplies: &Supplies) -> Option<Declared> {
    let mut values = values(options, supplies);
    [DECLARATIVE_CONFIG, TEXT].into_iter().find_map(|setting| {
        let written = values.remove(setting)?;
        (!written.text.is_empty()).then_some(Declared {
            setting,
            place: written.place,
            text: written.text,
        })
    })
}

impl Settings<'_> {
    /// Says which of the two settings is not read, and what is read in its place.
    pub(super) fn report_not_declared(&self) {
        let read = self.context.options.declared_by;
        let instead = match read {
            Some(setting) => format!("{setting} counts before it"),
            None => "the configuration that the command line names is read".to_owned(),
        };
        for setting in [DECLARATIVE_CONFIG, TEXT] {
            if self.written(setting).is_some() && read != Some(setting) {
                let what = format!("has no effect: {instead}");
                self.report(Severity::Warning, setting, &what);
            }
        }
    }
}
