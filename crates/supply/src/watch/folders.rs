//! The folders that a watch stands on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use notify::{RecursiveMode, Watcher};

use crate::Seen;

/// Folders under watch, kept in step with the files.
pub(super) struct Folders<W> {
    watcher: Option<W>,
    watched: BTreeSet<PathBuf>,
}

impl<W: Watcher> Folders<W> {
    pub(super) fn new(watcher: Option<W>) -> Self {
        Self {
            watcher,
            watched: BTreeSet::new(),
        }
    }

    /// Watches the folders of these files and no others. A folder that cannot be watched is left
    /// to the poll. One that was replaced under its name is watched anew, because each call
    /// renews all watches: files change rarely.
    pub(super) fn follow(&mut self, seen: &[Seen]) {
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        for folder in std::mem::take(&mut self.watched) {
            // It may be gone.
            let _ = watcher.unwatch(&folder);
        }
        for folder in seen.iter().flat_map(|seen| folders_of(&seen.path)) {
            if !self.watched.contains(&folder)
                && watcher.watch(&folder, RecursiveMode::NonRecursive).is_ok()
            {
                self.watched.insert(folder);
            }
        }
    }
}

/// The folder of the name and, where links lead elsewhere, the folder of the file itself.
fn folders_of(path: &Path) -> Vec<PathBuf> {
    if path.is_dir() {
        return vec![path.to_owned()];
    }
    let resolved = path.canonicalize().ok();
    let mut folders: Vec<PathBuf> = [Some(path), resolved.as_deref()]
        .into_iter()
        .flatten()
        .filter_map(parent)
        .collect();
    folders.dedup();
    folders
}

fn parent(path: &Path) -> Option<PathBuf> {
    let parent = path.parent()?;
    Some(if parent == Path::new("") {
        PathBuf::from(".")
    } else {
        parent.to_owned()
    })
}
