//! What a pool as a whole decides: pure functions over its endpoints.

use alloc::vec::Vec;

use crate::EndpointId;
use crate::config::PoolLimits;
use crate::sync::{AtomicU64, Ordering};
use crate::time::{PPM, Tick, share};

/// What holds for a pool as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PoolDecision {
    /// Requests are served at all.
    pub serves: bool,
    /// All endpoints serve, healthy or not.
    pub panic: bool,
    /// Endpoints on trial: a request may be a trial even where the pool does not serve.
    pub trials: u32,
    /// Weight of the available endpoints.
    pub available_weight: u64,
    /// Weight of all endpoints.
    pub total_weight: u64,
}

wire_struct!(PoolDecision {
    serves,
    panic,
    trials,
    available_weight,
    total_weight
});

/// Decides for a pool with these weights.
///
/// Kong's threshold: it serves if the available share is *strictly greater*; 75 with exactly 75 %
/// left does not serve. Panic comes before the threshold: whoever asked for it wants all endpoints
/// rather than none.
#[must_use]
pub fn decide(limits: &PoolLimits, available_weight: u64, total_weight: u64) -> PoolDecision {
    let parts = u128::from(available_weight) * u128::from(PPM);
    let of = |ppm: u32| u128::from(total_weight) * u128::from(ppm);
    let panic = total_weight > 0 && limits.panic_ppm.is_some_and(|ppm| parts < of(ppm));
    let above = total_weight > 0 && parts > of(limits.threshold.value);
    PoolDecision {
        serves: panic || above,
        panic,
        trials: 0,
        available_weight,
        total_weight,
    }
}

/// One endpoint that the ejection budget looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Which one.
    pub endpoint: EndpointId,
    /// Since when its signals want it out.
    pub since: Tick,
    /// Traffic wants it out; else something that the budget does not bound (a probe, discovery,
    /// the operator).
    pub by_traffic: bool,
}

/// The endpoints that stay in although traffic wants them out, sorted: the budget is spent on
/// those that have been out longest, and what is out for other reasons uses it up first.
#[must_use]
pub fn spared(limits: &PoolLimits, members: usize, out: &[Candidate]) -> Vec<EndpointId> {
    let Some(ppm) = limits.eject_at_most_ppm else {
        return Vec::new();
    };
    let allowed = share(members as u64, ppm.min(PPM as u32)) as usize;
    let others = out.iter().filter(|it| !it.by_traffic).count();
    let mut bounded: Vec<&Candidate> = out.iter().filter(|it| it.by_traffic).collect();
    bounded.sort_by_key(|it| (it.since, it.endpoint));
    let beyond = bounded.iter().skip(allowed.saturating_sub(others));
    let mut spared: Vec<EndpointId> = beyond.map(|it| it.endpoint).collect();
    spared.sort_unstable();
    spared
}

/// Second tries elsewhere that quiet times can save up; what is earned beyond is lost. So the burst
/// that follows when an endpoint goes silent is bounded, however long all was well.
pub const HEDGES_SAVED_MAX: u64 = 1000;

/// What has been spent of a pool's budget for second tries. All cores share it; every request earns
/// its share of one.
#[derive(Debug)]
pub struct HedgeBudget {
    /// In millionths of a second try.
    spent: AtomicU64,
}

impl Default for HedgeBudget {
    fn default() -> Self {
        Self::new()
    }
}

impl HedgeBudget {
    /// Nothing is spent.
    #[must_use]
    pub fn new() -> Self {
        Self {
            spent: AtomicU64::new(0),
        }
    }

    /// True if one more request may be sent a second time elsewhere, which is booked: second tries
    /// stay within `budget_ppm` of all `requests` so far.
    #[must_use]
    pub fn take(&self, requests: u64, budget_ppm: u32) -> bool {
        let earned = requests.saturating_mul(budget_ppm.into());
        let lost = earned.saturating_sub(HEDGES_SAVED_MAX * PPM);
        let mut spent = self.spent.load(Ordering::Relaxed);
        loop {
            let next = spent.max(lost).checked_add(PPM);
            let Some(next) = next.filter(|next| *next <= earned) else {
                return false;
            };
            match self.spent.compare_exchange_weak(
                spent,
                next,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(newer) => spent = newer,
            }
        }
    }
}

