//! The picture of the person: sent, shown and taken away.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use tokio::sync::SemaphorePermit;

use super::{frame, nav, verify, who};
use crate::domain::picture::Size;
use crate::domain::session::SignedIn;
use crate::domain::user::Profile;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::upload::Upload;
use crate::http::extract::visit::Visit;
use crate::http::middleware::headers::FormAction;
use crate::http::pages::answer::{html, see_other};
use crate::http::pages::fault::seconds_until;
use crate::http::pages::view::{AccountSection, PictureView, PictureViewError};
use crate::http::rate_limit;
use crate::identity::pictures::{BadPicture, PictureError};

/// Where a picture is sent.
pub(super) const PATH: &str = "/account/picture";

/// The name of the field with the file.
const FIELD: &str = "picture";

/// The path of somebody's picture.
pub(super) fn path(profile: &Profile, size: Size) -> Option<String> {
    profile.user.picture.as_ref().map(|name| name.path(size))
}

/// How long one waits to send a file.
const PATIENCE: Duration = Duration::from_secs(3);

/// `GET /account/picture`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    page(&visit, &who, None)
}

/// `POST /account/picture`, in parts. The only route that takes more bytes than others.
pub async fn submit(
    visit: Visit,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let _place = place(&visit).await?;
    let error = match receive(&visit, &who, &request, body).await? {
        Ok(()) => return Ok(see_other("/account?changed=picture")),
        Err(PictureError::Bad(reason)) => bad(reason),
        Err(PictureError::TooMany { retry_at, .. }) => {
            let seconds = seconds_until(retry_at, visit.site.env.now());
            PictureViewError::TooMany { seconds }
        }
        Err(PictureError::Busy) => return Err(Failure::busy("other pictures are being drawn")),
        Err(PictureError::NotSignedIn) => return Err(gone()),
        Err(PictureError::Storage(error)) => return Err(error.into()),
    };
    page(&visit, &who, Some(error))
}

/// A place among those whose files are in memory.
async fn place(visit: &Visit) -> Result<SemaphorePermit<'_>, Failure> {
    let room = || Failure::busy("others send pictures");
    let place = tokio::time::timeout(PATIENCE, visit.services.uploads.acquire()).await;
    place.map_err(|_| room())?.map_err(|_| room())
}

/// Receives a picture and shows it from then on. Nothing is received of who has sent too many.
async fn receive(
    visit: &Visit,
    who: &SignedIn,
    request: &HttpRequest,
    body: web::Payload,
) -> Result<Result<(), PictureError>, Failure> {
    let identity = &visit.services.identity;
    let expected = match identity.expect_picture(who).await {
        Ok(expected) => expected,
        Err(error) => return Ok(Err(error)),
    };
    let Some(upload) = Upload::receive(request, body, FIELD).await? else {
        return Ok(Err(BadPicture::TooLarge.into()));
    };
    verify(visit, who, &upload.fields)?;
    Ok(identity.set_picture(who, expected, upload.file.to_vec(), &visit.context).await)
}

/// `POST /account/picture/remove`.
pub async fn remove(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    match visit.services.identity.remove_picture(&who, &visit.context).await {
        Ok(()) => Ok(see_other("/account?changed=no-picture")),
        Err(PictureError::Storage(error)) => Err(error.into()),
        Err(
            PictureError::NotSignedIn
            | PictureError::Bad(_)
            | PictureError::TooMany { .. }
            | PictureError::Busy,
        ) => Err(gone()),
    }
}

fn gone() -> Failure {
    Failure::forged("the session changed while the picture was changed")
}

fn bad(reason: BadPicture) -> PictureViewError {
    match reason {
        BadPicture::Missing => PictureViewError::Missing,
        BadPicture::TooLarge => PictureViewError::TooLarge,
        BadPicture::Kind => PictureViewError::Kind,
        BadPicture::TooManyPixels => PictureViewError::TooManyPixels,
        BadPicture::Broken => PictureViewError::Broken,
    }
}

fn page(
    visit: &Visit,
    who: &SignedIn,
    error: Option<PictureViewError>,
) -> Result<HttpResponse, Failure> {
    let status = match error {
        None => StatusCode::OK,
        Some(PictureViewError::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
        Some(PictureViewError::TooMany { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(
            PictureViewError::Missing
            | PictureViewError::Kind
            | PictureViewError::TooManyPixels
            | PictureViewError::Broken,
        ) => StatusCode::BAD_REQUEST,
    };
    let view = PictureView {
        frame: frame(visit, who),
        account: nav(AccountSection::Profile, who, None),
        picture: path(&who.profile, Size::Large),
        action: PATH.to_owned(),
        remove: format!("{PATH}/remove"),
        cancel: "/account".to_owned(),
        error,
    };
    let mut answer = html(status, &view, FormAction::Ours)?;
    if let Some(PictureViewError::TooMany { seconds }) = error {
        rate_limit::retry_after(&mut answer, seconds);
    }
    Ok(answer)
}
