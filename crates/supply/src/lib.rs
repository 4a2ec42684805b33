//! Where documents come from: files, standard input, environment, and the watch over them.
//!
//! Supply knows where things stand and when they change, and nothing of what they mean. It never
//! fails as a whole: what cannot be read becomes a [`haleway_document::Diagnostic`] that names
//! the place and what to do, so that all findings of a run come out together.
//!
//! Everything that was read leaves a [`Seen`]: the file and the state it was in just before it
//! was read. [`Watch`] compares against exactly that, so that no change falls between reading and
//! watching.

mod documents;
mod environment;
mod locate;
mod read;
mod stamp;
mod wanted;
mod watch;

pub use documents::{Document, Documents, Loaded};
pub use environment::cores;
pub use stamp::{Seen, Stamp};
pub use wanted::{Fetched, fetch};
pub use watch::{Watch, WatchTimes};
