//! Signing out: the question, the deed, and the page after it.

use actix_web::HttpResponse;

use super::answer::{page, see_other};
use super::view::{NextStep, SignedOutView};
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::middleware::csrf::Binding;
use crate::http::oauth::logout;

/// `GET /sign-out`: asks. The query is that of a relying party's request, or empty.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    logout::go_on(&visit, false).await
}

/// `POST /sign-out`.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    // Whoever is not signed in has nothing to lose.
    if let Some(secret) = visit.session
        && let Some(signed_in) = visit.services.identity.signed_in(secret).await?
    {
        visit
            .verify(Binding::Session(signed_in.session.id), &form)
            .map_err(|failure| failure.next(NextStep::TryAgain(visit.address())))?;
    }
    match form.get("decision") {
        Some("stay") => Ok(see_other("/account")),
        Some("sign-out") => logout::go_on(&visit, true).await,
        _ => Err(Failure::bad_request("no such decision")),
    }
}

/// `GET /signed-out`.
pub async fn done(visit: Visit) -> Result<HttpResponse, Failure> {
    let next = Some(NextStep::SignIn("/login".to_owned()));
    page(&SignedOutView { frame: visit.frame(None), next })
}
