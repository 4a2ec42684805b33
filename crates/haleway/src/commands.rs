//! What each command does; each gives the code that the process ends with.

mod check;
mod explain;
mod print;
mod render;
mod schema;
mod simulate;
mod why;

use crate::cli::{Cli, Command};
use crate::run;

/// Does what the command line says.
pub(crate) fn main(cli: Cli) -> u8 {
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
