//! What a dialect asked for beside its documents.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use haleway_blueprint::{FileContent, Supplies, Wants};

use crate::read::{self, Trouble};
use crate::{Seen, cores, environment};

/// Size of one wanted file in bytes.
const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What was fetched, and the files that a watch has to look at.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// For the dialect.
    pub supplies: Supplies,
    /// For the watch.
    pub seen: Vec<Seen>,
}

/// Fetches all that is wanted. A relative file is looked for in the working directory, as KrakenD
/// does, and then in the folder of the configuration.
#[must_use]
pub fn fetch(wants: &Wants, folder: Option<&Path>) -> Fetched {
    let mut files = BTreeMap::new();
    let mut seen = Vec::new();
    for name in &wants.files {
        files.insert(name.clone(), fetch_file(name, folder, &mut seen));
    }
    let variables = environment::wanted_variables(wants);
    Fetched {
        supplies: Supplies {
            files,
            variables,
            cores: cores(),
        },
        seen,
    }
}

fn fetch_file(name: &str, folder: Option<&Path>, seen: &mut Vec<Seen>) -> FileContent {
    let mut first = None;
    for path in places(name, folder) {
        seen.push(Seen::now(&path));
        match read_file(&path) {
            Ok(bytes) => return Ok(bytes),
            Err(trouble) => {
                first.get_or_insert(trouble);
            }
        }
    }
    Err(words(first.unwrap_or(Trouble::Missing)))
}

fn places(name: &str, folder: Option<&Path>) -> Vec<PathBuf> {
    let path = PathBuf::from(name);
    match folder {
        Some(folder) if path.is_relative() && folder != Path::new("") => {
            let beside = folder.join(&path);
            vec![path, beside]
        }
        _ => vec![path],
    }
}

fn read_file(path: &Path) -> Result<Arc<[u8]>, Trouble> {
    // A pipe or a device could block for ever or never end.
    let meta = std::fs::metadata(path)?;
    if !meta.is_file() {
        let what = if meta.is_dir() {
            "it is a folder"
        } else {
            "it is not a regular file"
        };
        return Err(Trouble::Unreadable(std::io::Error::other(what)));
    }
    read::bytes_of(std::fs::File::open(path)?, FILE_BYTES_MAX).map(Arc::from)
}

fn words(trouble: Trouble) -> String {
    match trouble {
        Trouble::Missing => "there is no such file".into(),
        Trouble::Unreadable(error) => read::reason(&error),
        Trouble::TooLarge => format!("it is larger than {FILE_BYTES_MAX} bytes"),
        Trouble::NotUtf8(_) => "it is not UTF-8".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(name: &str) -> Wants {
        Wants {
            files: [name.to_owned()].into(),
            ..Wants::default()
        }
    }

    #[test]
    fn a_relative_file_is_found_beside_the_configuration() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key.pem"), "secret").unwrap();
        let fetched = fetch(&wants("key.pem"), Some(folder.path()));
        assert_eq!(
            fetched.supplies.files["key.pem"].as_deref().unwrap(),
            b"secret"
        );
        assert!(
            fetched
                .seen
                .iter()
                .any(|seen| seen.path == folder.path().join("key.pem"))
        );
    }

    #[test]
    fn a_missing_file_is_said_and_still_watched() {
        let folder = tempfile::tempdir().unwrap();
        let fetched = fetch(&wants("none.pem"), Some(folder.path()));
        assert_eq!(
            fetched.supplies.files["none.pem"].as_ref().unwrap_err(),
            "there is no such file"
        );
        assert_eq!(fetched.seen.len(), 2);
        assert!(!fetched.seen[1].changed());
        std::fs::write(folder.path().join("none.pem"), "now").unwrap();
        assert!(fetched.seen[1].changed());
    }

    #[test]
    fn a_folder_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().to_str().unwrap();
        let fetched = fetch(&wants(name), None);
        assert_eq!(
            fetched.supplies.files[name].as_ref().unwrap_err(),
            "it is a folder"
        );
    }
}
