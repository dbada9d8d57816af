//! SIGTERM and Ctrl-C: the first one ends the server in order, a second one at once.

use std::io;
use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use masstree_server::ShutdownHandle;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Waits for signals.
pub struct Watch {
    server: Arc<Mutex<Option<ShutdownHandle>>>,
}

impl Watch {
    /// From here on a signal ends the process; nothing needs to be finished before there is a server.
    pub fn start() -> io::Result<Self> {
        let signals = Signals::new([SIGTERM, SIGINT])?;
        let server = Arc::new(Mutex::new(None));
        let watched = Arc::clone(&server);
        thread::Builder::new()
            .name("masstree signals".to_owned())
            .spawn(move || wait(signals, &watched))?;
        Ok(Self { server })
    }

    /// From here on the first signal ends `server`.
    pub fn guard(&self, server: ShutdownHandle) {
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = Some(server);
    }
}

fn wait(mut signals: Signals, server: &Mutex<Option<ShutdownHandle>>) {
    let mut is_ending = false;
    for signal in signals.forever() {
        let server = server.lock().unwrap_or_else(PoisonError::into_inner).take();
        match server {
            Some(server) => {
                tracing::info!("ending; a second signal ends it at once");
                server.shutdown();
                is_ending = true;
            }
            None if is_ending => process::exit(128 + signal),
            None => process::exit(0),
        }
    }
}
