//! Health in detail, on the operations listener.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::health::{Readiness, timestamp, verdict};
use super::metrics::Watched;
use crate::domain::job::JobRecord;
use crate::http::services::Services;
use crate::http::site::Site;

/// `GET /health/ready`: it should get requests, or 503 with what stands in the way.
pub async fn ready(readiness: web::Data<Readiness>) -> HttpResponse {
    let (mut answer, status) = verdict(&readiness);
    match readiness.obstacle() {
        None => answer.json(json!({ "status": status })),
        Some(obstacle) => answer.json(json!({ "status": status, "reason": obstacle })),
    }
}

/// `GET /api/health`: the node and everything that it depends on. The status is that of readiness;
/// a full queue of hashes or a failing job does not make a node unready.
pub async fn health(
    watched: web::Data<Watched>,
    readiness: web::Data<Readiness>,
    services: web::Data<Services>,
    site: web::Data<Site>,
) -> HttpResponse {
    let (now, (mut answer, status)) = (site.env.now(), verdict(&readiness));
    let conditions = readiness.conditions();
    let is_met = |name| conditions.iter().any(|(known, is_met)| *known == name && *is_met);
    let jobs = if is_met("database") { jobs(&services).await } else { word(false) };
    answer.json(json!({
        "status": status,
        "timestamp": timestamp(now),
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_seconds": (now - watched.began).num_seconds(),
        "dependencies": {
            "database": word(is_met("database")),
            "keys": word(is_met("keys")),
            "clock": {
                "status": status_of(is_met("clock")),
                "offset_seconds": readiness.clock_offset_seconds(),
            },
            "drain": { "status": if is_met("draining") { "ok" } else { "draining" } },
            "hash_queue": { "status": if services.identity.hasher().is_full() { "full" } else { "ok" } },
            "jobs": jobs,
        },
    }))
}

fn status_of(is_well: bool) -> &'static str {
    if is_well { "ok" } else { "unavailable" }
}

fn word(is_well: bool) -> Value {
    json!({ "status": status_of(is_well) })
}

/// The jobs that failed the last time, by name.
async fn jobs(services: &Services) -> Value {
    let Ok(records) = services.provider.db.load(|tx| tx.jobs().list()).await else {
        return word(false);
    };
    let failing: Vec<_> = records.into_iter().filter(JobRecord::is_failing).collect();
    let status = if failing.is_empty() { "ok" } else { "failing" };
    json!({ "status": status, "failing": failing.iter().map(|job| &job.name).collect::<Vec<_>>() })
}
