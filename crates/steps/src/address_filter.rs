//! Refuses requests by the address of their client (Kong 3,
//! `kong/plugins/ip-restriction/handler.lua`).

use std::collections::HashSet;
use std::net::IpAddr;

use haleway_blueprint::{AddressFilter, AddressRange};

use crate::refusal::RefusalPlan;
use crate::{Answer, Passage};

/// An [`AddressFilter`], ready to run.
#[derive(Debug)]
pub(crate) struct AddressFilterPlan {
    allow: Option<Networks>,
    deny: Option<Networks>,
    refused: RefusalPlan,
}

impl AddressFilterPlan {
    pub(crate) fn compile(step: &AddressFilter) -> Result<Self, String> {
        Ok(Self {
            allow: Networks::compile(&step.allow),
            deny: Networks::compile(&step.deny),
            refused: RefusalPlan::compile(&step.refused)?,
        })
    }

    pub(crate) fn on_request(&self, passage: &Passage<'_>) -> Option<Answer> {
        self.refuses(passage.facts.client)
            .then(|| self.refused.answer())
    }

    fn refuses(&self, client: IpAddr) -> bool {
        let denied = self.deny.as_ref().is_some_and(|it| it.contain(client));
        denied || self.allow.as_ref().is_some_and(|it| !it.contain(client))
    }
}

/// Networks by their length: a look-up costs one step for each length that occurs, however many
/// networks there are.
#[derive(Debug, Default)]
struct Networks {
    v4: Vec<(u32, HashSet<u32>)>,
    v6: Vec<(u32, HashSet<u128>)>,
}

impl Networks {
    /// `None` where there are none.
    fn compile(ranges: &[AddressRange]) -> Option<Self> {
        let mut networks = Self::default();
        for range in ranges {
            let prefix = u32::from(range.prefix);
            match range.address {
                IpAddr::V4(address) => {
                    let shift = 32_u32.saturating_sub(prefix);
                    let bits = u32::from(address).checked_shr(shift);
                    insert(&mut networks.v4, shift, bits.unwrap_or(0));
                }
                IpAddr::V6(address) => {
                    let shift = 128_u32.saturating_sub(prefix);
                    let bits = u128::from(address).checked_shr(shift);
                    insert(&mut networks.v6, shift, bits.unwrap_or(0));
                }
            }
        }
        (!ranges.is_empty()).then_some(networks)
    }

    fn contain(&self, address: IpAddr) -> bool {
        match address.to_canonical() {
            IpAddr::V4(address) => self.v4.iter().any(|(shift, networks)| {
                let bits = u32::from(address).checked_shr(*shift);
                networks.contains(&bits.unwrap_or(0))
            }),
            IpAddr::V6(address) => self.v6.iter().any(|(shift, networks)| {
                let bits = u128::from(address).checked_shr(*shift);
                networks.contains(&bits.unwrap_or(0))
            }),
        }
    }
}

fn insert<T: Eq + std::hash::Hash>(lengths: &mut Vec<(u32, HashSet<T>)>, shift: u32, bits: T) {
    match lengths.iter_mut().find(|(known, _)| *known == shift) {
        Some((_, networks)) => {
            networks.insert(bits);
        }
        None => lengths.push((shift, HashSet::from([bits]))),
    }
}

#[cfg(test)]
mod tests {
    use haleway_blueprint::{Origin, Refusal};
    use proptest::prelude::*;

    use super::*;
    use crate::trial::Trial;

    fn ranges(texts: &[&str]) -> Vec<AddressRange> {
        let ranges = texts.iter().map(|text| AddressRange::parse(text).unwrap());
        ranges.collect()
    }

    fn run(allow: &[&str], deny: &[&str], client: &str) -> String {
        let filter = AddressFilter {
            allow: ranges(allow),
            deny: ranges(deny),
            refused: Refusal::new(403, "not allowed"),
            origin: Origin::default_value(),
        };
        let plan = AddressFilterPlan::compile(&filter).unwrap();
        let mut trial = Trial::get("/");
        trial.client = client.parse().unwrap();
        trial.run(|passage| plan.on_request(passage))
    }

    #[test]
    fn what_is_denied_comes_first_and_what_is_allowed_shuts_the_rest_out() {
        let refused = "403 not allowed";
        for (allow, deny, client, expected) in [
            (&[][..], &["10.0.0.0/8"][..], "10.1.2.3", refused),
            (&[], &["10.0.0.0/8"], "11.1.2.3", "-"),
            (&["10.0.0.0/8"], &[], "10.1.2.3", "-"),
            (&["10.0.0.0/8"], &[], "11.1.2.3", refused),
            (&["10.0.0.0/8"], &["10.1.2.3"], "10.1.2.3", refused),
            (&["10.0.0.0/8"], &["10.1.2.3"], "10.1.2.4", "-"),
            (&["10.0.0.0/8"], &[], "::ffff:10.1.2.3", "-"),
            (&["fe80::/16", "::1"], &[], "fe80::7", "-"),
            (&["fe80::/16", "::1"], &[], "::2", refused),
            (&["0.0.0.0/0"], &[], "9.9.9.9", "-"),
            (&["0.0.0.0/0"], &[], "::1", refused),
            (&["::/0"], &[], "::1", "-"),
        ] {
            assert_eq!(
                run(allow, deny, client),
                expected,
                "{allow:?} {deny:?} {client}"
            );
        }
    }

    fn address() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            any::<u32>().prop_map(|bits| IpAddr::V4(bits.into())),
            any::<u128>().prop_map(|bits| IpAddr::V6(bits.into())),
        ]
    }

    proptest! {
        #[test]
        fn networks_hold_what_each_of_them_holds(
            ranges in prop::collection::vec((address(), 0_u8..=128), 0..9),
            client in address(),
            near in any::<prop::sample::Index>(),
            flipped in 0_u32..32,
        ) {
            let ranges: Vec<AddressRange> = ranges
                .into_iter()
                .map(|(address, prefix)| AddressRange {
                    prefix: if address.is_ipv4() { prefix.min(32) } else { prefix },
                    address,
                })
                .collect();
            // An address next to one of the networks is more telling than any.
            let client = match ranges.get(near.index(ranges.len().max(1))) {
                Some(AddressRange { address: IpAddr::V4(address), .. }) => {
                    IpAddr::V4((u32::from(*address) ^ 1 << flipped).into())
                }
                _ => client,
            };
            let networks = Networks::compile(&ranges);
            let expected = ranges.iter().any(|range| range.contains(client));
            prop_assert_eq!(networks.is_some_and(|it| it.contain(client)), expected);
        }
    }
}
