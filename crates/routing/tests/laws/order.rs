//! The router finds what the plain scan finds, whatever the matches look at.

use haleway_blueprint::{
    AddressRange, FieldMatch, HeaderMatch, HeaderValueMatch, HostMatch, MatchRule, PathMatch,
    PeerMatch, RequestMatch,
};
use haleway_routing::RequestRouter;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::expressions::expression;
use crate::model::scan;
use crate::requests::{Request, request};

/// Which lists the matches of a case may have: where they share few, lists are long.
type Mask = [bool; 7];

fn texts(texts: &[&str]) -> impl Strategy<Value = Vec<String>> + use<> {
    let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
    vec(select(texts), 0..3)
}

fn host() -> impl Strategy<Value = HostMatch> {
    let names = vec!["a.x", "b.x", "x", "*.x", "*.a.x", "a.*", "c.*", "*", ""];
    let port = option::weighted(0.2, select(vec![80, 81]));
    (select(names), port).prop_map(|(host, port)| HostMatch {
        host: host.to_owned(),
        port,
    })
}

fn path() -> impl Strategy<Value = PathMatch> {
    let plain = vec![
        "/", "/a", "/a/", "/a/b", "/a/b/ab", "/ab", "/b", "/b/a/", "/ä", "",
    ];
    let patterns = vec![
        "/a/(?<n>[^/]+)",
        "/a$",
        "/a/b",
        "/[ab]+",
        "/(a|b)/a",
        "/b|/a",
        "/b$|/a",
        "(?i)/AB",
        "/ab?/.*b$",
        "",
        "$",
        "/.",
    ];
    prop_oneof![
        1 => select(plain.clone()).prop_map(|text| PathMatch::Exact(text.to_owned())),
        4 => select(plain).prop_map(|text| PathMatch::Prefix(text.to_owned())),
        2 => select(patterns).prop_map(|text| PathMatch::Regex(text.to_owned())),
    ]
}

fn header() -> impl Strategy<Value = HeaderMatch> {
    let exact = select(vec!["1", "2", "v", "V", "zz", "ä", "k"]);
    let value = prop_oneof![
        6 => exact.prop_map(|text| HeaderValueMatch::Exact(text.to_owned())),
        1 => select(vec!["^[12]$", "v", "k"])
            .prop_map(|text| HeaderValueMatch::Regex(text.to_owned())),
    ];
    (select(vec!["x-a", "x-b"]), vec(value, 1..3)).prop_map(|(name, values)| HeaderMatch {
        name: name.to_owned(),
        values,
    })
}

fn peer() -> impl Strategy<Value = PeerMatch> {
    let ranges = vec!["10.0.0.0/8", "10.1.0.0/16", "10.2.0.1", "127.0.0.1", "::1"];
    let port = option::weighted(0.3, select(vec![80, 4000]));
    (option::of(select(ranges)), port).prop_map(|(range, port)| PeerMatch {
        addresses: range.and_then(AddressRange::parse),
        port,
    })
}

fn fields(mask: Mask) -> impl Strategy<Value = FieldMatch> {
    let lists = (
        texts(&["GET", "POST", "DELETE", "BREW", "MELT"]),
        vec(host(), 0..3),
        vec(path(), 0..3),
        vec(header(), 0..3),
        texts(&["s.x", "t.x", "*.x", "s.*"]),
        vec(peer(), 0..2),
        vec(peer(), 0..2),
    );
    lists.prop_map(move |lists| FieldMatch {
        methods: if mask[0] { lists.0 } else { Vec::new() },
        hosts: if mask[1] { lists.1 } else { Vec::new() },
        paths: if mask[2] { lists.2 } else { Vec::new() },
        headers: if mask[3] { lists.3 } else { Vec::new() },
        snis: if mask[4] { lists.4 } else { Vec::new() },
        sources: if mask[5] { lists.5 } else { Vec::new() },
        destinations: if mask[6] { lists.6 } else { Vec::new() },
    })
}

/// Matches in any order of their positions, some of which are the same.
fn entries() -> impl Strategy<Value = Vec<(usize, RequestMatch)>> {
    any::<Mask>().prop_flat_map(|mask| {
        let rule = prop_oneof![
            5 => fields(mask).prop_map(MatchRule::Fields),
            1 => expression().prop_map(MatchRule::Expression),
        ];
        let entry = (0_u32..60, rule).prop_map(|(position, rule)| RequestMatch { position, rule });
        vec(entry, 0..40).prop_map(|entries| entries.into_iter().enumerate().collect())
    })
}

fn router(entries: &[(usize, RequestMatch)]) -> RequestRouter {
    let borrowed: Vec<_> = entries
        .iter()
        .map(|(route, entry)| (*route, entry))
        .collect();
    RequestRouter::new(&borrowed).unwrap()
}

fn find(router: &RequestRouter, request: &Request) -> Option<(usize, Option<usize>)> {
    request.view(|view| {
        let found = router.find(view)?;
        Some((found.route, found.matched_path))
    })
}

proptest! {
    #[test]
    fn finds_what_a_scan_finds(entries in entries(), requests in vec(request(), 12)) {
        let router = router(&entries);
        for request in &requests {
            prop_assert_eq!(find(&router, request), scan(&entries, request), "{:?}", request);
        }
    }
}
