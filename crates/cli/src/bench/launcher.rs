//! Servers in this process, for workloads that name none.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;

use masstree_bench::load::file::Durability;
use masstree_bench::load::{Launcher, Running};
use masstree_server::{Config, Server};
use masstree_store::{Options, Store};

/// Starts each on a free port of the loopback.
#[derive(Debug)]
pub struct InThisProcess;

struct Served {
    address: SocketAddr,
    server: Option<Server>,
}

impl Running for Served {
    fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            // What was measured is measured: that it ends badly changes nothing, and there is nobody to tell.
            let _ = server.shutdown();
        }
    }
}

impl Launcher for InThisProcess {
    fn launch(
        &self,
        durability: Durability,
        directory: Option<&Path>,
    ) -> Result<Box<dyn Running>, String> {
        let durability = match durability {
            Durability::None => masstree_store::Durability::None,
            Durability::Interval => masstree_store::Durability::default(),
            Durability::Always => masstree_store::Durability::Always,
        };
        let options = Options {
            directory: directory.map(Path::to_path_buf),
            durability,
            ..Options::default()
        };
        let store = Store::open(options).map_err(|error| error.to_string())?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .map_err(|error| format!("cannot listen on the loopback: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let server = Server::start(store, vec![listener], Config::default())
            .map_err(|error| error.to_string())?;
        Ok(Box::new(Served {
            address,
            server: Some(server),
        }))
    }
}
