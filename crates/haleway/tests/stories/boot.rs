//! Configurations that cannot serve: one screen of words, the place, the way out.

use std::os::unix::fs::PermissionsExt;

use crate::harness::Start;
use crate::harness::tls::Authority;

/// What `run` and `check` say to a configuration that neither takes.
fn refused(start: &Start, path: &str, parts: &[&str]) {
    let run = ["run", path, "-p", "0", "--admin", "off"];
    for (arguments, code) in [(&run[..], 78), (&["check", path], 1)] {
        let ended = start.finish(arguments);
        assert_eq!(ended.code, Some(code), "{path}: {ended:?}");
        for part in parts {
            assert!(ended.talk.contains(part), "no {part:?} in {}", ended.talk);
        }
        assert!(ended.talk.contains("error["), "{}", ended.talk);
        let help = ended.talk.contains("help: ") || ended.talk.contains("^ write ");
        assert!(help, "no way out: {}", ended.talk);
        assert!(
            ended.talk.lines().count() < 40,
            "more than a screen: {}",
            ended.talk
        );
        assert_eq!(ended.data, "");
    }
}

#[test]
fn paths_that_give_no_configuration() {
    let start = Start::with("{}");
    std::fs::create_dir(start.path("empty")).unwrap();
    refused(&start, "missing.json", &["missing.json"]);
    refused(&start, "empty", &["empty"]);
    let locked = start.file("locked.json", "{\"version\": 3}");
    let path = locked.path("locked.json");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    // Whoever may read everything can read this, too.
    if std::fs::read(&path).is_err() {
        refused(&locked, "locked.json", &["locked.json", "ermission"]);
    }
}

#[test]
fn documents_that_are_wrong_name_the_place() {
    for (config, parts) in [
        ("{ \"version: 2 }", &["krakend.json:1:3"][..]),
        ("{\"version\": 3,}", &["krakend.json:1:14"]),
        ("{\n  \"version\": 1\n}", &["krakend.json:2:14", "version"]),
        ("{}", &["version"]),
        ("[1]", &["krakend.json:1:1"]),
        (
            "{\"version\": 3, \"endpoints\": [\n\
             {\"endpoint\": \"/a/{x}\", \"backend\": [{\"url_pattern\": \"/\", \"host\": [\"http://h\"]}]},\n\
             {\"endpoint\": \"/a/{x}\", \"backend\": [{\"url_pattern\": \"/\", \"host\": [\"http://h\"]}]}]}",
            &["krakend.json:3:14", "/a/{x}"],
        ),
        (
            "{\"version\": 3, \"endpoints\": [\n\
             {\"endpoint\": \"/a/{id}\", \"backend\": [\n\
             {\"url_pattern\": \"/b/{ID2}\", \"host\": [\"http://h\"]}]}]}",
            &["krakend.json:3:17", "ID2"],
        ),
        (
            "{\"version\": 3, \"endpoints\": [{\"endpoint\": \"/a\"}]}",
            &["krakend.json:1:", "/a"],
        ),
        (
            "{\"version\": 3, \"endpoints\": [{\"endpoint\": \"/__health\", \"backend\": [{\"url_pattern\": \"/\", \"host\": [\"h\"]}]}]}",
            &["krakend.json:1:43", "/__health"],
        ),
        (
            "{\"version\": 3, \"port\": \"http\"}",
            &["krakend.json:1:24", "port"],
        ),
        (
            "{\"version\": 3, \"tls\": {\"public_key\": \"none.pem\", \"private_key\": \"none.key\"}}",
            &["krakend.json:1:38", "none.pem"],
        ),
    ] {
        refused(&Start::with(config), "krakend.json", parts);
    }
}

#[test]
fn certificates_that_cannot_serve() {
    let authority = Authority::new();
    let (one, other) = (authority.sign(), authority.sign());
    let config = "{\"version\": 3,\n \"tls\": {\"keys\": [{\"public_key\": \"cert.pem\", \"private_key\": \"key.pem\"}]}}";
    for (certificate, key, part) in [
        (
            one.certificate.as_str(),
            other.key.as_str(),
            "cert.pem and key.pem",
        ),
        ("no certificate", one.key.as_str(), "cert.pem"),
        (one.certificate.as_str(), "no key", "key.pem"),
        (one.key.as_str(), one.key.as_str(), "cert.pem"),
        ("", "", "cert.pem"),
    ] {
        let start = Start::with(config)
            .file("cert.pem", certificate)
            .file("key.pem", key);
        refused(&start, "krakend.json", &[part, "krakend.json:2:19"]);
    }
}

#[test]
fn a_port_in_use_is_said_with_its_place() {
    let taken = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let start = Start::with(&format!("{{\"version\": 3,\n \"port\": {port}}}"));
    let ended = start.finish(&["run", "krakend.json", "--admin", "off"]);
    assert_eq!(ended.code, Some(78));
    for part in [
        port.to_string().as_str(),
        "the port is in use",
        "krakend.json:2:2",
        "help: ",
    ] {
        assert!(ended.talk.contains(part), "no {part:?} in {}", ended.talk);
    }
}

#[test]
fn called_as_krakend_it_ends_as_krakend_does() {
    let start = Start::with("{\n  \"version: 3\n}").called("krakend");
    let run = start.finish(&["run", "-c", "krakend.json"]);
    assert_eq!(run.code, Some(255));
    let words = "ERROR parsing the configuration file: krakend.json:2:3: error[";
    assert!(run.talk.contains(words), "{}", run.talk);
    let check = start.finish(&["check", "-t", "-d", "-c", "krakend.json"]);
    assert_eq!(check.code, Some(1));
    assert!(check.talk.contains(words), "{}", check.talk);
    let missing = start.finish(&["run", "-c", "missing.json"]);
    assert_eq!(missing.code, Some(255));
    assert!(missing.talk.contains("missing.json"), "{}", missing.talk);
    let good = Start::with("{\"version\": 3}").called("krakend");
    let check = good.finish(&["check", "-c", "krakend.json"]);
    assert_eq!(check.code, Some(0));
    assert!(check.talk.ends_with("Syntax OK!\n"), "{}", check.talk);
}

#[test]
fn what_is_not_built_yet_fails_closed() {
    let config = "{\"version\": 3, \"endpoints\": [{\"endpoint\": \"/a\", \
                  \"extra_config\": {\"auth/validator\": {\"alg\": \"RS256\"}}, \
                  \"backend\": [{\"url_pattern\": \"/\", \"host\": [\"http://127.0.0.1:10\"]}]}]}";
    let start = Start::with(config);
    let check = start.finish(&["check", "krakend.json"]);
    assert_eq!(check.code, Some(1), "{check:?}");
    assert!(check.talk.contains("auth/validator"), "{}", check.talk);
    let gateway = start.go();
    gateway.expect_talk("auth/validator");
    assert_eq!(crate::harness::get(gateway.address(), "/a").status(), 500);
}
