//! So many requests per calendar window (Kong 3, `rate-limiting` with the policy `local`:
//! `kong/plugins/rate-limiting/handler.lua` and `policies/init.lua`).

mod calendar;
mod table;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;

use haleway_blueprint::{RateKey, RateLimit, Window};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use self::calendar::Moment;
pub(crate) use self::table::RateTables;
use self::table::{Counter, Taken};
use crate::{Answer, Context, Memory, Passage};

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// A [`RateLimit`], ready to run.
#[derive(Debug)]
pub(crate) struct RateLimitPlan {
    memory: Arc<Memory>,
    scope: u64,
    limits: Vec<Limit>,
    by: KeyPlan,
    told: bool,
    status: StatusCode,
    message: String,
}

/// The limit of one window.
#[derive(Debug)]
struct Limit {
    window: Window,
    requests: u64,
    limit: HeaderName,
    remaining: HeaderName,
}

#[derive(Debug)]
enum KeyPlan {
    Client,
    Consumer,
    Credential,
    Service,
    Header(HeaderName),
    Path(String),
}

/// Windows that a step may have; there are no more.
const LIMITS_MAX: usize = Window::ALL.len();

impl RateLimitPlan {
    pub(crate) fn compile(step: &RateLimit, context: &Context<'_>) -> Result<Self, String> {
        let memory = context.memory.clone();
        let tables = &memory.rates;
        for limit in &step.limits {
            tables.prepare(limit.window);
        }
        let limits = step.limits.iter().take(LIMITS_MAX).map(|limit| {
            let (told, remaining) = header_names(limit.window);
            Limit {
                window: limit.window,
                requests: limit.requests,
                limit: told,
                remaining,
            }
        });
        Ok(Self {
            scope: tables.key(0, step.scope.as_bytes()),
            limits: limits.collect(),
            by: KeyPlan::compile(&step.by)?,
            told: step.told,
            status: crate::plan::status(step.status)?,
            message: step.message.clone(),
            memory,
        })
    }

    pub(crate) fn on_request(&self, passage: &mut Passage<'_>) -> Option<Answer> {
        let key = self
            .by
            .with(passage, |who| self.memory.rates.key(self.scope, who));
        let moment = Moment::new((passage.facts.began_unix_us)() / 1_000_000);
        let (passes, used) = self.count(key, moment);
        if self.told {
            let reset_s = self.tell(&used, moment, &mut passage.notes.replace);
            if !passes {
                let headers = &mut passage.notes.replace;
                headers.insert(RETRY_AFTER, HeaderValue::from(reset_s));
            }
        }
        (!passes).then(|| Answer::message(self.status, self.message.clone()))
    }

    /// Counts a request in all windows, or in none. Whether it passes, and how many have passed in
    /// each window, this one included.
    fn count(&self, key: u64, moment: Moment) -> (bool, [u64; LIMITS_MAX]) {
        let tables = &self.memory.rates;
        let counter = |limit: &Limit| Counter {
            key,
            window: limit.window,
            moment,
        };
        let mut used = [0; LIMITS_MAX];
        let mut full = None;
        for (index, limit) in self.limits.iter().enumerate() {
            used[index] = match full {
                Some(_) => tables.used(counter(limit)),
                None => match tables.take(counter(limit), limit.requests) {
                    Taken::Granted(passed) => passed,
                    Taken::Refused(passed) => {
                        full = Some(index);
                        passed
                    }
                },
            };
        }
        let Some(full) = full else {
            return (true, used);
        };
        for (index, limit) in self.limits[..full].iter().enumerate() {
            tables.give_back(counter(limit));
            used[index] = used[index].saturating_sub(1);
        }
        (false, used)
    }

    /// Tells what is left. Seconds until the tightest window ends.
    fn tell(&self, used: &[u64], moment: Moment, headers: &mut HeaderMap) -> u64 {
        let mut tightest: Option<(u64, &Limit)> = None;
        for (limit, used) in self.limits.iter().zip(used) {
            let left = limit.requests.saturating_sub(*used);
            headers.insert(&limit.limit, HeaderValue::from(limit.requests));
            headers.insert(&limit.remaining, HeaderValue::from(left));
            // Of equally tight windows the longest counts; they come in order.
            if tightest.is_none_or(|(least, _)| left <= least) {
                tightest = Some((left, limit));
            }
        }
        let Some((left, limit)) = tightest else {
            return 1;
        };
        let reset_s = moment.left_s(limit.window);
        headers.insert(LIMIT, HeaderValue::from(limit.requests));
        headers.insert(REMAINING, HeaderValue::from(left));
        headers.insert(RESET, HeaderValue::from(reset_s));
        reset_s
    }
}

impl KeyPlan {
    fn compile(by: &RateKey) -> Result<Self, String> {
        Ok(match by {
            RateKey::Client => Self::Client,
            RateKey::Consumer => Self::Consumer,
            RateKey::Credential => Self::Credential,
            RateKey::Service => Self::Service,
            RateKey::Header(name) => Self::Header(crate::plan::header_name(name)?),
            RateKey::Path(path) => Self::Path(path.clone()),
        })
    }

    /// Gives the bytes of whoever counts to `use_it`.
    fn with<T>(&self, passage: &Passage<'_>, use_it: impl FnOnce(&[u8]) -> T) -> T {
        let Passage {
            head, facts, notes, ..
        } = passage;
        let credential = notes.credential.as_deref();
        let who = match self {
            Self::Client => None,
            Self::Consumer => match &notes.consumer {
                Some(known) => Some(known.consumer.id.as_bytes()),
                None => credential.map(str::as_bytes),
            },
            Self::Credential => credential.map(str::as_bytes),
            Self::Service => facts.service.map(str::as_bytes),
            Self::Header(name) => head.headers.get(name).map(HeaderValue::as_bytes),
            Self::Path(path) => (head.uri.path() == path).then_some(path.as_bytes()),
        };
        match (who, facts.client) {
            (Some(who), _) => use_it(who),
            (None, IpAddr::V4(address)) => use_it(&address.octets()),
            (None, IpAddr::V6(address)) => use_it(&address.octets()),
        }
    }
}

fn header_names(window: Window) -> (HeaderName, HeaderName) {
    let (limit, remaining) = match window {
        Window::Second => ("x-ratelimit-limit-second", "x-ratelimit-remaining-second"),
        Window::Minute => ("x-ratelimit-limit-minute", "x-ratelimit-remaining-minute"),
        Window::Hour => ("x-ratelimit-limit-hour", "x-ratelimit-remaining-hour"),
        Window::Day => ("x-ratelimit-limit-day", "x-ratelimit-remaining-day"),
        Window::Month => ("x-ratelimit-limit-month", "x-ratelimit-remaining-month"),
        Window::Year => ("x-ratelimit-limit-year", "x-ratelimit-remaining-year"),
    };
    (
        HeaderName::from_static(limit),
        HeaderName::from_static(remaining),
    )
}
