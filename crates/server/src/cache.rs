//! Things that never change, kept in memory so that they are not made again: nothing that decides alone.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

/// A bounded map. When one more comes than fits, all are forgotten and made again as needed.
pub struct Cache<K, V> {
    capacity: usize,
    kept: RwLock<HashMap<K, Arc<V>>>,
}

impl<K: Eq + Hash, V> Cache<K, V> {
    /// An empty one that keeps at most `capacity` things.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            kept: RwLock::default(),
        }
    }

    /// What is kept under this name.
    pub fn find(&self, name: &K) -> Option<Arc<V>> {
        // A panic elsewhere leaves the map whole: every change is one call.
        self.kept
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .map(Arc::clone)
    }

    /// What is kept under this name, or what `make` makes now.
    ///
    /// # Errors
    ///
    /// What `make` says; nothing is kept then.
    pub fn find_or_make<E>(&self, name: K, make: impl FnOnce() -> Result<V, E>) -> Result<Arc<V>, E> {
        if let Some(found) = self.find(&name) {
            return Ok(found);
        }
        let made = Arc::new(make()?);
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= self.capacity {
            kept.clear();
        }
        kept.insert(name, Arc::clone(&made));
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::Cache;

    #[test]
    fn things_are_made_once_and_failures_are_not_kept() {
        let cache: Cache<u8, u8> = Cache::new(2);
        assert_eq!(cache.find_or_make(1, || Err("no")), Err("no"));
        assert_eq!(*cache.find_or_make(1, || Ok::<_, ()>(10)).unwrap(), 10);
        assert_eq!(*cache.find_or_make(1, || Err(())).unwrap(), 10);
        assert_eq!(*cache.find_or_make(2, || Ok::<_, ()>(20)).unwrap(), 20);
        assert_eq!(*cache.find_or_make(3, || Ok::<_, ()>(30)).unwrap(), 30);
        assert!(cache.find(&1).is_none(), "a full one is emptied");
        assert!(cache.find(&3).is_some());
    }
}
