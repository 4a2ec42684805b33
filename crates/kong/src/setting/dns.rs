//! `dns_order` and `resolver_family`: which records are asked for.

use haleway_blueprint::{Lookups, RecordKind};

use super::Settings;

/// How names are looked up.
pub(crate) struct Dns {
    order: Vec<RecordKind>,
}

/// Kong asks again half a second after a record has died.
const MARGIN_US: u64 = 500_000;

/// Kong asks again after 30 s for a name that cannot be found.
const RETRY_US: u64 = 30_000_000;

/// Kong asks three times with two seconds each (`lua-resty-dns-client`, `resolv.conf`'s defaults).
const WAIT_US: u64 = 6_000_000;

impl Dns {
    /// What the settings ask for.
    pub(crate) fn read(settings: &Settings<'_>) -> Self {
        let name = match settings.written("resolver_family") {
            Some(_) => "resolver_family",
            None => "dns_order",
        };
        let mut order = Vec::new();
        for word in settings.list(name) {
            match word.to_ascii_uppercase().as_str() {
                "SRV" => order.push(RecordKind::Srv),
                "A" => order.push(RecordKind::A),
                "AAAA" => order.push(RecordKind::Aaaa),
                // The kind that answered last, and aliases, are found on the way.
                "LAST" | "CNAME" => {}
                _ => settings.refuse(
                    name,
                    &format!("invalid entry '{word}', expected of LAST, SRV, A, AAAA, CNAME"),
                ),
            }
        }
        Self { order }
    }

    /// How the names of a pool are looked up.
    pub(crate) fn lookups(&self, use_srv_name: bool, unresolved_is_fault: bool) -> Lookups {
        Lookups {
            order: self.order.clone(),
            margin_us: MARGIN_US,
            retry_us: RETRY_US,
            wait_us: WAIT_US,
            srv_target_is_host: use_srv_name,
            unresolved_is_fault,
        }
    }
}
