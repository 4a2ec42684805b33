//! Golden files: the cases of a corpus, and what came of each beside what is recorded.
//!
//! Only tests depend on this crate, so whatever cannot be read or differs ends the test. With
//! `UPDATE` in the environment what came is written instead.

mod case;
mod record;

pub use case::{Case, entries, read};
pub use record::{Record, recorded};
