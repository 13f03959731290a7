//! How a message becomes a letter.

use chrono::TimeDelta;

use super::clean;
use super::links::{self, with_token};
use super::message::{Factor, Message, Occasion, Writing};
use super::sheet::{Action, Code, Fact, Sheet};
use super::words::Words;
use crate::domain::address::EmailAddress;
use crate::domain::mail::Letter;
use crate::i18n::{Direction, Locale};
use crate::kernel::urls::Issuer;

impl Message {
    /// The message for whoever reads mail at `to`, in their language.
    pub fn letter(&self, writing: &Writing<'_>, to: &EmailAddress) -> Letter {
        let sheet = self.sheet(writing, to);
        Letter {
            to: to.clone(),
            kind: self.kind(),
            budget: self.budget(),
            text: sheet.text(),
            html: sheet.html(),
            subject: sheet.subject,
            language: writing.locale.tag().to_owned(),
        }
    }

    fn sheet(&self, writing: &Writing<'_>, to: &EmailAddress) -> Sheet {
        let locale = writing.locale;
        let words = Words::of(self);
        let brand = clean::name(writing.brand);
        let code = self.code(locale);
        let shown = code.as_ref().map_or("", |code| &code.shown);
        let say = |key: &str| {
            locale.format(key, &[("brand", &brand), ("address", &to.as_typed()), ("code", &shown)])
        };
        let subject = clean::subject(&say(words.subject));
        let heading = match self {
            Self::SignInCode { .. } => locale.text("mail-sign-in-code-heading"),
            Self::ConfirmAddress { .. } => say("mail-confirm-address-subject"),
            _ => subject.clone(),
        };
        let action = words.action.zip(self.href(writing.issuer));
        Sheet {
            locale,
            subject,
            heading,
            greeting: self.greeting(writing),
            lead: say(words.lead),
            action: action.map(|(key, href)| Action { label: locale.text(key), href }),
            valid: self.lifetime().map(|lifetime| valid(locale, lifetime)),
            facts: self.facts(locale),
            aside: say(words.aside),
            why: say(words.why),
            home: writing.issuer.as_str().to_owned(),
            help: writing.help.map(|help| name(locale, "link-help", help.to_owned())),
            brand,
            code,
        }
    }

    fn code(&self, locale: Locale) -> Option<Code> {
        let code = match self {
            Self::SignInCode { code, .. } => Some(code),
            Self::ConfirmAddress { code, .. } => code.as_ref(),
            _ => None,
        }?;
        let shown = grouped(code.expose());
        // On a line with nothing else, which may be written right to left, groups change places.
        let plain = match locale.direction() {
            Direction::LeftToRight => shown.clone(),
            Direction::RightToLeft => code.expose().clone(),
        };
        Some(Code { shown, plain })
    }

    /// Whoever reads these may be a stranger to whom the account is none of their business.
    fn greeting(&self, writing: &Writing<'_>) -> Option<String> {
        let is_unconfirmed = matches!(
            self,
            Self::ConfirmAddress { .. } | Self::AddressChange { .. } | Self::Invitation { .. }
        );
        let name = writing.person.filter(|_| !is_unconfirmed).and_then(clean::greeted)?;
        Some(writing.locale.text_with("mail-hello", "name", name))
    }

    /// Where its one action leads.
    fn href(&self, issuer: &Issuer) -> Option<String> {
        Some(match self {
            Self::SignInCode { .. } => return None,
            Self::ConfirmAddress { token, .. } | Self::AddressChange { token, .. } => {
                with_token(issuer, links::CONFIRM_ADDRESS, token)
            }
            Self::SignInLink { token, .. } => with_token(issuer, links::SIGN_IN_LINK, token),
            Self::PasswordReset { token, .. } | Self::Invitation { token, .. } => {
                with_token(issuer, links::SET_PASSWORD, token)
            }
            Self::NewSignIn { token, .. } => with_token(issuer, links::NOT_ME, token),
            Self::AddressChanged { token, .. } => with_token(issuer, links::KEEP_ADDRESS, token),
            Self::AccountDeleted { token, .. } | Self::AccountDeactivated { token, .. } => {
                with_token(issuer, links::RESTORE_ACCOUNT, token)
            }
            Self::AccountLocked { .. }
            | Self::SecondFactorLocked { .. }
            | Self::PasswordChanged { .. } => issuer.join(links::FORGOT_PASSWORD),
            Self::FactorAdded { .. }
            | Self::FactorRemoved { .. }
            | Self::AddressRemoved { .. }
            | Self::RecoveryCodesMade { .. }
            | Self::RecoveryCodeUsed { .. }
            | Self::PasskeyCopied { .. } => issuer.join(links::SECURITY),
            Self::RegistrationAttempt { .. } => issuer.join(links::SIGN_IN),
            Self::Welcome => issuer.join(links::ACCOUNT),
        })
    }

