//! Moving everything that is sealed from one master key to another.

use serde_json::json;

use super::{Keeper, KeysRefusal, record};
use crate::crypto::keyring::{self, KeyringError};
use crate::crypto::{provider_secret, totp, upstream_hint};
use crate::domain::audit::{Action, AuditEvent};
use crate::mail::outbox;
use crate::storage::{Stop, StorageError, Tx};

/// Rows that are moved in one piece.
const PAGE: u32 = 200;

/// What was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resealed {
    /// The id of the master key that everything is sealed under now.
    pub master_key_id: String,
    /// How many signing keys were sealed anew; none when that was done before.
    pub signing_keys: usize,
    /// How many letters that wait to be sent were.
    pub mails: usize,
    /// How many secrets of authenticator apps were.
    pub authenticators: usize,
    /// How many secrets of providers that people sign in with were.
    pub providers: usize,
    /// How many ID tokens of providers, kept to sign out there, were.
    pub upstream_hints: usize,
    /// The names of providers whose secret does not open. It stays as it was, and nobody signs in with them
    /// before they get it anew.
    pub left: Vec<String>,
}

/// Seals everything under the ring's current master key that is sealed under the previous one, all
/// of it or nothing. Nodes that hold both keys do not notice; one that only holds the previous key
/// cannot open anything any more. Whoever adds a sealed column adds it here.
pub fn reseal(tx: &mut Tx, keeper: &Keeper) -> Result<Resealed, Stop<KeysRefusal>> {
    let ring = &keeper.ring;
    tx.signing_keys().lock()?;
    // From here on nobody writes a letter, sealed under the previous key, that would be missed.
    tx.instance().lock()?;
    let current = ring.current().id();
    let previous = ring.previous().ok_or(KeysRefusal::NoPrevious)?.id();
    // A refusal commits, so everything is opened before the first thing is written.
    let mut moving = Vec::new();
    for key in tx.signing_keys().list()? {
        // The private half of a key that is gone is erased.
        if !key.sealed.ciphertext.is_empty() && key.sealed.key_id != current {
            let sealed = keyring::reseal(&key, &keeper.env, ring).map_err(KeysRefusal::Keyring)?;
            moving.push((key.kid, sealed));
        }
    }
    let instance = tx.instance().find()?.filter(|it| it.master_key_id != current);
    let hashing = instance.map(|instance| ring.hashing_for(&instance)).transpose();
    let hashing = hashing.map_err(|reason| KeysRefusal::Keyring(KeyringError::Hashing(reason)))?;

    for (kid, sealed) in &moving {
        written(tx.signing_keys().reseal(kid, previous, sealed)?)?;
    }
    let moved = moving.len();
    let mails = mails(tx, keeper)?;
    let authenticators = authenticators(tx, keeper)?;
    let (providers, left) = providers(tx, keeper)?;
    let upstream_hints = upstream_hints(tx, keeper)?;
    if let Some(hashing) = &hashing {
        let hashing_key = hashing.seal_hashing_key(&keeper.env, ring.current());
        written(tx.instance().reseal(previous, &hashing_key)?)?;
    }
    if moved + mails + authenticators + providers + upstream_hints > 0 || hashing.is_some() {
        let event = AuditEvent::new(Action::KeysResealed, keeper.actor.clone())
            .target("master_key", current)
            .details(json!({
                "from": previous, "signing_keys": moved, "mails": mails,
                "authenticators": authenticators, "providers": providers,
                "providers_left": left,
                "upstream_hints": upstream_hints,
            }));
        record(tx, keeper, &event)?;
    }
    let master_key_id = current.to_owned();
    let signing_keys = moved;
    Ok(Resealed {
        master_key_id,
        signing_keys,
        mails,
        authenticators,
        providers,
        upstream_hints,
        left,
    })
}

/// Moves the letters, a page at a time. One that does not open is left as it is: its sender finds it
/// unreadable, and that is no reason to move nothing at all.
fn mails(tx: &mut Tx, keeper: &Keeper) -> Result<usize, StorageError> {
    let (ring, mut after, mut moved) = (&keeper.ring, None, 0);
    loop {
        let page = tx.mails().sealed_otherwise(ring.current().id(), after, PAGE)?;
        for (id, sealed) in &page {
            after = Some(*id);
            match outbox::reseal(ring, &keeper.env, *id, sealed) {
                Ok(anew) => moved += usize::from(tx.mails().reseal(*id, &sealed.key_id, &anew)?),
                Err(error) => tracing::error!(%error, "a mail cannot be moved to the new key"),
            }
        }
        if page.is_empty() {
            return Ok(moved);
        }
    }
}

/// Moves the secrets of authenticator apps, a page at a time. One that does not open belongs to an app
/// that has not worked before either.
fn authenticators(tx: &mut Tx, keeper: &Keeper) -> Result<usize, StorageError> {
    let (ring, mut after, mut moved) = (&keeper.ring, None, 0);
    loop {
        let page = tx.authenticators().sealed_otherwise(ring.current().id(), after, PAGE)?;
        for (id, sealed) in &page {
            after = Some(*id);
            match totp::reseal(ring, &keeper.env, *id, sealed) {
                Ok(anew) => {
                    let done = tx.authenticators().reseal(*id, &sealed.key_id, &anew)?;
                    moved += usize::from(done);
                }
                Err(error) => {
                    tracing::error!(%error, "an authenticator app cannot be moved to the new key");
                }
            }
        }
        if page.is_empty() {
            return Ok(moved);
        }
    }
}

/// Moves the secrets of providers, and names those that have one that does not open. It has let nobody in
/// before either, so it keeps none of the others.
fn providers(tx: &mut Tx, keeper: &Keeper) -> Result<(usize, Vec<String>), StorageError> {
    let (ring, mut moved, mut left) = (&keeper.ring, 0, Vec::new());
    for (id, slug, sealed) in tx.providers().sealed_otherwise(ring.current().id())? {
        let opened = sealed.map(|sealed| {
            let anew = provider_secret::reseal(ring, &keeper.env, id, &sealed);
            (sealed.key_id, anew)
        });
        match opened {
            Some((before, Ok(anew))) => {
                moved += usize::from(tx.providers().reseal(id, &before, &anew)?);
                continue;
            }
            Some((_, Err(error))) => {
                tracing::error!(provider = slug, %error, "a secret cannot be moved to the new key");
            }
            None => tracing::error!(provider = slug, "what is stored is no sealed secret"),
        }
        left.push(slug);
    }
    Ok((moved, left))
}

/// Moves the ID tokens that sign-outs are passed on with, a page at a time. Without one that does not open
/// the provider asks the person.
fn upstream_hints(tx: &mut Tx, keeper: &Keeper) -> Result<usize, StorageError> {
    let (ring, mut after, mut moved) = (&keeper.ring, None, 0);
    loop {
        let page = tx.upstream_sessions().sealed_otherwise(ring.current().id(), after, PAGE)?;
        for (id, sealed) in &page {
            after = Some(*id);
            match upstream_hint::reseal(ring, &keeper.env, *id, sealed) {
                Ok(anew) => {
                    let done = tx.upstream_sessions().reseal(*id, &sealed.key_id, &anew)?;
                    moved += usize::from(done);
                }
                Err(error) => tracing::error!(%error, "an ID token cannot be moved to the new key"),
            }
        }
        if page.is_empty() {
            return Ok(moved);
        }
    }
}

fn written(done: bool) -> Result<(), StorageError> {
    if done { Ok(()) } else { Err(StorageError::Serialization) }
}
