//! One call of a composition: made, read, decoded and shaped.

use bytes::{Bytes, BytesMut};
use haleway_blueprint::StatusPolicy;
use haleway_compose::{Json, Object, Text};
use haleway_health::What;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use tokio::time::{Duration, Instant, timeout_at};

use super::join::first_ok;
use crate::body::{Body, BodyError};
use crate::call::{Answer, CallPlan, RequestBody, Results, send};
use crate::client::Client;
use crate::fault::{Fault, FaultAnswer, FaultKind};
use crate::health::through;

/// What a call gives to a composition.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) data: Object,
    /// The call gave its whole part.
    pub(super) complete: bool,
    /// The body as it came, where a later call may use it.
    pub(super) raw: Option<Bytes>,
}

/// Makes a call until it has its part, or until the deadline.
pub(super) async fn part(
    call: &CallPlan,
    client: &Client<'_>,
    results: Results<'_>,
    body: RequestBody,
    limits: PartLimits,
) -> Result<Part, Fault> {
    if call.pool.is_none() {
        return Ok(Part {
            data: Object::new(),
            complete: true,
            raw: None,
        });
    }
    let deadline = match call.timeout {
        Some(own) => limits.deadline.min(limits.began + own),
        None => limits.deadline,
    };
    let limits = PartLimits { deadline, ..limits };
    let trying = async {
        if call.race <= 1 {
            return attempt(call, client, results, body, limits).await;
        }
        let race_ends = call
            .race_timeout
            .map_or(deadline, |limit| limits.began + limit);
        let limits = PartLimits {
            deadline: race_ends.min(deadline),
            ..limits
        };
        let tries = (0..call.race).map(|_| attempt(call, client, results, body.copy(), limits));
        match timeout_at(race_ends, first_ok(tries)).await {
            Ok(Some(outcome)) => outcome,
            Ok(None) | Err(_) => Err(Fault::timeout()),
        }
    };
    timeout_at(deadline, trying)
        .await
        .unwrap_or_else(|_| Err(Fault::timeout()))
}

/// What bounds a call of a composition.
#[derive(Clone, Copy)]
pub(super) struct PartLimits {
    pub(super) began: Instant,
    pub(super) deadline: Instant,
    pub(super) body_bytes_max: usize,
}

impl PartLimits {
    pub(super) fn new(limit: Duration, body_bytes_max: usize) -> Self {
        let began = Instant::now();
        Self {
            began,
            deadline: began + limit,
            body_bytes_max,
        }
    }
}

async fn attempt(
    call: &CallPlan,
    client: &Client<'_>,
    results: Results<'_>,
    body: RequestBody,
    limits: PartLimits,
) -> Result<Part, Fault> {
    match &call.breaker {
        None => try_once(call, client, results, body, limits).await,
        Some(breaker) => {
            let trying = try_once(call, client, results, body, limits);
            Box::pin(through(breaker, limits.deadline, trying)).await
        }
    }
}

async fn try_once(
    call: &CallPlan,
    client: &Client<'_>,
    results: Results<'_>,
    mut body: RequestBody,
    limits: PartLimits,
) -> Result<Part, Fault> {
    let bytes_max = limits.body_bytes_max;
    let answer = send(call, client, results, &mut body, limits.deadline).await?;
    let status = answer.reply.response.status();
    let good =
        call.status == StatusPolicy::Any || matches!(status, StatusCode::OK | StatusCode::CREATED);
    if !good {
        return bad_status(call, client, results, answer, bytes_max).await;
    }
    let read = read(answer, bytes_max).await?;
    if call.keeps_raw() {
        return Ok(Part {
            data: Object::new(),
            complete: true,
            raw: Some(read.body),
        });
    }
    let mut data = call
        .decoding
        .decode(read.body)
        .map_err(|error| Fault::new(FaultKind::Decode, error.to_string()))?;
    for shape in &call.shapes {
        shape.apply(&mut data);
    }
    Ok(Part {
        data,
        complete: true,
        raw: None,
    })
}

