//! The answers, complete with their heads, built once.

use haleway_bench_upstream::padded;

/// The body of `/small` and of every path that has no answer of its own.
const SMALL_BYTES: usize = 120;
/// The body of `/large`.
const LARGE_BYTES: usize = 16 * 1024;

/// All answers of the server.
pub(crate) struct Answers {
    small: Vec<u8>,
    large: Vec<u8>,
    parts: [Vec<u8>; 3],
}

impl Answers {
    pub(crate) fn new() -> Self {
        let part = |name: &str| {
            let body = format!(r#"{{"{name}":{{"id":17,"name":"part {name}","tags":["x","y"]}}}}"#);
            answer(&body)
        };
        Self {
            small: answer(&padded(SMALL_BYTES)),
            large: answer(&padded(LARGE_BYTES)),
            parts: [part("a"), part("b"), part("c")],
        }
    }

    /// The answer to a request for `path`.
    pub(crate) fn find(&self, path: &[u8]) -> &[u8] {
        match path {
            b"/large" => &self.large,
            b"/a" => &self.parts[0],
            b"/b" => &self.parts[1],
            b"/c" => &self.parts[2],
            _ => &self.small,
        }
    }
}

fn answer(body: &str) -> Vec<u8> {
    let length = body.len();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    format!("{head}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(answer: &[u8]) -> &str {
        std::str::from_utf8(answer)
            .unwrap()
            .split_once("\r\n\r\n")
            .unwrap()
            .1
    }

    #[test]
    fn has_the_sizes_that_the_report_names() {
        let answers = Answers::new();
        assert_eq!(body(answers.find(b"/small")).len(), 120);
        assert_eq!(body(answers.find(b"/e17")).len(), 120);
        assert_eq!(body(answers.find(b"/large")).len(), 16 * 1024);
    }

    #[test]
    fn gives_the_parts_of_a_merge_different_keys() {
        let answers = Answers::new();
        for (path, key) in [(b"/a", "{\"a\":"), (b"/b", "{\"b\":"), (b"/c", "{\"c\":")] {
            assert!(body(answers.find(path)).starts_with(key));
        }
    }
}
