//! From a path that the user gave to the file that holds the configuration.
//!
//! A folder stands for the one configuration in it, as `/etc/krakend` does: a file named
//! `krakend.*` if there is one, else the only file of a known format. Hidden entries never count;
//! among them are the `..data` links of a mounted ConfigMap.

use std::path::{Path, PathBuf};

/// Endings of files that may hold a configuration.
const ENDINGS: [&str; 4] = ["json", "yaml", "yml", "toml"];

/// Entries of a folder that are looked at.
const ENTRIES_MAX: usize = 10_000;

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// This file, be it there or not.
    File(PathBuf),
    /// A folder without a configuration.
    Nothing,
    /// A folder with several; their names, sorted.
    Several(Vec<String>),
    /// A folder that cannot be listed.
    Unreadable(String),
}

/// Looks where the path leads.
pub(crate) fn locate(path: &Path) -> Found {
    if !path.is_dir() {
        return Found::File(path.to_owned());
    }
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return Found::Unreadable(crate::read::reason(&error)),
    };
    let mut names: Vec<String> = entries
        .take(ENTRIES_MAX)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| may_be_configuration(name) && path.join(name).is_file())
        .collect();
    names.sort();
    choose(path, names)
}

fn may_be_configuration(name: &str) -> bool {
    let Some((stem, ending)) = name.rsplit_once('.') else {
        return false;
    };
    !stem.is_empty() && !name.starts_with('.') && ENDINGS.contains(&ending)
}

fn choose(folder: &Path, names: Vec<String>) -> Found {
    let mut named = names.iter().filter(|name| name.starts_with("krakend."));
    match (named.next(), named.next(), names.as_slice()) {
        (Some(only), None, _) | (None, _, [only]) => Found::File(folder.join(only)),
        (None, _, []) => Found::Nothing,
        _ => Found::Several(names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(folder.path().join(name), "{}").unwrap();
        }
        folder
    }

    #[test]
    fn a_file_stands_for_itself_even_where_it_is_missing() {
        assert_eq!(
            locate(Path::new("/no/such")),
            Found::File("/no/such".into())
        );
    }

    #[test]
    fn a_folder_stands_for_its_only_configuration() {
        let one = folder(&["gateway.yaml", "notes.txt", ".hidden.json"]);
        assert_eq!(
            locate(one.path()),
            Found::File(one.path().join("gateway.yaml"))
        );
    }

    #[test]
    fn krakend_goes_first_among_several() {
        let named = folder(&["krakend.json", "settings.json"]);
        assert_eq!(
            locate(named.path()),
            Found::File(named.path().join("krakend.json"))
        );
    }

    #[test]
    fn none_and_several_are_told_apart() {
        assert_eq!(locate(folder(&["readme.md"]).path()), Found::Nothing);
        assert_eq!(
            locate(folder(&["b.json", "a.toml"]).path()),
            Found::Several(vec!["a.toml".into(), "b.json".into()])
        );
        assert_eq!(
            locate(folder(&["krakend.json", "krakend.yaml"]).path()),
            Found::Several(vec!["krakend.json".into(), "krakend.yaml".into()])
        );
    }
}
