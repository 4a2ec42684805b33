//! The client's body on its way to an endpoint.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body as _;

use crate::body::{BegunBody, Body};
use crate::fault::{Fault, FaultKind};
use crate::listener::ClientBody;

/// Bytes of a request's body that are kept where it goes to several places.
pub(crate) const HELD_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The client's body.
pub(crate) enum RequestBody {
    /// There is none.
    None,
    /// It is still coming: it can be sent once.
    Coming(ClientBody),
    /// It is here: it can be sent any number of times.
    Held(Bytes),
    /// More came than is held, and the rest is still coming: it can be sent once.
    Begun(Box<BegunBody>),
    /// It went to an endpoint.
    Sent,
}

impl RequestBody {
    /// The body of a request.
    pub(crate) fn of(incoming: ClientBody) -> Self {
        if incoming.is_end_stream() {
            Self::None
        } else {
            Self::Coming(incoming)
        }
    }

    /// Reads all of it, so that it can be sent more than once.
    ///
    /// # Errors
    /// It is larger than `bytes_max`, or breaks off.
    pub(crate) async fn hold(&mut self, bytes_max: usize) -> Result<(), Fault> {
        let Self::Coming(incoming) = self else {
            return Ok(());
        };
        let (held, all) = read(incoming, bytes_max).await?;
        if !all {
            let text = "http: request body too large";
            return Err(Fault::new(FaultKind::RequestTooLarge, text));
        }
        *self = if held.is_empty() {
            Self::None
        } else {
            Self::Held(held)
        };
        Ok(())
    }

    /// Reads all of it, so that it can be sent more than once, or so much as fits.
    ///
    /// # Errors
    /// It breaks off.
    pub(crate) async fn hold_what_fits(&mut self, bytes_max: usize) -> Result<(), Fault> {
        let Self::Coming(incoming) = self else {
            return Ok(());
        };
        let (held, all) = read(incoming, bytes_max).await?;
        *self = match std::mem::replace(self, Self::Sent) {
            Self::Coming(rest) if !all => Self::Begun(Box::new(BegunBody { held, rest })),
            _ if held.is_empty() => Self::None,
            _ => Self::Held(held),
        };
        Ok(())
    }

    /// What is at hand of it.
    pub(crate) fn held(&self) -> Bytes {
        match self {
            Self::Held(bytes) => bytes.clone(),
            Self::None | Self::Coming(_) | Self::Begun(_) | Self::Sent => Bytes::new(),
        }
    }

    /// The same, for a step that changes it.
    pub(crate) fn held_mut(&mut self) -> Option<&mut Bytes> {
        match self {
            Self::Held(bytes) => Some(bytes),
            Self::None | Self::Coming(_) | Self::Begun(_) | Self::Sent => None,
        }
    }

    /// Another body with the same content, where it is at hand.
    pub(crate) fn copy(&self) -> Self {
        match self {
            Self::Held(bytes) => Self::Held(bytes.clone()),
            _ => Self::None,
        }
    }

    /// The body to send. Where the length of it is not among the forwarded headers, it is framed
    /// without.
    pub(crate) fn take(&mut self, length_told: bool) -> Body {
        match self {
            Self::None | Self::Sent => Body::Empty,
            Self::Held(bytes) if length_told => Body::Full(bytes.clone()),
            Self::Held(bytes) => Body::ChunkedFull(bytes.clone()),
            Self::Coming(_) | Self::Begun(_) => match std::mem::replace(self, Self::Sent) {
                Self::Coming(incoming) if length_told => Body::Client(incoming),
                Self::Coming(incoming) => Body::Chunked(incoming),
                Self::Begun(begun) => Body::Begun(begun),
                Self::None | Self::Held(_) | Self::Sent => Body::Empty,
            },
        }
    }

    /// Takes a body back of which nothing was sent.
    pub(crate) fn put_back(&mut self, body: Body) {
        match body {
            Body::Client(incoming) | Body::Chunked(incoming) => *self = Self::Coming(incoming),
            Body::Begun(begun) => *self = Self::Begun(begun),
            _ => {}
        }
    }

    /// There is nothing to send.
    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// It can be sent (again).
    pub(crate) fn is_replayable(&self) -> bool {
        matches!(self, Self::None | Self::Held(_))
    }
}

/// Reads a body until it ends, or until more has come than may be held, and tells which it was.
async fn read(incoming: &mut ClientBody, bytes_max: usize) -> Result<(Bytes, bool), Fault> {
    let mut held = BytesMut::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| {
            Fault::new(
                FaultKind::RequestBody,
                format!("the request's body broke off: {error}"),
            )
        })?;
        if let Ok(data) = frame.into_data() {
            held.extend_from_slice(&data);
            if held.len() > bytes_max {
                return Ok((held.freeze(), false));
            }
        }
    }
    Ok((held.freeze(), true))
}
