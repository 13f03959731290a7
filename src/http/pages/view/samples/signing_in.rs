//! The pages of a sign-in, of a new account and of a new password.

use super::{Sample, app, frame, passkeys, sample};
use crate::domain::claims::Claim;
use crate::domain::credential::password::Weakness;
use crate::http::pages::view::*;
use crate::i18n::Locale;

pub(in crate::http::pages::view) fn login(frame: Frame) -> LoginView {
    LoginView {
        hinted: None,
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
        providers: vec![],
        arrival: None,
        not_in: None,
        here: false,
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

/// All of them in this language.
pub(super) fn all(locale: Locale) -> Vec<Sample> {
    [logins, new_accounts, passwords, flows].into_iter().flat_map(|some| some(locale)).collect()
}
