//! Redirects to paths nearby, as gin documents them.

use haleway_blueprint::PathRules;

use super::super::clean::clean_path;
use super::{RULES, check, outcome};

#[test]
fn a_slash_at_the_end_is_added_or_taken() {
    let routes = [
        "GET /a",
        "GET /b/",
        "GET /c/:id",
        "GET /d/:id/",
        "GET /e/*rest",
        "GET /",
        "GET /f",
        "GET /f/:id",
        "GET /__health",
        "/__debug/*param",
    ];
    check(
        &routes,
        &[
            ("/a/", "-> /a"),
            ("/b", "-> /b/"),
            ("/c/1/", "-> /c/1"),
            ("/d/1", "-> /d/1/"),
            ("/e", "-> /e/"),
            ("/f/", "-> /f"),
            ("/__health/", "-> /__health"),
            ("/__debug", "-> /__debug/"),
            ("POST /__debug", "-> /__debug/"),
            ("/", "/"),
            ("POST /", "405 GET"),
            ("CONNECT /__debug", "404"),
            ("/nowhere/", "404"),
        ],
    );
}

#[test]
fn case_and_dots_are_mended() {
    let routes = [
        "GET /static",
        "GET /Param/:id/End",
        "GET /dir/",
        "GET /x:id/y",
        "GET /ÄÖ/ſ",
    ];
    check(
        &routes,
        &[
            ("/StAtic", "-> /static"),
            ("/StAtic/", "-> /static"),
            ("//static", "-> /static"),
            ("/a/../static", "-> /static"),
            ("/a/./../static/.", "-> /static"),
            ("/../static", "-> /static"),
            ("/param/KeepMe/end", "-> /Param/KeepMe/End"),
            ("/param/KeepMe/end/", "-> /Param/KeepMe/End"),
            ("/DIR", "-> /dir/"),
            ("/Xabc/Y", "-> /xabc/y"),
            ("/äö/S", "-> /ÄÖ/ſ"),
            ("/staticx", "404"),
            ("POST /StAtic", "404"),
        ],
    );
}

#[test]
fn the_letter_case_that_was_asked_for_comes_first() {
    let routes = ["GET /aB", "GET /ab", "GET /AB"];
    check(
        &routes,
        &[
            ("//ab", "-> /ab"),
            ("//AB", "-> /AB"),
            ("/x/../aB", "-> /aB"),
        ],
    );
}

#[test]
fn each_rule_can_be_off() {
    let routes = ["GET /a", "GET /b/"];
    let cases = [
        (true, false, "/a/", "-> /a"),
        (true, false, "/A", "404"),
        (false, true, "/a/", "-> /a"),
        (false, true, "/A", "-> /a"),
        (false, false, "/a/", "404"),
        (false, false, "//a", "404"),
    ];
    for (redirect_trailing_slash, redirect_fixed_path, path, expected) in cases {
        let rules = PathRules {
            redirect_trailing_slash,
            redirect_fixed_path,
            ..RULES
        };
        assert_eq!(outcome(&routes, &rules, "GET", path), expected, "{path}");
    }
}

#[test]
fn without_a_tree_of_its_method_nothing_is_mended() {
    check(
        &["GET /a"],
        &[
            ("POST /a/", "404"),
            ("POST /A", "404"),
            ("POST /a", "405 GET"),
        ],
    );
}

#[test]
fn cleaning_is_gins() {
    for (path, expected) in [
        ("/", "/"),
        ("", "/"),
        ("abc", "/abc"),
        ("/abc/def", "/abc/def"),
        ("/a/b/", "/a/b/"),
        ("//abc//", "/abc/"),
        ("/.", "/"),
        ("/./", "/"),
        ("/abc/.", "/abc/"),
        ("/abc/..", "/"),
        ("/abc/def/..", "/abc"),
        ("/abc/def/../", "/abc/"),
        ("/../../abc", "/abc"),
        ("/abc/./../def", "/def"),
        ("/abc//./../def", "/def"),
        ("/...", "/..."),
        ("/a./b", "/a./b"),
        ("..", "/"),
    ] {
        assert_eq!(clean_path(path), expected, "{path}");
        assert_eq!(clean_path(expected), expected, "{path}");
    }
}
