//! Priorities of routes that say none, and how such routes are split.

use haleway_blueprint::{AddressRange, HeaderValueMatch, PathMatch, PeerMatch};
use haleway_routing::rank::{RouteFields, entries, expression_priority};

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn priorities(route: &RouteFields<'_>) -> Vec<u64> {
    let entries = entries(route).into_iter();
    entries.map(|(priority, _)| priority).collect()
}

/// Fields to borrow from.
struct Texts {
    methods: Vec<String>,
    hosts: Vec<String>,
    wildcard: Vec<String>,
    prefix: Vec<String>,
    pattern: Vec<String>,
    headers: Vec<(String, Vec<String>)>,
    snis: Vec<String>,
    peers: Vec<PeerMatch>,
}

fn all_texts() -> Texts {
    let header = |name: &str| (name.to_owned(), texts(&["1", "2"]));
    Texts {
        methods: texts(&["GET"]),
        hosts: texts(&["a.x", "b.x:80"]),
        wildcard: texts(&["a.x", "*.b"]),
        prefix: texts(&["/abc"]),
        pattern: texts(&["~/abc"]),
        headers: vec![header("A"), header("B")],
        snis: texts(&["s.x"]),
        peers: vec![PeerMatch {
            addresses: None,
            port: Some(1),
        }],
    }
}

#[test]
fn bits_stand_where_they_are_documented() {
    let texts = all_texts();
    let priority = |fill: &dyn for<'a> Fn(&mut RouteFields<'a>, &'a Texts)| {
        let mut route = RouteFields::default();
        fill(&mut route, &texts);
        let [priority] = priorities(&route)[..] else {
            panic!("{route:?} is one entry")
        };
        priority
    };
    let one = 1 << 61;
    assert_eq!(priority(&|_, _| {}), 0);
    assert_eq!(priority(&|r, t| r.methods = &t.methods), one);
    assert_eq!(priority(&|r, t| r.snis = &t.snis), one);
    assert_eq!(priority(&|r, t| r.sources = &t.peers), one);
    assert_eq!(priority(&|r, t| r.destinations = &t.peers), one);
    assert_eq!(priority(&|r, t| r.hosts = &t.hosts), one | 1 << 60);
    assert_eq!(priority(&|r, t| r.hosts = &t.wildcard), one);
    assert_eq!(priority(&|r, t| r.headers = &t.headers), one | 2 << 52);
    assert_eq!(priority(&|r, t| r.paths = &t.prefix), one | 4);
    assert_eq!(priority(&|r, t| r.paths = &t.pattern), one | 1 << 51);
}

#[test]
fn only_patterns_have_a_priority_of_their_own() {
    let texts = all_texts();
    let mut route = RouteFields {
        regex_priority: 9,
        paths: &texts.prefix,
        ..RouteFields::default()
    };
    assert_eq!(priorities(&route), [1 << 61 | 4]);
    route.paths = &texts.pattern;
    assert_eq!(priorities(&route), [1 << 61 | 1 << 51 | 9 << 19]);
}

#[test]
fn all_fields_fit() {
    let texts = all_texts();
    let route = RouteFields {
        stream: false,
        methods: &texts.methods,
        hosts: &texts.hosts,
        paths: &texts.pattern,
        headers: &texts.headers,
        snis: &texts.snis,
        sources: &texts.peers,
        destinations: &texts.peers,
        regex_priority: 1,
    };
    let expected = 7 << 61 | 1 << 60 | 2 << 52 | 1 << 51 | 1 << 19;
    assert_eq!(priorities(&route), [expected]);
}

#[test]
fn extremes_stay_within_their_bits() {
    let pattern = texts(&["~/"]);
    let priority = |regex_priority| {
        let paths = &pattern;
        priorities(&RouteFields {
            paths,
            regex_priority,
            ..RouteFields::default()
        })[0]
    };
    assert_eq!(priority(i64::MIN), priority(0));
    assert_eq!(
        priority(i64::MAX),
        1 << 61 | 1 << 51 | u64::from(u32::MAX) << 19
    );
    let headers: Vec<_> = (0..300).map(|n| (format!("h{n}"), texts(&["1"]))).collect();
    let route = RouteFields {
        headers: &headers,
        ..RouteFields::default()
    };
    assert_eq!(priorities(&route), [1 << 61 | 255 << 52]);
    let long = vec!["/".repeat((1 << 19) + 3)];
    let route = RouteFields {
        paths: &long,
        ..RouteFields::default()
    };
    assert_eq!(priorities(&route), [1 << 61 | 3]);
}

