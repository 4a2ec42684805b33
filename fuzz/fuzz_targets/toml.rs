//! TOML: read without panic, and what is read is JSON.
#![no_main]

mod reading;

use haleway_document::{Format, SourceId, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (_, parsed) = reading::check(bytes, Format::Toml);
    for root in &parsed.roots {
        let json = root.to_json();
        assert_eq!(
            parse(SourceId(0), &json, Format::Json).diagnostics,
            [],
            "{json}"
        );
    }
});
