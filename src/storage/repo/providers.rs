//! Providers that people sign in with.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use uuid::Uuid;

use super::prepared::sql;
use super::{Handle, StorageError, parse};
use crate::domain::provider::{Provider, Slug};
use crate::domain::sealed::Sealed;
use crate::kernel::ids::ProviderId;
use crate::storage::schema::providers;

/// Providers that people sign in with.
pub struct Providers<'t>(pub(in crate::storage) Handle<'t>);

/// Who relies on a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reliance {
    /// Active accounts that are connected with it.
    pub connected: i64,
    /// Those of them that nobody can sign in to otherwise.
    pub alone: i64,
}

#[derive(QueryableByName)]
struct RelianceRow {
    #[diesel(sql_type = BigInt)]
    connected: i64,
    #[diesel(sql_type = BigInt)]
    alone: i64,
}

/// A provider that is stored, and cannot be used by this release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Its id.
    pub id: ProviderId,
    /// Its name in addresses.
    pub slug: String,
    /// What it speaks, as it is stored.
    pub kind: String,
    /// Who vouches, as it is stored.
    pub issuer: String,
    /// Since when nobody is to sign in with it.
    pub disabled_at: Option<DateTime<Utc>>,
    /// The column that it cannot be read by.
    pub column: &'static str,
}

/// A provider as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// One that people sign in with, unless it is disabled.
    Usable(Box<Provider>),
    /// One that they cannot, whatever its state.
    Unusable(Unusable),
}

impl Stored {
    /// Its id.
    pub fn id(&self) -> ProviderId {
        match self {
            Self::Usable(provider) => provider.id,
            Self::Unusable(unusable) => unusable.id,
        }
    }

    /// Who vouches.
    pub fn issuer(&self) -> &str {
        match self {
            Self::Usable(provider) => provider.issuer.as_str(),
            Self::Unusable(unusable) => &unusable.issuer,
        }
    }

    /// Whether nobody disabled it.
    pub fn is_enabled(&self) -> bool {
        match self {
            Self::Usable(provider) => provider.is_enabled(),
            Self::Unusable(unusable) => unusable.disabled_at.is_none(),
        }
    }
}

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is nothing that this release can read", self.column)
    }
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = providers, check_for_backend(Pg), treat_none_as_null = true)]
struct ProviderRow {
    id: Uuid,
    slug: String,
    kind: String,
    label: String,
    issuer: String,
    client_id: String,
    auth: String,
    sealed_secret: Option<Vec<u8>>,
    seal_key_id: Option<String>,
    seal_nonce: Option<Vec<u8>>,
    policy: serde_json::Value,
    position: i32,
    hidden: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    disabled_at: Option<DateTime<Utc>>,
}

impl ProviderRow {
    fn of(provider: &Provider) -> Result<Self, StorageError> {
        let policy = serde_json::to_value(&provider.policy);
        let secret = provider.secret.as_ref();
        Ok(Self {
            id: provider.id.0,
            slug: provider.slug.as_str().to_owned(),
            kind: provider.kind.as_str().to_owned(),
            label: provider.label.clone(),
            issuer: provider.issuer.as_str().to_owned(),
            client_id: provider.client_id.clone(),
            auth: provider.auth.as_str().to_owned(),
            sealed_secret: secret.map(|sealed| sealed.ciphertext.clone()),
            seal_key_id: secret.map(|sealed| sealed.key_id.clone()),
            seal_nonce: secret.map(|sealed| sealed.nonce.to_vec()),
            policy: policy.map_err(|error| StorageError::Other(error.to_string()))?,
            position: provider.position,
            hidden: provider.hidden,
            created_at: provider.created_at,
            updated_at: provider.updated_at,
            disabled_at: provider.disabled_at,
        })
    }

    fn into_stored(self) -> Result<Stored, StorageError> {
        let mut unusable = Unusable {
            id: ProviderId(self.id),
            slug: self.slug.clone(),
            kind: self.kind.clone(),
            issuer: self.issuer.clone(),
            disabled_at: self.disabled_at,
            column: "",
        };
        match self.into_provider() {
            Ok(provider) => Ok(Stored::Usable(Box::new(provider))),
            Err(StorageError::Corrupt(column)) => {
                unusable.column = column;
                Ok(Stored::Unusable(unusable))
            }
            Err(error) => Err(error),
        }
    }

