//! One sample of every page in every state that looks different, for the tests to go over.

mod mailed;
mod own_account;

use askama::Template;
use chrono::{DateTime, TimeZone, Utc};

use super::*;
use crate::domain::claims::Claim;
use crate::domain::credential::password::Weakness;
use crate::domain::details::{Detail, Details, InvalidDetail};
use crate::i18n::Locale;

mod api;
mod passkeys;
mod recovery;
mod second_factor;

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

pub(super) fn login(frame: Frame) -> LoginView {
    LoginView {
        frame,
        app: Some(app()),
        action: "/login/0192".to_owned(),
        identifier: String::new(),
        remember: false,
        remember_days: Some(30),
        confirming: false,
        error: None,
        last_tries: false,
        passkey: Some(passkeys::form("/passkey/sign-in", false, true)),
        forgot_password: None,
        email_code: Some("/login/code?flow=0192".to_owned()),
        registration: Some("/register/0192".to_owned()),
    }
}

fn logins(locale: Locale) -> Vec<Sample> {
    let plain = login(frame(locale));
    let failed = |error| LoginView {
        identifier: "ada@example.com".to_owned(),
        error: Some(error),
        forgot_password: Some("/forgot/0192".to_owned()),
        ..plain.clone()
    };
    vec![
        sample("login", plain.clone()),
        sample(
            "login-account",
            LoginView {
                frame: Frame { warning: Some(Warning::Development), ..frame(locale) },
                app: None,
                remember: true,
                email_code: None,
                registration: None,
                confirming: true,
                ..plain.clone()
            },
        ),
        sample("login-wrong", failed(LoginError::WrongCredentials)),
        sample("login-no-identifier", failed(LoginError::IdentifierMissing)),
        sample("login-no-password", failed(LoginError::PasswordMissing)),
        sample("login-too-many", failed(LoginError::TooManyAttempts { seconds: 60 })),
        sample("login-too-many-minutes", failed(LoginError::TooManyAttempts { seconds: 890 })),
        sample("login-too-many-hours", failed(LoginError::TooManyAttempts { seconds: 86_400 })),
        sample(
            "login-last-tries",
            LoginView { last_tries: true, ..failed(LoginError::WrongCredentials) },
        ),
    ]
}

fn new_accounts(locale: Locale) -> Vec<Sample> {
    let register = RegisterView {
        frame: frame(locale),
        app: Some(app()),
        action: "/register/0192".to_owned(),
        name: "Ada Lovelace".to_owned(),
        email: "ada@example.com".to_owned(),
        username: Some(String::new()),
        password_min: 10,
        errors: vec![],
        passkey: true,
        login: "/login/0192".to_owned(),
    };
    let setup = SetupView {
        frame: Frame { warning: Some(Warning::Insecure), ..frame(locale) },
        action: "/setup".to_owned(),
        name: String::new(),
        email: String::new(),
        password_min: 10,
        errors: vec![],
    };
    let failed = |errors: &[NewAccountError]| RegisterView {
        errors: errors.to_vec(),
        app: None,
        ..register.clone()
    };
    vec![
        sample("register", register.clone()),
        sample(
            "register-plain",
            RegisterView { app: None, username: None, passkey: false, ..register.clone() },
        ),
        sample(
            "register-missing",
            failed(&[
                NewAccountError::NameMissing,
                NewAccountError::EmailMissing,
                NewAccountError::UsernameInvalid,
                NewAccountError::Password(PasswordError::Missing),
            ]),
        ),
        sample(
            "register-taken",
            failed(&[
                NewAccountError::NameTooLong,
                NewAccountError::EmailTaken,
                NewAccountError::UsernameTaken,
                NewAccountError::Password(PasswordError::Guessable(Weakness::Common)),
            ]),
        ),
        sample("register-too-many", failed(&[NewAccountError::TooManyAttempts { seconds: 180 }])),
        sample("setup", setup.clone()),
        sample(
            "setup-wrong",
            SetupView {
                errors: vec![
                    NewAccountError::EmailInvalid,
                    NewAccountError::Password(PasswordError::TooShort { min: 10 }),
                ],
                ..setup
            },
        ),
    ]
}

fn passwords(locale: Locale) -> Vec<Sample> {
    let set = SetPasswordView {
        frame: frame(locale),
        action: "/set-password".to_owned(),
        account: "ada@example.com".to_owned(),
        password_min: 10,
        error: None,
    };
    vec![
        sample("set-password", set.clone()),
        sample(
            "set-password-long",
            SetPasswordView { error: Some(PasswordError::TooLong { max: 256 }), ..set.clone() },
        ),
        sample(
            "set-password-personal",
            SetPasswordView { error: Some(PasswordError::Personal), ..set },
        ),
        sample(
            "password-saved",
            PasswordSavedView {
                frame: frame(locale),
                next: Some(NextStep::SignIn("/login".to_owned())),
            },
        ),
    ]
}

