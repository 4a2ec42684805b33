//! The buffers of a core.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};

/// Bytes that one read may bring.
pub(super) const READ_BYTES_MAX: usize = 16 * 1024;

/// A page that has grown beyond this is not kept.
const PAGE_BYTES_MAX: usize = 256 * 1024;

thread_local! {
    static READ: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
    static PAGE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Lends the core's buffer for reading. Where it is lent already, a fresh one serves.
pub(super) fn with_read_buffer<T>(act: impl FnOnce(&mut [u8]) -> T) -> T {
    let taken = READ.take();
    let mut buffer = taken.unwrap_or_else(|| vec![0; READ_BYTES_MAX].into_boxed_slice());
    let done = act(&mut buffer);
    READ.set(Some(buffer));
    done
}

/// Room to write a message in. It goes back to the core when it is dropped.
pub(crate) struct Page(Vec<u8>);

impl Page {
    /// An empty one.
    pub(crate) fn take() -> Self {
        let mut bytes = PAGE.take();
        bytes.clear();
        Self(bytes)
    }
}

impl Deref for Page {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Page {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.0);
        if bytes.capacity() <= PAGE_BYTES_MAX {
            PAGE.set(bytes);
        }
    }
}