/// The smallest share an endpoint gets while it starts slowly, in parts per million.
pub const SLOW_START_LEAST_PPM: u64 = 100_000;

/// The share of its weight that an endpoint gets which became healthy at `since`, in parts per
/// million: from a tenth it grows evenly to the whole over `window_us`.
#[must_use]
pub fn slow_start_ppm(now: Tick, since: Tick, window_us: u64) -> u64 {
    let age_us = now.since(since);
    if age_us >= window_us {
        return PPM;
    }
    let grown = u128::from(PPM - SLOW_START_LEAST_PPM) * u128::from(age_us) / u128::from(window_us);
    SLOW_START_LEAST_PPM + u64::try_from(grown).unwrap_or(0)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::config::Limit;

    fn limits(threshold_percent: u32) -> PoolLimits {
        PoolLimits {
            threshold: Limit {
                value: threshold_percent * 10_000,
                ..Limit::default()
            },
            ..PoolLimits::default()
        }
    }

    #[test]
    fn the_threshold_is_strict() {
        assert!(!decide(&limits(75), 300, 400).serves, "V12");
        assert!(decide(&limits(74), 300, 400).serves);
        assert!(decide(&limits(0), 1, 400).serves);
        assert!(!decide(&limits(0), 0, 400).serves);
        assert!(!decide(&limits(100), 400, 400).serves, "100 never serves");
        assert!(!decide(&limits(0), 0, 0).serves, "no endpoints");
    }

    #[test]
    fn panic_serves_all_rather_than_none() {
        let limits = PoolLimits {
            panic_ppm: Some(500_000),
            ..limits(75)
        };
        assert!(decide(&limits, 0, 4).panic);
        assert!(decide(&limits, 1, 4).serves);
        let half = decide(&limits, 2, 4);
        assert!(
            !half.panic && !half.serves,
            "half is not below half; the threshold holds"
        );
        assert!(!decide(&limits, 0, 0).serves);
    }

    fn out(endpoint: u32, since: u64, by_traffic: bool) -> Candidate {
        Candidate {
            endpoint: EndpointId(endpoint),
            since: Tick(since),
            by_traffic,
        }
    }

    #[test]
    fn the_budget_spares_the_latest() {
        let limits = PoolLimits {
            eject_at_most_ppm: Some(500_000),
            ..limits(0)
        };
        let candidates = [out(1, 30, true), out(2, 10, true), out(3, 20, true)];
        assert_eq!(spared(&limits, 4, &candidates), [EndpointId(1)]);
        let candidates = [out(1, 30, true), out(2, 10, false), out(3, 20, false)];
        assert_eq!(spared(&limits, 4, &candidates), [EndpointId(1)]);
        assert_eq!(spared(&limits, 1, &[out(1, 1, true)]), [EndpointId(1)]);
        assert!(spared(&PoolLimits::default(), 1, &[out(1, 1, true)]).is_empty());
    }

    #[test]
    fn second_tries_stay_within_their_share() {
        let budget = HedgeBudget::new();
        assert!(!budget.take(19, 50_000));
        assert!(budget.take(20, 50_000) && !budget.take(39, 50_000));
        assert!(budget.take(40, 50_000));
        assert!(!HedgeBudget::new().take(1000, 0));
    }

    #[test]
    fn quiet_times_save_up_only_so_much() {
        let budget = HedgeBudget::new();
        let granted = (0..5000).filter(|_| budget.take(10_000_000, 50_000));
        assert_eq!(granted.count() as u64, HEDGES_SAVED_MAX);
        assert!(budget.take(10_000_020, 50_000) && !budget.take(10_000_039, 50_000));
        while budget.take(u64::MAX, 1_000_000) {}
        assert!(!budget.take(u64::MAX, 1_000_000), "the end of counting");
    }

    #[test]
    fn slow_start_grows_evenly() {
        assert_eq!(slow_start_ppm(Tick(0), Tick(0), 10), 100_000);
        assert_eq!(slow_start_ppm(Tick(5), Tick(0), 10), 550_000);
        assert_eq!(slow_start_ppm(Tick(10), Tick(0), 10), PPM);
        assert_eq!(slow_start_ppm(Tick(0), Tick(0), 0), PPM);
    }
}
