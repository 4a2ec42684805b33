//! What headers say of their message is what a plain look at all of them finds.

use haleway_http1::{BadFraming, Framing, Told};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

type Line = (&'static str, String);

fn length() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(vec!["5", "5", "05", "6", "0"]).prop_map(str::to_owned),
        1 => "[0-9]{17,21}",
        1 => select(vec!["9223372036854775807", "9223372036854775808"]).prop_map(str::to_owned),
        1 => "[-+ ,5x]{0,3}",
    ]
}

fn coding() -> impl Strategy<Value = String> {
    let codings = vec![
        "chunked",
        "Chunked",
        "CHUNKED",
        "gzip",
        "gzip, chunked",
        "chunked, chunked",
        "",
        "identity, chunked",
        "chunked,",
        "xchunked",
        "chunked;a=b",
    ];
    select(codings).prop_map(str::to_owned)
}

fn connection() -> impl Strategy<Value = String> {
    let tokens = select(vec![
        "close",
        "Close",
        "keep-alive",
        "KEEP-ALIVE",
        "closed",
        "te",
        "",
    ]);
    let blank = || select(vec!["", " ", "\t"]);
    let token =
        (blank(), tokens, blank()).prop_map(|(before, it, behind)| format!("{before}{it}{behind}"));
    vec(token, 0..4).prop_map(|tokens| tokens.join(",").trim().to_owned())
}

fn line() -> impl Strategy<Value = Line> {
    prop_oneof![
        3 => (Just("content-length"), length()),
        2 => (Just("transfer-encoding"), coding()),
        2 => (Just("connection"), connection()),
        1 => (Just("expect"), select(vec!["100-continue", "100-Continue", "x"])
            .prop_map(str::to_owned)),
        1 => (Just("x-other"), Just("close".to_owned())),
    ]
}

fn version() -> impl Strategy<Value = Version> {
    select(vec![Version::HTTP_10, Version::HTTP_11, Version::HTTP_11])
}

fn map(lines: &[Line]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in lines {
        map.append(*name, HeaderValue::from_str(value).unwrap());
    }
    map
}

fn values<'a>(lines: &'a [Line], name: &str) -> Vec<&'a str> {
    let named = lines.iter().filter(|(other, _)| *other == name);
    named.map(|(_, value)| value.as_str()).collect()
}

fn number(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number: u128 = text.parse().ok().filter(|_| plain)?;
    u64::try_from(number)
        .ok()
        .filter(|it| *it <= i64::MAX as u64)
}

/// The body that follows, where there may be one; `absent` where nothing is said of it.
fn framing(lines: &[Line], version: Version, absent: Framing) -> Result<Framing, BadFraming> {
    let lengths = values(lines, "content-length");
    let numbers: Vec<Option<u64>> = lengths.iter().map(|it| number(it)).collect();
    if numbers.iter().any(|it| it.is_none() || *it != numbers[0]) {
        return Err(BadFraming::Length);
    }
    match *values(lines, "transfer-encoding") {
        [] => {}
        [coding] if coding.eq_ignore_ascii_case("chunked") => {
            return match version == Version::HTTP_11 {
                true => Ok(Framing::Chunked),
                false => Err(BadFraming::Unexpected),
            };
        }
        _ => return Err(BadFraming::Coding),
    }
    Ok(numbers
        .first()
        .map_or(absent, |it| Framing::Length(it.unwrap())))
}

fn says(lines: &[Line], token: &str) -> bool {
    let values = values(lines, "connection");
    let mut tokens = values.iter().flat_map(|value| value.split(','));
    tokens.any(|it| it.trim().eq_ignore_ascii_case(token))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn the_body_of_a_request_is_told_by_all_of_its_headers(
        lines in vec(line(), 0..6),
        version in version(),
    ) {
        let told = Told::by(&map(&lines));
        prop_assert_eq!(told.request_body(version), framing(&lines, version, Framing::None));
    }

    #[test]
    fn the_body_of_an_answer_is_told_by_all_of_its_headers(
        lines in vec(line(), 0..6),
        version in version(),
        status in select(vec![100, 101, 200, 204, 206, 304, 404, 500]),
        method in select(vec![Method::GET, Method::HEAD, Method::POST]),
    ) {
        let told = Told::by(&map(&lines));
        let bodiless = method == Method::HEAD || status < 200 || matches!(status, 204 | 304);
        let expected = match bodiless {
            true => Ok(Framing::None),
            false => framing(&lines, version, Framing::UntilClose),
        };
        let status = StatusCode::from_u16(status).unwrap();
        prop_assert_eq!(told.response_body(&method, (version, status)), expected);
    }

    #[test]
    fn a_connection_stays_as_its_tokens_say(lines in vec(line(), 0..6), version in version()) {
        let told = Told::by(&map(&lines));
        let stays = version == Version::HTTP_11 || says(&lines, "keep-alive");
        prop_assert_eq!(told.stays(version), stays && !says(&lines, "close"));
        let expects = values(&lines, "expect");
        let expects = expects.iter().any(|it| it.eq_ignore_ascii_case("100-continue"));
        prop_assert_eq!(told.expects_continue, expects);
    }
}
