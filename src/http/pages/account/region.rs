//! Language and time zone, each chosen from a menu.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{frame, nav, verify, who};
use crate::domain::audit::Actor;
use crate::domain::details::{Detail, InvalidDetail};
use crate::domain::session::SignedIn;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::middleware::headers::FormAction;
use crate::http::pages::answer::{html, see_other};
use crate::http::pages::view::{AccountSection, RegionView};
use crate::identity::account::DetailsError;

/// Where both are chosen.
pub(super) const PATH: &str = "/account/region";

/// What is chosen here.
const CHOSEN: &[Detail] = &[Detail::Locale, Detail::Zoneinfo];

/// `GET /account/region`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let user = &who.profile.user;
    let texts = (user.locale.as_deref(), user.zoneinfo.as_deref());
    page(&visit, &who, texts.0.unwrap_or_default(), texts.1.unwrap_or_default(), Vec::new())
}

/// `POST /account/region`. A field that was not sent stays as it is.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let sent = |detail: &Detail| Some((*detail, form.get(detail.as_str())?.to_owned()));
    let chosen: Vec<_> = CHOSEN.iter().filter_map(sent).collect();
    let errors: Vec<_> =
        chosen.iter().filter_map(|(detail, text)| detail.check(text).err()).collect();
    if !errors.is_empty() {
        return page(&visit, &who, form.text("locale"), form.text("zoneinfo"), errors);
    }
    let (identity, user) = (&visit.services.identity, who.session.user_id);
    match identity.change_details(user, Actor::User(user), chosen, None, &visit.context).await {
        Ok(_) => Ok(see_other("/account?changed=region")),
        Err(DetailsError::Storage(error)) => Err(error.into()),
        Err(error @ (DetailsError::NotFound | DetailsError::Invalid(_))) => {
            Err(Failure::internal(error.to_string()))
        }
    }
}

fn page(
    visit: &Visit,
    who: &SignedIn,
    language: &str,
    zone: &str,
    errors: Vec<InvalidDetail>,
) -> Result<HttpResponse, Failure> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let view = RegionView {
        frame: frame(visit, who),
        account: nav(AccountSection::Profile, who, None),
        action: PATH.to_owned(),
        cancel: "/account".to_owned(),
        language: language.to_owned(),
        zone: zone.to_owned(),
        errors,
    };
    html(status, &view, FormAction::Ours)
}