/// A status that does not count as success, as the call's policy has it.
async fn bad_status(
    call: &CallPlan,
    client: &Client<'_>,
    results: Results<'_>,
    answer: Answer,
    bytes_max: usize,
) -> Result<Part, Fault> {
    let status = answer.reply.response.status();
    match &call.status {
        StatusPolicy::Details {
            name,
            body_encoding,
        } => {
            let read = read(answer, bytes_max).await?;
            let mut data = Object::new();
            data.insert(
                format!("error_{name}"),
                details(status, &read, *body_encoding),
            );
            Ok(Part {
                data,
                complete: false,
                raw: None,
            })
        }
        StatusPolicy::Code => {
            let read = read(answer, bytes_max).await?;
            let text = String::from_utf8_lossy(&read.body).into_owned();
            let content_type = read.headers.get(CONTENT_TYPE).cloned();
            let own = FaultAnswer {
                status,
                content_type,
                body: read.body,
            };
            let answer = Some(Box::new(own));
            Err(Fault {
                answer,
                ..Fault::new(FaultKind::BadStatus, text).seen(What::Status(status.as_u16()))
            })
        }
        StatusPolicy::Any | StatusPolicy::Success(_) => {
            let asked = answer.asked(call, client, results)?;
            let text = call.status_text(status.as_u16(), &asked.url());
            Err(Fault::new(FaultKind::BadStatus, text).seen(What::Status(status.as_u16())))
        }
    }
}

/// The failed call as data. Its keys stand in this order, as Go writes a struct's.
fn details(status: StatusCode, read: &Read, body_encoding: bool) -> Json {
    let text = |bytes: &[u8]| Json::String(Text::from(String::from_utf8_lossy(bytes).into_owned()));
    let number = Json::Number(Text::from(status.as_str().to_owned()));
    let mut details = vec![(Text::from("http_status_code"), number)];
    if !read.body.is_empty() {
        details.push((Text::from("http_body"), text(&read.body)));
    }
    if let Some(content_type) = read.headers.get(CONTENT_TYPE).filter(|_| body_encoding) {
        details.push((
            Text::from("http_body_encoding"),
            text(content_type.as_bytes()),
        ));
    }
    Json::Record(details)
}

/// An answer, read whole and unpacked.
struct Read {
    headers: HeaderMap,
    body: Bytes,
}

async fn read(mut answer: Answer, bytes_max: usize) -> Result<Read, Fault> {
    let headers = std::mem::take(answer.reply.response.headers_mut());
    // The caller's time limit serves for the body, too.
    let body = collect(answer.into_body(None), bytes_max).await?;
    let gzip = headers
        .get(CONTENT_ENCODING)
        .is_some_and(|coding| coding.as_bytes() == b"gzip");
    let body = if gzip {
        haleway_compose::gunzip(&body, bytes_max)
            .map_err(|error| Fault::new(FaultKind::Decode, error.to_string()))?
    } else {
        body
    };
    Ok(Read { headers, body })
}

/// All bytes of a body. One that comes in one piece is not copied.
async fn collect(mut body: Body, bytes_max: usize) -> Result<Bytes, Fault> {
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| broken(&error))?.into_data() else {
            continue;
        };
        if first.len() + all.len() + data.len() > bytes_max {
            let text = format!("the answer is larger than {bytes_max} bytes");
            return Err(Fault::new(FaultKind::TooLarge, text));
        }
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            if all.is_empty() {
                all.extend_from_slice(&std::mem::take(&mut first));
            }
            all.extend_from_slice(&data);
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

fn broken(error: &BodyError) -> Fault {
    match error {
        BodyError::Deadline => Fault::timeout(),
        BodyError::Http1(_) | BodyError::Http2(_) => Fault::new(FaultKind::Reset, "unexpected EOF"),
        BodyError::Gzip(error) => Fault::new(FaultKind::Decode, error.to_string()),
    }
}
