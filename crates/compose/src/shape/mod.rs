//! Shapes: changes to one decoded body before it is merged with others.
//!
//! One file per shape. A shape is made once, from its exact parameters, and applied to many bodies;
//! whatever can be worked out beforehand is. Behaviour is that of the entity formatter of KrakenD
//! 2.13 (lura), where a step has, in this order: target, allow or deny, mapping, group. A flatmap
//! takes the place of allow, deny and mapping.

mod filter;
mod flatmap;
mod group;
mod mapping;
mod target;
mod tree;

use filter::{Allow, Deny};
use flatmap::Flatmap;
pub use flatmap::FlatmapOp;
use mapping::Mapping;
use target::Target;

use crate::Object;

/// One change to a decoded body. Made by the constructors below, which precompile it.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Replaces the body by the object at a path.
    Target(Target),
    /// Keeps the named paths alone.
    Allow(Allow),
    /// Removes the named paths.
    Deny(Deny),
    /// Renames keys of the first level.
    Mapping(Mapping),
    /// Wraps the body in one key.
    Group(String),
    /// Moves, deletes and appends anywhere, lists included.
    Flatmap(Flatmap),
}

impl Shape {
    /// Replaces the body by the object at `path`; by an empty object when there is none.
    pub fn target(path: Vec<String>) -> Self {
        Self::Target(Target::new(path))
    }

    /// Keeps `paths` alone. Does not look into lists.
    pub fn allow(paths: Vec<Vec<String>>) -> Self {
        Self::Allow(Allow::new(&paths))
    }

    /// Removes `paths`. Does not look into lists.
    pub fn deny(paths: Vec<Vec<String>>) -> Self {
        Self::Deny(Deny::new(&paths))
    }

    /// Renames keys of the first level: (old, new), applied in order.
    pub fn mapping(names: Vec<(String, String)>) -> Self {
        Self::Mapping(Mapping::new(names))
    }

    /// Wraps the body, even an empty one, in the key `name`.
    pub fn group(name: String) -> Self {
        Self::Group(name)
    }

    /// Applies `operations` in order.
    pub fn flatmap(operations: Vec<FlatmapOp>) -> Self {
        Self::Flatmap(Flatmap::new(operations))
    }

    /// Applies this shape to `data`.
    pub fn apply(&self, data: &mut Object) {
        match self {
            Self::Target(target) => target.apply(data),
            Self::Allow(allow) => allow.apply(data),
            Self::Deny(deny) => deny.apply(data),
            Self::Mapping(mapping) => mapping.apply(data),
            Self::Group(name) => group::apply(name, data),
            Self::Flatmap(flatmap) => flatmap.apply(data),
        }
    }
}

#[cfg(test)]
mod testing {
    //! Applies a shape to JSON text and gives JSON text.

    use bytes::Bytes;

    use super::Shape;
    use crate::{Json, encode_json, parse};

    pub(super) fn shaped(shape: &Shape, body: &str) -> String {
        let Json::Object(mut data) = parse(Bytes::from(body.to_owned())).unwrap() else {
            panic!("an object is needed: {body}");
        };
        shape.apply(&mut data);
        let mut out = Vec::new();
        encode_json(&data.into(), &mut out);
        String::from_utf8(out).unwrap()
    }

    pub(super) fn paths(dotted: &[&str]) -> Vec<Vec<String>> {
        dotted.iter().map(|path| self::path(path)).collect()
    }

    pub(super) fn path(dotted: &str) -> Vec<String> {
        dotted.split('.').map(str::to_owned).collect()
    }
}
