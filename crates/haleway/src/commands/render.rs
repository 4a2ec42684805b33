//! `haleway render`: the blueprint as JSON.

use haleway_krakend::Purpose;

use crate::assemble::Assembler;
use crate::cli::Configuration;
use crate::{exit, findings, talk};

/// Prints the blueprint on standard output and findings on standard error. It succeeds where
/// there is a blueprint to print, be there errors in it or not.
pub(crate) fn render(configuration: &Configuration) -> u8 {
    let assembly = Assembler::single(configuration).assemble(Purpose::Run);
    findings::say(&assembly.sources, &assembly.findings);
    let [blueprint] = assembly.blueprints.as_slice() else {
        return exit::FAILURE;
    };
    talk::data(&blueprint.to_json());
    talk::data("\n");
    exit::FINE
}