    fn into_provider(self) -> Result<Provider, StorageError> {
        let policy = serde_json::from_value(self.policy);
        Ok(Provider {
            id: ProviderId(self.id),
            slug: parse(&self.slug, "providers.slug")?,
            kind: parse(&self.kind, "providers.kind")?,
            label: self.label,
            issuer: parse(&self.issuer, "providers.issuer")?,
            client_id: self.client_id,
            auth: parse(&self.auth, "providers.auth")?,
            secret: sealed(self.sealed_secret, self.seal_key_id, self.seal_nonce)?,
            policy: policy.map_err(|_| StorageError::Corrupt("providers.policy"))?,
            position: self.position,
            hidden: self.hidden,
            created_at: self.created_at,
            updated_at: self.updated_at,
            disabled_at: self.disabled_at,
        })
    }
}

fn sealed(
    ciphertext: Option<Vec<u8>>,
    key_id: Option<String>,
    nonce: Option<Vec<u8>>,
) -> Result<Option<Sealed>, StorageError> {
    let (Some(ciphertext), Some(key_id), Some(nonce)) = (ciphertext, key_id, nonce) else {
        return Ok(None);
    };
    let nonce = nonce.try_into().map_err(|_| StorageError::Corrupt("providers.seal_nonce"))?;
    Ok(Some(Sealed { key_id, nonce, ciphertext }))
}

