//! What people prove themselves with, and how much a proof is worth.
//!
//! To add a factor, add a line here: what it is evidence of and the `amr` values that it stands for.
//! What is asked of whom is decided in `identity::login::flow`.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::client::text_enum;
use super::methods::Methods;
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
        /// A sign-in at another provider, however that one asked.
        Provider = "provider",
        /// A sign-in at another provider that counts as two factors, because the operator says so.
        ProviderTwoFactors = "provider_two_factors",
        /// A sign-in anew at a provider that the account is connected with, after another factor.
        ProviderSecondFactor = "provider_second_factor",
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
    /// That another provider knows the person. It may have asked for a password, and it may keep the
    /// mailbox: beside either it shows nothing new.
    Elsewhere,
    /// The same, asked for behind another factor: the operator takes it for something that the person has.
    /// Beside a sign-in at a provider it shows nothing new, because it may be that very one.
    Vouched,
}

impl Evidence {
    /// Whether it is something that the person has, and nothing more.
    pub fn is_possession(self) -> bool {
        matches!(self, Self::Possession | Self::Vouched)
    }
}

impl FactorKind {
    /// What it shows.
    pub fn evidence(self) -> Evidence {
        match self {
            Self::Password => Evidence::Knowledge,
            Self::MailedCode | Self::MailedLink => Evidence::Mailbox,
            Self::Totp | Self::RecoveryCode => Evidence::Possession,
            Self::Passkey | Self::ProviderTwoFactors => Evidence::VerifiedPossession,
            Self::Provider => Evidence::Elsewhere,
            Self::ProviderSecondFactor => Evidence::Vouched,
        }
    }

    /// The `amr` values (RFC 8176 §2) that it stands for, beside `mfa` and what a provider tells.
    pub fn amr(self) -> &'static [&'static str] {
        match self {
            Self::Password => &["pwd"],
            Self::MailedCode | Self::MailedLink | Self::Totp | Self::RecoveryCode => &["otp"],
            Self::Passkey => &["pop", "user"],
            Self::Provider | Self::ProviderTwoFactors | Self::ProviderSecondFactor => &[],
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
    /// What another provider says of it, where it was proved there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
}

/// What another provider says of a sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// When the person proved who they are there; `None`: it does not say.
    pub auth_time: Option<DateTime<Utc>>,
    /// How.
    #[serde(default)]
    pub methods: Methods,
}

impl Proof {
    /// Since when it has been true: what a provider vouches for may be older than its word.
    pub fn auth_time(&self) -> DateTime<Utc> {
        let told = self.told.and_then(|told| told.auth_time);
        told.map_or(self.at, |at| at.min(self.at))
    }

    /// The `amr` values (RFC 8176 §2) that it stands for, beside `mfa`.
    fn amr(&self) -> impl Iterator<Item = &'static str> {
        let told = self.told.map(|told| told.methods).unwrap_or_default();
        // Whether there were several factors is decided here.
        let told = told.iter().filter(|method| *method != "mfa");
        self.factor.amr().iter().copied().chain(told)
    }
}

/// What somebody has proved, each factor once, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Proofs(Vec<Proof>);

impl Proofs {
    /// One proof.
    pub fn of(factor: FactorKind, at: DateTime<Utc>) -> Self {
        Self(vec![Proof { factor, at, told: None }])
    }

    /// Adds a proof; an older one of the same factor gives way.
    pub fn add(&mut self, factor: FactorKind, at: DateTime<Utc>) {
        self.put(Proof { factor, at, told: None });
    }

    /// [`Self::add`] with what a provider says of it.
    pub fn put(&mut self, proof: Proof) {
        self.0.retain(|own| own.factor != proof.factor);
        self.0.push(proof);
        self.0.sort_by_key(|proof| proof.at);
    }

    /// Adds others.
    pub fn add_all(&mut self, others: &Self) {
        for proof in &others.0 {
            if self.0.iter().all(|own| own.factor != proof.factor || own.at < proof.at) {
                self.put(*proof);
            }
        }
    }

    /// Those that are no older than `age`.
    #[must_use]
    pub fn within(&self, age: TimeDelta, now: DateTime<Utc>) -> Self {
        Self(self.0.iter().filter(|proof| now - proof.auth_time() <= age).copied().collect())
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
        let something_had = self.show(Evidence::Possession) || self.show(Evidence::Vouched);
        let different =
            [self.show(Evidence::Knowledge), self.show(Evidence::Mailbox), something_had];
        self.show(Evidence::VerifiedPossession)
            || different.into_iter().filter(|is_shown| *is_shown).count() > 1
            || (self.show(Evidence::Elsewhere) && self.show(Evidence::Possession))
    }

    /// Whether they are two factors for who has this much. Where somebody has a factor that nobody else
    /// can have, mail stands in for it in no company: whoever reads the mail can set a password as well.
    pub fn suffice(&self, enrolled: Enrolled) -> bool {
        self.are_two_factors() && (self.show_possession() || !enrolled.has_second_factor())
    }

    /// Whether one of them shows something that the person has.
    pub fn show_possession(&self) -> bool {
        self.show(Evidence::VerifiedPossession)
            || self.0.iter().any(|proof| proof.factor.evidence().is_possession())
    }

