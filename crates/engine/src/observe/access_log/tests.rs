//! Lines, and their way to the writer.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use haleway_blueprint::AccessLogFormat;
use http::header::{HOST, REFERER, USER_AGENT};
use http::request::Parts;
use http::{HeaderValue, Request, StatusCode};
use jiff::Timestamp;

use super::{AccessLog, AccessLogWriter, BUFFER_BYTES_FULL, Line, QUEUE_BUFFERS_MAX};
use crate::gotext::local;
use crate::observe::{CoreMetrics, write_metrics};

const WAIT_MAX: Duration = Duration::from_secs(10);

/// Keeps what is written, for all its clones.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn head(target: &str) -> Parts {
    Request::builder()
        .method("GET")
        .uri(target)
        .body(())
        .unwrap()
        .into_parts()
        .0
}

fn line<'a>(format: AccessLogFormat, head: &'a Parts) -> Line<'a> {
    Line {
        format,
        head,
        status: StatusCode::OK,
        body_bytes: 120,
        elapsed: Duration::from_nanos(135_200),
        client: [127, 0, 0, 1].into(),
    }
}

fn start(out: impl Write + Send + 'static) -> (AccessLogWriter, AccessLog, Arc<CoreMetrics>) {
    let metrics = Arc::new(CoreMetrics::default());
    let (writer, mut logs) =
        AccessLogWriter::start(Box::new(out), std::slice::from_ref(&metrics)).unwrap();
    (writer, logs.remove(0), metrics)
}

fn dropped(metrics: &Arc<CoreMetrics>) -> u64 {
    let mut text = String::new();
    write_metrics(std::slice::from_ref(metrics), &mut text);
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix("haleway_access_log_dropped_total "));
    value.unwrap().parse().unwrap()
}

fn time() -> Timestamp {
    "2026-01-02T03:04:05.678Z".parse().unwrap()
}

fn written(line: &Line<'_>) -> String {
    let out = Kept::default();
    let (writer, log, _) = start(out.clone());
    log.record_at(line, time());
    drop(log);
    assert!(writer.finish(WAIT_MAX));
    out.text()
}

fn local_time(format: &str) -> String {
    local(time()).strftime(format).to_string()
}

#[test]
fn gin_lines_are_gins() {
    let head = head("/a%20b?x=%20y");
    let time = local_time("%Y/%m/%d - %H:%M:%S");
    assert_eq!(
        written(&line(AccessLogFormat::Gin, &head)),
        format!(
            "[GIN] {time} | 200 |       135.2µs |       127.0.0.1 | GET      \"/a b?x=%20y\"\n"
        )
    );
    let slow = Line {
        elapsed: Duration::from_millis(61_234),
        client: "2001:db8::1234:5678:9abc".parse().unwrap(),
        status: StatusCode::NOT_FOUND,
        ..line(AccessLogFormat::Gin, &head)
    };
    assert_eq!(
        written(&slow),
        format!(
            "[GIN] {time} | 404 |          1m1s | 2001:db8::1234:5678:9abc | \
             GET      \"/a b?x=%20y\"\n"
        )
    );
}

#[test]
fn combined_lines_are_nginxs() {
    let mut head = head("/a%20b?x=1");
    head.headers
        .insert(USER_AGENT, HeaderValue::from_bytes(b"x\"\xff").unwrap());
    head.headers
        .insert(REFERER, HeaderValue::from_static("http://a/"));
    let time = local_time("%d/%b/%Y:%H:%M:%S %z");
    assert_eq!(
        written(&line(AccessLogFormat::Combined, &head)),
        format!(
            "127.0.0.1 - - [{time}] \"GET /a%20b?x=1 HTTP/1.1\" 200 120 \"http://a/\" \
             \"x\\x22\\xFF\"\n"
        )
    );
    head.headers.clear();
    let bare = Line {
        body_bytes: 0,
        ..line(AccessLogFormat::Combined, &head)
    };
    assert!(written(&bare).ends_with("\" 200 0 \"-\" \"-\"\n"));
}

