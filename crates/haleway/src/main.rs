//! The `haleway` program: command line, roles, signals, wiring.
//!
//! The only crate that sees dialects and engine together. Called as `krakend` it takes KrakenD's
//! own command line and ends with KrakenD's own codes.

mod assemble;
mod cli;
mod commands;
mod declared;
mod exit;
mod findings;
mod kong_view;
mod krakend_cli;
mod log;
mod overlay;
mod run;
mod talk;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let code = if is_krakend(arguments.first()) {
        krakend_cli::main(arguments)
    } else {
        commands::main(cli::Cli::parse_from(arguments))
    };
    ExitCode::from(code)
}

fn is_krakend(program: Option<&OsString>) -> bool {
    let stem = program.map(Path::new).and_then(Path::file_stem);
    stem.is_some_and(|stem| stem == "krakend")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_name_makes_the_personality() {
        assert!(is_krakend(Some(&"/usr/bin/krakend".into())));
        assert!(is_krakend(Some(&"krakend".into())));
        assert!(!is_krakend(Some(&"/opt/krakend/haleway".into())));
        assert!(!is_krakend(None));
    }
}
