//! Keeping why a request was refused, for `latchkey why`.
//!
//! Anybody can have requests refused, so what is kept of those who proved nothing is bounded per
//! address and per node; beyond that a reason is in the log only.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use super::Provider;
use super::error::Refusal;
use crate::domain::audit::RequestContext;
use crate::domain::refusal::{NewRefusal, sent_client_id};
use crate::identity::network;
use crate::kernel::env::Env;
use crate::kernel::ids::RefusalId;
use crate::storage::{Stop, StorageError, Tx};

/// Refusals of one address that are kept at once, and each minute after that.
const PER_ADDRESS: (NonZeroU32, NonZeroU32) = quota(100, 20);
/// The same for a node: about 40 000 a day at most, and as many of [`NOISE`].
const PER_NODE: (NonZeroU32, NonZeroU32) = quota(1000, 30);
/// What those run into who try addresses all over the internet. A budget of its own keeps it from
/// using up that of apps and people.
const NOISE: [&str; 3] = ["check_host", "check_method", "find_page"];
/// How long an answer waits for its reason to be kept.
const PATIENCE: Duration = Duration::from_secs(1);
/// Addresses that are remembered. When there are more within a few minutes, the rest is not kept.
const MOST_ADDRESSES: usize = 10_000;

const fn quota(at_once: u32, per_minute: u32) -> (NonZeroU32, NonZeroU32) {
    match (NonZeroU32::new(at_once), NonZeroU32::new(per_minute)) {
        (Some(at_once), Some(per_minute)) => (at_once, per_minute),
        _ => panic!("a quota of nothing"),
    }
}

type Middleware = NoOpMiddleware<Duration>;

/// How many refusals of those who proved nothing are kept. Cheap to clone; clones share the count.
#[derive(Clone)]
pub struct Budget(Arc<Inner>);

struct Inner {
    addresses: RateLimiter<String, HashMapStateStore<String>, Env, Middleware>,
    node: RateLimiter<NotKeyed, InMemoryState, Env, Middleware>,
    noise: RateLimiter<NotKeyed, InMemoryState, Env, Middleware>,
    left_out: AtomicU64,
}

impl Budget {
    /// A full budget.
    pub fn new(env: &Env) -> Self {
        let quota = |(at_once, per_minute)| Quota::per_minute(per_minute).allow_burst(at_once);
        Self(Arc::new(Inner {
            addresses: RateLimiter::hashmap_with_clock(quota(PER_ADDRESS), env.clone()),
            node: RateLimiter::direct_with_clock(quota(PER_NODE), env.clone()),
            noise: RateLimiter::direct_with_clock(quota(PER_NODE), env.clone()),
            left_out: AtomicU64::new(0),
        }))
    }

    /// Takes one refusal of `ip` by this check from the budget, if there is one left.
    pub fn admits(&self, ip: Option<&str>, check: &str) -> bool {
        let node = if NOISE.contains(&check) { &self.0.noise } else { &self.0.node };
        let admitted = self.has_room()
            && self.0.addresses.check_key(&network(ip)).is_ok()
            && node.check().is_ok();
        if admitted {
            let left_out = self.0.left_out.swap(0, Ordering::Relaxed);
            if left_out > 0 {
                tracing::warn!(
                    left_out,
                    "so many refusals were too many to keep; the log has them"
                );
            }
        } else {
            self.0.left_out.fetch_add(1, Ordering::Relaxed);
        }
        admitted
    }

    /// Forgets the addresses whose budget is full again, when there are many.
    fn has_room(&self) -> bool {
        let addresses = &self.0.addresses;
        if addresses.len() >= MOST_ADDRESSES {
            addresses.retain_recent();
        }
        addresses.len() < MOST_ADDRESSES
    }
}

/// Whether somebody has proved who they are before they were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proved {
    /// A client, by its secret.
    Client,
    /// Nobody.
    Nobody,
}

impl Provider {
    /// Keeps a refusal in the transaction of the request. False: there were too many, and it is in
    /// the log only; then nothing else is written about it either. One that ended a grant is always
    /// kept: a grant ends once, and no flood shall hide that.
    pub(super) fn keep(
        &self,
        tx: &mut Tx<'_>,
        refusal: &mut Refusal,
        client_id: Option<&str>,
        proved: Proved,
        context: &RequestContext,
    ) -> Result<bool, StorageError> {
        refusal.mark_kept();
        let is_bounded = proved == Proved::Nobody && refusal.ended().is_none();
        if is_bounded && !self.refusals.admits(context.ip.as_deref(), refusal.reason.check) {
            return Ok(false);
        }
        let kept = NewRefusal {
            client_id: client_id.map(sent_client_id),
            error: refusal.error.as_str().to_owned(),
            reason: (*refusal.reason).clone(),
        };
        tx.refusals().insert(RefusalId::new(&self.env), &kept, context, self.env.now())?;
        Ok(true)
    }

    /// Keeps a refusal of somebody who proved nothing and that no transaction was there for. It
    /// stands whether or not that succeeds.
    pub async fn keep_alone(&self, refusal: NewRefusal, context: RequestContext) {
        if !self.refusals.admits(context.ip.as_deref(), refusal.reason.check) {
            return;
        }
        let (env, db) = (self.env.clone(), &self.db);
        let kept = db.write(move |tx| {
            tx.refusals()
                .insert(RefusalId::new(&env), &refusal, &context, env.now())
                .map_err(Stop::<std::convert::Infallible>::Failed)
        });
        // A refusal needs no database, so one that is away or busy does not hold it up.
        match tokio::time::timeout(PATIENCE, kept).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(never))) => match never {},
            Ok(Err(error)) => {
                tracing::warn!(%error, "the reason of a refusal could not be kept; the log has it");
            }
            Err(_) => {
                tracing::warn!("the reason of a refusal was not kept in time; the log has it");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_323_one_address_cannot_fill_the_disk_nor_use_up_the_budget_of_others() {
        let budget = Budget::new(&Env::system());
        let kept = |ip: &str| (0..2000).filter(|_| budget.admits(Some(ip), "find_code")).count();
        let from_one = kept("198.51.100.1");
        assert!((100..120).contains(&from_one), "{from_one}");
        assert!(kept("2001:db8:1:2::1") >= 100);
        assert_eq!(kept("2001:db8:1:2:ffff::9"), 0, "the same subscriber");
    }

    #[test]
    fn case_323_who_tries_addresses_leaves_the_budget_of_apps_alone() {
        let budget = Budget::new(&Env::system());
        for check in ["find_page", "find_code"] {
            let many = (0..3000_u32).map(|n| std::net::Ipv4Addr::from_bits(n).to_string());
            let kept = many.filter(|ip| budget.admits(Some(ip), check)).count();
            assert!((1000..1100).contains(&kept), "{check}: {kept}");
        }
    }

    #[test]
    fn case_323_many_addresses_cannot_fill_the_disk() {
        let budget = Budget::new(&Env::system());
        let many = (0..20_000_u32).map(|n| std::net::Ipv4Addr::from_bits(n).to_string());
        let kept = many.filter(|ip| budget.admits(Some(ip), "find_code")).count();
        assert!((1000..1100).contains(&kept), "{kept}");
        assert!(budget.0.addresses.len() <= MOST_ADDRESSES);
    }
}
