//! A reload of real files with a pretended engine.

use std::path::Path;

use haleway_blueprint::Origin;

use super::*;
use crate::cli::Configuration;

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
        ..Configuration::default()
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

const KONG: &str =
    "_format_version: '3.0'\nupstreams:\n- name: u\n  targets: [{target: '127.0.0.1:1'}]\n";

/// A pool's settings of an overlay, by which it is known in a blueprint.
const OVERLAY: &str = "haleway: 1\npools:\n- match: '*'\n  slow_start: 10s\n";

/// A reloader of a Kong configuration with an overlay beside it.
fn of_kong(folder: &Path) -> (Reloader, Arc<Applied>, Arc<Views>) {
    std::fs::write(folder.join("kong.yml"), KONG).unwrap();
    std::fs::write(folder.join("haleway.yaml"), OVERLAY).unwrap();
    let applied = Arc::new(Applied::default());
    let engine = applied.clone();
    let apply = move |blueprint: Arc<Blueprint>| {
        locked(&engine.hashes).push(blueprint.to_json());
        Ok(())
    };
    let configuration = Configuration {
        config: vec![folder.join("kong.yml"), folder.join("haleway.yaml")],
        ..Configuration::default()
    };
    let mut assembler = Assembler::single(&configuration);
    let assembly = assembler.assemble(Purpose::Run);
    assert!(!assembly.has_errors(), "{:?}", assembly.findings);
    let blueprint = &assembly.blueprints[0];
    let views = Arc::new(Views::new(assembly.kong.unwrap().view(blueprint)));
    let log = Log::start(None, false);
    let reloader = Reloader::with(assembler, Box::new(apply), log, blueprint.hash());
    (reloader.showing(Some(views.clone())), applied, views)
}

fn names(views: &Views) -> Vec<String> {
    let view = views.current();
    let upstreams = view.facts().entities["upstreams"].iter();
    let names = upstreams.map(|it| it["name"].as_str().unwrap().to_owned());
    names.collect()
}

#[test]
fn a_posted_configuration_serves_until_the_files_are_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let (reloader, applied, views) = of_kong(folder.path());
    let posted = KONG.replace("name: u", "name: v");
    let outcome = reloader.reload_from(&posted);
    assert!(outcome.accepted, "{outcome:?}");
    assert_eq!(names(&views), ["v"]);
    // The overlay is laid over what was posted, even while the file itself is broken.
    assert!(locked(&applied.hashes)[0].contains("slow_start"));
    std::fs::write(folder.path().join("kong.yml"), "a: 'b").unwrap();
    let again = posted.replace("name: v", "name: w");
    let outcome = reloader.reload_from(&again);
    assert!(outcome.accepted, "{outcome:?}");
    std::fs::write(folder.path().join("kong.yml"), KONG).unwrap();
    assert!(reloader.reload().accepted);
    assert_eq!(names(&views), ["u"]);
    assert_eq!(reloader.counts(), (3, 0));
}

#[test]
fn a_posted_configuration_without_the_overlay_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (reloader, _, views) = of_kong(folder.path());
    std::fs::write(folder.path().join("haleway.yaml"), "haleway: 'x").unwrap();
    let outcome = reloader.reload_from(&KONG.replace("name: u", "name: v"));
    assert!(!outcome.accepted);
    assert!(outcome.errors[0].contains("haleway.yaml"), "{outcome:?}");
    assert_eq!(names(&views), ["u"]);
}

#[test]
fn what_is_wrong_with_a_posted_configuration_has_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let (reloader, applied, views) = of_kong(folder.path());
    let posted = KONG.replace("name: u", "name: u\n  slots: 1");
    let outcome = reloader.reload_from(&posted);
    assert!(
        outcome.errors[0].starts_with("/config:4:10: error[G"),
        "{outcome:?}"
    );
    let expected = DocumentFault {
        start: posted.find("1\n").and_then(|at| u32::try_from(at).ok()),
        field: "slots".to_owned(),
        message: "value should be between 10 and 65536".to_owned(),
    };
    assert_eq!(outcome.faults, [expected]);
    assert_eq!(names(&views), ["u"]);
    assert!(locked(&applied.hashes).is_empty());
    // Whatever it looks like, it is read as Kong's.
    let outcome = reloader.reload_from("{\"version\": 3}");
    assert_eq!(outcome.faults[1].field, "version", "{outcome:?}");
}

#[test]
fn what_is_shown_changes_even_where_nothing_that_serves_does() {
    let folder = tempfile::tempdir().unwrap();
    let (reloader, applied, views) = of_kong(folder.path());
    assert!(reloader.reload_from(KONG).accepted);
    let before = views.current().facts().hash.clone();
    let vault = "vaults: [{name: env, prefix: a, config: {prefix: A_}}]\n";
    let outcome = reloader.reload_from(&format!("{KONG}{vault}"));
    assert!(outcome.accepted, "{outcome:?}");
    assert_eq!(locked(&applied.hashes).len(), 1);
    assert_ne!(views.current().facts().hash, before);
}
