//! Looks one name up: which records lead to which addresses, and for how long.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::{Duration, Instant};

use haleway_blueprint::runtime::DnsStatus;
use haleway_blueprint::{HostList, Lookups, RecordKind, Target};
use hickory_resolver::config::{NameServerConfig, ResolverConfig};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::NetError;
use hickory_resolver::proto::op::Query;
use hickory_resolver::proto::rr::rdata::SRV;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{Hosts, TokioResolver};

use super::names::{Address, SrvPart};

/// Addresses of one target that are used.
const ADDRESSES_MAX: usize = 1024;

/// How long what a given list of hosts says is taken to hold: it does not change.
const GIVEN_LIFE: Duration = Duration::from_secs(86_400);

/// The system's name servers, or those that are asked instead, behind the system's list of hosts.
pub(super) struct Resolver {
    pub(super) servers: TokioResolver,
    hosts: Hosts,
}

/// What a look-up found.
pub(super) struct Looked {
    pub(super) kind: RecordKind,
    /// In a fixed order, each once.
    pub(super) addresses: Vec<Address>,
    /// The end of the records' life.
    pub(super) until: Instant,
}

/// Addresses and the end of their life.
type Addresses = (Vec<IpAddr>, Instant);

impl Resolver {
    /// A resolver; `servers` are asked instead of the system's, where there are any.
    ///
    /// # Errors
    /// The system's resolver configuration cannot be read.
    pub(super) fn new(servers: &[SocketAddr]) -> Result<Self, String> {
        let mut builder = if servers.is_empty() {
            TokioResolver::builder_tokio().map_err(|error| error.to_string())?
        } else {
            let servers = servers.iter().map(name_server).collect();
            let config = ResolverConfig::from_parts(None, Vec::new(), servers);
            TokioResolver::builder_with_config(config, Default::default())
        };
        // A name that is not there is asked for again when the pool says, not when its zone does.
        builder.options_mut().negative_max_ttl = Some(Duration::ZERO);
        Ok(Self {
            servers: builder.build().map_err(|error| error.to_string())?,
            hosts: Hosts::from_system().unwrap_or_default(),
        })
    }

    /// Looks a target up.
    ///
    /// # Errors
    /// Why it leads nowhere: what the last kind of record gave.
    pub(super) async fn look_up(
        &self,
        target: &Target,
        lookups: &Lookups,
    ) -> Result<Looked, DnsStatus> {
        let mut last = DnsStatus::NoRecord;
        if let Some((kind, found)) = self.listed(&target.host, lookups) {
            return Ok(looked(kind, found, target.port));
        }
        for kind in &lookups.order {
            let found = match kind {
                RecordKind::Srv => self.services(target, lookups).await,
                RecordKind::A | RecordKind::Aaaa => {
                    let found = self.addresses(&target.host, *kind).await;
                    found.map(|found| looked(*kind, found, target.port))
                }
            };
            match found {
                Ok(looked) if !looked.addresses.is_empty() => return Ok(looked),
                Ok(_) => last = DnsStatus::NoRecord,
                Err(status) => last = status,
            }
        }
        Err(last)
    }

    /// The addresses of a host in the list of hosts.
    fn listed(&self, host: &str, lookups: &Lookups) -> Option<(RecordKind, Addresses)> {
        let order = lookups.order.iter();
        let mut kinds = order.filter_map(|kind| Some((*kind, record_type(*kind)?)));
        match &lookups.hosts {
            HostList::System => {
                let name = Name::from_str(host).ok()?;
                kinds.find_map(|(kind, asked)| {
                    let query = Query::query(name.clone(), asked);
                    let found = addresses(&self.hosts.lookup_static_host(&query)?);
                    (!found.0.is_empty()).then_some((kind, found))
                })
            }
            HostList::Given(list) => {
                let name = host.trim_end_matches('.').to_ascii_lowercase();
                let at = list.binary_search_by(|(known, _)| known.as_str().cmp(&name));
                let (_, known) = list.get(at.ok()?)?;
                kinds.find_map(|(kind, _)| {
                    let fits = |ip: &&IpAddr| ip.is_ipv4() == (kind == RecordKind::A);
                    let ips: Vec<IpAddr> = known.iter().filter(fits).copied().collect();
                    let until = Instant::now() + GIVEN_LIFE;
                    (!ips.is_empty()).then_some((kind, (ips, until)))
                })
            }
        }
    }

