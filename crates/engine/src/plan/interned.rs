//! Values that many routes have in common, kept once: the headers of ten thousand routes would
//! otherwise fill the caches with copies of the same few.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

/// Compiled values by what they were compiled from.
pub(crate) struct Interned<T> {
    known: Mutex<HashMap<String, Arc<T>>>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
        }
    }
}

impl<T> Interned<T> {
    /// The value of a description, made where it is the first of its kind.
    ///
    /// # Errors
    /// Those of making it.
    pub(crate) fn of<D: Debug>(
        &self,
        description: D,
        make: impl FnOnce(D) -> Result<T, String>,
    ) -> Result<Arc<T>, String> {
        let key = format!("{description:?}");
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = known.get(&key) {
            return Ok(value.clone());
        }
        let value = Arc::new(make(description)?);
        known.insert(key, value.clone());
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_descriptions_give_one_value() {
        let interned = Interned::default();
        let first = interned.of("a", |it| Ok(it.len())).unwrap();
        let second = interned.of("a", |_| unreachable!()).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(*interned.of("bb", |it| Ok(it.len())).unwrap(), 2);
        assert!(interned.of("c", |_| Err("bad".to_owned())).is_err());
    }
}
