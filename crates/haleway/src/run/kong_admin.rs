//! Kong's Admin API and status listener: opened where Kong's settings say, insisted on as Kong
//! insists on them.

use std::net::SocketAddr;
use std::sync::Arc;

use haleway_blueprint::runtime::{Reload, Running};
use haleway_control::kong::{Api, Node, Views};
use haleway_control::{Admin, Control};
use haleway_document::Diagnostic;

use crate::kong_view::KongNode;

/// The sockets, open and not yet served.
#[derive(Debug, Default)]
pub(super) struct Sockets(Vec<(Admin, Api)>);

/// Opens them, early enough to refuse the start. A configuration that is not Kong's has none.
pub(super) fn open(kong: Option<&KongNode>) -> Result<Sockets, Vec<Diagnostic>> {
    let Some(KongNode { node, .. }) = kong else {
        return Ok(Sockets::default());
    };
    let admin = node.admin.iter().map(|address| (*address, Api::Admin));
    let status = node.status.iter().map(|address| (*address, Api::Status));
    let mut sockets = Sockets::default();
    let mut taken = Vec::new();
    for (address, api) in admin.chain(status) {
        match Admin::open(address) {
            Ok(socket) => sockets.0.push((socket, api)),
            Err(error) => taken.push(not_open(address, api, &error)),
        }
    }
    if taken.is_empty() {
        Ok(sockets)
    } else {
        Err(taken)
    }
}

impl Sockets {
    /// Serves them. A failure here leaves the process without an API and nothing else.
    pub(super) fn serve(
        self,
        running: Arc<dyn Running>,
        reload: Arc<dyn Reload>,
        views: Arc<Views>,
    ) -> Vec<Control> {
        let node = Arc::new(Node::new(running, reload, views));
        let served = self.0.into_iter().filter_map(|(socket, api)| {
            let address = socket.address();
            let what = what(api);
            socket
                .serve_kong(node.clone(), api)
                .inspect(|_| tracing::info!("Kong's {what} is on {address}"))
                .inspect_err(|error| tracing::error!("Kong's {what} cannot be served: {error}"))
                .ok()
        });
        served.collect()
    }
}

fn not_open(address: SocketAddr, api: Api, error: &std::io::Error) -> Diagnostic {
    let variable = match api {
        Api::Admin => "KONG_ADMIN_LISTEN",
        Api::Status => "KONG_STATUS_LISTEN",
    };
    let what = what(api);
    let message = match error.kind() {
        std::io::ErrorKind::AddrInUse => format!("{variable}: {address} of the {what} is in use"),
        _ => format!("{variable}: {address} of the {what} cannot be opened: {error}"),
    };
    Diagnostic::error("S0014", message).help(format!(
        "set {variable} to another address, such as 127.0.0.1:18001, or to off to go without"
    ))
}

fn what(api: Api) -> &'static str {
    match api {
        Api::Admin => "Admin API",
        Api::Status => "status listener",
    }
}
