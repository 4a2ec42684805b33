//! What each command does; each gives the code that the process ends with.

mod check;
mod explain;
mod print;
mod render;
mod schema;
mod simulate;
mod why;

use clap::CommandFactory;
use clap::error::ErrorKind;

use crate::cli::{Cli, Command};
use crate::{declared, run};

/// Does what the command line says.
pub(crate) fn main(mut cli: Cli) -> u8 {
    if let Some((command, configuration)) = cli.command.configuration()
        && let Err(message) = declared::complete(configuration)
    {
        return wrong_command_line(command, message);
    }
    match cli.command {
        Command::Run(arguments) => run::run(&arguments.configuration, &arguments.process),
        Command::Check(arguments) => check::check(&arguments),
        Command::Render(arguments) => render::render(&arguments.configuration),
        Command::Explain { code } => explain::explain(code.as_deref()),
        Command::Why(arguments) => why::why(&arguments),
        Command::Simulate(arguments) => simulate::simulate(&arguments),
        Command::Schema { document } => schema::schema(document),
        Command::Version => print::version(),
        Command::Completions { shell } => print::completions(shell),
        Command::Man => print::manual(),
    }
}

/// Says what clap cannot see, as clap says it.
fn wrong_command_line(command: &str, message: String) -> u8 {
    let mut whole = Cli::command();
    whole.build();
    let error = match whole.find_subcommand_mut(command) {
        Some(command) => command.error(ErrorKind::MissingRequiredArgument, message),
        None => whole.error(ErrorKind::MissingRequiredArgument, message),
    };
    error.exit()
}
