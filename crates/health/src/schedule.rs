//! When the next probe is due.
//!
//! Each endpoint has a place in its interval, given by a hash of seed and identity, and is probed
//! there round by round. The rhythm depends on nothing else: not on when a configuration was
//! loaded, not on the other endpoints. So endpoints spread over the interval, a reload moves
//! nothing, and an endpoint that changes between two equal intervals keeps its rhythm.

use crate::time::{PPM, Tick, mix, share};

/// The first due moment after `now`. `interval_us` is not 0.
pub(crate) fn next_due(now: Tick, interval_us: u64, jitter_ppm: u32, salt: u64) -> Tick {
    let place = mix(salt, 0) % interval_us.max(1);
    let round = now.0.saturating_sub(place) / interval_us.max(1);
    let due = |round: u64| {
        let start = place.saturating_add(round.saturating_mul(interval_us));
        Tick(start).after(jitter(interval_us, jitter_ppm, salt, round))
    };
    let this = due(round);
    if this > now {
        this
    } else {
        due(round.saturating_add(1)).max(now.after(1))
    }
}

/// Put off by less than the jitter's share of the interval.
fn jitter(interval_us: u64, jitter_ppm: u32, salt: u64, round: u64) -> u64 {
    let most = share(interval_us, jitter_ppm.min(PPM as u32));
    match most {
        0 => 0,
        most => mix(salt, round.wrapping_add(1)) % most,
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn keeps_one_rhythm_from_wherever_it_is_asked() {
        let first = next_due(Tick(0), 1000, 0, 7);
        assert!(first.0 <= 1000);
        assert_eq!(next_due(first, 1000, 0, 7), first.after(1000));
        assert_eq!(next_due(first.after(999), 1000, 0, 7), first.after(1000));
        assert_eq!(next_due(Tick(first.0 - 1), 1000, 0, 7), first);
    }

    #[test]
    fn jitter_probes_once_per_round() {
        let mut now = Tick(0);
        let mut dues = Vec::new();
        for _ in 0..100 {
            now = next_due(now, 1000, 200_000, 99);
            dues.push(now);
        }
        let gaps: Vec<u64> = dues.windows(2).map(|pair| pair[1].since(pair[0])).collect();
        assert!(
            gaps.iter().all(|gap| (800..=1200).contains(gap)),
            "{gaps:?}"
        );
        assert!(gaps.iter().any(|gap| *gap != 1000));
    }

    #[test]
    fn endpoints_spread_over_the_interval() {
        let mut quarters = [0; 4];
        for salt in 0..1000 {
            let due = next_due(Tick(0), 4000, 0, mix(1, salt));
            quarters[((due.0 - 1) / 1000) as usize] += 1;
        }
        assert!(
            quarters.iter().all(|count| (200..300).contains(count)),
            "{quarters:?}"
        );
    }

    #[test]
    fn the_end_of_time_does_not_panic() {
        let due = next_due(Tick(u64::MAX), 1, PPM as u32, 3);
        assert_eq!(due, Tick(u64::MAX));
    }
}
