//! Accounts that wait until their address is confirmed.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::prepared::sql;
use super::{Handle, StorageError};
use crate::domain::address::EmailAddress;
use crate::domain::credential::mailed_code::WaitingAccount;
use crate::domain::factor::Proof;
use crate::kernel::ids::{FlowId, RegistrationId};
use crate::storage::schema::{flows, registrations};

/// Accounts that wait until their address is confirmed.
pub struct Registrations<'t>(pub(in crate::storage) Handle<'t>);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = registrations, check_for_backend(Pg))]
struct RegistrationRow {
    id: Uuid,
    flow_id: Uuid,
    email: String,
    username: Option<String>,
    name: Option<String>,
    password_phc: Option<String>,
    remember: bool,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    passkey: bool,
    confirmed_at: Option<DateTime<Utc>>,
    confirmed_by: Option<String>,
}

impl RegistrationRow {
    /// The release before looks for what has not expired, and would make an account without a passkey of
    /// what is to have one. So to that release it has expired when it begins; here its flow tells
    /// how long it waits.
    fn new(waiting: &WaitingAccount) -> Self {
        let expires_at = if waiting.passkey { waiting.created_at } else { waiting.expires_at };
        Self {
            id: waiting.id.0,
            flow_id: waiting.flow.0,
            email: waiting.email.as_typed().to_owned(),
            username: waiting.username.clone(),
            name: waiting.name.clone(),
            password_phc: waiting.password_phc.clone(),
            remember: waiting.remember,
            created_at: waiting.created_at,
            expires_at,
            finished_at: waiting.finished_at,
            passkey: waiting.passkey,
            confirmed_at: waiting.confirmed.map(|proof| proof.at),
            confirmed_by: waiting.confirmed.map(|proof| proof.factor.as_str().to_owned()),
        }
    }

    fn into_waiting(self, expires_at: DateTime<Utc>) -> Result<WaitingAccount, StorageError> {
        let confirmed = match (self.confirmed_at, self.confirmed_by) {
            (Some(at), Some(factor)) => {
                let factor = factor.parse();
                let factor =
                    factor.map_err(|_| StorageError::Corrupt("registrations.confirmed_by"))?;
                Some(Proof { factor, at, told: None })
            }
            _ => None,
        };
        Ok(WaitingAccount {
            id: RegistrationId(self.id),
            flow: FlowId(self.flow_id),
            email: EmailAddress::parse(&self.email)
                .map_err(|_| StorageError::Corrupt("registrations.email"))?,
            username: self.username,
            name: self.name,
            password_phc: self.password_phc,
            remember: self.remember,
            created_at: self.created_at,
            expires_at: if self.passkey { expires_at } else { self.expires_at },
            finished_at: self.finished_at,
            passkey: self.passkey,
            confirmed,
        })
    }
}

impl Registrations<'_> {
    /// Writes down what was typed. What waits in the same flow is to be finished before.
    pub fn insert(&mut self, waiting: &WaitingAccount) -> Result<(), StorageError> {
        diesel::insert_into(registrations::table)
            .values(RegistrationRow::new(waiting))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// What waits in a flow, if it is not over.
    pub fn waiting(
        &mut self,
        flow: FlowId,
        now: DateTime<Utc>,
    ) -> Result<Option<WaitingAccount>, StorageError> {
        let lives = registrations::expires_at
            .gt(now)
            .or(registrations::passkey.and(flows::expires_at.gt(now)));
        let found: Option<(RegistrationRow, DateTime<Utc>)> = registrations::table
            .inner_join(flows::table.on(flows::id.eq(registrations::flow_id)))
            .filter(registrations::flow_id.eq(flow.0))
            .filter(registrations::finished_at.is_null())
            .filter(lives)
            .order((registrations::created_at.desc(), registrations::id.desc()))
            .select((RegistrationRow::as_select(), flows::expires_at))
            .first(self.0.reading())
            .optional()?;
        found.map(|(row, expires_at)| row.into_waiting(expires_at)).transpose()
    }

    /// The address of what waits in a flow is confirmed, and the passkey is still to be made. The username
    /// may be another one by then.
    pub fn confirm(
        &mut self,
        id: RegistrationId,
        username: Option<&str>,
        proof: Proof,
    ) -> Result<(), StorageError> {
        diesel::update(registrations::table.find(id.0))
            .filter(registrations::finished_at.is_null())
            .set((
                registrations::username.eq(username),
                registrations::confirmed_at.eq(proof.at),
                registrations::confirmed_by.eq(proof.factor.as_str()),
            ))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Nothing waits in the flow any more: an account was made of it, or a newer one takes its place.
    /// The password goes at once.
    pub fn finish(&mut self, flow: FlowId, now: DateTime<Utc>) -> Result<(), StorageError> {
        sql("UPDATE registrations SET finished_at = $2, password_phc = NULL \
             WHERE flow_id = $1 AND finished_at IS NULL")
        .bind::<SqlUuid, _>(flow.0)
        .bind::<Timestamptz, _>(now)
        .execute(self.0.writing()?)?;
        Ok(())
    }
}
