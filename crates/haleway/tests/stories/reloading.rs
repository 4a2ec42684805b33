//! Another configuration while requests are served.

use std::os::unix::fs::symlink;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;

use serde_json::{Value, json};

use crate::harness::config::{no_op, service, with};
use crate::harness::upstream::answer;
use crate::harness::{Client, Gateway, Start, Upstream, free_port, get, post, until};

/// A configuration with one endpoint that gives this text.
fn telling(path: &str, text: &str) -> String {
    json!({
        "version": 3,
        "endpoints": [{
            "endpoint": path,
            "backend": [{"url_pattern": "/__health", "host": ["http://127.0.0.1:10"]}],
            "extra_config": {"proxy": {"static": {"strategy": "always", "data": {"told": text}}}},
        }],
    })
    .to_string()
}

fn told(gateway: &Gateway, path: &str) -> Value {
    get(gateway.address(), path).json()["told"].clone()
}

#[test]
fn a_hangup_brings_the_new_configuration_and_a_bad_one_leaves_the_old() {
    let gateway = Gateway::start(&telling("/a", "first"));
    assert_eq!(told(&gateway, "/a"), "first");
    gateway.write(&telling("/a", "second"));
    gateway.signal("HUP");
    gateway.expect_talk("the configuration was reloaded");
    assert_eq!(told(&gateway, "/a"), "second");
    for (bad, place) in [
        ("{\n  \"version: 3\n}", "krakend.json:2:3: error["),
        (
            "{\n \"version\": 3,\n \"endpoints\": [{\"endpoint\": \"a\"}]\n}",
            "krakend.json:3:16: error[",
        ),
        ("{\"version\": 1}", "krakend.json:1:13: error["),
    ] {
        gateway.write(bad);
        let reloaded = post(gateway.admin(), "/v1/reload", "");
        assert_eq!(reloaded.status(), 422, "{bad}");
        assert!(reloaded.text().contains(place), "{}", reloaded.text());
        gateway.expect_talk(place);
        let ready = get(gateway.admin(), "/readyz?verbose");
        assert_eq!(ready.status(), 200);
        assert!(ready.text().contains(place), "{}", ready.text());
        assert_eq!(told(&gateway, "/a"), "second");
    }
    assert_eq!(
        gateway.metric("haleway_config_reloads_total{result=\"refused\"}") as u64,
        3
    );
    gateway.write(&telling("/b", "third"));
    assert_eq!(post(gateway.admin(), "/v1/reload", "").status(), 200);
    assert_eq!(told(&gateway, "/b"), "third");
    assert_eq!(get(gateway.address(), "/a").status(), 404);
    let ready = get(gateway.admin(), "/readyz?verbose");
    assert!(!ready.text().contains("error["), "{}", ready.text());
}

#[test]
fn a_request_in_flight_ends_on_the_configuration_that_it_began_on() {
    let (arrived, seen) = channel();
    let (go_on, waits) = channel::<()>();
    let (arrived, waits) = (Mutex::new(arrived), Mutex::new(waits));
    let upstream = Upstream::with(move |peer| {
        while peer.request().is_some() {
            arrived.lock().unwrap().send(()).unwrap();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
            waits.lock().unwrap().recv().unwrap();
            peer.send("-last");
        }
    });
    let gateway = Gateway::start(&service(&[no_op("GET", &upstream)]));
    let mut client = Client::connect(gateway.address());
    client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    seen.recv_timeout(crate::harness::DEADLINE).unwrap();
    gateway.write(&telling("/b", "new"));
    assert_eq!(post(gateway.admin(), "/v1/reload", "").status(), 200);
    assert_eq!(get(gateway.address(), "/x").status(), 404);
    go_on.send(()).unwrap();
    let answer = client.answer();
    assert_eq!((answer.status(), answer.text()), (200, "first-last"));
    // The connection stays, and its next request sees the new one.
    assert_eq!(client.ask("GET", "/x").status(), 404);
}

