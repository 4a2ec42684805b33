//! Answers in place of the endpoint (Kong 3, `kong/plugins/request-termination/handler.lua`).

use bytes::Bytes;
use haleway_blueprint::{Terminate, TerminateContent};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value as Json, json};

use crate::arguments::{self, Found};
use crate::plan::{header_name, header_value, status};
use crate::{Answer, Content, Passage, listed};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// A [`Terminate`], ready to run.
#[derive(Debug)]
pub(crate) struct TerminatePlan {
    status: StatusCode,
    content: ContentPlan,
    trigger: Option<Trigger>,
}

#[derive(Debug)]
enum ContentPlan {
    Nothing,
    Body(Option<HeaderValue>, Bytes),
    Echo(Option<String>, usize),
}

#[derive(Debug)]
struct Trigger {
    parameter: String,
    /// `None` where no header can have that name.
    header: Option<HeaderName>,
}

impl TerminatePlan {
    pub(crate) fn compile(step: &Terminate) -> Result<Self, String> {
        let content = match &step.content {
            TerminateContent::Nothing => ContentPlan::Nothing,
            TerminateContent::Message(message) => {
                let body = json!({ "message": message }).to_string();
                ContentPlan::Body(Some(JSON), body.into())
            }
            TerminateContent::Text { content_type, text } => {
                let content_type = content_type.as_deref().map(header_value);
                ContentPlan::Body(content_type.transpose()?, text.clone().into())
            }
            TerminateContent::Echo {
                message,
                body_bytes_max,
            } => ContentPlan::Echo(message.clone(), *body_bytes_max),
        };
        let trigger = step.trigger.as_ref().map(|name| Trigger {
            parameter: name.clone(),
            header: header_name(name).ok(),
        });
        Ok(Self {
            status: status(step.status)?,
            content,
            trigger,
        })
    }

    pub(crate) fn wants_body(&self) -> Option<usize> {
        match self.content {
            ContentPlan::Echo(_, bytes_max) => Some(bytes_max),
            ContentPlan::Nothing | ContentPlan::Body(..) => None,
        }
    }

    pub(crate) fn on_request(&self, passage: &Passage<'_>) -> Option<Answer> {
        if let Some(trigger) = &self.trigger
            && !trigger.fits(passage)
        {
            return None;
        }
        let mut answer = Answer::empty(self.status);
        answer.content = match &self.content {
            ContentPlan::Nothing => Content::Empty,
            ContentPlan::Body(Some(content_type), body) => {
                Content::Body(content_type.clone(), body.clone())
            }
            ContentPlan::Body(None, body) => Content::Untyped(body.clone()),
            ContentPlan::Echo(message, _) => {
                let body = echo(message.as_deref(), passage).to_string();
                Content::Body(JSON, body.into())
            }
        };
        Some(answer)
    }
}

impl Trigger {
    fn fits(&self, passage: &Passage<'_>) -> bool {
        let headers = &passage.head.headers;
        let header = self.header.as_ref();
        header.is_some_and(|name| headers.contains_key(name))
            || arguments::find(arguments::query(passage.head), self.parameter.as_bytes())
                != Found::Nothing
    }
}

/// Describes a request.
fn echo(message: Option<&str>, passage: &Passage<'_>) -> Json {
    let Passage { head, facts, .. } = passage;
    let raw_body = passage.body.as_deref().map(|body| text(body));
    let mut body = json!({
        "message": message,
        "request": {
            "scheme": if facts.tls { "https" } else { "http" },
            "host": facts.host,
            "port": port(passage),
            "headers": listed::headers(&head.headers),
            "query": listed::arguments(arguments::query(head)),
            "body": parsed_body(passage),
            "raw_body": raw_body.unwrap_or_default(),
            "method": head.method.as_str(),
            "path": head.uri.path(),
        },
    });
    without_nulls(&mut body);
    body
}

/// The port that the request asks for.
fn port(passage: &Passage<'_>) -> u16 {
    let Passage { head, facts, .. } = passage;
    let host = head.headers.get(http::header::HOST);
    let named = host.and_then(|host| host.to_str().ok()?.rsplit_once(':')?.1.parse().ok());
    let implied = if facts.tls { 443 } else { 80 };
    named.or(head.uri.port_u16()).unwrap_or(implied)
}

