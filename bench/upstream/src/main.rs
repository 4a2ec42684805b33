//! The server behind every proxy that the benchmark measures.
//!
//! Its answers are built once and chosen by the path; it looks at no header.
#![expect(clippy::print_stderr, reason = "a command line tool talks to its user")]

mod answers;

use std::borrow::Cow;
use std::process::ExitCode;

use haleway_bench_upstream::{Answer, Service, run, target};

use answers::Answers;

impl Service for Answers {
    fn answer(&self, head: &[u8]) -> Answer<'_> {
        Answer {
            bytes: Cow::Borrowed(self.find(target(head))),
            close: false,
        }
    }
}

fn main() -> ExitCode {
    let address = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let Some(address) = address else {
        eprintln!("usage: haleway-bench-upstream ADDRESS:PORT");
        return ExitCode::from(2);
    };
    match run(address, Answers::new()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{address}: {error}");
            ExitCode::FAILURE
        }
    }
}
