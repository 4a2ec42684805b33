//! How a line looks.

use std::fmt::Display;
use std::io::Write as _;
use std::time::Duration;

use haleway_blueprint::AccessLogFormat;
use http::HeaderName;
use http::header::{HOST, REFERER, USER_AGENT};

use super::Line;
use super::clock::Clock;
use super::escape::{FIELD_BYTES_MAX, go_quoted, hex_escaped, json_string};
use crate::gotext::GoDuration;

/// From here on gin leaves fractions of a second out.
const GIN_FRACTION_MAX: Duration = Duration::from_secs(60);

/// Appends one line.
pub(super) fn write(line: &Line<'_>, clock: &Clock, scratch: &mut Vec<u8>, out: &mut Vec<u8>) {
    match line.format {
        AccessLogFormat::Gin => gin(line, clock, scratch, out),
        AccessLogFormat::Combined => combined(line, clock, out),
        AccessLogFormat::Json => json(line, clock, out),
    }
    out.push(b'\n');
}

/// gin's default formatter without colour (1.11): the path is decoded, the query is not.
fn gin(line: &Line<'_>, clock: &Clock, scratch: &mut Vec<u8>, out: &mut Vec<u8>) {
    let elapsed = match line.elapsed > GIN_FRACTION_MAX {
        true => Duration::from_secs(line.elapsed.as_secs()),
        false => line.elapsed,
    };
    let text = write!(
        out,
        "[GIN] {} | {:>3} | {:>13} | {:>15} | {:<7}  ",
        clock.gin(),
        line.status.as_u16(),
        GoDuration::new(elapsed),
        line.client.to_canonical(),
        line.head.method.as_str(),
    );
    text.expect("a Vec takes everything");
    decode_path(line.head.uri.path(), scratch);
    if let Some(query) = line.head.uri.query().filter(|query| !query.is_empty()) {
        scratch.push(b'?');
        let room = (FIELD_BYTES_MAX + 1).saturating_sub(scratch.len());
        scratch.extend(query.bytes().take(room));
    }
    go_quoted(scratch, out);
}

/// Decodes `%xx` as far as a field is written. What is no encoding stays as it is.
fn decode_path(path: &str, decoded: &mut Vec<u8>) {
    decoded.clear();
    let mut left = path.as_bytes();
    while let [first, behind @ ..] = left
        && decoded.len() <= FIELD_BYTES_MAX
    {
        let (byte, behind) = match (first, behind) {
            (b'%', [high, low, behind @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, behind),
                _ => (b'%', &left[1..]),
            },
            _ => (*first, behind),
        };
        decoded.push(byte);
        left = behind;
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// The combined format of nginx and Apache.
fn combined(line: &Line<'_>, clock: &Clock, out: &mut Vec<u8>) {
    put(
        out,
        format_args!(
            "{} - - [{}] \"",
            line.client.to_canonical(),
            clock.combined()
        ),
    );
    put(out, format_args!("{} ", line.head.method));
    let target = line
        .head
        .uri
        .path_and_query()
        .map_or("", |target| target.as_str());
    hex_escaped(target.as_bytes(), out);
    put(
        out,
        format_args!(" {:?}\" {} ", line.head.version, line.status.as_u16()),
    );
    number(line.body_bytes, out);
    for name in [REFERER, USER_AGENT] {
        out.extend_from_slice(b" \"");
        hex_escaped(header(line, &name), out);
        out.push(b'"');
    }
}

/// One object with the same keys in every line; what is not known is `null` or empty.
fn json(line: &Line<'_>, clock: &Clock, out: &mut Vec<u8>) {
    let (time, milliseconds, offset) = clock.rfc3339();
    put(
        out,
        format_args!("{{\"time\":\"{time}.{milliseconds:03}{offset}\""),
    );
    put(
        out,
        format_args!(",\"client\":\"{}\"", line.client.to_canonical()),
    );
    let uri = &line.head.uri;
    for (key, value) in [
        ("method", line.head.method.as_str().as_bytes()),
        (
            "host",
            uri.host()
                .map_or_else(|| header(line, &HOST), str::as_bytes),
        ),
        ("path", uri.path().as_bytes()),
        ("query", uri.query().unwrap_or_default().as_bytes()),
    ] {
        put(out, format_args!(",\"{key}\":"));
        json_string(value, out);
    }
    put(
        out,
        format_args!(",\"protocol\":\"{:?}\",\"status\":", line.head.version),
    );
    number(u64::from(line.status.as_u16()), out);
    out.extend_from_slice(b",\"body_bytes\":");
    number(line.body_bytes, out);
    out.extend_from_slice(b",\"duration_us\":");
    number(
        u64::try_from(line.elapsed.as_micros()).unwrap_or(u64::MAX),
        out,
    );
    for (key, name) in [("referer", REFERER), ("user_agent", USER_AGENT)] {
        put(out, format_args!(",\"{key}\":"));
        json_string(header(line, &name), out);
    }
    out.push(b'}');
}

fn header<'a>(line: &Line<'a>, name: &HeaderName) -> &'a [u8] {
    line.head
        .headers
        .get(name)
        .map_or(b"", |value| value.as_bytes())
}

fn number(number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

fn put(out: &mut Vec<u8>, text: impl Display) {
    write!(out, "{text}").expect("a Vec takes everything");
}
