//! Metrics of requests by service and route (Kong 3, `kong/plugins/prometheus/exporter.lua`).
//!
//! Each core has its own series, found by a hash of their labels, and counts them up without a
//! lock. New series become known to whoever scrapes on the core's next tick; the scrape adds up
//! those of all cores that have the same labels.

mod health;
#[cfg(test)]
mod tests;
mod text;

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use haleway_blueprint::{MetricFamily, RequestMetricFamilies, RequestMetrics};
use haleway_steps::{Ended, Latencies};

pub(crate) use self::text::write_request_metrics;

/// Series of one core; what has further labels is not counted.
const SERIES_MAX: usize = 50_000;

/// What the cores have counted of one set of labels. Counted up by its own core only.
#[derive(Debug)]
struct Series {
    families: Arc<RequestMetricFamilies>,
    /// `service="a",route="b"`, with what the family adds.
    labels: String,
    values: Values,
}

/// What a series counts.
#[derive(Debug)]
enum Values {
    Requests(AtomicU64),
    Bandwidth {
        ingress: AtomicU64,
        egress: AtomicU64,
        /// Labels behind the direction.
        behind: String,
    },
    Latencies {
        own: Histogram,
        upstream: Histogram,
        request: Histogram,
    },
}

/// Counts by upper bound, not cumulative; the last one is `+Inf`.
#[derive(Debug)]
struct Histogram {
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

/// The series of one core, for whoever scrapes.
#[derive(Debug, Default)]
pub(crate) struct CoreSeries(Mutex<Vec<Arc<Series>>>);

/// The series of one core, for that core.
#[derive(Debug, Default)]
pub(crate) struct RequestCounts {
    seed: RandomState,
    known: RefCell<HashMap<u64, Arc<Series>>>,
    /// Series that nobody else knows yet.
    fresh: RefCell<Vec<Arc<Series>>>,
    shared: Arc<CoreSeries>,
}

impl CoreSeries {
    fn all(&self) -> Vec<Arc<Series>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl RequestCounts {
    /// The series, for whoever scrapes.
    pub(crate) fn series(&self) -> Arc<CoreSeries> {
        self.shared.clone()
    }

    /// Makes new series known. To be called off the path of requests.
    pub(crate) fn publish(&self) {
        let mut fresh = self.fresh.borrow_mut();
        if !fresh.is_empty() {
            let shared = self.shared.0.lock();
            shared
                .unwrap_or_else(PoisonError::into_inner)
                .append(&mut fresh);
        }
    }

    /// Counts a request. `key` tells the families apart.
    pub(crate) fn record(&self, key: u64, step: &RequestMetrics, ended: &Ended<'_>) {
        let Some(place) = Place::of(step, ended) else {
            return;
        };
        let base = self
            .seed
            .hash_one((key, place.service, place.route, place.consumer));
        if step.bandwidth {
            self.bandwidth(base, step, &place, ended);
        }
        if step.statuses {
            let source = match ended.proxied {
                true => &step.source_upstream,
                false => &step.source_own,
            };
            let key = self.seed.hash_one((base, ended.status, source));
            let make = || place.requests(step, ended.status, source);
            if let Some(Values::Requests(count)) = self.find(key, make).as_deref().map(values) {
                add(count, 1);
            }
        }
        if step.latencies {
            let key = self.seed.hash_one((key, place.service, place.route));
            let found = self.find(key, || place.latencies(step));
            if let Some(values) = found.as_deref().map(values) {
                values.observe(&step.families, &ended.latencies);
            }
        }
    }

    fn bandwidth(&self, key: u64, step: &RequestMetrics, place: &Place<'_>, ended: &Ended<'_>) {
        let found = self.find(key, || place.bandwidth(step));
        if let Some(Values::Bandwidth {
            ingress, egress, ..
        }) = found.as_deref().map(values)
        {
            add(ingress, ended.request_bytes);
            add(egress, ended.answer_bytes);
        }
    }

    /// The series of a key, made where there is none; `None` where there are too many.
    fn find(&self, key: u64, make: impl FnOnce() -> Series) -> Option<Arc<Series>> {
        let mut known = self.known.borrow_mut();
        if let Some(series) = known.get(&key) {
            return Some(series.clone());
        }
        if known.len() >= SERIES_MAX {
            return None;
        }
        let series = Arc::new(make());
        known.insert(key, series.clone());
        self.fresh.borrow_mut().push(series.clone());
        Some(series)
    }
}

fn values(series: &Series) -> &Values {
    &series.values
}

/// What is counted by one core only needs no read and write in one.
fn add(count: &AtomicU64, more: u64) {
    let before = count.load(Ordering::Relaxed);
    count.store(before.wrapping_add(more), Ordering::Relaxed);
}

/// Which labels a request counts under.
struct Place<'a> {
    service: &'a str,
    route: &'a str,
    consumer: &'a str,
}

impl<'a> Place<'a> {
    /// `None` where it counts nowhere: without a route, or without a service where that is needed.
    fn of(step: &RequestMetrics, ended: &Ended<'a>) -> Option<Self> {
        let nothing = step.without_service.then_some("");
        let known = ended
            .notes
            .consumer
            .as_deref()
            .filter(|_| step.per_consumer);
        let username = known.and_then(|known| known.consumer.username.as_deref());
        Some(Self {
            service: ended.service.or(nothing)?,
            route: ended.route?,
            consumer: username.unwrap_or_default(),
        })
    }

