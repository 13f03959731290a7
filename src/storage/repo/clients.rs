//! Relying parties.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use uuid::Uuid;

use super::prepared::AlwaysTheSame as _;
use super::vocabulary::unnest;
use super::{Handle, StorageError, hash, parse, texts};
use crate::domain::client::{Client, ClientId, ClientLifetimes, ClientLinks, ClientSecret};
use crate::domain::redirect_uri::RedirectUri;
use crate::kernel::ids::ClientSecretId;
use crate::storage::schema::{client_secrets, clients};

/// Relying parties.
pub struct Clients<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = clients, check_for_backend(Pg), treat_none_as_null = true)]
pub(super) struct ClientRow {
    pub(super) id: String,
    name: String,
    application_type: String,
    token_endpoint_auth_method: String,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    scopes: Vec<String>,
    grant_types: Vec<String>,
    first_party: bool,
    pkce: String,
    access_token_lifetime: Option<i32>,
    id_token_lifetime: Option<i32>,
    refresh_idle_lifetime: Option<i32>,
    refresh_absolute_lifetime: Option<i32>,
    client_uri: Option<String>,
    logo_uri: Option<String>,
    policy_uri: Option<String>,
    tos_uri: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    disabled_at: Option<DateTime<Utc>>,
    needs_second_factor: bool,
    provider: Option<String>,
}

/// Why a client is not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// There never was one of that id.
    Unknown,
    /// It was removed.
    Removed,
    /// It is disabled.
    Disabled,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = client_secrets, check_for_backend(Pg))]
pub(super) struct SecretRow {
    id: Uuid,
    client_id: String,
    secret_hash: Vec<u8>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
}

impl From<&Client> for ClientRow {
    fn from(client: &Client) -> Self {
        let uris = |uris: &[RedirectUri]| uris.iter().map(|uri| uri.as_str().to_owned()).collect();
        // What does not fit is far beyond what the table's CHECK allows.
        let stored = |seconds: Option<u32>| seconds.map(|s| i32::try_from(s).unwrap_or(i32::MAX));
        Self {
            id: client.id.as_str().to_owned(),
            name: client.name.clone(),
            application_type: client.application_type.as_str().to_owned(),
            token_endpoint_auth_method: client.auth_method.as_str().to_owned(),
            redirect_uris: uris(&client.redirect_uris),
            post_logout_redirect_uris: uris(&client.post_logout_redirect_uris),
            scopes: texts(&client.scopes),
            grant_types: client.grant_types.iter().map(|grant| grant.as_str().to_owned()).collect(),
            first_party: client.first_party,
            pkce: client.pkce.as_str().to_owned(),
            access_token_lifetime: stored(client.lifetimes.access_token),
            id_token_lifetime: stored(client.lifetimes.id_token),
            refresh_idle_lifetime: stored(client.lifetimes.refresh_idle),
            refresh_absolute_lifetime: stored(client.lifetimes.refresh_absolute),
            client_uri: client.links.client_uri.clone(),
            logo_uri: client.links.logo_uri.clone(),
            policy_uri: client.links.policy_uri.clone(),
            tos_uri: client.links.tos_uri.clone(),
            created_at: client.created_at,
            updated_at: client.updated_at,
            disabled_at: client.disabled_at,
            needs_second_factor: client.needs_second_factor,
            provider: client.provider.as_ref().map(ToString::to_string),
        }
    }
}

impl SecretRow {
    fn new(client: &ClientId, secret: &ClientSecret) -> Self {
        Self {
            id: secret.id.0,
            client_id: client.as_str().to_owned(),
            secret_hash: secret.hash.as_bytes().to_vec(),
            created_at: secret.created_at,
            expires_at: secret.expires_at,
        }
    }

    fn into_secret(self) -> Result<ClientSecret, StorageError> {
        Ok(ClientSecret {
            id: ClientSecretId(self.id),
            hash: hash(&self.secret_hash, "client_secrets.secret_hash")?,
            created_at: self.created_at,
            expires_at: self.expires_at,
        })
    }
}

