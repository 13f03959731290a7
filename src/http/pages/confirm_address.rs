//! A link that confirms an address. What it confirms is told by its secret alone; this is the one place
//! that looks what it is.

use actix_web::HttpResponse;

use super::addresses::confirm;
use super::flow;
use super::link::verify;
use super::mailed_link::{self, arrival, flow_of, opened, secret, unusable};
use crate::domain::credential::mailed_code::CodePurpose;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::identity::login::FlowError;
use crate::identity::login::factors::mailed_link::OpenedLink;
use crate::kernel::secret::Secret;
use crate::mail::links;

/// What a link confirms.
enum Confirms {
    /// The address of an account that is to be made.
    Registration(Box<OpenedLink>),
    /// A new address of an account, or nothing: its own page tells.
    Address,
}

async fn kind_of(visit: &Visit, secret: &Secret<String>) -> Result<Confirms, Failure> {
    match opened(visit, secret, CodePurpose::Register).await? {
        Some(link) => Ok(Confirms::Registration(Box::new(link))),
        None => Ok(Confirms::Address),
    }
}

/// `GET /confirm-address`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    if let Some(answer) = arrival(&visit, links::CONFIRM_ADDRESS)? {
        return Ok(answer);
    }
    let secret = secret(&visit)?;
    match kind_of(&visit, &secret).await? {
        Confirms::Registration(link) => {
            mailed_link::page(&visit, &secret, &link, links::CONFIRM_ADDRESS)
        }
        Confirms::Address => confirm::show(&visit, &secret).await,
    }
}

/// `POST /confirm-address`.
pub async fn submit(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let secret = secret(&visit)?;
    verify(&visit, &secret, &form)?;
    match kind_of(&visit, &secret).await? {
        Confirms::Address => confirm::press(&visit, &secret).await,
        Confirms::Registration(link) => {
            match mailed_link::press(&visit, &secret, CodePurpose::Register, &form).await {
                Ok(answer) => answer,
                Err(FlowError::NotFound) => Err(unusable()),
                Err(FlowError::Registration(problems)) => {
                    let at = flow_of(&visit, &link).ok_or_else(unusable)?;
                    super::register_confirm::refused(&visit, at, &problems, &form).await
                }
                Err(other) => flow::refused(&visit, other),
            }
        }
    }
}
