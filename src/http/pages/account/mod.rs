//! The account pages. Each needs a session; whoever has none signs in first.

pub mod apps;
pub mod details;
pub(in crate::http) mod person;
pub mod profile;
pub mod sessions;

use actix_web::HttpResponse;

use super::answer::see_other;
use super::view::{AccountNav, AccountNotice, AccountSection, Frame};
use crate::domain::session::SignedIn;
use crate::http::error::Failure;
use crate::http::extract::form::Fields;
use crate::http::extract::visit::Visit;
use crate::http::middleware::csrf::Binding;

/// Who is signed in, or the way to the login page.
async fn who(visit: &Visit) -> Result<Result<SignedIn, HttpResponse>, Failure> {
    let signed_in = match visit.session {
        Some(secret) => visit.services.identity.signed_in(secret).await?,
        None => None,
    };
    Ok(signed_in.ok_or_else(|| see_other("/login")))
}

/// Refuses a form that was not made for this session.
fn verify(visit: &Visit, who: &SignedIn, form: &Fields) -> Result<(), Failure> {
    visit.verify(Binding::Session(who.session.id), form)
}

fn frame(visit: &Visit, who: &SignedIn) -> Frame {
    let csrf = visit.csrf(Binding::Session(who.session.id));
    Frame { csrf, ..visit.frame(None) }
}

fn nav(current: AccountSection, who: &SignedIn, notice: Option<AccountNotice>) -> AccountNav {
    AccountNav {
        current,
        profile: "/account".to_owned(),
        sessions: "/account/sessions".to_owned(),
        apps: "/account/apps".to_owned(),
        sign_out: "/sign-out".to_owned(),
        signed_in_as: person::identifier(&who.profile),
        notice,
    }
}
