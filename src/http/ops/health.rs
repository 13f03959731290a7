//! Whether the process lives, and whether it should get requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::{HttpResponse, web};
use serde_json::json;

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

    /// What stands in the way, if anything does.
    pub fn obstacle(&self) -> Option<&'static str> {
        let is = |condition: &AtomicBool| condition.load(Ordering::Relaxed);
        if is(&self.0.draining) {
            Some("draining")
        } else if is(&self.0.database_away) {
            Some("database")
        } else if is(&self.0.keys_unusable) {
            Some("keys")
        } else if is(&self.0.clock_off) {
            Some("clock")
        } else {
            None
        }
    }
}

/// `GET /health/live`: the process answers.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// `GET /health/ready`: it should get requests, or 503 with what stands in the way.
pub async fn ready(readiness: web::Data<Readiness>) -> HttpResponse {
    match readiness.obstacle() {
        None => HttpResponse::Ok().json(json!({ "status": "ok" })),
        Some(obstacle) => HttpResponse::ServiceUnavailable()
            .json(json!({ "status": "unavailable", "reason": obstacle })),
    }
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
