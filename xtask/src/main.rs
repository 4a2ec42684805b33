//! The project's own commands, run as `cargo xtask COMMAND`.
//!
//! One file per command; each works from the workspace's root wherever it is called from.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool talks to its user"
)]

mod bench;
mod docs;
mod steps;
mod test;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test     format check, lints, tidy, every test, loom, and a check without std;
           last line: N passed, N failed
  bench    [--seconds N] [--rounds N] [--only NAME,...] [--binary PATH]
           CPU per request beside nginx, HAProxy and Envoy; writes bench/RESULTS.md
           outage [--only DIALECT,...] [--trouble NAME,...] [--binary PATH] [--quick]
           what clients notice when one of three endpoints is killed, hangs or fails
           health [--part NAME,...] [--only DIALECT,...] [--binary PATH] [--quick]
           cost of checks and of probes, time to the last request to a dead endpoint
  docs     writes the parts of docs/ that the code knows, such as coverage tables
  tidy     the mechanical rules: crate edges, lengths, module docs, names, words
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = arguments.first().map(String::as_str);
    let outcome = match command {
        Some("bench") => bench::run(&arguments[1..]),
        Some("docs") => docs::run(),
        Some("test") => test::run(),
        Some("tidy") => tidy::run(),
        Some("help" | "--help" | "-h") => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
