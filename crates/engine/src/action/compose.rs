//! Upstream calls whose answers are merged and written anew.

use haleway_blueprint::FillWhen;
use haleway_compose::{Object, merge};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response};
use tokio::time::Duration;

use super::join::join_all;
use super::part::{Part, PartLimits, part};
use super::{failed, shadow};
use crate::body::Body;
use crate::call::{EarlierPart, HELD_BYTES_MAX, RequestBody, Results};
use crate::client::Client;
use crate::fault::Fault;
use crate::plan::{ComposePlan, FillPlan};

/// What came of all calls.
#[derive(Default)]
struct Outcome {
    /// The merged data; `None` where every call failed.
    merged: Option<Merged>,
    faults: Vec<Fault>,
}

struct Merged {
    data: Object,
    complete: bool,
}

/// Makes the calls, merges their parts and writes the answer.
pub(super) async fn compose(
    plan: &ComposePlan,
    client: &Client<'_>,
    body: RequestBody,
) -> Response<Body> {
    let mut outcome = match request_body(plan, body).await {
        Ok(body) => {
            for call in &plan.shadows {
                shadow::start(call, client, body.copy(), plan.timeout);
            }
            if plan.sequential && plan.calls.len() > 1 {
                sequential(plan, client, body).await
            } else {
                parallel(plan, client, body).await
            }
        }
        Err(fault) => Outcome {
            merged: None,
            faults: vec![fault],
        },
    };
    for fault in &outcome.faults {
        failed::note(client, fault);
    }
    if let (Some(flatmap), Some(merged)) = (&plan.flatmap, &mut outcome.merged) {
        flatmap.apply(&mut merged.data);
    }
    if let Some(fill) = &plan.fill {
        lay_over(fill, &mut outcome);
    }
    answer(plan, client, outcome)
}

/// The client's body, kept whole where more than one call sends it.
async fn request_body(plan: &ComposePlan, mut body: RequestBody) -> Result<RequestBody, Fault> {
    let sent: u32 = plan.calls.iter().map(|call| call.race).sum::<u32>()
        + u32::try_from(plan.shadows.len()).unwrap_or(u32::MAX);
    if sent > 1 || plan.calls.iter().any(|call| call.resend_body) {
        let holding = tokio::time::timeout(plan.timeout, body.hold(HELD_BYTES_MAX));
        holding.await.unwrap_or_else(|_| Err(Fault::timeout()))?;
    }
    Ok(body)
}

async fn parallel(plan: &ComposePlan, client: &Client<'_>, mut body: RequestBody) -> Outcome {
    let limits = PartLimits::new(limit(plan), plan.body_bytes_max);
    let results = Results::default();
    let parts = match plan.calls.as_slice() {
        [call] => {
            let body = std::mem::replace(&mut body, RequestBody::None);
            vec![part(call, client, results, body, limits).await]
        }
        calls => {
            let body = &body;
            join_all(
                calls
                    .iter()
                    .map(|call| part(call, client, results, body.copy(), limits)),
            )
            .await
        }
    };
    let mut outcome = Outcome::default();
    for part in parts {
        match part {
            Ok(part) => outcome.take(part),
            Err(fault) => outcome.faults.push(fault),
        }
    }
    outcome.settle()
}

async fn sequential(plan: &ComposePlan, client: &Client<'_>, body: RequestBody) -> Outcome {
    let limits = PartLimits::new(limit(plan), plan.body_bytes_max);
    let mut earlier: Vec<Option<EarlierPart>> = Vec::with_capacity(plan.calls.len());
    let mut outcome = Outcome::default();
    let mut made = 0;
    for call in &plan.calls {
        let results = Results { parts: &earlier };
        match part(call, client, results, body.copy(), limits).await {
            Ok(part) => {
                made += 1;
                let complete = part.complete;
                let (data, raw) = (part.data.clone(), part.raw.clone());
                earlier.push(Some(EarlierPart { data, raw }));
                outcome.take(part);
                if !complete {
                    break;
                }
            }
            Err(fault) => {
                outcome.faults.push(fault);
                break;
            }
        }
    }
    if made < plan.calls.len()
        && let Some(merged) = &mut outcome.merged
    {
        merged.complete = false;
    }
    outcome.settle()
}

fn limit(plan: &ComposePlan) -> Duration {
    plan.calls_timeout.min(plan.timeout)
}

impl Outcome {
    /// Takes a part in: its keys overwrite those of earlier parts.
    fn take(&mut self, part: Part) {
        match &mut self.merged {
            None => {
                self.merged = Some(Merged {
                    data: part.data,
                    complete: part.complete,
                })
            }
            Some(merged) => {
                merge(&mut merged.data, part.data);
                merged.complete &= part.complete;
            }
        }
    }

    /// A failed part leaves the whole incomplete.
    fn settle(mut self) -> Self {
        if !self.faults.is_empty()
            && let Some(merged) = &mut self.merged
        {
            merged.complete = false;
        }
        self
    }
}

/// Lays fixed data over the answer, if its rule says so. Where there was no answer, there is one
/// now, and it is incomplete.
fn lay_over(fill: &FillPlan, outcome: &mut Outcome) {
    let failed = !outcome.faults.is_empty();
    let complete = outcome
        .merged
        .as_ref()
        .is_some_and(|merged| merged.complete);
    let applies = match fill.when {
        FillWhen::Always => true,
        FillWhen::Success => !failed,
        FillWhen::Errored => failed,
        FillWhen::Complete => !failed && complete,
        FillWhen::Incomplete => !complete,
    };
    if applies {
        let merged = outcome.merged.get_or_insert_with(|| Merged {
            data: Object::new(),
            complete: false,
        });
        merge(&mut merged.data, fill.data.clone());
    }
}

fn answer(plan: &ComposePlan, client: &Client<'_>, outcome: Outcome) -> Response<Body> {
    let complete = outcome
        .merged
        .as_ref()
        .is_some_and(|merged| merged.complete && !merged.data.is_empty());
    let mut answer = match outcome.merged {
        Some(merged) => {
            let accept = client
                .head
                .headers
                .get(ACCEPT)
                .and_then(|value| value.to_str().ok());
            let encoded = plan.output.encode(&merged.data, accept);
            let mut answer = Response::new(Body::full(encoded.body));
            answer.headers_mut().clone_from(&plan.headers);
            if let Ok(content_type) = HeaderValue::from_str(&encoded.content_type) {
                answer.headers_mut().insert(CONTENT_TYPE, content_type);
            }
            answer
        }
        None => failed::answer(&plan.errors, &plan.headers, &all(outcome.faults)),
    };
    let headers = answer.headers_mut();
    if let Some(name) = &plan.completeness_header {
        let word = if complete { "true" } else { "false" };
        headers.insert(name, HeaderValue::from_static(word));
    }
    if let Some(cache) = plan.cache.as_ref().filter(|_| complete) {
        headers.insert(CACHE_CONTROL, cache.clone());
    }
    answer
}

/// One fault that tells of all: their texts on a line each. Only a single one keeps its own answer.
fn all(mut faults: Vec<Fault>) -> Fault {
    if faults.len() > 1 {
        let text = faults
            .iter()
            .map(|fault| fault.text.as_str())
            .collect::<Vec<_>>()
            .join("\n");
        return Fault::new(faults[0].kind, text);
    }
    faults.pop().unwrap_or_else(Fault::timeout)
}