    fn labels(&self) -> String {
        let mut labels = String::new();
        text::label(&mut labels, "service", self.service);
        text::label(&mut labels, "route", self.route);
        labels
    }

    fn behind(&self, step: &RequestMetrics) -> String {
        let mut labels = String::new();
        if let Some(workspace) = &step.workspace {
            text::label(&mut labels, "workspace", workspace);
        }
        text::label(&mut labels, "consumer", self.consumer);
        labels
    }

    fn requests(&self, step: &RequestMetrics, status: u16, source: &str) -> Series {
        let mut labels = self.labels();
        text::label(&mut labels, "code", &status.to_string());
        text::label(&mut labels, "source", source);
        text::join(&mut labels, &self.behind(step));
        Series::new(step, labels, Values::Requests(AtomicU64::default()))
    }

    fn bandwidth(&self, step: &RequestMetrics) -> Series {
        let values = Values::Bandwidth {
            ingress: AtomicU64::default(),
            egress: AtomicU64::default(),
            behind: self.behind(step),
        };
        Series::new(step, self.labels(), values)
    }

    fn latencies(&self, step: &RequestMetrics) -> Series {
        let mut labels = self.labels();
        if let Some(workspace) = &step.workspace {
            text::label(&mut labels, "workspace", workspace);
        }
        let families = &step.families;
        let values = Values::Latencies {
            own: Histogram::new(&families.own_latency),
            upstream: Histogram::new(&families.upstream_latency),
            request: Histogram::new(&families.request_latency),
        };
        Series::new(step, labels, values)
    }
}

impl Series {
    fn new(step: &RequestMetrics, labels: String, values: Values) -> Self {
        Self {
            families: step.families.clone(),
            labels,
            values,
        }
    }
}

impl Values {
    fn observe(&self, families: &RequestMetricFamilies, times: &Latencies) {
        let Self::Latencies {
            own,
            upstream,
            request,
        } = self
        else {
            return;
        };
        request.observe(&families.request_latency, times.request_ms);
        own.observe(&families.own_latency, times.own_ms);
        if let Some(upstream_ms) = times.upstream_ms {
            upstream.observe(&families.upstream_latency, upstream_ms);
        }
    }
}

impl Histogram {
    fn new(family: &MetricFamily) -> Self {
        let counts = (0..=family.buckets.len()).map(|_| AtomicU64::default());
        Self {
            counts: counts.collect(),
            sum: AtomicU64::default(),
        }
    }

    fn observe(&self, family: &MetricFamily, value: u64) {
        let at = family
            .buckets
            .partition_point(|bound| u64::from(*bound) < value);
        if let Some(count) = self.counts.get(at) {
            add(count, 1);
        }
        add(&self.sum, value);
    }
}
