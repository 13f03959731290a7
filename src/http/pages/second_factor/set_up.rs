//! Setting up a second factor before one is let in.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{Asked, open, set_up_passkey};
use crate::domain::credential::recovery_code::RecoveryCode;
use crate::domain::credential::totp::{AuthenticatorName, TotpCode};
use crate::http::error::Failure;
use crate::http::extract::form::{Fields, Form};
use crate::http::extract::visit::Visit;
use crate::http::middleware::csrf::Binding;
use crate::http::pages::account::security::recovery_codes::shown;
use crate::http::pages::answer::html;
use crate::http::pages::flow::{self, Flow, SET_UP_PATH, Stop, set_device, set_session};
use crate::http::pages::view::{
    EnrolmentError, EnrolmentView, FirstCodesView, Frame, PasskeyForm, SecondStep, SetUpAppView,
    SetUpProblem, SetUpView,
};
use crate::identity::login::{Advanced, FlowAt, FlowError, Next, SetUp};
use crate::kernel::ids::AuthenticatorId;

/// `GET /second-factor/set-up`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    begin_page(&visit, None).await
}

/// `POST /second-factor/set-up`. Begins an app, or confirms the one that the form names.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let at = flow::submitted(&visit, &form)?;
    match form.get("authenticator") {
        None => begin(&visit, at).await,
        Some(id) => match id.parse() {
            Ok(id) => confirm(&visit, at, id, &form).await,
            Err(_) => begin_page(&visit, Some(SetUpProblem::Over)).await,
        },
    }
}

async fn begin(visit: &Visit, at: FlowAt) -> Result<HttpResponse, Failure> {
    let (flow, step) = match open(visit, Stop::SetUp, false).await? {
        Asked::Here(flow, step) => (flow, step),
        Asked::Elsewhere(answer) => return Ok(answer),
    };
    let locale = flow.frame(visit).locale;
    let name = AuthenticatorName::parse(&locale.text("app-name-default"));
    let name = name.map_err(|error| Failure::internal(error.to_string()))?;
    match visit.services.identity.begin_set_up(at, name, &visit.context).await {
        Ok(SetUp::Done(begun)) => {
            let again = flow.link(SET_UP_PATH);
            let enrolment = EnrolmentView::begun(&begun, again.clone(), again, locale);
            app_page(visit, &flow, step, enrolment, StatusCode::OK)
        }
        Ok(SetUp::Elsewhere(advanced)) => flow::go_on(visit, *advanced),
        Err(error) => flow::refused(visit, error),
    }
}

async fn confirm(
    visit: &Visit,
    at: FlowAt,
    id: AuthenticatorId,
    form: &Fields,
) -> Result<HttpResponse, Failure> {
    let error = match TotpCode::parse(form.text("code")) {
        Err(_) => EnrolmentError::Malformed,
        Ok(code) => {
            match visit.services.identity.confirm_set_up(at, id, code, &visit.context).await {
                Ok(SetUp::Done((advanced, codes))) => return signed_in(visit, advanced, &codes),
                Ok(SetUp::Elsewhere(advanced)) if advanced.next == Next::SetUp => {
                    return begin_page(visit, Some(SetUpProblem::Over)).await;
                }
                Ok(SetUp::Elsewhere(advanced)) => return flow::go_on(visit, *advanced),
                Err(FlowError::WrongCode(_)) => EnrolmentError::Wrong,
                Err(error) => return flow::refused(visit, error),
            }
        }
    };
    match open(visit, Stop::SetUp, false).await? {
        Asked::Here(flow, step) => {
            let again = flow.link(SET_UP_PATH);
            let enrolment = EnrolmentView {
                action: again.clone(),
                id: id.to_string(),
                secret: None,
                again,
                error: Some(error),
            };
            app_page(visit, &flow, step, enrolment, StatusCode::BAD_REQUEST)
        }
        Asked::Elsewhere(answer) => Ok(answer),
    }
}

/// The codes, which are shown this once, with the cookies of whoever is signed in by the set-up.
pub(in crate::http::pages) fn signed_in(
    visit: &Visit,
    advanced: Advanced,
    codes: &[RecoveryCode],
) -> Result<HttpResponse, Failure> {
    let request = advanced.flow.request();
    let frame = visit.frame(request.and_then(|request| request.ui_locales.as_deref()));
    let session = advanced.flow.session_id;
    let csrf = session.map(|id| visit.csrf(Binding::Session(id))).unwrap_or_default();
    let next = flow::address(advanced.flow.id, &Next::Done);
    let view = FirstCodesView {
        frame: Frame { csrf, language_return: None, ..frame },
        shown: shown(codes, session.is_some(), next),
    };
    let mut answer = html(StatusCode::OK, &view, flow::form_action(&advanced.flow))?;
    if let Some(new) = &advanced.cookie {
        set_session(visit, &mut answer, new)?;
    }
    if let Some(device) = advanced.device {
        set_device(visit, &mut answer, device)?;
    }
    Ok(answer)
}

/// The page with everything that can be set up.
pub(super) async fn begin_page(
    visit: &Visit,
    problem: Option<SetUpProblem>,
) -> Result<HttpResponse, Failure> {
    match open(visit, Stop::SetUp, false).await? {
        Asked::Here(flow, step) => {
            let frame = flow.frame(visit);
            let action = flow.link(SET_UP_PATH);
            let passkey = visit.services.identity.offers_passkeys().then(|| PasskeyForm {
                options: flow.link(set_up_passkey::OPTIONS),
                action: flow.link(set_up_passkey::PATH),
                makes: true,
                in_field: false,
            });
            let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
            let view = SetUpView { frame, step, action, passkey, problem };
            html(status, &view, flow.form_action())
        }
        Asked::Elsewhere(answer) => Ok(answer),
    }
}

fn app_page(
    visit: &Visit,
    flow: &Flow,
    step: SecondStep,
    enrolment: EnrolmentView,
    status: StatusCode,
) -> Result<HttpResponse, Failure> {
    let frame = flow.frame(visit);
    // Another language would be another page, without the picture.
    let language_return = frame.language_return.clone().filter(|_| enrolment.secret.is_none());
    let view = SetUpAppView { frame: Frame { language_return, ..frame }, step, enrolment };
    html(status, &view, flow.form_action())
}
