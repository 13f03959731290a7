//! The form with which people change what they tell about themselves.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{frame, nav, verify, who};
use crate::domain::audit::Actor;
use crate::domain::details::{Detail, InvalidDetail};
use crate::domain::session::SignedIn;
use crate::http::error::Failure;
use crate::http::extract::form::{Fields, Form};
use crate::http::extract::visit::Visit;
use crate::http::middleware::headers::FormAction;
use crate::http::pages::answer::{html, see_other};
use crate::http::pages::view::{AccountSection, DetailsView};
use crate::identity::account::DetailsError;

const PATH: &str = "/account/details";

/// `GET /account/details`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let details = who.profile.user.details();
    let text = |detail: &Detail| details.get(*detail).unwrap_or_default().to_owned();
    let typed = Detail::ALL.iter().map(|detail| (*detail, text(detail))).collect();
    page(&visit, &who, typed, Vec::new())
}

/// `POST /account/details`. A field that was not sent stays as it is.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let typed = typed(&form);
    let errors: Vec<_> =
        typed.iter().filter_map(|(detail, text)| detail.check(text).err()).collect();
    if !errors.is_empty() {
        return page(&visit, &who, typed, errors);
    }
    let (identity, user) = (&visit.services.identity, who.session.user_id);
    match identity.change_details(user, Actor::User(user), typed, None, &visit.context).await {
        Ok(_) => Ok(see_other("/account?changed")),
        Err(DetailsError::Storage(error)) => Err(error.into()),
        Err(error @ (DetailsError::NotFound | DetailsError::Invalid(_))) => {
            Err(Failure::internal(error.to_string()))
        }
    }
}

fn typed(form: &Fields) -> Vec<(Detail, String)> {
    let sent = |detail: &Detail| Some((*detail, form.get(detail.as_str())?.to_owned()));
    Detail::ALL.iter().filter(|it| DetailsView::asks_for(**it)).filter_map(sent).collect()
}

fn page(
    visit: &Visit,
    who: &SignedIn,
    typed: Vec<(Detail, String)>,
    errors: Vec<InvalidDetail>,
) -> Result<HttpResponse, Failure> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let view = DetailsView {
        frame: frame(visit, who),
        account: nav(AccountSection::Profile, who, None),
        action: PATH.to_owned(),
        cancel: "/account".to_owned(),
        typed,
        errors,
    };
    html(status, &view, FormAction::Ours)
}
