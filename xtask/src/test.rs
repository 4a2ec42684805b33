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
    Ok(steps.conclude())
}

fn cargo(arguments: &[&str]) -> Result<Outcome> {
    let mut command = Command::new(tools::cargo());
    command.args(arguments).current_dir(workspace::root());
    steps::command(&mut command)
}
