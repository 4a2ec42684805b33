//! Configurations that settings name.

use super::{ask, httpbin, plain, start};
use crate::harness::{Gateway, Start, until};

const FILE: &str = "KONG_DECLARATIVE_CONFIG";
const TEXT: &str = "KONG_DECLARATIVE_CONFIG_STRING";

/// No path is given on the command line.
fn without_path(config: &str) -> Start {
    start(config).config("")
}

fn answers(gateway: &Gateway, target: &str) -> u16 {
    ask(gateway.address(), "GET", target, &[]).status()
}

/// What is said of a start that is refused.
fn refused(start: &Start) -> String {
    let ended = start.finish(&["run", "--admin", "off"]);
    assert_eq!(ended.code, Some(78), "{}", ended.talk);
    ended.talk
}

#[test]
fn a_file_that_a_variable_names_serves_and_is_read_again() {
    let upstream = httpbin();
    let config = plain(&upstream, "", "");
    let gateway = without_path(&config)
        .file("other.yml", config.replace("/test", "/other"))
        .variable(FILE, "other.yml")
        .variable(TEXT, "{}")
        .go();
    assert_eq!(answers(&gateway, "/other"), 200);
    assert_eq!(answers(&gateway, "/test"), 404);
    gateway.expect_talk("KONG_DECLARATIVE_CONFIG_STRING has no effect: declarative_config counts");
    std::fs::write(gateway.path("other.yml"), &config).unwrap();
    gateway.signal("HUP");
    until("the file is read again", || {
        answers(&gateway, "/test") == 200
    });
}

#[test]
fn a_text_in_a_variable_serves() {
    let upstream = httpbin();
    let config = plain(&upstream, "", "");
    let gateway = without_path("")
        .variable(FILE, "")
        .variable(TEXT, &config)
        .go();
    assert_eq!(answers(&gateway, "/test"), 200);
    gateway.signal("HUP");
    gateway.expect_talk("the configuration was reloaded");
    assert_eq!(answers(&gateway, "/test"), 200);
    let broken = without_path("").variable(TEXT, "_format_version: [");
    let talk = refused(&broken);
    assert!(talk.contains(TEXT), "{talk}");
}

#[test]
fn a_file_of_settings_may_name_it() {
    let upstream = httpbin();
    let gateway = without_path(&plain(&upstream, "", ""))
        .file("kong.conf", "declarative_config = kong.yml\n")
        .variable("KONG_CONF", "kong.conf")
        .go();
    assert_eq!(answers(&gateway, "/test"), 200);
    let talk = refused(
        &without_path("")
            .file("kong.conf", "\ndeclarative_config = gone.yml\n")
            .variable("KONG_CONF", "kong.conf"),
    );
    let expected = "kong.conf:2: there is no file or folder gone.yml";
    assert!(talk.contains(expected), "{talk}");
}

#[test]
fn a_file_that_is_not_there_refuses_the_start() {
    let talk = refused(&without_path("").variable(FILE, "kong.yaml"));
    let expected = "KONG_DECLARATIVE_CONFIG: there is no file or folder kong.yaml";
    assert!(talk.contains(expected), "{talk}");
    assert!(talk.contains("did you mean kong.yml?"), "{talk}");
}

#[test]
fn the_command_line_counts_first_and_says_so() {
    let upstream = httpbin();
    let config = plain(&upstream, "", "");
    let gateway = start(&config).variable(FILE, "gone.yml").go();
    assert_eq!(answers(&gateway, "/test"), 200);
    gateway.expect_talk("KONG_DECLARATIVE_CONFIG has no effect: the configuration that the");
    // Where both name the same, nothing is said.
    let gateway = start(&config).variable(FILE, "kong.yml").go();
    assert_eq!(answers(&gateway, "/test"), 200);
    let talk = gateway.talk().join("\n");
    assert!(!talk.contains(FILE), "{talk}");
}

#[test]
fn what_is_no_configuration_of_kongs_is_not_taken_for_one() {
    let krakend = Start::with("{\"version\": 3}").variable(FILE, "krakend.json");
    let ended = krakend.finish(&["check", "--dialect", "krakend"]);
    assert_eq!(ended.code, Some(2), "{}", ended.talk);
    let ended = krakend.finish(&["check"]);
    assert_eq!(ended.code, Some(1), "{}", ended.talk);
    assert!(ended.talk.contains("_format_version"), "{}", ended.talk);
}
