use haleway_blueprint::{Consumer, Origin};
use http::{HeaderName, HeaderValue};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::Consumers;
use crate::rehearsal::Rehearsal;

fn form() -> LogForm {
    LogForm {
        request_id: true,
        source: Some(("upstream".to_owned(), "kong".to_owned())),
        receive: true,
        workspace: Some(("id".to_owned(), "default".to_owned())),
        fields: vec![],
    }
}

fn known() -> Notes {
    let consumer = Consumer {
        id: "c-1".to_owned(),
        username: Some("alice".to_owned()),
        custom_id: None,
        tags: vec!["a".to_owned()],
        groups: vec![],
        keys: vec![],
        passwords: vec![],
        tokens: vec![],
        origin: Origin::default_value(),
    };
    Notes {
        consumer: Consumers::new(&[consumer]).by_id("c-1").cloned(),
        credential: Some("k-1".into()),
        secret_headers: vec![HeaderName::from_static("apikey")],
        logged: vec![("correlation_id".to_owned(), "x#1".to_owned())],
        ..Notes::default()
    }
}

fn ended<'a>(rehearsal: &'a Rehearsal, answer: &'a HeaderMap, tries: &'a [Tried]) -> Ended<'a> {
    let uri = rehearsal.head.uri.path_and_query().unwrap().as_str();
    Ended {
        head: &rehearsal.head,
        uri,
        host: "example.com",
        port: 8000,
        tls: None,
        request_id: "0123",
        request_bytes: 100,
        status: 200,
        answer_headers: answer,
        answer_bytes: 200,
        proxied: !tries.is_empty(),
        upstream_uri: "/up?a=1",
        upstream_status: Some(200),
        tries,
        notes: &rehearsal.notes,
        route: Some("r"),
        service: Some("s"),
        described: &[],
        client: [10, 0, 0, 1].into(),
        started_unix_ms: 1_700_000_000_123,
        latencies: Latencies {
            request_ms: 12,
            own_ms: 2,
            upstream_ms: Some(9),
            receive_ms: 1,
        },
    }
}

fn entry(form: &LogForm, ended: &Ended<'_>) -> Json {
    let mut out = Vec::new();
    write_entry(form, ended, &mut out);
    assert!(!out.contains(&b'\n'));
    serde_json::from_slice(&out).unwrap()
}

/// Tries that end in each way, and what is told of them.
fn tries() -> ([Tried; 4], Json) {
    let sought_unix_ms = 1_700_000_000_125;
    let found = |failed| {
        Some(Found {
            ip: [127, 0, 0, 1].into(),
            port: 80,
            sought_ms: 2,
            failed,
        })
    };
    let tries = [found(Some(504)), found(Some(404)), found(None), None];
    let told = json!({
        "balancer_start": sought_unix_ms, "ip": "127.0.0.1", "port": 80, "balancer_latency": 2,
    });
    let with = |state: &str, code: u16| {
        let mut told = told.clone();
        told["state"] = Json::from(state);
        told["code"] = Json::from(code);
        told
    };
    let in_vain = json!({"balancer_start": sought_unix_ms});
    let all = json!([with("failed", 504), with("next", 404), told, in_vain]);
    let tries = tries.map(|found| Tried {
        sought_unix_ms,
        found,
    });
    (tries, all)
}

#[test]
fn an_entry_tells_all() {
    let mut rehearsal = Rehearsal::get("/a?x=1&x=2&flag&apikey=s%20ecret")
        .header("accept", "*/*")
        .header("x-two", "a")
        .header("x-two", "b\"")
        .header("apikey", "secret")
        .header("authorization", "Basic x");
    rehearsal.notes = known();
    let mut answer = HeaderMap::new();
    answer.insert("content-type", HeaderValue::from_static("text/plain"));
    let (tries, told) = tries();
    let described = [(
        "route".to_owned(),
        JsonText::new("{\n\"name\": \"r\"}").unwrap(),
    )];
    let ended = Ended {
        described: &described,
        tls: Some(TlsSeen {
            version: "TLSv1.3",
            cipher: "C",
            client_verify: "NONE",
        }),
        ..ended(&rehearsal, &answer, &tries)
    };
    let uri = "/a?x=1&x=2&flag&apikey=REDACTED";
    assert_eq!(
        entry(&form(), &ended),
        json!({
            "request": {
                "id": "0123", "method": "GET", "uri": uri,
                "url": format!("https://example.com:8000{uri}"),
                "querystring": {"x": ["1", "2"], "flag": true, "apikey": "REDACTED"},
                "headers": {
                    "accept": "*/*", "x-two": ["a", "b\""], "apikey": "REDACTED",
                    "authorization": "REDACTED",
                },
                "size": 100,
                "tls": {"version": "TLSv1.3", "cipher": "C", "client_verify": "NONE"},
            },
            "upstream_uri": "/up?a=1", "upstream_status": "200",
            "response": {"status": 200, "headers": {"content-type": "text/plain"}, "size": 200},
            "latencies": {"request": 12, "kong": 2, "proxy": 9, "receive": 1},
            "tries": told,
            "route": {"name": "r"},
            "authenticated_entity": {"id": "k-1", "consumer_id": "c-1"},
            "consumer": {"id": "c-1", "username": "alice", "tags": ["a"]},
            "client_ip": "10.0.0.1", "started_at": 1_700_000_000_123_u64,
            "source": "upstream", "workspace": "id", "workspace_name": "default",
            "correlation_id": "x#1",
        })
    );
}

