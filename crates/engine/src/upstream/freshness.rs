//! Keeps what is known of a pool's names fresh, for as long as a plan holds the pool.

use std::sync::{Arc, Weak};
use std::time::Duration;

use haleway_blueprint::runtime::DnsStatus;
use haleway_blueprint::{Lookups, Target};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tracing::{debug, info, warn};

use super::lookup::{Looked, Resolver};
use super::names::{Known, Names};
use super::pool::PoolState;
use crate::health::Court;
use crate::upstream::Registry;

/// Names of one pool that are looked up at once.
const LOOKUPS_MAX: usize = 64;

/// Longest time between two looks at whether the pool is still there.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// What a look-up gave, by the index of its target.
type Answered = (usize, Result<Looked, DnsStatus>);

/// The end of a look-up.
type Ended = Result<Answered, tokio::task::JoinError>;

/// Keeps the names of one pool fresh.
pub(super) struct Freshness {
    pool: Weak<PoolState>,
    resolver: Arc<Resolver>,
    registry: Arc<Registry>,
    court: Arc<Court>,
    /// When each target is to be looked up; `None` for an address, and while it is.
    due: Vec<Option<Instant>>,
    /// When the life of what is known of each target has ended, or ends.
    ends: Vec<Option<Instant>>,
    under_way: JoinSet<Answered>,
}

impl Freshness {
    pub(super) fn new(
        pool: Weak<PoolState>,
        resolver: Arc<Resolver>,
        registry: Arc<Registry>,
        court: Arc<Court>,
    ) -> Self {
        Self {
            pool,
            resolver,
            registry,
            court,
            due: Vec::new(),
            ends: Vec::new(),
            under_way: JoinSet::new(),
        }
    }

    /// Looks names up again and again until the pool is gone.
    pub(super) async fn keep(mut self) {
        {
            let Some(pool) = self.pool.upgrade() else {
                return;
            };
            let Some(names) = &pool.names else { return };
            let now = Instant::now();
            let known = names.known();
            let is_name = known.iter().map(|known| known.dns != DnsStatus::Address);
            self.due = is_name.map(|is_name| is_name.then_some(now)).collect();
            self.ends = vec![None; known.len()];
            // The pool that this one follows may have told the court last.
            self.announce(&pool);
        }
        while let Some(next) = self.start() {
            tokio::select! {
                Some(ended) = self.under_way.join_next() => self.take(ended),
                () = sleep_until(next) => {}
            }
        }
    }

    /// Starts the look-ups that are due. When to look again; `None` if the pool is gone.
    fn start(&mut self) -> Option<Instant> {
        let pool = self.pool.upgrade().filter(|pool| !pool.is_retired())?;
        let names = pool.names.as_ref()?;
        let now = Instant::now();
        for (index, target) in names.targets().iter().enumerate() {
            if self.under_way.len() >= LOOKUPS_MAX {
                break;
            }
            if self.due[index].is_some_and(|due| due <= now) {
                self.due[index] = None;
                let asked = look_up(
                    self.resolver.clone(),
                    index,
                    target.clone(),
                    names.lookups().clone(),
                );
                self.under_way.spawn_local(asked);
            }
        }
        let due = self.due.iter().flatten().copied();
        // What could not start waits for one of those that did.
        let later = due.filter(|due| *due > now).min();
        let look = now + LOOK_EVERY;
        Some(later.map_or(look, |later| later.min(look)))
    }

    /// Takes in what look-ups gave: this one and all others that have ended.
    fn take(&mut self, first: Ended) {
        let Some(pool) = self.pool.upgrade() else {
            return;
        };
        let Some(names) = &pool.names else { return };
        let mut ended = vec![first];
        while let Some(next) = self.under_way.try_join_next() {
            ended.push(next);
        }
        let mut known = names.known().to_vec();
        for one in ended {
            let Ok((index, answer)) = one else {
                self.look_again(&known);
                continue;
            };
            let ends = &mut self.ends[index];
            let (now_known, due) = digest(answer, names.lookups(), &known[index], ends);
            self.due[index] = Some(due);
            note(&pool, &names.targets()[index], &known[index], &now_known);
            known[index] = now_known;
        }
        self.apply(&pool, names, known);
    }

    /// A look-up broke off and nobody knows which one: all of them are made again.
    fn look_again(&mut self, known: &[Known]) {
        let later = Instant::now() + LOOK_EVERY;
        for (due, known) in self.due.iter_mut().zip(known) {
            if known.dns != DnsStatus::Address {
                due.get_or_insert(later);
            }
        }
    }

    fn apply(&self, pool: &PoolState, names: &Names, known: Vec<Known>) {
        let found = names.found(&known);
        if found != pool.found() {
            if let Err(error) = pool.replace(found, &self.registry) {
                warn!(pool = pool.blueprint.id.0, error, "discovery gave no use");
            }
            self.announce(pool);
        }
        names.tell(known);
    }

    /// Tells the court who the members are.
    fn announce(&self, pool: &PoolState) {
        if pool.gates.is_some() && !pool.is_retired() {
            let seats = pool.seats(&self.registry);
            self.court.discovered(&pool.blueprint.id.0, seats);
        }
    }
}

