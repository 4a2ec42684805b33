//! Which crate may depend on which: the table that keeps dialects, model and engine apart.
//!
//! A new edge is a decision and comes with a record in `docs/adr/`. Dependencies of tests are free.

use anyhow::{Context, Result};
use serde_json::Value;

use super::Finding;

/// Each crate of the workspace and the crates of the workspace that it may use.
const EDGES: &[(&str, &[&str])] = &[
    ("health", &[]),
    ("balance", &[]),
    ("http1", &[]),
    ("document", &[]),
    ("compose", &[]),
    ("blueprint", &["health", "document"]),
    ("overlay", &["health", "document", "blueprint"]),
    ("corpus", &["document", "blueprint"]),
    ("krakend", &["health", "document", "blueprint", "overlay"]),
    ("routing", &["blueprint"]),
    ("kong", &["health", "document", "blueprint", "routing"]),
    ("steps", &["blueprint"]),
    (
        "engine",
        &[
            "health",
            "balance",
            "blueprint",
            "compose",
            "http1",
            "routing",
            "steps",
        ],
    ),
    ("sim", &["health", "document", "blueprint", "balance"]),
    ("supply", &["document", "blueprint"]),
    ("control", &["document", "blueprint", "supply"]),
    (
        "haleway",
        &[
            "document",
            "blueprint",
            "overlay",
            "sim",
            "krakend",
            "kong",
            "engine",
            "supply",
            "control",
        ],
    ),
    ("bench-upstream", &[]),
    ("xtask", &["krakend", "kong"]),
];

/// Crates that stand beside `crates/`.
const OUTSIDE: &[&str] = &["bench-upstream", "xtask"];

/// The page with the code map: the table above in its last column.
pub(super) const MAP: &str = "docs/architecture.md";

/// Compares the rows of the code map with the table. `all` says nothing about single crates.
pub(super) fn check_map(text: &str) -> Vec<Finding> {
    let rows = text.lines().enumerate().filter_map(|(index, line)| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let name = cells.get(1)?.strip_prefix('`')?.strip_suffix('`')?;
        let (_, allowed) = EDGES.iter().find(|(member, _)| *member == name)?;
        Some((index + 1, name, *allowed, *cells.get(3)?))
    });
    let mut findings = Vec::new();
    let mut known = Vec::new();
    for (line, name, allowed, cell) in rows {
        known.push(name);
        let mut written: Vec<&str> = cell.split(", ").filter(|one| *one != "-").collect();
        let mut allowed = allowed.to_vec();
        written.sort_unstable();
        allowed.sort_unstable();
        if cell != "all" && written != allowed {
            let allowed = allowed.join(", ");
            let message = format!("{name} may depend on: {allowed}");
            findings.push(Finding::new(MAP, line, message));
        }
    }
    let below_crates = EDGES
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !OUTSIDE.contains(name));
    let missing = below_crates.filter(|name| !known.contains(name));
    findings.extend(missing.map(|name| {
        let message = format!("crate {name} does not stand in the code map");
        Finding::new(MAP, 1, message)
    }));
    findings
}

/// Compares the dependencies in `cargo metadata --no-deps` with the table.
pub(super) fn check(metadata: &Value) -> Result<Vec<Finding>> {
    let packages = metadata["packages"]
        .as_array()
        .context("metadata without packages")?;
    let members: Vec<&str> = packages
        .iter()
        .filter_map(|package| name(package))
        .collect();
    let mut findings = Vec::new();
    for package in packages {
        let from = name(package).context("package without a name")?;
        let path = manifest(package, metadata);
        let Some((_, allowed)) = EDGES.iter().find(|(member, _)| *member == from) else {
            let message = format!("crate {from} does not stand in the table of crate edges");
            findings.push(Finding::new(&path, 1, message));
            continue;
        };
        for to in dependencies(package).filter(|to| members.contains(to)) {
            if !allowed.contains(&to) {
                let message = format!("{from} must not depend on {to}");
                findings.push(Finding::new(&path, 1, message));
            }
        }
    }
    Ok(findings)
}

fn name(package: &Value) -> Option<&str> {
    package["name"].as_str().map(short)
}

fn short(name: &str) -> &str {
    name.strip_prefix("haleway-").unwrap_or(name)
}

fn dependencies(package: &Value) -> impl Iterator<Item = &str> {
    let all = package["dependencies"].as_array().into_iter().flatten();
    all.filter(|dependency| dependency["kind"].as_str() != Some("dev"))
        .filter_map(|dependency| dependency["name"].as_str().map(short))
}

fn manifest(package: &Value, metadata: &Value) -> String {
    let path = package["manifest_path"].as_str().unwrap_or("Cargo.toml");
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    path.strip_prefix(root)
        .unwrap_or(path)
        .trim_start_matches('/')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Value {
        let dependencies: Vec<Value> = dependencies
            .iter()
            .map(|(name, kind)| json!({"name": name, "kind": kind}))
            .collect();
        json!({"name": name, "manifest_path": "/r/Cargo.toml", "dependencies": dependencies})
    }

    fn messages(packages: Vec<Value>) -> Vec<String> {
        let metadata = json!({"workspace_root": "/r", "packages": packages});
        check(&metadata)
            .unwrap()
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }

    #[test]
    fn refuses_an_edge_that_the_table_has_not() {
        let packages = vec![
            package(
                "haleway-engine",
                &[("haleway-krakend", None), ("haleway-blueprint", None)],
            ),
            package("haleway-krakend", &[]),
            package("haleway-blueprint", &[("serde", None)]),
        ];
        assert_eq!(messages(packages), ["engine must not depend on krakend"]);
    }

    #[test]
    fn leaves_the_dependencies_of_tests_alone() {
        let packages = vec![
            package("haleway-engine", &[("haleway-krakend", Some("dev"))]),
            package("haleway-krakend", &[]),
        ];
        assert!(messages(packages).is_empty());
    }

    #[test]
    fn tells_where_the_code_map_says_otherwise() {
        let said = |text: &str| -> Vec<String> {
            let findings = check_map(text).into_iter();
            let rows = findings.filter(|it| it.line > 1);
            rows.map(|it| it.message).collect()
        };
        let map = "| Crate |\n| `sim` | plays | health, document, blueprint, balance |\n\
                   | `health` | decides | - |\n| `haleway` | serves | all |\n";
        assert!(said(map).is_empty());
        assert_eq!(
            said(&map.replace("| - |", "| sim |")),
            ["health may depend on: "]
        );
        let missing = check_map(map);
        assert_eq!(missing.len(), EDGES.len() - OUTSIDE.len() - 3);
    }

    #[test]
    fn asks_for_a_row_for_each_crate() {
        let found = messages(vec![package("haleway-mystery", &[])]);
        assert_eq!(
            found,
            ["crate mystery does not stand in the table of crate edges"]
        );
    }
}
