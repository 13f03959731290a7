//! The error pages.

use super::{Sample, at, frame, sample};
use crate::http::pages::view::*;
use crate::i18n::Locale;

/// All of them in this language.
pub(super) fn all(locale: Locale) -> Vec<Sample> {
    let error = |name, kind: ErrorKind| {
        let next = match kind {
            ErrorKind::FormTooOld | ErrorKind::Internal | ErrorKind::Busy => {
                vec![NextStep::TryAgain("/login/0192".to_owned())]
            }
            ErrorKind::NotFound => vec![NextStep::Account("/account".to_owned())],
            ErrorKind::DeadLink(link) => after(link),
            ErrorKind::Provider { goes_on: true, .. } => {
                vec![NextStep::GoOn("/consent?flow=0192".to_owned())]
            }
            _ => vec![],
        };
        let request_id = "01jd8x5r6m7w".to_owned();
        sample(name, ErrorView { frame: frame(locale), kind, next, request_id, at: at(21, 7) })
    };
    let provider = |key, goes_on| {
        let text = locale.text_with(key, "provider", "Google");
        ErrorKind::Provider { text, goes_on }
    };
    vec![
        error("error-return-address", ErrorKind::ReturnAddress { app: "ACME Notes".to_owned() }),
        error("error-unknown-app", ErrorKind::UnknownApp),
        error("error-app-request", ErrorKind::AppRequest),
        error("error-flow-expired", ErrorKind::FlowExpired),
        error("error-other-browser", ErrorKind::OtherBrowser),
        error("error-form-too-old", ErrorKind::FormTooOld),
        error("error-link-used", ErrorKind::LinkUsed),
        error("error-link-sign-in", ErrorKind::DeadLink(DeadLink::SignIn)),
        error("error-link-confirm", dead_confirmation(true)),
        error("error-link-address", dead_confirmation(false)),
        error("error-link-undo", ErrorKind::DeadLink(DeadLink::Undoing { reset: true })),
        error("error-link-undo-operator", ErrorKind::DeadLink(DeadLink::Undoing { reset: false })),
        error("error-not-found", ErrorKind::NotFound),
        error("error-method", ErrorKind::MethodNotAllowed),
        error("error-bad-request", ErrorKind::BadRequest),
        error("error-registration-closed", ErrorKind::RegistrationClosed),
        error("error-too-many", ErrorKind::TooManyAttempts { minutes: 5 }),
        error("error-too-many-hours", ErrorKind::TooManyAttempts { minutes: 200 }),
        error("error-provider", provider("provider-problem-over", false)),
        error("error-provider-goes-on", provider("provider-problem-cancelled", true)),
        error("error-busy", ErrorKind::Busy),
        error("error-internal", ErrorKind::Internal),
    ]
}

fn dead_confirmation(may_register: bool) -> ErrorKind {
    ErrorKind::DeadLink(DeadLink::Confirmation { may_register })
}

fn after(link: DeadLink) -> Vec<NextStep> {
    let addresses = || NextStep::Addresses("/account/addresses".to_owned());
    match link {
        DeadLink::SignIn => vec![NextStep::SignIn("/login".to_owned())],
        DeadLink::Confirmation { may_register: true } => {
            vec![NextStep::Register("/register".to_owned()), addresses()]
        }
        DeadLink::Confirmation { may_register: false } => vec![addresses()],
        DeadLink::Undoing { reset: true } => {
            vec![NextStep::ResetPassword("/forgot-password".to_owned())]
        }
        DeadLink::Undoing { reset: false } => vec![],
    }
}
