//! The addresses of the account.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::{done, frame, fresh, nav, verify, who};
use crate::domain::address::Address;
use crate::domain::session::SignedIn;
use crate::http::error::Failure;
use crate::http::extract::form::Form;
use crate::http::extract::visit::Visit;
use crate::http::middleware::headers::FormAction;
use crate::http::pages::answer::{html, page, see_other};
use crate::http::pages::fault::seconds_until;
use crate::http::pages::view::{
    AccountNotice, AccountSection, AddAddressError, AddAddressView, AddressRow, AddressesView,
    PendingRow, RemoveAddressView,
};
use crate::http::rate_limit;
use crate::identity::addresses::{AddressBook, AddressError, PendingAddress};
use crate::kernel::ids::AddressId;

/// Where it is.
pub(in crate::http::pages) const PATH: &str = "/account/addresses";
const ADD: &str = "/account/addresses/add";

const DONE: &[(&str, AccountNotice)] = &[
    ("asked", AccountNotice::AddressAsked),
    ("primary", AccountNotice::AddressPrimary),
    ("removed", AccountNotice::AddressRemoved),
];

/// `GET /account/addresses`.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let identity = &visit.services.identity;
    let AddressBook { addresses, pending } = identity.addresses(who.session.user_id).await?;
    let confirmed = addresses.iter().filter(|it| it.verified_at.is_some()).count();
    page(&AddressesView {
        frame: frame(&visit, &who),
        account: nav(AccountSection::Profile, &who, done(&visit, DONE)?),
        addresses: addresses.into_iter().map(|address| row(address, confirmed)).collect(),
        pending: pending.into_iter().map(waiting).collect(),
        add: identity.outbox().is_open().then(|| ADD.to_owned()),
    })
}

fn row(address: Address, confirmed: usize) -> AddressRow {
    let (is_primary, is_confirmed) = (address.is_primary, address.verified_at.is_some());
    let is_needed = is_primary || is_confirmed && confirmed < 2;
    let at = |what: &str| format!("{PATH}/{}/{what}", address.id);
    AddressRow {
        make_primary: (is_confirmed && !is_primary).then(|| at("primary")),
        remove: (!is_needed).then(|| at("remove")),
        email: address.email.as_typed().to_owned(),
        is_primary,
        is_confirmed,
    }
}

fn waiting(pending: PendingAddress) -> PendingRow {
    PendingRow {
        email: pending.email.as_typed().to_owned(),
        replaces: pending.replaces,
        expires_at: pending.expires_at,
        drop: format!("{PATH}/pending/{}/drop", pending.id),
    }
}

/// `GET /account/addresses/add`.
pub async fn add(visit: Visit) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, ADD).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    form(&visit, &who, "", false, None)
}

/// `POST /account/addresses/add`. The answer is the same whether or not somebody else has it.
pub async fn submit(visit: Visit, Form(form_sent): Form) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, ADD).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form_sent)?;
    let (typed, replaces) = (form_sent.text("email"), form_sent.ticked("replaces"));
    let Some(session) = visit.session.filter(|_| !typed.is_empty()) else {
        return form(&visit, &who, typed, replaces, Some(AddAddressError::Missing));
    };
    let identity = &visit.services.identity;
    let error = match identity.add_address(session, typed, replaces, &visit.context).await {
        Ok(_) => return Ok(see_other(format!("{PATH}?done=asked"))),
        Err(AddressError::Invalid) => AddAddressError::Invalid,
        Err(AddressError::Own) => AddAddressError::Own,
        Err(AddressError::Full) => AddAddressError::Full,
        Err(AddressError::TooMany { retry_at, .. }) => {
            AddAddressError::TooMany { seconds: seconds_until(retry_at, visit.site.env.now()) }
        }
        Err(error) => return Err(told(&visit, error)),
    };
    form(&visit, &who, typed, replaces, Some(error))
}

