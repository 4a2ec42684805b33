//! `/v1/events`: what health decided, as lines of JSON or as server-sent events.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use haleway_blueprint::runtime::Running;
use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};
use hyper::body::{Body, Frame};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Interval;

use crate::Subject;
use crate::answer::{self, Answer};
use crate::limits::{EVENT_SUBSCRIBERS_MAX, EVENTS_ALIVE_EVERY, EVENTS_LOOK_EVERY};

/// Those who listen to server-sent events.
#[derive(Clone, Debug)]
pub(crate) struct Subscribers(Arc<Semaphore>);

impl Default for Subscribers {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(EVENT_SUBSCRIBERS_MAX)))
    }
}

/// The events behind `since` (or behind `Last-Event-ID`, which a client sends that comes again).
pub(crate) fn events(
    subject: &Subject,
    subscribers: &Subscribers,
    headers: &HeaderMap,
    query: Option<&str>,
) -> Answer {
    let last = headers.get("last-event-id").and_then(|it| it.to_str().ok());
    let since = last.or_else(|| value(query, "since"));
    let since = since.and_then(|text| text.parse().ok()).unwrap_or(0);
    let accept = headers.get(ACCEPT).and_then(|it| it.to_str().ok());
    if !accept.is_some_and(|accept| accept.contains("text/event-stream")) {
        let mut lines = String::new();
        for event in subject.running.events(since) {
            lines.push_str(&event.json);
            lines.push('\n');
        }
        return answer::json_lines(lines);
    }
    let Ok(place) = subscribers.0.clone().try_acquire_owned() else {
        let message = "as many clients as allowed listen to events already";
        return answer::error(StatusCode::SERVICE_UNAVAILABLE, message);
    };
    answer::event_stream(EventStream {
        running: subject.running.clone(),
        since,
        looks: tokio::time::interval(EVENTS_LOOK_EVERY),
        quiet: 0,
        _place: place,
    })
}

fn value<'q>(query: Option<&'q str>, name: &str) -> Option<&'q str> {
    let pairs = query.unwrap_or_default().split('&');
    pairs
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// A body that goes on as long as there are events. It looks for them in short intervals, so that
/// whoever makes them waits for nobody.
pub(crate) struct EventStream {
    running: Arc<dyn Running>,
    since: u64,
    looks: Interval,
    /// Looks without an event since something was sent.
    quiet: u32,
    _place: OwnedSemaphorePermit,
}

impl Body for EventStream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        loop {
            if self.looks.poll_tick(cx).is_pending() {
                return Poll::Pending;
            }
            let events = self.running.events(self.since);
            let mut text = String::new();
            for event in events {
                self.since = event.number;
                // Writing to a String cannot fail.
                let _ = write!(text, "id: {}\ndata: {}\n\n", event.number, event.json);
            }
            if text.is_empty() {
                self.quiet += 1;
                if self.quiet < EVENTS_ALIVE_EVERY {
                    continue;
                }
                text.push_str(": alive\n\n");
            }
            self.quiet = 0;
            return Poll::Ready(Some(Ok(Frame::data(Bytes::from(text)))));
        }
    }
}
