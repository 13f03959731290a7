//! The account home.

use actix_web::HttpResponse;

use super::{frame, nav, picture, region, who};
use crate::domain::picture::Size;
use crate::http::error::Failure;
use crate::http::extract::visit::Visit;
use crate::http::pages::answer::{page, see_other};
use crate::http::pages::view::{AccountNotice, AccountSection, ProfileView, listed};
use crate::i18n::Locale;

/// `GET /`.
pub async fn home() -> HttpResponse {
    see_other("/account")
}

/// `GET /account`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let notice = match visit.fields()?.get("changed") {
        Some("username") => Some(AccountNotice::UsernameSaved),
        Some("picture") => Some(AccountNotice::PictureSaved),
        Some("no-picture") => Some(AccountNotice::PictureRemoved),
        Some("region") => Some(AccountNotice::RegionSaved),
        Some(_) => Some(AccountNotice::DetailsSaved),
        None => None,
    };
    let view_frame = frame(&visit, &who);
    let (user, address) = (&who.profile.user, who.profile.primary_address.as_ref());
    let language = user.locale.as_deref();
    let email_waiting = if address.is_none() {
        let waiting = visit.services.identity.addresses(user.id).await?.pending;
        waiting.first().map(|pending| pending.email.as_typed().to_owned())
    } else {
        None
    };
    page(&ProfileView {
        picture: picture::path(&who.profile, Size::Large),
        change_picture: picture::PATH.to_owned(),
        language: language.map(|tag| {
            Locale::from_tag(tag).map_or_else(|| tag.to_owned(), |it| it.name().to_owned())
        }),
        zone: user.zoneinfo.clone(),
        change_region: region::PATH.to_owned(),
        account: nav(AccountSection::Profile, &who, notice),
        details: listed(&user.details(), view_frame.locale),
        change: "/account/details".to_owned(),
        addresses: "/account/addresses".to_owned(),
        change_username: "/account/username".to_owned(),
        frame: view_frame,
        name: user.name.clone(),
        email: address.map(|address| address.email.as_typed().to_owned()),
        email_verified: address.is_some_and(|address| address.verified_at.is_some()),
        email_waiting,
        username: user.username.as_ref().map(|username| username.as_str().to_owned()),
        created_at: user.created_at,
    })
}
