//! A process from its start to its end: the ready line, reloads, signals, the admin side, refused
//! starts, KrakenD's own command line.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod process;

use std::path::Path;
use std::time::{Duration, Instant};

use process::{Folder, Gateway, free_port, get, post};

const GOOD: &str = "{\"version\": 3, \"name\": \"one\"}";
const OTHER: &str = "{\"version\": 3, \"name\": \"two\"}";
const BROKEN: &str = "{\n  \"version: 3\n}";

#[test]
fn it_serves_says_so_and_ends_within_a_second() {
    let folder = Folder::with("krakend.json", GOOD);
    let mut gateway = Gateway::start(&folder, &["run", "krakend.json"]);
    assert!(
        gateway.ready_line.contains(" serves one (krakend 3) on "),
        "{}",
        gateway.ready_line
    );
    assert_eq!(get(gateway.admin(), "/readyz"), (200, "ready\n".into()));
    let (status, blueprint) = get(gateway.admin(), "/v1/blueprint");
    assert_eq!(status, 200);
    assert!(blueprint.contains("\"name\": \"one\""), "{blueprint}");
    let asked = Instant::now();
    gateway.signal("TERM");
    assert_eq!(gateway.exit_code(), Some(0));
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "{:?}",
        asked.elapsed()
    );
}

#[test]
fn one_interrupt_ends_an_idle_process_well() {
    let folder = Folder::with("krakend.json", GOOD);
    let mut gateway = Gateway::start(&folder, &["run", "krakend.json"]);
    gateway.signal("INT");
    assert_eq!(gateway.exit_code(), Some(0));
}

#[test]
fn a_drain_delay_turns_readiness_first_and_a_second_interrupt_ends_it() {
    let folder = Folder::with("krakend.json", GOOD);
    let mut gateway = Gateway::start(&folder, &["run", "--drain-delay", "1h", "krakend.json"]);
    gateway.signal("INT");
    gateway.until("readiness turns", |gateway| {
        get(gateway.admin(), "/readyz").0 == 503
    });
    gateway.signal("INT");
    assert_eq!(gateway.exit_code(), Some(130));
}

#[test]
fn a_hangup_reloads_and_a_broken_file_changes_nothing() {
    let folder = Folder::with("krakend.json", GOOD);
    let mut gateway = Gateway::start(&folder, &["run", "krakend.json"]);
    folder.write("krakend.json", OTHER);
    gateway.signal("HUP");
    gateway.until("the new name serves", |gateway| {
        get(gateway.admin(), "/v1/blueprint")
            .1
            .contains("\"name\": \"two\"")
    });
    folder.write("krakend.json", BROKEN);
    gateway.signal("HUP");
    gateway.expect_line("krakend.json:2:3: error[");
    assert!(
        get(gateway.admin(), "/v1/blueprint")
            .1
            .contains("\"name\": \"two\"")
    );
    let (status, ready) = get(gateway.admin(), "/readyz?verbose");
    assert_eq!(status, 200);
    assert!(ready.contains("krakend.json:2:3: error["), "{ready}");
    let (_, metrics) = get(gateway.admin(), "/metrics");
    assert!(
        metrics.contains("haleway_config_reloads_total{result=\"refused\"} 1\n"),
        "{metrics}"
    );
}

#[test]
fn a_reload_can_be_posted() {
    let folder = Folder::with("krakend.json", GOOD);
    let gateway = Gateway::start(&folder, &["run", "krakend.json"]);
    assert_eq!(post(gateway.admin(), "/v1/reload").0, 200);
    folder.write("krakend.json", BROKEN);
    let (status, outcome) = post(gateway.admin(), "/v1/reload");
    assert_eq!(status, 422);
    assert!(outcome.contains("krakend.json:2:3: error["), "{outcome}");
}

#[test]
fn a_watched_file_is_reloaded_when_it_changes() {
    let folder = Folder::with("krakend.json", GOOD);
    let mut gateway = Gateway::start(&folder, &["run", "--watch", "krakend.json"]);
    folder.write("krakend.json", OTHER);
    gateway.until("the new name serves", |gateway| {
        get(gateway.admin(), "/v1/blueprint")
            .1
            .contains("\"name\": \"two\"")
    });
}

#[test]
fn a_taken_port_refuses_the_start() {
    let taken = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = Folder::with("krakend.json", GOOD);
    let (code, _, talk) = folder.finish(
        "haleway",
        &["run", "--admin", "off", "-p", &port, "krakend.json"],
    );
    assert_eq!(code, Some(78), "{talk}");
    assert!(talk.contains(&port), "{talk}");
}

