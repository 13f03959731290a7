//! Links that work once.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::prepared::sql;
use super::{Handle, StorageError};
use crate::domain::address::EmailAddress;
use crate::domain::one_time_link::{LinkPurpose, OneTimeLink};
use crate::kernel::ids::{OneTimeLinkId, SessionId, UserId};
use crate::kernel::token_hash::TokenHash;
use crate::storage::schema::one_time_links;

/// Links that work once.
pub struct OneTimeLinks<'t>(pub(in crate::storage) Handle<'t>);

const CONFIRM_ADDRESS: &str = "confirm_address";
const KEEP_ADDRESS: &str = "keep_address";
const NOT_ME: &str = "not_me";
const RESTORE_ACCOUNT: &str = "restore_account";

#[derive(Queryable, Selectable)]
#[diesel(table_name = one_time_links, check_for_backend(Pg))]
struct LinkRow {
    id: Uuid,
    purpose: String,
    user_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    consumed_at: Option<DateTime<Utc>>,
    session_id: Option<Uuid>,
    email: Option<String>,
    replaces: bool,
}

/// The account and the session that a link is about.
fn about(purpose: LinkPurpose) -> (Option<Uuid>, Option<Uuid>) {
    match purpose {
        LinkPurpose::Administrator => (None, None),
        LinkPurpose::Password(user)
        | LinkPurpose::Invitation(user)
        | LinkPurpose::ConfirmAddress(user)
        | LinkPurpose::KeepAddress(user)
        | LinkPurpose::RestoreAccount(user) => (Some(user.0), None),
        LinkPurpose::NotMe { user, session } => (Some(user.0), Some(session.0)),
    }
}

impl LinkRow {
    fn into_link(self) -> Result<OneTimeLink, StorageError> {
        let user = self.user_id.map(UserId);
        let purpose = match (self.purpose.as_str(), user, self.session_id) {
            ("administrator", None, None) => LinkPurpose::Administrator,
            ("password", Some(user), None) => LinkPurpose::Password(user),
            ("invitation", Some(user), None) => LinkPurpose::Invitation(user),
            (NOT_ME, Some(user), Some(session)) => {
                LinkPurpose::NotMe { user, session: SessionId(session) }
            }
            (CONFIRM_ADDRESS, Some(user), None) => LinkPurpose::ConfirmAddress(user),
            (KEEP_ADDRESS, Some(user), None) => LinkPurpose::KeepAddress(user),
            (RESTORE_ACCOUNT, Some(user), None) => LinkPurpose::RestoreAccount(user),
            _ => return Err(StorageError::Corrupt("one_time_links.purpose")),
        };
        let (about, mailed_to) =
            if purpose.is_about_an_address() { (self.email, None) } else { (None, self.email) };
        let email = about.as_deref().map(EmailAddress::parse).transpose();
        Ok(OneTimeLink {
            id: OneTimeLinkId(self.id),
            purpose,
            mailed_to,
            email: email.map_err(|_| StorageError::Corrupt("one_time_links.email"))?,
            replaces: self.replaces,
            created_at: self.created_at,
            expires_at: self.expires_at,
            consumed_at: self.consumed_at,
        })
    }
}

