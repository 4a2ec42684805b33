//! `haleway simulate`: what would happen to a configuration in a scenario, under virtual time.

use haleway_document::{Diagnostic, Sources};
use haleway_krakend::Purpose;
use haleway_sim::{Report, Scenario, play};
use haleway_supply::{Documents, Loaded};

use crate::assemble::Assembler;
use crate::cli::{ReportFormat, SimulateArgs};
use crate::{exit, findings, talk};

/// Prints the report on standard output and findings on standard error. It fails where something
/// cannot be played, and where the scenario expects something that does not come.
pub(crate) fn simulate(arguments: &SimulateArgs) -> u8 {
    let mut assembly = Assembler::single(&arguments.configuration).assemble(Purpose::Run);
    findings::say(&assembly.sources, &assembly.findings);
    let blueprint = match assembly.blueprints.pop() {
        Some(blueprint) if !assembly.has_errors() => blueprint,
        _ => return exit::FAILURE,
    };
    let Loaded {
        sources,
        documents,
        diagnostics,
        ..
    } = Documents::new(vec![arguments.scenario.clone()]).load();
    let refused = |sources: &Sources, said: &[Diagnostic]| {
        findings::say(sources, said);
        exit::FAILURE
    };
    let Some(document) = documents.first() else {
        return refused(&sources, &diagnostics);
    };
    let (scenario, mut said) = Scenario::read(&document.root, &sources);
    said.extend(diagnostics);
    if said.iter().any(Diagnostic::is_error) {
        return refused(&sources, &said);
    }
    findings::say(&sources, &said);
    match play(&blueprint, &scenario, &sources, false) {
        Ok(played) => print(&played.report, arguments.format),
        Err(said) => refused(&sources, &said),
    }
}

fn print(report: &Report, format: ReportFormat) -> u8 {
    talk::data(&match format {
        ReportFormat::Human => report.to_string(),
        ReportFormat::Json => report.to_json(),
    });
    if report.unmet.is_empty() {
        exit::FINE
    } else {
        exit::FAILURE
    }
}
