//! What happens to the signing keys: the schedule, rotations, revocations, another master key.
//!
//! Each act is one transaction that begins by taking a lock, so that nodes and operators who act at
//! the same moment come one after the other, and each sees what the one before it did. Keys are made
//! before, because that takes long; one that turns out not to be wanted is dropped.

mod fresh;
mod reseal;

pub use reseal::{Resealed, reseal};

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::crypto::keyring::{KeyringError, Spare};
use crate::crypto::master_ring::MasterRing;
use crate::crypto::seal::MasterKey;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::signing_key::schedule::{Change, KeyChain, NotRevoked, Timing};
use crate::domain::signing_key::{KeyState, SigningKey};
use crate::kernel::env::Env;
use crate::kernel::ids::AuditEventId;
use crate::storage::{Stop, StorageError, Tx};

/// Who acts on the keys, and with what.
#[derive(Clone, Debug)]
pub struct Keeper {
    /// Time and randomness.
    pub env: Env,
    /// The master keys at hand.
    pub ring: MasterRing,
    /// For the audit trail.
    pub actor: Actor,
}

/// Why nothing was done to the keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysRefusal {
    /// There is no key to act on.
    #[error("no signing key is active; run `latchkey keys init` on a new database")]
    NoKey,
    /// Another key signs than the one that the operator saw.
    #[error("somebody else has just changed the keys: {0} signs now")]
    Overtaken(String),
    /// The key is unknown, or revoked already.
    #[error(transparent)]
    NotRevoked(#[from] NotRevoked),
    /// The database is sealed under a master key that is not at hand.
    #[error("the database is sealed under master key {0}, which is not at hand")]
    OtherMasterKey(String),
    /// There is no previous master key to open anything with.
    #[error("no previous master key is set, so there is nothing to move from")]
    NoPrevious,
    /// A key cannot be opened or made.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

impl From<KeysRefusal> for Stop<KeysRefusal> {
    fn from(refusal: KeysRefusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A change-over, done or ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The key that takes over.
    pub kid: String,
    /// Since when it is published.
    pub published_at: DateTime<Utc>,
    /// When it takes over.
    pub at: DateTime<Utc>,
    /// Since when it has been published for long enough.
    pub ripe_at: DateTime<Utc>,
    /// The key that is to take over after it, where that is published already.
    pub after: Option<String>,
}

/// Makes `first` the key that signs, where there is none; returns its `kid`.
pub fn begin(
    tx: &mut Tx,
    keeper: &Keeper,
    first: Spare,
    spare: Spare,
) -> Result<Option<String>, Stop<KeysRefusal>> {
    let (mut chain, timing) = locked(tx)?;
    let now = keeper.env.now();
    if chain.signing(now).is_some() {
        return Ok(None);
    }
    let first = first.seal(&keeper.env, sealing_key(tx, &chain, &keeper.ring)?);
    let kid = first.kid.clone();
    chain.begin(first, now);
    publish(tx, keeper, &mut chain, &timing, Some(spare))?;
    write(tx, keeper, chain)?;
    Ok(Some(kid))
}

/// Notes what the schedule has brought about, and publishes `spare` where a next key is missing.
/// Safe to call at any time, by any number of nodes.
pub fn advance(
    tx: &mut Tx,
    keeper: &Keeper,
    spare: Option<Spare>,
) -> Result<Vec<Change>, Stop<KeysRefusal>> {
    let (mut chain, timing) = locked(tx)?;
    chain.advance(&timing, keeper.env.now());
    publish(tx, keeper, &mut chain, &timing, spare)?;
    write(tx, keeper, chain)
}

/// Brings the change-over to the next key forward, as far as its publication allows or with
/// `at_once` to this instant. `seen` is the key that signs as far as the operator knows: when two
/// rotate at the same moment, the second does not rotate what the first has rotated to.
pub fn rotate(
    tx: &mut Tx,
    keeper: &Keeper,
    seen: &str,
    spare: Option<Spare>,
    at_once: bool,
) -> Result<Rotation, Stop<KeysRefusal>> {
    let (mut chain, timing) = locked(tx)?;
    let now = keeper.env.now();
    let signing = chain.signing(now).ok_or(KeysRefusal::NoKey)?;
    if signing.kid != seen {
        return Err(KeysRefusal::Overtaken(signing.kid.clone()).into());
    }
    chain.advance(&timing, now);
    let mut spare = spare;
    if chain.next().is_none() {
        publish(tx, keeper, &mut chain, &timing, spare.take())?;
    }
    let published_at = chain.next().ok_or(KeysRefusal::NoKey)?.created_at;
    let (kid, at) = chain.rotate(&timing, now, at_once).ok_or(KeysRefusal::NoKey)?;
    publish(tx, keeper, &mut chain, &timing, spare)?;
    let after = chain.next().map(|next| next.kid.clone()).filter(|next| *next != kid);
    write(tx, keeper, chain)?;
    Ok(Rotation { kid, published_at, at, ripe_at: published_at + timing.publication, after })
}

/// Ends a key that somebody else may have, at once; returns the key that signs from now on.
pub fn revoke(
    tx: &mut Tx,
    keeper: &Keeper,
    kid: &str,
    spare: Spare,
) -> Result<SigningKey, Stop<KeysRefusal>> {
    let (mut chain, timing) = locked(tx)?;
    let spare = spare.seal(&keeper.env, sealing_key(tx, &chain, &keeper.ring)?);
    let now = keeper.env.now();
    chain.revoke(kid, spare, &timing, now).map_err(KeysRefusal::NotRevoked)?;
    let signing = chain.signing(now).ok_or(KeysRefusal::NoKey)?.clone();
    write(tx, keeper, chain)?;
    Ok(signing)
}

/// The keys and their times, which nobody else changes until the transaction ends.
fn locked(tx: &mut Tx) -> Result<(KeyChain, Timing), StorageError> {
    tx.signing_keys().lock()?;
    let chain = KeyChain::new(tx.signing_keys().list()?);
    Ok((chain, Timing::of(&tx.settings().load()?.settings)))
}

/// The master key that every node can open: the one that the database is recorded with.
fn sealing_key<'r>(
    tx: &mut Tx,
    chain: &KeyChain,
    ring: &'r MasterRing,
) -> Result<&'r MasterKey, Stop<KeysRefusal>> {
    let sealed = chain.keys().iter().find(|key| key.state != KeyState::Gone);
    let recorded = match tx.instance().find()? {
        Some(instance) => Some(instance.master_key_id),
        None => sealed.map(|key| key.sealed.key_id.clone()),
    };
    let Some(id) = recorded else { return Ok(ring.current()) };
    Ok(ring.by_id(&id).ok_or(KeysRefusal::OtherMasterKey(id))?)
}

