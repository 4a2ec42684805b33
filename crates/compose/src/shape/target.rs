//! Target: an object inside the body becomes the body.

use crate::{Json, Object};

/// A path to the object that becomes the body.
#[derive(Clone, Debug)]
pub struct Target {
    path: Vec<String>,
}

impl Target {
    pub(super) fn new(path: Vec<String>) -> Self {
        Self { path }
    }

    pub(super) fn apply(&self, data: &mut Object) {
        for segment in &self.path {
            *data = match data.remove(segment) {
                Some(Json::Object(inner)) => inner,
                _ => {
                    data.clear();
                    return;
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Shape;
    use crate::shape::testing::{path, shaped};

    #[test]
    fn takes_the_object_at_the_path() {
        let body = r#"{"a":{"b":{"c":1},"l":[{"c":1}],"n":null},"b":2}"#;
        let table = [
            ("a", r#"{"b":{"c":1},"l":[{"c":1}],"n":null}"#),
            ("a.b", r#"{"c":1}"#),
            ("a.b.c", "{}"),
            ("a.l", "{}"),
            ("a.l.0", "{}"),
            ("a.n", "{}"),
            ("b", "{}"),
            ("absent", "{}"),
            ("a.absent.b", "{}"),
        ];
        for (target, expected) in table {
            assert_eq!(
                shaped(&Shape::target(path(target)), body),
                expected,
                "{target}"
            );
        }
    }

    #[test]
    fn an_empty_path_is_the_body_itself() {
        assert_eq!(shaped(&Shape::target(vec![]), r#"{"a":1}"#), r#"{"a":1}"#);
    }
}
