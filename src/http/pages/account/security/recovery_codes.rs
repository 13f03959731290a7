//! Recovery codes: make new ones, see them once, take them along.

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderValue};

use super::{ended, session};
use crate::domain::credential::recovery_code::{CODES, RecoveryCode};
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::pages::account::{frame, fresh, nav, person, security, verify, who};
use crate::http::pages::answer::page;
use crate::http::pages::view::{
    AccountNotice, AccountSection, CodesView, Frame, NewCodesView, RecoveryCodesView,
};

/// Where they are made. Whoever has just added a second factor is led here.
pub(super) const PATH: &str = "/account/security/recovery-codes";

/// `GET /account/security/recovery-codes`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, PATH).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (identity, user) = (&visit.services.identity, who.session.user_id);
    let notice = visit.fields()?.get("added").map(|_| AccountNotice::FactorAdded);
    let has_second = identity.has_second_factor(&who).await?;
    page(&RecoveryCodesView {
        frame: frame(&visit, &who),
        account: nav(AccountSection::Security, &who, notice),
        action: has_second.then(|| PATH.to_owned()),
        left: identity.recovery_codes(user).await?.map(|(_, left)| left),
        cancel: security::PATH.to_owned(),
    })
}

/// `POST /account/security/recovery-codes`. The answer is the only place in which the codes stand.
pub async fn make(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, PATH).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let codes =
        match visit.services.identity.make_recovery_codes(session(&visit)?, &visit.context).await {
            Ok(codes) => codes,
            Err(error) => return ended(&visit, PATH, error).await,
        };
    page(&NewCodesView {
        frame: Frame { language_return: None, ..frame(&visit, &who) },
        account: nav(AccountSection::Security, &who, None),
        shown: shown(&codes, true, security::PATH.to_owned()),
    })
}

/// Codes as they are shown; `signed_in`: whoever sees them can download them.
pub(in crate::http::pages) fn shown(
    codes: &[RecoveryCode],
    signed_in: bool,
    next: String,
) -> CodesView {
    CodesView {
        codes: codes.iter().map(|code| code.shown().expose().clone()).collect(),
        download: signed_in.then(|| format!("{PATH}/download")),
        next,
    }
}

/// `POST /account/security/recovery-codes/download`: the codes of the page as a text file. Nothing but
/// codes is sent back.
pub async fn download(visit: Visit, Form(form): Form) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let codes: Result<Vec<RecoveryCode>, _> =
        form.text("codes").split_whitespace().map(RecoveryCode::parse).collect();
    let codes = codes.ok().filter(|codes| (1..=CODES).contains(&codes.len()));
    let codes = codes.ok_or_else(|| Failure::bad_request("these are no recovery codes"))?;
    let frame = frame(&visit, &who);
    let account = person::identifier(&who.profile);
    let brand = visit.site.branding.name.as_str();
    let title = frame.locale.format("recovery-file", &[("brand", &brand), ("account", &account)]);
    let lines = codes.iter().map(|code| format!("{}\r\n", code.shown().expose()));
    let text = format!("{title}\r\n\r\n{}", lines.collect::<String>());
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"recovery-codes.txt\""),
        ))
        .body(text))
}
