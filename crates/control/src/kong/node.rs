//! The node: what its Admin API and its status listener are given.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use haleway_blueprint::runtime::{Reload, Running};

use super::view::{View, Views};

/// A node, as Kong's APIs speak of it.
pub struct Node {
    pub(super) running: Arc<dyn Running>,
    pub(super) reload: Arc<dyn Reload>,
    views: Arc<Views>,
    /// A UUID that lives as long as the process.
    pub(super) id: String,
    /// The name of the machine.
    pub(super) hostname: String,
    /// A configuration is being loaded.
    loading: AtomicBool,
    /// Someone asked that no new requests come here.
    leaving: AtomicBool,
}

impl Node {
    /// A node with a new id.
    #[must_use]
    pub fn new(running: Arc<dyn Running>, reload: Arc<dyn Reload>, views: Arc<Views>) -> Self {
        Self {
            running,
            reload,
            views,
            id: random_uuid(),
            hostname: hostname(),
            loading: AtomicBool::new(false),
            leaving: AtomicBool::new(false),
        }
    }

    /// What it shows now.
    pub(super) fn view(&self) -> Arc<View> {
        self.views.current()
    }

    /// The one place to load a configuration; `None` while another one is loaded.
    pub(super) fn start_loading(&self) -> Option<Loading<'_>> {
        let free = !self.loading.swap(true, Ordering::AcqRel);
        free.then_some(Loading(self))
    }

    /// Readiness says `draining` from now on.
    pub(super) fn leave(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }

    /// Whether new requests should go elsewhere.
    pub(super) fn is_draining(&self) -> bool {
        self.leaving.load(Ordering::Relaxed) || self.running.draining()
    }
}

/// A configuration is loaded as long as this lives.
pub(super) struct Loading<'a>(&'a Node);

impl Drop for Loading<'_> {
    fn drop(&mut self) {
        self.0.loading.store(false, Ordering::Release);
    }
}

/// A UUID of version 4. The standard library's hashers begin with random keys, and no more than
/// being different from other nodes is asked of it.
fn random_uuid() -> String {
    let random = || RandomState::new().build_hasher().finish();
    let (high, low) = (random(), random());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | (low >> 50),
        low & 0xffff_ffff_ffff,
    )
}

fn hostname() -> String {
    let known = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let known = known.or_else(|| std::env::var("HOSTNAME").ok());
    known.map_or_else(|| "localhost".to_owned(), |name| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::view::is_uuid;
    use super::random_uuid;

    #[test]
    fn nodes_have_ids_of_their_own() {
        let (one, other) = (random_uuid(), random_uuid());
        assert!(is_uuid(&one) && is_uuid(&other), "{one} {other}");
        assert_ne!(one, other);
        assert_eq!(&one[14..15], "4");
        assert!("89ab".contains(&one[19..20]), "{one}");
    }
}
