//! KrakenD's own command line (krakend-cobra of KrakenD 2.13), taken when the program is called
//! as `krakend`: its commands, its flags, its words and its exit codes.
//!
//! Everything that it says goes to standard error, as cobra's printer does. What KrakenD has no
//! flag for, such as the admin side's address, is set by `HALEWAY_*` variables.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand};
use haleway_document::Diagnostic;
use haleway_krakend::Purpose;

use crate::assemble::{Assembler, Assembly};
use crate::cli::{AdminAddress, Configuration, Dialect, LogForm, Meaning, Process};
use crate::log::Log;
use crate::{exit, findings, run, talk};

/// The version of KrakenD whose behaviour is followed.
const KRAKEND_VERSION: &str = "2.13.8";

const NO_CONFIGURATION: &str = "Please, provide the path to the configuration file with --config \
                                or see all the options with --help";

/// KrakenD's command line on Haleway
#[derive(Debug, Parser)]
#[command(name = "krakend", version = KRAKEND_VERSION, disable_version_flag = true)]
struct Krakend {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the KrakenD server
    Run(RunArgs),
    /// Validates that the configuration file is valid
    #[command(alias = "validate")]
    Check(CheckArgs),
    /// Shows the KrakenD version that is followed
    Version,
    /// Audits a KrakenD configuration: not available yet
    Audit(Anything),
    /// Checks the dependencies of a Go plugin: Go plugins are not loaded
    CheckPlugin(Anything),
    /// Tests that a Go plugin can be loaded: Go plugins are not loaded
    TestPlugin(Anything),
}

#[derive(Args, Debug)]
struct Common {
    /// Path to the configuration file
    #[arg(short, long, value_parser = clap::value_parser!(OsString))]
    config: Option<OsString>,
    /// Enables the debug endpoint
    #[arg(short, long, action = ArgAction::Count)]
    debug: u8,
}

impl Common {
    /// The path; an empty one is none, as in KrakenD.
    fn path(&self) -> Option<PathBuf> {
        self.config
            .as_ref()
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    }
}

#[derive(Args, Debug)]
struct RunArgs {
    #[command(flatten)]
    common: Common,
    /// Listening port for the http service
    #[arg(short, long, default_value_t = 0)]
    port: u16,
    #[arg(long, hide = true, env = "HALEWAY_ADMIN")]
    admin: Option<AdminAddress>,
    #[arg(long, hide = true, env = "HALEWAY_WATCH")]
    watch: bool,
    #[arg(long, hide = true, value_enum, env = "HALEWAY_LOG_FORMAT")]
    log_format: Option<LogForm>,
    #[arg(long, hide = true, env = "HALEWAY_EVENT_LOG")]
    event_log: Option<PathBuf>,
}

#[derive(Args, Debug)]
struct CheckArgs {
    #[command(flatten)]
    common: Common,
    /// Tests the endpoint patterns and opens the port for a moment
    #[arg(short, long)]
    test_gin_routes: bool,
    /// Indentation of the check dump
    #[arg(short, long)]
    indent: Option<String>,
    /// Enables the linting: keys are always checked
    #[arg(short, long, group = "linting")]
    lint: bool,
    /// Enables the linting without network: the network is never asked
    #[arg(short = 'n', long, group = "linting")]
    lint_no_network: bool,
    /// Lints against this schema: the built-in rules are used
    #[arg(short = 's', long, group = "linting", value_name = "PATH or URL")]
    lint_schema: Option<String>,
}

/// The flags of a command that does nothing here.
#[derive(Args, Debug)]
struct Anything {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    arguments: Vec<OsString>,
}

/// Does what KrakenD's command line says.
pub(crate) fn main(arguments: Vec<OsString>) -> u8 {
    let krakend = match Krakend::try_parse_from(arguments) {
        Ok(krakend) => krakend,
        Err(error) if error.use_stderr() => {
            talk::say_raw(&error.render().to_string());
            return exit::KRAKEND_REFUSED;
        }
        Err(help) => {
            talk::data(&help.render().to_string());
            return exit::FINE;
        }
    };
    match krakend.command {
        None => help(),
        Some(Command::Run(arguments)) => run(arguments),
        Some(Command::Check(arguments)) => check(&arguments),
        Some(Command::Version) => version(),
        Some(Command::Audit(_)) => notice(
            "audit: not available yet; `krakend check` says \
                                           everything that is known about a configuration",
        ),
        Some(Command::CheckPlugin(_) | Command::TestPlugin(_)) => {
            notice("Go plugins are not loaded, so there is nothing to check")
        }
    }
}

