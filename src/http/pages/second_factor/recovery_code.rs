//! A recovery code.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{Asked, Refused, advance, open, trusts};
use crate::domain::credential::recovery_code::RecoveryCode;
use crate::domain::factor::FactorKind;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::pages::answer::html;
use crate::http::pages::flow::{self, Stop, second_factor_path};
use crate::http::pages::view::RecoveryCodeView;
use crate::identity::login::Input;

const FACTOR: FactorKind = FactorKind::RecoveryCode;

/// `GET /second-factor/recovery-code`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    page(&visit, false, None).await
}

/// `POST /second-factor/recovery-code`. What is no code is refused without being counted.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let (at, trust_browser) = (flow::submitted(&visit, &form)?, trusts(&form));
    let refused = match RecoveryCode::parse(form.text("code")) {
        Err(_) => Refused::malformed(),
        Ok(code) => match advance(&visit, at, Input::RecoveryCode { code, trust_browser }).await? {
            Ok(onward) => return Ok(onward),
            Err(refused) => refused,
        },
    };
    page(&visit, trust_browser, Some(refused)).await
}

async fn page(
    visit: &Visit,
    trust: bool,
    refused: Option<Refused>,
) -> Result<HttpResponse, Failure> {
    let (flow, step) = match open(visit, Stop::SecondFactor(FACTOR), trust).await? {
        Asked::Here(flow, step) => (flow, step),
        Asked::Elsewhere(answer) => return Ok(answer),
    };
    let view = RecoveryCodeView {
        frame: flow.frame(visit),
        step,
        action: flow.link(second_factor_path(FACTOR)),
        error: refused.as_ref().map(Refused::error),
    };
    let status = refused.as_ref().map_or(StatusCode::OK, Refused::status);
    let mut answer = html(status, &view, flow.form_action())?;
    if let Some(refused) = refused {
        refused.note(visit, &mut answer);
    }
    Ok(answer)
}
