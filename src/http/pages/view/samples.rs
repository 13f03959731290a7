//! One sample of every page in every state that looks different, for the tests to go over.

mod account;
mod api;
mod errors;
mod mailed;
mod own_account;
mod passkeys;
mod providers;
mod recovery;
mod second_factor;
mod security;
mod signing_in;

use askama::Template;
use chrono::{DateTime, TimeZone, Utc};

pub(super) use self::signing_in::login;
use super::*;
use crate::i18n::Locale;

/// A rendered page.
pub(super) struct Sample {
    pub(super) name: &'static str,
    pub(super) html: String,
    pub(super) heading: String,
}

fn sample(name: &'static str, view: impl Page + Template) -> Sample {
    Sample { name, html: view.render().unwrap(), heading: view.heading() }
}

/// The value of the hidden field in every sample.
pub(super) const CSRF: &str = "the-csrf-value";

pub(super) fn frame(locale: Locale) -> Frame {
    Frame {
        locale,
        branding: Branding {
            name: "Latchkey".to_owned(),
            logo_url: None,
            privacy: Some("https://example.com/privacy".to_owned()),
            terms: Some("https://example.com/terms".to_owned()),
            help: Some("https://example.com/help".to_owned()),
        },
        zone: None,
        warning: None,
        csrf: CSRF.to_owned(),
        language_return: Some("/login/0192?a=1&b=2".to_owned()),
    }
}

fn app() -> AppView {
    AppView {
        name: "ACME Notes".to_owned(),
        host: "notes.example".to_owned(),
        publisher: None,
        privacy: None,
        terms: None,
    }
}

fn at(day: u32, hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, day, hour, 25, 0).unwrap()
}

fn nav(current: AccountSection, notice: Option<AccountNotice>) -> AccountNav {
    AccountNav {
        current,
        profile: "/account".to_owned(),
        security: "/account/security".to_owned(),
        sessions: "/account/sessions".to_owned(),
        apps: "/account/apps".to_owned(),
        activity: "/account/activity".to_owned(),
        data: "/account/data".to_owned(),
        sign_out: "/logout".to_owned(),
        signed_in_as: "ada@example.com".to_owned(),
        notice,
    }
}

/// Every page in this language.
pub(super) fn all(locale: Locale) -> Vec<Sample> {
    let groups = [
        signing_in::all,
        mailed::mailed,
        security::all,
        account::all,
        own_account::all,
        errors::all,
        second_factor::steps,
        second_factor::account,
        recovery::recovery,
        passkeys::sign_in,
        providers::providers,
        api::all,
    ];
    groups
        .into_iter()
        .flat_map(|some: fn(Locale) -> Vec<Sample>| some(locale))
        .chain(passkeys::account(locale, &nav(AccountSection::Security, None)))
        .collect()
}
