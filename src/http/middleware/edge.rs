//! The outermost layer: names a request, turns away what is not for us, renders what went wrong,
//! sets the strict headers and writes the log line. A handler that panics is answered like every
//! other fault, because the web framework would just drop the connection.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::http::{StatusCode, Uri};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse, web};
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::flood;
use super::headers::{self, FormAction};
use super::host;
use super::leave;
use super::request_id::{self, RequestId};
use super::trace;
use super::unread;
use crate::domain::refusal::{NewRefusal, sent_client_id};
use crate::http::error::{Face, Failure, Note, SentClient};
use crate::http::extract::{context, language};
use crate::http::pages::view::ErrorKind;
use crate::http::services::Services;
use crate::http::site::Site;
use crate::i18n::Locale;
use crate::storage::patience;

/// The longest address, in bytes. The longest honest one is an authorization request.
const LONGEST_URI: usize = 32 * 1024;
/// The most bytes of all headers together.
const MOST_HEADERS: usize = 48 * 1024;

/// What an answer that is rendered anew keeps of the one before.
const KEPT: [HeaderName; 6] = [
    header::ALLOW,
    header::VARY,
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    header::CROSS_ORIGIN_RESOURCE_POLICY,
];

/// What is known of a request before it is handled, for an answer if that goes wrong.
struct Asked {
    id: String,
    face: Face,
    locale: Locale,
}

/// The layer itself; see the module.
pub async fn edge(
    site: web::Data<Site>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let held = unread::hold(&mut request);
    let method = request.method().clone();
    let asked = Asked {
        id: site.env.random_id(),
        face: Face::of(request.path(), request.headers()),
        locale: language::locale(&site.issuer, request.headers(), None),
    };
    request.extensions_mut().insert(RequestId(asked.id.clone()));
    let span = trace::span(&site, &request, &asked.id);
    patience::shared(async move {
        let answer = match (check(&site, &request), leave::elsewhere(&site, &request)) {
            (Err(failure), _) => Ok(request.error_response(failure)),
            (Ok(()), Some(answer)) => Ok(request.into_response(answer)),
            (Ok(()), None) => match AssertUnwindSafe(next.call(request)).catch_unwind().await {
                Ok(answer) => answer.map(ServiceResponse::map_into_boxed_body),
                Err(_) => Err(Failure::internal("the handler panicked").into()),
            },
        };
        match answer {
            Ok(answer) => {
                let (mut answer, note) = finish(&site, &asked, answer);
                leave::part(&mut answer);
                if let Some(note) = note {
                    // The answer is there; what goes wrong now does not spoil it.
                    let kept = AssertUnwindSafe(keep_reason(answer.request(), note));
                    let _ = kept.catch_unwind().await;
                }
                let route = answer.request().match_pattern();
                request_id::log(&method, route.as_deref(), answer.status(), began.elapsed());
                Ok(unread::until_sent(held, answer))
            }
            Err(error) => {
                let failure = failure_of(&error);
                let mut answer = render(&site, &asked, &failure);
                headers::apply(answer.headers_mut(), &site, &FormAction::Ours, &asked.id);
                request_id::log(&method, None, answer.status(), began.elapsed());
                Err(InternalError::from_response(failure, answer).into())
            }
        }
    })
    .instrument(span)
    .await
}

fn check(site: &Site, request: &ServiceRequest) -> Result<(), Failure> {
    flood::check(site, request.request())?;
    if length(request.uri()) > LONGEST_URI {
        let reason = "the address is too long";
        return Err(Failure::new(StatusCode::URI_TOO_LONG, ErrorKind::BadRequest, reason));
    }
    let bytes: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > MOST_HEADERS {
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return Err(Failure::new(status, ErrorKind::BadRequest, "the headers are too large"));
    }
    // A load balancer asks for its own name or address.
    if request.path().starts_with("/health/") {
        return Ok(());
    }
    host::check(&site.issuer, request.uri(), request.headers())
}

/// Bytes of an address, without writing it anew.
fn length(uri: &Uri) -> usize {
    let path = uri.path_and_query().map_or(0, |path| path.as_str().len());
    let scheme = uri.scheme_str().map_or(0, |scheme| scheme.len() + "://".len());
    scheme + uri.authority().map_or(0, |authority| authority.as_str().len()) + path
}

fn finish(
    site: &Site,
    asked: &Asked,
    answer: ServiceResponse<BoxBody>,
) -> (ServiceResponse<BoxBody>, Option<Note>) {
    let note = answer.response().extensions().get::<Note>().cloned();
    let (mut answer, note) = match failure_in(answer.response()) {
        None => (answer, note),
        Some(failure) => {
            let note = note.or_else(|| failure.note());
            let (request, before) = answer.into_parts();
            let mut rendered = render(site, asked, &failure);
            keep(before.headers(), rendered.headers_mut());
            (ServiceResponse::new(request, rendered), note)
        }
    };
    let form_action = answer.response().extensions().get::<FormAction>().cloned();
    let form_action = form_action.unwrap_or(FormAction::Ours);
    headers::apply(answer.headers_mut(), site, &form_action, &asked.id);
    (answer, note)
}

/// Keeps why a request was refused, under the id that its answer tells.
async fn keep_reason(request: &HttpRequest, note: Note) {
    let services = request.app_data::<web::Data<Services>>().cloned();
    let (Some(services), Ok(context)) = (services, context::of(request)) else { return };
    let client_id = request.extensions().get::<SentClient>().map(|sent| sent_client_id(&sent.0));
    let refusal = NewRefusal { client_id, error: note.error, reason: note.reason };
    services.provider.keep_alone(refusal, context).await;
}

/// The failure behind an answer that is not rendered yet: ours, one of the web framework's
/// extractors, or one that it answers with an empty body (404, 405).
fn failure_in(answer: &HttpResponse<BoxBody>) -> Option<Failure> {
    if let Some(error) = answer.error() {
        return Some(failure_of(error));
    }
    let is_empty = matches!(answer.body().size(), BodySize::None | BodySize::Sized(0));
    let status = answer.status();
    let is_bare = is_empty && (status.is_client_error() || status.is_server_error());
    is_bare.then(|| Failure::from_status(status))
}

fn failure_of(error: &Error) -> Failure {
    error
        .as_error::<Failure>()
        .cloned()
        .unwrap_or_else(|| Failure::from_status(error.as_response_error().status_code()))
}

fn render(site: &Site, asked: &Asked, failure: &Failure) -> HttpResponse {
    failure.log();
    failure.render(site, asked.face, asked.locale, &asked.id)
}

fn keep(before: &HeaderMap, after: &mut HeaderMap) {
    for name in KEPT {
        for value in before.get_all(&name) {
            after.append(name.clone(), value.clone());
        }
    }
}
