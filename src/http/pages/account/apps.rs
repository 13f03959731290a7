//! Apps with access.

use actix_web::{HttpResponse, web};

use super::{frame, nav, verify, who};
use crate::domain::client::{Client, ClientId};
use crate::domain::consent::Consent;
use crate::domain::session::SignedIn;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::pages::answer::{page, see_other};
use crate::http::pages::consent::in_words;
use crate::http::pages::flow::registered_app;
use crate::http::pages::view::{AccountNotice, AccountSection, AppAccess, AppsView, RemoveAppView};
use crate::identity::account::AppError;

const PATH: &str = "/account/apps";

/// `GET /account/apps`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let notice = notice(&visit)?;
    let apps = visit.services.identity.apps(who.session.user_id).await?;
    page(&AppsView {
        frame: frame(&visit, &who),
        account: nav(AccountSection::Apps, &who, notice),
        apps: apps.into_iter().map(access).collect(),
    })
}

fn access((consent, client): (Consent, Client)) -> AppAccess {
    let allowed = consent.allowance();
    AppAccess {
        app: registered_app(&client),
        scopes: in_words(&allowed, &allowed),
        granted_at: consent.updated_at,
        last_used_at: None,
        remove: format!("{PATH}/{}/remove", client.id),
    }
}

/// `GET /account/apps/{id}/remove`: asks.
pub async fn ask(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let client = allowed(&visit, &who, &id).await?;
    page(&RemoveAppView {
        frame: frame(&visit, &who),
        account: nav(AccountSection::Apps, &who, None),
        app: registered_app(&client),
        action: format!("{PATH}/{}/remove", client.id),
        cancel: PATH.to_owned(),
    })
}

/// `POST /account/apps/{id}/remove`.
pub async fn remove(
    visit: Visit,
    id: web::Path<String>,
    Form(form): Form,
) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let client = allowed(&visit, &who, &id).await?;
    let (user, id) = (who.session.user_id, client.id);
    match visit.services.identity.remove_app(user, id, &visit.context).await {
        Ok(()) => Ok(see_other(removed(&visit, &client.name))),
        Err(AppError::NotFound) => Err(not_allowed()),
        Err(AppError::Storage(error)) => Err(error.into()),
    }
}

/// An app that the person allowed something.
async fn allowed(visit: &Visit, who: &SignedIn, id: &str) -> Result<Client, Failure> {
    let id: ClientId = id.parse().map_err(|_| not_allowed())?;
    let apps = visit.services.identity.apps(who.session.user_id).await?;
    let found = apps.into_iter().find(|(_, client)| client.id == id);
    found.map(|(_, client)| client).ok_or_else(not_allowed)
}

fn not_allowed() -> Failure {
    Failure::not_found("the person allowed no such app")
}

/// Where to go after an app was removed. Its name travels along, signed, so that nobody can make
/// the page say something else.
fn removed(visit: &Visit, name: &str) -> String {
    let query = [("removed", name), ("seal", &seal(visit, name))];
    let query = serde_urlencoded::to_string(query).unwrap_or_default();
    format!("{PATH}?{query}")
}

fn notice(visit: &Visit) -> Result<Option<AccountNotice>, Failure> {
    let query = visit.fields()?;
    let (Some(name), Some(sent)) = (query.get("removed"), query.get("seal")) else {
        return Ok(None);
    };
    let is_ours = sent == seal(visit, name);
    Ok(is_ours.then(|| AccountNotice::AppRemoved { app: name.to_owned() }))
}

fn seal(visit: &Visit, name: &str) -> String {
    let hash = visit.services.master.keyed_hash("notice", name.as_bytes());
    hash.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
