//! How Kong speaks for itself: error bodies, `Server`, `Via`, times.

use haleway_blueprint::{
    FailureMessages, LatencyHeaders, MessageForm, MessageMedia, Negotiated, StatusMessage, Via,
    Voice,
};

use super::Compilation;
use crate::setting::{Tokens, text_of};

/// Header with the request's id.
pub(super) const REQUEST_ID: &str = "X-Kong-Request-Id";

/// Reason phrases of nginx that differ from those of RFC 9110.
const REASONS: &[(u16, &str)] = &[
    (302, "Moved Temporarily"),
    (408, "Request Time-out"),
    (413, "Request Entity Too Large"),
    (414, "Request-URI Too Large"),
    (416, "Requested Range Not Satisfiable"),
    (503, "Service Temporarily Unavailable"),
    (504, "Gateway Time-out"),
];

/// How the site speaks for itself.
pub(super) fn voice(compilation: &Compilation<'_>) -> Voice {
    let (tokens, version) = (compilation.tokens, compilation.version);
    let name = format!("kong/{version}");
    let reasons = REASONS.iter();
    Voice {
        form: MessageForm::Negotiated(bodies(compilation)),
        reasons: reasons
            .map(|(status, phrase)| (*status, (*phrase).to_owned()))
            .collect(),
        failures: failures(),
        server: tokens.server.then(|| name.clone()),
        via: tokens.via.then(|| Via {
            token: name,
            appended: version.appends_via(),
        }),
        latency: latency(tokens),
        request_id: (tokens.request_id && version.has_request_id()).then(|| REQUEST_ID.to_owned()),
        upstream_status: tokens
            .upstream_status
            .then(|| "X-Kong-Upstream-Status".to_owned()),
        announce_keep_alive: true,
        grpc: true,
    }
}

/// The headers with times; each of them may be asked for alone.
fn latency(tokens: Tokens) -> Option<LatencyHeaders> {
    let named = |asked: bool, name: &str| asked.then(|| name.to_owned());
    let headers = LatencyHeaders {
        upstream: named(tokens.upstream_latency, "X-Kong-Upstream-Latency"),
        proxy: named(tokens.proxy_latency, "X-Kong-Proxy-Latency"),
        own: named(tokens.response_latency, "X-Kong-Response-Latency"),
    };
    let names = [&headers.upstream, &headers.proxy, &headers.own];
    names.iter().any(|name| name.is_some()).then_some(headers)
}

/// What is said when a call fails (Kong 3: `kong/runloop/balancer`, `kong/error_handlers`).
fn failures() -> FailureMessages {
    let bad_answer = "An invalid response was received from the upstream server";
    FailureMessages {
        no_endpoint: StatusMessage::new(503, "failure to get a peer from the ring-balancer"),
        none_left: StatusMessage::new(503, "The upstream server is currently unavailable"),
        unresolved: StatusMessage::new(503, "name resolution failed"),
        bad_answer: StatusMessage::new(502, bad_answer),
        timeout: StatusMessage::new(504, "The upstream server is timing out"),
        bad_request: StatusMessage::new(400, "Bad request"),
        body_too_large: StatusMessage::new(413, "Payload too large"),
    }
}

/// The bodies of messages: Kong's, or those of templates.
fn bodies(compilation: &Compilation<'_>) -> Negotiated {
    let with_id = compilation.version.has_request_id();
    let [json, html, xml, plain] = if with_id { WITH_ID } else { WITHOUT_ID };
    let body = |name: &str, own: &str| {
        let file = compilation.settings.written(name);
        let template = file.and_then(|file| {
            let content = compilation.context.supplies.files.get(&file.text)?;
            match content {
                Ok(bytes) => Some(holes(&text_of(bytes))),
                Err(why) => {
                    let what = format!("no such file or unreadable: {} ({why})", file.text);
                    compilation.settings.refuse(name, &what);
                    None
                }
            }
        });
        template.unwrap_or_else(|| own.to_owned())
    };
    Negotiated {
        json: body("error_template_json", json),
        html: body("error_template_html", html),
        xml: body("error_template_xml", xml),
        plain: body("error_template_plain", plain),
        failures: default_media(compilation),
    }
}

/// `error_default_type`.
fn default_media(compilation: &Compilation<'_>) -> MessageMedia {
    let name = "error_default_type";
    match compilation.settings.text(name) {
        "text/plain" => MessageMedia::Plain,
        "text/html" => MessageMedia::Html,
        "application/json" => MessageMedia::Json,
        "application/xml" => MessageMedia::Xml,
        other => {
            let known = "'application/json', 'application/xml', 'text/html', 'text/plain'";
            let what = format!("has an invalid value: '{other}' ({known})");
            compilation.settings.refuse(name, &what);
            MessageMedia::Plain
        }
    }
}

/// A template of the user's: its first `%s` is the message, its second one the request's id.
fn holes(template: &str) -> String {
    template
        .replacen("%s", "%MESSAGE%", 1)
        .replacen("%s", "%REQUEST_ID%", 1)
        .replace("%%", "%")
}

/// JSON, HTML, XML and plain text up to Kong 3.4.
const WITHOUT_ID: [&str; 4] = [
    "{\n  \"message\":\"%MESSAGE%\"\n}",
    "<!doctype html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n    <title>Error</title>\n  </head>\n  <body>\n    <h1>Error</h1>\n    <p>%MESSAGE%.</p>\n  </body>\n</html>\n",
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error>\n  <message>%MESSAGE%</message>\n</error>\n",
    "%MESSAGE%\n",
];

/// The same from Kong 3.5 on.
const WITH_ID: [&str; 4] = [
    "{\n  \"message\":\"%MESSAGE%\",\n  \"request_id\":\"%REQUEST_ID%\"\n}",
    "<!doctype html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n    <title>Error</title>\n  </head>\n  <body>\n    <h1>Error</h1>\n    <p>%MESSAGE%.</p>\n    <p>request_id: %REQUEST_ID%</p>\n  </body>\n</html>\n",
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error>\n  <message>%MESSAGE%</message>\n  <requestid>%REQUEST_ID%</requestid>\n</error>\n",
    "%MESSAGE%\nrequest_id: %REQUEST_ID%\n",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bodies_have_the_lengths_that_kong_documents() {
        let filled = |template: &str, message: &str| {
            template
                .replace("%MESSAGE%", message)
                .replace("%REQUEST_ID%", &"0".repeat(32))
                .len()
        };
        let no_peer = "failure to get a peer from the ring-balancer";
        let no_route = "no Route matched with those values";
        assert_eq!(filled(WITHOUT_ID[0], no_peer), 62);
        assert_eq!(filled(WITHOUT_ID[0], no_route), 52);
        assert_eq!(filled(WITH_ID[0], no_peer), 113);
        assert_eq!(filled(WITH_ID[0], no_route), 103);
    }

    #[test]
    fn templates_have_holes() {
        assert_eq!(holes("<%s> %s 5%%"), "<%MESSAGE%> %REQUEST_ID% 5%");
    }
}
