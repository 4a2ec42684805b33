//! The first line of an answer.

/// The status that the beginning of a first line names; `None` where it is no such line. Read as
/// lua-resty-healthcheck 3.1 reads it: `HTTP/1.1 200`, whatever the case, the version and what
/// follows.
pub(super) fn status(line: &[u8]) -> Option<u16> {
    let (name, rest) = line.split_at_checked(5)?;
    if !name.eq_ignore_ascii_case(b"HTTP/") {
        return None;
    }
    let (_, rest) = digits(rest)?;
    let (_, rest) = digits(rest.strip_prefix(b".")?)?;
    let spaces = rest.iter().take_while(|byte| byte.is_ascii_whitespace());
    let spaces = spaces.count();
    if spaces == 0 {
        return None;
    }
    let (status, _) = digits(&rest[spaces..])?;
    let add = |sum: u16, digit: &u8| sum.saturating_mul(10).saturating_add((digit - b'0').into());
    Some(status.iter().fold(0, add))
}

/// The digits at the beginning, at least one, and what follows.
fn digits(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then(|| text.split_at(count))
}

#[cfg(test)]
mod tests {
    use super::status;

    #[test]
    fn the_status_is_read_whatever_stands_around_it() {
        for (line, expected) in [
            ("HTTP/1.1 200 OK", Some(200)),
            ("HTTP/1.0 503", Some(503)),
            ("http/1.1  204\r", Some(204)),
            ("HTTP/11.22\t200x", Some(200)),
            ("HTTP/1.1 99999999 Much", Some(u16::MAX)),
            ("HTTP/2 200", None),
            ("HTTP/1.1200", None),
            ("HTTP/1.1 ", None),
            ("HTTP/1. 200", None),
            ("HTTP/1.1 OK", None),
            ("220 mail ready", None),
            ("HTT", None),
            ("", None),
        ] {
            assert_eq!(status(line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn no_bytes_panic() {
        let mut noise = 7_u64;
        for length in 0..200 {
            let line: Vec<u8> = (0..length)
                .map(|_| {
                    noise = noise
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1);
                    (noise >> 56) as u8
                })
                .collect();
            assert_eq!(status(&line), None);
        }
    }
}
