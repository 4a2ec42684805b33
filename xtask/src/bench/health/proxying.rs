//! The cost of a request while checks are on: Haleway with all of its checks beside nginx
//! without any and the others with active ones.

use std::net::{Ipv4Addr, SocketAddrV4};

use anyhow::Result;

use super::super::load::Load;
use super::super::pools::{API_KEY, CLIENT_PATH, Care, Dialect, Extra};
use super::super::process::{LOAD_CORE, Server, free_port, pinned};
use super::super::programs;
use super::super::proxies::{self, Running};
use super::super::report::{Comparison, Goal, comparison_to};
use super::super::series::{self, contest};
use super::options::Options;
use super::{Contestant, Ground, Section};

const WITH_PLUGINS: &str = "haleway, key-auth and rate-limiting";
const ENDPOINTS: u8 = 3;

const CONTESTANTS: &[Contestant] = &[
    Contestant::new("nginx", Dialect::Nginx, Care::Nothing),
    Contestant::new("haproxy", Dialect::Haproxy, Care::Probes),
    Contestant::new("envoy", Dialect::Envoy, Care::Probes),
    Contestant::new("haleway", Dialect::Kong, Care::Retries),
    Contestant {
        extra: Extra::Plugins,
        ..Contestant::new(WITH_PLUGINS, Dialect::Kong, Care::Retries)
    },
    Contestant::new("haleway, KrakenD", Dialect::Krakend, Care::Retries),
];

/// One server behind three addresses, and every contestant in front of them.
struct Stand {
    running: Vec<(&'static Contestant, Running)>,
    /// Held so that it runs.
    _upstream: Server,
}

pub(super) fn measure(ground: &Ground, options: &Options, section: &mut Section) -> Result<()> {
    let stand = Stand::start(ground, options)?;
    let script = ground.folder.join("api-key.lua");
    proxies::write(
        &script,
        &format!("wrk.headers[\"apikey\"] = \"{API_KEY}\"\n"),
    )?;
    let contestants: Vec<series::Contestant<'_>> = stand
        .running
        .iter()
        .map(|(one, running)| series::Contestant {
            name: one.name.to_owned(),
            url: format!("http://{}{CLIENT_PATH}", running.address()),
            script: (one.extra == Extra::Plugins).then(|| script.clone()),
            server: Some(&running.server),
        })
        .collect();
    let load = Load {
        wrk: programs::wrk()?,
        seconds: options.seconds,
    };
    let comparison = Comparison {
        title: "Through a Kong route with active and passive checks".to_owned(),
        rows: contest(&load, options.rounds, &contestants)?,
    };
    report(&comparison, options, section);
    Ok(())
}

impl Stand {
    fn start(ground: &Ground, options: &Options) -> Result<Self> {
        let port = free_port()?;
        let mut command = pinned(LOAD_CORE, &ground.programs.upstream()?);
        command.arg(format!("0.0.0.0:{port}"));
        let mut upstream = Server::start("upstream", command, &ground.folder)?;
        upstream.wait_until_serving(port, CLIENT_PATH)?;
        let address = |last| SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, last), port);
        let pools = [(1..=ENDPOINTS).map(address).collect()];
        let mut running = Vec::new();
        for one in CONTESTANTS
            .iter()
            .filter(|one| options.wants_dialect(one.dialect))
        {
            running.push((one, ground.start(one, &pools)?));
        }
        Ok(Self {
            running,
            _upstream: upstream,
        })
    }
}

fn report(comparison: &Comparison, options: &Options, section: &mut Section) {
    let goals = [
        ("nginx", "nginx without checks", 1.10),
        ("envoy", "envoy", 0.55),
    ];
    for (of, called, at_most) in goals {
        if let Some(measured) = comparison.ratio("haleway", of) {
            section.goals.push(Goal {
                what: format!("Kong route with checks: haleway / {called}, CPU"),
                measured,
                at_most,
                unit: " x",
            });
        }
    }
    let mut text = String::new();
    comparison_to(&mut text, comparison);
    section.text += &text.replace("\n## ", "\n### ");
    for of in ["haleway", "nginx", "envoy"] {
        if let Some(ratio) = comparison.ratio(WITH_PLUGINS, of) {
            section.text += &format!("- CPU per request, {WITH_PLUGINS} / {of}: {ratio:.3}\n");
        }
    }
    section.text += &format!(
        "\n{} rounds of {} s, {ENDPOINTS} endpoints, answers of 120 B. nginx checks nothing, \
         HAProxy and Envoy probe, Haleway probes and judges by requests.\n",
        options.rounds, options.seconds
    );
}
