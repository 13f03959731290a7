//! Serving, and stopping without dropping anybody.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer, web};

use super::descriptors;
use super::door::Door;
use super::error::StartError;
use super::node::Node;
use super::routes;
use crate::config::HttpConfig;
use crate::http::middleware::edge::edge;
use crate::http::middleware::net::net;
use crate::mail::Sender;

/// How long a node that was told to stop still takes new requests, so that whoever sends them can
/// see that it is not ready any more.
const NOTICE: Duration = Duration::from_secs(3);

/// How long after that it sends elsewhere what can be asked elsewhere, for the sake of those that did
/// not see it; see `http/middleware/leave.rs`.
const LEAVE: Duration = Duration::from_secs(1);

/// How long the rest of a body is read that was refused, so that the answer arrives before the end.
const FAREWELL: Duration = Duration::from_secs(5);

/// How long a job or a mail under way may take to stop; a server that hangs must not keep the node from
/// ending. Its lease runs out by itself then.
const JOBS_STOP: Duration = Duration::from_secs(10);

/// Opens the addresses of the configuration.
pub fn listen(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, StartError> {
    addresses
        .iter()
        .map(|address| {
            TcpListener::bind(address).map_err(|error| StartError::Io {
                what: format!("listen on {address} (is another server running there?)"),
                error,
            })
        })
        .collect()
}

/// A node that is being served.
#[must_use = "it serves for as long as it is awaited"]
pub struct Running {
    node: Node,
    server: Server,
    door: Door,
    /// How long what is under way may take to finish.
    time: Duration,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Running({:?})", self.node)
    }
}

impl Node {
    /// Prepares to serve on `listeners`. Call it within a runtime.
    pub fn serve(
        &self,
        listeners: Vec<TcpListener>,
        config: &HttpConfig,
    ) -> Result<Running, StartError> {
        self.serve_with(listeners, config, |_| ())
    }

    /// The same with more routes, which `latchkey dev` adds.
    pub fn serve_with(
        &self,
        listeners: Vec<TcpListener>,
        config: &HttpConfig,
        more: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Result<Running, StartError> {
        let node = self.clone();
        let app = move || {
            App::new()
                .app_data(node.site.clone())
                .app_data(node.services.clone())
                .app_data(web::Data::new(node.readiness.clone()))
                .configure(routes::mount)
                .configure(more.clone())
                .wrap(from_fn(edge))
                .wrap(from_fn(net))
        };
        let io = |error| StartError::Io { what: "start the server".to_owned(), error };
        let mut server = HttpServer::new(app)
            .workers(config.workers)
            .client_request_timeout(config.request_timeout)
            .keep_alive(config.keep_alive)
            .client_disconnect_timeout(FAREWELL)
            .max_connections(descriptors::room_for(config.max_connections).div_ceil(config.workers))
            .shutdown_timeout(config.shutdown_timeout.as_secs())
            .disable_signals();
        let door = Door::of(&listeners).map_err(io)?;
        for listener in listeners {
            server = server.listen(listener).map_err(io)?;
        }
        let time = config.shutdown_timeout;
        Ok(Running { node: self.clone(), server: server.run(), door, time })
    }
}

impl Running {
    /// Serves until `stop` is done, then lets what is under way finish, for as long as
    /// `http.shutdown_seconds` says; what takes longer is cut off. `stop` tells whether to give notice:
    /// to stay for a while, unready, for the sake of a load balancer. Connections end with their next
    /// answer from then on.
    pub async fn until(self, stop: impl Future<Output = bool>) -> Result<(), StartError> {
        let Self { node, server, door, time } = self;
        let handle = server.handle();
        let following = node.follow();
        let jobs = node.jobs().start();
        let mail = node.mail().map(Sender::start);
        tokio::pin!(server);
        let with_notice = tokio::select! {
            ended = &mut server => return ended.map_err(failed),
            with_notice = stop => with_notice,
        };
        node.readiness.drain();
        jobs.tell();
        if with_notice {
            tracing::info!("stopping: no longer ready");
            tokio::select! {
                ended = &mut server => return ended.map_err(failed),
                () = tokio::time::sleep(NOTICE) => {}
            }
            node.readiness.leave();
            tokio::select! {
                ended = &mut server => return ended.map_err(failed),
                () = tokio::time::sleep(LEAVE) => door.close().await,
            }
        } else {
            drop(door);
        }
        tracing::info!("stopping: finishing the requests under way");
        let begun = Instant::now();
        let own = async {
            let mail = async {
                if let Some(mail) = mail {
                    mail.stopped().await;
                }
            };
            tokio::join!(jobs.stopped(), mail)
        };
        let own = tokio::time::timeout(time.min(JOBS_STOP), own);
        let (ended, (), own) = tokio::join!(server, handle.stop(true), own);
        drop(following);
        if own.is_err() || begun.elapsed() >= time {
            tracing::warn!("stopped: what did not finish within http.shutdown_seconds was cut off");
        } else {
            tracing::info!("stopped");
        }
        ended.map_err(failed)
    }
}

fn failed(error: std::io::Error) -> StartError {
    StartError::Io { what: "serve".to_owned(), error }
}
