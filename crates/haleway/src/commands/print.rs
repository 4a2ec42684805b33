//! Commands that print what the program knows of itself.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::{exit, talk};

pub(crate) fn version() -> u8 {
    talk::data(&format!("haleway {}\n", env!("CARGO_PKG_VERSION")));
    exit::FINE
}

pub(crate) fn completions(shell: Shell) -> u8 {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "haleway", &mut out);
    talk::data(&String::from_utf8_lossy(&out));
    exit::FINE
}

pub(crate) fn manual() -> u8 {
    let mut out = Vec::new();
    if let Err(error) = write_manual(&mut out) {
        talk::say(&format!("error: the manual cannot be written: {error}"));
        return exit::FAILURE;
    }
    talk::data(&String::from_utf8_lossy(&out));
    exit::FINE
}

/// The page of the program, followed by a section for each command.
fn write_manual(out: &mut Vec<u8>) -> std::io::Result<()> {
    let mut command = Cli::command();
    command.build();
    let manual = clap_mangen::Man::new(command.clone());
    manual.render(out)?;
    for subcommand in command
        .get_subcommands()
        .filter(|command| command.get_name() != "help")
    {
        let heading = format!(".SH \"{}\"\n", subcommand.get_name().to_uppercase());
        out.extend_from_slice(heading.as_bytes());
        let page = clap_mangen::Man::new(subcommand.clone());
        page.render_description_section(out)?;
        page.render_synopsis_section(out)?;
        page.render_options_section(out)?;
    }
    Ok(())
}
