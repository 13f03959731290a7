//! `/metrics` on the operations listener.

use std::sync::{Mutex, PoisonError};

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, TimeDelta, Utc};

use super::health::Readiness;
use crate::domain::signing_key::schedule::Timing;
use crate::http::services::Services;
use crate::http::site::Site;
use crate::identity::Identity;
use crate::kernel::metric;
use crate::mail::Office;
use crate::observe::figures::Figures;
use crate::observe::process::Process;
use crate::observe::traces;
use crate::protocol::Provider;

/// What the operations listener knows beyond what all handlers do.
#[derive(Debug)]
pub struct Watched {
    figures: Figures,
    /// When this node began to be watched.
    pub began: DateTime<Utc>,
    signing: Mutex<Option<String>>,
}

impl Watched {
    /// A node that keeps `figures`, from `now` on.
    pub fn new(figures: Figures, now: DateTime<Utc>) -> Self {
        Self { figures, began: now, signing: Mutex::default() }
    }
}

/// `GET /metrics`: everything in the text format of Prometheus. What only shows when somebody looks
/// is looked up first, so that it costs the requests nothing.
pub async fn metrics(
    watched: web::Data<Watched>,
    readiness: web::Data<Readiness>,
    services: web::Data<Services>,
    site: web::Data<Site>,
) -> HttpResponse {
    let now = site.env.now();
    node(&watched, &readiness);
    keys(&watched, &services.provider, now);
    process();
    providers(&services.identity);
    mail(&services, now).await;
    metrics::counter!(metric::STATEMENTS).absolute(services.provider.db.statements());
    metrics::counter!(metric::SPANS_DROPPED).absolute(traces::dropped());
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, Figures::CONTENT_TYPE))
        .body(watched.figures.text())
}

fn node(watched: &Watched, readiness: &Readiness) {
    let is_ready = readiness.obstacle().is_none();
    metrics::gauge!(metric::READY).set(f64::from(u8::from(is_ready)));
    metrics::gauge!(metric::CLOCK_OFFSET).set(readiness.clock_offset_seconds());
    metrics::gauge!(metric::BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    let began = watched.began - DateTime::UNIX_EPOCH;
    metrics::gauge!(metric::PROCESS_START).set(began.as_seconds_f64());
}

fn providers(identity: &Identity) {
    #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 providers")]
    metrics::gauge!(metric::PROVIDERS_RESTING).set(identity.resting_providers() as f64);
}

/// What waits in the queue, which all nodes share. Without an answer the figures stay as they were.
async fn mail(services: &Services, now: DateTime<Utc>) {
    if services.identity.outbox().office() != Office::Sending {
        return;
    }
    let Ok(waiting) = services.provider.db.load(|tx| tx.mails().waiting()).await else { return };
    let age = waiting.since.map_or(0.0, |since| (now - since).as_seconds_f64());
    #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 letters")]
    metrics::gauge!(metric::MAILS_WAITING).set(waiting.count as f64);
    metrics::gauge!(metric::MAIL_OLDEST).set(age.max(0.0));
}

/// The schedule is written ahead and followed by the clock, so it shows without asking the database.
fn keys(watched: &Watched, provider: &Provider, now: DateTime<Utc>) {
    let (chain, timing) = (provider.keyring.chain(), Timing::of(&provider.settings.get()));
    let remaining = chain.remaining(&timing, now).map_or(0.0, TimeDelta::as_seconds_f64);
    metrics::gauge!(metric::KEY_REMAINING).set(remaining);
    metrics::gauge!(metric::KEY_SUCCESSOR).set(f64::from(u8::from(chain.has_successor(now))));
    let signing = chain.signing(now).map(|key| key.kid.clone());
    let mut known = watched.signing.lock().unwrap_or_else(PoisonError::into_inner);
    if known.is_some() && *known != signing {
        metrics::counter!(metric::KEY_ROTATIONS).increment(1);
    }
    *known = signing;
}

fn process() {
    let Process { cpu_seconds, memory_bytes, open_files, files_limit } = Process::look();
    metrics::gauge!(metric::PROCESS_CPU).set(cpu_seconds);
    for (name, figure) in [
        (metric::PROCESS_MEMORY, memory_bytes),
        (metric::PROCESS_FILES, open_files),
        (metric::PROCESS_FILES_LIMIT, files_limit),
    ] {
        if let Some(figure) = figure {
            #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 bytes or files")]
            metrics::gauge!(name).set(figure as f64);
        }
    }
}