#[test]
fn json_lines_have_fixed_keys() {
    let mut head = head("/a%20b?x=1");
    head.headers
        .insert(HOST, HeaderValue::from_static("a.example:80"));
    head.headers
        .insert(USER_AGENT, HeaderValue::from_bytes(b"x\"\\\t").unwrap());
    let time = local_time("%Y-%m-%dT%H:%M:%S.678%:z");
    assert_eq!(
        written(&line(AccessLogFormat::Json, &head)),
        format!(
            "{{\"time\":\"{time}\",\"client\":\"127.0.0.1\",\"method\":\"GET\",\
             \"host\":\"a.example:80\",\"path\":\"/a%20b\",\"query\":\"x=1\",\
             \"protocol\":\"HTTP/1.1\",\"status\":200,\"body_bytes\":120,\"duration_us\":135,\
             \"referer\":\"\",\"user_agent\":\"x\\\"\\\\\\t\"}}\n"
        )
    );
}

#[test]
fn no_request_writes_a_line_of_its_own() {
    let mut head = head("/a%0A[GIN]%0D%22%1b%e2%80%a8%zz%?b=%0A");
    for name in [USER_AGENT, REFERER, HOST] {
        head.headers.insert(
            name,
            HeaderValue::from_bytes(b"\xe2\x80\xa8\t\xff\"\\").unwrap(),
        );
    }
    for format in [
        AccessLogFormat::Gin,
        AccessLogFormat::Combined,
        AccessLogFormat::Json,
    ] {
        let text = written(&line(format, &head));
        assert_eq!(text.lines().count(), 1, "{text}");
        let line = text.strip_suffix('\n').unwrap();
        assert!(
            !line.contains(|character: char| character.is_control()),
            "{line}"
        );
        assert!(!line.contains('\u{2028}'), "{line}");
    }
}

#[test]
fn a_full_buffer_and_a_tick_hand_over() {
    let out = Kept::default();
    let (writer, log, metrics) = start(out.clone());
    let head = head("/");
    let line = line(AccessLogFormat::Gin, &head);
    let mut lines = 0;
    while log.state.borrow().lines == lines {
        log.record(&line);
        lines += 1;
    }
    assert!(lines as usize * 60 < BUFFER_BYTES_FULL * 2, "{lines}");
    log.record(&line);
    log.tick();
    assert_eq!(log.state.borrow().lines, 0);
    drop(log);
    assert!(writer.finish(WAIT_MAX));
    assert_eq!(out.text().lines().count() as u64, lines + 1);
    assert_eq!(dropped(&metrics), 0);
}

/// Takes nothing until its lock is free.
struct Stuck(Arc<Mutex<()>>, Kept);

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _free = self.0.lock().unwrap();
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_stuck_writer_costs_lines_and_they_are_counted() {
    let gate = Arc::new(Mutex::new(()));
    let out = Kept::default();
    let (writer, log, metrics) = start(Stuck(gate.clone(), out.clone()));
    let closed = gate.lock().unwrap();
    let head = head("/");
    let total = 2 * QUEUE_BUFFERS_MAX as u64;
    for _ in 0..total {
        log.record(&line(AccessLogFormat::Gin, &head));
        log.tick();
    }
    let lost = dropped(&metrics);
    assert!(lost >= total - QUEUE_BUFFERS_MAX as u64 - 1, "{lost}");
    drop(closed);
    drop(log);
    assert!(writer.finish(WAIT_MAX));
    assert_eq!(out.text().lines().count() as u64, total - lost);
}

struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn lines_that_cannot_be_written_are_counted() {
    let (writer, log, metrics) = start(Broken);
    let head = head("/");
    log.record(&line(AccessLogFormat::Json, &head));
    log.record(&line(AccessLogFormat::Json, &head));
    drop(log);
    assert!(writer.finish(WAIT_MAX));
    assert_eq!(dropped(&metrics), 2);
}

#[test]
fn a_log_that_lives_keeps_the_writer() {
    let (writer, log, _) = start(Kept::default());
    assert!(!writer.finish(Duration::from_millis(20)));
    drop(log);
}

#[test]
fn written_buffers_are_filled_again() {
    let out = Kept::default();
    let (_writer, log, _) = start(out.clone());
    let head = head("/");
    let deadline = std::time::Instant::now() + WAIT_MAX;
    let mut reused = false;
    while !reused && std::time::Instant::now() < deadline {
        log.record(&line(AccessLogFormat::Gin, &head));
        log.tick();
        let state = log.state.borrow();
        reused = state.buffer.is_empty() && state.buffer.capacity() > 0;
    }
    assert!(reused);
}
