//! Passkeys: whose they are, what their counter tells, and the challenges that they answer.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::{Uuid, uuid};

use crate::domain::client::text_enum;
use crate::kernel::ids::{CeremonyId, FlowId, PasskeyId, SessionId, UserId};
use crate::kernel::token_hash::TokenHash;

/// The most passkeys of one account.
pub const MAX_PASSKEYS: usize = 20;

/// The longest name of a passkey, in characters.
const MAX_NAME: usize = 64;

/// A passkey.
#[derive(Clone, Debug, PartialEq)]
pub struct Passkey {
    /// The row.
    pub id: PasskeyId,
    /// Whose it is.
    pub user_id: UserId,
    /// As the person calls it.
    pub name: PasskeyName,
    /// As the authenticator names it (WebAuthn §4).
    pub credential_id: Vec<u8>,
    /// The public key, as the library keeps it.
    pub credential: Value,
    /// The signature counter of its last sign-in; zero where the authenticator keeps none.
    pub counter: u32,
    /// The kind of authenticator, where it tells.
    pub aaguid: Option<Uuid>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When somebody signed in with it.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When its counter went back: there may be a copy of it.
    pub cloned_at: Option<DateTime<Utc>>,
    /// Since when it lets nobody in by itself: it was added when somebody else may have been signed in. Behind
    /// another factor it is one as before.
    pub disowned_at: Option<DateTime<Utc>>,
}

impl Passkey {
    /// Whether a counter shows that there is no other copy of the key (WebAuthn §7.2): it grows with
    /// every use, where the authenticator keeps one at all.
    pub fn is_followed_by(&self, counter: u32) -> bool {
        counter > self.counter || (counter == 0 && self.counter == 0)
    }
}

/// How a person calls a passkey: text without control characters, 1 to 64 characters of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyName(String);

impl PasskeyName {
    /// Takes what was typed, without the space around it.
    pub fn parse(typed: &str) -> Option<Self> {
        let name = typed.trim();
        let length = name.chars().count();
        let is_name = (1..=MAX_NAME).contains(&length) && !name.chars().any(char::is_control);
        is_name.then(|| Self(name.to_owned()))
    }

    /// A stored one.
    pub fn stored(name: String) -> Self {
        Self(name)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Of several passkeys of one kind each has a number: "iCloud Keychain", "iCloud Keychain 2".
    pub fn of_kind(kind: &str, present: &[Passkey]) -> Self {
        let is_taken = |name: &str| present.iter().any(|it| it.name.as_str() == name);
        let numbered = (2..).map(|n| format!("{kind} {n}"));
        let mut names = std::iter::once(kind.to_owned()).chain(numbered);
        Self(names.find(|name| !is_taken(name)).unwrap_or_default())
    }
}

text_enum! {
    /// What a challenge is for.
    CeremonyPurpose {
        /// To sign in, whoever it is.
        SignIn = "sign_in",
        /// To prove a second factor.
        SecondFactor = "second_factor",
        /// To add a passkey to the account of who is signed in.
        Add = "add",
        /// To make an account that has a passkey.
        Register = "register",
    }
}

/// Where a challenge may be answered: all of it must be as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// What for.
    pub purpose: CeremonyPurpose,
    /// In which browser.
    pub browser: TokenHash,
    /// In which flow, where it is a step of one.
    pub flow: Option<FlowId>,
    /// In which session, where somebody is signed in.
    pub session: Option<SessionId>,
}

/// A challenge that a passkey is to answer, once.
#[derive(Clone, Debug)]
pub struct Ceremony {
    /// The row.
    pub id: CeremonyId,
    /// Where it may be answered.
    pub bound: Bound,
    /// Whose passkey is asked for, where that is known.
    pub user_id: Option<UserId>,
    /// The challenge, and what may answer it, as the library keeps them.
    pub state: Value,
    /// When it was asked.
    pub created_at: DateTime<Utc>,
}

impl Ceremony {
    /// How long an answer is taken.
    pub const LIFETIME: TimeDelta = TimeDelta::minutes(5);

    /// When it is too late.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.created_at + Self::LIFETIME
    }
}