impl OneTimeLinks<'_> {
    /// Makes a link. `secret` is the hash of what stands in it.
    pub fn insert(&mut self, link: &OneTimeLink, secret: TokenHash) -> Result<(), StorageError> {
        self.insert_if(true, link, secret)
    }

    /// [`OneTimeLinks::insert`]; unless it is `real` the statement is the same, and makes nothing.
    pub fn insert_if(
        &mut self,
        real: bool,
        link: &OneTimeLink,
        secret: TokenHash,
    ) -> Result<(), StorageError> {
        let (user, session) = about(link.purpose);
        let email = link.email.as_ref().map(EmailAddress::as_typed);
        sql("INSERT INTO one_time_links (id, purpose, secret_hash, user_id, session_id, email, \
             created_at, expires_at, consumed_at, replaces) \
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $11 WHERE $10")
        .bind::<SqlUuid, _>(link.id.0)
        .bind::<Text, _>(link.purpose.as_str())
        .bind::<Bytea, _>(secret.as_bytes())
        .bind::<Nullable<SqlUuid>, _>(user)
        .bind::<Nullable<SqlUuid>, _>(session)
        .bind::<Nullable<Text>, _>(email.or(link.mailed_to.as_deref()))
        .bind::<Timestamptz, _>(link.created_at)
        .bind::<Timestamptz, _>(link.expires_at)
        .bind::<Nullable<Timestamptz>, _>(link.consumed_at)
        .bind::<Bool, _>(real)
        .bind::<Bool, _>(link.replaces)
        .execute(self.0.writing()?)?;
        Ok(())
    }

    /// The link of a secret. Used and expired ones are found too.
    pub fn find(&mut self, secret: TokenHash) -> Result<Option<OneTimeLink>, StorageError> {
        one_time_links::table
            .filter(one_time_links::secret_hash.eq(secret.as_bytes()))
            .select(LinkRow::as_select())
            .first(self.0.reading())
            .optional()?
            .map(LinkRow::into_link)
            .transpose()
    }

    /// The link of a secret, if it was used in this browser since then.
    pub fn used_in(
        &mut self,
        browser: TokenHash,
        secret: TokenHash,
        since: DateTime<Utc>,
    ) -> Result<Option<OneTimeLink>, StorageError> {
        one_time_links::table
            .filter(one_time_links::secret_hash.eq(secret.as_bytes()))
            .filter(one_time_links::consumed_by.eq(browser.as_bytes()))
            .filter(one_time_links::consumed_at.gt(since))
            .select(LinkRow::as_select())
            .first(self.0.reading())
            .optional()?
            .map(LinkRow::into_link)
            .transpose()
    }

    /// Uses a link up. False: it was used already, or has expired.
    pub fn consume(&mut self, id: OneTimeLinkId, now: DateTime<Utc>) -> Result<bool, StorageError> {
        self.consume_in(None, id, now)
    }

    /// [`OneTimeLinks::consume`], where its button was pressed in this browser.
    pub fn consume_in(
        &mut self,
        browser: Option<TokenHash>,
        id: OneTimeLinkId,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let usable = one_time_links::table
            .find(id.0)
            .filter(one_time_links::consumed_at.is_null())
            .filter(one_time_links::expires_at.gt(now));
        let consumed = diesel::update(usable)
            .set((
                one_time_links::consumed_at.eq(now),
                one_time_links::consumed_by.eq(browser.as_ref().map(TokenHash::as_bytes)),
            ))
            .execute(self.0.writing()?)?;
        Ok(consumed > 0)
    }

    /// Uses up the links of somebody that set a password, and are of these kinds; those alone that were
    /// mailed on anybody's word, if `asked_for`. Without an account the statement is the same.
    pub fn supersede(
        &mut self,
        user: Option<UserId>,
        kinds: &[&str],
        asked_for: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        sql("UPDATE one_time_links SET consumed_at = $3 \
             WHERE user_id = $1 AND purpose = ANY ($2) AND consumed_at IS NULL \
             AND (email IS NOT NULL OR NOT $4)")
        .bind::<Nullable<SqlUuid>, _>(user.map(|user| user.0))
        .bind::<Array<Text>, _>(kinds)
        .bind::<Timestamptz, _>(now)
        .bind::<Bool, _>(asked_for)
        .execute(self.0.writing()?)?;
        Ok(())
    }

    /// Uses up every link of somebody, but those that bring an address back: whoever took an account
    /// over by its address does not keep it by a new password.
    pub fn kill_for_user(&mut self, user: UserId, now: DateTime<Utc>) -> Result<(), StorageError> {
        self.kill_but(user, &[KEEP_ADDRESS], now)
    }

    /// The same, but those that disown a sign-in stay too: whoever signed in as somebody else does not
    /// get rid of them by closing the account behind them.
    pub fn kill_but_undoing(
        &mut self,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.kill_but(user, &[KEEP_ADDRESS, NOT_ME], now)
    }

    /// Uses up every link of somebody, whatever it does.
    pub fn kill_all_for_user(
        &mut self,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.kill_but(user, &[], now)
    }

    fn kill_but(
        &mut self,
        user: UserId,
        kept: &[&str],
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let unused = one_time_links::table
            .filter(one_time_links::user_id.eq(user.0))
            .filter(one_time_links::purpose.ne_all(kept))
            .filter(one_time_links::consumed_at.is_null());
        diesel::update(unused)
            .set(one_time_links::consumed_at.eq(now))
            .execute(self.0.writing()?)?;
        Ok(())
    }

    /// The addresses of somebody that wait until they are confirmed, newest first.
    pub fn confirmations(
        &mut self,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<Vec<OneTimeLink>, StorageError> {
        let rows: Vec<LinkRow> = usable(user, CONFIRM_ADDRESS, now)
            .order((one_time_links::created_at.desc(), one_time_links::id.desc()))
            .select(LinkRow::as_select())
            .load(self.0.reading())?;
        rows.into_iter().map(LinkRow::into_link).collect()
    }

    /// Whether a link would bring somebody's account back.
    pub fn has_restoration(
        &mut self,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let usable = usable(user, RESTORE_ACCOUNT, now).select(one_time_links::id);
        Ok(diesel::select(diesel::dsl::exists(usable)).get_result(self.0.reading())?)
    }

    /// Uses up the links that bring an address of somebody back, those that disown a sign-in among them,
    /// and were made since then. An older one is stronger: it knows the account as it was before.
    pub fn kill_keepers(
        &mut self,
        user: UserId,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let unused = one_time_links::table
            .filter(one_time_links::user_id.eq(user.0))
            .filter(one_time_links::purpose.eq_any([KEEP_ADDRESS, NOT_ME]))
            .filter(one_time_links::consumed_at.is_null());
        diesel::update(unused.filter(one_time_links::created_at.ge(since)))
            .set(one_time_links::consumed_at.eq(now))
            .execute(self.0.writing()?)?;
        Ok(())
    }
}

#[diesel::dsl::auto_type]
fn usable(user: UserId, purpose: &'static str, now: DateTime<Utc>) -> _ {
    let user: Uuid = user.0;
    one_time_links::table
        .filter(one_time_links::user_id.eq(user))
        .filter(one_time_links::purpose.eq(purpose))
        .filter(one_time_links::consumed_at.is_null())
        .filter(one_time_links::expires_at.gt(now))
}
