//! One request, from its head to the head of its answer.

mod find;
mod steps;

use std::cell::OnceCell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use haleway_blueprint::AccessLogFormat;
use haleway_steps::Notes;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use tracing::debug;

use crate::account::{Account, Entries, Record};
use crate::action;
use crate::body::Body;
use crate::call::RequestBody;
use crate::client::Client;
use crate::hop;
use crate::listener::{ClientBody, Entry};
use crate::plain::plain;
use crate::plan::{ActionPlan, RoutePlan, SitePlan};
use crate::visit::Visit;
use crate::worker::{Current, Worker};

use find::Finding;
use steps::Walk;

/// Serves one request of a connection. The account is to be kept for as long as the answer is on
/// its way.
pub(crate) async fn serve(
    worker: Rc<Worker>,
    connection: Rc<Entry>,
    mut head: Box<Parts>,
    body: ClientBody,
) -> (Response<Body>, Account) {
    let started = Instant::now();
    let plan = worker.plan();
    let Some(site) = plan.site_of(connection.listener) else {
        let answer = plain(StatusCode::SERVICE_UNAVAILABLE, "503 service unavailable");
        let account = Account::new(worker, started, answer.status(), None);
        return (answer, account);
    };
    let arrival = Arrival {
        worker: &worker,
        connection: &connection,
        site,
        address: site
            .client_address
            .find(connection.peer.ip(), &head.headers),
        route: OnceCell::new(),
        visit: Visit::new(
            started,
            head.uri.clone(),
            head.version,
            &connection,
            !site.voice.silent,
        ),
    };
    // Behind the client's address, which proxies tell and a client must not be able to untell.
    if head.headers.contains_key(CONNECTION) {
        hop::strip_named(&mut head.headers);
    }
    let mut notes = Notes::default();
    let mut answer = match malformed(&head) {
        Some(reason) => site
            .voice
            .bad_request(reason, &head.headers, &arrival.visit),
        None => arrival.answer(&mut head, body, &mut notes).await,
    };
    site.voice.finish(&mut answer, &head, &arrival.visit);
    if worker.draining() && head.version < Version::HTTP_2 {
        answer
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let line = arrival.line();
    let logs = arrival.logs();
    // Most requests leave nothing behind, and what they know is much to move.
    let record =
        (line.is_some() || logs).then(|| arrival.record(&plan, (line, logs), head, notes, &answer));
    let account = Account::new(worker.clone(), started, answer.status(), record);
    (answer, account)
}

/// Answers what is no request.
pub(crate) fn refuse(
    worker: &Rc<Worker>,
    connection: &Entry,
    status: StatusCode,
    reason: &str,
) -> (Response<Body>, Account) {
    let started = Instant::now();
    let plan = worker.plan();
    let answer = match plan.site_of(connection.listener) {
        None => plain(status, ""),
        Some(site) => {
            let voice = &site.voice;
            let (uri, version) = (Uri::default(), Version::HTTP_11);
            let visit = Visit::new(started, uri, version, connection, !voice.silent);
            let (nothing, ()) = Request::new(()).into_parts();
            let mut answer = voice.refuse(status, reason, &nothing.headers, &visit);
            voice.finish(&mut answer, &nothing, &visit);
            answer
        }
    };
    let account = Account::new(worker.clone(), started, answer.status(), None);
    (answer, account)
}

/// A request that has arrived, without its head, which steps may change.
struct Arrival<'a> {
    worker: &'a Rc<Worker>,
    connection: &'a Rc<Entry>,
    site: &'a SitePlan,
    address: IpAddr,
    /// Its route, where it was found and logs something.
    route: OnceCell<Arc<RoutePlan>>,
    visit: Visit,
}

