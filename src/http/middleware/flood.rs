//! How much one address may ask for.
//!
//! A cheap bound in memory, by node, before anything else is done: what is beyond it costs neither a
//! hash nor a statement. It keeps one address from taking a node away from all others, and from
//! filling the database with sign-ins that are begun and never ended. Guessing is bounded elsewhere,
//! exactly and in the database.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use actix_web::HttpRequest;
use chrono::TimeDelta;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::config::LimitsConfig;
use crate::domain::picture;
use crate::domain::rate_limit::{self, Allowance};
use crate::http::error::Failure;
use crate::http::extract::client_ip::client_ip;
use crate::http::site::Site;
use crate::kernel::env::Env;
use crate::kernel::metric;
use crate::protocol::paths;

/// How much more than a network of 64 bits one of 48 bits has: a household has the one, a site or
/// part of a mobile network the other.
const WIDER: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
/// Every budget is full again after this time.
const WINDOW: Duration = Duration::from_secs(60);
/// After how many requests the budgets that are full again are swept out.
const SWEEP_EVERY: u32 = 4096;

/// Where an address is counted: one of 65 536 places, found by a secret hash. So what is remembered
/// is bounded without anybody being pushed out or turned away for want of room, and nobody can
/// choose whom to share a place with.
type Place = u16;
type Limiter = RateLimiter<Place, HashMapStateStore<Place>, Env, NoOpMiddleware<Duration>>;

/// The limits of a node.
pub struct Flood {
    hasher: RandomState,
    limits: [(Class, Option<Limit>); 5],
}

/// What is limited together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Pages,
    Authorize,
    Programs,
    Pictures,
    Public,
}

impl Class {
    fn of(path: &str) -> Self {
        match path {
            // Each of these begins a sign-in, and so does a call of the JSON API.
            paths::AUTHORIZE => Self::Authorize,
            _ if path.starts_with("/api/auth/") => Self::Authorize,
            paths::TOKEN | paths::INTROSPECT | paths::REVOKE | paths::USERINFO => Self::Programs,
            _ if path.starts_with(picture::FOLDER) => Self::Pictures,
            _ if is_of_provider(path) => Self::Programs,
            paths::JWKS | "/favicon.ico" => Self::Public,
            _ if ["/.well-known/", "/assets/", "/health/"]
                .iter()
                .any(|prefix| path.starts_with(prefix)) =>
            {
                Self::Public
            }
            _ => Self::Pages,
        }
    }

    /// The value of the metric's label.
    fn name(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Authorize => "authorize",
            Self::Programs => "programs",
            Self::Pictures => "pictures",
            Self::Public => "public",
        }
    }
}

/// Whether providers call here, and not people (OpenID Connect Back-Channel Logout §2.5).
fn is_of_provider(path: &str) -> bool {
    path.starts_with("/auth/") && path.ends_with("/backchannel-logout")
}

/// Refuses a request of an address that has made too many: 429.
pub fn check(site: &Site, request: &HttpRequest) -> Result<(), Failure> {
    let peer = request.peer_addr().map(|peer| peer.ip());
    let client = peer.map(|peer| client_ip(peer, request.headers(), &site.proxies));
    // The router knows an address in every spelling of its letters, and so must this.
    let path = request.match_info().as_str();
    let admitted = site.flood.admit(Class::of(path), client);
    admitted.map_err(|beyond| Failure::flood(beyond, site.env.now()))
}

impl Flood {
    /// Full budgets.
    pub fn new(env: &Env, config: &LimitsConfig) -> Self {
        let limit = |class, quota: Option<NonZeroU32>| {
            (class, quota.map(|quota| Limit::new(env.clone(), quota)))
        };
        Self {
            hasher: RandomState::new(),
            limits: [
                limit(Class::Pages, config.pages),
                limit(Class::Authorize, config.authorize),
                limit(Class::Programs, config.programs),
                limit(Class::Pictures, config.pictures),
                limit(Class::Public, config.public),
            ],
        }
    }

    /// Takes one request of `client` from its budgets; where its address is not known, from one that
    /// all of those share.
    fn admit(&self, class: Class, client: Option<IpAddr>) -> Result<(), Allowance> {
        let limit =
            self.limits.iter().find(|(of, _)| *of == class).and_then(|(_, limit)| limit.as_ref());
        let Some(limit) = limit else { return Ok(()) };
        let (narrow, wide) = networks(client);
        let place = |network: &[u8]| (self.hasher.hash_one(network) & 0xffff) as Place;
        let admitted = limit.narrow.admit(class.name(), place(&narrow)).and_then(|()| {
            wide.map_or(Ok(()), |wide| limit.wide.admit(class.name(), place(&wide)))
        });
        if admitted.is_err() {
            metrics::counter!(metric::FLOOD_REFUSED, "limit" => class.name()).increment(1);
        }
        admitted
    }
}

impl fmt::Debug for Flood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Flood")
    }
}

/// The network that counts as one client, and the wider one around it, where that is one as well.
fn networks(client: Option<IpAddr>) -> (Vec<u8>, Option<Vec<u8>>) {
    match client {
        None => (Vec::new(), None),
        Some(IpAddr::V4(ip)) => (ip.octets().to_vec(), None),
        Some(IpAddr::V6(ip)) => (ip.octets()[..8].to_vec(), Some(ip.octets()[..6].to_vec())),
    }
}

struct Limit {
    narrow: Budgets,
    wide: Budgets,
}

impl Limit {
    fn new(env: Env, quota: NonZeroU32) -> Self {
        let wide = Budgets::new(env.clone(), quota.saturating_mul(WIDER));
        Self { narrow: Budgets::new(env, quota), wide }
    }
}

/// A budget a place, all of one size.
struct Budgets {
    env: Env,
    quota: NonZeroU32,
    limiter: RwLock<Limiter>,
    asked: AtomicU32,
}

impl Budgets {
    fn new(env: Env, quota: NonZeroU32) -> Self {
        let limiter = RwLock::new(full(&env, quota));
        Self { env, quota, limiter, asked: AtomicU32::new(0) }
    }

    fn admit(&self, name: &'static str, place: Place) -> Result<(), Allowance> {
        let limiter = self.limiter.read().unwrap_or_else(PoisonError::into_inner);
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        let Err(until) = limiter.check_key(&place) else { return Ok(()) };
        let wait = until.wait_time_from(Clock::now(&self.env));
        drop(limiter);
        if wait > WINDOW {
            // The clock was set back, so these budgets are of a time to come.
            let mut limiter = self.limiter.write().unwrap_or_else(PoisonError::into_inner);
            *limiter = full(&self.env, self.quota);
            return Ok(());
        }
        let window = TimeDelta::from_std(WINDOW).unwrap_or_default();
        let limit = rate_limit::Limit { attempts: self.quota.get(), window };
        let wait = TimeDelta::from_std(wait).unwrap_or(window);
        Err(Allowance { name, limit, remaining: 0, resets_at: self.env.now() + wait })
    }
}

fn full(env: &Env, quota: NonZeroU32) -> Limiter {
    RateLimiter::hashmap_with_clock(Quota::per_minute(quota), env.clone())
}

#[cfg(test)]
mod tests;
