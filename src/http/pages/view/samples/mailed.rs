//! Codes and links by mail.

use super::{Sample, frame, sample};
use crate::http::pages::view::*;
use crate::i18n::Locale;

pub(super) fn mailed(locale: Locale) -> Vec<Sample> {
    [addresses(locale), codes(locale), links(locale)].into_iter().flatten().collect()
}

fn addresses(locale: Locale) -> Vec<Sample> {
    let address = MailedAddressView {
        frame: frame(locale),
        action: "/login/code?flow=0192".to_owned(),
        here: false,
        email: String::new(),
        error: None,
        login: "/login?flow=0192".to_owned(),
    };
    let failed = |error| MailedAddressView { error: Some(error), ..address.clone() };
    let send = MailedSendView {
        frame: frame(locale),
        action: "/second-factor/mailed-code?flow=0192".to_owned(),
        address: "a•••@example.com".to_owned(),
        error: None,
    };
    let error = Some(MailedError::TooManyAttempts { seconds: 900 });
    vec![
        sample("mailed-address", address.clone()),
        sample("mailed-address-missing", failed(MailedError::EmailMissing)),
        sample("mailed-address-invalid", failed(MailedError::EmailInvalid)),
        sample("mailed-send", send.clone()),
        sample("mailed-send-too-many", MailedSendView { error, ..send }),
    ]
}

fn codes(locale: Locale) -> Vec<Sample> {
    let code = |page| MailedCodeView {
        frame: frame(locale),
        page,
        action: "/login/code?flow=0192".to_owned(),
        address: "a•••@example.com".to_owned(),
        minutes: 10,
        username: None,
        remember_days: None,
        trust_days: None,
        error: None,
        other_address: Some("/login/code?other=on&flow=0192".to_owned()),
        other_way: Some("/login?flow=0192".to_owned()),
    };
    let alone = |page| MailedCodeView { other_address: None, other_way: None, ..code(page) };
    let failed = |error| MailedCodeView { error: Some(error), ..code(CodePage::SignIn) };
    let taken = MailedCodeView {
        username: Some("ada".to_owned()),
        error: Some(MailedError::UsernameTaken),
        ..code(CodePage::Register)
    };
    vec![
        sample("code", MailedCodeView { remember_days: Some(30), ..code(CodePage::SignIn) }),
        sample("code-link", code(CodePage::Link)),
        sample(
            "code-second",
            MailedCodeView { trust_days: Some(1), ..alone(CodePage::SecondFactor) },
        ),
        sample("code-register", MailedCodeView { other_way: None, ..code(CodePage::Register) }),
        sample("code-invalid", failed(MailedError::CodeInvalid)),
        sample("code-wrong", failed(MailedError::CodeWrong)),
        sample("code-too-many", failed(MailedError::TooManyAttempts { seconds: 60 })),
        sample("code-username-taken", taken.clone()),
        sample(
            "code-username-invalid",
            MailedCodeView { error: Some(MailedError::UsernameInvalid), ..taken },
        ),
    ]
}

fn links(locale: Locale) -> Vec<Sample> {
    let link = |page, here| MailedLinkView {
        frame: frame(locale),
        action: "/sign-in-link".to_owned(),
        page,
        here,
        address: "a•••@example.com".to_owned(),
        remember_days: (here && page == LinkPage::SignIn).then_some(30),
    };
    let match_code = MatchingCodeView { frame: frame(locale), code: "483 920".to_owned() };
    vec![
        sample("link", link(LinkPage::SignIn, true)),
        sample("link-elsewhere", link(LinkPage::SignIn, false)),
        sample("link-register", link(LinkPage::Register, true)),
        sample("link-register-elsewhere", link(LinkPage::Register, false)),
        sample("matching-code", match_code),
    ]
}
