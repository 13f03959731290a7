//! A link that confirms an address. What it confirms is told by its secret alone; this is the one place
//! that looks what it is.

use actix_web::HttpResponse;

use super::addresses::confirm;
use super::dead_link::{self, NotOpened};
use super::flow;
use super::link::verify;
use super::mailed_link::{self, arrival, flow_of, opened, secret};
use crate::domain::credential::mailed_code::CodePurpose;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::identity::login::FlowError;
use crate::mail::links;

/// `GET /confirm-address`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let dead = || dead_link::confirmation(&visit, &NotOpened);
    if let Some(answer) = arrival(&visit, links::CONFIRM_ADDRESS, dead)? {
        return Ok(answer);
    }
    let secret = secret(&visit).ok_or_else(dead)?;
    match opened(&visit, &secret, CodePurpose::Register).await? {
        Some(link) => mailed_link::page(&visit, &secret, &link, links::CONFIRM_ADDRESS),
        None => confirm::show(&visit, &secret).await,
    }
}

/// `POST /confirm-address`.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let dead = || dead_link::confirmation(&visit, &NotOpened);
    let secret = secret(&visit).ok_or_else(dead)?;
    verify(&visit, &secret, &form)?;
    let open = opened(&visit, &secret, CodePurpose::Register).await?;
    match mailed_link::press(&visit, &secret, CodePurpose::Register, &form).await {
        Ok(answer) => answer,
        // It confirms a new address of an account, or nothing.
        Err(FlowError::NotFound) => confirm::press(&visit, &secret).await,
        Err(FlowError::Registration(problems)) => {
            let at = open.and_then(|link| flow_of(&visit, &link)).ok_or_else(dead)?;
            super::register_confirm::refused(&visit, at, &problems, &form).await
        }
        Err(other) => flow::refused(&visit, other),
    }
}
