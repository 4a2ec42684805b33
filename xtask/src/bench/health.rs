//! `cargo xtask bench health`: what checks cost while requests pass, what probing many endpoints
//! costs, and how soon a dead endpoint is left alone.

mod death;
mod options;
mod probing;
mod proxying;

use std::path::PathBuf;

use anyhow::Result;

use super::pools::{Care, Dialect, Extra, Setup};
use super::programs::{self, Programs};
use super::proxies::{Proxy, Running};
use super::report::{Goal, goals};
use super::{machine, results};
use options::{Options, Part};

/// Measures what `arguments` ask for and prints the report; a complete one is also written to
/// `bench/RESULTS.md`.
pub(super) fn run(arguments: &[String]) -> Result<()> {
    let options = Options::parse(arguments)?;
    let ground = Ground::prepare(&options)?;
    let mut section = Section::default();
    if options.wants(Part::Proxying) {
        proxying::measure(&ground, &options, &mut section)?;
    }
    if options.wants(Part::Probing) {
        probing::measure(&ground, &options, &mut section)?;
    }
    if options.wants(Part::Death) {
        death::measure(&ground, &options, &mut section)?;
    }
    let text = section.markdown(&ground);
    println!("{text}");
    if options.are_complete() {
        results::write_section("health", &text)?;
    }
    Ok(())
}

/// A proxy with one way of configuring it.
#[derive(Clone, Copy)]
struct Contestant {
    /// As it stands in the report.
    name: &'static str,
    dialect: Dialect,
    care: Care,
    extra: Extra,
}

impl Contestant {
    const fn new(name: &'static str, dialect: Dialect, care: Care) -> Self {
        Self {
            name,
            dialect,
            care,
            extra: Extra::None,
        }
    }
}

/// What all parts need.
struct Ground {
    programs: Programs,
    /// The server that can be killed, and counts.
    endpoint: PathBuf,
    folder: PathBuf,
}

impl Ground {
    fn prepare(options: &Options) -> Result<Self> {
        let mut proxies: Vec<Proxy> = Vec::new();
        for dialect in Dialect::ALL
            .iter()
            .filter(|one| options.wants_dialect(**one))
        {
            if !proxies.contains(&dialect.proxy()) {
                proxies.push(dialect.proxy());
            }
        }
        let programs = Programs::prepare(options.build, &proxies, options.binary.as_deref())?;
        Ok(Self {
            endpoint: programs.endpoint()?,
            programs,
            folder: programs::folder("health")?,
        })
    }

    /// Starts a contestant in front of `pools`.
    fn start(
        &self,
        contestant: &Contestant,
        pools: &[Vec<std::net::SocketAddrV4>],
    ) -> Result<Running> {
        let name: String = contestant
            .name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        let setup = Setup {
            name: &name,
            folder: &self.folder,
            pools,
            care: contestant.care,
            extra: contestant.extra,
        };
        let program = self.programs.path(contestant.dialect.proxy())?;
        contestant.dialect.start(program, &setup)
    }
}

/// The part of the report.
#[derive(Default)]
struct Section {
    goals: Vec<Goal>,
    text: String,
}

impl Section {
    fn markdown(&self, ground: &Ground) -> String {
        let mut text = String::from("## Health\n\nWritten by `cargo xtask bench health`.\n\n");
        let about = machine::describe().into_iter();
        for line in about.chain(ground.programs.versions()) {
            text += &format!("- {line}\n");
        }
        text += &goals(&self.goals).replace("## Goals", "### Goals of health");
        text + &self.text
    }

    fn title(&mut self, title: &str) {
        self.text += &format!("\n### {title}\n\n");
    }
}