fn publish(
    tx: &mut Tx,
    keeper: &Keeper,
    chain: &mut KeyChain,
    timing: &Timing,
    spare: Option<Spare>,
) -> Result<(), Stop<KeysRefusal>> {
    if let Some(spare) = spare.filter(|_| chain.next().is_none()) {
        let master = sealing_key(tx, chain, &keeper.ring)?;
        chain.publish(spare.seal(&keeper.env, master), timing);
    }
    Ok(())
}

/// Writes every step down, with its entry in the trail.
fn write(tx: &mut Tx, keeper: &Keeper, chain: KeyChain) -> Result<Vec<Change>, Stop<KeysRefusal>> {
    let changes = chain.into_changes();
    for change in &changes {
        // Under the lock only a release that knows none of it could have come in between.
        if !tx.signing_keys().apply(change)? {
            return Err(StorageError::Serialization.into());
        }
        record(tx, keeper, &event(change, &keeper.actor))?;
    }
    Ok(changes)
}

fn event(change: &Change, actor: &Actor) -> AuditEvent {
    let of = |action, kid: &str, details| {
        AuditEvent::new(action, actor.clone()).target("key", kid).details(details)
    };
    match change {
        Change::Published(key) => of(
            Action::KeyCreated,
            &key.kid,
            json!({ "state": key.state.as_str(), "activates_at": key.activates_at }),
        ),
        Change::Scheduled { kid, at } => of(Action::KeyScheduled, kid, json!({ "for": at })),
        Change::Activated { kid, at } => of(Action::KeyActivated, kid, json!({ "at": at })),
        Change::Retired { kid, at } => of(Action::KeyRetired, kid, json!({ "at": at })),
        Change::Withdrawn { kid, at } => of(Action::KeyWithdrawn, kid, json!({ "at": at })),
        Change::Revoked { kid, was, .. } => {
            of(Action::KeyRevoked, kid, json!({ "was": was.as_str() }))
        }
        Change::Forgotten { kid } => of(Action::KeyForgotten, kid, json!({})),
    }
}

fn record(tx: &mut Tx, keeper: &Keeper, event: &AuditEvent) -> Result<(), StorageError> {
    let (id, context) = (AuditEventId::new(&keeper.env), RequestContext::default());
    tx.audit().append(id, event, &context, keeper.env.now())
}
