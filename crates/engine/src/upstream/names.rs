//! What is known of a pool's names: their addresses, and what became of looking for them.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use haleway_blueprint::runtime::DnsStatus;
use haleway_blueprint::{Discovery, Endpoint, Lookups, Pool, RecordKind, Scheme, Target};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::member::{Found, FoundBy};
use super::pick::{Ask, Picked, Refused};
use super::pool::PoolState;

/// An address that a name stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    pub(super) ip: IpAddr,
    pub(super) port: u16,
    /// What its SRV record says of it.
    pub(super) srv: Option<SrvPart>,
}

/// What an SRV record says of an address beside its port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SrvPart {
    pub(super) host: String,
    pub(super) weight: u32,
}

/// What is known of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) dns: DnsStatus,
    pub(super) addresses: Vec<Address>,
}

impl Known {
    /// Nothing yet, except of an address, of which there is nothing more to know.
    fn of(target: &Target) -> Self {
        match target.host.parse() {
            Ok(ip) => Self {
                dns: DnsStatus::Address,
                addresses: vec![Address {
                    ip,
                    port: target.port,
                    srv: None,
                }],
            },
            Err(_) => Self {
                dns: DnsStatus::Pending,
                addresses: Vec::new(),
            },
        }
    }

    /// Records of this kind lead to these addresses.
    pub(super) fn found(kind: RecordKind, addresses: Vec<Address>) -> Self {
        let dns = DnsStatus::Found(kind);
        Self { dns, addresses }
    }

    /// It cannot be found, and why.
    pub(super) fn lost(dns: DnsStatus) -> Self {
        let addresses = Vec::new();
        Self { dns, addresses }
    }
}

/// The targets of a pool and what is known of them, in the order of the blueprint.
pub(crate) struct Names {
    targets: Vec<Target>,
    lookups: Arc<Lookups>,
    /// Only discovery writes it.
    known: ArcSwap<Vec<Known>>,
    /// Something more is known.
    told: Notify,
}

/// A name that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unresolved {
    pub(crate) host: String,
    pub(crate) dns: DnsStatus,
}

impl fmt::Display for Unresolved {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "lookup {}: ", self.host)?;
        match &self.dns {
            DnsStatus::NoSuchName => out.write_str("no such host"),
            DnsStatus::NoRecord => out.write_str("no record of it"),
            DnsStatus::Failed(why) => out.write_str(why),
            _ => out.write_str("no answer yet"),
        }
    }
}

impl Names {
    /// The names of a pool, if it has targets. What is known from `earlier` stays known.
    pub(super) fn of(pool: &Pool, earlier: Option<&Self>) -> Option<Self> {
        let Discovery::Resolved { targets, lookups } = &pool.discovery else {
            return None;
        };
        let earlier = earlier.filter(|earlier| {
            let earlier = &earlier.lookups;
            let asked = (&earlier.hosts, &earlier.servers, &earlier.order);
            asked == (&lookups.hosts, &lookups.servers, &lookups.order)
        });
        let known = |target| earlier.and_then(|earlier| earlier.known_of(target));
        let known = targets
            .iter()
            .map(|target| known(target).unwrap_or_else(|| Known::of(target)));
        Some(Self {
            known: ArcSwap::from_pointee(known.collect()),
            targets: targets.clone(),
            lookups: Arc::new(lookups.clone()),
            told: Notify::new(),
        })
    }

    fn known_of(&self, target: &Target) -> Option<Known> {
        let same = |own: &Target| own.host == target.host && own.port == target.port;
        let index = self.targets.iter().position(same)?;
        self.known.load().get(index).cloned()
    }

    pub(super) fn targets(&self) -> &[Target] {
        &self.targets
    }

    pub(super) fn lookups(&self) -> &Arc<Lookups> {
        &self.lookups
    }

    /// Some target is a name.
    pub(super) fn has_names(&self) -> bool {
        let mut hosts = self.targets.iter().map(|target| &target.host);
        hosts.any(|host| host.parse::<IpAddr>().is_err())
    }

    /// What is known now.
    pub(super) fn known(&self) -> Arc<Vec<Known>> {
        self.known.load_full()
    }

    /// More is known. The pool has the endpoints that follow from it already: whoever sees that
    /// nothing is pending finds them.
    pub(super) fn tell(&self, known: Vec<Known>) {
        self.known.store(Arc::new(known));
        self.told.notify_waiters();
    }

    /// What the look-ups of the targets gave.
    pub(super) fn statuses(&self) -> Vec<DnsStatus> {
        let known = self.known.load();
        known.iter().map(|known| known.dns.clone()).collect()
    }

