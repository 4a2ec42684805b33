//! The state of a file, cheap to take and good enough to tell that it changed.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file that was read, and its state just before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The file, as it was opened.
    pub path: PathBuf,
    /// Its state just before it was read.
    pub stamp: Stamp,
}

impl Seen {
    /// The file as it is now.
    #[must_use]
    pub fn now(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            stamp: Stamp::of(path),
        }
    }

    /// Whether the file is no longer what was seen.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.stamp != Stamp::of(&self.path)
    }
}

/// What tells one state of a file from the next. Symbolic links are followed, so that a swapped
/// link shows as another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp(Option<Facts>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Facts {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    /// The state of the file now; one that is missing has a state, too.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        use std::os::unix::fs::MetadataExt;
        let facts = std::fs::metadata(path).ok().map(|meta| Facts {
            device: meta.dev(),
            inode: meta.ino(),
            bytes: meta.len(),
            modified: meta.modified().ok(),
        });
        Self(facts)
    }
}
