//! Facts: what KrakenD's flatmap library 1.2 makes of these bodies. Where it leaves nothing at all
//! (`null`), an empty object stands here, for a body is an object.

use crate::shape::testing::{path, paths, shaped};
use crate::{FlatmapOp, Shape};

/// Body, operations, result.
const TABLE: &[(&str, &[&str], &str)] = &[
    (
        r#"{"collection":[{"path":"/c/2","i":0},{"path":"/c/2","i":1}]}"#,
        &[
            "move collection paths",
            "del paths.*.i",
            "move paths.*.path paths.*.url",
        ],
        r#"{"paths":[{"url":"/c/2"},{"url":"/c/2"}]}"#,
    ),
    (r#"{"a":{"b":1,"c":2}}"#, &["del a.b"], r#"{"a":{"c":2}}"#),
    (r#"{"a":{"b":1}}"#, &["del a.b"], r#"{"a":null}"#),
    (r#"{"a":{"b":1}}"#, &["del a"], "{}"),
    (r#"{"a":[1,2,3]}"#, &["del a.0"], r#"{"a":[2,3]}"#),
    (r#"{"a":[1,2,3]}"#, &["del a.*"], r#"{"a":null}"#),
    (
        r#"{"a":{"b":[{"c":1,"d":2},{"c":3},{}]}}"#,
        &["del a.b.*.c"],
        r#"{"a":{"b":[{"d":2},null,{}]}}"#,
    ),
    (
        r#"{"a":{"b":{"c":1}}}"#,
        &["move a.b.c x"],
        r#"{"a":{"b":null},"x":1}"#,
    ),
    (
        r#"{"a":{"b":{"c":1}}}"#,
        &["move a.b.c a.c"],
        r#"{"a":{"b":null,"c":1}}"#,
    ),
    (
        r#"{"a":{"b":{"c":1,"d":2}}}"#,
        &["move a.b x"],
        r#"{"a":null,"x":{"c":1,"d":2}}"#,
    ),
    (r#"{"a":1}"#, &["move a b.c"], r#"{"b":{"c":1}}"#),
    (
        r#"{"a":1,"b":{"c":2}}"#,
        &["move a b.d"],
        r#"{"b":{"c":2,"d":1}}"#,
    ),
    (r#"{"a":{"b":1}}"#, &["move a.b x.y"], r#"{"a":{"y":1}}"#),
    (r#"{"a":{"b":1}}"#, &["move a.b a.c"], r#"{"a":{"c":1}}"#),
    (
        r#"{"a":{"b":1}}"#,
        &["move a.b a.c.d"],
        r#"{"a":{"c":{"d":1}}}"#,
    ),
    (
        r#"{"a":{"b":1}}"#,
        &["move a.b z.c.d"],
        r#"{"a":{"c":{"d":1}}}"#,
    ),
    (
        r#"{"a":[{"b":{"c":1}},{"b":{"c":2}}]}"#,
        &["move a.*.b.c a.*.x"],
        r#"{"a":[{"b":null,"x":1},{"b":null,"x":2}]}"#,
    ),
    (
        r#"{"a":[{"b":{"c":1}},{"b":{"c":2}}]}"#,
        &["move a.*.b.c x"],
        r#"{"a":[{"b":null},{"b":null}],"x":2}"#,
    ),
    (
        r#"{"a":[{"b":1},{"b":2}]}"#,
        &["move a.*.b a.*.x.y"],
        r#"{"a":[{"x":{"y":1}},{"x":{"y":2}}]}"#,
    ),
    (
        r#"{"a":[{"b":1},{"c":2}]}"#,
        &["move a.*.b a.*.x"],
        r#"{"a":[{"x":1},{"c":2}]}"#,
    ),
    (
        r#"{"a":[{"b":1},{"b":2}]}"#,
        &["move a.0.b a.0.x"],
        r#"{"a":[{"x":1},{"b":2}]}"#,
    ),
    (
        r#"{"a":[{"b":1},{"b":2}]}"#,
        &["move a.0 a.x"],
        r#"{"a":[{"b":1},{"b":2}]}"#,
    ),
    (
        r#"{"a":[{"b":1},{"b":2}]}"#,
        &["move a.0 first"],
        r#"{"a":[{"b":2}],"first":{"b":1}}"#,
    ),
    (
        r#"{"a":{"x":{"v":1},"y":{"v":2}}}"#,
        &["move a.*.v a.*.w"],
        r#"{"a":{"x":{"w":1},"y":{"w":2}}}"#,
    ),
    (
        r#"{"a":{"x":{"v":1},"y":{"v":2}}}"#,
        &["move a.* b.*"],
        r#"{"a":{"x":{"v":1},"y":{"v":2}}}"#,
    ),
    (
        r#"{"a":{"x":{"v":1},"y":{"v":2}}}"#,
        &["del *.x"],
        r#"{"a":{"y":{"v":2}}}"#,
    ),
    (r#"{"a":{"x":1},"b":{"x":2}}"#, &["del *"], "{}"),
    (
        r#"{"a":[1,2],"b":[3]}"#,
        &["append a b"],
        r#"{"b":[3,1,2]}"#,
    ),
    (r#"{"a":[1,2],"b":[]}"#, &["append a b"], r#"{"b":[1,2]}"#),
    (r#"{"a":[],"b":[3]}"#, &["append a b"], r#"{"b":[3]}"#),
    (r#"{"a":[],"b":[]}"#, &["append a b"], r#"{"b":[]}"#),
    (r#"{"a":1,"b":[3]}"#, &["append a b"], r#"{"a":1,"b":[3]}"#),
    (
        r#"{"a":[1],"b":{"c":[2]}}"#,
        &["append a b.c"],
        r#"{"b":{"c":[2,1]}}"#,
    ),
    (
        r#"{"a":{"c":[1]},"b":[2]}"#,
        &["append a.c b"],
        r#"{"a":null,"b":[2,1]}"#,
    ),
    (
        r#"{"a":[{"x":1}],"b":[{"x":2}]}"#,
        &["append a b", "del b.*.x"],
        r#"{"b":[null,null]}"#,
    ),
    (
        r#"{"a":[1],"b":[2,3,4]}"#,
        &["del b.0", "append a b"],
        r#"{"b":[4,1,3]}"#,
    ),
    (
        r#"{"a":[{"k":1}],"b":[{"k":2},{"k":3},{"k":4}]}"#,
        &["del b.0", "append a b"],
        r#"{"b":[{"k":4},{"k":1},{"k":3}]}"#,
    ),
    (r#"{"a":[1]}"#, &["append a a"], "{}"),
    (r#"{"a":[1]}"#, &["append a c"], r#"{"a":[1]}"#),
    (
        r#"{"a":[{"l":[1]},{"l":[2]}],"b":[0]}"#,
        &["append a.*.l b"],
        r#"{"a":[null,null],"b":[0,[1],[2]]}"#,
    ),
    (
        r#"{"a":{"b":null}}"#,
        &["move a.b a.c"],
        r#"{"a":{"c":null}}"#,
    ),
    (r#"{"a":{"b":{}}}"#, &["move a.b.c x"], r#"{"a":{"b":{}}}"#),
    (r#"{"a":{"b":[]}}"#, &["del a.b.*"], r#"{"a":{"b":[]}}"#),
    (r#"{"a":{"b":{}}}"#, &["move a.b b"], r#"{"a":null,"b":{}}"#),
    (
        r#"{"a":{"b":{"c":1}},"x":{"y":2}}"#,
        &["move a.b.c x.z"],
        r#"{"a":{"b":null},"x":{"y":2,"z":1}}"#,
    ),
    (
        r#"{"a":{"b":{"c":1}}}"#,
        &["move a.b.c x.z"],
        r#"{"a":{"b":null},"z":1}"#,
    ),
    (
        r#"{"a":{"b":{"c":{"d":1}}}}"#,
        &["move a.b.c.d p.q.r"],
        r#"{"a":{"b":{"c":null}},"r":1}"#,
    ),
    (
        r#"{"a":{"b":{"c":{"d":1}}}}"#,
        &["move a.b.c.d a.q.r"],
        r#"{"a":{"b":{"c":null},"r":1}}"#,
    ),
    (r#"{"1":{"a":1}}"#, &["move 1.a 1.b"], r#"{"1":{"b":1}}"#),
    (
        r#"{"01":{"a":1},"1":{"a":2}}"#,
        &["del 01.a"],
        r#"{"01":null,"1":{"a":2}}"#,
    ),
    ("{}", &["move a b"], "{}"),
    ("{}", &["del a"], "{}"),
    (
        r#"{"a":{"b":1}}"#,
        &["move absent x", "del absent.b", "append absent a"],
        r#"{"a":{"b":1}}"#,
    ),
    (
        r#"{"a":[[{"x":1}],[{"x":2}]]}"#,
        &["del a.*.*.x"],
        r#"{"a":[[null],[null]]}"#,
    ),
    (
        r#"{"a":[[{"x":1,"y":0}],[{"x":2}]]}"#,
        &["move a.*.*.x a.*.*.z"],
        r#"{"a":[[{"y":0,"z":1}],[{"z":2}]]}"#,
    ),
    (
        r#"{"a":[{"b":[{"c":1},{"c":2}]},{"b":[{"c":3}]}]}"#,
        &["move a.*.b.*.c a.*.b.*.d.e"],
        r#"{"a":[{"b":[{"d":{"e":1}},{"d":{"e":2}}]},{"b":[{"d":{"e":3}}]}]}"#,
    ),
    (
        r#"{"a":[{"b":[{"c":{"d":1}}]},{"b":[{"c":{"d":3}}]}]}"#,
        &["move a.*.b.*.c.d a.*.d"],
        r#"{"a":[{"b":[{"c":null}],"d":1},{"b":[{"c":null}],"d":3}]}"#,
    ),
    (
        r#"{"a":{"b":"s"}}"#,
        &["move a.b a.b.c"],
        r#"{"a":{"b":{"c":"s"}}}"#,
    ),
    (r#"{"a":"s"}"#, &["move a a.b"], r#"{"a":{"b":"s"}}"#),
    (r#"{"a":"s","b":1}"#, &["move b a.b"], r#"{"a":{"b":1}}"#),
    (
        r#"{"a":"s","b":{"c":1}}"#,
        &["move b.c a"],
        r#"{"a":1,"b":null}"#,
    ),
    (
        r#"{"a":{"b":1,"c":{"b":2}}}"#,
        &["move a.c.b a.d"],
        r#"{"a":{"b":1,"c":null,"d":2}}"#,
    ),
];

fn operation(text: &str) -> FlatmapOp {
    let words: Vec<&str> = text.split(' ').collect();
    match words[..] {
        ["move", from, to] => FlatmapOp::Move {
            from: path(from),
            to: path(to),
        },
        ["append", from, to] => FlatmapOp::Append {
            from: path(from),
            to: path(to),
        },
        ["del", ref deleted @ ..] => FlatmapOp::Delete {
            paths: paths(deleted),
        },
        _ => panic!("no operation: {text}"),
    }
}

#[test]
fn works_as_krakends_flatmap_does() {
    let mut wrong = Vec::new();
    for (body, operations, expected) in TABLE {
        let flatmap = Shape::flatmap(operations.iter().map(|text| operation(text)).collect());
        let got = shaped(&flatmap, body);
        if got != *expected {
            wrong.push((body, operations, got, expected));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn operations_without_their_paths_do_nothing() {
    let long = vec!["a".to_owned(); crate::limits::PATH_SEGMENTS_MAX + 1];
    let flatmap = Shape::flatmap(vec![
        FlatmapOp::Move {
            from: vec![],
            to: path("b"),
        },
        FlatmapOp::Move {
            from: path("a"),
            to: vec![],
        },
        FlatmapOp::Move {
            from: path("a"),
            to: long,
        },
        FlatmapOp::Append {
            from: vec![],
            to: vec![],
        },
        FlatmapOp::Delete {
            paths: vec![vec![]],
        },
    ]);
    assert_eq!(shaped(&flatmap, r#"{"a":1}"#), r#"{"a":1}"#);
}

#[test]
fn of_two_edges_with_one_label_the_one_moved_last_wins() {
    let moves = |names: &[(&str, &str)]| {
        let moves = names.iter().map(|(from, to)| FlatmapOp::Move {
            from: path(from),
            to: path(to),
        });
        Shape::flatmap(moves.collect())
    };
    assert_eq!(
        shaped(&moves(&[("a.x", "b")]), r#"{"a":{"x":1},"b":2}"#),
        r#"{"a":null,"b":1}"#
    );
    assert_eq!(
        shaped(&moves(&[("a", "b")]), r#"{"a":1,"b":2}"#),
        r#"{"b":1}"#
    );
    assert_eq!(
        shaped(&moves(&[("b", "a")]), r#"{"a":1,"b":2}"#),
        r#"{"a":2}"#
    );
}

#[test]
fn long_lists_are_handled_in_good_time() {
    let items = vec![r#"{"a":{"b":1},"c":2}"#; 20_000].join(",");
    let body = format!(r#"{{"l":[{items}],"m":[1,2]}}"#);
    let flatmap = Shape::flatmap(vec![
        FlatmapOp::Move {
            from: path("l.*.a.b"),
            to: path("l.*.b"),
        },
        FlatmapOp::Delete {
            paths: paths(&["l.*.a", "l.*.c"]),
        },
        FlatmapOp::Delete {
            paths: paths(&["l.0"]),
        },
        FlatmapOp::Append {
            from: path("m"),
            to: path("l"),
        },
    ]);
    let result = shaped(&flatmap, &body);
    assert!(
        result.starts_with(r#"{"l":[{"b":1},{"b":1}"#),
        "{}",
        &result[..60]
    );
}
