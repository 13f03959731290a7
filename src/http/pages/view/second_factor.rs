//! The second step of a sign-in.

use askama::Template;

use super::enrolment::EnrolmentView;
use super::frame::Frame;
use super::page::Page;
use super::passkeys::PasskeyForm;
use super::problem::{Problem, Problems};
use super::providers::{NotIn, ProviderButton};
use super::wait;
use crate::domain::factor::FactorKind;
use crate::i18n::Locale;

/// What the pages of a second step have in common.
#[derive(Clone, Debug)]
pub struct SecondStep {
    /// Whose sign-in it is: the address or the username.
    pub account: String,
    /// What else the person can prove it with, best first.
    pub others: Vec<OtherWay>,
    /// Where somebody else signs in.
    pub somebody_else: String,
    /// For how many days the browser can be trusted, where it can be.
    pub trust_days: Option<u32>,
    /// Whether that is ticked.
    pub trust: bool,
}

/// Another way to prove a second factor.
#[derive(Clone, Debug)]
pub struct OtherWay {
    /// With what.
    pub factor: FactorKind,
    /// Where.
    pub href: String,
}

impl OtherWay {
    /// What it is called.
    pub fn label(&self, locale: Locale) -> String {
        locale.text(match self.factor {
            FactorKind::Password => "second-way-password",
            FactorKind::MailedCode | FactorKind::MailedLink => "second-way-mail",
            FactorKind::Totp => "second-way-app",
            FactorKind::RecoveryCode => "second-way-recovery",
            FactorKind::Passkey => "second-way-passkey",
            FactorKind::Provider
            | FactorKind::ProviderTwoFactors
            | FactorKind::ProviderSecondFactor => "second-way-provider",
        })
    }
}

/// Why a code was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeError {
    /// It is none.
    Malformed,
    /// It is wrong, or spent: one sentence for both.
    Wrong,
    /// The attempts are used up for a while.
    TooManyAttempts {
        /// Seconds until the next one is looked at.
        seconds: u32,
    },
}

impl CodeError {
    /// The sentence; `malformed` and `wrong` are the keys of theirs.
    fn problem(self, locale: Locale, malformed: &str, wrong: &str) -> Problem {
        let at_field = |key| Problem { field: Some("code"), text: locale.text(key) };
        match self {
            Self::Malformed => at_field(malformed),
            Self::Wrong => at_field(wrong),
            Self::TooManyAttempts { seconds } => Problem {
                field: None,
                text: wait::sentence(locale, wait::SIGN_IN, seconds.div_ceil(60)),
            },
        }
    }
}

/// A code of an authenticator app. Sends `code`, and `trust` (`on`) where it is offered and ticked.
#[derive(Clone, Debug, Template)]
#[template(path = "second-factor/app.html")]
pub struct AppCodeView {
    /// What surrounds it.
    pub frame: Frame,
    /// What such pages have in common.
    pub step: SecondStep,
    /// Where the form goes.
    pub action: String,
    /// What was wrong with what was sent.
    pub error: Option<CodeError>,
}

/// A recovery code. Sends `code`, and `trust` (`on`) where it is offered and ticked.
#[derive(Clone, Debug, Template)]
#[template(path = "second-factor/recovery-code.html")]
pub struct RecoveryCodeView {
    /// What surrounds it.
    pub frame: Frame,
    /// What such pages have in common.
    pub step: SecondStep,
    /// Where the form goes.
    pub action: String,
    /// What was wrong with what was sent.
    pub error: Option<CodeError>,
}

/// The password, after a code or a link that was mailed. Sends `password`, and `trust` (`on`) where it is
/// offered and ticked.
#[derive(Clone, Debug, Template)]
#[template(path = "second-factor/password.html")]
pub struct SecondPasswordView {
    /// What surrounds it.
    pub frame: Frame,
    /// What such pages have in common.
    pub step: SecondStep,
    /// Where the form goes.
    pub action: String,
    /// What was wrong with what was sent. A password is malformed where nothing was sent.
    pub error: Option<CodeError>,
}

/// A sign-in at a provider that the account is connected with. There is no form: each button leads there.
#[derive(Clone, Debug, Template)]
#[template(path = "second-factor/provider.html")]
pub struct SecondProviderView {
    /// What surrounds it.
    pub frame: Frame,
    /// What such pages have in common.
    pub step: SecondStep,
    /// The providers.
    pub providers: Vec<ProviderButton>,
    /// Why nothing was proved there.
    pub not_in: Option<NotIn>,
}

/// A second step is to be set up before the person is let in. Sends nothing but `csrf`.
#[derive(Clone, Debug, Template)]
#[template(path = "second-factor/set-up.html")]
pub struct SetUpView {
    /// What surrounds it.
    pub frame: Frame,
    /// What such pages have in common.
    pub step: SecondStep,
    /// Where the form goes.
    pub action: String,
    /// The form of a passkey; `None` where there are none.
    pub passkey: Option<PasskeyForm>,
    /// Why nothing was set up.
    pub problem: Option<SetUpProblem>,
}

/// Why no second step was set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetUpProblem {
    /// An app that was begun cannot be gone on with.
    Over,
    /// A passkey could not be made of what was sent.
    Passkey,
}

/// An authenticator app is being set up before the person is let in. Sends `authenticator` and `code`.
#[derive(Clone, Debug, Template)]
#[template(path = "second-factor/set-up-app.html")]
pub struct SetUpAppView {
    /// What surrounds it.
    pub frame: Frame,
    /// What such pages have in common.
    pub step: SecondStep,
    /// The app.
    pub enrolment: EnrolmentView,
}

macro_rules! code_page {
    ($view:ident, $heading:literal, $malformed:literal, $wrong:literal) => {
        impl Page for $view {
            fn frame(&self) -> &Frame {
                &self.frame
            }

            fn heading(&self) -> String {
                self.frame.locale.text($heading)
            }

            fn problems(&self) -> Problems {
                let problem =
                    |error: CodeError| error.problem(self.frame.locale, $malformed, $wrong);
                self.error.map(problem).into_iter().collect()
            }
        }
    };
}

code_page!(AppCodeView, "second-app-title", "error-code-malformed", "error-code-wrong");
code_page!(
    RecoveryCodeView,
    "second-recovery-title",
    "error-recovery-malformed",
    "error-recovery-wrong"
);

impl Page for SecondPasswordView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("second-password-title")
    }

    fn problems(&self) -> Problems {
        let (missing, wrong) = ("login-error-no-password", "error-current-password-wrong");
        let problem = |error: CodeError| {
            let problem = error.problem(self.frame.locale, missing, wrong);
            Problem { field: problem.field.map(|_| "password"), ..problem }
        };
        self.error.map(problem).into_iter().collect()
    }
}

impl Page for SecondProviderView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("second-provider-title")
    }

    fn problems(&self) -> Problems {
        self.not_in.iter().map(NotIn::problem).collect()
    }
}

impl Page for SetUpView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.frame.locale.text("set-up-title")
    }

    fn problems(&self) -> Problems {
        let text = |problem| match problem {
            SetUpProblem::Over => self.frame.locale.text("error-app-expired"),
            SetUpProblem::Passkey => self.frame.locale.text("error-passkey-not-added"),
        };
        self.problem.map(|it| Problem { field: None, text: text(it) }).into_iter().collect()
    }
}

impl Page for SetUpAppView {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn heading(&self) -> String {
        self.enrolment.heading(self.frame.locale)
    }

    fn problems(&self) -> Problems {
        self.enrolment.problems(self.frame.locale)
    }
}
