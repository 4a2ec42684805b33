//! The address of the client: the peer's, or what trusted proxies say of it.

use std::net::IpAddr;

use haleway_blueprint::ClientAddress;
use http::{HeaderMap, HeaderName};

/// The rule, compiled.
pub(crate) struct ClientAddressPlan {
    headers: Vec<HeaderName>,
    rule: ClientAddress,
}

impl ClientAddressPlan {
    /// Compiles the rule; a name that can be no header's never matches and is left out.
    pub(crate) fn new(rule: &ClientAddress) -> Self {
        let headers = rule
            .headers
            .iter()
            .filter_map(|name| name.parse().ok())
            .collect();
        Self {
            headers,
            rule: rule.clone(),
        }
    }

    /// The address of the client (gin's `Context.ClientIP`).
    pub(crate) fn find(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if self.headers.is_empty() || !self.trusts(peer) {
            return peer;
        }
        let named = self.headers.iter().filter_map(|name| headers.get(name));
        named
            .filter_map(|value| value.to_str().ok())
            .find_map(|list| self.first_untrusted(list))
            .unwrap_or(peer)
    }

    /// Reads a list from the right: the first address that is no trusted proxy, or the leftmost.
    /// Something that is no address ends it without a result.
    fn first_untrusted(&self, list: &str) -> Option<IpAddr> {
        let mut leftmost = None;
        for part in list.rsplit(',') {
            let address: IpAddr = part.trim().parse().ok()?;
            if !self.trusts(address) {
                return Some(address);
            }
            leftmost = Some(address);
        }
        leftmost
    }

    /// Whether the headers of a peer are believed.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.rule
            .trusted
            .iter()
            .any(|range| range.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use haleway_blueprint::AddressRange;

    fn plan(trusted: &[&str]) -> ClientAddressPlan {
        let trusted = trusted
            .iter()
            .map(|range| AddressRange::parse(range).unwrap())
            .collect();
        let headers = vec!["X-Forwarded-For".to_owned(), "X-Real-IP".to_owned()];
        ClientAddressPlan::new(&ClientAddress { headers, trusted })
    }

    fn find(plan: &ClientAddressPlan, headers: &[(&'static str, &str)]) -> String {
        let headers = headers.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                http::HeaderValue::from_str(value).unwrap(),
            )
        });
        plan.find("10.0.0.1".parse().unwrap(), &headers.collect())
            .to_string()
    }

    #[test]
    fn where_everyone_is_trusted_the_leftmost_address_counts() {
        let plan = plan(&["0.0.0.0/0", "::/0"]);
        assert_eq!(
            find(&plan, &[("x-forwarded-for", "1.2.3.4, 5.6.7.8")]),
            "1.2.3.4"
        );
        assert_eq!(find(&plan, &[("x-real-ip", "9.9.9.9")]), "9.9.9.9");
        assert_eq!(find(&plan, &[("x-forwarded-for", "nonsense")]), "10.0.0.1");
    }

    #[test]
    fn a_list_is_read_from_the_right_up_to_the_first_stranger() {
        let plan = plan(&["10.0.0.0/8"]);
        let list = "6.6.6.6, 1.2.3.4, 10.1.1.1";
        assert_eq!(find(&plan, &[("x-forwarded-for", list)]), "1.2.3.4");
    }

    #[test]
    fn a_stranger_is_not_believed() {
        let plan = plan(&["192.168.0.0/16"]);
        assert_eq!(find(&plan, &[("x-forwarded-for", "1.2.3.4")]), "10.0.0.1");
    }
}
