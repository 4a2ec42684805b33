//! The bounds of this crate, in one place.

/// Deepest nesting of arrays and objects that a JSON body may have.
///
/// Go's decoder stops at 10000. Ours is lower because values are walked by recursion and must fit
/// the stack of a worker thread; documents beyond it do not occur in practice.
pub const JSON_DEPTH_MAX: usize = 512;

/// Deepest nesting of elements that an XML or feed body may have.
pub const XML_DEPTH_MAX: usize = 256;

/// Longest path, in segments, that a flatmap operation may name.
///
/// An operation may nest a value as deep as its destination is long.
pub const PATH_SEGMENTS_MAX: usize = 64;
