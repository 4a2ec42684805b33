//! A run of named steps: each is timed, all run, and the end says which failed.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// What the steps have come to so far.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<Step>,
}

struct Step {
    name: &'static str,
    took: Duration,
    passed: bool,
    tests: Tests,
}

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tests {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Steps {
    /// Runs `body` as a step; an error is printed and counts as a failure.
    pub(crate) fn run(&mut self, name: &'static str, body: impl FnOnce() -> Result<Outcome>) {
        eprintln!("==> {name}");
        let started = Instant::now();
        let outcome = body().unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Outcome {
                passed: false,
                tests: Tests::default(),
            }
        });
        let took = started.elapsed();
        self.done.push(Step {
            name,
            took,
            passed: outcome.passed,
            tests: outcome.tests,
        });
    }

    /// Prints a line per step, then the totals as the last line. True when nothing failed.
    pub(crate) fn conclude(&self) -> bool {
        println!();
        for step in &self.done {
            let verdict = if step.passed { "ok" } else { "FAILED" };
            println!(
                "{:<8} {:<8} {:>7.1} s",
                step.name,
                verdict,
                step.took.as_secs_f64()
            );
        }
        let total = self.totals();
        println!("{} passed, {} failed", total.passed, total.failed);
        total.failed == 0
    }

    /// The tests of all steps; a step that failed without a failing test counts as one failure.
    fn totals(&self) -> Tests {
        let mut total = Tests::default();
        for step in &self.done {
            let unnamed = u64::from(!step.passed && step.tests.failed == 0);
            total.passed += step.tests.passed;
            total.failed += step.tests.failed + unnamed;
        }
        total
    }
}

/// How one step ended.
pub(crate) struct Outcome {
    pub(crate) passed: bool,
    pub(crate) tests: Tests,
}

/// Runs `command`, passing its output on and adding up the `test result:` lines in it.
pub(crate) fn command(command: &mut Command) -> Result<Outcome> {
    let shown = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {shown}"))?;
    let stdout = child.stdout.take().expect("the output was asked for");
    let tests = pass_on(BufReader::new(stdout), &mut std::io::stdout().lock())?;
    let passed = child.wait()?.success();
    Ok(Outcome { passed, tests })
}

/// Copies line by line and adds up the totals seen.
fn pass_on(from: impl BufRead, to: &mut impl Write) -> Result<Tests> {
    let mut tests = Tests::default();
    for line in from.split(b'\n') {
        let line = line?;
        if let Some(result) = test_result(&String::from_utf8_lossy(&line)) {
            tests.passed += result.passed;
            tests.failed += result.failed;
        }
        to.write_all(&line)?;
        to.write_all(b"\n")?;
    }
    Ok(tests)
}

/// Reads `test result: ok. 5 passed; 0 failed; ...`.
fn test_result(line: &str) -> Option<Tests> {
    let counts = line
        .trim_start()
        .strip_prefix("test result: ")?
        .split_once(". ")?
        .1;
    let count = |what: &str| {
        let part = counts
            .split("; ")
            .find_map(|part| part.strip_suffix(what))?;
        part.trim().parse::<u64>().ok()
    };
    Some(Tests {
        passed: count("passed")?,
        failed: count("failed")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_totals_of_a_test_binary() {
        let line = "test result: FAILED. 5 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out";
        assert_eq!(
            test_result(line),
            Some(Tests {
                passed: 5,
                failed: 2
            })
        );
    }

    #[test]
    fn takes_no_other_line_for_totals() {
        assert_eq!(test_result("test steps::tests::works ... ok"), None);
        assert_eq!(test_result("test result: unheard of"), None);
    }

    #[test]
    fn adds_up_what_is_passed_on() {
        let text = "test result: ok. 3 passed; 0 failed; 0 ignored\nx\n\
                    test result: FAILED. 1 passed; 2 failed; 0 ignored\n";
        let mut copy = Vec::new();
        let tests = pass_on(text.as_bytes(), &mut copy).unwrap();
        assert_eq!(
            tests,
            Tests {
                passed: 4,
                failed: 2
            }
        );
        assert_eq!(copy, text.as_bytes());
    }

    #[test]
    fn tells_how_a_command_ended() {
        assert!(command(&mut Command::new("true")).unwrap().passed);
        assert!(!command(&mut Command::new("false")).unwrap().passed);
    }

    #[test]
    fn counts_a_step_that_fails_without_a_failing_test() {
        let mut steps = Steps::default();
        steps.run("broken", || anyhow::bail!("does not start"));
        steps.run("fine", || {
            Ok(Outcome {
                passed: true,
                tests: Tests {
                    passed: 2,
                    failed: 0,
                },
            })
        });
        assert_eq!(
            steps.totals(),
            Tests {
                passed: 2,
                failed: 1
            }
        );
    }
}