    /// The addresses behind the SRV records of a target.
    async fn services(&self, target: &Target, lookups: &Lookups) -> Result<Looked, DnsStatus> {
        let answer = self.servers.srv_lookup(target.host.as_str()).await;
        let answer = answer.map_err(|error| status(&error))?;
        let mut until = answer.valid_until();
        let mut all = Vec::new();
        let mut last = DnsStatus::NoRecord;
        for record in best(&answer) {
            let host = record.target.to_utf8().trim_end_matches('.').to_owned();
            match self.host(&host, lookups).await {
                Ok((ips, valid)) => {
                    until = until.min(valid);
                    all.extend(ips.into_iter().map(|ip| Address {
                        ip,
                        port: if record.port == 0 {
                            target.port
                        } else {
                            record.port
                        },
                        srv: Some(SrvPart {
                            host: host.clone(),
                            weight: u32::from(record.weight).max(1),
                        }),
                    }));
                }
                // The others serve.
                Err(status) => last = status,
            }
        }
        if all.is_empty() {
            return Err(last);
        }
        Ok(Looked {
            kind: RecordKind::Srv,
            addresses: distinct(all),
            until,
        })
    }

    /// The addresses of an SRV record's target.
    async fn host(&self, host: &str, lookups: &Lookups) -> Result<Addresses, DnsStatus> {
        if let Some((_, found)) = self.listed(host, lookups) {
            return Ok(found);
        }
        let mut last = DnsStatus::NoRecord;
        let kinds = lookups.order.iter();
        for kind in kinds.filter(|kind| **kind != RecordKind::Srv) {
            match self.addresses(host, *kind).await {
                Ok(found) if !found.0.is_empty() => return Ok(found),
                Ok(_) => last = DnsStatus::NoRecord,
                Err(status) => last = status,
            }
        }
        Err(last)
    }

    async fn addresses(&self, host: &str, kind: RecordKind) -> Result<Addresses, DnsStatus> {
        let kind = record_type(kind).ok_or(DnsStatus::NoRecord)?;
        let answer = self.servers.lookup(host, kind).await;
        Ok(addresses(&answer.map_err(|error| status(&error))?))
    }
}

fn name_server(address: &SocketAddr) -> NameServerConfig {
    let mut server = NameServerConfig::udp_and_tcp(address.ip());
    for connection in &mut server.connections {
        connection.port = address.port();
    }
    server
}

/// The records of the lowest priority number.
pub(super) fn best(answer: &Lookup) -> Vec<&SRV> {
    let records = answer
        .answers()
        .iter()
        .filter_map(|record| match &record.data {
            RData::SRV(srv) => Some(srv),
            _ => None,
        });
    let mut records: Vec<&SRV> = records.take(ADDRESSES_MAX).collect();
    let lowest = records.iter().map(|srv| srv.priority).min();
    records.retain(|srv| Some(srv.priority) == lowest);
    records
}

fn record_type(kind: RecordKind) -> Option<RecordType> {
    match kind {
        RecordKind::Srv => None,
        RecordKind::A => Some(RecordType::A),
        RecordKind::Aaaa => Some(RecordType::AAAA),
    }
}

fn addresses(answer: &Lookup) -> Addresses {
    let records = answer.answers().iter();
    let ips = records.filter_map(|record| record.data.ip_addr());
    (ips.collect(), answer.valid_until())
}

fn looked(kind: RecordKind, (ips, until): Addresses, port: u16) -> Looked {
    let of = |ip| Address {
        ip,
        port,
        srv: None,
    };
    Looked {
        kind,
        addresses: distinct(ips.into_iter().map(of).collect()),
        until,
    }
}

/// Each address and port once, in a fixed order.
fn distinct(mut addresses: Vec<Address>) -> Vec<Address> {
    let mut seen = HashSet::new();
    addresses.retain(|one| seen.insert((one.ip, one.port)));
    addresses.truncate(ADDRESSES_MAX);
    addresses.sort();
    addresses
}

/// What came of a look-up that found nothing.
fn status(error: &NetError) -> DnsStatus {
    if error.is_nx_domain() {
        DnsStatus::NoSuchName
    } else if error.is_no_records_found() {
        DnsStatus::NoRecord
    } else {
        DnsStatus::Failed(error.to_string())
    }
}
