//! Where the configuration comes from: paths of the command line, or what Kong's settings name
//! where it gives none.

use std::path::Path;

use haleway_blueprint::Supplies;
use haleway_document::Diagnostic;
use haleway_kong::{Declared, Options};
use haleway_supply::{Documents, Loaded, fetch};

use crate::cli::{Configuration, Dialect};

/// What is said where nobody names a configuration.
const NOWHERE: &str = "no configuration is named: give its PATH, or set KONG_DECLARATIVE_CONFIG";

/// Looks into Kong's settings, which are variables `KONG_...` and the file of `--kong-conf`, where
/// the command line gives no path. What they name is Kong's.
///
/// # Errors
/// They name no configuration, either.
pub(crate) fn complete(configuration: &mut Configuration) -> Result<(), String> {
    let free = configuration.all_paths().is_empty();
    if configuration.meaning.dialect == Some(Dialect::Krakend) {
        return if free {
            Err(NOWHERE.to_owned())
        } else {
            Ok(())
        };
    }
    let options = Options {
        kong_conf: configuration.meaning.kong_conf.clone(),
        ..Options::default()
    };
    let supplies = fetch(&haleway_kong::declared_wants(&options), None).supplies;
    match haleway_kong::declared(&options, &supplies) {
        Some(declared) => take(configuration, declared, free),
        None if free => return Err(nowhere(&options, &supplies)),
        None => {}
    }
    Ok(())
}

fn nowhere(options: &Options, supplies: &Supplies) -> String {
    let file = options.kong_conf.as_ref();
    match file.and_then(|file| Some((file, supplies.files.get(file)?.as_ref().err()?))) {
        Some((file, why)) => format!("{NOWHERE} ({file} cannot be read: {why})"),
        None => NOWHERE.to_owned(),
    }
}

/// Reads what is declared, unless the command line names something else.
fn take(configuration: &mut Configuration, declared: Declared, free: bool) {
    let Declared {
        setting,
        place,
        text,
    } = declared;
    let is_file = setting == haleway_kong::DECLARATIVE_CONFIG;
    let named = is_file
        && configuration
            .all_paths()
            .iter()
            .any(|it| it == Path::new(&text));
    if !free && !named {
        return;
    }
    configuration.meaning.declared_by = Some((setting, place.clone()));
    if !free {
        return;
    }
    configuration.meaning.dialect = Some(Dialect::Kong);
    if is_file {
        configuration.paths = vec![text.into()];
    } else {
        configuration.text = Some((place, text));
    }
}

/// What is read, now and on every reload.
#[derive(Debug)]
pub(crate) enum Input {
    /// Paths; `Some` says which setting names them.
    Paths(Documents, Option<String>),
    /// A text under a name.
    Text(String, String),
}

impl Input {
    pub(crate) fn of(configuration: &Configuration) -> Self {
        match &configuration.text {
            Some((name, text)) => Self::Text(name.clone(), text.clone()),
            None => {
                let by = configuration.meaning.declared_by.as_ref();
                let documents = Documents::new(configuration.all_paths());
                Self::Paths(documents, by.map(|(_, place)| place.clone()))
            }
        }
    }

    pub(crate) fn load(&mut self) -> Loaded {
        match self {
            Self::Text(name, text) => Loaded::of_text(name, text),
            Self::Paths(documents, by) => {
                let mut loaded = documents.load();
                if let (Some(place), true) = (by, loaded.documents.is_empty()) {
                    for finding in &mut loaded.diagnostics {
                        name_setting(finding, place);
                    }
                }
                loaded
            }
        }
    }
}

/// The path stands in a setting, not on the command line.
fn name_setting(finding: &mut Diagnostic, place: &str) {
    if finding.is_error() {
        finding.message = format!("{place}: {}", finding.message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(setting: &'static str, text: &str) -> Declared {
        Declared {
            setting,
            place: "KONG_X".to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_file_is_read_as_kongs_where_no_path_is_given() {
        let mut configuration = Configuration::default();
        take(
            &mut configuration,
            declared(haleway_kong::DECLARATIVE_CONFIG, "a.yml"),
            true,
        );
        assert_eq!(
            configuration.all_paths(),
            [std::path::PathBuf::from("a.yml")]
        );
        assert_eq!(configuration.meaning.dialect, Some(Dialect::Kong));
        let Input::Paths(_, by) = Input::of(&configuration) else {
            panic!("a file is no text");
        };
        assert_eq!(by.as_deref(), Some("KONG_X"));
    }

    #[test]
    fn the_command_line_counts_before_settings() {
        for (given, by) in [("b.yml", None), ("a.yml", Some("declarative_config"))] {
            let mut configuration = Configuration {
                paths: vec![given.into()],
                ..Configuration::default()
            };
            take(
                &mut configuration,
                declared(haleway_kong::DECLARATIVE_CONFIG, "a.yml"),
                false,
            );
            let meaning = &configuration.meaning;
            assert_eq!(
                meaning.declared_by.as_ref().map(|(setting, _)| *setting),
                by
            );
            assert_eq!(meaning.dialect, None);
        }
    }

    #[test]
    fn a_text_is_read_again_and_again() {
        let mut configuration = Configuration::default();
        let text = "{\"_format_version\": \"3.0\"}";
        take(
            &mut configuration,
            declared("declarative_config_string", text),
            true,
        );
        let mut input = Input::of(&configuration);
        for _ in 0..2 {
            let loaded = input.load();
            assert_eq!(loaded.documents.len(), 1, "{:?}", loaded.diagnostics);
        }
    }
}
