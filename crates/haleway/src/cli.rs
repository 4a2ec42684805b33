//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use haleway_blueprint::AccessLogFormat;

/// One gateway that runs the configuration people already have.
#[derive(Debug, Parser)]
#[command(
    name = "haleway",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve a configuration
    Run(RunArgs),
    /// Say everything that is wrong with configurations, without serving them
    #[command(alias = "validate")]
    Check(CheckArgs),
    /// Print the blueprint of a configuration as JSON
    Render(RenderArgs),
    /// Ask a running Haleway why its endpoints are what they are
    Why(WhyArgs),
    /// Play a scenario on a configuration under virtual time
    Simulate(SimulateArgs),
    /// Explain the code of a finding, or list all codes
    Explain {
        /// The code, such as K0101
        code: Option<String>,
    },
    /// Print the JSON schema of a document of Haleway's own
    Schema {
        /// The document
        document: OwnDocument,
    },
    /// Print the version
    Version,
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

/// Where the configuration is and how it is meant. Where no path is given, Kong's settings may name
/// it ([`crate::declared`]).
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Configuration {
    /// The configuration: a file, a folder with one, or - for standard input
    #[arg(short = 'c', long, value_name = "PATH")]
    pub(crate) config: Vec<PathBuf>,
    /// The configuration: a file, a folder with one, or - for standard input
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The configuration itself, in place of paths: who names it, and its text.
    #[arg(skip)]
    pub(crate) text: Option<(String, String)>,
    #[command(flatten)]
    pub(crate) meaning: Meaning,
}

impl Configuration {
    /// The paths, those with the flag first.
    pub(crate) fn all_paths(&self) -> Vec<PathBuf> {
        self.config.iter().chain(&self.paths).cloned().collect()
    }
}

/// What the command line says above the configuration.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Meaning {
    /// Read the documents as this product's instead of detecting it
    #[arg(long, value_enum)]
    pub(crate) dialect: Option<Dialect>,
    /// Listen on this port, whatever the configuration says
    #[arg(short, long)]
    pub(crate) port: Option<u16>,
    /// Enable the debug endpoint and talk more
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) debug: u8,
    /// Name this product version in answers, such as krakend=2.13.8 or kong=3.9.3
    #[arg(long, env = "HALEWAY_COMPAT", value_name = "PRODUCT=VERSION")]
    pub(crate) compat: Option<Compat>,
    /// Write the access log in this format, whatever the configuration says
    #[arg(long, value_enum, env = "HALEWAY_ACCESS_LOG", value_name = "FORMAT")]
    pub(crate) access_log: Option<AccessLog>,
    /// Leave out Kong plugins that are unknown instead of refusing the configuration
    #[arg(long)]
    pub(crate) allow_unknown_plugins: bool,
    /// Kong's settings; variables KONG_... stand above them
    #[arg(long, env = "KONG_CONF", value_name = "FILE")]
    pub(crate) kong_conf: Option<String>,
    /// The setting of Kong's that names the configuration, and where it is written.
    #[arg(skip)]
    pub(crate) declared_by: Option<(&'static str, String)>,
}

impl Meaning {
    /// The version to name in answers of this dialect, if one is given.
    pub(crate) fn version_of(&self, dialect: Dialect) -> Option<String> {
        let compat = self.compat.as_ref().filter(|it| it.dialect == dialect);
        compat.map(|compat| compat.version.clone())
    }
}

impl Command {
    /// Name of the command and where its configuration is, if it reads one.
    pub(crate) fn configuration(&mut self) -> Option<(&'static str, &mut Configuration)> {
        match self {
            Self::Run(arguments) => Some(("run", &mut arguments.configuration)),
            Self::Check(arguments) => Some(("check", &mut arguments.configuration)),
            Self::Render(arguments) => Some(("render", &mut arguments.configuration)),
            Self::Simulate(arguments) => Some(("simulate", &mut arguments.configuration)),
            _ => None,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) configuration: Configuration,
    #[command(flatten)]
    pub(crate) process: Process,
}

/// How the process behaves.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Process {
    /// Address of the admin side, or off [default: 127.0.0.1:9900, left out where it is taken]
    #[arg(long, env = "HALEWAY_ADMIN", value_name = "ADDRESS")]
    pub(crate) admin: Option<AdminAddress>,
    /// Reload when a file changes
    #[arg(long, env = "HALEWAY_WATCH")]
    pub(crate) watch: bool,
    /// Form of the process log; a configuration may choose its own
    #[arg(long, value_enum, env = "HALEWAY_LOG_FORMAT", value_name = "FORMAT")]
    pub(crate) log_format: Option<LogForm>,
    /// Append every event of health to this file as a line of JSON; - is standard output
    #[arg(long, env = "HALEWAY_EVENT_LOG", value_name = "FILE")]
    pub(crate) event_log: Option<PathBuf>,
    /// Go on accepting for so long after a stop was asked for, such as 5s or 500ms
    #[arg(long, env = "HALEWAY_DRAIN_DELAY", value_name = "DURATION",
          value_parser = duration, default_value = "0s")]
    pub(crate) drain_delay: Duration,
}