impl Providers<'_> {
    /// All of them in the order of their buttons, and those that this release cannot use: a newer one
    /// may have stored what this one does not know, which is no reason to sign nobody in.
    pub fn list(&mut self) -> Result<(Vec<Provider>, Vec<Unusable>), StorageError> {
        let rows: Vec<ProviderRow> = providers::table
            .order((providers::position, providers::slug))
            .select(ProviderRow::as_select())
            .load(self.0.reading())?;
        let (mut usable, mut unusable) = (Vec::new(), Vec::new());
        for row in rows {
            match row.into_stored()? {
                Stored::Usable(provider) => usable.push(*provider),
                Stored::Unusable(one) => unusable.push(one),
            }
        }
        Ok((usable, unusable))
    }

    /// The one of this name.
    pub fn find(&mut self, slug: &Slug) -> Result<Option<Provider>, StorageError> {
        providers::table
            .filter(providers::slug.eq(slug.as_str()))
            .select(ProviderRow::as_select())
            .first(self.0.reading())
            .optional()?
            .map(ProviderRow::into_provider)
            .transpose()
    }

    /// The one that is stored under this name, whether it can be used or not.
    pub fn look(&mut self, slug: &str) -> Result<Option<Stored>, StorageError> {
        providers::table
            .filter(providers::slug.eq(slug))
            .select(ProviderRow::as_select())
            .first(self.0.reading())
            .optional()?
            .map(ProviderRow::into_stored)
            .transpose()
    }

    /// [`Providers::look`], and nobody else changes it until the transaction ends.
    pub fn look_for_update(&mut self, slug: &str) -> Result<Option<Stored>, StorageError> {
        providers::table
            .filter(providers::slug.eq(slug))
            .for_update()
            .select(ProviderRow::as_select())
            .first(self.0.writing()?)
            .optional()?
            .map(ProviderRow::into_stored)
            .transpose()
    }

    /// Keeps the one of this name, usable or not, from being removed until the transaction ends. False:
    /// there is none.
    pub fn hold(&mut self, slug: &Slug) -> Result<bool, StorageError> {
        let found: Option<Uuid> = providers::table
            .filter(providers::slug.eq(slug.as_str()))
            .for_key_share()
            .select(providers::id)
            .first(self.0.writing()?)
            .optional()?;
        Ok(found.is_some())
    }

    /// Adds one. False: the name is taken.
    pub fn insert(&mut self, provider: &Provider) -> Result<bool, StorageError> {
        let written = diesel::insert_into(providers::table)
            .values(ProviderRow::of(provider)?)
            .on_conflict(providers::slug)
            .do_nothing()
            .execute(self.0.writing()?)?;
        Ok(written > 0)
    }

    /// Replaces what is stored of it. False: it is gone.
    pub fn update(&mut self, provider: &Provider) -> Result<bool, StorageError> {
        let written = diesel::update(providers::table.find(provider.id.0))
            .set(ProviderRow::of(provider)?)
            .execute(self.0.writing()?)?;
        Ok(written > 0)
    }

    /// Disables it, or enables it with `None`. The rest stays as it is, readable or not. False: it is gone.
    pub fn switch(
        &mut self,
        id: ProviderId,
        disabled_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let written = diesel::update(providers::table.find(id.0))
            .set((providers::disabled_at.eq(disabled_at), providers::updated_at.eq(now)))
            .execute(self.0.writing()?)?;
        Ok(written > 0)
    }

    /// Removes it. Sign-ins under way there end; accounts stay linked to the people they are there.
    /// False: it is gone.
    pub fn remove(&mut self, id: ProviderId) -> Result<bool, StorageError> {
        let removed = diesel::delete(providers::table.find(id.0)).execute(self.0.writing()?)?;
        Ok(removed > 0)
    }

    /// How many active accounts are connected with it, and how many of them nobody can sign in to otherwise.
    /// `mail`: whoever reads an account's mail can.
    pub fn reliance(&mut self, slug: &str, mail: bool) -> Result<Reliance, StorageError> {
        let row: RelianceRow = sql("SELECT count(*) AS connected, count(*) FILTER (WHERE NOT (\
             EXISTS (SELECT FROM password_credentials WHERE user_id = users.id) \
             OR EXISTS (SELECT FROM passkeys WHERE user_id = users.id) \
             OR ($2 AND EXISTS (SELECT FROM addresses WHERE user_id = users.id AND is_primary \
                 AND verified_at IS NOT NULL)) \
             OR EXISTS (SELECT FROM federation_links AS others \
                 JOIN providers AS other ON other.id = others.provider_id \
                 WHERE others.user_id = users.id AND other.slug <> $1 \
                 AND other.disabled_at IS NULL))) AS alone \
             FROM users WHERE status = 'active' AND EXISTS (SELECT FROM federation_links AS own \
                 JOIN providers AS this ON this.id = own.provider_id \
                 WHERE own.user_id = users.id AND this.slug = $1)")
        .bind::<Text, _>(slug)
        .bind::<Bool, _>(mail)
        .get_result(self.0.reading())?;
        Ok(Reliance { connected: row.connected, alone: row.alone })
    }

    /// Secrets that are sealed under another master key than this one, with the names of their providers.
    /// `None`: what is stored is no sealed secret.
    pub fn sealed_otherwise(
        &mut self,
        key_id: &str,
    ) -> Result<Vec<(ProviderId, String, Option<Sealed>)>, StorageError> {
        type Row = (Uuid, String, Option<Vec<u8>>, Option<String>, Option<Vec<u8>>);
        let rows: Vec<Row> = providers::table
            .filter(providers::seal_key_id.is_not_null())
            .filter(providers::seal_key_id.ne(key_id))
            .order(providers::slug)
            .select((
                providers::id,
                providers::slug,
                providers::sealed_secret,
                providers::seal_key_id,
                providers::seal_nonce,
            ))
            .load(self.0.reading())?;
        let found = rows.into_iter().map(|(id, slug, secret, key_id, nonce)| {
            (ProviderId(id), slug, sealed(secret, key_id, nonce).ok().flatten())
        });
        Ok(found.collect())
    }

    /// Puts a secret, sealed anew, in the place of what was sealed under `before`. False: it was removed
    /// meanwhile, or has another one.
    pub fn reseal(
        &mut self,
        id: ProviderId,
        before: &str,
        sealed: &Sealed,
    ) -> Result<bool, StorageError> {
        let secret = providers::table.find(id.0).filter(providers::seal_key_id.eq(before));
        let written = diesel::update(secret)
            .set((
                providers::sealed_secret.eq(&sealed.ciphertext),
                providers::seal_key_id.eq(&sealed.key_id),
                providers::seal_nonce.eq(sealed.nonce.to_vec()),
            ))
            .execute(self.0.writing()?)?;
        Ok(written > 0)
    }
}
