//! The prober: all probes under way, on one queue of events of their own.
//!
//! A probe in HTTP/1 or over TCP is an entry in a table and has neither a task nor a timer: events
//! come for many at once, and time limits are looked at for many at once. HTTP/2 and look-ups of
//! names are tasks.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use haleway_health::{Event as Seen, ProbeOrder, ProbeReport, What};
use mio::{Events, Poll, Registry, Token};
use tokio::io::unix::AsyncFd;
use tokio::task::JoinSet;

use super::line::{Desk, Line, Progress, Ready};
use super::{ProbeTarget, Question};
use crate::health::court::ProbeToSend;
use crate::health::inbox::Told;
use crate::health::numbers::{ByNumber, Numbers};
use crate::upstream::resolve;

/// Sends probes and hears their answers.
pub(in crate::health) struct Prober {
    poll: AsyncFd<Poll>,
    events: Events,
    under_way: UnderWay,
}

/// Probes under way.
struct UnderWay {
    registry: Registry,
    buffer: Box<[u8]>,
    lines: ByNumber<usize, Box<Line>>,
    /// Connections made so far, each with its number.
    made: usize,
    /// Kept connections about which something was heard while nothing was asked: they have ended.
    ended: Numbers<usize>,
    /// No time limit passes before.
    earliest: Option<Instant>,
    tasks: JoinSet<Done>,
    came_back: Vec<Told>,
}

/// What a task came to.
enum Done {
    Told(Told),
    Found(usize, Result<Vec<SocketAddr>, What>),
}

/// Events that are taken at once.
const EVENTS_MAX: usize = 256;

/// Bytes that are read at once. An answer that is longer is left unread where its connection is not
/// kept, as Kong leaves what is behind the first 4 KiB.
const READ_BYTES_MAX: usize = 16 * 1024;

/// Probes that are sent before answers are looked for.
const SENT_AT_ONCE_MAX: usize = 64;

/// Time limits are looked at no more often than this.
const LIMITS_EVERY: Duration = Duration::from_millis(5);

/// Kept connections whose end is remembered.
const ENDED_MAX: usize = 64 * 1024;

impl Prober {
    /// One without probes. It must be made inside a runtime.
    ///
    /// # Errors
    /// The system gives no queue of events.
    pub(in crate::health) fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        #[expect(
            deprecated,
            reason = "unsound only for what changes its descriptor, which a queue of events never does"
        )]
        let poll = AsyncFd::with_interest(poll, tokio::io::Interest::READABLE)?;
        Ok(Self {
            poll,
            events: Events::with_capacity(EVENTS_MAX),
            under_way: UnderWay {
                registry,
                buffer: vec![0; READ_BYTES_MAX].into_boxed_slice(),
                lines: ByNumber::default(),
                made: 0,
                ended: Numbers::default(),
                earliest: None,
                tasks: JoinSet::new(),
                came_back: Vec::new(),
            },
        })
    }

    /// Begins probes. It must be called inside a local set.
    pub(in crate::health) fn send(&mut self, probes: &mut Vec<ProbeToSend>) {
        for (nth, (order, target)) in probes.drain(..).enumerate() {
            if nth % SENT_AT_ONCE_MAX == SENT_AT_ONCE_MAX - 1 {
                look(self.poll.get_mut(), &mut self.events, &mut self.under_way);
            }
            self.under_way.begin(order, target);
        }
    }

    /// Waits until probes have come back.
    pub(in crate::health) async fn hear(&mut self) {
        let under_way = &mut self.under_way;
        while under_way.came_back.is_empty() {
            tokio::select! {
                ready = self.poll.readable_mut() => match ready {
                    Ok(mut ready) => {
                        // Whatever comes from now on is another event.
                        ready.clear_ready();
                        look(ready.get_inner_mut(), &mut self.events, under_way);
                    }
                    // The runtime ends.
                    Err(_) => std::future::pending().await,
                },
                Some(done) = under_way.tasks.join_next() => match done {
                    Ok(Done::Told(told)) => under_way.came_back.push(told),
                    Ok(Done::Found(number, found)) => {
                        under_way.step(number, |line, desk| line.found(found, desk));
                    }
                    // It panicked: the judge gives up the probe.
                    Err(_) => {}
                },
            }
        }
    }

    /// Those that came back.
    pub(in crate::health) fn came_back(&mut self) -> &mut Vec<Told> {
        &mut self.under_way.came_back
    }

    /// When to look at time limits again.
    pub(in crate::health) fn earliest(&self) -> Option<Instant> {
        self.under_way.earliest
    }

    /// Gives up steps that have taken too long. Answers that are there are heard first.
    pub(in crate::health) fn give_up(&mut self, now: Instant) {
        if self
            .under_way
            .earliest
            .is_some_and(|earliest| earliest <= now)
        {
            look(self.poll.get_mut(), &mut self.events, &mut self.under_way);
            self.under_way.give_up(now);
        }
    }
}

