//! One endpoint of a pool in the outage drill and in the measurement of probes.
//!
//! It names itself in each answer, can be told to answer with another status, and counts what it
//! was asked. `/control/status/500` sets the status of all further answers, `/control/counts`
//! tells the counts; neither is counted.
#![expect(clippy::print_stderr, reason = "a command line tool talks to its user")]

mod endpoint;

use std::process::ExitCode;

use endpoint::Endpoint;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, name] = arguments.as_slice() else {
        eprintln!("usage: haleway-bench-endpoint ADDRESS:PORT NAME");
        return ExitCode::from(2);
    };
    let Ok(address) = address.parse() else {
        eprintln!("{address} is no ADDRESS:PORT");
        return ExitCode::from(2);
    };
    match haleway_bench_upstream::run(address, Endpoint::new(name)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{address}: {error}");
            ExitCode::FAILURE
        }
    }
}
