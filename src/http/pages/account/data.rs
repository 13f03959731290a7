//! What is kept about the person: to take along, and to delete.

use actix_web::HttpResponse;
use actix_web::http::header;

use super::{deactivation, frame, fresh, nav, person, verify, who};
use crate::http::error::Failure;
use crate::http::extract::cookies::{self, Kind};
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::pages::answer::{page, see_other};
use crate::http::pages::view::{
    AccountSection, DataView, DeleteAccountView, DeletedView, NextStep,
};
use crate::identity::closing::CloseError;
use crate::identity::export::ExportError;

const PATH: &str = "/account/data";
const DELETE: &str = "/account/data/delete";

/// `GET /account/data`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    page(&DataView {
        frame: frame(&visit, &who),
        account: nav(AccountSection::Data, &who, None),
        export: format!("{PATH}/export"),
        deactivate: deactivation::PATH.to_owned(),
        delete: DELETE.to_owned(),
    })
}

/// `POST /account/data/export`: a file.
pub async fn export(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, PATH).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let gone = || Failure::forged("the session changed while the data were gathered");
    let session = visit.session.ok_or_else(gone)?;
    let document = match visit.services.identity.export(session, &visit.context).await {
        Ok(document) => document,
        Err(ExportError::NotSignedIn | ExportError::NotFresh) => return Err(gone()),
        Err(ExportError::Storage(error)) => return Err(error.into()),
    };
    let text = serde_json::to_string_pretty(&document)
        .map_err(|error| Failure::internal(error.to_string()))?;
    Ok(HttpResponse::Ok()
        .content_type("application/json; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"account.json\""))
        .body(text))
}

/// `GET /account/data/delete`: asks.
pub async fn ask(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, DELETE).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let identity = &visit.services.identity;
    page(&DeleteAccountView {
        frame: frame(&visit, &who),
        account: nav(AccountSection::Data, &who, None),
        name: person::identifier(&who.profile),
        action: DELETE.to_owned(),
        cancel: PATH.to_owned(),
        is_mailed: identity.reaches(&who.profile),
        is_last_administrator: identity.is_last_administrator(&who.profile).await?,
    })
}

/// `POST /account/data/delete`.
pub async fn delete(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, DELETE).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let gone = || Failure::forged("the session changed while the account was deleted");
    let session = visit.session.ok_or_else(gone)?;
    let closed = match visit.services.identity.delete_own_account(session, &visit.context).await {
        Ok(closed) => closed,
        // The page says why, and has no button.
        Err(CloseError::LastAdministrator) => return Ok(see_other(DELETE)),
        Err(CloseError::NotSignedIn | CloseError::NotFresh) => return Err(gone()),
        Err(CloseError::Storage(error)) => return Err(error.into()),
    };
    let mut answer = see_other(if closed.mailed { "/deleted" } else { "/deleted?back=operator" });
    let cookie = cookies::removal(&visit.site.issuer, Kind::Session);
    answer.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))?;
    Ok(answer)
}

/// `GET /deleted`: what comes next. It says nothing of anybody, so anybody may see it.
pub async fn deleted(visit: Visit) -> Result<HttpResponse, Failure> {
    let next = Some(NextStep::SignIn("/login".to_owned()));
    let is_mailed = visit.fields()?.text("back") != "operator";
    page(&DeletedView { frame: visit.frame(None), is_mailed, next })
}
