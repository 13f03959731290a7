//! `POST /api/auth/send-otp`: a code by mail.

use actix_web::HttpResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::address::EmailAddress;
use crate::domain::credential::mailed_code::CodePurpose;
use crate::http::api::elsewhere;
use crate::http::api::envelope::Success;
use crate::http::api::error::invalid;
use crate::http::api::json::Json;
use crate::http::api::signing_in;
use crate::http::api::step::{NextStep, SignIn};
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::identity::login::Input;
use crate::identity::login::factors::mailed_code::{MailRequest, Mailing};

/// What a code is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CodeFor {
    /// To sign in with.
    #[default]
    SignIn,
    /// To be proved after another factor.
    SecondFactor,
    /// To confirm the address of an account to be made.
    Register,
}

impl CodeFor {
    /// As the flow engine calls it.
    pub(super) fn code(self) -> CodePurpose {
        match self {
            Self::SignIn => CodePurpose::SignIn,
            Self::SecondFactor => CodePurpose::SecondFactor,
            Self::Register => CodePurpose::Register,
        }
    }
}

/// Which code is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WantedCode {
    /// What it is for; to sign in unless it says otherwise.
    #[serde(default)]
    purpose: CodeFor,
    /// To whom one is mailed that signs in. Without it, it goes once more to where it went before.
    #[schema(format = "email")]
    email: Option<String>,
    /// Whether the sign-in that begins outlives the browser window.
    remember_me: Option<bool>,
    /// The sign-in that goes on. Without it one begins, with `email`.
    flow: Option<String>,
}

/// Mails a code.
///
/// Whether the address has an account is not told. Where a provider owns its domain, the next step is
/// `provider`, and nothing is mailed. A new code ends the one before.
#[utoipa::path(post, path = "/api/auth/send-otp", tag = "auth", request_body = WantedCode,
    responses((status = 200, description = "Where the sign-in stands", body = Success<SignIn>)))]
pub async fn handle(visit: Visit, Json(wanted): Json<WantedCode>) -> Result<HttpResponse, Failure> {
    let what = mailing(&wanted)?;
    if let Mailing::SignIn { email, .. } = &what {
        let (typed, flow) = (email.as_typed(), wanted.flow.as_deref());
        let elsewhere = elsewhere::leave(&visit, typed, flow, wanted.remember_me);
        if let Some(answer) = elsewhere.await? {
            return Ok(answer);
        }
    }
    let (at, _) = signing_in::at(&visit, wanted.flow.as_deref(), wanted.remember_me).await?;
    let next = match wanted.purpose {
        CodeFor::SignIn | CodeFor::SecondFactor => NextStep::MailedCode,
        CodeFor::Register => NextStep::VerifyEmail,
    };
    let input = Input::Mail(MailRequest { what, locale: visit.frame(None).locale });
    signing_in::mail(&visit, at, input, wanted.purpose.code(), next).await
}

fn mailing(wanted: &WantedCode) -> Result<Mailing, Failure> {
    match (wanted.purpose, &wanted.email, &wanted.flow) {
        (CodeFor::SignIn, Some(typed), _) => {
            let broken = |reason: String| invalid([("email".to_owned(), reason)].into());
            let email = EmailAddress::parse(typed).map_err(|it| broken(it.to_string()))?;
            Ok(Mailing::SignIn { email, link: false })
        }
        (CodeFor::SignIn, None, None) => {
            Err(invalid([("email".to_owned(), "must be there".to_owned())].into()))
        }
        (_, Some(_), _) => {
            let reason = "goes to the address that is known";
            Err(invalid([("email".to_owned(), reason.to_owned())].into()))
        }
        (_, None, None) => Err(invalid([("flow".to_owned(), "must be there".to_owned())].into())),
        (CodeFor::SecondFactor, None, Some(_)) => Ok(Mailing::SecondFactor),
        (purpose, None, Some(_)) => Ok(Mailing::Again(purpose.code())),
    }
}