#[test]
fn paths_are_split_by_length_and_kind_in_their_order() {
    let paths = texts(&["~/x$", "/long-path", "/one", "/two", "/three", "~/.*"]);
    let route = RouteFields {
        paths: &paths,
        ..RouteFields::default()
    };
    let found = entries(&route);
    let split: Vec<(u64, Vec<PathMatch>)> = found
        .into_iter()
        .map(|(priority, fields)| (priority & !(1 << 61), fields.paths))
        .collect();
    let prefix = |text: &str| PathMatch::Prefix(text.to_owned());
    let pattern = |text: &str| PathMatch::Regex(text.to_owned());
    assert_eq!(
        split,
        [
            (1 << 51, vec![pattern("/x$"), pattern("/.*")]),
            (10, vec![prefix("/long-path")]),
            (4, vec![prefix("/one"), prefix("/two")]),
            (6, vec![prefix("/three")]),
        ]
    );
}

#[test]
fn fields_are_read_as_their_users_write_them() {
    let (hosts, snis) = (
        texts(&["A.x:8443", "*.B", "c.*:80", "[::1]", "[::1]:80", "a:b"]),
        texts(&["S.x.", "*.x."]),
    );
    let headers = [("X_Tenant-Id".to_owned(), texts(&["Acme", "~*^A.\\S"]))];
    let route = RouteFields {
        hosts: &hosts,
        snis: &snis,
        headers: &headers,
        ..RouteFields::default()
    };
    let (_, fields) = entries(&route).remove(0);
    let hosts: Vec<_> = fields
        .hosts
        .iter()
        .map(|host| (&*host.host, host.port))
        .collect();
    assert_eq!(
        hosts,
        [
            ("a.x", Some(8443)),
            ("*.b", None),
            ("c.*", Some(80)),
            ("[::1]", None),
            ("[::1]", Some(80)),
            ("a:b", None)
        ]
    );
    assert_eq!(fields.snis, ["s.x", "*.x"]);
    assert_eq!(fields.headers[0].name, "x-tenant-id");
    assert_eq!(
        fields.headers[0].values,
        [
            HeaderValueMatch::Exact("acme".to_owned()),
            HeaderValueMatch::Regex("^a.\\s".to_owned())
        ]
    );
}

#[test]
fn streams_rank_names_then_ends() {
    let snis = texts(&["s.x"]);
    let peer = |addresses: Option<&str>, port| PeerMatch {
        addresses: addresses.and_then(AddressRange::parse),
        port,
    };
    let address = [peer(Some("10.0.0.1"), None)];
    let network = [peer(Some("10.0.0.0/8"), Some(80))];
    let stream = RouteFields {
        stream: true,
        ..RouteFields::default()
    };
    assert_eq!(
        priorities(&RouteFields {
            snis: &snis,
            ..stream
        }),
        [1 << 61]
    );
    assert_eq!(
        priorities(&RouteFields {
            sources: &address,
            ..stream
        }),
        [8 << 4]
    );
    assert_eq!(
        priorities(&RouteFields {
            destinations: &network,
            ..stream
        }),
        [1 | 4]
    );
    let both = RouteFields {
        sources: &address,
        destinations: &network,
        ..stream
    };
    assert_eq!(priorities(&both), [1 << 61 | 8 << 4 | 1 | 4]);
    let paths = texts(&["/ignored", "~/too"]);
    let (priority, fields) = entries(&RouteFields {
        paths: &paths,
        ..both
    })
    .remove(0);
    assert_eq!((priority, fields.paths), (priorities(&both)[0], Vec::new()));
}

#[test]
fn expressions_stand_before_all_others() {
    let all = RouteFields {
        regex_priority: i64::MAX,
        ..RouteFields::default()
    };
    assert!(expression_priority(0) > priorities(&all)[0] | 7 << 61 | 1 << 51);
    assert!(expression_priority(2) > expression_priority(1));
}
