//! A reload of real files with a pretended engine.

use std::path::Path;

use haleway_blueprint::Origin;

use super::*;
use crate::cli::{Configuration, Meaning};

/// What the pretended engine was given, and whether it refuses.
#[derive(Default)]
struct Applied {
    hashes: Mutex<Vec<String>>,
    refuse: std::sync::atomic::AtomicBool,
}

fn reloader(path: &Path) -> (Reloader, Arc<Applied>) {
    let applied = Arc::new(Applied::default());
    let engine = applied.clone();
    let apply = move |blueprint: Arc<Blueprint>| {
        if engine.refuse.load(Ordering::Relaxed) {
            let error = StartError {
                origin: Origin::default_value(),
                message: "port 8080 is in use".into(),
                help: String::new(),
            };
            return Err(vec![error]);
        }
        locked(&engine.hashes).push(blueprint.hash());
        Ok(())
    };
    let configuration = Configuration {
        config: vec![path.to_owned()],
        paths: Vec::new(),
        meaning: Meaning::default(),
    };
    let mut assembler = Assembler::single(&configuration);
    let assembly = assembler.assemble(Purpose::Run);
    assert!(!assembly.has_errors(), "{:?}", assembly.findings);
    let hash = assembly.blueprints[0].hash();
    (
        Reloader::with(assembler, Box::new(apply), Log::start(None, false), hash),
        applied,
    )
}

fn configuration(name: &str) -> String {
    format!("{{\"version\": 3, \"name\": \"{name}\"}}")
}

#[test]
fn a_good_file_serves_and_a_bad_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("krakend.json");
    std::fs::write(&path, configuration("one")).unwrap();
    let (reloader, applied) = reloader(&path);
    let first = reloader.last();
    assert!(first.accepted);

    std::fs::write(&path, configuration("two")).unwrap();
    let second = reloader.reload();
    assert!(second.accepted, "{second:?}");
    assert_ne!(second.hash, first.hash);
    assert_eq!(
        locked(&applied.hashes).as_slice(),
        std::slice::from_ref(&second.hash)
    );
    assert!(reloader.seen().iter().any(|seen| seen.path == path));

    std::fs::write(&path, "{ \"version: 3 }").unwrap();
    let third = reloader.reload();
    assert!(!third.accepted);
    assert_eq!(third.hash, second.hash);
    let place = format!("{}:1:", path.display());
    assert!(third.errors[0].starts_with(&place), "{:?}", third.errors);
    assert_eq!(reloader.last(), third);
    assert_eq!(reloader.counts(), (1, 1));
    assert_eq!(locked(&applied.hashes).len(), 1);
}

#[test]
fn an_unchanged_file_is_accepted_and_not_applied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("krakend.json");
    std::fs::write(&path, configuration("one")).unwrap();
    let (reloader, applied) = reloader(&path);
    assert!(reloader.reload().accepted);
    assert!(locked(&applied.hashes).is_empty());
    assert_eq!(reloader.counts(), (1, 0));
}

#[test]
fn what_the_engine_refuses_is_tried_again_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("krakend.json");
    std::fs::write(&path, configuration("one")).unwrap();
    let (reloader, applied) = reloader(&path);
    std::fs::write(&path, configuration("two")).unwrap();
    applied.refuse.store(true, Ordering::Relaxed);
    let refused = reloader.reload();
    assert!(!refused.accepted);
    assert!(
        refused.errors[0].contains("port 8080 is in use"),
        "{:?}",
        refused.errors
    );
    applied.refuse.store(false, Ordering::Relaxed);
    assert!(reloader.reload().accepted);
    assert_eq!(locked(&applied.hashes).len(), 1);
}

#[test]
fn a_missing_file_refuses_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("krakend.json");
    std::fs::write(&path, configuration("one")).unwrap();
    let (reloader, _) = reloader(&path);
    std::fs::remove_file(&path).unwrap();
    let refused = reloader.reload();
    assert!(!refused.accepted);
    assert!(
        refused.errors[0].contains("krakend.json"),
        "{:?}",
        refused.errors
    );
}
