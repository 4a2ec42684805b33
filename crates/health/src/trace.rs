//! A recorded run: text, line by line, that replays to the same bits.
//!
//! ```text
//! haleway-trace 1
//! judge SNAPSHOT
//! 1500000 advance
//! 1500250 apply endpoint 3 outcome ...
//! ```
//!
//! The second line is the judge as it was when the recording began; each further one is a moment in
//! microseconds and a step. [`replay`] runs them.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::input::Input;
use crate::judge::{Judge, Output};
use crate::time::Tick;
use crate::wire::{self, Malformed, Wire};

const HEADER: &str = "haleway-trace 1";

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// An input came.
    Apply(Input),
    /// Time passed.
    Advance,
}

wire_enum!(Step { Apply(input) = "apply", Advance = "advance" });

/// Records the steps of a judge, no more than a given number: then the recording begins anew with
/// the judge as it is.
#[derive(Clone, Debug)]
pub struct Recorder {
    base: String,
    lines: Vec<String>,
    steps_max: usize,
}

impl Recorder {
    /// Begins a recording of at most `steps_max` steps.
    #[must_use]
    pub fn new(judge: &Judge, steps_max: usize) -> Self {
        Self {
            base: judge.snapshot(),
            lines: Vec::new(),
            steps_max,
        }
    }

    /// Runs a step on the judge and records it. The caller drains the judge's outputs.
    pub fn run(&mut self, judge: &mut Judge, now: Tick, step: Step) {
        if self.lines.len() >= self.steps_max {
            self.base = judge.snapshot();
            self.lines.clear();
        }
        let mut line = String::new();
        now.put(&mut line);
        step.put(&mut line);
        self.lines.push(line);
        perform(judge, now, step);
    }

    /// The recording as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = HEADER.to_string();
        text.push_str("\njudge ");
        text.push_str(&self.base);
        for line in &self.lines {
            text.push('\n');
            text.push_str(line);
        }
        text.push('\n');
        text
    }
}

/// Runs a recording: the judge as it ended, and every output on the way.
///
/// # Errors
/// The text is no recording.
pub fn replay(text: &str) -> Result<(Judge, Vec<Output>), Malformed> {
    let wrong = |expected| Malformed { expected, word: 0 };
    let mut lines = text.lines();
    if lines.next() != Some(HEADER) {
        return Err(wrong("a trace of this version"));
    }
    let base = lines.next().and_then(|line| line.strip_prefix("judge "));
    let mut judge = Judge::restore(base.ok_or_else(|| wrong("the judge"))?)?;
    let mut outputs = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let (now, step) = wire::decode::<(Tick, Step)>(line)?;
        perform(&mut judge, now, step);
        outputs.append(&mut judge.drain());
    }
    Ok((judge, outputs))
}

fn perform(judge: &mut Judge, now: Tick, step: Step) {
    match step {
        Step::Apply(input) => judge.apply(now, input),
        Step::Advance => judge.advance(now),
    }
}
