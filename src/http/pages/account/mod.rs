//! The account pages. Each needs a session; whoever has none signs in first.

pub mod activity;
pub mod addresses;
pub mod apps;
pub mod data;
pub mod deactivation;
pub mod details;
pub mod devices;
pub mod passkeys;
pub mod password;
pub(in crate::http) mod person;
pub mod picture;
pub mod profile;
pub mod providers;
pub mod region;
pub mod security;
pub mod sessions;
pub mod username;

use actix_web::HttpResponse;

use super::answer::see_other;
use super::view::{AccountNav, AccountNotice, AccountSection, Frame};
use super::{flow, login};
use crate::domain::session::SignedIn;
use crate::domain::time_zone;
use crate::http::error::Failure;
use crate::http::extract::form::Fields;
use crate::http::extract::visit::Visit;
use crate::http::middleware::csrf::Binding;
use crate::identity::fresh::Standing;

/// Who is signed in, or the way to the login page, which leads back.
async fn who(visit: &Visit) -> Result<Result<SignedIn, HttpResponse>, Failure> {
    let signed_in = match visit.session {
        Some(secret) => visit.services.identity.signed_in(secret).await?,
        None => None,
    };
    Ok(signed_in.ok_or_else(|| see_other(login::address(visit.page()))))
}

/// Who is signed in, if they proved a short while ago who they are; else the way to the login page,
/// which leads back to `page`. Whatever changes how an account is entered begins with this.
pub(super) async fn fresh(
    visit: &Visit,
    page: &str,
) -> Result<Result<SignedIn, HttpResponse>, Failure> {
    let (browser, cookie) = visit.browser.or_new(&visit.site);
    let mut elsewhere = match visit.services.identity.standing(visit.session, browser, page).await?
    {
        Standing::Fresh(who) => return Ok(Ok(*who)),
        Standing::Stale(id, next) => see_other(flow::address(id, &next)),
        Standing::Nobody => see_other(login::address(Some(page))),
    };
    if let Some(cookie) = cookie {
        elsewhere.add_cookie(&cookie).map_err(|error| Failure::internal(error.to_string()))?;
    }
    Ok(Err(elsewhere))
}

/// Refuses a form that was not made for this session.
fn verify(visit: &Visit, who: &SignedIn, form: &Fields) -> Result<(), Failure> {
    visit.verify(Binding::Session(who.session.id), form)
}

fn frame(visit: &Visit, who: &SignedIn) -> Frame {
    let csrf = visit.csrf(Binding::Session(who.session.id));
    let zone = who.profile.user.zoneinfo.as_deref().and_then(time_zone::find);
    Frame { zone, csrf, ..visit.frame(None) }
}

/// Where an address is, in the language of the page, where that is known.
pub(in crate::http) fn place(visit: &Visit, frame: &Frame, ip: Option<&str>) -> Option<String> {
    let place = visit.services.identity.place(ip)?;
    place.named(frame.locale.tag()).map(|names| frame.locale.place(names))
}

fn nav(current: AccountSection, who: &SignedIn, notice: Option<AccountNotice>) -> AccountNav {
    AccountNav {
        current,
        profile: "/account".to_owned(),
        security: "/account/security".to_owned(),
        sessions: "/account/sessions".to_owned(),
        apps: "/account/apps".to_owned(),
        activity: "/account/activity".to_owned(),
        data: "/account/data".to_owned(),
        sign_out: "/sign-out".to_owned(),
        signed_in_as: person::identifier(&who.profile),
        notice,
    }
}

/// What was just done, by the word in the query that a form's answer leads to.
fn done(
    visit: &Visit,
    notices: &[(&str, AccountNotice)],
) -> Result<Option<AccountNotice>, Failure> {
    let fields = visit.fields()?;
    let done = fields.get("done");
    Ok(notices.iter().find(|(word, _)| done == Some(*word)).map(|(_, notice)| notice.clone()))
}
