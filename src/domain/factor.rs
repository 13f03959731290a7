//! What people prove themselves with, and how much a proof is worth.
//!
//! To add a factor, add a line here: what it is evidence of and the `amr` values that it stands for.
//! What is asked of whom is decided in `identity::login::flow`.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::client::text_enum;
use super::session::{ACR_SINGLE_FACTOR, ACR_TWO_FACTORS};
use super::user::User;
use crate::kernel::ids::UserId;

text_enum! {
    /// A way to prove who one is.
    FactorKind {
        /// A password.
        Password = "password",
        /// A code that was mailed.
        MailedCode = "mailed_code",
        /// A link that was mailed.
        MailedLink = "mailed_link",
        /// A code of an authenticator app (RFC 6238).
        Totp = "totp",
        /// A code on paper.
        RecoveryCode = "recovery_code",
        /// A passkey, whose authenticator has verified its user (WebAuthn).
        Passkey = "passkey",
    }
}

/// What a proof shows. Two proofs are two factors only where they show different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Something that the person knows.
    Knowledge,
    /// That the person reads mail to an address.
    Mailbox,
    /// Something that the person has.
    Possession,
    /// Something that the person has, and that has verified the person by itself: two factors in one.
    VerifiedPossession,
}

impl FactorKind {
    /// What it shows.
    pub fn evidence(self) -> Evidence {
        match self {
            Self::Password => Evidence::Knowledge,
            Self::MailedCode | Self::MailedLink => Evidence::Mailbox,
            Self::Totp | Self::RecoveryCode => Evidence::Possession,
            Self::Passkey => Evidence::VerifiedPossession,
        }
    }

    /// The `amr` values (RFC 8176 §2) that it stands for, beside `mfa`.
    pub fn amr(self) -> &'static [&'static str] {
        match self {
            Self::Password => &["pwd"],
            Self::MailedCode | Self::MailedLink | Self::Totp | Self::RecoveryCode => &["otp"],
            Self::Passkey => &["pop", "user"],
        }
    }
}

impl Serialize for FactorKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for FactorKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Something that was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// By what.
    pub factor: FactorKind,
    /// When.
    pub at: DateTime<Utc>,
}

/// What somebody has proved, each factor once, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Proofs(Vec<Proof>);

impl Proofs {
    /// One proof.
    pub fn of(factor: FactorKind, at: DateTime<Utc>) -> Self {
        Self(vec![Proof { factor, at }])
    }

    /// Adds a proof; an older one of the same factor gives way.
    pub fn add(&mut self, factor: FactorKind, at: DateTime<Utc>) {
        self.0.retain(|proof| proof.factor != factor);
        self.0.push(Proof { factor, at });
        self.0.sort_by_key(|proof| proof.at);
    }

    /// Adds others.
    pub fn add_all(&mut self, others: &Self) {
        for proof in &others.0 {
            if self.0.iter().all(|own| own.factor != proof.factor || own.at < proof.at) {
                self.add(proof.factor, proof.at);
            }
        }
    }

    /// Those that are no older than `age`.
    #[must_use]
    pub fn within(&self, age: TimeDelta, now: DateTime<Utc>) -> Self {
        Self(self.0.iter().filter(|proof| now - proof.at <= age).copied().collect())
    }

    /// The same, as of the moment at which the sign-in that they were made for was complete.
    #[must_use]
    pub fn completed(&self, at: DateTime<Utc>) -> Self {
        Self(self.0.iter().map(|proof| Proof { at, ..*proof }).collect())
    }

    /// Whether nothing was proved.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Proof> {
        self.0.iter().copied()
    }

    /// Whether one of them shows this.
    pub fn show(&self, evidence: Evidence) -> bool {
        self.0.iter().any(|proof| proof.factor.evidence() == evidence)
    }

    /// Whether they are two factors. Mail counts once, however often it was read.
    pub fn are_two_factors(&self) -> bool {
        let others = [Evidence::Knowledge, Evidence::Mailbox, Evidence::Possession];
        self.show(Evidence::VerifiedPossession)
            || others.into_iter().filter(|evidence| self.show(*evidence)).count() > 1
    }

    /// Whether they are two factors for who has this much. Where somebody has a factor that nobody else
    /// can have, mail stands in for it in no company: whoever reads the mail can set a password as well.
    pub fn suffice(&self, enrolled: Enrolled) -> bool {
        self.are_two_factors() && (self.show_possession() || !enrolled.has_second_factor())
    }

    /// Whether one of them shows something that the person has.
    pub fn show_possession(&self) -> bool {
        self.show(Evidence::Possession) || self.show(Evidence::VerifiedPossession)
    }

    /// The `acr` value that they reach.
    pub fn acr(&self) -> &'static str {
        if self.are_two_factors() { ACR_TWO_FACTORS } else { ACR_SINGLE_FACTOR }
    }

    /// The `amr` values (RFC 8176 §2), each once.
    pub fn amr(&self) -> Vec<&'static str> {
        let mut values: Vec<&'static str> = vec![];
        let more = if self.are_two_factors() { &["mfa"][..] } else { &[] };
        for value in self.0.iter().flat_map(|proof| proof.factor.amr()).chain(more) {
            if !values.contains(value) {
                values.push(value);
            }
        }
        values
    }

    /// The `auth_time`: since when all of it has been true.
    pub fn since(&self) -> Option<DateTime<Utc>> {
        self.0.iter().map(|proof| proof.at).min()
    }
}

