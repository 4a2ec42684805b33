//! Kong's Admin API and status listener: opened where Kong's settings say, insisted on as Kong
//! insists on them.

use std::net::SocketAddr;
use std::sync::Arc;

use haleway_blueprint::runtime::{Reload, Running};
use haleway_control::kong::{Api, Node, Views};
use haleway_control::{Admin, Control};
use haleway_document::Diagnostic;
use haleway_engine::server_tls;
use haleway_kong::{ApiSocket, ApiSockets, NodeView};

use crate::kong_view::KongNode;

/// The sockets, open and not yet served.
#[derive(Debug, Default)]
pub(super) struct Sockets(Vec<(Admin, Api)>);

/// Opens them, early enough to refuse the start. A configuration that is not Kong's has none.
pub(super) fn open(kong: Option<&KongNode>) -> Result<Sockets, Vec<Diagnostic>> {
    let Some(KongNode { node, .. }) = kong else {
        return Ok(Sockets::default());
    };
    let mut sockets = Sockets::default();
    let mut refused = Vec::new();
    for (asked, api) in apis(node) {
        let tls = match asked.tls.as_ref().map(server_tls).transpose() {
            Ok(tls) => tls,
            Err(what) => {
                refused.push(unusable(api, &what));
                continue;
            }
        };
        for ApiSocket {
            address,
            tls: is_tls,
        } in &asked.sockets
        {
            let tls = tls.clone().filter(|_| *is_tls);
            match Admin::open(*address) {
                Ok(socket) => sockets.0.push((socket.secured(tls), api)),
                Err(error) => refused.push(not_open(*address, api, &error)),
            }
        }
    }
    if refused.is_empty() {
        Ok(sockets)
    } else {
        Err(refused)
    }
}

fn apis(node: &NodeView) -> [(&ApiSockets, Api); 2] {
    [(&node.admin, Api::Admin), (&node.status, Api::Status)]
}

/// What is wrong with the certificates of the APIs.
pub(crate) fn findings(node: &NodeView) -> Vec<Diagnostic> {
    let given = apis(node).into_iter().filter_map(|(asked, api)| {
        let tls = asked.tls.as_ref().filter(|tls| tls.self_signed.is_none())?;
        let what = server_tls(tls).err()?;
        Some(unusable(api, &what))
    });
    given.collect()
}

fn unusable(api: Api, what: &str) -> Diagnostic {
    let variable = match api {
        Api::Admin => "KONG_ADMIN_SSL_CERT",
        Api::Status => "KONG_STATUS_SSL_CERT",
    };
    Diagnostic::error("S0010", format!("{variable}: {what}"))
        .help("without it a certificate is made at the start")
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
            let tls = if socket.is_secured() { " with TLS" } else { "" };
            let what = format!("{}{tls}", what(api));
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
