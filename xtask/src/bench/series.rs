//! Repeated measurements of one thing, and their medians.

use std::path::PathBuf;

use anyhow::Result;

use super::load::{Load, Sample};
use super::process::Server;

/// One of the things that are measured in turn.
pub(super) struct Contestant<'a> {
    /// As it stands in the report.
    pub(super) name: String,
    pub(super) url: String,
    /// For the load generator.
    pub(super) script: Option<PathBuf>,
    /// Whose CPU time and memory count; none where load and upstream meet directly.
    pub(super) server: Option<&'a Server>,
}

/// Measures all contestants in each round.
pub(super) fn contest(
    load: &Load,
    rounds: u32,
    contestants: &[Contestant<'_>],
) -> Result<Vec<(String, Series)>> {
    let mut rows: Vec<(String, Series)> = contestants
        .iter()
        .map(|one| (one.name.clone(), Series::default()))
        .collect();
    for round in 1..=rounds {
        for (one, (_, series)) in contestants.iter().zip(&mut rows) {
            eprintln!("round {round}: {} {}", one.name, one.url);
            let sample = load.measure(&one.url, one.script.as_deref(), one.server)?;
            series.samples.push(sample);
        }
    }
    Ok(rows)
}

/// The samples of one thing, one per round.
#[derive(Default)]
pub(super) struct Series {
    pub(super) samples: Vec<Sample>,
}

impl Series {
    /// The median of what `read` takes from each sample.
    pub(super) fn median(&self, read: impl Fn(&Sample) -> f64) -> f64 {
        median(self.samples.iter().map(read).collect())
    }

    /// CPU time per request, user and kernel together.
    pub(super) fn cpu_us(&self) -> f64 {
        self.median(total_us)
    }

    /// The least and the most CPU time per request of a round.
    pub(super) fn cpu_us_range(&self) -> (f64, f64) {
        let all = self.samples.iter().map(total_us);
        all.fold((f64::INFINITY, 0.0), |(least, most), one| {
            (least.min(one), most.max(one))
        })
    }

    pub(super) fn socket_errors(&self) -> u64 {
        self.samples
            .iter()
            .map(|sample| sample.seen.socket_errors)
            .sum()
    }
}

fn total_us(sample: &Sample) -> f64 {
    sample.cpu.user_us + sample.cpu.kernel_us
}

/// The middle value; of an even number, the mean of the two in the middle. 0 of none.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        length if length % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn takes_the_middle() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 9.0]), 3.0);
        assert_eq!(median(Vec::new()), 0.0);
    }
}
