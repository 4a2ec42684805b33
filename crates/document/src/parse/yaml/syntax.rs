//! What to do about the mistakes in YAML's syntax that are made most.

/// Words of the library's messages, and what helps where they occur.
const HELP: [(&str, &str); 12] = [
    ("tab", "indent with spaces, not with tabs"),
    (
        "mapping values are not allowed",
        "a text that contains `: ` stands in quotation marks",
    ),
    (
        "unknown anchor",
        "define it first: `&name` in front of the value that `*name` repeats",
    ),
    (
        "simple key expected",
        "is a colon missing, or a line indented too far?",
    ),
    (
        "did not find expected key",
        "is this line indented as its neighbours are?",
    ),
    (
        "did not find expected '-'",
        "is this line indented as its neighbours are?",
    ),
    (
        "invalid indentation",
        "is this line indented as its neighbours are?",
    ),
    ("expected ',' or ']'", "is a comma or a `]` missing?"),
    ("expected ',' or '}'", "is a comma or a `}` missing?"),
    (
        "illegal placement",
        "is a comma, or a closing bracket before this, missing?",
    ),
    (
        "quoted scalar, found unexpected",
        "is a closing quotation mark missing?",
    ),
    (
        "unknown escape character",
        "a backslash itself is written `\\\\`, or use single quotes",
    ),
];

/// What to do about a mistake; may be empty.
pub(super) fn help(message: &str) -> &'static str {
    HELP.iter()
        .find(|(words, _)| message.contains(words))
        .map_or("", |(_, help)| help)
}
