//! Entries about ended requests: where they go and what they tell (Kong 3, `kong.log.serialize` in
//! `kong/pdk/log.lua`).

mod edit;
mod json;
mod secrets;
#[cfg(test)]
mod tests;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

use haleway_blueprint::{JsonText, LogFile, LogForm, LogHttp, RequestMetrics};
use http::HeaderMap;
use http::request::Parts;

use self::json::JsonWriter;
use self::secrets::Secrets;
use crate::{Known, Notes};

/// Where entries about ended requests go.
#[derive(Clone, Debug)]
pub struct LogSink {
    key: u64,
    target: LogTarget,
}

/// A kind of sink.
#[derive(Clone, Debug)]
pub enum LogTarget {
    /// A file.
    File(Arc<LogFile>),
    /// A server.
    Http(Arc<LogHttp>),
    /// Counters, which need no entry.
    Metrics(Arc<RequestMetrics>),
}

impl LogSink {
    pub(crate) fn file(step: &LogFile) -> Self {
        Self {
            key: key(&(&step.path, step.reopen)),
            target: LogTarget::File(Arc::new(step.clone())),
        }
    }

    pub(crate) fn http(step: &LogHttp) -> Self {
        let LogHttp {
            endpoint,
            method,
            content_type,
            headers,
            timeout_us,
            keepalive_us,
            queue,
            form: _,
        } = step;
        let queue = format!("{queue:?} {timeout_us} {keepalive_us}");
        let endpoint = (
            (endpoint.tls, &endpoint.host, endpoint.port),
            (&endpoint.path, &endpoint.authorization),
        );
        Self {
            key: key(&(endpoint, method, content_type, headers, queue)),
            target: LogTarget::Http(Arc::new(step.clone())),
        }
    }

    pub(crate) fn metrics(step: &RequestMetrics) -> Self {
        Self {
            key: key(&step.families),
            target: LogTarget::Metrics(Arc::new(step.clone())),
        }
    }

    /// Identity of the file, the queue or the families, stable over reloads.
    #[must_use]
    pub fn key(&self) -> u64 {
        self.key
    }

    /// What kind of sink it is.
    #[must_use]
    pub fn target(&self) -> &LogTarget {
        &self.target
    }

    /// What an entry tells; `None` where none is needed.
    #[must_use]
    pub fn form(&self) -> Option<&LogForm> {
        match &self.target {
            LogTarget::File(file) => Some(&file.form),
            LogTarget::Http(server) => Some(&server.form),
            LogTarget::Metrics(_) => None,
        }
    }
}

fn key(content: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

/// A request that has ended: its answer is out, or its client is gone.
pub struct Ended<'a> {
    /// Its head, as steps have left it.
    pub head: &'a Parts,
    /// Path and query as they came.
    pub uri: &'a str,
    /// The host that it asked for, without a port.
    pub host: &'a str,
    /// The port that it came in at.
    pub port: u16,
    /// TLS, where it came over that.
    pub tls: Option<TlsSeen<'a>>,
    /// Its id; empty where there is none.
    pub request_id: &'a str,
    /// Its bytes: line, headers and body.
    pub request_bytes: u64,
    /// Status of the answer.
    pub status: u16,
    /// Headers of the answer.
    pub answer_headers: &'a HeaderMap,
    /// Bytes of the answer: line, headers and body.
    pub answer_bytes: u64,
    /// An endpoint gave the answer.
    pub proxied: bool,
    /// Path and query as an endpoint got them; empty where none was asked.
    pub upstream_uri: &'a str,
    /// Status of the last endpoint that was asked, if it gave one.
    pub upstream_status: Option<u16>,
    /// The endpoints that were asked, one after the other.
    pub tries: &'a [Tried],
    /// What steps have found out.
    pub notes: &'a Notes,
    /// Name of the route, if one was found.
    pub route: Option<&'a str>,
    /// Name of the service.
    pub service: Option<&'a str>,
    /// What logs tell about the route, key by key.
    pub described: &'a [(String, JsonText)],
    /// Address of the client, behind trusted proxies.
    pub client: IpAddr,
    /// When it came, in milliseconds since 1970.
    pub started_unix_ms: u64,
    /// How long it took.
    pub latencies: Latencies,
}

/// TLS of a client's connection.
#[derive(Clone, Copy, Debug)]
pub struct TlsSeen<'a> {
    /// `TLSv1.3`.
    pub version: &'a str,
    /// `TLS_AES_256_GCM_SHA384`.
    pub cipher: &'a str,
    /// Whether the client's certificate was checked: `NONE`.
    pub client_verify: &'a str,
}

/// An endpoint that was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    /// When it began to be looked for, in milliseconds since 1970.
    pub sought_unix_ms: u64,
    /// The endpoint that was asked; `None` where there was no other one.
    pub found: Option<Found>,
}

/// An endpoint that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its address.
    pub ip: IpAddr,
    /// Its port.
    pub port: u16,
    /// How long it was looked for, in milliseconds.
    pub sought_ms: u64,
    /// The status that stands for its failure, where another one was looked for.
    pub failed: Option<u16>,
}

/// How long a request took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latencies {
    /// From its first byte to the last one of the answer.
    pub request_ms: u64,
    /// Until the last endpoint was asked; without one, until the answer.
    pub own_ms: u64,
    /// From there to the answer's head; `None` where no endpoint was asked.
    pub upstream_ms: Option<u64>,
    /// From the answer's head to its last byte.
    pub receive_ms: u64,
}

