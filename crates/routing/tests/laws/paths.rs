//! Paths: normalised, joined, escaped.

use haleway_routing::{escape_path, join_upstream_path, normalise_path};
use proptest::prelude::*;

#[test]
fn paths_are_normalised() {
    for (raw, expected) in [
        ("", ""),
        ("/", "/"),
        ("/a/b", "/a/b"),
        // Escapes of what separates nothing are undone, once.
        ("/%61%2D%2e%5F%7e", "/a-._~"),
        ("/a%20b%22%3C%5c", "/a b\"<\\"),
        ("/%c3%a4", "/ä"),
        ("/%2541", "/%2541"),
        // Separators stay escaped, in upper case.
        ("/a%2fb%3f%23%5b%5d%40%21", "/a%2Fb%3F%23%5B%5D%40%21"),
        (
            "/%24%26%27%28%29%2a%2b%2c%3a%3b%3d%25",
            "/%24%26%27%28%29%2A%2B%2C%3A%3B%3D%25",
        ),
        // What is no escape stays.
        ("/a%", "/a%"),
        ("/a%2", "/a%2"),
        ("/%zz%4", "/%zz%4"),
        ("/%+1", "/%+1"),
        ("/%2%35", "/%25"),
        // No UTF-8.
        ("/%ff%c3%28", "/%FF%C3%28"),
        ("/a%c3/b", "/a%C3/b"),
        // Dots and slashes.
        ("/a//b///c", "/a/b/c"),
        ("//", "/"),
        ("///a", "/a"),
        ("/a/./b", "/a/b"),
        ("/a/../b", "/b"),
        ("/a/b/../../../c", "/c"),
        ("/a/.", "/a/"),
        ("/a/..", "/"),
        ("/..", "/"),
        ("/.", "/"),
        ("/a//../b", "/b"),
        ("/a/%2e%2e/b", "/b"),
        ("/a/.%2E/b", "/b"),
        ("/a/..%2fb", "/a/..%2Fb"),
        ("/...", "/..."),
        ("/.a/b.", "/.a/b."),
        ("/a/..b/c", "/a/..b/c"),
        // Paths that do not begin with a slash.
        ("*", "*"),
        (".", ""),
        ("..", ""),
        ("./a", "a"),
        ("../a/b", "a/b"),
        ("a/../b", "/b"),
        ("a/b/..", "a/"),
    ] {
        assert_eq!(normalise_path(raw), expected, "{raw}");
    }
}

#[test]
fn upstream_paths_are_joined() {
    let strip = |base, path, matched| join_upstream_path(base, path, Some(matched));
    // A base with a slash at its end.
    assert_eq!(strip("/", "/a", 2), "/");
    assert_eq!(strip("/", "/a/", 3), "/");
    assert_eq!(strip("/s/", "/a/", 3), "/s/");
    assert_eq!(strip("/s/", "/a", 2), "/s");
    assert_eq!(strip("/", "/a/b", 2), "/b");
    assert_eq!(strip("/s/", "/a/b", 2), "/s/b");
    assert_eq!(strip("/s/", "/ab", 2), "/s/b");
    assert_eq!(strip("/", "/ab", 1), "/ab");
    assert_eq!(join_upstream_path("/", "/a/b", None), "/a/b");
    assert_eq!(join_upstream_path("/s/", "/a/", None), "/s/a/");
    assert_eq!(join_upstream_path("/s/", "/", None), "/s/");
    // A base without.
    assert_eq!(strip("/s", "/a", 2), "/s");
    assert_eq!(strip("/s", "/a/", 3), "/s/");
    assert_eq!(strip("/s", "/", 1), "/s");
    assert_eq!(strip("/s", "/a/b", 2), "/s/b");
    assert_eq!(strip("/s", "/ab", 2), "/s/b");
    assert_eq!(join_upstream_path("/s", "/", None), "/s");
    assert_eq!(join_upstream_path("/s", "/a", None), "/s/a");
    assert_eq!(join_upstream_path("/s", "/a/", None), "/s/a/");
}

#[test]
fn dots_that_a_prefix_leaves_are_cut() {
    for (path, expected) in [
        ("/a.", "/s"),
        ("/a..", "/s"),
        ("/a./b", "/s/b"),
        ("/a../b", "/s/b"),
        ("/a../../b", "/s/../b"),
        ("/a.../b", "/s/.../b"),
        ("/a.b", "/s/.b"),
    ] {
        assert_eq!(join_upstream_path("/s", path, Some(2)), expected, "{path}");
    }
}

#[test]
fn paths_are_escaped_for_the_wire() {
    for (path, expected) in [
        ("/a-z_0.9~", "/a-z_0.9~"),
        ("/!#$&'()*+,:;=?@[]%", "/!#$&'()*+,:;=?@[]%"),
        ("/a b\"<>\\^`{|}", "/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ("/ä\u{0}\r\n", "/%C3%A4%00%0D%0A"),
    ] {
        assert_eq!(escape_path(path), expected, "{path}");
    }
}

proptest! {
    #[test]
    fn any_path_ends_as_a_visible_one(
        raw in "[/.%a-f0-9A-F \u{0}-\u{ff}]{0,24}",
        base in "(/[a%]{0,3}){0,2}/?",
        matched in proptest::option::of(0_usize..30),
    ) {
        let path = normalise_path(&raw);
        let sent = join_upstream_path(&base, &path, matched);
        let sent = escape_path(&sent);
        prop_assert!(sent.bytes().all(|byte| byte.is_ascii_graphic()));
    }

    #[test]
    fn normalised_paths_have_no_dots_to_follow(raw in "/[/.%2Ee5a]{0,16}") {
        let path = normalise_path(&raw);
        prop_assert!(path.starts_with('/'), "{}", path);
        prop_assert!(!path.contains("//"), "{}", path);
        prop_assert!(!path.split('/').any(|segment| matches!(segment, "." | "..")), "{}", path);
    }

    #[test]
    fn what_is_sent_is_seen_alike(raw in "/[ -~ä/.%25]{0,16}") {
        // An escape that only decoding completes is read once more, by the original as well.
        prop_assume!(!normalise_path(&raw).contains('%'));
        let path = normalise_path(&raw);
        let sent = escape_path(&path);
        prop_assert_eq!(normalise_path(&sent), &*path);
    }
}