fn flows(locale: Locale) -> Vec<Sample> {
    let scope = |name: &str, new| ScopeView { claim: None, name: name.to_owned(), new };
    let consent = ConsentView {
        frame: frame(locale),
        app: app(),
        action: "/consent/0192".to_owned(),
        scopes: vec![scope("openid", false), scope("profile", false), scope("email", true)],
        signed_in_as: "ada@example.com".to_owned(),
        switch_account: "/login/0192?switch=1".to_owned(),
        lasts: Lasts::Session(30),
    };
    let single = |claim: &Claim| ScopeView {
        claim: Some(*claim),
        name: claim.as_str().to_owned(),
        new: *claim == Claim::Name,
    };
    vec![
        sample("consent", consent.clone()),
        sample(
            "consent-claims",
            ConsentView {
                scopes: Claim::ALL.iter().map(single).collect(),
                lasts: Lasts::Minutes(1),
                ..consent.clone()
            },
        ),
        sample(
            "consent-all",
            ConsentView {
                app: AppView {
                    publisher: Some("ACME Ltd".to_owned()),
                    privacy: Some("https://notes.example/privacy".to_owned()),
                    terms: Some("https://notes.example/terms".to_owned()),
                    ..app()
                },
                scopes: ["openid", "phone", "address", "offline_access", "roles", "notes.read"]
                    .map(|name| scope(name, false))
                    .to_vec(),
                lasts: Lasts::Offline(1),
                ..consent
            },
        ),
        sample(
            "select-account",
            SelectAccountView {
                frame: frame(locale),
                app: Some(app()),
                action: "/select/0192".to_owned(),
                name: "Ada Lovelace".to_owned(),
                account: Some("ada@example.com".to_owned()),
            },
        ),
        sample(
            "finished",
            FinishedView {
                frame: frame(locale),
                next: Some(NextStep::Account("/account".to_owned())),
            },
        ),
        sample(
            "form-post",
            FormPostView {
                frame: frame(locale),
                app: "ACME Notes".to_owned(),
                action: "https://notes.example/callback".to_owned(),
                params: vec![("code", "c".to_owned()), ("state", "\"><b>".to_owned())],
            },
        ),
        sample(
            "sign-out",
            SignOutView {
                frame: frame(locale),
                app: Some(app()),
                action: "/logout/0192".to_owned(),
                signed_in_as: "ada@example.com".to_owned(),
            },
        ),
        sample(
            "signed-out",
            SignedOutView {
                frame: frame(locale),
                next: Some(NextStep::App {
                    name: "ACME Notes".to_owned(),
                    href: "https://notes.example/".to_owned(),
                }),
            },
        ),
    ]
}

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
        errors: Detail::ALL.iter().copied().map(InvalidDetail).collect(),
        ..form.clone()
    };
    vec![sample("account-details", form), sample("account-details-wrong", wrong)]
}

fn security_pages(locale: Locale) -> Vec<Sample> {
    let saved = |others_ended| Some(AccountNotice::PasswordSaved { others_ended });
    let security = SecurityView {
        frame: frame(locale),
        account: nav(AccountSection::Security, saved(true)),
        protection: Protection::FewCodes,
        has_password: true,
        change_password: "/account/password".to_owned(),
        passkeys: vec![second_factor::row("Ada’s laptop")],
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
        sample("account-security-none", none),
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

fn account_pages(locale: Locale) -> Vec<Sample> {
    let profile = ProfileView {
        frame: frame(locale),
        account: nav(AccountSection::Profile, None),
        name: Some("Ada Lovelace".to_owned()),
        email: Some("ada@example.com".to_owned()),
        email_verified: false,
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
        created_at: at(3, 9),
        last_used_at: at(20, 17),
    };
    let known = |current, trusted_until| DeviceView {
        forget: "/account/devices/1/forget".to_owned(),
        current,
        browser: Some("Firefox".to_owned()),
        system: Some("Linux".to_owned()),
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

fn errors(locale: Locale) -> Vec<Sample> {
    let error = |name, kind: ErrorKind| {
        let next = match kind {
            ErrorKind::FormTooOld | ErrorKind::Internal | ErrorKind::Busy => {
                Some(NextStep::TryAgain("/login/0192".to_owned()))
            }
            ErrorKind::NotFound => Some(NextStep::Account("/account".to_owned())),
            _ => None,
        };
        let request_id = "01jd8x5r6m7w".to_owned();
        sample(name, ErrorView { frame: frame(locale), kind, next, request_id, at: at(21, 7) })
    };
    vec![
        error("error-return-address", ErrorKind::ReturnAddress { app: "ACME Notes".to_owned() }),
        error("error-unknown-app", ErrorKind::UnknownApp),
        error("error-app-request", ErrorKind::AppRequest),
        error("error-flow-expired", ErrorKind::FlowExpired),
        error("error-other-browser", ErrorKind::OtherBrowser),
        error("error-form-too-old", ErrorKind::FormTooOld),
        error("error-link-used", ErrorKind::LinkUsed),
        error("error-not-found", ErrorKind::NotFound),
        error("error-method", ErrorKind::MethodNotAllowed),
        error("error-bad-request", ErrorKind::BadRequest),
        error("error-registration-closed", ErrorKind::RegistrationClosed),
        error("error-too-many", ErrorKind::TooManyAttempts { minutes: 5 }),
        error("error-too-many-hours", ErrorKind::TooManyAttempts { minutes: 200 }),
        error("error-busy", ErrorKind::Busy),
        error("error-internal", ErrorKind::Internal),
    ]
}

/// Every page in this language.
pub(super) fn all(locale: Locale) -> Vec<Sample> {
    let groups = [
        logins,
        mailed::mailed,
        new_accounts,
        passwords,
        flows,
        details_pages,
        security_pages,
        account_pages,
        own_account::all,
        errors,
        second_factor::steps,
        second_factor::account,
        recovery::recovery,
        passkeys::sign_in,
        api::all,
    ];
    groups
        .into_iter()
        .flat_map(|some: fn(Locale) -> Vec<Sample>| some(locale))
        .chain(passkeys::account(locale, &nav(AccountSection::Security, None)))
        .collect()
}