#[test]
fn a_taken_admin_address_refuses_only_where_it_was_asked_for() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let admin = taken.local_addr().unwrap().to_string();
    let port = free_port().to_string();
    let folder = Folder::with("krakend.json", GOOD);
    let (code, _, talk) = folder.finish(
        "haleway",
        &["run", "--admin", &admin, "-p", &port, "krakend.json"],
    );
    assert_eq!(code, Some(78));
    assert!(talk.contains("S0013") && talk.contains(&admin), "{talk}");
}

#[test]
fn krakends_command_line_has_krakends_codes() {
    let folder = Folder::with("krakend.json", GOOD);
    folder.write("broken.json", BROKEN);
    let krakend = |arguments: &[&str]| folder.finish("krakend", arguments);
    let (code, _, talk) = krakend(&["check", "-t", "-c", "krakend.json"]);
    assert_eq!(code, Some(0));
    assert!(talk.ends_with("Syntax OK!\n"), "{talk}");
    let (code, _, talk) = krakend(&["check", "-c", "broken.json"]);
    assert_eq!(code, Some(1));
    let line = "ERROR parsing the configuration file: broken.json:2:3: error[";
    assert!(talk.contains(line), "{talk}");
    let (code, _, talk) = krakend(&["run", "-d", "-c", "broken.json"]);
    assert_eq!(code, Some(255));
    assert!(talk.contains(line), "{talk}");
    let (code, _, talk) = krakend(&["run"]);
    assert_eq!(code, Some(0));
    assert!(
        talk.contains("provide the path to the configuration file with --config"),
        "{talk}"
    );
    assert_eq!(krakend(&["check"]).0, Some(1));
    let (code, _, talk) = krakend(&["version"]);
    assert_eq!(
        (code, talk.lines().next()),
        (Some(0), Some("KrakenD Version: 2.13.8"))
    );
    assert_eq!(krakend(&["run", "--nothing"]).0, Some(255));
}

#[test]
fn the_log_can_be_json() {
    let folder = Folder::with("krakend.json", GOOD);
    let mut gateway = Gateway::start(&folder, &["run", "--log-format", "json", "krakend.json"]);
    gateway.signal("HUP");
    let line = gateway.expect_line("the configuration was reloaded");
    let object: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(object["level"], "info");
}

#[test]
fn a_refused_reload_is_json_where_the_log_is() {
    let folder = Folder::with("krakend.json", GOOD);
    let mut gateway = Gateway::start(&folder, &["run", "--log-format", "json", "krakend.json"]);
    folder.write("krakend.json", BROKEN);
    gateway.signal("HUP");
    let line = gateway.expect_line("krakend.json:2:3: error[");
    let object: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(object["level"], "error");
}

#[test]
fn systemd_is_told_of_start_reload_and_stop() {
    let folder = Folder::with("krakend.json", GOOD);
    let socket = folder.path("notify");
    let systemd = std::os::unix::net::UnixDatagram::bind(&socket).unwrap();
    systemd
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let expect = |part: &str| {
        let mut buffer = [0; 256];
        let length = systemd.recv(&mut buffer).unwrap();
        let message = std::str::from_utf8(&buffer[..length]).unwrap();
        assert!(message.contains(part), "{message:?} instead of {part:?}");
    };
    let variables = [("NOTIFY_SOCKET", socket.to_str().unwrap())];
    let gateway = Gateway::start_with(&folder, &["run", "krakend.json"], &variables);
    expect("READY=1");
    gateway.signal("HUP");
    expect("MONOTONIC_USEC=");
    expect("READY=1");
    gateway.signal("TERM");
    expect("STOPPING=1");
}

#[test]
fn krakends_log_goes_where_the_configuration_says() {
    let folder = Folder::with(
        "krakend.json",
        "{\"version\": 3, \"extra_config\": {\"telemetry/logging\": \
         {\"level\": \"INFO\", \"prefix\": \"[GATE]\", \"stdout\": true}}}",
    );
    let mut gateway = Gateway::start(&folder, &["run", "krakend.json"]);
    gateway.signal("TERM");
    assert_eq!(gateway.exit_code(), Some(0));
    let lines = gateway.data();
    let stopping = lines
        .lines()
        .find(|line| line.contains("stopping"))
        .unwrap_or_default();
    assert!(
        stopping.starts_with("[GATE] ") && stopping.contains(" ▶ INFO "),
        "{lines}"
    );
}

#[test]
fn standard_input_is_a_configuration() {
    let folder = Folder::with("krakend.json", GOOD);
    let (code, data, talk) = folder.finish_with("haleway", &["check", "-"], BROKEN);
    assert_eq!((code, data.as_str()), (Some(1), ""));
    assert!(talk.contains("-:2:3"), "{talk}");
    assert!(Path::new(&folder.path("krakend.json")).exists());
}
