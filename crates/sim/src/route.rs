//! The call that a stream of requests makes: its limits, its retries, and what a client gets.

use haleway_blueprint::{
    Action, Blueprint, Breaker, Call, CallTarget, Failures, Pool, PoolId, RetryOn, Route, Site,
    StatusMessage, StatusPolicy,
};
use haleway_health::What;

use crate::scenario::{Pattern, Stream};

/// A call, as far as a simulation needs it.
#[derive(Clone, Debug)]
pub(crate) struct CallFacts {
    pub(crate) pool: PoolId,
    pub(crate) breaker: Option<Breaker>,
    pub(crate) retries_max: u32,
    pub(crate) retry_on: RetryOn,
    /// The call's own method; `None` keeps the client's.
    method: Option<String>,
    /// A body can be sent again.
    is_held: bool,
    /// To a connection, in microseconds.
    pub(crate) connect_us: Option<u64>,
    /// Of a whole try.
    pub(crate) try_us: Option<u64>,
    /// Of all tries together.
    pub(crate) whole_us: Option<u64>,
    answers: Answers,
}

/// What a client gets.
#[derive(Clone, Debug)]
struct Answers {
    /// The endpoint's answer passes; otherwise it is judged by its status and written anew.
    policy: Option<StatusPolicy>,
    no_endpoint: u16,
    none_left: u16,
    bad_answer: u16,
    timeout: u16,
}

/// Why a request got no answer of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nobody may be asked.
    NoEndpoint,
    /// Nobody is left to be asked after a try failed.
    NoneLeft,
    /// The breaker is open.
    BreakerOpen,
    /// The last try ended so.
    Try(What),
    /// The time for all tries is over.
    Deadline,
}

impl CallFacts {
    /// The calls that a stream makes, one for each pool that it goes to.
    pub(crate) fn of_stream(blueprint: &Blueprint, stream: &Stream) -> Vec<Self> {
        let fits = |pattern: &Option<Pattern>, name: &str| {
            pattern.as_ref().is_none_or(|pattern| pattern.fits(name))
        };
        let pools = blueprint.pools.iter();
        let pools = pools.filter(|pool| fits(&stream.pool, &pool.id.0));
        pools
            .filter_map(|pool| {
                let mut calls = calls_to(blueprint, pool);
                let named = calls.find(|(_, route, _)| fits(&stream.route, &route.name));
                match named {
                    Some((site, route, call)) => Some(Self::new(site, route, call, pool)),
                    None if stream.route.is_none() => Some(Self::bare(pool)),
                    None => None,
                }
            })
            .collect()
    }

    /// A pool that no route calls: one try, without limits.
    fn bare(pool: &Pool) -> Self {
        Self {
            pool: pool.id.clone(),
            breaker: None,
            retries_max: 0,
            retry_on: RetryOn::default(),
            method: None,
            is_held: true,
            connect_us: pool.transport.connect_timeout_us,
            try_us: pool.transport.response_header_timeout_us,
            whole_us: None,
            answers: Answers {
                policy: None,
                no_endpoint: 503,
                none_left: 503,
                bad_answer: 502,
                timeout: 504,
            },
        }
    }

    fn new(site: &Site, route: &Route, call: &Call, pool: &Pool) -> Self {
        let (whole_us, is_held, answers) = match &route.action {
            Action::Proxy(proxy) => {
                let held =
                    proxy.buffer_request || !proxy.shadows.is_empty() || call.redirects.resend_body;
                (proxy.timeout_us, held, Answers::of(&proxy.errors, site))
            }
            Action::Compose(compose) => {
                let whole_us = compose.calls_timeout_us.min(compose.timeout_us);
                let whole_us = whole_us.min(call.timeout_us.unwrap_or(u64::MAX));
                let answers = Answers {
                    policy: Some(call.status.clone()),
                    ..Answers::same(compose.errors.status)
                };
                (Some(whole_us), true, answers)
            }
            Action::Respond(_) | Action::Message(_) | Action::Echo => {
                (None, true, Answers::same(500))
            }
        };
        let limits = call.try_limits;
        Self {
            pool: pool.id.clone(),
            breaker: call.breaker.clone(),
            retries_max: call.retries.retries_max,
            retry_on: call.retries.on.clone(),
            method: call.method.clone(),
            is_held,
            connect_us: match limits {
                Some(limits) => Some(limits.connect_us),
                None => pool.transport.connect_timeout_us,
            },
            try_us: match limits {
                Some(limits) => Some(limits.read_us),
                None => pool.transport.response_header_timeout_us,
            },
            whole_us,
            answers,
        }
    }

