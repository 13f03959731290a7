//! The addresses that an account had at a sign-in which its owner disowns. Whoever signed in there may have
//! made another one the primary one since, and what is mailed to that would reach nobody but them.

use chrono::{DateTime, Utc};

use crate::domain::address::{Address, EmailAddress};
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::one_time_link::OneTimeLink;
use crate::identity::{Identity, record};
use crate::kernel::ids::{AddressId, UserId};
use crate::storage::error::StorageError;
use crate::storage::tx::Tx;

impl Identity {
    /// Takes the addresses of an account back to what they were when `link` was made, which disowns a
    /// sign-in: the one that it was mailed to is the primary one again, and every younger one goes. Where
    /// that changes anything, the ways in, the password and the links that came since go too.
    ///
    /// Tells whether the primary one is one of that time. Mail to any other is not for the owner.
    ///
    /// The account's row is locked, and before it the address that the link is about.
    pub(in crate::identity) fn take_addresses_back(
        &self,
        tx: &mut Tx<'_>,
        user: UserId,
        link: &OneTimeLink,
        ctx: &RequestContext,
    ) -> Result<bool, StorageError> {
        let found = tx.users().find(user)?.filter(|profile| profile.user.is_active());
        // What an operator closed stays as it is, and is mailed nothing.
        let Some(profile) = found else { return Ok(true) };
        let (since, now) =
            (link.created_at, self.env().now().max(profile.user.credentials_changed_at));
        // Also where nothing has changed: whoever changed an address and then undid it was mailed a link
        // that would do it once more.
        tx.one_time_links().kill_keepers(user, since, now)?;
        let own = tx.users().addresses(user)?;
        let Some(then) = self.primary_then(tx, link, user, &own, now)? else { return Ok(false) };
        let is_changed = !own.iter().any(|it| it.id == then && it.is_primary);
        if is_changed {
            tx.users().set_primary_address(user, then)?;
        }
        let removed = tx.users().remove_addresses_since(user, since)?;
        if !is_changed && removed == 0 {
            return Ok(true);
        }
        // Whoever made the change reads what was mailed there, and may have come by other ways in.
        tx.one_time_links().kill_but_undoing(user, now)?;
        tx.users().credentials_changed(user, now)?;
        tx.factors().remove_since(user, since)?;
        let event = AuditEvent::new(Action::AddressKept, Actor::User(user))
            .target("user", user)
            .details(serde_json::json!({ "removed": removed }));
        record(tx, self.env(), ctx, &event)?;
        Ok(true)
    }

    /// The address that was the primary one when the link was made; `None`: nobody knows of any.
    fn primary_then(
        &self,
        tx: &mut Tx<'_>,
        link: &OneTimeLink,
        user: UserId,
        own: &[Address],
        now: DateTime<Utc>,
    ) -> Result<Option<AddressId>, StorageError> {
        let Some(email) = &link.email else {
            // It was not confirmed, or the link is one of the release before.
            let old = own.iter().filter(|it| it.created_at < link.created_at);
            let safe = old.filter(|it| it.is_primary || it.verified_at.is_some());
            return Ok(safe.min_by_key(|it| (!it.is_primary, it.created_at)).map(|it| it.id));
        };
        let is_it = |it: &&Address| it.email.canonical() == email.canonical();
        match own.iter().find(is_it) {
            Some(it) if it.verified_at.is_some() => Ok(Some(it.id)),
            present => self.bring_back(tx, user, email, present, now).map(Some),
        }
    }

    /// Gives the account an address back that was taken from it. Where somebody has confirmed it for another
    /// account meanwhile, it is mailed to all the same, and not confirmed here.
    fn bring_back(
        &self,
        tx: &mut Tx<'_>,
        user: UserId,
        email: &EmailAddress,
        present: Option<&Address>,
        now: DateTime<Utc>,
    ) -> Result<AddressId, StorageError> {
        let id = AddressId::new(self.env());
        if !tx.users().address_is_anothers(user, email, None)? {
            return tx.users().put_address(id, user, email, now);
        }
        if let Some(present) = present {
            return Ok(present.id);
        }
        tx.users().claim_address(id, user, email, now)?;
        Ok(id)
    }
}