fn parsed_body(passage: &Passage<'_>) -> Json {
    let Some(body) = passage.body.as_deref() else {
        return Json::Null;
    };
    let content_type = passage.head.headers.get(CONTENT_TYPE);
    let content_type = content_type.map_or(&b""[..], HeaderValue::as_bytes);
    let begins = |kind: &str| {
        let head = content_type.get(..kind.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(kind.as_bytes()))
    };
    if begins("application/json") {
        serde_json::from_slice(body).unwrap_or(Json::Null)
    } else if begins("application/x-www-form-urlencoded") {
        listed::arguments(body)
    } else {
        Json::Null
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Takes away what is not there; what the client sent stays.
fn without_nulls(body: &mut Json) {
    let Json::Object(fields) = body else {
        return;
    };
    fields.retain(|_, value| !value.is_null());
    if let Some(Json::Object(request)) = fields.get_mut("request") {
        request.retain(|_, value| !value.is_null());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::Rehearsal;

    fn step(status: u16, content: TerminateContent) -> Terminate {
        Terminate {
            status,
            content,
            trigger: None,
        }
    }

    fn run(step: &Terminate, rehearsal: &mut Rehearsal) -> Option<(u16, Option<String>, String)> {
        let plan = TerminatePlan::compile(step).unwrap();
        let answer = rehearsal.pass(|passage| plan.on_request(passage))?;
        let (content_type, body) = match answer.content {
            Content::Empty => (None, Bytes::new()),
            Content::Untyped(body) => (None, body),
            Content::Body(content_type, body) => {
                (Some(content_type.to_str().unwrap().to_owned()), body)
            }
            Content::Message(_) | Content::Failure(_) => panic!("a message has no fixed body"),
        };
        Some((answer.status.as_u16(), content_type, text(&body)))
    }

    #[test]
    fn answers_are_as_configured() {
        let json = Some("application/json; charset=utf-8".to_owned());
        let html = |content_type: Option<&str>| TerminateContent::Text {
            content_type: content_type.map(str::to_owned),
            text: "<p>".to_owned(),
        };
        let message = TerminateContent::Message("Service \"x\"".to_owned());
        let table = [
            (503, message, json, "{\"message\":\"Service \\\"x\\\"\"}"),
            (204, TerminateContent::Nothing, None, ""),
            (
                451,
                html(Some("text/html")),
                Some("text/html".to_owned()),
                "<p>",
            ),
            (503, html(None), None, "<p>"),
        ];
        for (status, content, content_type, body) in table {
            let answer = run(&step(status, content), &mut Rehearsal::get("/"));
            assert_eq!(answer, Some((status, content_type, body.to_owned())));
        }
    }

    #[test]
    fn a_trigger_is_a_header_or_a_parameter() {
        let step = Terminate {
            trigger: Some("Stop-It".to_owned()),
            ..step(503, TerminateContent::Nothing)
        };
        let table = [
            (Rehearsal::get("/"), false),
            (Rehearsal::get("/?stop-it=1"), false),
            (Rehearsal::get("/?x=1&Stop-It"), true),
            (Rehearsal::get("/").header("stop-it", ""), true),
        ];
        for (mut rehearsal, answers) in table {
            assert_eq!(
                run(&step, &mut rehearsal).is_some(),
                answers,
                "{:?}",
                rehearsal.head
            );
        }
    }

    #[test]
    fn an_echo_describes_the_request() {
        let echo = TerminateContent::Echo {
            message: Some("here".to_owned()),
            body_bytes_max: 100,
        };
        let mut rehearsal = Rehearsal::get("/a/b?hello=there&hello=again&flag")
            .header("host", "example.com:8000")
            .header("content-type", "application/json")
            .body("{\"a\":1}");
        let (_, _, body) = run(&step(404, echo), &mut rehearsal).unwrap();
        let body: Json = serde_json::from_str(&body).unwrap();
        assert_eq!(
            body,
            json!({
                "message": "here",
                "request": {
                    "scheme": "http", "host": "example.com", "port": 8000, "method": "GET",
                    "headers": {"host": "example.com:8000", "content-type": "application/json"},
                    "query": {"hello": ["there", "again"], "flag": true},
                    "path": "/a/b", "raw_body": "{\"a\":1}", "body": {"a": 1},
                },
            })
        );
    }
}
