//! `haleway check`: everything that is wrong, nothing served.

use haleway_document::render::{self, Style};
use haleway_document::{Diagnostic, Severity};
use haleway_krakend::Purpose;

use crate::assemble::{Assembler, Assembly};
use crate::cli::{CheckArgs, Format, Parity};
use crate::{exit, findings, talk};

pub(crate) fn check(arguments: &CheckArgs) -> u8 {
    let mut assembly = Assembler::all(&arguments.configuration).assemble(Purpose::Check);
    if arguments.test_gin_routes {
        assembly.try_listeners();
    }
    if arguments.parity == Parity::Off {
        assembly
            .findings
            .retain(|finding| finding.severity != Severity::Parity);
    }
    if arguments.configuration.meaning.debug > 0 {
        for blueprint in &assembly.blueprints {
            talk::say(&blueprint.to_json());
        }
    }
    let passes = !assembly
        .findings
        .iter()
        .any(|finding| fails(finding, arguments));
    match style(arguments.format) {
        Some(style) => {
            talk::data(&render::render(
                style,
                &assembly.sources,
                &assembly.findings,
            ));
        }
        None => say(&assembly, passes),
    }
    if passes { exit::FINE } else { exit::FAILURE }
}

fn fails(finding: &Diagnostic, arguments: &CheckArgs) -> bool {
    match finding.severity {
        Severity::Error => true,
        Severity::Warning => arguments.deny_warnings,
        Severity::Parity => arguments.parity == Parity::Strict,
        Severity::Note => false,
    }
}

/// The forms that are data; the form for people is talk.
fn style(format: Format) -> Option<Style> {
    match format {
        Format::Human => None,
        Format::Json => Some(Style::Json),
        Format::Sarif => Some(Style::Sarif),
        Format::Github => Some(Style::Github),
    }
}

fn say(assembly: &Assembly, passes: bool) {
    findings::say(&assembly.sources, &assembly.findings);
    if let Some(summary) = findings::summary(&assembly.findings) {
        talk::say(&summary);
    }
    if passes {
        let green = talk::data_colour();
        talk::data(if green {
            "\x1b[32mSyntax OK!\x1b[0m\n"
        } else {
            "Syntax OK!\n"
        });
    }
}
