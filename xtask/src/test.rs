//! `cargo xtask test`: everything that must hold before a change is taken.
//!
//! All steps run even when an early one fails, so that one run shows everything there is to mend.

use std::process::Command;

use anyhow::Result;

use crate::steps::{self, Outcome, Steps, Tests};
use crate::{tidy, tools, workspace};

/// Runs all steps. False when one failed; the last line printed is `N passed, N failed`.
pub(crate) fn run() -> Result<bool> {
    tools::ensure_cargo_components()?;
    tools::ensure("cc", "gcc")?;
    let mut steps = Steps::default();
    steps.run("format", || cargo(&["fmt", "--all", "--check"]));
    steps.run("lints", || {
        cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ])
    });
    steps.run("tidy", || {
        Ok(Outcome {
            passed: tidy::run()?,
            tests: Tests::default(),
        })
    });
    steps.run("tests", || {
        cargo(&["test", "--workspace", "--no-fail-fast"])
    });
    steps.run("loom", loom);
    steps.run("no std", no_std);
    Ok(steps.conclude())
}

/// The gate and the tally under every order of steps that threads can take. The flag concerns every
/// crate, so these builds have a folder of their own.
fn loom() -> Result<Outcome> {
    let mut command = Command::new(tools::cargo());
    command
        .args(["test", "-p", "haleway-health", "--test", "loom_gate"])
        .args(["--target-dir", "target/loom"])
        .env("RUSTFLAGS", "--cfg loom")
        .current_dir(workspace::root());
    steps::command(&mut command)
}

/// `health` for a target that has no clock, no socket and no thread. Where it cannot be had, that is
/// said and passes.
fn no_std() -> Result<Outcome> {
    const TARGET: &str = "wasm32-unknown-unknown";
    if !tools::ensure_target(TARGET) {
        eprintln!("skipped: the target {TARGET} cannot be installed here");
        return Ok(Outcome {
            passed: true,
            tests: Tests::default(),
        });
    }
    let features = ["--features", "serde"];
    let mut command = Command::new(tools::cargo());
    command
        .args(["check", "-p", "haleway-health", "--target", TARGET])
        .args(features)
        .current_dir(workspace::root());
    steps::command(&mut command)
}

fn cargo(arguments: &[&str]) -> Result<Outcome> {
    let mut command = Command::new(tools::cargo());
    command.args(arguments).current_dir(workspace::root());
    steps::command(&mut command)
}
