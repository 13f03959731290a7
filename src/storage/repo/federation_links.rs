//! Whom accounts are elsewhere.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use uuid::Uuid;

use super::{Handle, StorageError};
use crate::domain::address::EmailAddress;
use crate::domain::federation_link::FederationLink;
use crate::domain::upstream::UpstreamPerson;
use crate::kernel::ids::{FederationLinkId, ProviderId, UserId};
use crate::storage::schema::federation_links;

/// Whom accounts are elsewhere.
pub struct FederationLinks<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = federation_links, check_for_backend(Pg))]
struct LinkRow {
    id: Uuid,
    user_id: Uuid,
    provider_id: Option<Uuid>,
    issuer: String,
    subject: String,
    email: Option<String>,
    email_verified: bool,
    profile: serde_json::Value,
    created_at: DateTime<Utc>,
    synced_at: DateTime<Utc>,
}

impl LinkRow {
    fn of(link: &FederationLink) -> Result<Self, StorageError> {
        Ok(Self {
            id: link.id.0,
            user_id: link.user_id.0,
            provider_id: link.provider_id.map(|id| id.0),
            issuer: link.issuer.clone(),
            subject: link.subject.clone(),
            email: link.email.clone(),
            email_verified: link.email_verified,
            profile: json(&link.profile)?,
            created_at: link.created_at,
            synced_at: link.synced_at,
        })
    }

    fn into_link(self) -> Result<FederationLink, StorageError> {
        let profile = serde_json::from_value(self.profile);
        Ok(FederationLink {
            id: FederationLinkId(self.id),
            user_id: UserId(self.user_id),
            provider_id: self.provider_id.map(ProviderId),
            issuer: self.issuer,
            subject: self.subject,
            email: self.email,
            email_verified: self.email_verified,
            profile: profile.map_err(|_| StorageError::Corrupt("federation_links.profile"))?,
            created_at: self.created_at,
            synced_at: self.synced_at,
        })
    }
}

fn json(value: &impl serde::Serialize) -> Result<serde_json::Value, StorageError> {
    serde_json::to_value(value).map_err(|error| StorageError::Other(error.to_string()))
}

impl FederationLinks<'_> {
    /// The link of whom `issuer` calls `subject`.
    pub fn find(
        &mut self,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<FederationLink>, StorageError> {
        federation_links::table
            .filter(federation_links::issuer.eq(issuer))
            .filter(federation_links::subject.eq(subject))
            .select(LinkRow::as_select())
            .first(self.0.reading())
            .optional()?
            .map(LinkRow::into_link)
            .transpose()
    }

    /// Those of an account, oldest first.
    pub fn list(&mut self, user: UserId) -> Result<Vec<FederationLink>, StorageError> {
        let rows: Vec<LinkRow> = federation_links::table
            .filter(federation_links::user_id.eq(user.0))
            .order((federation_links::created_at, federation_links::id))
            .select(LinkRow::as_select())
            .load(self.0.reading())?;
        rows.into_iter().map(LinkRow::into_link).collect()
    }

    /// Links an account. False: whom it names is linked already, to this account or to another one, and
    /// nothing is moved.
    pub fn insert(&mut self, link: &FederationLink) -> Result<bool, StorageError> {
        let written = diesel::insert_into(federation_links::table)
            .values(LinkRow::of(link)?)
            .on_conflict((federation_links::issuer, federation_links::subject))
            .do_nothing()
            .execute(self.0.writing()?)?;
        Ok(written > 0)
    }

    /// Keeps what the provider said of its person just now. False: the link is gone, or another account's
    /// by now.
    pub fn sync(
        &mut self,
        provider: ProviderId,
        user: UserId,
        person: &UpstreamPerson,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let theirs = federation_links::table
            .filter(federation_links::issuer.eq(&person.issuer))
            .filter(federation_links::subject.eq(&person.subject))
            .filter(federation_links::user_id.eq(user.0));
        let written = diesel::update(theirs)
            .set((
                federation_links::provider_id.eq(provider.0),
                federation_links::email.eq(person.email.as_ref().map(EmailAddress::as_typed)),
                federation_links::email_verified.eq(person.email_verified),
                federation_links::profile.eq(json(&person.profile)?),
                federation_links::synced_at.eq(now),
            ))
            .execute(self.0.writing()?)?;
        Ok(written > 0)
    }

    /// Ends the links that an account got since then.
    pub fn remove_since(&mut self, user: UserId, since: DateTime<Utc>) -> Result<(), StorageError> {
        let younger = federation_links::table
            .filter(federation_links::user_id.eq(user.0))
            .filter(federation_links::created_at.gt(since));
        diesel::delete(younger).execute(self.0.writing()?)?;
        Ok(())
    }

    /// Ends a link of an account. False: it is not there.
    pub fn remove(&mut self, user: UserId, id: FederationLinkId) -> Result<bool, StorageError> {
        let theirs =
            federation_links::table.find(id.0).filter(federation_links::user_id.eq(user.0));
        Ok(diesel::delete(theirs).execute(self.0.writing()?)? > 0)
    }
}