#[test]
fn a_watched_file_and_a_mounted_folder_are_read_again_when_they_change() {
    let gateway = Start::with(&telling("/a", "first"))
        .argument("--watch")
        .go();
    std::fs::write(gateway.path("krakend.json"), telling("/a", "second")).unwrap();
    until("the written file serves", || {
        told(&gateway, "/a") == "second"
    });
    gateway.write(&telling("/a", "third"));
    until("the file put in its place serves", || {
        told(&gateway, "/a") == "third"
    });

    // As Kubernetes mounts a ConfigMap: the file is a link through a link that is replaced.
    let start = Start::with("")
        .config("mounted/krakend.json")
        .argument("--watch");
    let put = |folder: &std::path::Path, name: &str, text: &str| {
        let version = folder.join(name);
        std::fs::create_dir_all(&version).unwrap();
        std::fs::write(version.join("krakend.json"), telling("/a", text)).unwrap();
        symlink(name, folder.join("..data_tmp")).unwrap();
        std::fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
    };
    let mounted = start.path("mounted");
    put(&mounted, "..one", "one");
    symlink("..data/krakend.json", mounted.join("krakend.json")).unwrap();
    let gateway = start.go();
    assert_eq!(told(&gateway, "/a"), "one");
    for (name, before) in [("two", "..one"), ("three", "..two")] {
        put(&mounted, &format!("..{name}"), name);
        std::fs::remove_dir_all(mounted.join(before)).unwrap();
        until("the swapped folder serves", || told(&gateway, "/a") == name);
    }
}

#[test]
fn a_hundred_reloads_under_load_fail_no_request() {
    const CLIENTS: usize = 4;
    let upstream = Upstream::by(|request| {
        answer(
            200,
            "application/json",
            &json!({"asked": request.asked()}).to_string(),
        )
    });
    let config = |number: usize| {
        let composed = json!({
            "endpoint": "/m",
            "backend": [{"url_pattern": format!("/{number}"), "host": [upstream.host()]}],
        });
        service(&[no_op("GET", &upstream), composed])
    };
    let gateway = Gateway::start(&config(0));
    let (done, served) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for number in 0..CLIENTS {
            let (done, served, address) = (&done, &served, gateway.address());
            scope.spawn(move || {
                let mut client = Client::connect(address);
                let target = ["/x", "/m"][number % 2];
                while !done.load(Ordering::SeqCst) {
                    client.send(format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
                    let answer = client.try_answer();
                    let fine = answer.as_ref().is_ok_and(|it| it.status() == 200);
                    if !fine {
                        done.store(true, Ordering::SeqCst);
                        panic!("{target}: {answer:?}");
                    }
                    served.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        for number in 1..=100 {
            let before = served.load(Ordering::SeqCst);
            gateway.write(&config(number));
            match number % 2 {
                0 => assert_eq!(post(gateway.admin(), "/v1/reload", "").status(), 200),
                _ => gateway.signal("HUP"),
            }
            until("requests go on", || {
                done.load(Ordering::SeqCst) || served.load(Ordering::SeqCst) > before + CLIENTS
            });
        }
        done.store(true, Ordering::SeqCst);
    });
    assert!(served.load(Ordering::SeqCst) > 400);
    until("the last one serves", || {
        get(gateway.address(), "/m").json()["asked"] == "GET /100"
    });
    assert_eq!(
        gateway.metric("haleway_config_reloads_total{result=\"refused\"}") as u64,
        0
    );
}

#[test]
fn a_changed_port_opens_the_new_listener_and_closes_the_old() {
    let (first, second) = (free_port(), free_port());
    let config = |port: u16| {
        let config: Value = serde_json::from_str(&telling("/a", "moved")).unwrap();
        with(config, json!({"port": port})).to_string()
    };
    let gateway = Start::with(&config(first)).own_port().go();
    assert_eq!(gateway.address().port(), first);
    let mut resting = Client::connect(gateway.address());
    assert_eq!(resting.ask("GET", "/a").status(), 200);
    gateway.write(&config(second));
    assert_eq!(post(gateway.admin(), "/v1/reload", "").status(), 200);
    let moved = std::net::SocketAddr::from(([127, 0, 0, 1], second));
    assert_eq!(get(moved, "/a").status(), 200);
    until("the old port is closed", || {
        std::net::TcpStream::connect(gateway.address()).is_err()
    });

    assert!(resting.is_closed());

    // A port that somebody else has: refused, and the second one goes on.
    let taken = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    gateway.write(&config(taken.local_addr().unwrap().port()));
    let refused = post(gateway.admin(), "/v1/reload", "");
    assert_eq!(refused.status(), 422);
    assert!(
        refused.text().contains("the port is in use"),
        "{}",
        refused.text()
    );
    assert_eq!(get(moved, "/a").status(), 200);
}
