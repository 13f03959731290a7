//! The second step of a sign-in, and the account pages about it.

use super::*;
use crate::domain::factor::FactorKind;

pub(super) fn step() -> SecondStep {
    let other = |factor| OtherWay { factor, href: "/second-factor/x?flow=0192".to_owned() };
    SecondStep {
        account: "ada@example.com".to_owned(),
        others: [
            FactorKind::Passkey,
            FactorKind::RecoveryCode,
            FactorKind::Totp,
            FactorKind::MailedCode,
            FactorKind::Password,
        ]
        .map(other)
        .to_vec(),
        somebody_else: "/login?flow=0192".to_owned(),
        trust_days: Some(30),
        trust: false,
    }
}

fn enrolment(error: Option<EnrolmentError>) -> EnrolmentView {
    let secret = SecretView {
        text: "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ".to_owned(),
        uri: "otpauth://totp/Latchkey:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
              &issuer=Latchkey"
            .to_owned(),
        picture: super::super::qr::svg(
            "otpauth://totp/Latchkey:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Latchkey",
            "Picture",
        ),
    };
    EnrolmentView {
        action: "/account/security/apps/new".to_owned(),
        id: "0192".to_owned(),
        secret: error.is_none().then_some(secret),
        again: "/account/security/apps/new".to_owned(),
        error,
    }
}

fn codes() -> CodesView {
    CodesView {
        codes: (0..10).map(|n| format!("abc{n}-2345-efgh")).collect(),
        download: Some("/account/security/recovery-codes/download".to_owned()),
        next: "/account/security".to_owned(),
    }
}

/// The pages of a sign-in.
pub(super) fn steps(locale: Locale) -> Vec<Sample> {
    let action = || "/second-factor/app?flow=0192".to_owned();
    let app = |step: SecondStep, error| AppCodeView {
        frame: frame(locale),
        step,
        action: action(),
        error,
    };
    let paper =
        |error| RecoveryCodeView { frame: frame(locale), step: step(), action: action(), error };
    let password = |error| SecondPasswordView {
        frame: frame(locale),
        step: SecondStep { others: vec![], ..step() },
        action: action(),
        error,
    };
    let set_up = |problem| SetUpView {
        frame: frame(locale),
        step: SecondStep { trust_days: None, others: vec![], ..step() },
        action: "/second-factor/set-up?flow=0192".to_owned(),
        passkey: Some(super::passkeys::form("/second-factor/set-up/passkey", true, false)),
        problem,
    };
    let set_up_app =
        |error| SetUpAppView { frame: frame(locale), step: step(), enrolment: enrolment(error) };
    let wait = CodeError::TooManyAttempts { seconds: 890 };
    vec![
        sample("second-app", app(step(), None)),
        sample("second-app-trust", app(SecondStep { trust: true, others: vec![], ..step() }, None)),
        sample("second-app-wrong", app(step(), Some(CodeError::Wrong))),
        sample("second-app-malformed", app(step(), Some(CodeError::Malformed))),
        sample("second-app-too-many", app(step(), Some(wait))),
        sample("second-recovery", paper(None)),
        sample("second-recovery-wrong", paper(Some(CodeError::Wrong))),
        sample("second-recovery-malformed", paper(Some(CodeError::Malformed))),
        sample("second-password", password(None)),
        sample("second-password-missing", password(Some(CodeError::Malformed))),
        sample("second-password-wrong", password(Some(CodeError::Wrong))),
        sample("second-password-too-many", password(Some(wait))),
        sample("set-up", set_up(None)),
        sample("set-up-over", set_up(Some(SetUpProblem::Over))),
        sample("set-up-passkey-refused", set_up(Some(SetUpProblem::Passkey))),
        sample("set-up-no-passkeys", SetUpView { passkey: None, ..set_up(None) }),
        sample("set-up-app", set_up_app(None)),
        sample("set-up-app-wrong", set_up_app(Some(EnrolmentError::Wrong))),
        sample("set-up-codes", FirstCodesView { frame: frame(locale), shown: codes() }),
    ]
}

/// The account pages.
pub(super) fn account(locale: Locale) -> Vec<Sample> {
    let account = |notice| nav(AccountSection::Security, notice);
    let name = |present: Option<&str>, error| NameView {
        frame: frame(locale),
        account: account(None),
        action: "/account/security/apps/new".to_owned(),
        cancel: "/account/security".to_owned(),
        present: present.map(str::to_owned),
        name: "My phone".to_owned(),
        error,
    };
    let remove = |error| RemoveFactorView {
        frame: frame(locale),
        account: account(None),
        action: "/account/security/apps/0192/remove".to_owned(),
        cancel: "/account/security".to_owned(),
        name: "My phone".to_owned(),
        error,
    };
    let paper = |is_possible: bool, left, notice| RecoveryCodesView {
        frame: frame(locale),
        account: account(notice),
        action: is_possible.then(|| "/account/security/recovery-codes".to_owned()),
        left,
        cancel: "/account/security".to_owned(),
    };
    let confirm = |error| ConfirmAppView {
        frame: frame(locale),
        account: account(None),
        enrolment: enrolment(error),
    };
    vec![
        sample("app-name", name(None, None)),
        sample("app-name-missing", name(None, Some(NameError::Missing))),
        sample("app-name-unusable", name(None, Some(NameError::Unusable))),
        sample("app-too-many", name(None, Some(NameError::TooMany))),
        sample("app-over", name(None, Some(NameError::Over))),
        sample("app-rename", name(Some("My phone"), None)),
        sample("app-confirm", confirm(None)),
        sample("app-confirm-malformed", confirm(Some(EnrolmentError::Malformed))),
        sample("app-remove", remove(None)),
        sample("app-needed", remove(Some(RemoveFactorError::SecondFactorNeeded))),
        sample("app-last", remove(Some(RemoveFactorError::LastWayIn))),
        sample("recovery-codes-first", paper(false, None, None)),
        sample("recovery-codes-none", paper(true, None, Some(AccountNotice::FactorAdded))),
        sample("recovery-codes-left", paper(true, Some(3), None)),
        sample(
            "recovery-codes",
            NewCodesView { frame: frame(locale), account: account(None), shown: codes() },
        ),
    ]
}

/// A factor in the list of an account.
pub(super) fn row(name: &str) -> FactorRow {
    FactorRow {
        name: name.to_owned(),
        added_at: at(20, 7),
        last_used_at: Some(at(21, 7)),
        rename: "/account/security/apps/0192/rename".to_owned(),
        remove: "/account/security/apps/0192/remove".to_owned(),
        copied: false,
        in_doubt: false,
    }
}
