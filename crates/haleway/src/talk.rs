//! Standard output for data, standard error for talk.
//!
//! A reader that has gone is no reason to fail: what cannot be written is left out.

use std::io::{IsTerminal, Write};

/// Writes data.
pub(crate) fn data(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Says something to a person; adds the line's end.
pub(crate) fn say(text: &str) {
    say_raw(&format!("{text}\n"));
}

/// Says something that has its line ends.
pub(crate) fn say_raw(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Whether standard error takes colour: a terminal, and `NO_COLOR` does not forbid it.
pub(crate) fn colour() -> bool {
    colour_allowed() && std::io::stderr().is_terminal()
}

/// The same for standard output.
pub(crate) fn data_colour() -> bool {
    colour_allowed() && std::io::stdout().is_terminal()
}

fn colour_allowed() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
