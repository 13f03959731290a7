//! Addresses, username, activity, data, and the pages that mail about them leads to.

use super::{Sample, at, frame, nav, sample};
use crate::http::pages::view::*;
use crate::i18n::Locale;
use crate::identity::closing::WayBack;

fn address(email: &str, is_primary: bool, is_confirmed: bool) -> AddressRow {
    let path = "/account/addresses/1";
    AddressRow {
        email: email.to_owned(),
        is_primary,
        is_confirmed,
        make_primary: (is_confirmed && !is_primary).then(|| format!("{path}/primary")),
        remove: (!is_primary).then(|| format!("{path}/remove")),
    }
}

fn addresses(locale: Locale) -> Vec<Sample> {
    let asked = Some(AccountNotice::AddressAsked);
    let book = AddressesView {
        frame: frame(locale),
        account: nav(AccountSection::Profile, asked),
        addresses: vec![
            address("ada@example.com", true, true),
            address("ada@lovelace.example", false, true),
        ],
        pending: vec![PendingRow {
            email: "countess@example.org".to_owned(),
            replaces: true,
            expires_at: at(22, 7),
            drop: "/account/addresses/pending/1/drop".to_owned(),
        }],
        add: Some("/account/addresses/add".to_owned()),
    };
    let add = AddAddressView {
        frame: frame(locale),
        account: nav(AccountSection::Profile, None),
        action: "/account/addresses/add".to_owned(),
        cancel: "/account/addresses".to_owned(),
        email: String::new(),
        primary: Some("ada@example.com".to_owned()),
        replaces: false,
        error: None,
    };
    let failed = |error| AddAddressView {
        email: "ada".to_owned(),
        replaces: true,
        error: Some(error),
        ..add.clone()
    };
    let remove = RemoveAddressView {
        frame: frame(locale),
        account: nav(AccountSection::Profile, None),
        email: "ada@lovelace.example".to_owned(),
        action: "/account/addresses/1/remove".to_owned(),
        cancel: "/account/addresses".to_owned(),
    };
    vec![
        sample(
            "account-addresses-closed",
            AddressesView {
                account: nav(AccountSection::Profile, Some(AccountNotice::AddressRemoved)),
                addresses: vec![address("ada@example.com", true, false)],
                pending: vec![],
                add: None,
                ..book.clone()
            },
        ),
        sample(
            "account-addresses-other",
            AddressesView {
                account: nav(AccountSection::Profile, Some(AccountNotice::AddressPrimary)),
                ..book.clone()
            },
        ),
        sample("account-addresses", book),
        sample("account-add-address-missing", failed(AddAddressError::Missing)),
        sample("account-add-address-invalid", failed(AddAddressError::Invalid)),
        sample("account-add-address-own", failed(AddAddressError::Own)),
        sample("account-add-address-full", failed(AddAddressError::Full)),
        sample("account-add-address-many", failed(AddAddressError::TooMany { seconds: 90 })),
        sample("account-add-address-first", AddAddressView { primary: None, ..add.clone() }),
        sample("account-add-address", add),
        sample("account-remove-address", remove),
    ]
}

fn mailed(locale: Locale) -> Vec<Sample> {
    let email = "ada@lovelace.example".to_owned();
    let acts = [
        ("add", MailedAct::Confirm { email: email.clone(), replaces: false }),
        ("replace", MailedAct::Confirm { email: email.clone(), replaces: true }),
        ("keep", MailedAct::Keep { email }),
        ("restore", MailedAct::Restore),
        ("reactivate", MailedAct::Reactivate),
    ];
    let asked = acts.clone().map(|(_, act)| {
        let (action, account) = ("/confirm-address".to_owned(), "ada@example.com".to_owned());
        sample("mailed-act", MailedActView { frame: frame(locale), action, account, act })
    });
    let done = acts.map(|(_, act)| {
        let next = Some(NextStep::ResetPassword("/forgot-password".to_owned()));
        sample("mailed-act-done", MailedActDoneView { frame: frame(locale), act, next })
    });
    asked.into_iter().chain(done).collect()
}

