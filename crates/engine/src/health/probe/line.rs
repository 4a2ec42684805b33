//! One probe in HTTP/1 or over TCP, step by step. Nothing here waits: whoever has it goes on with
//! it when its socket is ready, or when its time is over.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use haleway_health::{ProbeOrder, What};
use mio::event::Event;
use mio::{Registry, Token};

use super::answer::Answer;
use super::http1::Http1;
use super::wire::Wire;
use super::{ProbeTarget, Question, of_io};

/// A probe under way.
pub(super) struct Line {
    pub(super) order: ProbeOrder,
    pub(super) target: Arc<ProbeTarget>,
    /// When it began.
    pub(super) began: Instant,
    /// When the step that it is at has taken too long.
    pub(super) deadline: Instant,
    step: Step,
    wire: Option<Wire>,
    /// Addresses to try if this one comes to nothing.
    others: Vec<SocketAddr>,
    /// The connection served an earlier probe.
    was_kept: bool,
    in_1_0: bool,
    /// What the endpoint said in the other version of HTTP.
    first: Option<What>,
    sent: usize,
    answer: Answer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    LookingUp,
    Connecting,
    Securing,
    Sending,
    Answering,
}

/// What a line needs to go on.
pub(super) struct Desk<'a> {
    pub(super) registry: &'a Registry,
    /// What events about its connection carry.
    pub(super) token: Token,
    /// What is read goes here first.
    pub(super) buffer: &'a mut [u8],
}

/// What is known of a socket.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ready {
    is_readable: bool,
    /// Nothing comes behind what is there.
    is_ended: bool,
}

impl Ready {
    /// Something can be read, be it the end.
    pub(super) fn is_readable(self) -> bool {
        self.is_readable || self.is_ended
    }
}

impl From<&Event> for Ready {
    fn from(event: &Event) -> Self {
        Self {
            is_readable: event.is_readable(),
            is_ended: event.is_read_closed() || event.is_error(),
        }
    }
}

/// How it goes on.
pub(super) enum Progress {
    /// When the socket is ready.
    Waits,
    /// When the addresses of the endpoint are known.
    LooksUp,
    /// It does not: this came of it. The connection is there where it can be used again.
    Over(What, Option<Wire>),
}

impl Line {
    /// Begins a probe, on the connection of the last one if that was kept.
    pub(super) fn begin(
        order: ProbeOrder,
        target: Arc<ProbeTarget>,
        kept: Option<Wire>,
        desk: &mut Desk<'_>,
    ) -> (Self, Progress) {
        let began = Instant::now();
        let in_1_0 = target.http1().is_some_and(Http1::wants_1_0);
        let kept = kept.filter(|_| !in_1_0);
        let mut line = Self {
            in_1_0,
            answer: Answer::new(target.keeps()),
            was_kept: kept.is_some(),
            wire: kept,
            step: Step::Sending,
            deadline: began,
            others: Vec::new(),
            first: None,
            sent: 0,
            began,
            order,
            target,
        };
        let progress = if line.was_kept {
            line.enter(Step::Sending);
            line.go_on(Ready::default(), desk)
        } else {
            line.start(desk)
        };
        (line, progress)
    }

    /// The addresses of the endpoint are known.
    pub(super) fn found(
        &mut self,
        found: Result<Vec<SocketAddr>, What>,
        desk: &mut Desk<'_>,
    ) -> Progress {
        if self.step != Step::LookingUp {
            return Progress::Waits;
        }
        match found {
            Ok(mut addresses) => {
                addresses.reverse();
                self.others = addresses;
                self.next(What::Unreachable, desk)
            }
            Err(what) => self.end(what, false, desk),
        }
    }

    /// The socket is ready.
    pub(super) fn go_on(&mut self, ready: Ready, desk: &mut Desk<'_>) -> Progress {
        loop {
            let went = match self.step {
                Step::LookingUp => return Progress::Waits,
                Step::Connecting => self.connected(),
                Step::Securing => self.secured(),
                Step::Sending => self.send(),
                Step::Answering => return self.hear(ready, desk),
            };
            match went {
                Ok(true) if self.step == Step::Answering && !self.may_read(ready) => {
                    return Progress::Waits;
                }
                Ok(true) => {}
                Ok(false) => return Progress::Waits,
                Err(What::Connected) => return self.end(What::Connected, false, desk),
                Err(what) => return self.fail(what, desk),
            }
        }
    }

    /// The step that it is at has taken too long.
    pub(super) fn too_late(&mut self, desk: &mut Desk<'_>) -> Progress {
        match self.step {
            Step::LookingUp => self.end(What::ConnectTimeout, false, desk),
            Step::Connecting => self.next(What::ConnectTimeout, desk),
            Step::Securing => self.end(What::TlsTimeout, false, desk),
            Step::Sending | Step::Answering => {
                let what = self.answer.known().unwrap_or(What::AnswerTimeout);
                self.end(what, false, desk)
            }
        }
    }

    fn enter(&mut self, step: Step) {
        self.step = step;
        self.deadline = Instant::now() + Duration::from_micros(self.order.timeout_us);
    }