impl ClientRow {
    fn into_client(self) -> Result<Client, StorageError> {
        let uris = |uris: Vec<String>| uris.into_iter().map(RedirectUri::stored).collect();
        let seconds = |stored: Option<i32>| {
            let seconds = stored.map(u32::try_from).transpose();
            seconds.map_err(|_| StorageError::Corrupt("clients.access_token_lifetime"))
        };
        let grant_types = self.grant_types.iter().map(|text| parse(text, "clients.grant_types"));
        Ok(Client {
            id: parse(&self.id, "clients.id")?,
            name: self.name,
            application_type: parse(&self.application_type, "clients.application_type")?,
            auth_method: parse(
                &self.token_endpoint_auth_method,
                "clients.token_endpoint_auth_method",
            )?,
            redirect_uris: uris(self.redirect_uris),
            post_logout_redirect_uris: uris(self.post_logout_redirect_uris),
            scopes: self.scopes.into_iter().collect(),
            grant_types: grant_types.collect::<Result<_, _>>()?,
            first_party: self.first_party,
            pkce: parse(&self.pkce, "clients.pkce")?,
            needs_second_factor: self.needs_second_factor,
            provider: self.provider.map(|slug| parse(&slug, "clients.provider")).transpose()?,
            lifetimes: ClientLifetimes {
                access_token: seconds(self.access_token_lifetime)?,
                id_token: seconds(self.id_token_lifetime)?,
                refresh_idle: seconds(self.refresh_idle_lifetime)?,
                refresh_absolute: seconds(self.refresh_absolute_lifetime)?,
            },
            links: ClientLinks {
                client_uri: self.client_uri,
                logo_uri: self.logo_uri,
                policy_uri: self.policy_uri,
                tos_uri: self.tos_uri,
            },
            secrets: Vec::new(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            disabled_at: self.disabled_at,
        })
    }
}

/// Gathers the rows of a join of clients with their secrets, in which a client's rows are neighbours.
pub(super) fn gather(
    rows: impl IntoIterator<Item = (ClientRow, Option<SecretRow>)>,
) -> Result<Vec<Client>, StorageError> {
    let mut clients: Vec<Client> = Vec::new();
    for (row, secret) in rows {
        if clients.last().is_none_or(|last| last.id.as_str() != row.id) {
            clients.push(row.into_client()?);
        }
        if let (Some(client), Some(secret)) = (clients.last_mut(), secret) {
            client.secrets.push(secret.into_secret()?);
        }
    }
    Ok(clients)
}

impl Clients<'_> {
    /// A client that may act, with its secrets. One that was removed or is disabled is not found.
    pub fn find(&mut self, id: &ClientId) -> Result<Option<Client>, StorageError> {
        Ok(self.find_registered(id)?.filter(|client| client.disabled_at.is_none()))
    }

    /// A client with its secrets, for those who manage them: a disabled one is found too.
    pub fn find_registered(&mut self, id: &ClientId) -> Result<Option<Client>, StorageError> {
        let rows: Vec<(ClientRow, Option<SecretRow>)> = clients::table
            .left_join(client_secrets::table)
            .filter(clients::id.eq(id.as_str()))
            .filter(clients::removed_at.is_null())
            .order((client_secrets::created_at.desc(), client_secrets::id.desc()))
            .select((ClientRow::as_select(), Option::<SecretRow>::as_select()))
            .always_the_same()
            .load(self.0.reading())?;
        Ok(gather(rows)?.pop())
    }

    /// Why [`Clients::find`] found nothing.
    pub fn absence(&mut self, id: &ClientId) -> Result<Absence, StorageError> {
        let removed: Option<Option<DateTime<Utc>>> = clients::table
            .find(id.as_str())
            .select(clients::removed_at)
            .first(self.0.reading())
            .optional()?;
        Ok(match removed {
            None => Absence::Unknown,
            Some(Some(_)) => Absence::Removed,
            Some(None) => Absence::Disabled,
        })
    }

    /// Takes the right to change a client until the transaction ends. Whoever reads it to write it
    /// back begins with this: of two at once, one would undo the other's change.
    pub fn lock(&mut self, id: &ClientId) -> Result<(), StorageError> {
        clients::table
            .find(id.as_str())
            .select(clients::id)
            .for_no_key_update()
            .first::<String>(self.0.writing()?)
            .optional()?;
        Ok(())
    }

