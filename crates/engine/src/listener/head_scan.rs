//! Looks for `Content-Length` in the bytes of a request's head.
//!
//! Two lengths are how requests are smuggled past a proxy, so a request that has both kinds is
//! refused; but the parser drops a `Content-Length` that stands behind a `Transfer-Encoding`
//! before anybody sees it. Bodies and requests sent ahead are not looked at.

/// The name and the byte behind it.
const NAME: &[u8] = b"content-length:";

/// One head, read line by line, however it is cut into pieces.
#[derive(Clone, Copy, Default)]
pub(super) struct HeadScan {
    /// The start of a line whose end has not come yet.
    start: [u8; NAME.len()],
    held: usize,
    /// The request line, or what stands for it, was read.
    begun: bool,
    ended: bool,
    told: bool,
}

impl HeadScan {
    /// Reads the next piece.
    pub(super) fn read(&mut self, mut bytes: &[u8]) {
        while !self.ended && !bytes.is_empty() {
            let Some(end) = memchr::memchr(b'\n', bytes) else {
                return self.hold(bytes);
            };
            let line = &bytes[..end];
            if self.held == 0 {
                self.line(line);
            } else {
                self.hold(line);
                let (start, held) = (self.start, std::mem::take(&mut self.held));
                self.line(&start[..held]);
            }
            bytes = &bytes[end + 1..];
        }
    }

    /// Whether a line of the head is a `Content-Length`.
    pub(super) fn told(&self) -> bool {
        self.told
    }

    fn hold(&mut self, piece: &[u8]) {
        let room = &mut self.start[self.held..];
        let count = room.len().min(piece.len());
        room[..count].copy_from_slice(&piece[..count]);
        self.held += count;
    }

    fn line(&mut self, line: &[u8]) {
        match line {
            // Empty lines before a request are passed over.
            b"" | b"\r" => self.ended = self.begun,
            _ => {
                self.begun = true;
                let start = line.get(..NAME.len());
                self.told |= start.is_some_and(|start| start.eq_ignore_ascii_case(NAME));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::HeadScan;

    #[test]
    fn a_length_is_found_however_the_head_is_cut() {
        let head = "\r\nPOST / HTTP/1.1\r\nHost: a\r\ncontent-Length: 5\r\n\r\nhello";
        for cut in 0..head.len() {
            let mut scan = HeadScan::default();
            scan.read(&head.as_bytes()[..cut]);
            scan.read(&head.as_bytes()[cut..]);
            assert!(scan.told(), "cut at {cut}");
        }
        let mut scan = HeadScan::default();
        head.bytes().for_each(|byte| scan.read(&[byte]));
        assert!(scan.told());
    }

    #[test]
    fn bodies_values_and_later_requests_are_not_heads() {
        for text in [
            "POST / HTTP/1.1\r\nHost: a\r\n\r\nContent-Length: 5\r\n\r\n",
            "GET /\nContent-Length HTTP/1.1\r\nX: Content-Length: 5\r\n\r\n",
            "GET / HTTP/1.1\r\nX-Content-Length: 5\r\nContent-Lengthy: 5\r\n\r\n",
        ] {
            for cut in 0..text.len() {
                let mut scan = HeadScan::default();
                scan.read(&text.as_bytes()[..cut]);
                scan.read(&text.as_bytes()[cut..]);
                assert!(!scan.told(), "{text} cut at {cut}");
            }
        }
    }
}