/// What an account can be entered with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enrolled {
    /// There is a password.
    pub password: bool,
    /// There is a confirmed primary address.
    pub mailbox: bool,
    /// There is a confirmed authenticator app.
    pub totp: bool,
    /// There is a passkey.
    pub passkey: bool,
    /// That many recovery codes are left.
    pub recovery_codes: u32,
}

impl Enrolled {
    /// Whether there is a second factor that nobody has but the person: mail is none, because it is
    /// how the account is recovered.
    pub fn has_second_factor(&self) -> bool {
        self.totp || self.passkey
    }
}

/// Somebody who has proved a part of what is asked of them, and is not signed in by that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Who it is.
    pub user: UserId,
    /// What was proved.
    pub proofs: Proofs,
    /// Whether "keep me signed in" was ticked.
    pub remember: bool,
}

impl Pending {
    /// For how long the first factor waits for the second.
    pub const LIFETIME: TimeDelta = TimeDelta::minutes(15);

    /// Whether it still counts.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.proofs.since().is_some_and(|since| now - since < Self::LIFETIME)
    }

    /// Whether it counts for this person: a change of credentials ends what was proved before.
    pub fn counts_for(&self, user: &User, now: DateTime<Utc>) -> bool {
        let since = self.proofs.since();
        self.user == user.id
            && self.is_live(now)
            && since.is_some_and(|since| since >= user.credentials_changed_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn proofs(factors: &[FactorKind]) -> Proofs {
        let mut proofs = Proofs::default();
        for (second, factor) in (0..).zip(factors) {
            proofs.add(*factor, at(second));
        }
        proofs
    }

    #[test]
    fn two_factors_show_two_different_things() {
        use FactorKind::{MailedCode, MailedLink, Passkey, Password, RecoveryCode, Totp};
        for (factors, two) in [
            (&[Password][..], false),
            (&[Password, Password], false),
            (&[MailedCode, MailedLink], false),
            (&[Totp, RecoveryCode], false),
            (&[Password, Totp], true),
            (&[Password, RecoveryCode], true),
            (&[Password, MailedCode], true),
            (&[MailedLink, Totp], true),
            (&[Passkey], true),
        ] {
            assert_eq!(proofs(factors).are_two_factors(), two, "{factors:?}");
        }
    }

    #[test]
    fn case_215_mail_never_counts_twice() {
        let mail = proofs(&[FactorKind::MailedCode, FactorKind::MailedLink]);
        assert_eq!((mail.acr(), mail.amr()), (ACR_SINGLE_FACTOR, vec!["otp"]));
    }

    #[test]
    fn case_195_a_mailbox_stands_in_for_no_factor_that_the_person_has() {
        let nothing = Enrolled { password: true, mailbox: true, ..Enrolled::default() };
        let app = Enrolled { totp: true, ..nothing };
        let by_mail = proofs(&[FactorKind::Password, FactorKind::MailedCode]);
        assert!(by_mail.suffice(nothing));
        assert!(!by_mail.suffice(app));
        assert!(!by_mail.suffice(Enrolled { passkey: true, ..nothing }));
        for factor in [FactorKind::Totp, FactorKind::RecoveryCode, FactorKind::Passkey] {
            assert!(proofs(&[FactorKind::Password, factor]).suffice(app), "{factor}");
        }
    }

    #[test]
    fn acr_and_amr_tell_what_was_proved() {
        let two = proofs(&[FactorKind::Password, FactorKind::Totp]);
        assert_eq!((two.acr(), two.amr()), (ACR_TWO_FACTORS, vec!["pwd", "otp", "mfa"]));
        let passkey = proofs(&[FactorKind::Passkey]);
        assert_eq!((passkey.acr(), passkey.amr()), (ACR_TWO_FACTORS, vec!["pop", "user", "mfa"]));
        assert_eq!(proofs(&[FactorKind::Password]).amr(), ["pwd"]);
    }

    #[test]
    fn they_count_since_the_oldest_one() {
        let two = proofs(&[FactorKind::Password, FactorKind::Totp]);
        assert_eq!(two.since(), Some(at(0)));
        assert_eq!(two.completed(at(60)).since(), Some(at(60)));
        assert_eq!(two.within(TimeDelta::seconds(1), at(2)), Proofs::of(FactorKind::Totp, at(1)));
        let mut newer = Proofs::of(FactorKind::Password, at(9));
        newer.add_all(&two);
        assert_eq!(newer.since(), Some(at(1)));
        assert_eq!(newer.iter().count(), 2);
    }

    #[test]
    fn a_first_factor_waits_a_quarter_of_an_hour() {
        let pending = Pending {
            user: UserId(uuid::Uuid::nil()),
            proofs: proofs(&[FactorKind::Password]),
            remember: false,
        };
        assert!(pending.is_live(at(899)));
        assert!(!pending.is_live(at(900)));
    }
}
