//! The operations listener: a small server beside the one for everybody.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::{DefaultHeaders, Next, from_fn};
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpResponse, HttpServer, web};
use tokio::task::JoinSet;

use super::error::StartError;
use super::node::Node;
use crate::http::middleware::host;
use crate::http::ops::metrics::{self, Watched};
use crate::http::ops::{health, report};
use crate::http::routing::get;
use crate::observe::figures::{self, Figures};

/// How often durations are sorted into their buckets, whether or not somebody reads them.
const TIDY_EVERY: Duration = Duration::from_secs(5);

/// How long whoever reads may take to send a request's head, or to begin the next one.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections at the same time: whoever watches needs a few.
const CONNECTIONS: usize = 64;

/// The operations listener while it serves; it ends when this goes.
#[must_use = "it serves for as long as this is there"]
#[derive(Debug)]
pub struct Operations {
    handle: Option<ServerHandle>,
    tasks: JoinSet<()>,
}

/// What is served here and nowhere else.
fn mount(config: &mut ServiceConfig) {
    config
        .service(web::resource("/metrics").route(get().to(metrics::metrics)))
        .service(web::resource("/health/live").route(get().to(health::live)))
        .service(web::resource("/health/ready").route(get().to(report::ready)))
        .service(web::resource("/api/health").route(get().to(report::health)));
}

impl Node {
    /// Serves operators on `listeners`; without any, nothing is counted. Call it within a runtime.
    /// It answers until the very end of a node, so that one can watch it drain.
    pub fn serve_operations(&self, listeners: Vec<TcpListener>) -> Result<Operations, StartError> {
        let mut tasks = JoinSet::new();
        if listeners.is_empty() {
            return Ok(Operations { handle: None, tasks });
        }
        let figures = figures::keep()?;
        let watched = web::Data::new(Watched::new(figures.clone(), self.env.now()));
        let node = self.clone();
        let is_local = listeners.iter().all(is_local);
        let app = move || {
            App::new()
                .app_data(node.site.clone())
                .app_data(node.services.clone())
                .app_data(web::Data::new(node.readiness.clone()))
                .app_data(watched.clone())
                .configure(mount)
                .wrap(from_fn(move |request, next| named(is_local, request, next)))
                .wrap(
                    DefaultHeaders::new()
                        .add((header::CACHE_CONTROL, "no-store"))
                        .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff")),
                )
        };
        let io = |error| StartError::Io { what: "serve operators".to_owned(), error };
        let mut server = HttpServer::new(app)
            .workers(1)
            .client_request_timeout(PATIENCE)
            .keep_alive(PATIENCE)
            .max_connections(CONNECTIONS)
            .shutdown_timeout(1)
            .disable_signals();
        for listener in listeners {
            server = server.listen(listener).map_err(io)?;
        }
        let server = server.run();
        let handle = Some(server.handle());
        tasks.spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "the operations listener ended");
            }
        });
        tasks.spawn(tidy(figures));
        Ok(Operations { handle, tasks })
    }
}

/// Whether only this machine reaches a listener.
fn is_local(listener: &TcpListener) -> bool {
    listener.local_addr().is_ok_and(|address| address.ip().is_loopback())
}

/// Where only this machine may ask, a page in a browser on it must not do so either, by a name of its own
/// that leads here: it is turned away, with 421 as at the pages' listener.
async fn named<B: MessageBody + 'static>(
    is_local: bool,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    if !is_local || host::is_this_machine(request.headers()) {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    }
    let refused = HttpResponse::new(StatusCode::MISDIRECTED_REQUEST);
    Ok(request.into_response(refused).map_into_right_body())
}

async fn tidy(figures: Figures) {
    loop {
        tokio::time::sleep(TIDY_EVERY).await;
        figures.tidy();
    }
}

impl Operations {
    /// Ends it.
    pub async fn stop(mut self) {
        if let Some(handle) = self.handle.take() {
            handle.stop(true).await;
        }
        self.tasks.shutdown().await;
    }
}
