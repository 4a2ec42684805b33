//! The members of a pool, as the engine would find them.

use haleway_blueprint::{Discovery, Endpoint, Target};

use crate::scenario::Named;

/// A member, before it is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Address and port, as the judge knows them.
    pub(super) address: String,
    /// What else tells it apart.
    pub(super) name: String,
    pub(super) weight: u32,
    /// Other names that a scenario may call it by.
    pub(super) aliases: Vec<String>,
    /// What a ring of endpoints hashes: target, its port, address, port.
    pub(super) place: (String, u16, String, u16),
}

/// The members of a pool, and how many targets they come from. A name takes its addresses from the
/// scenario; where that says nothing it stands for one address.
pub(super) fn members(discovery: &Discovery, names: &[Named]) -> (Vec<Found>, usize) {
    match discovery {
        Discovery::Static(endpoints) => {
            let found: Vec<Found> = endpoints.iter().map(listed).collect();
            let targets = found.len();
            (found, targets)
        }
        Discovery::Srv { name, .. } => {
            let found: Vec<Found> = addresses(name, 80, names)
                .into_iter()
                .map(|(host, port)| looked_up(name, (&host, port), (name, port), 1))
                .collect();
            let targets = found.len();
            (found, targets)
        }
        Discovery::Resolved { targets, .. } => {
            let found = targets.iter().flat_map(|target| of_target(target, names));
            (found.collect(), targets.len())
        }
    }
}

fn listed(endpoint: &Endpoint) -> Found {
    let Endpoint {
        host,
        port,
        authority,
        base_path,
        weight,
        ..
    } = endpoint;
    let address = format!("{host}:{port}");
    let mut name = base_path.clone();
    if *authority != address {
        name.insert_str(0, authority);
    }
    Found {
        aliases: vec![host.clone(), authority.clone()],
        place: (host.clone(), *port, host.clone(), *port),
        address,
        name,
        weight: *weight,
    }
}

fn of_target(target: &Target, names: &[Named]) -> Vec<Found> {
    let Target {
        host, port, weight, ..
    } = target;
    if host.parse::<std::net::IpAddr>().is_ok() {
        return vec![looked_up("", (host, *port), (host, *port), *weight)];
    }
    addresses(host, *port, names)
        .into_iter()
        .map(|(address, at)| looked_up(host, (&address, at), (host, *port), *weight))
        .collect()
}

fn looked_up(
    name: &str,
    (host, port): (&str, u16),
    (target, target_port): (&str, u16),
    weight: u32,
) -> Found {
    let ip = match host.parse() {
        Ok(std::net::IpAddr::V6(ip)) => format!("[{ip}]"),
        _ => host.to_owned(),
    };
    Found {
        address: format!("{ip}:{port}"),
        name: name.to_owned(),
        weight,
        aliases: vec![
            host.to_owned(),
            target.to_owned(),
            format!("{target}:{target_port}"),
        ],
        place: (target.to_owned(), target_port, ip, port),
    }
}

/// The addresses of a name.
fn addresses(name: &str, port: u16, names: &[Named]) -> Vec<(String, u16)> {
    let Some(named) = names.iter().find(|it| it.name == name) else {
        return vec![(name.to_owned(), port)];
    };
    let of = |text: &String| match text.rsplit_once(':') {
        _ if text.parse::<std::net::IpAddr>().is_ok() => (text.clone(), port),
        Some((host, own)) if own.parse::<u16>().is_ok() => {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            (host.to_owned(), own.parse().unwrap_or(port))
        }
        _ => (text.clone(), port),
    };
    named.addresses.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_addresses_that_the_scenario_gives_it() {
        let names = [Named {
            name: "shop".to_owned(),
            addresses: ["10.0.0.1", "10.0.0.2:81", "::1", "[::2]:82"]
                .map(str::to_owned)
                .to_vec(),
        }];
        let found = addresses("shop", 80, &names);
        let expected = [("10.0.0.1", 80), ("10.0.0.2", 81), ("::1", 80), ("::2", 82)];
        assert_eq!(found, expected.map(|(host, port)| (host.to_owned(), port)));
        assert_eq!(addresses("other", 80, &names), [("other".to_owned(), 80)]);
        let found = looked_up("shop", ("::1", 80), ("shop", 80), 5);
        assert_eq!(
            (found.address.as_str(), found.name.as_str()),
            ("[::1]:80", "shop")
        );
    }
}
