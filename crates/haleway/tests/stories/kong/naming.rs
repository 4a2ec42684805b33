//! Targets and services by name, looked up at the name server that the settings tell.

use super::{ask, start};
use crate::harness::dns::NameServer;
use crate::harness::{Gateway, Upstream, until};

fn named(name: &str) -> Upstream {
    let answer = crate::harness::upstream::answer(200, "text/plain", name);
    Upstream::answering(answer)
}

fn serve(names: &NameServer, config: &str) -> Gateway {
    start(config)
        .variable("KONG_DNS_RESOLVER", &names.address.to_string())
        .go()
}

/// Who answers so many requests, in the order of their names.
fn answers(gateway: &Gateway, count: usize) -> Vec<String> {
    let ask = |_| {
        let answer = ask(gateway.address(), "GET", "/test", &[]);
        answer.text().to_owned()
    };
    let mut answers: Vec<String> = (0..count).map(ask).collect();
    answers.sort();
    answers
}

#[test]
fn targets_follow_their_records() {
    let (one, two) = (named("one"), named("two"));
    let (first, second) = (one.address().port(), two.address().port());
    let names = NameServer::with(vec![(1, 3, first), (1, 1, second), (2, 9, 9)]);
    let config = r#"
_format_version: "3.0"
upstreams:
- name: shop
  targets: [{target: "shop.test:80"}]
services:
- name: demo
  host: shop
  routes: [{name: test, paths: [/test]}]
"#;
    let gateway = serve(&names, config);
    assert_eq!(answers(&gateway, 4), ["one", "one", "one", "two"]);
    names.change(vec![(1, 1, second)]);
    until("the records are followed", || {
        answers(&gateway, 2) == ["two", "two"]
    });
    let host = format!("shop.test:{second}");
    let seen = two.requests().pop().unwrap();
    assert_eq!(seen.header("Host"), Some(host.as_str()));
}

#[test]
fn services_are_looked_up_without_an_upstream_too() {
    let one = named("one");
    let names = NameServer::with(vec![(1, 1, one.address().port())]);
    let config = r#"
_format_version: "3.0"
services:
- name: demo
  url: http://shop.test
  routes: [{name: test, paths: [/test]}]
"#;
    let gateway = serve(&names, config);
    assert_eq!(answers(&gateway, 2), ["one", "one"]);
}

#[test]
fn a_list_of_hosts_may_be_given() {
    let one = named("one");
    let config = format!(
        r#"
_format_version: "3.0"
services:
- name: demo
  url: http://shop.test:{}
  routes: [{{name: test, paths: [/test]}}]
"#,
        one.address().port()
    );
    let gateway = start(&config)
        .file("hosts", "127.0.0.1 shop.test # not known to any server\n")
        .variable("KONG_DNS_HOSTSFILE", "hosts")
        .go();
    assert_eq!(answers(&gateway, 1), ["one"]);
}
