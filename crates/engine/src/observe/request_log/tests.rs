use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};

use haleway_blueprint::{LogEndpoint, LogFile, LogForm, LogHttp, LogQueue, Secret, Step};
use haleway_steps::{Consumers, Context, Latencies, Memory, Notes, StepPlan};
use http::{HeaderMap, Request};
use serde_json::Value as Json;

use super::*;

const PATIENCE: Duration = Duration::from_secs(10);

fn sink(step: &Step) -> LogSink {
    let (consumers, memory) = (Arc::new(Consumers::default()), Arc::new(Memory::default()));
    let context = Context {
        consumers: &consumers,
        memory: &memory,
    };
    let plan = StepPlan::compile(step, &context).unwrap();
    plan.log(&Notes::default()).unwrap().clone()
}

fn record(log: &RequestLog, sink: &LogSink, uri: &str) {
    let head = Request::builder().uri(uri).body(()).unwrap().into_parts().0;
    log.record(
        sink,
        &Ended {
            head: &head,
            uri,
            host: "h",
            port: 80,
            tls: None,
            request_id: "",
            request_bytes: 1,
            status: 200,
            answer_headers: &HeaderMap::new(),
            answer_bytes: 1,
            proxied: false,
            upstream_uri: "",
            upstream_status: None,
            tries: &[],
            notes: &Notes::default(),
            route: None,
            service: None,
            described: &[],
            client: [127, 0, 0, 1].into(),
            started_unix_ms: 0,
            latencies: Latencies::default(),
        },
    );
}

fn uris(entries: &str) -> Vec<String> {
    let of = |entry: &Json| entry["request"]["uri"].as_str().unwrap().to_owned();
    match serde_json::from_str(entries).unwrap() {
        Json::Array(entries) => entries.iter().map(of).collect(),
        entry => vec![of(&entry)],
    }
}

fn file(path: &std::path::Path, reopen: bool) -> LogSink {
    sink(&Step::LogFile(LogFile {
        path: path.to_str().unwrap().to_owned(),
        reopen,
        form: LogForm::default(),
    }))
}

fn lines(path: &std::path::Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().flat_map(uris).collect()
}

/// Waits for a file to have so many lines.
fn wait_for_lines(path: &std::path::Path, count: usize) -> Vec<String> {
    let began = Instant::now();
    loop {
        let found = match path.exists() {
            true => lines(path),
            false => Vec::new(),
        };
        if found.len() >= count || began.elapsed() > PATIENCE {
            return found;
        }
        std::thread::yield_now();
    }
}

#[test]
fn entries_of_all_cores_are_appended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    std::fs::write(&path, "{\"request\":{\"uri\":\"/before\"}}\n").unwrap();
    let (logs, cores) = RequestLogs::new(2);
    let sink = file(&path, false);
    for (index, core) in cores.iter().enumerate() {
        record(core, &sink, &format!("/{index}"));
        core.tick();
    }
    record(&cores[0], &sink, "/last");
    drop(cores);
    assert!(logs.finish(PATIENCE));
    let mut found = lines(&path);
    found.sort();
    assert_eq!(found, ["/0", "/1", "/before", "/last"]);
    assert_eq!(logs.dropped(), 0);
}

#[test]
fn a_file_that_is_moved_away_is_followed_only_if_asked() {
    for (reopen, behind) in [(true, &["/second"][..]), (false, &[])] {
        let folder = tempfile::tempdir().unwrap();
        let (path, moved) = (folder.path().join("log"), folder.path().join("moved"));
        let (logs, cores) = RequestLogs::new(1);
        let sink = file(&path, reopen);
        record(&cores[0], &sink, "/first");
        cores[0].tick();
        assert_eq!(wait_for_lines(&path, 1), ["/first"]);
        std::fs::rename(&path, &moved).unwrap();
        record(&cores[0], &sink, "/second");
        drop(cores);
        assert!(logs.finish(PATIENCE));
        let found = if path.exists() { lines(&path) } else { vec![] };
        assert_eq!(found, behind, "reopen: {reopen}");
        assert_eq!(lines(&moved).len() + found.len(), 2);
    }
}

#[test]
fn entries_that_cannot_be_written_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (logs, cores) = RequestLogs::new(1);
    let sink = file(&folder.path().join("none/log"), false);
    record(&cores[0], &sink, "/a");
    record(&cores[0], &sink, "/b");
    drop(cores);
    assert!(logs.finish(PATIENCE));
    assert_eq!(logs.dropped(), 2);
}

#[test]
fn nothing_is_started_where_nothing_is_logged() {
    let (logs, cores) = RequestLogs::new(3);
    cores.iter().for_each(RequestLog::tick);
    drop(cores);
    assert!(logs.finish(Duration::ZERO));
}

/// What a server got.
struct Got {
    head: String,
    body: String,
    /// Which connection it came over.
    connection: usize,
}

/// A server that answers with these statuses in turn, the last one again and again.
fn server(statuses: &'static [u16]) -> (SocketAddr, Receiver<Got>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (got, seen) = channel();
    std::thread::spawn(move || {
        let mut asked = 0;
        for (connection, stream) in listener.incoming().enumerate() {
            if !serve(stream.unwrap(), connection, statuses, &mut asked, &got) {
                return;
            }
        }
    });
    (address, seen)
}

