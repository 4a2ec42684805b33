//! Files such as `/etc/hosts` (`kong/resty/dns/utils.lua`).

use std::collections::BTreeMap;
use std::net::IpAddr;

/// The system's list, which is read where names are looked up.
pub(super) const SYSTEM: &str = "/etc/hosts";

/// Names that are taken from a list.
const NAMES_MAX: usize = 65_536;

/// The addresses by name: of each family the first one that stands there.
pub(super) fn read(text: &str) -> Vec<(String, Vec<IpAddr>)> {
    let mut found: BTreeMap<String, Vec<IpAddr>> = BTreeMap::new();
    for line in text.lines() {
        let content = line.split(['#', ';']).next().unwrap_or_default();
        let mut words = content.split_whitespace();
        let Some(ip) = words.next().and_then(|word| word.parse::<IpAddr>().ok()) else {
            continue;
        };
        for name in words {
            if found.len() >= NAMES_MAX {
                break;
            }
            let known = found.entry(name.to_ascii_lowercase()).or_default();
            if !known.iter().any(|it| it.is_ipv4() == ip.is_ipv4()) {
                known.push(ip);
            }
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn the_first_address_of_each_family_counts() {
        let text = "# all\n10.0.0.1 B.test a.test # two\n10.0.0.2 a.test\nfd00::1\ta.test\n\n\
                    nonsense c.test\n10.0.0.3";
        let shown: Vec<String> = read(text).iter().map(|it| format!("{it:?}")).collect();
        assert_eq!(
            shown,
            [
                r#"("a.test", [10.0.0.1, fd00::1])"#,
                r#"("b.test", [10.0.0.1])"#
            ]
        );
    }
}
