//! `GET /api/auth/providers`: with whose accounts one can sign in, beside one's own here.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::api::envelope::{Success, done};
use crate::http::extract::visit::Visit;

/// The providers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Providers {
    /// In the operator's order.
    pub providers: Vec<OtherProvider>,
}

/// Where people have an account already.
#[derive(Debug, Serialize, ToSchema)]
pub struct OtherProvider {
    /// What it is called in calls.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// Lists the providers that people can sign in with. `/api/auth/{id}` begins a sign-in there.
#[utoipa::path(get, path = "/api/auth/providers", tag = "auth",
    responses((status = 200, description = "The providers", body = Success<Providers>)))]
pub async fn handle(visit: Visit) -> HttpResponse {
    let offered = visit.services.identity.offered_providers().into_iter();
    let providers = offered.map(|it| OtherProvider { id: it.slug.to_string(), name: it.label });
    done(&visit, Providers { providers: providers.collect() })
}
