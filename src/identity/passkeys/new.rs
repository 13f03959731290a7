//! A new passkey, wherever it is made: what a browser is asked for, whether its answer is right, and the
//! row that it becomes.

use chrono::{DateTime, Utc};

use crate::crypto::seal::MasterKey;
use crate::crypto::webauthn::{Holder, Made, Refused};
use crate::domain::address::Username;
use crate::domain::audit::{Action, Actor, AuditEvent};
use crate::domain::credential::passkey::{Bound, Ceremony, Passkey, PasskeyName, kind};
use crate::domain::factor::Proofs;
use crate::domain::user::{Profile, User};
use crate::identity::Identity;
use crate::identity::passkeys::{NewPasskey, PasskeyQuestion};
use crate::kernel::ids::{CeremonyId, PasskeyId, UserId};
use crate::storage::error::StorageError;
use crate::storage::tx::{Stop, Tx};

/// What authenticators know a person by. It tells nothing about the person, and is not the key of the row
/// (WebAuthn §14.6.1).
pub(in crate::identity) fn user_handle(master: &MasterKey, user: UserId) -> [u8; 32] {
    master.keyed_hash("passkey user handle", user.0.as_bytes())
}

/// Whose passkey is to be made, and where.
#[derive(Clone, Debug)]
pub(in crate::identity) struct Wanted {
    /// Where the challenge may be answered.
    pub(in crate::identity) bound: Bound,
    /// Whose it is to be.
    pub(in crate::identity) user: UserId,
    /// Whether there is that account yet.
    pub(in crate::identity) exists: bool,
    /// What tells accounts apart, in an authenticator's list.
    pub(in crate::identity) account: String,
    /// What the person is called.
    pub(in crate::identity) name: String,
}

impl Wanted {
    /// For an account that there is.
    pub(in crate::identity) fn of(profile: &Profile, bound: Bound) -> Self {
        let primary = profile.primary_address.as_ref();
        let address = primary.map(|address| address.email.as_typed());
        let username = profile.user.username.as_ref().map(Username::as_str);
        let account = address.or(username).unwrap_or(&profile.user.subject).to_owned();
        let name = profile.user.display_name(primary).to_owned();
        Self { bound, user: profile.user.id, exists: true, account, name }
    }
}

/// A passkey that was just made, in answer to a challenge for this person.
#[derive(Clone, Debug)]
pub(in crate::identity) struct Answered {
    pub(in crate::identity) made: Made,
    /// `None`: there was no such account yet.
    pub(in crate::identity) user: Option<UserId>,
    /// What it is called, unless there is another one of that name.
    pub(in crate::identity) name: String,
    /// When it was asked for.
    pub(in crate::identity) asked_at: DateTime<Utc>,
}

impl Answered {
    /// The row that it becomes. `shown` is what the person has proved who makes it: where somebody else may
    /// still know the password, whoever has shown nothing but that gets one that lets nobody in by itself.
    pub(in crate::identity) fn passkey(
        self,
        identity: &Identity,
        user: &User,
        shown: &Proofs,
        present: &[Passkey],
    ) -> Passkey {
        Passkey {
            id: PasskeyId::new(identity.env()),
            user_id: user.id,
            name: PasskeyName::of_kind(&self.name, present),
            credential_id: self.made.id,
            credential: self.made.credential,
            counter: 0,
            aaguid: self.made.aaguid,
            created_at: identity.env().now(),
            last_used_at: None,
            cloned_at: None,
            disowned_at: user.disowned_at.filter(|_| !shown.show_owner_of(user)),
        }
    }
}

/// That a passkey was added.
pub(in crate::identity) fn added(user: UserId, passkey: PasskeyId) -> AuditEvent {
    AuditEvent::new(Action::PasskeyAdded, Actor::User(user))
        .target("user", user)
        .details(serde_json::json!({ "passkey": passkey }))
}

impl Identity {
    /// Writes a challenge down that a new passkey is to answer; `present` are the person's own, of which
    /// no second one is made.
    pub(in crate::identity) fn ask_for_new(
        &self,
        tx: &mut Tx<'_>,
        wanted: &Wanted,
        present: Vec<Passkey>,
    ) -> Result<PasskeyQuestion, Stop<Refused>> {
        let others: Vec<_> = present.into_iter().map(|it| it.credential_id).collect();
        let holder = Holder {
            handle: &user_handle(self.master(), wanted.user),
            account: &wanted.account,
            name: &wanted.name,
        };
        let party = self.relying_party().map_err(Stop::Refused)?;
        let asked = party.ask_for_new(holder, &others).map_err(Stop::Refused)?;
        let ceremony = Ceremony {
            id: CeremonyId::new(self.env()),
            bound: wanted.bound,
            user_id: wanted.exists.then_some(wanted.user),
            state: asked.state,
            created_at: self.env().now(),
        };
        tx.passkey_ceremonies().insert(&ceremony)?;
        Ok(PasskeyQuestion { ceremony: ceremony.id, options: asked.options })
    }

    /// Uses the challenge up, and looks whether the answer is right, with no connection held.
    pub(in crate::identity) async fn take_new(
        &self,
        bound: Bound,
        new: NewPasskey,
    ) -> Result<Result<Answered, Refused>, StorageError> {
        let (id, now) = (new.ceremony, self.env().now());
        let consuming = move |tx: &mut Tx<'_>| tx.passkey_ceremonies().consume(id, &bound, now);
        let Some(ceremony) = self.change(consuming).await? else {
            return Ok(Err(Refused { reason: "challenge_over" }));
        };
        let party = self.relying_party();
        let made = party.and_then(|party| party.take_new(&ceremony.state, &new.credential));
        Ok(made.map(|made| {
            let name = kind(made.aaguid).map_or(new.fallback_name, str::to_owned);
            Answered { made, user: ceremony.user_id, name, asked_at: ceremony.created_at }
        }))
    }
}