impl Arrival<'_> {
    /// The form of its line in the access log, where it leaves one.
    fn line(&self) -> Option<AccessLogFormat> {
        let log = self.site.access_log.as_ref();
        let log = log.filter(|log| !log.skips(self.visit.uri.path()));
        log.map(|log| log.format)
    }

    /// Whether a step may log it.
    fn logs(&self) -> bool {
        let route = self.route.get();
        route.map_or(self.site.logs_unmatched, |it| it.logs)
    }

    /// What is to be written about the request when its answer is out.
    fn record(
        self,
        plan: &Rc<Current>,
        (line, logs): (Option<AccessLogFormat>, bool),
        mut head: Box<Parts>,
        notes: Notes,
        answer: &Response<Body>,
    ) -> Record {
        // Steps may have changed it, and logs tell what was asked for.
        head.uri = self.visit.uri.clone();
        let entries = logs.then(|| Entries {
            plan: plan.clone(),
            connection: self.connection.clone(),
            route: self.route.into_inner(),
            visit: self.visit,
            notes,
            answer_headers: answer.headers().clone(),
        });
        Record {
            head,
            client: self.address,
            line,
            entries,
        }
    }

    /// Steps of the site, the route, its steps, its action, and the steps on the way back.
    async fn answer(
        &self,
        head: &mut Parts,
        incoming: ClientBody,
        notes: &mut Notes,
    ) -> Response<Body> {
        let mut body = RequestBody::of(incoming);
        let walk = Walk::new(self);
        let steps = &self.site.steps;
        let refused = match steps.is_empty() {
            true => None,
            false => walk.on_request(steps, head, &mut body, notes).await,
        };
        let mut answer = match refused {
            Some(refused) => refused,
            None => match find::find(self, head) {
                Ok(Finding { route, path, place }) => {
                    // A request finds one route.
                    drop(self.route.set(route.clone()));
                    self.visit.logged.set(route.logs);
                    let walk = walk.found(route, &path, &place);
                    self.routed(&walk, route, head, body, notes).await
                }
                Err(miss) => self.missed(&walk, miss, head, body, notes).await,
            },
        };
        steps::put_headers(&mut answer, notes);
        answer
    }

    async fn routed(
        &self,
        walk: &Walk<'_>,
        route: &Arc<RoutePlan>,
        head: &mut Parts,
        mut body: RequestBody,
        notes: &mut Notes,
    ) -> Response<Body> {
        let steps = &route.steps;
        let refused = match steps.is_empty() {
            true => None,
            false => walk.on_request(steps, head, &mut body, notes).await,
        };
        let mut answer = match refused {
            Some(refused) => refused,
            None => {
                if route.log_request {
                    let Parts {
                        method,
                        uri,
                        headers,
                        ..
                    } = &*head;
                    debug!(route = route.name, %method, %uri, ?headers, "request");
                }
                let client = Client {
                    worker: self.worker,
                    site: self.site,
                    head,
                    path: walk.path,
                    place: walk.place,
                    address: self.address,
                    route,
                    connection: self.connection,
                    visit: &self.visit,
                    notes,
                };
                // Each future is as large as the largest one in it, and is moved when it is made:
                // what is not the usual way stands apart, on the heap.
                match &route.action {
                    ActionPlan::Proxy(plan) => action::proxy(plan, &client, body).await,
                    _ => Box::pin(action::run(&client, body)).await,
                }
            }
        };
        // What steps have left for the answer stands there before others look at it.
        steps::put_headers(&mut answer, notes);
        match steps.is_empty() {
            true => answer,
            false => walk.on_answer(steps, answer, notes).await,
        }
    }

    async fn missed(
        &self,
        walk: &Walk<'_>,
        miss: find::Miss,
        head: &mut Parts,
        mut body: RequestBody,
        notes: &mut Notes,
    ) -> Response<Body> {
        let found_nothing = !matches!(miss, find::Miss::Answer(_));
        if found_nothing {
            let steps = &self.site.unmatched_steps;
            if let Some(refused) = walk.on_request(steps, head, &mut body, notes).await {
                return refused;
            }
        }
        match miss {
            find::Miss::Answer(answer) => *answer,
            find::Miss::NotFound => self.site.not_found.answer(self.site, head, &self.visit),
            find::Miss::MethodNotAllowed { allow } => {
                let refusal = &self.site.method_not_allowed;
                let mut answer = refusal.answer(self.site, head, &self.visit);
                if let Ok(allow) = HeaderValue::from_str(&allow) {
                    answer.headers_mut().insert(http::header::ALLOW, allow);
                }
                answer
            }
        }
    }
}

/// What of a head no request may have (RFC 9112, 3.2 and 6.3).
fn malformed(head: &Parts) -> Option<&'static str> {
    if head.version == Version::HTTP_11 {
        match head.headers.get_all(HOST).iter().count() {
            0 => return Some("missing required Host header"),
            1 => {}
            _ => return Some("too many Host headers"),
        }
        // Two lengths are how requests are smuggled past a proxy.
        if head.headers.contains_key(TRANSFER_ENCODING) && head.headers.contains_key(CONTENT_LENGTH)
        {
            return Some("both Content-Length and Transfer-Encoding");
        }
    }
    let bare = head.uri.scheme().is_none() && head.uri.authority().is_some();
    (bare && head.method != Method::CONNECT).then_some("invalid URI for request")
}