#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) configuration: Configuration,
    /// How findings are written
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Warnings fail the check, too
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// Whether differences from the original product fail the check
    #[arg(long, value_enum, default_value_t)]
    pub(crate) parity: Parity,
    /// Opens the listeners for a moment, too: tells a port that is in use
    #[arg(short = 't', long)]
    pub(crate) test_gin_routes: bool,
    /// Accepted as KrakenD does; keys are always checked
    #[arg(short = 'l', long)]
    pub(crate) lint: bool,
    /// Accepted as KrakenD does; the network is never asked
    #[arg(short = 'n', long)]
    pub(crate) lint_no_network: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RenderArgs {
    #[command(flatten)]
    pub(crate) configuration: Configuration,
}

#[derive(Args, Debug)]
pub(crate) struct SimulateArgs {
    #[command(flatten)]
    pub(crate) configuration: Configuration,
    /// What endpoints do and which requests arrive
    #[arg(long, value_name = "FILE")]
    pub(crate) scenario: PathBuf,
    /// How the report is written
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// A timeline and a table
    #[default]
    Human,
    /// One JSON object
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct WhyArgs {
    /// A pool, or one endpoint of it, such as orders:80/10.0.0.7:80 [default: all]
    #[arg(value_name = "POOL[/ENDPOINT]")]
    pub(crate) target: Option<String>,
    /// Address of the admin side [default: 127.0.0.1:9900]
    #[arg(long, env = "HALEWAY_ADMIN", value_name = "ADDRESS")]
    pub(crate) admin: Option<AdminAddress>,
}

/// A document of Haleway's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OwnDocument {
    /// What is laid over a configuration
    Overlay,
}

/// A product whose documents are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Dialect {
    /// KrakenD Community, versions 2 and 3 of its format
    Krakend,
    /// Kong, formats 1.1, 2.1 and 3.0 of its declarative files
    Kong,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The place in the source with a caret, on standard error
    #[default]
    Human,
    /// One JSON array on standard output
    Json,
    /// SARIF 2.1.0 on standard output
    Sarif,
    /// GitHub workflow commands on standard output
    Github,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Parity {
    /// They are told and pass
    #[default]
    Warn,
    /// They fail the check
    Strict,
    /// They are left out
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogForm {
    /// Lines for people
    Text,
    /// One JSON object per line
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AccessLog {
    /// gin's, which KrakenD writes
    Gin,
    /// The combined format of nginx and Apache
    Combined,
    /// One JSON object per line
    Json,
}

impl From<AccessLog> for AccessLogFormat {
    fn from(chosen: AccessLog) -> Self {
        match chosen {
            AccessLog::Gin => Self::Gin,
            AccessLog::Combined => Self::Combined,
            AccessLog::Json => Self::Json,
        }
    }
}

/// Where the admin side listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AdminAddress {
    Off,
    At(SocketAddr),
}

impl FromStr for AdminAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("off") {
            return Ok(Self::Off);
        }
        let named = text
            .strip_prefix("localhost:")
            .map(|port| format!("127.0.0.1:{port}"));
        let text = named.as_deref().unwrap_or(text);
        text.parse()
            .map(Self::At)
            .map_err(|_| "expected IP:PORT or off".to_owned())
    }
}

/// A product and the version that answers name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Compat {
    pub(crate) dialect: Dialect,
    pub(crate) version: String,
}

impl FromStr for Compat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (product, version) = text.split_once('=').ok_or("expected PRODUCT=VERSION")?;
        let dialect = match product {
            "krakend" => Dialect::Krakend,
            "kong" => Dialect::Kong,
            _ => {
                return Err(format!(
                    "{product} is not a product that is understood: try krakend or kong"
                ));
            }
        };
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-+_".contains(&byte);
        if version.is_empty() || !version.bytes().all(fits) {
            return Err(format!("{version:?} is not a version such as 2.13.8"));
        }
        Ok(Self {
            dialect,
            version: version.to_owned(),
        })
    }
}

/// A whole number with its unit: `500ms`, `5s`, `2m`, `1h`.
fn duration(text: &str) -> Result<Duration, String> {
    const WORDS: &str = "expected a whole number with ms, s, m or h";
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = text[..digits].parse().map_err(|_| WORDS)?;
    let unit_ms = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(WORDS.to_owned()),
    };
    number
        .checked_mul(unit_ms)
        .map(Duration::from_millis)
        .ok_or_else(|| WORDS.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "5", "s", "-1s", "1d", "99999999999999999999s", "1ſ"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn admin_is_an_address_or_off() {
        assert_eq!("off".parse(), Ok(AdminAddress::Off));
        let at = AdminAddress::At(SocketAddr::from(([127, 0, 0, 1], 9901)));
        assert_eq!("localhost:9901".parse(), Ok(at));
        assert!("9901".parse::<AdminAddress>().is_err());
    }

    #[test]
    fn run_takes_paths_with_and_without_a_flag() {
        for arguments in [
            ["haleway", "run", "a.json"].as_slice(),
            &["haleway", "run", "-c", "a.json"],
        ] {
            let Command::Run(run) = Cli::parse_from(arguments).command else {
                panic!("not run");
            };
            assert_eq!(run.configuration.all_paths(), [PathBuf::from("a.json")]);
            assert_eq!(run.process.drain_delay, Duration::ZERO);
        }
    }
}
