//! What one signs in with, and the password.

use super::{Sample, frame, nav, sample, second_factor};
use crate::http::pages::view::*;
use crate::i18n::Locale;

/// All of them in this language.
pub(super) fn all(locale: Locale) -> Vec<Sample> {
    let saved = |others_ended| Some(AccountNotice::PasswordSaved { others_ended });
    let security = SecurityView {
        frame: frame(locale),
        account: nav(AccountSection::Security, saved(true)),
        protection: Protection::FewCodes,
        has_password: true,
        change_password: "/account/password".to_owned(),
        passkeys: vec![
            second_factor::row("Ada’s laptop"),
            FactorRow { in_doubt: true, ..second_factor::row("<b>Key</b>") },
        ],
        add_passkey: Some("/account/security/passkeys/new".to_owned()),
        apps: vec![second_factor::row("My phone"), second_factor::row("هاتفي")],
        add_app: Some("/account/security/apps/new".to_owned()),
        recovery_codes: Some(3),
        make_codes: "/account/security/recovery-codes".to_owned(),
        trusted: 2,
        distrust: "/account/security/browsers/distrust".to_owned(),
    };
    let none = SecurityView {
        account: nav(AccountSection::Security, saved(false)),
        protection: Protection::Mail,
        has_password: false,
        passkeys: vec![],
        add_passkey: None,
        apps: vec![],
        recovery_codes: None,
        trusted: 0,
        ..security.clone()
    };
    let without = |protection| SecurityView {
        account: nav(AccountSection::Security, None),
        protection,
        ..none.clone()
    };
    let changed = |notice, protection| SecurityView {
        account: nav(AccountSection::Security, Some(notice)),
        protection,
        recovery_codes: None,
        ..security.clone()
    };
    let change = ChangePasswordView {
        frame: frame(locale),
        account: nav(AccountSection::Security, None),
        action: "/account/password".to_owned(),
        cancel: "/account/security".to_owned(),
        username: "ada@example.com".to_owned(),
        has_password: true,
        password_min: 10,
        end_others: true,
        errors: vec![],
    };
    let failed = |errors: &[ChangePasswordError]| ChangePasswordView {
        errors: errors.to_vec(),
        end_others: false,
        ..change.clone()
    };
    let missing = ChangePasswordError::New(PasswordError::Missing);
    let too_many = ChangePasswordError::TooManyAttempts { seconds: 180 };
    vec![
        sample("account-security", security.clone()),
        sample("account-app-renamed", changed(AccountNotice::FactorRenamed, Protection::NoCodes)),
        sample("account-app-removed", changed(AccountNotice::FactorRemoved, Protection::Password)),
        sample(
            "account-distrusted",
            changed(AccountNotice::BrowsersDistrusted, Protection::Strong),
        ),
        sample("account-not-asked", changed(AccountNotice::FactorAdded, Protection::NotAsked)),
        sample("account-security-none", none.clone()),
        sample("account-security-provider", without(Protection::Provider)),
        sample("account-security-mail-or-provider", without(Protection::MailOrProvider)),
        sample("account-security-nothing", without(Protection::Nothing)),
        sample("account-password", change.clone()),
        sample(
            "account-password-none",
            ChangePasswordView { has_password: false, ..change.clone() },
        ),
        sample("account-password-missing", failed(&[ChangePasswordError::CurrentMissing, missing])),
        sample("account-password-wrong", failed(&[ChangePasswordError::CurrentWrong])),
        sample("account-password-unchanged", failed(&[ChangePasswordError::Unchanged])),
        sample("account-password-too-many", failed(&[too_many])),
    ]
}