fn serve(
    mut stream: TcpStream,
    connection: usize,
    statuses: &[u16],
    asked: &mut usize,
    got: &Sender<Got>,
) -> bool {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return true;
            }
        }
        let length = head.to_ascii_lowercase();
        let length = length.split("content-length: ").nth(1).unwrap();
        let length: usize = length.lines().next().unwrap().parse().unwrap();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let status = statuses[(*asked).min(statuses.len() - 1)];
        *asked += 1;
        let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\nok");
        stream.write_all(answer.as_bytes()).unwrap();
        let body = String::from_utf8(body).unwrap();
        let got_it = got.send(Got {
            head,
            body,
            connection,
        });
        if got_it.is_err() {
            return false;
        }
    }
}

fn http(address: SocketAddr, edit: impl FnOnce(&mut LogHttp)) -> LogSink {
    let mut step = LogHttp {
        endpoint: LogEndpoint {
            tls: false,
            host: address.ip().to_string(),
            port: address.port(),
            path: "/in".to_owned(),
            authorization: None,
        },
        method: "POST".to_owned(),
        content_type: "application/json".to_owned(),
        headers: vec![],
        timeout_us: 10_000_000,
        keepalive_us: 60_000_000,
        queue: LogQueue {
            batch_entries_max: 1,
            coalescing_us: 1_000_000,
            entries_max: 10_000,
            bytes_max: None,
            retry_us_max: 60_000_000,
            retry_delay_us: 1_000,
            retry_delay_us_max: 60_000_000,
        },
        form: LogForm::default(),
    };
    edit(&mut step);
    sink(&Step::LogHttp(step))
}

#[test]
fn a_server_gets_each_entry_over_one_connection() {
    let (address, seen) = server(&[200]);
    let sink = http(address, |step| {
        step.method = "PUT".to_owned();
        step.headers = vec![
            ("X-Key".to_owned(), Secret("k".into())),
            ("Content-Type".to_owned(), Secret("mine".into())),
        ];
        step.endpoint.authorization = Some(Secret("Basic x".into()));
    });
    let (logs, cores) = RequestLogs::new(1);
    for uri in ["/1", "/2", "/3"] {
        record(&cores[0], &sink, uri);
    }
    drop(cores);
    assert!(logs.finish(PATIENCE));
    for uri in ["/1", "/2", "/3"] {
        let got = seen.recv_timeout(PATIENCE).unwrap();
        assert_eq!(uris(&got.body), [uri]);
        assert_eq!(got.connection, 0);
        assert!(got.head.starts_with("PUT /in HTTP/1.1\r\n"), "{}", got.head);
        for line in [
            format!("Host: {address}"),
            "Content-Type: application/json".to_owned(),
            "Authorization: Basic x".to_owned(),
            "X-Key: k".to_owned(),
        ] {
            assert!(
                got.head.contains(&format!("{line}\r\n")),
                "{line} in {}",
                got.head
            );
        }
    }
    assert_eq!(logs.dropped(), 0);
}

#[test]
fn entries_go_together_until_a_batch_is_full_or_late() {
    let (address, seen) = server(&[200]);
    let sink = http(address, |step| {
        step.queue.batch_entries_max = 2;
        step.queue.coalescing_us = 100_000;
    });
    let (logs, cores) = RequestLogs::new(1);
    for uri in ["/1", "/2", "/3"] {
        record(&cores[0], &sink, uri);
    }
    cores[0].tick();
    let first = seen.recv_timeout(PATIENCE).unwrap();
    assert_eq!(uris(&first.body), ["/1", "/2"]);
    // Nobody joins the third, which goes alone, as a list.
    let second = seen.recv_timeout(PATIENCE).unwrap();
    assert_eq!(uris(&second.body), ["/3"]);
    assert!(second.body.starts_with('['));
    drop(cores);
    assert!(logs.finish(PATIENCE));
}

#[test]
fn what_is_not_taken_is_sent_again() {
    let (address, seen) = server(&[500, 302, 200]);
    let sink = http(address, |_| {});
    let (logs, cores) = RequestLogs::new(1);
    record(&cores[0], &sink, "/1");
    drop(cores);
    assert!(logs.finish(PATIENCE));
    for _ in 0..3 {
        assert_eq!(uris(&seen.recv_timeout(PATIENCE).unwrap().body), ["/1"]);
    }
    assert!(seen.try_recv().is_err());
    assert_eq!(logs.dropped(), 0);
}

#[test]
fn what_nobody_takes_in_time_is_lost() {
    let closed = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let sink = http(address, |step| step.queue.retry_us_max = 20_000);
    let (logs, cores) = RequestLogs::new(1);
    record(&cores[0], &sink, "/1");
    drop(cores);
    assert!(logs.finish(PATIENCE));
    assert_eq!(logs.dropped(), 1);
}

#[test]
fn the_oldest_entries_make_place() {
    let (address, seen) = server(&[200]);
    let sink = http(address, |step| {
        step.queue.entries_max = 2;
        step.queue.batch_entries_max = 10;
        step.queue.coalescing_us = 0;
    });
    let (logs, cores) = RequestLogs::new(1);
    for uri in ["/1", "/2", "/3"] {
        record(&cores[0], &sink, uri);
    }
    drop(cores);
    assert!(logs.finish(PATIENCE));
    let got = seen.recv_timeout(PATIENCE).unwrap();
    assert_eq!(uris(&got.body), ["/2", "/3"]);
    assert_eq!(logs.dropped(), 1);
}
