//! JSON: read without panic, and what is read is read again the same.
#![no_main]

mod reading;

use haleway_document::{Diagnostic, Format, SourceId, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (_, parsed) = reading::check(bytes, Format::Json);
    if let Some(root) = parsed.roots.first() {
        let json = root.to_json();
        let again = parse(SourceId(0), &json, Format::Json);
        assert!(
            !again.diagnostics.iter().any(Diagnostic::is_error),
            "{json}"
        );
        assert_eq!(again.roots[0].to_json(), json);
    }
});
