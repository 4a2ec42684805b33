use haleway_document::units::{duration_us, share_ppm};
use regex::Regex;
use serde_json::Value;

use super::SCHEMA;
use crate::document::ROOT_KEYS;
use crate::part::{Flaps, HalfOpen, HedgePart, Part, ProbesPart, Recover, Silence};
use crate::settings::ENTRY_KEYS;

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

#[test]
fn it_has_every_key_that_is_read_and_no_other() {
    let schema = schema();
    for (place, keys) in [
        ("", ROOT_KEYS),
        ("/$defs/entry", ENTRY_KEYS),
        ("/$defs/recover", Recover::KEYS),
        ("/$defs/half_open", HalfOpen::KEYS),
        ("/$defs/damp_flaps", Flaps::KEYS),
        ("/$defs/silence", Silence::KEYS),
        ("/$defs/hedge", HedgePart::KEYS),
        ("/$defs/probes", ProbesPart::KEYS),
    ] {
        let object = schema.pointer(place).unwrap();
        assert_eq!(object["additionalProperties"], false, "{place}");
        let mut written: Vec<&str> = object["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let mut read = keys.to_vec();
        written.sort_unstable();
        read.sort_unstable();
        assert_eq!(written, read, "{place}");
    }
}

#[test]
fn its_patterns_are_those_of_the_reader() {
    let schema = schema();
    let pattern = |place: &str| {
        let pattern = schema.pointer(place).and_then(Value::as_str).unwrap();
        Regex::new(pattern).unwrap()
    };
    let (duration, share) = (
        pattern("/$defs/duration/pattern"),
        pattern("/$defs/share/pattern"),
    );
    for text in [
        "1s", "50ms", "2m", "1h", "7us", "1.5s", "1m30s", "0s", "", "1", "s", "-1s", "1 s", ".5s",
        "1.s", "1d", "1s2", "1S",
    ] {
        assert_eq!(duration.is_match(text), duration_us(text).is_ok(), "{text}");
    }
    for text in [
        "0%", "20%", "61.1%", "0.0001%", "100%", "100.0%", "007%", "", "%", "20", "-1%", "100.1%",
        "1.00001%", "1.%", "x%", "9999%", "101%", "200%",
    ] {
        assert_eq!(share.is_match(text), share_ppm(text).is_some(), "{text}");
    }
}
