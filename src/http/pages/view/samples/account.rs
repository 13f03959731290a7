//! Who one is, where one is signed in, and apps with access.

use super::{Sample, app, at, frame, nav, sample};
use crate::domain::details::{Detail, Details, InvalidDetail};
use crate::http::pages::view::*;
use crate::i18n::Locale;

fn known() -> Details {
    let mut details = Details::default();
    for (detail, text) in [
        (Detail::GivenName, "Ada"),
        (Detail::PhoneNumber, "+44201234567"),
        (Detail::StreetAddress, "12 St James's Square\nFlat 3"),
        (Detail::Locality, "London"),
    ] {
        details.set(detail, text).unwrap();
    }
    details
}

fn details_pages(locale: Locale) -> Vec<Sample> {
    let details = known();
    let text = |detail: &Detail| details.get(*detail).unwrap_or_default().to_owned();
    let form = DetailsView {
        frame: frame(locale),
        account: nav(AccountSection::Profile, None),
        action: "/account/details".to_owned(),
        cancel: "/account".to_owned(),
        typed: Detail::ALL.iter().map(|detail| (*detail, text(detail))).collect(),
        errors: vec![],
    };
    let odd = |detail: &Detail| (*detail, "?".to_owned());
    let wrong = DetailsView {
        typed: Detail::ALL.iter().map(odd).collect(),
        errors: Detail::ALL
            .iter()
            .copied()
            .filter(|it| DetailsView::asks_for(*it))
            .map(InvalidDetail)
            .collect(),
        ..form.clone()
    };
    vec![sample("account-details", form), sample("account-details-wrong", wrong)]
}

fn account_pages(locale: Locale) -> Vec<Sample> {
    let profile = ProfileView {
        frame: frame(locale),
        account: nav(AccountSection::Profile, None),
        picture: Some("/pictures/x.512.jpg".to_owned()),
        change_picture: "/account/picture".to_owned(),
        language: Some("English".to_owned()),
        zone: Some("Europe/London".to_owned()),
        change_region: "/account/region".to_owned(),
        name: Some("Ada Lovelace".to_owned()),
        email: Some("ada@example.com".to_owned()),
        email_verified: false,
        email_waiting: None,
        username: Some("ada".to_owned()),
        created_at: at(1, 8),
        details: listed(&known(), locale),
        change: "/account/details".to_owned(),
        addresses: "/account/addresses".to_owned(),
        change_username: "/account/username".to_owned(),
    };
    let saved = nav(AccountSection::Profile, Some(AccountNotice::DetailsSaved));
    let session = |current, browser: Option<&str>, system: Option<&str>| SessionView {
        end: "/account/sessions/1/end".to_owned(),
        current,
        browser: browser.map(str::to_owned),
        system: system.map(str::to_owned),
        address: Some("192.0.2.17".to_owned()),
        place: Some("London, United Kingdom".to_owned()),
        created_at: at(3, 9),
        last_used_at: at(20, 17),
    };
    let known = |current, trusted_until| DeviceView {
        forget: "/account/devices/1/forget".to_owned(),
        current,
        browser: Some("Firefox".to_owned()),
        system: Some("Linux".to_owned()),
        place: None,
        last_used_at: at(20, 17),
        trusted_until,
    };
    let sessions = SessionsView {
        frame: frame(locale),
        account: nav(AccountSection::Sessions, Some(AccountNotice::SessionEnded)),
        sessions: vec![
            session(true, Some("Firefox"), Some("Linux")),
            session(false, Some("Safari"), Some("iPhone")),
            session(false, None, None),
        ],
        end_others: "/account/sessions/end-others".to_owned(),
        devices: vec![known(true, Some(at(30, 9))), known(false, None)],
        forget_all: "/account/devices/forget-all".to_owned(),
    };
    let app_removed = AccountNotice::AppRemoved { app: "ACME Photos".to_owned() };
    let apps = AppsView {
        frame: frame(locale),
        account: nav(AccountSection::Apps, Some(app_removed)),
        apps: vec![AppAccess {
            app: app(),
            scopes: vec![ScopeView { claim: None, name: "openid".to_owned(), new: false }],
            granted_at: at(3, 9),
            last_used_at: Some(at(20, 17)),
            remove: "/account/apps/acme-notes/remove".to_owned(),
        }],
    };
    let alone = SessionsView {
        account: nav(AccountSection::Sessions, Some(AccountNotice::OtherSessionsEnded)),
        sessions: vec![session(true, Some("Firefox"), None)],
        devices: vec![],
        ..sessions.clone()
    };
    vec![
        sample(
            "account-profile-bare",
            ProfileView {
                account: saved,
                picture: None,
                language: None,
                zone: None,
                name: None,
                email: None,
                username: None,
                details: vec![],
                ..profile.clone()
            },
        ),
        sample("account-profile", profile),
        sample("account-sessions", sessions),
        sample("account-sessions-alone", alone),
        sample("account-apps-none", AppsView { apps: vec![], ..apps.clone() }),
        sample("account-apps", apps),
        sample(
            "account-remove-app",
            RemoveAppView {
                frame: frame(locale),
                account: nav(AccountSection::Apps, None),
                app: app(),
                action: "/account/apps/acme-notes/remove".to_owned(),
                cancel: "/account/apps".to_owned(),
            },
        ),
    ]
}

fn picture_pages(locale: Locale) -> Vec<Sample> {
    let page = PictureView {
        frame: frame(locale),
        account: nav(AccountSection::Profile, None),
        picture: Some("/pictures/x.512.jpg".to_owned()),
        action: "/account/picture".to_owned(),
        remove: "/account/picture/remove".to_owned(),
        cancel: "/account".to_owned(),
        error: None,
    };
    let failed = |error| PictureView { error: Some(error), picture: None, ..page.clone() };
    vec![
        sample("account-picture-missing", failed(PictureViewError::Missing)),
        sample("account-picture-too-large", failed(PictureViewError::TooLarge)),
        sample("account-picture-kind", failed(PictureViewError::Kind)),
        sample("account-picture-pixels", failed(PictureViewError::TooManyPixels)),
        sample("account-picture-broken", failed(PictureViewError::Broken)),
        sample("account-picture-many", failed(PictureViewError::TooMany { seconds: 90 })),
        sample("account-picture", page),
    ]
}

fn region_pages(locale: Locale) -> Vec<Sample> {
    let page = RegionView {
        frame: frame(locale),
        account: nav(AccountSection::Profile, None),
        action: "/account/region".to_owned(),
        cancel: "/account".to_owned(),
        language: "de".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        errors: vec![],
    };
    let odd = RegionView {
        language: "en-GB".to_owned(),
        zone: "Etc/GMT+5".to_owned(),
        errors: vec![InvalidDetail(Detail::Locale), InvalidDetail(Detail::Zoneinfo)],
        ..page.clone()
    };
    vec![sample("account-region", page), sample("account-region-odd", odd)]
}

/// All of them in this language.
pub(super) fn all(locale: Locale) -> Vec<Sample> {
    [details_pages, account_pages, picture_pages, region_pages]
        .into_iter()
        .flat_map(|some| some(locale))
        .collect()
}
