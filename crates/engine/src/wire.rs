//! What both sides of the engine do with the bytes of an HTTP/1 connection: read them without a
//! buffer per connection, and write them without one, too.
//!
//! A core reads into one buffer of its own and mostly finds a whole message in it. A connection
//! holds bytes only where a message has come in part, where more came than was asked for, or where
//! a socket takes no more for the moment; so connections at rest hold none.

mod inbox;
mod outbox;
mod scratch;

pub(crate) use inbox::{BodyFault, HeadFault, Inbox};
pub(crate) use outbox::Outbox;
pub(crate) use scratch::Page;
