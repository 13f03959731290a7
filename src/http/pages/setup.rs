//! The first administrator, by a one-time link.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::answer::{html, see_other};
use super::link::{refused, secret, show_bound, verify};
use super::new_account;
use super::view::{NewAccountError, SetupView};
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::middleware::headers::FormAction;
use crate::identity::admin::link::{LinkError, OpenLink};
use crate::identity::register::Registration;
use crate::kernel::secret::Secret;

/// `GET /setup?token=…`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let secret = secret(&visit)?;
    match visit
        .services
        .identity
        .open_link(&secret)
        .await
        .map_err(|error| refused(&visit, error))?
    {
        OpenLink::Administrator => form(&visit, &secret, &Registration::default(), Vec::new()),
        OpenLink::Password(_) => Err(refused(&visit, LinkError::Unusable)),
    }
}

/// `POST /setup?token=…`. The new administrator then signs in like everybody else.
pub async fn submit(visit: Visit, Form(fields): Form) -> Result<HttpResponse, Failure> {
    let secret = secret(&visit)?;
    verify(&visit, &secret, &fields)?;
    let password = fields.secret("password");
    let registration = Registration {
        email: fields.text("email").to_owned(),
        name: fields.text("name").to_owned(),
        username: String::new(),
        password: Some(password.clone()),
        passkey: false,
        remember: false,
        locale: visit.frame(None).locale,
    };
    let identity = &visit.services.identity;
    match identity.redeem_setup_link(&secret, &registration, &visit.context).await {
        Ok(_) => Ok(see_other("/login")),
        Err(LinkError::Problems(problems)) => {
            let email = &registration.email;
            let errors = new_account::errors(&problems, email, password.expose());
            let errors = errors.ok_or_else(|| refused(&visit, LinkError::Unusable))?;
            form(&visit, &secret, &registration, errors)
        }
        Err(error) => Err(refused(&visit, error)),
    }
}

fn form(
    visit: &Visit,
    secret: &Secret<String>,
    typed: &Registration,
    errors: Vec<NewAccountError>,
) -> Result<HttpResponse, Failure> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    show_bound(visit, secret, |frame| {
        let view = SetupView {
            frame,
            action: visit.address(),
            name: typed.name.clone(),
            email: typed.email.clone(),
            password_min: visit.services.identity.settings().password_min(true),
            errors,
        };
        html(status, &view, FormAction::Ours)
    })
}