async fn look_up(
    resolver: Arc<Resolver>,
    index: usize,
    target: Target,
    lookups: Arc<Lookups>,
) -> Answered {
    (index, resolver.look_up(&target, &lookups).await)
}

/// What is known after a look-up, and when the next one is due. `ends` is the end of the life of
/// what was known before, and then of what is known now.
fn digest(
    answer: Result<Looked, DnsStatus>,
    lookups: &Lookups,
    before: &Known,
    ends: &mut Option<Instant>,
) -> (Known, Instant) {
    let now = Instant::now();
    let after = |us: u64| Duration::from_micros(us.max(MARGIN_US_MIN));
    match answer {
        Ok(Looked {
            kind,
            addresses,
            until,
        }) => {
            let end = match lookups.life_us {
                Some(life_us) => now + Duration::from_micros(life_us),
                None => Instant::from_std(until).max(now),
            };
            *ends = Some(end);
            (
                Known::found(kind, addresses),
                end + after(lookups.margin_us),
            )
        }
        Err(status) => {
            let end = *ends.get_or_insert(now);
            let fresh_enough = now < end + Duration::from_micros(lookups.stale_us);
            let may_be_wrong = status != DnsStatus::NoSuchName;
            if may_be_wrong && fresh_enough && !before.addresses.is_empty() {
                debug!(?status, "what was known of a name serves on");
                return (before.clone(), now + after(lookups.margin_us));
            }
            let pause = match status {
                DnsStatus::Failed(_) => lookups.error_retry_us,
                _ => lookups.retry_us,
            };
            (Known::lost(status), now + after(pause))
        }
    }
}

/// The least time between two look-ups of a name, whatever is configured.
const MARGIN_US_MIN: u64 = 10_000;

/// Says what changed.
fn note(pool: &PoolState, target: &Target, before: &Known, now: &Known) {
    let (pool, name) = (pool.blueprint.id.0.as_str(), target.host.as_str());
    match &now.dns {
        _ if before == now => {}
        DnsStatus::Found(kind) => {
            let addresses = now.addresses.len();
            info!(pool, name, ?kind, addresses, "discovered");
        }
        status => warn!(pool, name, ?status, "discovery failed"),
    }
}

#[cfg(test)]
mod tests {
    use haleway_blueprint::{HostList, RecordKind};

    use super::*;

    const SECOND_US: u64 = 1_000_000;

    fn lookups(stale_us: u64) -> Lookups {
        Lookups {
            hosts: HostList::System,
            servers: Vec::new(),
            order: vec![RecordKind::A],
            life_us: Some(10 * SECOND_US),
            margin_us: SECOND_US,
            retry_us: 30 * SECOND_US,
            error_retry_us: 2 * SECOND_US,
            stale_us,
            wait_us: SECOND_US,
            srv_target_is_host: false,
            unresolved_is_fault: true,
        }
    }

    fn known() -> Known {
        let address = crate::upstream::names::Address {
            ip: [10, 0, 0, 1].into(),
            port: 80,
            srv: None,
        };
        Known::found(RecordKind::A, vec![address])
    }

    /// Whether what was known serves on, and in how many seconds the name is looked up again, when
    /// the life of what was known ended so many seconds ago.
    fn after(status: DnsStatus, stale_us: u64, ended_s: u64) -> (bool, u64) {
        let now = Instant::now();
        let mut ends = Some(now - Duration::from_secs(ended_s));
        let before = known();
        let (now_known, due) = digest(Err(status), &lookups(stale_us), &before, &mut ends);
        let pause_ms = due.saturating_duration_since(now).as_millis();
        (now_known == before, (pause_ms as u64 + 500) / 1_000)
    }

    #[test]
    fn what_was_known_serves_on_where_it_may_still_be_right() {
        let failed = || DnsStatus::Failed("timeout".to_owned());
        let stale = 5 * SECOND_US;
        for (status, stale_us, ended_s, expected) in [
            (failed(), stale, 1, (true, 1)),
            (DnsStatus::NoRecord, stale, 1, (true, 1)),
            (DnsStatus::NoSuchName, stale, 1, (false, 30)),
            (failed(), stale, 6, (false, 2)),
            (DnsStatus::NoRecord, stale, 6, (false, 30)),
            (failed(), 0, 0, (false, 2)),
        ] {
            let shown = format!("{status:?} {stale_us} {ended_s}");
            assert_eq!(after(status, stale_us, ended_s), expected, "{shown}");
        }
    }

    #[test]
    fn the_time_counts_from_the_end_of_what_was_found_last() {
        let lookups = lookups(5 * SECOND_US);
        let looked = Looked {
            kind: RecordKind::A,
            addresses: known().addresses,
            until: std::time::Instant::now(),
        };
        let mut ends = None;
        let (found, due) = digest(
            Ok(looked),
            &lookups,
            &Known::lost(DnsStatus::NoRecord),
            &mut ends,
        );
        assert_eq!(found, known());
        let end = ends.unwrap();
        assert_eq!(due, end + Duration::from_secs(1));
        // What nobody knows the end of ends with the first failure.
        let mut ends = None;
        let failed = DnsStatus::Failed(String::new());
        let (kept, _) = digest(Err(failed), &lookups, &found, &mut ends);
        assert_eq!((kept, ends.is_some()), (found, true));
    }
}
