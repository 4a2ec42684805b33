//! Allow and deny: what of a body may pass.
//!
//! Both take dot paths through nested objects; neither looks into lists. Paths are merged into one
//! tree beforehand, so that a body is walked once.

use std::collections::BTreeMap;

use crate::{Json, Object};

/// Keeps the named paths alone.
#[derive(Clone, Debug)]
pub struct Allow(BTreeMap<String, Branch>);

/// Removes the named paths.
#[derive(Clone, Debug)]
pub struct Deny(BTreeMap<String, Branch>);

/// What a segment leads to.
#[derive(Clone, Debug)]
enum Branch {
    /// The end of a path: everything from here on.
    Whole,
    /// Segments that follow.
    Inside(BTreeMap<String, Branch>),
}

impl Allow {
    /// Of a path and its own prefix, the one named later counts (lura).
    pub(super) fn new(paths: &[Vec<String>]) -> Self {
        let mut root = BTreeMap::new();
        for path in paths {
            if let Some((last, parents)) = path.split_last() {
                descend(&mut root, parents).insert(last.clone(), Branch::Whole);
            }
        }
        Self(root)
    }

    pub(super) fn apply(&self, data: &mut Object) {
        keep(&self.0, data);
    }
}

impl Deny {
    /// A path counts whether or not longer ones begin with it.
    pub(super) fn new(paths: &[Vec<String>]) -> Self {
        let mut root = BTreeMap::new();
        for path in paths {
            deny_path(&mut root, path);
        }
        Self(root)
    }

    pub(super) fn apply(&self, data: &mut Object) {
        remove(&self.0, data);
    }
}

/// The branch at `path`, made where it is missing and where a whole value stood.
fn descend<'a>(
    mut branch: &'a mut BTreeMap<String, Branch>,
    path: &[String],
) -> &'a mut BTreeMap<String, Branch> {
    for segment in path {
        let next = branch.entry(segment.clone()).or_insert(Branch::Whole);
        if let Branch::Whole = next {
            *next = Branch::Inside(BTreeMap::new());
        }
        let Branch::Inside(inside) = next else {
            unreachable!("made one line above")
        };
        branch = inside;
    }
    branch
}

fn deny_path(mut branch: &mut BTreeMap<String, Branch>, path: &[String]) {
    let Some((last, parents)) = path.split_last() else {
        return;
    };
    for segment in parents {
        let next = branch
            .entry(segment.clone())
            .or_insert_with(|| Branch::Inside(BTreeMap::new()));
        match next {
            Branch::Whole => return,
            Branch::Inside(inside) => branch = inside,
        }
    }
    branch.insert(last.clone(), Branch::Whole);
}

/// Keeps what `allowed` names. An object of which nothing is left goes too.
fn keep(allowed: &BTreeMap<String, Branch>, data: &mut Object) {
    data.retain(|key, value| match (allowed.get(key.as_str()), value) {
        (Some(Branch::Whole), _) => true,
        (Some(Branch::Inside(inside)), Json::Object(object)) => {
            keep(inside, object);
            !object.is_empty()
        }
        _ => false,
    });
}

/// Removes what `denied` names. An object of which nothing is left stays, empty.
fn remove(denied: &BTreeMap<String, Branch>, data: &mut Object) {
    for (key, branch) in denied {
        match branch {
            Branch::Whole => {
                data.remove(key);
            }
            Branch::Inside(inside) => {
                if let Some(Json::Object(object)) = data.get_mut(key) {
                    remove(inside, object);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Shape;
    use crate::shape::testing::{paths, shaped};

    const BODY: &str =
        r#"{"a":{"b":{"c":1,"d":2},"e":3},"f":null,"g":[{"b":1}],"h":{},"i":{"j":{}}}"#;

    #[test]
    fn allow_keeps_the_named_paths_alone() {
        let table: [(&[&str], &str); 12] = [
            (&["f"], r#"{"f":null}"#),
            (&["a"], r#"{"a":{"b":{"c":1,"d":2},"e":3}}"#),
            (&["a.b.c"], r#"{"a":{"b":{"c":1}}}"#),
            (&["a.b.c", "a.e"], r#"{"a":{"b":{"c":1},"e":3}}"#),
            (&["a.absent"], "{}"),
            (&["a.e.deeper"], "{}"),
            (&["g.b", "g.0.b"], "{}"),
            (&["h", "f"], r#"{"f":null,"h":{}}"#),
            (&["i.j"], r#"{"i":{"j":{}}}"#),
            (&["i.j.k"], "{}"),
            (&["a", "a.e"], r#"{"a":{"e":3}}"#),
            (&["a.e", "a"], r#"{"a":{"b":{"c":1,"d":2},"e":3}}"#),
        ];
        for (allowed, expected) in table {
            assert_eq!(
                shaped(&Shape::allow(paths(allowed)), BODY),
                expected,
                "{allowed:?}"
            );
        }
    }

    #[test]
    fn deny_removes_the_named_paths() {
        let table: [(&[&str], &str); 8] = [
            (&["a", "g", "h", "i"], r#"{"f":null}"#),
            (
                &["a.b.c", "g", "h", "i"],
                r#"{"a":{"b":{"d":2},"e":3},"f":null}"#,
            ),
            (&["a.b", "f", "g", "h", "i.j"], r#"{"a":{"e":3},"i":{}}"#),
            (
                &["a.b.c", "a.b.d", "a.e", "f", "g", "h", "i"],
                r#"{"a":{"b":{}}}"#,
            ),
            (&["a", "a.e", "f", "g", "h", "i"], "{}"),
            (&["a.e", "a", "f", "g", "h", "i"], "{}"),
            (&["g.b", "g.0.b", "a", "f", "h", "i"], r#"{"g":[{"b":1}]}"#),
            (
                &["absent", "absent.b", "f.x", "a", "g", "h", "i"],
                r#"{"f":null}"#,
            ),
        ];
        for (denied, expected) in table {
            assert_eq!(
                shaped(&Shape::deny(paths(denied)), BODY),
                expected,
                "{denied:?}"
            );
        }
    }
}