fn data(locale: Locale) -> Vec<Sample> {
    let delete = DeleteAccountView {
        frame: frame(locale),
        account: nav(AccountSection::Data, None),
        name: "ada@example.com".to_owned(),
        action: "/account/data/delete".to_owned(),
        cancel: "/account/data".to_owned(),
        is_mailed: true,
        is_last_administrator: false,
    };
    let deactivate = DeactivateView {
        frame: frame(locale),
        account: nav(AccountSection::Data, None),
        name: "ada@example.com".to_owned(),
        action: "/account/data/deactivate".to_owned(),
        cancel: "/account/data".to_owned(),
        is_mailed: true,
        is_last_administrator: false,
    };
    let name = UsernameView {
        frame: frame(locale),
        account: nav(AccountSection::Profile, Some(AccountNotice::UsernameSaved)),
        action: "/account/username".to_owned(),
        cancel: "/account".to_owned(),
        username: "ada".to_owned(),
        has_one: true,
        error: None,
    };
    let failed = |error| UsernameView { error: Some(error), has_one: false, ..name.clone() };
    let next = || Some(NextStep::SignIn("/login".to_owned()));
    let deactivated =
        |id, back| sample(id, DeactivatedView { frame: frame(locale), back, next: next() });
    let deleted =
        |id, is_mailed| sample(id, DeletedView { frame: frame(locale), is_mailed, next: next() });
    vec![
        sample(
            "account-data",
            DataView {
                frame: frame(locale),
                account: nav(AccountSection::Data, None),
                export: "/account/data/export".to_owned(),
                deactivate: "/account/data/deactivate".to_owned(),
                delete: "/account/data/delete".to_owned(),
            },
        ),
        sample(
            "account-delete-by-operator",
            DeleteAccountView { is_mailed: false, ..delete.clone() },
        ),
        sample(
            "account-delete-last",
            DeleteAccountView { is_last_administrator: true, ..delete.clone() },
        ),
        sample("account-delete", delete),
        sample(
            "account-deactivate-by-operator",
            DeactivateView { is_mailed: false, ..deactivate.clone() },
        ),
        sample(
            "account-deactivate-last",
            DeactivateView { is_last_administrator: true, ..deactivate.clone() },
        ),
        sample("account-deactivate", deactivate),
        deactivated("deactivated", WayBack::Mailed),
        deactivated("deactivated-asked-for", WayBack::AskedFor),
        deactivated("deactivated-by-operator", WayBack::Operator),
        deleted("deleted", true),
        deleted("deleted-by-operator", false),
        sample("account-username-invalid", failed(UsernameViewError::Invalid)),
        sample("account-username-taken", failed(UsernameViewError::Taken)),
        sample("account-username-many", failed(UsernameViewError::TooMany { seconds: 86_400 })),
        sample("account-username", name),
    ]
}

fn activity(locale: Locale) -> Vec<Sample> {
    let happened = |(n, (action, _)): (usize, &(&str, &str))| HappeningView {
        action: (*action).to_owned(),
        at: at(20, 17),
        by: [None, Some("activity-by-administrator"), Some("activity-by-app")][n % 3],
        success: n % 4 > 0,
        app: (n % 2 > 0).then(|| "ACME Notes".to_owned()),
        browser: (n % 3 > 0).then(|| "Firefox".to_owned()),
        system: (n % 3 > 1).then(|| "Linux".to_owned()),
        address: (n % 2 > 0).then(|| "192.0.2.17".to_owned()),
        place: (n % 4 > 2).then(|| "Berlin, Germany".to_owned()),
    };
    let view = ActivityView {
        frame: frame(locale),
        account: nav(AccountSection::Activity, None),
        happenings: SENTENCES.iter().enumerate().map(happened).take(25).collect(),
        newest: Some("/account/activity".to_owned()),
        older: Some("/account/activity?after=1-2".to_owned()),
    };
    let rest = SENTENCES.iter().enumerate().map(happened).skip(25).collect();
    vec![
        sample("account-activity-rest", ActivityView { happenings: rest, ..view.clone() }),
        sample(
            "account-activity-none",
            ActivityView { happenings: vec![], newest: None, older: None, ..view.clone() },
        ),
        sample("account-activity", view),
    ]
}

/// All of them in this language.
pub(super) fn all(locale: Locale) -> Vec<Sample> {
    [addresses, mailed, data, activity].into_iter().flat_map(|some| some(locale)).collect()
}
