//! The series of all cores as Prometheus reads them (text format 0.0.4).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use haleway_blueprint::runtime::PoolStatus;
use haleway_blueprint::{Blueprint, MetricFamily, RequestMetrics, Step};

use super::{CoreSeries, Histogram, Series, Values, health};

/// Appends the series of all cores, and the health of endpoints where steps ask for it.
pub(crate) fn write_request_metrics(
    blueprint: &Blueprint,
    cores: &[Arc<CoreSeries>],
    pools: &[PoolStatus],
    out: &mut String,
) {
    let mut page = Page::default();
    for series in cores.iter().flat_map(|core| core.all()) {
        page.add(&series);
    }
    if let Some(step) = asking_for_health(blueprint) {
        let family = &step.families.upstream_health;
        let sorted = page.family(family, || Sorted::Gauges(BTreeMap::new()));
        if let Sorted::Gauges(values) = sorted {
            health::states(step, pools, |labels, value| {
                values.insert(labels, value);
            });
        }
    }
    page.write(out);
}

/// The first step that shows the health of endpoints.
fn asking_for_health(blueprint: &Blueprint) -> Option<&RequestMetrics> {
    let sites = blueprint.sites.iter();
    let steps = sites.flat_map(|site| {
        let of_routes = site.routes.iter().flat_map(|route| &route.steps);
        let of_site = site.steps.iter().chain(&site.unmatched.steps);
        of_site.chain(of_routes)
    });
    steps.flat_map(inner).find_map(|step| match step {
        Step::RequestMetrics(step) if !step.upstream_health.is_empty() => Some(step),
        _ => None,
    })
}

/// A step, or those that it chooses from.
fn inner(step: &Step) -> Vec<&Step> {
    match step {
        Step::ByConsumer(step) => {
            let consumers = step.consumers.iter().map(|(_, step)| step);
            consumers.chain(step.otherwise.as_deref()).collect()
        }
        step => vec![step],
    }
}

/// Families by name, each with its values by labels.
#[derive(Default)]
pub(super) struct Page(BTreeMap<String, Family>);

struct Family {
    help: String,
    values: Sorted,
}

enum Sorted {
    Counters(BTreeMap<String, u64>),
    Gauges(BTreeMap<String, u64>),
    Histograms(Vec<u32>, BTreeMap<String, Sums>),
}

/// A histogram of all cores.
#[derive(Default)]
struct Sums {
    counts: Vec<u64>,
    sum: u64,
}

impl Page {
    pub(super) fn add(&mut self, series: &Series) {
        let families = &series.families;
        match &series.values {
            Values::Requests(count) => {
                self.count(&families.requests, series.labels.clone(), count);
            }
            Values::Bandwidth {
                ingress,
                egress,
                behind,
            } => {
                for (direction, count) in [("ingress", ingress), ("egress", egress)] {
                    let mut labels = series.labels.clone();
                    label(&mut labels, "direction", direction);
                    join(&mut labels, behind);
                    if count.load(Ordering::Relaxed) > 0 {
                        self.count(&families.bandwidth, labels, count);
                    }
                }
            }
            Values::Latencies {
                own,
                upstream,
                request,
            } => {
                self.sum(&families.own_latency, &series.labels, own);
                self.sum(&families.upstream_latency, &series.labels, upstream);
                self.sum(&families.request_latency, &series.labels, request);
            }
        }
    }

    fn count(&mut self, family: &MetricFamily, labels: String, count: &AtomicU64) {
        let sorted = self.family(family, || Sorted::Counters(BTreeMap::new()));
        if let Sorted::Counters(values) = sorted {
            let value = values.entry(labels).or_default();
            *value = value.wrapping_add(count.load(Ordering::Relaxed));
        }
    }

    fn sum(&mut self, family: &MetricFamily, labels: &str, histogram: &Histogram) {
        let counts = histogram.counts.iter().map(|it| it.load(Ordering::Relaxed));
        let counts: Vec<u64> = counts.collect();
        if counts.iter().all(|count| *count == 0) {
            return;
        }
        let make = || Sorted::Histograms(family.buckets.clone(), BTreeMap::new());
        if let Sorted::Histograms(_, values) = self.family(family, make) {
            let sums = values.entry(labels.to_owned()).or_default();
            sums.counts.resize(counts.len().max(sums.counts.len()), 0);
            for (sum, count) in sums.counts.iter_mut().zip(counts) {
                *sum = sum.wrapping_add(count);
            }
            let sum = histogram.sum.load(Ordering::Relaxed);
            sums.sum = sums.sum.wrapping_add(sum);
        }
    }

    fn family(&mut self, family: &MetricFamily, make: impl FnOnce() -> Sorted) -> &mut Sorted {
        let known = self.0.entry(family.name.clone());
        let known = known.or_insert_with(|| Family {
            help: family.help.clone(),
            values: make(),
        });
        &mut known.values
    }

    pub(super) fn write(&self, out: &mut String) {
        for (name, family) in &self.0 {
            family.write(name, out);
        }
    }
}

impl Family {
    fn write(&self, name: &str, out: &mut String) {
        let kind = match &self.values {
            Sorted::Counters(_) => "counter",
            Sorted::Gauges(_) => "gauge",
            Sorted::Histograms(..) => "histogram",
        };
        line(out, format_args!("# HELP {name} {}", self.help));
        line(out, format_args!("# TYPE {name} {kind}"));
        match &self.values {
            Sorted::Counters(values) | Sorted::Gauges(values) => {
                for (labels, value) in values {
                    line(out, format_args!("{name}{{{labels}}} {value}"));
                }
            }
            Sorted::Histograms(bounds, values) => {
                for (labels, sums) in values {
                    sums.write(name, labels, bounds, out);
                }
            }
        }
    }
}

impl Sums {
    fn write(&self, name: &str, labels: &str, bounds: &[u32], out: &mut String) {
        let mut below = 0_u64;
        for (at, count) in self.counts.iter().enumerate() {
            below = below.wrapping_add(*count);
            let bound = bounds.get(at).map_or("+Inf".to_owned(), u32::to_string);
            line(
                out,
                format_args!("{name}_bucket{{{labels},le=\"{bound}\"}} {below}"),
            );
        }
        line(out, format_args!("{name}_count{{{labels}}} {below}"));
        line(out, format_args!("{name}_sum{{{labels}}} {}", self.sum));
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a String takes everything");
}

/// Appends a label, escaped.
pub(super) fn label(labels: &mut String, name: &str, value: &str) {
    join(labels, name);
    labels.push_str("=\"");
    for c in value.chars() {
        match c {
            '\\' => labels.push_str("\\\\"),
            '"' => labels.push_str("\\\""),
            '\n' => labels.push_str("\\n"),
            c => labels.push(c),
        }
    }
    labels.push('"');
}

/// Appends further labels.
pub(super) fn join(labels: &mut String, more: &str) {
    if !labels.is_empty() && !more.is_empty() {
        labels.push(',');
    }
    labels.push_str(more);
}