    fn facts(&self, locale: Locale) -> Vec<Fact> {
        let fact = |key: &str, value| Fact { label: locale.text(key), value, is_name: false };
        let mut facts = match self {
            Self::FactorAdded { factor, .. } | Self::FactorRemoved { factor, .. } => {
                vec![named(locale, factor)]
            }
            Self::RecoveryCodeUsed { left, .. } => {
                vec![fact("mail-codes-left", left.to_string())]
            }
            Self::PasskeyCopied { name: own, .. } => {
                vec![name(locale, "mail-factor-passkey", clean::name(own.as_str()))]
            }
            Self::AddressChanged { new, .. } => {
                vec![name(locale, "mail-new-address", new.masked())]
            }
            Self::AddressRemoved { removed, .. } => {
                vec![name(locale, "mail-removed-address", removed.masked())]
            }
            Self::AccountLocked { until: Some(until), .. } => {
                vec![fact("mail-locked-until", locale.date_time(until))]
            }
            Self::SecondFactorLocked { factor, until, .. } => {
                vec![named(locale, factor), fact("mail-locked-until", locale.date_time(until))]
            }
            Self::AccountDeleted { until, .. } => {
                vec![fact("mail-restore-until", locale.date_time(until))]
            }
            _ => Vec::new(),
        };
        if let Some(Occasion { at, ip, device, place }) = self.occasion() {
            facts.push(fact("mail-when", locale.date_time(at)));
            facts.push(fact("mail-device", described(locale, device)));
            let place = place.as_ref().and_then(|place| place.named(locale.tag()));
            facts.extend(place.map(|place| fact("mail-place", locale.place(place))));
            facts.extend(ip.map(|ip| name(locale, "mail-ip", ip.to_string())));
        }
        facts
    }
}

/// How long it works, in the largest unit that fits.
fn valid(locale: Locale, lifetime: TimeDelta) -> String {
    let minutes = u32::try_from(lifetime.num_minutes()).unwrap_or(u32::MAX).max(1);
    let (key, unit, number) = match minutes {
        _ if minutes % (24 * 60) == 0 => ("mail-valid-days", "days", minutes / (24 * 60)),
        _ if minutes % 60 == 0 => ("mail-valid-hours", "hours", minutes / 60),
        _ => ("mail-valid-minutes", "minutes", minutes),
    };
    locale.text_with(key, unit, number)
}

/// A fact that is a name or an address.
fn name(locale: Locale, key: &str, value: String) -> Fact {
    Fact { label: locale.text(key), value, is_name: true }
}

fn named(locale: Locale, factor: &Factor) -> Fact {
    let words = match factor {
        Factor::Password => "password",
        Factor::Passkey => "mail-factor-passkey",
        Factor::AuthenticatorApp => "mail-factor-app",
        Factor::RecoveryCodes => "mail-factor-recovery-codes",
        Factor::MailedCode => "mail-factor-mailed-code",
        Factor::Provider(provider) => return name(locale, "mail-factor", clean::name(provider)),
    };
    Fact { label: locale.text("mail-factor"), value: locale.text(words), is_name: false }
}

fn described(locale: Locale, device: &(Option<String>, Option<String>)) -> String {
    match device {
        (Some(browser), Some(system)) => {
            locale.format("session-device", &[("browser", browser), ("system", system)])
        }
        (Some(known), None) | (None, Some(known)) => known.clone(),
        (None, None) => locale.text("session-unknown-device"),
    }
}

/// The digits in groups that are easy to keep in mind: `483 920`, `4839 2071`.
fn grouped(code: &str) -> String {
    let digits: Vec<char> = code.chars().collect();
    let size = if digits.len().is_multiple_of(4) { 4 } else { 3 };
    digits.chunks(size).map(String::from_iter).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_easy_to_keep_in_mind() {
        assert_eq!(grouped("483920"), "483 920");
        assert_eq!(grouped("48392071"), "4839 2071");
    }

    #[test]
    fn how_long_it_works_is_told_in_the_largest_unit() {
        let english = Locale::default();
        for (lifetime, told) in [
            (TimeDelta::minutes(10), "within 10 minutes"),
            (TimeDelta::seconds(90), "within 1 minute"),
            (TimeDelta::seconds(1), "within 1 minute"),
            (TimeDelta::hours(1), "within 1 hour"),
            (TimeDelta::minutes(90), "within 90 minutes"),
            (TimeDelta::hours(24), "within 1 day"),
            (TimeDelta::days(7), "within 7 days"),
        ] {
            assert!(valid(english, lifetime).contains(told), "{}", valid(english, lifetime));
        }
    }
}