    /// From the beginning, on a new connection.
    fn start(&mut self, desk: &mut Desk<'_>) -> Progress {
        self.wire = None;
        self.was_kept = false;
        match self.target.address() {
            Some(address) => self.connect(address, desk),
            None => {
                self.enter(Step::LookingUp);
                Progress::LooksUp
            }
        }
    }

    fn connect(&mut self, address: SocketAddr, desk: &mut Desk<'_>) -> Progress {
        self.enter(Step::Connecting);
        self.sent = 0;
        self.answer = Answer::new(self.target.keeps() && !self.in_1_0);
        let address = self.target.at(address);
        let speaks_first = self.target.http1().is_some();
        match Wire::connect(address, speaks_first, desk.registry, desk.token) {
            Ok(wire) => {
                self.wire = Some(wire);
                Progress::Waits
            }
            Err(error) => self.next(of_io(&error), desk),
        }
    }

    /// The next address, or this came of the last one.
    fn next(&mut self, what: What, desk: &mut Desk<'_>) -> Progress {
        match self.others.pop() {
            Some(address) => self.connect(address, desk),
            None => self.end(what, false, desk),
        }
    }

    /// A step came to nothing.
    fn fail(&mut self, what: What, desk: &mut Desk<'_>) -> Progress {
        if self.step == Step::Connecting {
            return self.next(what, desk);
        }
        if self.was_kept && !self.answer.has_begun() {
            // It had ended in the meantime, which says nothing of the endpoint.
            return self.start(desk);
        }
        self.end(self.answer.known().unwrap_or(what), false, desk)
    }

    fn end(&mut self, what: What, is_clean: bool, desk: &mut Desk<'_>) -> Progress {
        let wire = self.wire.take().filter(|_| is_clean);
        let Some(question) = self.target.http1() else {
            return Progress::Over(what, None);
        };
        if self.first.is_some() || !question.wants_another(what, self.in_1_0) {
            return Progress::Over(question.settle(self.first, what, self.in_1_0), wire);
        }
        self.first = Some(what);
        self.in_1_0 = !self.in_1_0;
        self.start(desk)
    }

    /// The connection stands, or not. In the clear the request says which.
    fn connected(&mut self) -> Result<bool, What> {
        match &self.target.question {
            Question::Http1(question) if question.secure().is_none() => return self.send(),
            Question::Http1(_) => {}
            Question::Tcp | Question::Http2(_) => {
                return self.stands().and(Err(What::Connected));
            }
        }
        self.stands()?;
        self.enter(Step::Securing);
        let secure = self.target.http1().and_then(Http1::secure);
        let (Some(secure), Some(wire)) = (secure, self.wire.take()) else {
            return Err(What::TlsFailed);
        };
        self.wire = Some(wire.secure(secure)?);
        Ok(true)
    }

    fn stands(&self) -> Result<(), What> {
        let wire = self.wire.as_ref().ok_or(What::Reset)?;
        wire.connected().map_err(|error| of_io(&error))
    }

    fn secured(&mut self) -> Result<bool, What> {
        let wire = self.wire.as_mut().ok_or(What::TlsFailed)?;
        if wire.shake_hands().map_err(|_| What::TlsFailed)? {
            self.enter(Step::Sending);
            return Ok(true);
        }
        Ok(false)
    }

    /// Sends what is left of the request; false where there is no room for it now.
    fn send(&mut self) -> Result<bool, What> {
        let (Some(wire), Some(question)) = (self.wire.as_mut(), self.target.http1()) else {
            return Err(What::Reset);
        };
        let request = question.request(self.in_1_0);
        let was_connected = self.step != Step::Connecting;
        let mut is_connected = was_connected;
        while self.sent < request.len() {
            match wire.write(&request[self.sent..]) {
                Ok(None) => break,
                Ok(Some(count)) if count > 0 => self.sent += count,
                Err(error) if !is_connected => return Err(of_io(&error)),
                Ok(_) | Err(_) => return Err(What::Reset),
            }
            is_connected = true;
        }
        let is_sent = self.sent == request.len() && wire.flush().map_err(|_| What::Reset)?;
        if is_sent {
            self.enter(Step::Answering);
        } else if is_connected && !was_connected {
            self.enter(Step::Sending);
        }
        Ok(is_sent)
    }

    fn may_read(&self, ready: Ready) -> bool {
        ready.is_readable() || !matches!(self.wire, Some(Wire::Clear(_)))
    }

    fn hear(&mut self, ready: Ready, desk: &mut Desk<'_>) -> Progress {
        loop {
            let Some(wire) = self.wire.as_mut() else {
                return self.fail(What::Reset, desk);
            };
            let read = match wire.read(desk.buffer) {
                Ok(Some(0)) | Err(_) => return self.fail(What::Reset, desk),
                Ok(Some(read)) => read,
                Ok(None) => return Progress::Waits,
            };
            let is_drained = wire.is_drained_by(read, desk.buffer.len());
            if let Some(heard) = self.answer.feed(&desk.buffer[..read]) {
                return self.end(heard.what, heard.is_clean && !ready.is_ended, desk);
            }
            if is_drained && !ready.is_ended {
                return Progress::Waits;
            }
        }
    }
}
