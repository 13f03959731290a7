//! The API's description: `OpenAPI` 3.1 for programs, and a page of it for people. It is made of what stands
//! at the handlers, so that it cannot say anything else.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::header;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::path::{HttpMethod, Operation, PathsBuilder};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder,
    Server,
};

use super::envelope::{ErrorDetails, Refused};
use super::error::Code;
use super::{Deed, Described, ENDPOINTS, Endpoint, described, origin, who};
use crate::http::error::Failure;
use crate::http::extract::cookies::{self, Kind};
use crate::http::extract::visit::Visit;
use crate::http::ops::health;
use crate::http::pages::answer;
use crate::http::pages::view::ApiView;
use crate::kernel::urls::Issuer;

/// Where people read it.
pub const PAGE: &str = "/api/docs";

/// What went wrong, for programs that ask for `application/problem+json` (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Always `about:blank`: the status says it.
    #[serde(rename = "type")]
    kind: String,
    /// The status in words.
    title: String,
    /// The status.
    status: u16,
    /// For developers. It may change its words.
    detail: String,
    /// Stable: programs may rely on it.
    code: String,
    /// More about it.
    details: ErrorDetails,
    /// As in `X-Request-ID`, the log and the trail.
    request_id: String,
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", tag = "about",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub async fn handle(visit: Visit) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(openapi(&visit.site.issuer))
}

/// `GET /api/docs`.
pub async fn page(visit: Visit) -> Result<HttpResponse, Failure> {
    super::signing_in::api(&visit)?;
    let document = serde_json::to_value(openapi(&visit.site.issuer));
    let document = document.map_err(|error| Failure::internal(error.to_string()))?;
    answer::page(&ApiView::new(visit.frame(None), &document))
}

/// The document of an installation.
pub fn openapi(issuer: &Issuer) -> OpenApi {
    let mut paths = PathsBuilder::new();
    let mut schemas = BTreeMap::new();
    let mut add = |of: Described, paths: PathsBuilder| {
        schemas.extend(of.schemas);
        let operation = named(&of.path, &of.methods, of.operation);
        let item = utoipa::openapi::PathItem::from_http_methods(of.methods, operation);
        paths.path(of.path, item)
    };
    for endpoint in ENDPOINTS {
        let mut of = endpoint.described();
        refusals(&mut of.operation, endpoint);
        guarded(&mut of.operation, endpoint);
        paths = add(of, paths);
    }
    paths = add(described::<health::__path_api>(), paths);
    for_errors(&mut schemas);
    let mut components = ComponentsBuilder::new().schemas_from_iter(schemas);
    for (name, scheme) in schemes(issuer) {
        components = components.security_scheme(name, scheme);
    }
    let info = InfoBuilder::new()
        .title("Latchkey: API for the operator's own front end")
        .version("1")
        .description(Some(
            "Native apps and apps of others use the authorization endpoint with PKCE instead.",
        ));
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new(issuer.as_str())]))
        .paths(paths)
        .components(Some(components.build()))
        .build()
}

/// `POST /api/auth/logout-all` is `postAuthLogoutAll`: every handler is called alike.
fn named(path: &str, methods: &[HttpMethod], mut operation: Operation) -> Operation {
    let method = methods.first().and_then(|it| serde_json::to_value(it).ok());
    let mut id = method.as_ref().and_then(|it| it.as_str()).unwrap_or_default().to_owned();
    for part in path.trim_start_matches("/api/").split(['/', '-', '.', '{', '}']) {
        let mut letters = part.chars();
        id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        id.push_str(letters.as_str());
    }
    operation.operation_id = Some(id);
    operation
}

/// Every code that an endpoint may answer.
pub fn codes(endpoint: &Endpoint) -> Vec<Code> {
    let changing = if endpoint.deed == Deed::Tells { &[][..] } else { Code::CHANGING };
    let reading = if endpoint.deed == Deed::Takes { Code::READING } else { &[] };
    let own = endpoint.codes.iter().copied().flatten();
    Code::COMMON.iter().chain(changing).chain(reading).chain(own).copied().collect()
}

fn refusals(operation: &mut Operation, endpoint: &Endpoint) {
    let mut by_status: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    for code in codes(endpoint) {
        let words = format!("`{}`: {}", code.as_str(), code.message());
        by_status.entry(code.status().as_u16()).or_default().push(words);
    }
    for (status, words) in by_status {
        let content = |schema: &str| Content::new(Some(Ref::from_schema_name(schema)));
        let response = ResponseBuilder::new()
            .description(words.join(" "))
            .content("application/json", content("Refused"))
            .content("application/problem+json", content("Problem"))
            .build();
        operation.responses.responses.insert(status.to_string(), RefOr::T(response));
    }
}

fn for_errors(schemas: &mut BTreeMap<String, RefOr<utoipa::openapi::Schema>>) {
    let mut found = vec![("Refused".into(), <Refused as utoipa::PartialSchema>::schema())];
    found.push(("Problem".into(), <Problem as utoipa::PartialSchema>::schema()));
    Refused::schemas(&mut found);
    Problem::schemas(&mut found);
    schemas.extend(found);
}

const NO_SCOPES: [&str; 0] = [];

fn guarded(operation: &mut Operation, endpoint: &Endpoint) {
    let needs = |names: &[&str]| {
        let empty = SecurityRequirement::default();
        names.iter().fold(empty, |all, name| all.add(*name, NO_SCOPES))
    };
    let is_personal = endpoint.codes.contains(&who::CODES);
    operation.security = match (is_personal, endpoint.deed == Deed::Tells) {
        (false, true) => None,
        (true, true) => Some(vec![needs(&["session"]), needs(&["token"])]),
        (false, false) => Some(vec![needs(&["csrf"])]),
        (true, false) => Some(vec![needs(&["session", "csrf"]), needs(&["token", "csrf"])]),
    };
}

fn schemes(issuer: &Issuer) -> [(&'static str, SecurityScheme); 3] {
    let cookie = cookies::name(issuer, Kind::Session);
    let csrf = ApiKeyValue::with_description(
        origin::CSRF.as_str(),
        "The csrfToken of GET /api/auth/session.",
    );
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    [
        ("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(cookie)))),
        ("csrf", SecurityScheme::ApiKey(ApiKey::Header(csrf))),
        ("token", SecurityScheme::Http(token)),
    ]
}
