//! The crate decides and does nothing else: no clock, no socket, no thread, no float, no chance.

use std::fs;
use std::path::{Path, PathBuf};

/// What none of the sources may name outside comments.
const FORBIDDEN: &[&str] = &[
    "std::",
    "extern crate std",
    "f32",
    "f64",
    "HashMap",
    "HashSet",
    "Instant",
    "SystemTime",
    "thread::",
    "unsafe",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn nothing_impure_is_named() {
    let mut found = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    assert!(found.len() > 20, "the sources were found");
    for path in found {
        for (index, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for word in FORBIDDEN {
                assert!(
                    !code.contains(word),
                    "{}:{}: {word}",
                    path.display(),
                    index + 1
                );
            }
        }
    }
}

#[test]
fn the_crate_is_no_std_and_has_no_dependency_of_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lib = fs::read_to_string(root.join("src/lib.rs")).unwrap();
    assert!(lib.contains("#![no_std]\n"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let own = manifest.split("[dependencies]").nth(1).unwrap();
    let own = own.split("[target").next().unwrap();
    let lines: Vec<&str> = own.lines().filter(|line| line.contains('=')).collect();
    assert_eq!(lines.len(), 1, "serde alone: {lines:?}");
    assert!(lines[0].contains("default-features = false") && lines[0].contains("optional = true"));
}
