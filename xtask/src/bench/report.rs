//! The report: what was measured, on which machine, and how it compares.

use std::fmt::Write;

use super::series::Series;

/// Everything that one run found out.
#[derive(Default)]
pub(super) struct Report {
    pub(super) about: Vec<String>,
    pub(super) comparisons: Vec<Comparison>,
    pub(super) extras: Vec<Table>,
    pub(super) goals: Vec<Goal>,
}

/// All proxies on one size of answer.
pub(super) struct Comparison {
    pub(super) title: String,
    pub(super) rows: Vec<(String, Series)>,
}

/// Measurements of one proxy on different work.
pub(super) struct Table {
    pub(super) title: String,
    pub(super) rows: Vec<(String, Series)>,
}

/// A figure and what it should not exceed.
pub(super) struct Goal {
    pub(super) what: String,
    pub(super) measured: f64,
    pub(super) at_most: f64,
    pub(super) unit: &'static str,
}

impl Comparison {
    /// How many times the CPU time of `of` that of `name` is.
    pub(super) fn ratio(&self, name: &str, of: &str) -> Option<f64> {
        let cpu = |wanted: &str| {
            self.rows
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, series)| series.cpu_us())
        };
        Some(cpu(name)? / cpu(of)?).filter(|ratio| ratio.is_finite())
    }
}

impl Report {
    /// The report as Markdown.
    pub(super) fn markdown(&self) -> String {
        let mut text = String::from("# Benchmark results\n\nWritten by `cargo xtask bench`.\n\n");
        for line in &self.about {
            line_to(&mut text, &format!("- {line}"));
        }
        text.push_str(&goals(&self.goals));
        for comparison in &self.comparisons {
            comparison_to(&mut text, comparison);
        }
        for table in &self.extras {
            line_to(&mut text, &format!("\n## {}\n", table.title));
            rows_to(&mut text, &table.rows);
        }
        text
    }
}

/// What should be reached, and whether it is. Nothing where there is no goal.
pub(super) fn goals(goals: &[Goal]) -> String {
    if goals.is_empty() {
        return String::new();
    }
    let row = |goal: &Goal| {
        let Goal {
            what,
            measured,
            at_most,
            unit,
        } = goal;
        let reached = if measured <= at_most { "yes" } else { "no" };
        vec![
            what.clone(),
            format!("{measured:.2}{unit}"),
            format!("{at_most}{unit}"),
            reached.to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = goals.iter().map(row).collect();
    let titles = ["goal", "measured", "at most", "reached"];
    format!("\n## Goals\n\n{}", grid(&titles, &rows))
}

/// A table of Markdown.
pub(super) fn grid(titles: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = format!(
        "| {} |\n{}|\n",
        titles.join(" | "),
        "|---".repeat(titles.len())
    );
    for row in rows {
        line_to(&mut text, &format!("| {} |", row.join(" | ")));
    }
    text
}

pub(super) fn comparison_to(text: &mut String, comparison: &Comparison) {
    line_to(text, &format!("\n## {}\n", comparison.title));
    rows_to(text, &comparison.rows);
    text.push('\n');
    for of in ["nginx", "haproxy", "envoy"] {
        if let Some(ratio) = comparison.ratio("haleway", of) {
            line_to(
                text,
                &format!("- CPU per request, haleway / {of}: {ratio:.3}"),
            );
        }
    }
}

fn rows_to(text: &mut String, rows: &[(String, Series)]) {
    let titles = [
        "",
        "CPU µs per request",
        "user",
        "kernel",
        "range",
        "requests/s",
        "p50 µs",
        "p99 µs",
        "RSS MiB",
        "broken connections",
    ];
    let row = |(name, series): &(String, Series)| {
        let (least, most) = series.cpu_us_range();
        vec![
            name.clone(),
            format!("{:.2}", series.cpu_us()),
            format!("{:.2}", series.median(|sample| sample.cpu.user_us)),
            format!("{:.2}", series.median(|sample| sample.cpu.kernel_us)),
            format!("{least:.2}-{most:.2}"),
            format!("{:.0}", series.median(|sample| sample.seen.per_second)),
            format!("{:.0}", series.median(|sample| sample.seen.p50_us)),
            format!("{:.0}", series.median(|sample| sample.seen.p99_us)),
            format!(
                "{:.1}",
                series.median(|sample| sample.resident_kib as f64) / 1024.0
            ),
            series.socket_errors().to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = rows.iter().map(row).collect();
    text.push_str(&grid(&titles, &rows));
}

fn line_to(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes all that is written");
}

#[cfg(test)]
mod tests {
    use super::super::load::Sample;
    use super::super::process::Cpu;
    use super::*;

    fn series(user_us: f64) -> Series {
        let cpu = Cpu {
            user_us,
            kernel_us: 1.0,
        };
        Series {
            samples: vec![Sample {
                cpu,
                ..Sample::default()
            }],
        }
    }

    #[test]
    fn compares_the_medians() {
        let rows = vec![
            ("nginx".to_owned(), series(3.0)),
            ("haleway".to_owned(), series(4.0)),
        ];
        let comparison = Comparison {
            title: "Small answers".to_owned(),
            rows,
        };
        assert_eq!(comparison.ratio("haleway", "nginx"), Some(1.25));
        assert_eq!(comparison.ratio("haleway", "envoy"), None);
        let report = Report {
            comparisons: vec![comparison],
            ..Report::default()
        };
        assert!(report.markdown().contains("haleway / nginx: 1.250"));
    }

    #[test]
    fn says_what_falls_short() {
        let goal = |measured| Goal {
            what: "idle".into(),
            measured,
            at_most: 15.0,
            unit: " MiB",
        };
        let report = Report {
            goals: vec![goal(14.0), goal(16.0)],
            ..Report::default()
        };
        let text = report.markdown();
        assert!(
            text.contains("| idle | 14.00 MiB | 15 MiB | yes |"),
            "{text}"
        );
        assert!(
            text.contains("| idle | 16.00 MiB | 15 MiB | no |"),
            "{text}"
        );
    }
}
