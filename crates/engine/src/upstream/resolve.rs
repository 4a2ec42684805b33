//! Names to addresses.

use std::net::SocketAddr;

use super::endpoint::EndpointState;
use crate::fault::{Fault, FaultKind};

/// Addresses of one endpoint that are tried.
const ADDRESSES_MAX: usize = 16;

/// The addresses of an endpoint, the first family that the system prefers in front. Names go
/// through the system's resolver, `/etc/hosts` included; it keeps its own cache, or none, as Go's.
pub(crate) async fn resolve(endpoint: &EndpointState) -> Result<Vec<SocketAddr>, Fault> {
    if let Some(address) = endpoint.address {
        return Ok(vec![address]);
    }
    let host = endpoint.host.as_str();
    match tokio::net::lookup_host((host, endpoint.port)).await {
        Ok(found) => {
            let found: Vec<_> = found.take(ADDRESSES_MAX).collect();
            if found.is_empty() {
                Err(no_such_host(host))
            } else {
                Ok(found)
            }
        }
        Err(_) => Err(no_such_host(host)),
    }
}

fn no_such_host(host: &str) -> Fault {
    Fault::new(
        FaultKind::Resolve,
        format!("dial tcp: lookup {host}: no such host"),
    )
}