fn help() -> u8 {
    use clap::CommandFactory;
    talk::data(&Krakend::command().render_help().to_string());
    exit::FINE
}

fn version() -> u8 {
    talk::say(&format!("KrakenD Version: {KRAKEND_VERSION}"));
    talk::say(&format!("Haleway Version: {}", env!("CARGO_PKG_VERSION")));
    exit::FINE
}

fn notice(text: &str) -> u8 {
    talk::say(text);
    exit::FINE
}

fn run(arguments: RunArgs) -> u8 {
    let Some(path) = arguments.common.path() else {
        talk::say(NO_CONFIGURATION);
        return exit::FINE;
    };
    let configuration = configuration(path, arguments.common.debug, arguments.port);
    let process = Process {
        admin: arguments.admin,
        watch: arguments.watch,
        log_format: arguments.log_format,
        event_log: arguments.event_log,
        drain_delay: Duration::ZERO,
    };
    let log = Log::start(process.log_format, arguments.common.debug > 0);
    match run::serve(&configuration, &process, &log) {
        Ok(code) => code,
        Err(refused) => {
            say_refusal(&refused.sources, &refused.findings);
            exit::KRAKEND_REFUSED
        }
    }
}

fn check(arguments: &CheckArgs) -> u8 {
    let Some(path) = arguments.common.path() else {
        talk::say(NO_CONFIGURATION);
        return exit::FAILURE;
    };
    talk::say(&format!("Parsing configuration file: {}", path.display()));
    let mut assembler = Assembler::single(&configuration(path.clone(), arguments.common.debug, 0));
    let mut assembly = assembler.assemble(Purpose::Check);
    if arguments.test_gin_routes {
        assembly.try_listeners();
    }
    let Assembly {
        sources,
        findings,
        blueprints,
        ..
    } = assembly;
    if findings.iter().any(Diagnostic::is_error) {
        say_refusal(&sources, &findings);
        return exit::FAILURE;
    }
    findings::say(&sources, &findings);
    if arguments.common.debug > 0 {
        for blueprint in &blueprints {
            talk::say(&blueprint.to_json());
        }
    }
    let green = talk::colour();
    talk::say(if green {
        "\x1b[32mSyntax OK!\x1b[0m"
    } else {
        "Syntax OK!"
    });
    exit::FINE
}

/// All findings, then KrakenD's line with the first error.
fn say_refusal(sources: &haleway_document::Sources, all: &[Diagnostic]) {
    findings::say(sources, all);
    let first = findings::error_lines(sources, all)
        .into_iter()
        .next()
        .unwrap_or_default();
    talk::say(&format!("ERROR parsing the configuration file: {first}"));
}

fn configuration(path: PathBuf, debug: u8, port: u16) -> Configuration {
    let meaning = Meaning {
        dialect: Some(Dialect::Krakend),
        port: (port != 0).then_some(port),
        debug,
        ..Meaning::default()
    };
    Configuration {
        config: vec![path],
        meaning,
        ..Configuration::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Krakend::command().debug_assert();
    }

    #[test]
    fn krakends_own_calls_are_taken() {
        for line in [
            "krakend run -d -c krakend.json",
            "krakend run -dd --config krakend.json -p 9000",
            "krakend check -t -d -l -c krakend.json",
            "krakend validate -n --config krakend.json",
            "krakend check -i \t -s schema.json -c krakend.json",
            "krakend audit -i 1.1.1 -s CRITICAL -c krakend.json",
            "krakend check-plugin -g 1.19.0 -s ./go.sum -f",
            "krakend test-plugin -c plugin.so",
            "krakend version",
            "krakend",
        ] {
            let parsed = Krakend::try_parse_from(line.split(' '));
            assert!(parsed.is_ok(), "{line}: {parsed:?}");
        }
        assert!(Krakend::try_parse_from(["krakend", "check", "-l", "-n"]).is_err());
    }
}
