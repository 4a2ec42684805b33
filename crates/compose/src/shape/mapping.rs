//! Mapping: keys of the first level get other names.

use crate::{Object, Text};

/// Old and new names, in the order in which they are applied.
#[derive(Clone, Debug)]
pub struct Mapping(Vec<(String, Text)>);

impl Mapping {
    /// A new name counts up to its first dot (lura).
    pub(super) fn new(names: Vec<(String, String)>) -> Self {
        let cut = |new: String| match new.split_once('.') {
            Some((first, _)) => Text::from(first.to_owned()),
            None => Text::from(new),
        };
        Self(
            names
                .into_iter()
                .map(|(old, new)| (old, cut(new)))
                .collect(),
        )
    }

    /// Renames each key that is there. A key that is mapped to itself disappears, as in lura, which
    /// sets the new name and then deletes the old one.
    pub(super) fn apply(&self, data: &mut Object) {
        for (old, new) in &self.0 {
            if let Some(value) = data.remove(old)
                && new != old.as_str()
            {
                data.insert(new.clone(), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Shape;
    use crate::shape::testing::shaped;

    fn mapped(names: &[(&str, &str)], body: &str) -> String {
        let names = names
            .iter()
            .map(|&(old, new)| (old.to_owned(), new.to_owned()))
            .collect();
        shaped(&Shape::mapping(names), body)
    }

    #[test]
    fn renames_keys_of_the_first_level() {
        let body = r#"{"a":1,"b":{"a":2},"c":3}"#;
        assert_eq!(mapped(&[("a", "z")], body), r#"{"b":{"a":2},"c":3,"z":1}"#);
        assert_eq!(
            mapped(&[("a", "c")], body),
            r#"{"b":{"a":2},"c":1}"#,
            "overwrites"
        );
        assert_eq!(
            mapped(&[("b.a", "z"), ("x", "y")], body),
            body,
            "first level only"
        );
        assert_eq!(
            mapped(&[("a", "x.y.z")], body),
            r#"{"b":{"a":2},"c":3,"x":1}"#
        );
        assert_eq!(mapped(&[("a", "a")], body), r#"{"b":{"a":2},"c":3}"#);
        assert_eq!(
            mapped(&[("a", "x"), ("x", "y")], body),
            r#"{"b":{"a":2},"c":3,"y":1}"#
        );
    }
}