#[test]
fn an_older_form_tells_less() {
    let rehearsal = Rehearsal::get("/");
    let answer = HeaderMap::new();
    let ended = Ended {
        upstream_uri: "",
        upstream_status: None,
        latencies: Latencies {
            upstream_ms: None,
            ..ended(&rehearsal, &answer, &[]).latencies
        },
        ..ended(&rehearsal, &answer, &[])
    };
    let entry = entry(&LogForm::default(), &ended);
    assert_eq!(
        entry["latencies"],
        json!({"request": 12, "kong": 3, "proxy": -1})
    );
    assert_eq!(entry["upstream_status"], "");
    assert_eq!(entry["tries"], json!({}));
    for absent in ["source", "workspace", "consumer", "route", "tls"] {
        assert_eq!(entry[absent], Json::Null, "{absent}");
    }
    assert_eq!(entry["request"]["id"], Json::Null);
}

#[test]
fn without_a_route_no_endpoint_is_looked_for() {
    let rehearsal = Rehearsal::get("/");
    let answer = HeaderMap::new();
    let ended = Ended {
        route: None,
        ..ended(&rehearsal, &answer, &[])
    };
    assert_eq!(entry(&form(), &ended)["tries"], Json::Null);
}

#[test]
fn fields_are_set_and_taken_away() {
    let rehearsal = Rehearsal::get("/").header("cookie", "secret");
    let answer = HeaderMap::new();
    let set = |path: &str, json: &str| (path.to_owned(), Some(JsonText::new(json).unwrap()));
    let gone = |path: &str| (path.to_owned(), None);
    let form = LogForm {
        fields: vec![
            gone("request.headers.cookie"),
            gone("response"),
            gone("none.at.all"),
            set("a.b", "1"),
            set("client_ip", "\"hidden\""),
            set("started_at.x", "2"),
        ],
        ..LogForm::default()
    };
    let entry = entry(&form, &ended(&rehearsal, &answer, &[]));
    assert_eq!(entry["request"]["headers"], json!({}));
    assert_eq!(entry["response"], Json::Null);
    assert_eq!(entry["none"], Json::Null);
    assert_eq!(entry["a"], json!({"b": 1}));
    assert_eq!(entry["client_ip"], "hidden");
    assert_eq!(entry["started_at"], 1_700_000_000_123_u64);
}

#[test]
fn sinks_of_one_file_have_one_key() {
    let file = |path: &str, receive| {
        LogSink::file(&LogFile {
            path: path.to_owned(),
            reopen: false,
            form: LogForm {
                receive,
                ..LogForm::default()
            },
        })
    };
    assert_eq!(file("a", true).key(), file("a", false).key());
    assert_ne!(file("a", true).key(), file("b", true).key());
}

proptest! {
    #[test]
    fn hostile_bytes_give_one_line_of_json(
        value in prop::collection::vec(any::<u8>(), 0..30),
        uri in "/[a-z?&=%+0-9]{0,30}",
        text in ".{0,20}",
    ) {
        let mut rehearsal = Rehearsal::get("/");
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            rehearsal.head.headers.insert("x", value);
        }
        rehearsal.notes.secret_headers.push(HeaderName::from_static("a"));
        let answer = HeaderMap::new();
        let ended = Ended { uri: &uri, host: &text, request_id: &text, ..ended(&rehearsal, &answer, &[]) };
        let entry = entry(&form(), &ended);
        prop_assert_eq!(&entry["request"]["id"], &Json::from(text.clone()));
    }
}
