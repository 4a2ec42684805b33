//! From entities and settings to a blueprint.

mod attach;
mod consumers;
mod header_names;
mod health;
mod listeners;
mod log;
mod own;
mod pools;
mod proxy;
mod routes;
mod shown;
mod site;
mod streams;
mod tls;
mod voice;

pub use own::{ApiSocket, ApiSockets};
pub(crate) use streams::upstreams as carried_upstreams;

use haleway_blueprint::Blueprint;

use crate::context::Context;
use crate::entity::Store;
use crate::setting::{Dns, Keepalive, Listens, Settings, Ssl, Tokens};
use crate::version::Version;

/// What every part of the compilation needs.
pub(crate) struct Compilation<'a> {
    /// Findings and places.
    pub(crate) context: &'a Context<'a>,
    /// All entities.
    pub(crate) store: &'a Store,
    /// All settings.
    pub(crate) settings: &'a Settings<'a>,
    /// The sockets.
    pub(crate) listens: &'a Listens,
    /// The version that answers look like.
    pub(crate) version: Version,
    /// Headers of our own.
    pub(crate) tokens: Tokens,
    /// Connections that are kept.
    pub(crate) keepalive: Keepalive,
    /// How names are looked up.
    pub(crate) dns: Dns,
    /// TLS of the node.
    pub(crate) ssl: Ssl,
}

impl<'a> Compilation<'a> {
    /// Reads what the settings say.
    pub(crate) fn new(
        context: &'a Context<'a>,
        store: &'a Store,
        settings: &'a Settings<'a>,
        listens: &'a Listens,
        version: Version,
    ) -> Self {
        Self {
            context,
            store,
            settings,
            listens,
            version,
            tokens: Tokens::read(settings),
            keepalive: Keepalive::read(settings),
            dns: Dns::read(context, settings, version),
            ssl: Ssl::read(context, settings),
        }
    }

    /// The blueprint of a document of this format version.
    pub(crate) fn blueprint(&self, format_version: &str) -> Blueprint {
        let mut pools = pools::Pools::of_upstreams(self);
        let site = site::site(self, &mut pools);
        let streams = streams::streams(self, &mut pools);
        Blueprint {
            name: "kong".to_owned(),
            dialect: format!("kong {format_version}"),
            listeners: listeners::listeners(self, &site.id),
            sites: vec![site],
            streams,
            pools: pools.finish(),
            consumers: consumers::consumers(self),
            logging: log::logging(self),
            drain_ms_max: Some(DRAIN_MS_MAX),
        }
    }
}

/// How long a stop waits for requests in flight (`kong quit --timeout`).
const DRAIN_MS_MAX: u64 = 10_000;
