//! Composing answers: what happens to bodies between the moment they arrive from a pool and the
//! moment one answer leaves.
//!
//! A body is decoded ([`Decoding`]) into an [`Object`], changed ([`Shape`]), merged with others
//! ([`merge`]) and encoded ([`Output`]). Mechanisms are generic and take exact parameters; which of
//! them apply, and in which order, is decided by a dialect. Where behaviour copies a product, the
//! item says which: the reference is KrakenD 2.13 on lura, and the encoders of Go that it uses.
//!
//! Invariants: no I/O and no clock; every function is total, so that hostile bytes give an error or
//! an odd value and never a panic; depth and size are bounded by the constants in [`limits`].

mod decode;
mod encode;
mod gunzip;
mod json;
pub mod limits;
mod merge;
mod shape;
mod template;
mod text;

pub use decode::{DecodeError, Decoding, parse};
pub use encode::{Encoded, Output, encode_json, encode_xml, encode_yaml};
pub use gunzip::gunzip;
pub use json::{Json, Object};
pub use merge::merge;
pub use shape::{FlatmapOp, Shape};
pub use template::propagate;
pub use text::Text;
