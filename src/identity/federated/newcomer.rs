//! Somebody new from a provider gets an account. The address comes with them where it is theirs beyond
//! doubt; otherwise it is asked by mail, as when somebody adds one.

use super::arrive::Word;
use super::{NoEntry, mapping};
use crate::domain::address::EmailAddress;
use crate::domain::arrival::owns_address;
use crate::domain::audit::{Action, Actor, AuditEvent, RequestContext};
use crate::domain::claim_rule::When;
use crate::domain::details::{Detail, Details};
use crate::domain::federation_link::FederationLink;
use crate::domain::flow::Flow;
use crate::domain::upstream::UpstreamProfile;
use crate::domain::user::RetiredKind;
use crate::identity::login::Step;
use crate::identity::{Identity, reserved};
use crate::kernel::ids::{AddressId, UserId};
use crate::mail::message::Message;
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// Somebody who has just got an account.
pub(super) struct Newcomer {
    /// Their account.
    pub(super) user: UserId,
    /// An address that the provider tells, and nobody vouches for.
    unconfirmed: Option<EmailAddress>,
}

impl Identity {
    /// Makes an account for somebody new.
    pub(super) fn newcomer(
        &self,
        tx: &mut Tx<'_>,
        step: &Step,
        flow: &Flow,
        word: &Word,
    ) -> Result<Newcomer, Stop<NoEntry>> {
        let (now, id, person) = (step.now(), UserId::new(&step.env), &word.person);
        tx.users().insert_newcomer(id, &step.env.random_id(), &details(&person.profile), now)?;
        let is_theirs = owns_address(word.provider.kind, &word.provider.policy, person);
        if let Some(email) = &person.email
            && is_theirs
            && !self.is_reserved(tx, id, email)?
        {
            let address = tx.users().put_address(AddressId::new(&step.env), id, email, now)?;
            tx.users().set_primary_address(id, address)?;
        }
        let link = FederationLink::new(&step.env, id, word.provider.id, person);
        if !tx.federation_links().insert(&link)? {
            // Somebody who does not wait for the lock was faster, as a node of an earlier release is. Nothing
            // of the account is to stay.
            return Err(StorageError::Serialization.into());
        }
        mapping::apply(tx, &step.env, &step.ctx, id, word, When::First)?;
        let event = AuditEvent::new(Action::UserRegistered, Actor::User(id))
            .target("user", id)
            .details(serde_json::json!({ "provider": word.provider.slug.as_str() }));
        step.record(tx, flow, event)?;
        if let Some(profile) = tx.users().find(id)? {
            self.notify(tx, &profile, &Message::Welcome)?;
        }
        let unconfirmed = person.email.clone().filter(|_| !is_theirs);
        Ok(Newcomer { user: id, unconfirmed })
    }

    fn is_reserved(
        &self,
        tx: &mut Tx<'_>,
        user: UserId,
        email: &EmailAddress,
    ) -> Result<bool, StorageError> {
        let retired = reserved::hash(self.master(), RetiredKind::Address, email.canonical());
        tx.users().address_is_anothers(user, email, Some(retired))
    }

    /// Mails the address that nobody vouches for the link which makes it theirs. Behind the commit of the
    /// sign-in, because that waits for no counter of mails, and holds without.
    pub(super) async fn ask_to_confirm(&self, newcomer: &Newcomer, ctx: &RequestContext) {
        let Some(email) = &newcomer.unconfirmed else { return };
        if let Err(error) = self.offer_address(newcomer.user, email, ctx).await {
            tracing::warn!(%error, "a newcomer was not asked to confirm an address");
        }
    }
}

/// What the provider tells of somebody new, as far as it is what people may tell here. From then on it is
/// theirs to change.
fn details(told: &UpstreamProfile) -> Details {
    // Some write the region as programs do: en_US.
    let locale = told.locale.as_ref().map(|tag| tag.replace('_', "-"));
    let mut details = Details::default();
    for (detail, text) in [
        (Detail::Name, &told.name),
        (Detail::GivenName, &told.given_name),
        (Detail::FamilyName, &told.family_name),
        (Detail::Locale, &locale),
    ] {
        if let Some(text) = text {
            // What breaks the rule is left out.
            let _ = details.set(detail, text);
        }
    }
    details
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_detail_is_left_out() {
        let text = |text: &str| Some(text.to_owned());
        let told = UpstreamProfile {
            name: text("Ada Lovelace"),
            given_name: text("Ada\u{202e}"),
            family_name: text(&"x".repeat(201)),
            username: text("ada"),
            locale: text("en_US"),
            picture: text("https://up.example/ada.png"),
        };
        let kept = details(&told);
        assert_eq!(kept.get(Detail::Name), Some("Ada Lovelace"));
        assert_eq!(kept.get(Detail::Locale), Some("en-US"));
        let left_out = [Detail::GivenName, Detail::FamilyName, Detail::Nickname];
        assert!(left_out.iter().all(|detail| kept.get(*detail).is_none()));
        let odd = UpstreamProfile { locale: text("English (US)"), ..UpstreamProfile::default() };
        assert_eq!(details(&odd), Details::default());
    }
}
