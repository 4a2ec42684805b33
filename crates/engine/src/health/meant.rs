//! Which endpoints a person means.

/// True if `asked` means the endpoint of this address and name: its address, the name with or
/// without the address's port, or both as `NAME/ADDRESS`. IPv6 addresses may stand in brackets.
pub(crate) fn is_meant(asked: &str, address: &str, name: &str) -> bool {
    let (asked, address) = (plain(asked), plain(address));
    if asked == address {
        return true;
    }
    let Some(rest) = asked.strip_prefix(name).filter(|_| !name.is_empty()) else {
        return false;
    };
    if let Some(rest) = rest.strip_prefix('/') {
        return rest == address;
    }
    match rest.strip_prefix(':') {
        Some(port) => address.rsplit(':').next() == Some(port),
        None => rest.is_empty(),
    }
}

fn plain(text: &str) -> String {
    text.replace(['[', ']'], "")
}

#[cfg(test)]
mod tests {
    use super::is_meant;

    #[test]
    fn an_address_a_name_or_both() {
        for asked in ["10.0.0.1:80", "shop", "shop:80", "shop/10.0.0.1:80"] {
            assert!(is_meant(asked, "10.0.0.1:80", "shop"), "{asked}");
        }
        for asked in [
            "",
            "10.0.0.1",
            "10.0.0.1:8080",
            "shop:81",
            "shops",
            "shop/10.0.0.2:80",
            "/10.0.0.1:80",
            ":80",
            "shopé",
        ] {
            assert!(!is_meant(asked, "10.0.0.1:80", "shop"), "{asked}");
            assert!(
                !is_meant(asked, "10.0.0.1:80", ""),
                "{asked}, without a name"
            );
        }
    }

    #[test]
    fn brackets_around_ipv6_say_nothing() {
        assert!(is_meant("[::1]:80", "::1:80", ""));
        assert!(is_meant("::1:80", "[::1]:80", ""));
        assert!(is_meant("shop:80", "[::1]:80", "shop"));
    }
}
