//! Which core a thread serves as, so that what it counts stays in a cache line of its own.

use std::cell::Cell;

thread_local! {
    static INDEX: Cell<usize> = const { Cell::new(0) };
}

/// From now on this thread serves as the core of this index. One that never says so counts as the
/// first.
pub(crate) fn serve_as(core: usize) {
    INDEX.set(core);
}

/// The core that this thread serves as.
pub(super) fn own() -> usize {
    INDEX.get()
}