/// Appends the entry about a request: one JSON object without line breaks.
pub fn write_entry(form: &LogForm, ended: &Ended<'_>, out: &mut Vec<u8>) {
    let begin = out.len();
    write_all(form, ended, out);
    if !form.fields.is_empty() {
        edit::set_fields(&form.fields, out, begin);
    }
}

fn write_all(form: &LogForm, ended: &Ended<'_>, out: &mut Vec<u8>) {
    let secrets = Secrets::new(&ended.notes.secret_headers);
    let mut json = JsonWriter::new(out);
    json.object(|entry| {
        entry.field("request", |json| write_request(json, form, ended, &secrets));
        entry.text("upstream_uri", &secrets.masked(ended.upstream_uri));
        let status = ended.upstream_status.map(|status| status.to_string());
        entry.text("upstream_status", status.as_deref().unwrap_or_default());
        entry.field("response", |json| {
            json.object(|answer| {
                answer.number("status", u64::from(ended.status));
                answer.field("headers", |json| {
                    json.headers(ended.answer_headers, |_| false)
                });
                answer.number("size", ended.answer_bytes);
            });
        });
        entry.field("latencies", |json| {
            write_latencies(json, form, &ended.latencies)
        });
        match ended.tries {
            [] if ended.route.is_none() => {}
            // Lua knows no empty list.
            [] => entry.field("tries", |json| json.raw("{}")),
            tries => entry.field("tries", |json| json.list(tries, write_try)),
        }
        for (key, described) in ended.described {
            entry.field(key, |json| json.raw(described.as_str()));
        }
        write_who(entry, ended.notes);
        entry.text("client_ip", &ended.client.to_string());
        entry.number("started_at", ended.started_unix_ms);
        if let Some((upstream, own)) = &form.source {
            entry.text("source", if ended.proxied { upstream } else { own });
        }
        if let Some((id, name)) = &form.workspace {
            entry.text("workspace", id);
            entry.text("workspace_name", name);
        }
        for (key, value) in &ended.notes.logged {
            entry.text(key, value);
        }
    });
}

fn write_request(
    json: &mut JsonWriter<'_>,
    form: &LogForm,
    ended: &Ended<'_>,
    secrets: &Secrets<'_>,
) {
    let head = ended.head;
    let uri = secrets.masked(ended.uri);
    let scheme = if ended.tls.is_some() { "https" } else { "http" };
    let query = ended.uri.split_once('?').map_or("", |(_, query)| query);
    json.object(|request| {
        if form.request_id {
            request.text("id", ended.request_id);
        }
        request.text("method", head.method.as_str());
        request.text("uri", &uri);
        let url = format!("{scheme}://{}:{}{uri}", ended.host, ended.port);
        request.text("url", &url);
        request.field("querystring", |json| json.arguments(query, secrets));
        request.field("headers", |json| {
            json.headers(&head.headers, |name| secrets.hides_header(name));
        });
        request.number("size", ended.request_bytes);
        if let Some(tls) = &ended.tls {
            request.field("tls", |json| {
                json.object(|seen| {
                    seen.text("version", tls.version);
                    seen.text("cipher", tls.cipher);
                    seen.text("client_verify", tls.client_verify);
                });
            });
        }
    });
}

fn write_latencies(json: &mut JsonWriter<'_>, form: &LogForm, times: &Latencies) {
    json.object(|latencies| {
        latencies.number("request", times.request_ms);
        let more = if form.receive { 0 } else { times.receive_ms };
        latencies.number("kong", times.own_ms + more);
        match times.upstream_ms {
            Some(upstream_ms) => latencies.number("proxy", upstream_ms),
            None => latencies.field("proxy", |json| json.raw("-1")),
        }
        if form.receive {
            latencies.number("receive", times.receive_ms);
        }
    });
}

/// Kong 3, `Kong.balancer` in `kong/init.lua`.
fn write_try(json: &mut JsonWriter<'_>, tried: &Tried) {
    json.object(|entry| {
        entry.number("balancer_start", tried.sought_unix_ms);
        let Some(found) = &tried.found else {
            return;
        };
        entry.text("ip", &found.ip.to_string());
        entry.number("port", u64::from(found.port));
        entry.number("balancer_latency", found.sought_ms);
        if let Some(status) = found.failed {
            entry.text("state", state(status));
            entry.number("code", u64::from(status));
        }
    });
}

/// nginx goes to the next endpoint for these without holding it against the one that gave them.
fn state(status: u16) -> &'static str {
    match status {
        403 | 404 => "next",
        _ => "failed",
    }
}

/// Who asked, and with which credential.
fn write_who(entry: &mut json::Fields<'_, '_>, notes: &Notes) {
    let consumer = notes
        .consumer
        .as_deref()
        .map(|known: &Known| &known.consumer);
    if let Some(id) = &notes.credential {
        entry.field("authenticated_entity", |json| {
            json.object(|entity| {
                entity.text("id", id);
                if let Some(consumer) = consumer {
                    entity.text("consumer_id", &consumer.id);
                }
            });
        });
    }
    let Some(consumer) = consumer else {
        return;
    };
    entry.field("consumer", |json| {
        json.object(|fields| {
            fields.text("id", &consumer.id);
            if let Some(username) = &consumer.username {
                fields.text("username", username);
            }
            if let Some(custom_id) = &consumer.custom_id {
                fields.text("custom_id", custom_id);
            }
            if !consumer.tags.is_empty() {
                fields.field("tags", |json| {
                    json.list(&consumer.tags, |json, tag: &String| {
                        json.string(tag.as_bytes())
                    });
                });
            }
        });
    });
}
