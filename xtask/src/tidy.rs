//! `cargo xtask tidy`: the mechanical rules of the code base.
//!
//! Each rule is one file below this module and one function from sources to findings; a rule reads
//! no clock, starts no program and changes nothing (the crate edges come from `cargo metadata`,
//! which this file asks for once).

mod edges;
mod headers;
mod lengths;
mod links;
mod names;
mod pages;
mod panics;
mod source;
mod words;

use std::fmt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{docs, tools, workspace};
use source::Source;

/// One breach of one rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Checks all rules and prints every finding. True when there is none.
pub(crate) fn run() -> Result<bool> {
    let findings = findings()?;
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        eprintln!("tidy: nothing to say");
    } else {
        eprintln!("tidy: {} findings", findings.len());
    }
    Ok(findings.is_empty())
}

fn findings() -> Result<Vec<Finding>> {
    let root = workspace::root();
    let paths = workspace::files(&root)?;
    let mut findings = edges::check(&metadata()?)?;
    findings.extend(names::check(&paths));
    let (mut sources, mut pages) = (Vec::new(), Vec::new());
    for path in &paths {
        let bytes = std::fs::read(root.join(path)).with_context(|| format!("reading {path}"))?;
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        findings.extend(words::check(path, &text));
        if path.ends_with(".rs") {
            sources.push(Source::new(path, text));
        } else if path.ends_with(".md") {
            pages.push((path.clone(), text));
        }
    }
    let test_modules = panics::test_modules(&sources);
    let written = sources
        .iter()
        .filter(|one| !panics::only_tests(&one.path, &test_modules));
    findings.extend(pages::check(written, &pages));
    findings.extend(links::check(&pages, &paths));
    let map = pages.iter().find(|(path, _)| path == edges::MAP);
    findings.extend(edges::check_map(map.map_or("", |(_, text)| text)));
    for source in &sources {
        findings.extend(headers::check(source));
        findings.extend(lengths::check(source));
        findings.extend(panics::check(source, &test_modules));
    }
    findings.extend(
        docs::stale()
            .into_iter()
            .map(|(page, why)| Finding::new(page, 1, why)),
    );
    findings.sort();
    Ok(findings)
}

fn metadata() -> Result<serde_json::Value> {
    let output = Command::new(tools::cargo())
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(workspace::root())
        .output()
        .context("starting cargo metadata")?;
    anyhow::ensure!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).context("reading cargo metadata")
}
