//! Broken exchanges, in the words of Go's client.

use crate::fault::{Fault, FaultKind};
use crate::upstream::Broken;
use crate::wire::HeadFault;

/// Whether the endpoint ended the connection before it answered.
pub(super) fn is_hung_up(broken: &Broken) -> bool {
    matches!(
        broken,
        Broken::Head(HeadFault::Ended | HeadFault::CutShort | HeadFault::Io(_))
    )
}

/// A broken exchange in the words of Go's client.
pub(super) fn fault_of_http1(broken: &Broken) -> Fault {
    let (kind, text) = match broken {
        Broken::RequestBody => (
            FaultKind::RequestBody,
            "the request's body broke off".to_owned(),
        ),
        Broken::Head(HeadFault::TooLarge) => (FaultKind::TooLarge, TOO_LARGE.to_owned()),
        Broken::Head(HeadFault::Ended) => (FaultKind::Reset, "EOF".to_owned()),
        Broken::Head(HeadFault::CutShort) => (FaultKind::Reset, "unexpected EOF".to_owned()),
        Broken::Head(HeadFault::Io(error)) => (FaultKind::Reset, text_of(error)),
        Broken::Head(HeadFault::Bad(bad)) => (FaultKind::Protocol, broken_transport(bad)),
        Broken::Framing(bad) => (FaultKind::Protocol, broken_transport(bad)),
    };
    Fault::new(kind, text)
}

const TOO_LARGE: &str = "net/http: server response headers exceeded the limit; aborted";

fn broken_transport(error: &dyn std::error::Error) -> String {
    format!("net/http: HTTP/1.x transport connection broken: {error}")
}

fn text_of(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "unexpected EOF".to_owned(),
        _ => crate::upstream::io_text(error),
    }
}

fn io_of(error: &hyper::Error) -> Option<&std::io::Error> {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref() {
            return Some(io);
        }
        source = inner.source();
    }
    None
}

/// The same for HTTP/2.
pub(crate) fn fault_of(error: &hyper::Error) -> Fault {
    if let Some(io) = io_of(error) {
        return Fault::new(FaultKind::Reset, text_of(io));
    }
    if error.is_user() {
        return Fault::new(FaultKind::RequestBody, "the request's body broke off");
    }
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        return Fault::new(FaultKind::Reset, "EOF");
    }
    Fault::new(FaultKind::Protocol, error.to_string())
}