    /// Disables a client, or with `None` enables it again. False: there is no such client.
    pub fn set_disabled(
        &mut self,
        id: &ClientId,
        since: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let present = clients::table
            .filter(clients::id.eq(id.as_str()))
            .filter(clients::removed_at.is_null());
        let changed = diesel::update(present)
            .set((clients::disabled_at.eq(since), clients::updated_at.eq(now)))
            .execute(self.0.writing()?)?;
        Ok(changed > 0)
    }

    /// Registers a client, then its secrets: two statements. False: its id is taken, or was taken
    /// by one that is removed.
    pub fn insert(&mut self, client: &Client) -> Result<bool, StorageError> {
        let pg = self.0.writing()?;
        let inserted = diesel::insert_into(clients::table)
            .values(ClientRow::from(client))
            .on_conflict_do_nothing()
            .execute(pg)?;
        if inserted == 0 {
            return Ok(false);
        }
        if !client.secrets.is_empty() {
            let secrets: Vec<_> =
                client.secrets.iter().map(|secret| SecretRow::new(&client.id, secret)).collect();
            diesel::insert_into(client_secrets::table).values(secrets).execute(pg)?;
        }
        Ok(true)
    }

    /// Changes everything but the secrets. False: there is no such client.
    pub fn update(&mut self, client: &Client) -> Result<bool, StorageError> {
        let present = clients::table
            .filter(clients::id.eq(client.id.as_str()))
            .filter(clients::removed_at.is_null());
        let updated =
            diesel::update(present).set(ClientRow::from(client)).execute(self.0.writing()?)?;
        Ok(updated > 0)
    }

    /// Adds a secret to those that the client has.
    pub fn add_secret(&mut self, id: &ClientId, secret: &ClientSecret) -> Result<(), StorageError> {
        diesel::insert_into(client_secrets::table)
            .values(SecretRow::new(id, secret))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Lets all secrets of a client but one end at `at`, unless they end sooner anyway.
    pub fn expire_secrets(
        &mut self,
        id: &ClientId,
        except: ClientSecretId,
        at: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let others = client_secrets::table
            .filter(client_secrets::client_id.eq(id.as_str()))
            .filter(client_secrets::id.ne(except.0))
            .filter(client_secrets::expires_at.is_null().or(client_secrets::expires_at.gt(at)));
        diesel::update(others).set(client_secrets::expires_at.eq(at)).execute(self.0.writing()?)?;
        Ok(())
    }

    /// Removes a client; its row stays, so that its id is never given out again. False: there is no
    /// such client.
    pub fn remove(&mut self, id: &ClientId, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let present = clients::table
            .filter(clients::id.eq(id.as_str()))
            .filter(clients::removed_at.is_null());
        let removed = diesel::update(present)
            .set((clients::removed_at.eq(now), clients::updated_at.eq(now)))
            .execute(self.0.writing()?)?;
        Ok(removed > 0)
    }

    /// Every redirect URI of clients that may act, once each.
    pub fn redirect_uris(&mut self) -> Result<Vec<RedirectUri>, StorageError> {
        let uris: Vec<String> = clients::table
            .filter(clients::removed_at.is_null())
            .filter(clients::disabled_at.is_null())
            .select(unnest(clients::redirect_uris))
            .distinct()
            .load(self.0.reading())?;
        Ok(uris.into_iter().map(RedirectUri::stored).collect())
    }

    /// Of which clients people are sent to this provider, in the order of their ids.
    pub fn sent_to(&mut self, provider: &str) -> Result<Vec<String>, StorageError> {
        Ok(clients::table
            .filter(clients::provider.eq(provider))
            .filter(clients::removed_at.is_null())
            .order(clients::id)
            .select(clients::id)
            .load(self.0.reading())?)
    }

    /// Clients that were not removed, in the order of their ids.
    pub fn list(&mut self) -> Result<Vec<Client>, StorageError> {
        let rows: Vec<(ClientRow, Option<SecretRow>)> = clients::table
            .left_join(client_secrets::table)
            .filter(clients::removed_at.is_null())
            .order((clients::id, client_secrets::created_at.desc(), client_secrets::id.desc()))
            .select((ClientRow::as_select(), Option::<SecretRow>::as_select()))
            .load(self.0.reading())?;
        gather(rows)
    }
}
