//! The endpoints of the drill: three processes, of which the first gets into trouble.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use super::super::pools::PROBE_PATH;
use super::super::process::{LOAD_CORE, Server, free_port, pinned, status};

/// Their names in answers; the first is the one that suffers.
pub(crate) const NAMES: [&str; 3] = ["a", "b", "c"];

/// Endpoints that run.
pub(crate) struct Field {
    program: PathBuf,
    folder: PathBuf,
    ports: Vec<u16>,
    servers: Vec<Server>,
}

impl Field {
    pub(crate) fn start(program: &Path, folder: &Path) -> Result<Self> {
        let mut field = Self {
            program: program.to_owned(),
            folder: folder.to_owned(),
            ports: Vec::new(),
            servers: Vec::new(),
        };
        for name in NAMES {
            let port = free_port()?;
            field.servers.push(field.endpoint(name, port)?);
            field.ports.push(port);
        }
        Ok(field)
    }

    fn endpoint(&self, name: &str, port: u16) -> Result<Server> {
        let mut command = pinned(LOAD_CORE, &self.program);
        command.args([&format!("127.0.0.1:{port}"), name]);
        let mut server = Server::start(&format!("endpoint-{name}"), command, &self.folder)?;
        server.wait_until_serving(port, PROBE_PATH)?;
        Ok(server)
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddrV4> {
        let address = |port: &u16| SocketAddrV4::new(Ipv4Addr::LOCALHOST, *port);
        self.ports.iter().map(address).collect()
    }

    /// Kills the first endpoint and waits until it is gone.
    pub(crate) fn kill_first(&mut self) {
        self.servers[0].kill();
    }

    pub(super) fn signal_first(&self, name: &str) {
        self.servers[0].signal(name);
    }

    pub(super) fn restart_first(&mut self) -> Result<()> {
        self.servers[0] = self.endpoint(NAMES[0], self.ports[0])?;
        Ok(())
    }

    pub(super) fn set_first_status(&self, wanted: u16) -> Result<()> {
        let answered = status(self.ports[0], &format!("/control/status/{wanted}"))?;
        ensure!(answered == 200, "the endpoint takes no orders");
        Ok(())
    }
}