    /// The first target that leads nowhere, where that is the fault of requests.
    pub(super) fn unresolved(&self) -> Option<Unresolved> {
        if !self.lookups.unresolved_is_fault {
            return None;
        }
        let known = self.known.load();
        let mut known = self.targets.iter().zip(known.iter());
        let (target, known) = known.find(|(_, known)| known.addresses.is_empty())?;
        Some(Unresolved {
            host: target.host.clone(),
            dns: known.dns.clone(),
        })
    }

    fn is_pending(&self) -> bool {
        let known = self.known.load();
        known.iter().any(|known| known.dns == DnsStatus::Pending)
    }

    /// The endpoints that follow from what is known.
    pub(super) fn found(&self, known: &[Known]) -> Vec<Found> {
        let of_target = |(index, (target, known)): (usize, (&Target, &Known))| {
            let addresses = known.addresses.clone().into_iter();
            let target = target.clone();
            let lookups = &self.lookups;
            addresses.map(move |address| found(index, &target, lookups, &address))
        };
        let targets = self.targets.iter().zip(known).enumerate();
        targets.flat_map(of_target).collect()
    }
}

/// The endpoint of an address of a target.
fn found(index: usize, target: &Target, lookups: &Lookups, address: &Address) -> Found {
    let srv = address.srv.as_ref();
    let named = srv.filter(|_| lookups.srv_target_is_host);
    let name = named.map_or(&target.host, |srv| &srv.host);
    let authority = match &target.authority {
        Some(authority) => authority.clone(),
        None => authority(target.scheme, name, address.port),
    };
    let is_name = name.parse::<IpAddr>().is_err();
    Found {
        endpoint: Endpoint {
            scheme: target.scheme,
            host: match &target.authority {
                Some(authority) => host_of(authority).to_owned(),
                None => name.clone(),
            },
            port: address.port,
            authority,
            base_path: String::new(),
            // A target without weight gets nothing, whatever its records say.
            weight: srv
                .filter(|_| target.weight > 0)
                .map_or(target.weight, |srv| srv.weight),
        },
        origin: Some(FoundBy {
            target: index,
            name: if is_name { name.clone() } else { String::new() },
            ip: address.ip,
        }),
    }
}

/// Host and port as a `Host` header has them.
fn authority(scheme: Scheme, host: &str, port: u16) -> String {
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    if port == scheme.default_port() {
        host
    } else {
        format!("{host}:{port}")
    }
}

/// The host of an authority, without brackets.
fn host_of(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    authority.split(':').next().unwrap_or(authority)
}

impl PoolState {
    /// Chooses an endpoint, and waits for the first look-up of the pool's names where there is none
    /// before it. With an endpoint there it is [`Self::pick`] and waits for nothing.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn choose(&self, ask: &Ask<'_>) -> Result<Picked, Refused> {
        match (self.pick(ask), &self.names) {
            (Err(_), Some(names)) => Box::pin(self.choose_later(ask, names)).await,
            (picked, _) => picked,
        }
    }

    async fn choose_later(&self, ask: &Ask<'_>, names: &Names) -> Result<Picked, Refused> {
        let limit = Instant::now() + Duration::from_micros(names.lookups.wait_us);
        let limit = limit.min(ask.deadline);
        loop {
            let told = names.told.notified();
            tokio::pin!(told);
            // From here on nothing is missed.
            told.as_mut().enable();
            let is_pending = names.is_pending();
            match self.pick(ask) {
                Err(_) if is_pending => {}
                picked => return picked,
            }
            if timeout_at(limit, told).await.is_err() {
                return self.pick(ask);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{authority, host_of};
    use haleway_blueprint::Scheme::{H2c, Http, Https};

    #[test]
    fn a_port_that_the_scheme_implies_is_left_out() {
        for (scheme, host, port, text) in [
            (Http, "a.test", 80, "a.test"),
            (H2c, "a.test", 80, "a.test"),
            (Https, "a.test", 443, "a.test"),
            (Http, "a.test", 443, "a.test:443"),
            (Https, "a.test", 80, "a.test:80"),
            (Http, "10.0.0.1", 8000, "10.0.0.1:8000"),
            (Http, "::1", 8000, "[::1]:8000"),
        ] {
            assert_eq!(authority(scheme, host, port), text);
        }
    }

    #[test]
    fn the_host_of_an_authority() {
        for (authority, host) in [
            ("a.test", "a.test"),
            ("a.test:80", "a.test"),
            ("[::1]:80", "::1"),
            ("[::1]", "::1"),
        ] {
            assert_eq!(host_of(authority), host);
        }
    }
}