/// What the makers of authenticators call them, by their AAGUID. Well-known ones only; facts taken from
/// the community's list at github.com/passkeydeveloper/passkey-authenticator-aaguids.
const KINDS: &[(Uuid, &str)] = &[
    (uuid!("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4"), "Google Password Manager"),
    (uuid!("adce0002-35bc-c60a-648b-0b25f1f05503"), "Chrome on Mac"),
    (uuid!("08987058-cadc-4b81-b6e1-30de50dcbe96"), "Windows Hello"),
    (uuid!("9ddd1817-af5a-4672-a2b9-3e3dd95000a9"), "Windows Hello"),
    (uuid!("6028b017-b1d4-4c02-b4b3-afcdafc96bb2"), "Windows Hello"),
    (uuid!("fbfc3007-154e-4ecc-8c0b-6e020557d7bd"), "iCloud Keychain"),
    (uuid!("dd4ec289-e01d-41c9-bb89-70fa845d4bf2"), "iCloud Keychain"),
    (uuid!("53414d53-554e-4700-0000-000000000000"), "Samsung Pass"),
    (uuid!("bada5566-a7aa-401f-bd96-45619a55120d"), "1Password"),
    (uuid!("d548826e-79b4-db40-a3d8-11116f7e8349"), "Bitwarden"),
    (uuid!("531126d6-e717-415c-9320-3d9aa6981239"), "Dashlane"),
    (uuid!("0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6"), "Keeper"),
    (uuid!("b84e4048-15dc-4dd0-8640-f4f60813c8af"), "NordPass"),
    (uuid!("50726f74-6f6e-5061-7373-50726f746f6e"), "Proton Pass"),
    (uuid!("f3809540-7f14-49c1-a8b3-8f813b225541"), "Enpass"),
    (uuid!("fdb141b2-5d84-443e-8a35-4698c205a502"), "KeePassXC"),
];

/// What an authenticator of this kind is called, where that is well known.
pub fn kind(aaguid: Option<Uuid>) -> Option<&'static str> {
    let aaguid = aaguid?;
    KINDS.iter().find(|(known, _)| *known == aaguid).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passkey(name: &str, counter: u32) -> Passkey {
        Passkey {
            id: PasskeyId(Uuid::nil()),
            user_id: UserId(Uuid::nil()),
            name: PasskeyName::stored(name.to_owned()),
            credential_id: vec![1],
            credential: Value::Null,
            counter,
            aaguid: None,
            created_at: DateTime::UNIX_EPOCH,
            last_used_at: None,
            cloned_at: None,
            disowned_at: None,
        }
    }

    #[test]
    fn case_233_a_counter_grows_or_there_is_none() {
        for (stored, asserted, grows) in
            [(0, 0, true), (0, 1, true), (5, 6, true), (5, 5, false), (5, 4, false), (5, 0, false)]
        {
            assert_eq!(passkey("a", stored).is_followed_by(asserted), grows, "{stored} {asserted}");
        }
    }

    #[test]
    fn several_of_one_kind_are_numbered() {
        let present = [passkey("Keeper", 0), passkey("Keeper 2", 0)];
        assert_eq!(PasskeyName::of_kind("Keeper", &present).as_str(), "Keeper 3");
        assert_eq!(PasskeyName::of_kind("Enpass", &present).as_str(), "Enpass");
    }

    #[test]
    fn a_name_is_some_text_on_one_line() {
        assert_eq!(
            PasskeyName::parse("  Ada\u{2019}s phone ").unwrap().as_str(),
            "Ada\u{2019}s phone"
        );
        let long = "a".repeat(65);
        for typed in ["", "  ", "a\nb", "a\0", &long] {
            assert_eq!(PasskeyName::parse(typed), None, "{typed:?}");
        }
        assert!(PasskeyName::parse(&"ü".repeat(64)).is_some());
    }

    #[test]
    fn what_is_well_known_has_its_name() {
        let known = uuid!("fbfc3007-154e-4ecc-8c0b-6e020557d7bd");
        assert_eq!(kind(Some(known)), Some("iCloud Keychain"));
        assert_eq!((kind(Some(Uuid::max())), kind(None)), (None, None));
    }
}