fn form(
    visit: &Visit,
    who: &SignedIn,
    email: &str,
    replaces: bool,
    error: Option<AddAddressError>,
) -> Result<HttpResponse, Failure> {
    let status = match error {
        None => StatusCode::OK,
        Some(AddAddressError::TooMany { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::BAD_REQUEST,
    };
    let primary = who.profile.primary_address.as_ref();
    let view = AddAddressView {
        frame: frame(visit, who),
        account: nav(AccountSection::Profile, who, None),
        action: ADD.to_owned(),
        cancel: PATH.to_owned(),
        email: email.to_owned(),
        primary: primary.map(|address| address.email.as_typed().to_owned()),
        replaces,
        error,
    };
    let mut answer = html(status, &view, FormAction::Ours)?;
    if let Some(AddAddressError::TooMany { seconds }) = error {
        rate_limit::retry_after(&mut answer, seconds);
    }
    Ok(answer)
}

/// `POST /account/addresses/{id}/primary`.
pub async fn make_primary(
    visit: Visit,
    id: web::Path<String>,
    Form(form): Form,
) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, PATH).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let id = id.parse().map_err(|_| not_found())?;
    let Some(session) = visit.session else { return Err(not_found()) };
    let identity = &visit.services.identity;
    match identity.make_address_primary(session, id, &visit.context).await {
        Ok(()) => Ok(see_other(format!("{PATH}?done=primary"))),
        Err(error) => Err(told(&visit, error)),
    }
}

/// `GET /account/addresses/{id}/remove`: asks.
pub async fn ask(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let id: AddressId = id.parse().map_err(|_| not_found())?;
    let book = visit.services.identity.addresses(who.session.user_id).await?;
    let found = book.addresses.iter().find(|address| address.id == id && !address.is_primary);
    let email = found.ok_or_else(not_found)?.email.as_typed().to_owned();
    page(&RemoveAddressView {
        frame: frame(&visit, &who),
        account: nav(AccountSection::Profile, &who, None),
        email,
        action: format!("{PATH}/{id}/remove"),
        cancel: PATH.to_owned(),
    })
}

/// `POST /account/addresses/{id}/remove`.
pub async fn remove(
    visit: Visit,
    id: web::Path<String>,
    Form(form): Form,
) -> Result<HttpResponse, Failure> {
    let who = match fresh(&visit, PATH).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let id = id.parse().map_err(|_| not_found())?;
    let Some(session) = visit.session else { return Err(not_found()) };
    match visit.services.identity.remove_address(session, id, &visit.context).await {
        Ok(()) => Ok(see_other(format!("{PATH}?done=removed"))),
        Err(error) => Err(told(&visit, error)),
    }
}

/// `POST /account/addresses/pending/{id}/drop`.
pub async fn drop_pending(
    visit: Visit,
    id: web::Path<String>,
    Form(form): Form,
) -> Result<HttpResponse, Failure> {
    let who = match who(&visit).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    verify(&visit, &who, &form)?;
    let (id, user) = (id.parse().map_err(|_| not_found())?, who.session.user_id);
    match visit.services.identity.drop_pending_address(user, id, &visit.context).await {
        Ok(()) => Ok(see_other(format!("{PATH}?done=removed"))),
        Err(error) => Err(told(&visit, error)),
    }
}

/// What is told on a page of its own.
fn told(visit: &Visit, error: AddressError) -> Failure {
    match error {
        AddressError::NotFound => not_found(),
        AddressError::Needed => Failure::bad_request("the address is needed"),
        AddressError::TooMany { retry_at, standing } => {
            let now = visit.site.env.now();
            Failure::too_many(seconds_until(retry_at, now)).within(standing)
        }
        AddressError::NotSignedIn | AddressError::NotFresh => {
            Failure::forged("the session changed while an address was changed")
        }
        AddressError::NoMail => Failure::bad_request("there is no mail server"),
        AddressError::Invalid | AddressError::Own | AddressError::Full => {
            Failure::bad_request(error.to_string())
        }
        AddressError::Storage(error) => error.into(),
    }
}

fn not_found() -> Failure {
    Failure::not_found("the person has no such address")
}
