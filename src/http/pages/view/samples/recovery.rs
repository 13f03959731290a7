//! Getting back into an account.

use super::*;

pub(super) fn recovery(locale: Locale) -> Vec<Sample> {
    let forgot = ForgotView {
        frame: frame(locale),
        open: true,
        action: "/forgot-password".to_owned(),
        identifier: String::new(),
        elsewhere: None,
        error: None,
        login: "/login".to_owned(),
    };
    let failed = |error| ForgotView {
        identifier: "ada@example.com".to_owned(),
        error: Some(error),
        ..forgot.clone()
    };
    let not_me = NotMeView {
        frame: frame(locale),
        action: "/not-me".to_owned(),
        at: at(17, 9),
        ip: Some("192.0.2.7".to_owned()),
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0".to_owned()),
    };
    vec![
        sample("forgot", forgot.clone()),
        sample("forgot-missing", failed(ForgotError::Missing)),
        sample("forgot-too-many", failed(ForgotError::TooMany { seconds: 600 })),
        sample("forgot-closed", ForgotView { open: false, ..forgot.clone() }),
        sample(
            "forgot-elsewhere",
            ForgotView { elsewhere: super::providers::buttons().pop(), ..forgot },
        ),
        sample(
            "forgot-sent",
            ForgotSentView {
                frame: frame(locale),
                again: "/forgot-password".to_owned(),
                login: "/login".to_owned(),
            },
        ),
        sample("not-me", not_me.clone()),
        sample("not-me-bare", NotMeView { ip: None, user_agent: None, ..not_me }),
        not_me_done(locale, "not-me-done", Disowning::LinkMailed),
        not_me_done(locale, "not-me-done-left-out", Disowning::LinkLeftOut),
        not_me_done(locale, "not-me-done-by-operator", Disowning::NoLink),
        not_me_done(locale, "not-me-done-before", Disowning::Before),
        sample(
            "error-link-used-with-mail",
            ErrorView {
                frame: frame(locale),
                kind: ErrorKind::LinkUsed,
                next: vec![NextStep::ResetPassword("/forgot-password".to_owned())],
                request_id: "0192-request".to_owned(),
                at: at(17, 9),
            },
        ),
    ]
}

fn not_me_done(locale: Locale, name: &'static str, disowning: Disowning) -> Sample {
    let again = (disowning != Disowning::NoLink).then(|| "/forgot-password".to_owned());
    sample(name, NotMeDoneView { frame: frame(locale), disowning, again })
}
