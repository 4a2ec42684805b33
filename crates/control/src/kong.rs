//! Kong's Admin API and its status listener, for a configuration without a database: entities are
//! read, health is read and set, and a whole configuration can be posted. All other writes are
//! refused as Kong refuses them.
//!
//! Nothing here knows the dialect. What it shows is a [`View`]: the program makes one of each
//! configuration that is accepted and puts it into [`Views`]. What it asks of the engine goes
//! through [`Running`], what it posts through [`Reload`].

mod answer;
mod base64;
mod certificate;
mod config;
mod endpoints;
mod health;
mod kind;
mod list;
mod metrics;
mod node;
mod operate;
mod overview;
mod page;
mod query;
mod ready;
mod request;
mod resource;
mod route;
mod schema;
mod status;
mod tags;
mod target;
mod validate;
mod view;
mod write;

pub use config::text_hash;
pub use node::Node;
pub use route::Api;
pub use validate::Validate;
pub use view::{EMPTY_HASH, Facts, Plugin, View, Views};

use std::io;
use std::sync::Arc;

use crate::listen::Manner;
use crate::{Admin, Control};

impl Admin {
    /// Serves Kong's Admin API, or its status listener, on a thread of its own.
    ///
    /// # Errors
    /// Where the thread or its runtime cannot be made.
    pub fn serve_kong(self, node: Arc<Node>, api: Api) -> io::Result<Control> {
        let manner = Manner {
            thread: match api {
                Api::Admin => "kong-admin",
                Api::Status => "kong-status",
            },
            title_case: true,
        };
        self.serve_with(manner, move |request| {
            let node = node.clone();
            async move { route::answer(&node, api, request).await }
        })
    }
}
