//! Whether the process lives, and whether it should get requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use actix_web::{HttpResponse, HttpResponseBuilder, web};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::json;

use crate::http::site::Site;

/// Why a node should get no requests at present. Cheap to clone; clones share their state.
///
/// Nothing about the machine, the version or the database is told to whoever asks (ASVS 13.4.5).
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<Conditions>);

#[derive(Debug, Default)]
struct Conditions {
    draining: AtomicBool,
    leaving: AtomicBool,
    database_away: AtomicBool,
    keys_unusable: AtomicBool,
    clock_off: AtomicBool,
    clock_offset_micros: AtomicI64,
}

impl Readiness {
    /// The server is about to stop. There is no way back.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// The listeners are about to close: what can be asked elsewhere, should be.
    pub fn leave(&self) {
        self.0.leaving.store(true, Ordering::Relaxed);
    }

    /// Whether the server is about to stop.
    pub fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed)
    }

    /// Whether the listeners are about to close.
    pub fn is_leaving(&self) -> bool {
        self.0.leaving.load(Ordering::Relaxed)
    }

    /// Whether the database answered when it was last asked.
    pub fn database(&self, answers: bool) {
        self.0.database_away.store(!answers, Ordering::Relaxed);
    }

    /// Whether the signing keys, as they were last read, can be used.
    pub fn keys(&self, are_usable: bool) {
        self.0.keys_unusable.store(!are_usable, Ordering::Relaxed);
    }

    /// Whether this machine's clock agrees with the database's.
    pub fn clock(&self, agrees: bool) {
        self.0.clock_off.store(!agrees, Ordering::Relaxed);
    }

    /// By how much the database's clock is ahead of this machine's.
    pub fn clock_offset(&self, offset: TimeDelta) {
        let micros = offset.num_microseconds().unwrap_or(i64::MAX);
        self.0.clock_offset_micros.store(micros, Ordering::Relaxed);
    }

    /// By how many seconds the database's clock was ahead of this machine's when last compared.
    pub fn clock_offset_seconds(&self) -> f64 {
        let micros = self.0.clock_offset_micros.load(Ordering::Relaxed);
        TimeDelta::microseconds(micros).as_seconds_f64()
    }

    /// Everything that a node needs to be ready, and whether it has that.
    pub fn conditions(&self) -> [(&'static str, bool); 4] {
        let is_met = |obstacle: &AtomicBool| !obstacle.load(Ordering::Relaxed);
        [
            ("draining", is_met(&self.0.draining)),
            ("database", is_met(&self.0.database_away)),
            ("keys", is_met(&self.0.keys_unusable)),
            ("clock", is_met(&self.0.clock_off)),
        ]
    }

    /// What stands in the way, if anything does.
    pub fn obstacle(&self) -> Option<&'static str> {
        self.conditions().iter().find(|(_, is_met)| !is_met).map(|(name, _)| *name)
    }
}

/// `GET /health/live`: the process answers.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// `GET /health/ready`: it should get requests, or 503. What stands in the way is told on the
/// operations listener only.
pub async fn ready(readiness: web::Data<Readiness>) -> HttpResponse {
    let (mut answer, status) = verdict(&readiness);
    answer.json(json!({ "status": status }))
}

/// `GET /api/health`: the same with the time of the answer (RFC 3339).
#[utoipa::path(get, path = "/api/health", tag = "health", responses(
    (status = 200, description = "The node should get requests", body = Health),
    (status = 503, description = "It should not", body = Health)))]
pub async fn api(readiness: web::Data<Readiness>, site: web::Data<Site>) -> HttpResponse {
    let (mut answer, status) = verdict(&readiness);
    answer.json(json!({ "status": status, "timestamp": timestamp(site.env.now()) }))
}

/// What [`api`] tells, as the document has it.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "a shape for the document alone")]
pub struct Health {
    /// `ok` or `unavailable`.
    status: String,
    /// When it was asked (RFC 3339).
    timestamp: String,
}

/// The status line of an answer about readiness, and its word.
pub(super) fn verdict(readiness: &Readiness) -> (HttpResponseBuilder, &'static str) {
    match readiness.obstacle() {
        None => (HttpResponse::Ok(), "ok"),
        Some(_) => (HttpResponse::ServiceUnavailable(), "unavailable"),
    }
}

/// A moment to the millisecond (RFC 3339).
pub(super) fn timestamp(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_obstacle_is_enough() {
        let readiness = Readiness::default();
        assert_eq!(readiness.obstacle(), None);
        readiness.clock(false);
        assert_eq!(readiness.obstacle(), Some("clock"));
        readiness.keys(false);
        assert_eq!(readiness.obstacle(), Some("keys"));
        readiness.database(false);
        assert_eq!(readiness.obstacle(), Some("database"));
        readiness.database(true);
        readiness.keys(true);
        readiness.clock(true);
        assert_eq!(readiness.obstacle(), None);
        readiness.clone().drain();
        assert_eq!(readiness.obstacle(), Some("draining"));
    }
}
