//! Reads and writes the messages of HTTP/1 (RFC 9112): heads, bodies, the spelling of names.
//!
//! Bytes come in as slices and go out into buffers; there is no socket, no clock and no task in
//! here, so every rule can be tried on plain bytes. Whoever holds a connection asks in this order:
//! a head ([`read_request`], [`read_response`]), what body follows it ([`BodyReader`]), piece by
//! piece until it is done; and writes a head with its [`Framing`], then the body framed so ([`BodyWriter`]).
//!
//! The rules are strict where a mistake would let one request pass as two: a message that says in
//! two ways how long it is, or in one that cannot be understood, is refused.

mod body;
mod body_writer;
mod chunks;
mod framing;
mod names;
mod read;
mod write;

pub use body::{BadBody, BodyReader, Piece};
pub use body_writer::BodyWriter;
pub use framing::{BadFraming, Framing, Told};
pub use names::{ListedNames, Naming, Spelling, spell};
pub use read::{BadHead, HEADERS_MAX, Received, read_request, read_response};
pub use write::{Reason, RequestWriter, Writing, write_continue, write_response};
