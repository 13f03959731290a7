//! A TCP relay before a server, in the place of the network between two machines.
//!
//! What it cannot do is to lose a packet: that is for the kernel. Where a kernel would wait for an
//! answer and send again, the relay stalls for as long as that takes.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How the network is at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// As on one machine.
    Good,
    /// Every connection is taken, and nothing comes through in either direction.
    BlackHole,
    /// Every connection is reset, new ones too.
    Reset,
    /// Each packet takes up to `jitter`, and `loss` of a hundred are sent a second time after
    /// [`RETRANSMISSION`].
    Lossy { loss: u32, jitter: Duration },
}

/// What Linux waits at least before it sends a packet again, and what the first ones take.
const RETRANSMISSION: Duration = Duration::from_millis(200);

/// A relay to a server. It ends when it is dropped.
pub struct Relay {
    address: SocketAddr,
    network: watch::Sender<Network>,
    target: watch::Sender<u16>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl Relay {
    /// A relay to a port of this machine.
    pub fn to(port: u16) -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (network, weather) = watch::channel(Network::Good);
        let (target, port) = watch::channel(port);
        let (stop, stopped) = tokio::sync::oneshot::channel();
        // A runtime of its own, so that a test that blocks does not hold it up.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    () = serve(listener, port, weather) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, network, target, _stop: stop }
    }

    /// Changes the network for all connections, also those that are there.
    pub fn set(&self, network: Network) {
        self.network.send_replace(network);
    }

    /// Leads to another server, and ends the connections to the one before.
    pub fn lead_to(&self, port: u16) {
        self.target.send_replace(port);
    }

    /// An address of the server's, through the relay.
    pub fn url(&self, url: &str, port: u16) -> String {
        let (before, after) = (format!(":{port}/"), format!(":{}/", self.address.port()));
        assert!(url.contains(&before), "{url}");
        url.replace(&before, &after)
    }
}

async fn serve(
    listener: TcpListener,
    target: watch::Receiver<u16>,
    weather: watch::Receiver<Network>,
) {
    let mut seed = 0;
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        seed += 2;
        let (mut weather, mut target) = (weather.clone(), target.clone());
        tokio::spawn(async move {
            if *weather.borrow() == Network::Reset {
                reset(&client);
                return;
            }
            let port = *target.borrow_and_update();
            let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else {
                return;
            };
            client.set_nodelay(true).unwrap();
            server.set_nodelay(true).unwrap();
            let (from_client, to_client) = client.split();
            let (from_server, to_server) = server.split();
            let resets = weather.clone();
            tokio::select! {
                () = pump(from_client, to_server, weather.clone(), seed) => return,
                () = pump(from_server, to_client, resets, seed + 1) => return,
                _ = weather.wait_for(|network| *network == Network::Reset) => {}
                _ = target.changed() => {}
            }
            reset(&client);
            reset(&server);
        });
    }
}

/// Sends an RST at its end instead of a FIN.
fn reset(stream: &TcpStream) {
    stream.set_zero_linger().unwrap();
}

async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut weather: watch::Receiver<Network>,
    seed: u64,
) {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut buffer = [0; 1400];
    loop {
        let count = match from.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => count,
        };
        if weather.wait_for(|network| *network != Network::BlackHole).await.is_err() {
            return;
        }
        let network = *weather.borrow();
        if let Network::Lossy { loss, jitter } = network {
            let mut wait = jitter.mul_f64(f64::from(rng.next_u32()) / f64::from(u32::MAX));
            let mut again = RETRANSMISSION;
            while rng.next_u32() % 100 < loss {
                wait += again;
                again *= 2;
            }
            tokio::time::sleep(wait).await;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
