//! The admin side's address: taken by default where it is free, insisted on where it was given.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use haleway_blueprint::runtime::{Reload, Running};
use haleway_control::{Admin, Control, Subject};
use haleway_document::Diagnostic;

use crate::cli::AdminAddress;
use crate::log;

/// Where the admin side listens unless something else is said.
pub(crate) const DEFAULT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9900);

/// Opens the socket, early enough to refuse the start.
pub(super) fn open(asked: Option<AdminAddress>) -> Result<Option<Admin>, Box<Diagnostic>> {
    let address = match asked {
        Some(AdminAddress::Off) => return Ok(None),
        Some(AdminAddress::At(address)) => address,
        None => DEFAULT,
    };
    match Admin::open(address) {
        Ok(admin) => Ok(Some(admin)),
        Err(error) if asked.is_some() => Err(Box::new(taken(address, &error))),
        Err(error) => {
            tracing::warn!("there is no admin side: {address} cannot be opened ({error})");
            Ok(None)
        }
    }
}

/// Serves it. A failure here leaves the process without an admin side and nothing else.
pub(super) fn serve(
    admin: Admin,
    running: Arc<dyn Running>,
    reload: Arc<dyn Reload>,
) -> Option<Control> {
    let version = env!("CARGO_PKG_VERSION");
    let subject = Subject {
        running,
        reload,
        version,
        process_metrics: log::write_metrics,
    };
    admin
        .serve(subject)
        .inspect_err(|error| tracing::error!("the admin side cannot be served: {error}"))
        .ok()
}

fn taken(address: SocketAddr, error: &std::io::Error) -> Diagnostic {
    let message = match error.kind() {
        std::io::ErrorKind::AddrInUse => format!("the admin address {address} is in use"),
        _ => format!("the admin address {address} cannot be opened: {error}"),
    };
    Diagnostic::error("S0013", message)
        .help("choose another one with --admin, or --admin off to go without")
}