    /// Whether a try may be followed by another one: it failed in a way that the call tries again,
    /// and nothing was sent, or what was sent may be sent twice (RFC 9110, 9.2.2).
    pub(crate) fn may_repeat(&self, method: &str, what: What) -> bool {
        let on = &self.retry_on;
        let is_idempotent = self.is_idempotent(method);
        // The body of an idempotent request is held where it may be sent again.
        let twice = is_idempotent || self.is_held && on.non_idempotent;
        match what {
            What::Status(status) => twice && on.statuses.contains(&status),
            What::Refused | What::Unreachable | What::TlsFailed => on.error,
            What::ConnectTimeout | What::TlsTimeout => on.timeout,
            What::AnswerTimeout => on.timeout && twice,
            What::Reset => on.error && twice,
            What::Garbage => on.invalid_header && twice,
            What::Connected | What::Serving | What::NotServing | What::Cancelled => false,
        }
    }

    /// Whether sending it twice does no harm.
    pub(crate) fn is_idempotent(&self, method: &str) -> bool {
        let method = self.method.as_deref().unwrap_or(method);
        !matches!(method, "POST" | "PATCH" | "LOCK")
    }

    /// The status that the client gets for an endpoint's answer, and whether the call failed.
    pub(crate) fn answered(&self, status: u16) -> (u16, bool) {
        match &self.answers.policy {
            None => (status, false),
            Some(_) if matches!(status, 200 | 201) => (200, false),
            Some(StatusPolicy::Any | StatusPolicy::Details { .. }) => (200, false),
            Some(StatusPolicy::Code) => (status, true),
            Some(StatusPolicy::Success(_)) => (self.answers.bad_answer, true),
        }
    }

    /// The status that the client gets where no endpoint answered.
    pub(crate) fn failed(&self, failure: Failure) -> u16 {
        let answers = &self.answers;
        match failure {
            Failure::NoEndpoint | Failure::BreakerOpen => answers.no_endpoint,
            Failure::NoneLeft => answers.none_left,
            Failure::Deadline => answers.timeout,
            Failure::Try(What::AnswerTimeout | What::ConnectTimeout | What::TlsTimeout) => {
                answers.timeout
            }
            Failure::Try(_) => answers.bad_answer,
        }
    }
}

impl Answers {
    fn of(failures: &Failures, site: &Site) -> Self {
        let Failures::Answer(answer) = failures else {
            let said = &site.voice.failures;
            let status = |message: &StatusMessage| match message.status {
                0 => 502,
                status => status,
            };
            return Self {
                policy: None,
                no_endpoint: status(&said.no_endpoint),
                none_left: status(&said.none_left),
                bad_answer: status(&said.bad_answer),
                timeout: status(&said.timeout),
            };
        };
        Self::same(answer.status)
    }

    fn same(status: u16) -> Self {
        Self {
            policy: None,
            no_endpoint: status,
            none_left: status,
            bad_answer: status,
            timeout: status,
        }
    }
}

fn calls_to<'a>(
    blueprint: &'a Blueprint,
    pool: &'a Pool,
) -> impl Iterator<Item = (&'a Site, &'a Route, &'a Call)> {
    let routes = blueprint.sites.iter();
    let routes = routes.flat_map(|site| site.routes.iter().map(move |route| (site, route)));
    let calls = routes.flat_map(|(site, route)| {
        let calls = route.action.calls();
        calls.map(move |call| (site, route, call))
    });
    calls.filter(|(.., call)| call.target == CallTarget::Pool(pool.id.clone()))
}
