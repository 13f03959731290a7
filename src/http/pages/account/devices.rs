//! The browsers that the account knows: shown beside the sessions, and forgotten here.

use actix_web::{HttpResponse, web};

use super::{verify, who};
use crate::domain::user_agent;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::pages::answer::see_other;
use crate::http::pages::view::DeviceView;
use crate::identity::devices::{DeviceError, KnownDevice};

/// Where the form goes that makes the account forget all of them.
pub(super) const FORGET_ALL: &str = "/account/devices/forget-all";

pub(super) fn row(
    known: KnownDevice,
    place: impl Fn(Option<&str>) -> Option<String>,
) -> DeviceView {
    let agent = known.device.user_agent.as_deref().unwrap_or_default();
    let (browser, system) = user_agent::describe(agent);
    DeviceView {
        forget: format!("/account/devices/{}/forget", known.device.id),
        current: known.is_present,
        trusted_until: known.device.trusted_until.filter(|_| known.is_trusted),
        place: place(known.device.ip.as_deref()),
        last_used_at: known.device.last_used_at,
        browser,
        system,
    }
}

/// `POST /account/devices/{id}/forget`.
pub async fn forget(
    visit: Visit,
    id: web::Path<String>,
    Form(form): Form,
) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let not_found = || Failure::not_found("the account knows no such browser");
    let id = id.parse().map_err(|_| not_found())?;
    match visit.services.identity.forget_device(who.session.user_id, id, &visit.context).await {
        Ok(()) => Ok(see_other("/account/sessions?done=forgotten")),
        Err(DeviceError::NotFound) => Err(not_found()),
        Err(DeviceError::Storage(error)) => Err(error.into()),
    }
}

/// `POST /account/devices/forget-all`.
pub async fn forget_all(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    visit.services.identity.forget_devices(who.session.user_id, &visit.context).await?;
    Ok(see_other("/account/sessions?done=all-forgotten"))
}
