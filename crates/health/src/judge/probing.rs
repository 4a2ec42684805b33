//! Probes: when they are due, how many are under way at once, and what comes back.

use super::Judge;
use super::output::{Output, ProbeOrder};
use crate::EndpointId;
use crate::config::{PoolConfig, ProbeConfig};
use crate::input::ProbeReport;
use crate::outcome::{By, Classifier, Seen};
use crate::schedule::next_due;
use crate::time::Tick;

impl Judge {
    /// Gives an endpoint the rhythm that its standing asks for. One that has it already keeps it.
    pub(super) fn keep_rhythm(&mut self, id: EndpointId) {
        let now = self.now;
        let Some(endpoint) = self.endpoints.get_mut(&id) else {
            return;
        };
        let Some(pool) = self.pools.get_mut(&endpoint.key.pool) else {
            return;
        };
        let available = endpoint.counts_as_available();
        let period = pool
            .config
            .interval(available)
            .filter(|_| endpoint.weight > 0);
        let jitter_ppm = pool
            .config
            .probe
            .as_ref()
            .map_or(0, |probe| probe.jitter_ppm);
        let rhythm = period.map(|period| (period.us, jitter_ppm));
        if rhythm != endpoint.probing.rhythm {
            endpoint.probing.rhythm = rhythm;
            let salt = endpoint.salt;
            endpoint.probing.due = rhythm.map(|(us, jitter)| next_due(now, us, jitter, salt));
            if rhythm.is_none() && core::mem::take(&mut endpoint.probing.queued) {
                pool.queue.retain(|queued| *queued != id);
            }
        }
    }

    /// A probe is due: it goes out, or waits for a lane. One that is still under way or waiting
    /// makes the endpoint miss a turn.
    pub(super) fn probe_due(&mut self, id: EndpointId) {
        let now = self.now;
        let Some(endpoint) = self.endpoints.get_mut(&id) else {
            return;
        };
        let Some((interval_us, jitter_ppm)) = endpoint.probing.rhythm else {
            return;
        };
        let salt = endpoint.salt;
        endpoint.probing.due = Some(next_due(now, interval_us, jitter_ppm, salt));
        if endpoint.probing.under_way.is_some() || endpoint.probing.queued {
            return;
        }
        let name = endpoint.key.pool.clone();
        if let Some(pool) = self.pools.get_mut(&name) {
            endpoint.probing.queued = true;
            pool.queue.push_back(id);
        }
        self.send_probes(&name);
    }

    /// Sends what waits, as far as lanes are free.
    pub(super) fn send_probes(&mut self, name: &str) {
        let now = self.now;
        let Some(pool) = self.pools.get_mut(name) else {
            return;
        };
        let Some(probe) = &pool.config.probe else {
            pool.queue.clear();
            return;
        };
        while pool.under_way < probe.concurrency.max(1) {
            let Some(id) = pool.queue.pop_front() else {
                return;
            };
            let Some(endpoint) = self.endpoints.get_mut(&id).filter(|it| it.probing.queued) else {
                continue;
            };
            endpoint.probing.queued = false;
            endpoint.probing.attempts = endpoint.probing.attempts.wrapping_add(1);
            let attempt = endpoint.probing.attempts;
            endpoint.probing.under_way = Some((attempt, now.after(patience_us(probe))));
            pool.under_way += 1;
            self.outputs.push(Output::Probe(ProbeOrder {
                endpoint: id,
                attempt,
                timeout_us: probe.timeout_us,
            }));
            Self::reschedule(&mut self.timers, now, id, endpoint);
        }
    }

    /// A probe came back. False if nobody waits for it.
    pub(super) fn probe_came_back(&mut self, id: EndpointId, report: &ProbeReport) -> bool {
        let now = self.now;
        let Some(endpoint) = self.endpoints.get_mut(&id) else {
            return false;
        };
        let awaited = endpoint.probing.under_way.map(|(attempt, _)| attempt);
        if awaited != Some(report.attempt) {
            return false;
        }
        let name = endpoint.key.pool.clone();
        if let Some(pool) = self.pools.get(&name) {
            endpoint.probing.last = Some(seen(&pool.config, now, report));
        }
        self.free_lane(id);
        self.send_probes(&name);
        true
    }

    /// The probe under way is over, whatever became of it.
    pub(super) fn free_lane(&mut self, id: EndpointId) {
        let Some(endpoint) = self.endpoints.get_mut(&id) else {
            return;
        };
        if endpoint.probing.under_way.take().is_some()
            && let Some(pool) = self.pools.get_mut(&endpoint.key.pool)
        {
            pool.under_way = pool.under_way.saturating_sub(1);
        }
    }
}

/// When a probe of which nothing is heard is given up: twice what an interval and a step may take,
/// as Kong's lock has it.
fn patience_us(probe: &ProbeConfig) -> u64 {
    let longest_us = probe.healthy_interval.us.max(probe.unhealthy_interval.us);
    longest_us
        .saturating_add(probe.timeout_us)
        .saturating_mul(2)
        .max(1)
}

fn seen(config: &PoolConfig, now: Tick, report: &ProbeReport) -> Seen {
    let classes = config.probe.as_ref().map(|probe| &probe.classes);
    let classifier = classes.map(Classifier::new).unwrap_or_default();
    Seen {
        at: now,
        by: By::Probe(report.attempt),
        what: report.what,
        class: classifier.probe_class(report.what),
        latency_us: report.latency_us,
    }
}