    /// Whether they show the owner, and nobody who signed in with the password before the owner disowned it:
    /// they read the mail, or know a password that was set by mail since. That all of it was proved after the
    /// sign-in was disowned is [`User::counts_since`]'s business.
    pub fn show_owner_of(&self, user: &User) -> bool {
        self.show(Evidence::Mailbox)
            || (user.disowned_at.is_none() && self.show(Evidence::Knowledge))
    }

    /// The `acr` value that they reach.
    pub fn acr(&self) -> &'static str {
        if self.are_two_factors() { ACR_TWO_FACTORS } else { ACR_SINGLE_FACTOR }
    }

    /// The `amr` values (RFC 8176 §2), each once.
    pub fn amr(&self) -> Vec<&'static str> {
        let mut values: Vec<&'static str> = vec![];
        let more = if self.are_two_factors() { &["mfa"][..] } else { &[] };
        for value in self.0.iter().flat_map(Proof::amr).chain(more.iter().copied()) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    /// Whether nobody knows when any of it was proved: all there is, is the word of providers that do not say
    /// when they asked, and may have asked nobody.
    pub fn are_undated(&self) -> bool {
        let is_undated = |proof: &Proof| proof.told.is_some_and(|told| told.auth_time.is_none());
        !self.0.is_empty() && self.0.iter().all(is_undated)
    }

    /// Since when all of it has been known here.
    pub fn since(&self) -> Option<DateTime<Utc>> {
        self.0.iter().map(|proof| proof.at).min()
    }

    /// The `auth_time`: since when all of it has been true.
    pub fn auth_time(&self) -> Option<DateTime<Utc>> {
        self.0.iter().map(Proof::auth_time).min()
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
    /// There is a passkey that lets its person in by itself.
    pub passkey_alone: bool,
    /// That many recovery codes are left.
    pub recovery_codes: u32,
    /// It is connected with an identity at a provider that people can sign in with.
    pub provider: bool,
    /// One of those providers may prove a second factor.
    pub second_provider: bool,
}

impl Enrolled {
    /// Whether it can be entered in another way than through a provider.
    pub fn has_own_way_in(&self) -> bool {
        self.password || self.mailbox || self.passkey_alone
    }

    /// Whether there is a second factor that nobody has but the person: mail is none, because it is
    /// how the account is recovered, and a provider is none, because it was connected to sign in with.
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

    /// Whether it counts for this person: a change of credentials ends what was proved before, and so does
    /// the owner who disowns a sign-in.
    pub fn counts_for(&self, user: &User, now: DateTime<Utc>) -> bool {
        let since = self.proofs.since();
        self.user == user.id
            && self.is_live(now)
            && since.is_some_and(|since| since >= user.counts_since())
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
    fn a_provider_is_no_second_factor_beside_what_it_may_have_asked_for() {
        use FactorKind::{MailedCode, Password, Provider, ProviderTwoFactors, RecoveryCode, Totp};
        for (factors, two) in [
            (&[Provider][..], false),
            (&[Provider, Password], false),
            (&[Provider, MailedCode], false),
            (&[Provider, Totp], true),
            (&[Provider, RecoveryCode], true),
            (&[ProviderTwoFactors], true),
        ] {
            assert_eq!(proofs(factors).are_two_factors(), two, "{factors:?}");
        }
    }

    #[test]
    fn a_provider_behind_another_factor_is_a_second_one_but_not_beside_a_provider() {
        use FactorKind::{
            MailedCode, Password, Provider, ProviderSecondFactor as Second, RecoveryCode, Totp,
        };
        for (factors, two) in [
            (&[Second][..], false),
            (&[Password, Second], true),
            (&[MailedCode, Second], true),
            (&[Provider, Second], false),
            (&[Second, Provider], false),
            (&[Totp, Second], false),
            (&[RecoveryCode, Second], false),
        ] {
            assert_eq!(proofs(factors).are_two_factors(), two, "{factors:?}");
        }
        let with_app = Enrolled { totp: true, ..Enrolled::default() };
        assert!(proofs(&[Password, Second]).suffice(with_app));
        let both = proofs(&[Password, Second]);
        assert_eq!((both.acr(), both.amr()), (ACR_TWO_FACTORS, vec!["pwd", "mfa"]));
    }

    #[test]
    fn what_a_provider_tells_is_passed_on_but_for_how_many_factors_there_were() {
        let told = Told { auth_time: Some(at(3)), methods: Methods::of(&["pwd", "sms", "mfa"]) };
        let mut one = Proofs::default();
        one.put(Proof { factor: FactorKind::Provider, at: at(60), told: Some(told) });
        assert_eq!((one.acr(), one.amr()), (ACR_SINGLE_FACTOR, vec!["pwd", "sms"]));
        assert_eq!((one.since(), one.auth_time()), (Some(at(60)), Some(at(3))));
        assert_eq!(one.completed(at(70)).auth_time(), Some(at(3)));
        assert!(one.within(TimeDelta::seconds(10), at(62)).is_empty());
        one.add(FactorKind::Totp, at(61));
        assert_eq!((one.acr(), one.amr()), (ACR_TWO_FACTORS, vec!["pwd", "sms", "otp", "mfa"]));
        let json = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<Proofs>(&json).unwrap(), one);
    }

    #[test]
    fn a_provider_cannot_vouch_for_the_future() {
        let told = Told { auth_time: Some(at(99)), methods: Methods::default() };
        let proof = Proof { factor: FactorKind::Provider, at: at(60), told: Some(told) };
        assert_eq!(proof.auth_time(), at(60));
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