/// Takes the events that are there.
fn look(poll: &mut Poll, events: &mut Events, under_way: &mut UnderWay) {
    loop {
        match poll.poll(events, Some(Duration::ZERO)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return,
            Ok(()) => {}
        }
        let mut count = 0;
        for event in &*events {
            count += 1;
            let Token(number) = event.token();
            under_way.go_on(number, Ready::from(event));
        }
        if count < EVENTS_MAX {
            return;
        }
    }
}

impl UnderWay {
    fn begin(&mut self, order: ProbeOrder, target: Arc<ProbeTarget>) {
        if matches!(target.question, Question::Http2(_)) {
            self.tasks.spawn_local(async move {
                let began = Instant::now();
                let what = super::ask_http2(&target, &order).await;
                Done::Told(told(&order, what, began))
            });
            return;
        }
        let kept = target.take_kept();
        let kept = kept.filter(|(number, _)| self.ended.is_empty() || !self.ended.remove(number));
        let (number, wire) = match kept {
            Some((number, wire)) => (number, Some(wire)),
            None => {
                self.made = self.made.wrapping_add(1);
                (self.made, None)
            }
        };
        let mut desk = Desk {
            registry: &self.registry,
            token: Token(number),
            buffer: &mut self.buffer,
        };
        let (line, progress) = Line::begin(order, target, wire, &mut desk);
        let earliest = self
            .earliest
            .map_or(line.deadline, |at| at.min(line.deadline));
        self.earliest = Some(earliest);
        self.lines.insert(number, Box::new(line));
        self.book(number, progress);
    }

    /// The socket with this number is ready.
    fn go_on(&mut self, number: usize, ready: Ready) {
        let is_asked = self.step(number, |line, desk| line.go_on(ready, desk));
        if !is_asked && ready.is_readable() {
            self.note_end(number);
        }
    }

    /// Takes a step of a probe; false where that is not under way.
    fn step(
        &mut self,
        number: usize,
        step: impl FnOnce(&mut Line, &mut Desk<'_>) -> Progress,
    ) -> bool {
        let Some(line) = self.lines.get_mut(&number) else {
            return false;
        };
        let mut desk = Desk {
            registry: &self.registry,
            token: Token(number),
            buffer: &mut self.buffer,
        };
        let progress = step(line, &mut desk);
        self.book(number, progress);
        true
    }

    fn book(&mut self, number: usize, progress: Progress) {
        match progress {
            Progress::Waits => {}
            Progress::LooksUp => self.look_up(number),
            Progress::Over(what, wire) => {
                let Some(line) = self.lines.remove(&number) else {
                    return;
                };
                if let Some(wire) = wire {
                    line.target.keep(number, wire);
                }
                self.came_back.push(told(&line.order, what, line.began));
            }
        }
    }

    fn look_up(&mut self, number: usize) {
        let Some(line) = self.lines.get(&number) else {
            return;
        };
        let target = line.target.clone();
        self.tasks.spawn_local(async move {
            let found = resolve(&target.endpoint).await;
            Done::Found(number, found.map_err(|fault| fault.what))
        });
    }

    /// A kept connection about which something is heard while nothing was asked is of no use.
    fn note_end(&mut self, number: usize) {
        if self.ended.len() >= ENDED_MAX {
            // Those of endpoints that have left are among them. The others find out by themselves.
            self.ended.clear();
        }
        self.ended.insert(number);
    }

    fn give_up(&mut self, now: Instant) {
        let late = self.lines.iter().filter(|(_, line)| line.deadline <= now);
        let late: Vec<usize> = late.map(|(number, _)| *number).collect();
        for number in late {
            self.step(number, Line::too_late);
        }
        let earliest = self.lines.values().map(|line| line.deadline).min();
        self.earliest = earliest.map(|at| at.max(now + LIMITS_EVERY));
    }
}

fn told(order: &ProbeOrder, what: What, began: Instant) -> Told {
    let elapsed = began.elapsed().as_micros();
    Told {
        endpoint: order.endpoint,
        event: Seen::Probe(ProbeReport {
            attempt: order.attempt,
            what,
            latency_us: u64::try_from(elapsed).unwrap_or(u64::MAX),
        }),
    }
}
